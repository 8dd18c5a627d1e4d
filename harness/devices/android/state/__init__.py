"""The state a phone is in: one file for each thing that changes numbers, read in one shell call."""
