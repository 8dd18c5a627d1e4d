"""The gate: is B slower than A? Measured in launch pairs, decided by a pure function of them."""
