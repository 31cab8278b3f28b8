"""Next version."""
