"""Changelog: the sections of versions, what stands in them, and how text becomes markup."""
