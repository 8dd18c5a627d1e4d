"""Latency: fresh processes that load a model and time it, and the schedule that interleaves them."""
