"""The plan: which trials a run has and how long they will take."""
