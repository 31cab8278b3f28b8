"""History, streamed from git's own plumbing."""

from tagboat.adapters.git.history.history import GitHistory

__all__ = ["GitHistory"]
