"""Core alone: values and functions, no I/O."""
