"""Plan: make one, compute one again, and tell whether it still holds."""
