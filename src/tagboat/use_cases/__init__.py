"""What tagboat does, each a list of named steps over the ports; no I/O of their own."""
