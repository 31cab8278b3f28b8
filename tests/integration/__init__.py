"""The adapters and the command line against real git."""
