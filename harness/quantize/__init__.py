"""Smaller forms of a float model: float16, dynamic-range and full int8."""
