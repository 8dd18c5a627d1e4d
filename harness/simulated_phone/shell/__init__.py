"""A small POSIX-like shell for the simulated phone: grammar, expansion, execution."""
