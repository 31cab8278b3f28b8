"""Inspect: answers about commits and releases; nothing is changed."""
