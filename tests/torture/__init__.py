"""Releases under the worst of circumstances, counted: `make torture`."""
