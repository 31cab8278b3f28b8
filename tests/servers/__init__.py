"""Servers on loopback that behave like the forges, with their faults switched on by tests."""
