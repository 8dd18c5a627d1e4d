"""`benchmark_model` of the simulated phone: really runs the pushed model and prints the tool's format."""
