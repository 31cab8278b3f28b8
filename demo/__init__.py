"""What tagboat does, shown on a throw-away repository and on this one: `make demo`."""
