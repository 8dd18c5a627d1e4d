"""Accuracy on the phone itself, with each delegate, and how far each lies from the CPU's results."""
