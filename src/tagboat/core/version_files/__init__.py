"""Version files."""
