"""The workshop: a throw-away repository in which releases are made and pushed from."""

from tagboat.adapters.git.scratch_clone.scratch_clone import ScratchClone, open_scratch_clone

__all__ = ["ScratchClone", "open_scratch_clone"]
