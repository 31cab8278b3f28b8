"""Generated histories, and what the design says about each of them, found by brute force."""
