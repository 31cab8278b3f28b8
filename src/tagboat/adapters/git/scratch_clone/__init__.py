"""A throw-away clone, in which releases are made and from which they are pushed."""

from tagboat.adapters.git.scratch_clone.scratch_clone import ScratchClone, open_scratch_clone

__all__ = ["ScratchClone", "open_scratch_clone"]
