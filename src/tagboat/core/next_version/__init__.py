"""Next version: the release that is due for a package, and why."""
