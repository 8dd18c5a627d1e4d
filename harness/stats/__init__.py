"""Statistics over records: pure functions, results that carry their own caveats."""
