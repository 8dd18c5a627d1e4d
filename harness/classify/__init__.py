"""What a model sees in a picture: labels with probabilities, and whether to believe them."""
