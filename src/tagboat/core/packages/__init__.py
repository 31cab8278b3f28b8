"""Packages: which files belong to which package, and which packages are released together."""
