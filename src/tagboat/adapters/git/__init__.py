"""Git: its history, its remotes, the user's clone, and a clone that releases are made in."""
