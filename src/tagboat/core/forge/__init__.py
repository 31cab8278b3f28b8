"""Forge: where releases are shown, what stands there, and the links to it."""
