"""Bump."""
