"""Lint: what is wrong with a commit message, and how to mend it."""
