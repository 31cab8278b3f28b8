"""Version files: where a file holds the version, and the edits that change it."""
