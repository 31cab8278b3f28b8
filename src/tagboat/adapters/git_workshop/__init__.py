"""The workshop: a throw-away repository in which releases are made and pushed from."""

from tagboat.adapters.git_workshop.workshop import GitWorkshop, opened

__all__ = ["GitWorkshop", "opened"]
