"""Rollback: the places where moving tags stand, and moving them back."""
