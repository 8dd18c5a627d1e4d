"""The stock tool `benchmark_model`: its command lines, and what its output proves."""
