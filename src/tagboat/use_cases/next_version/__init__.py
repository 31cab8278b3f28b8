"""Next version: look at the repository, find the base, weigh what came since, decide."""
