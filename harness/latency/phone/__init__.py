"""Launches on a phone: the stock `benchmark_model`, pushed, run detached, and read."""
