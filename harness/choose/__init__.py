"""Choice among trials: limits, objectives, the front under uncertainty, answers in words. Pure."""
