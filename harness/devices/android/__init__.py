"""Android phones: what identifies one, the state it is in, and how it is kept fit to measure on."""
