"""Changelog: the history of versions, section by section, written down."""
