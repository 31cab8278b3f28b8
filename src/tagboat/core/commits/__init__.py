"""Commits: what git stores, and the graph that their parents make."""
