"""The zoo: which models are known, where their files are, and what a file holds."""
