"""Bump: which commits count, and how far they move the version."""
