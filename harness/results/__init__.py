"""Results: the run folder, the rows made from it, and their export."""
