"""Builds the adapters that a use case needs from settings and options."""
