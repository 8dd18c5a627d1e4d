"""A sweep from request to report: prepare, execute, resume."""
