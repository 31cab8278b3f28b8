"""The step that brings the user's clone up to date."""

from tagboat.core.step import Finding, State
from tagboat.ports.publishing import UserClone
from tagboat.use_cases.steps.published import PublishedRelease


class UpdateClone:
    """The user's clone has the tag, and its branch the release commit, where nothing is in the way.

    A release does not depend on it.
    """

    name = "clone"
    is_courtesy = True

    def __init__(self, tagged: PublishedRelease, clone: UserClone) -> None:
        self._tagged = tagged
        self._branch = tagged.remote_state.branch
        self._clone = clone
        self._has_moved: bool | None = None

    def describe(self) -> str:
        """What this clone gets, or got."""
        if self._has_moved is None:
            return f"{self._tagged.name} in this clone, and {self._branch} forward to it if it can"
        moved = f", and {self._branch} moved forward to it" if self._has_moved else ""
        return f"{self._tagged.name} in this clone{moved}"

    def probe(self) -> Finding:
        """Absent where something is left that can be done."""
        tag = self._tagged.tag
        if tag is None:
            return Finding(State.ABSENT)
        lacking = self._clone.lacks(tag, self._branch)
        return Finding(State.ABSENT, lacking) if lacking else Finding(State.DONE)

    def apply(self) -> None:
        """Fetch, and fast-forward."""
        tag = self._tagged.promised()[0]
        self._has_moved = self._clone.keep_up(tag, self._branch)
