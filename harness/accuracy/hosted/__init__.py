"""Data sets by name: fetched and verified like models, unpacked to the cache, or the user's own copy."""
