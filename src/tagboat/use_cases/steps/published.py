"""Published."""

from tagboat.core.errors import ConflictError
from tagboat.core.escape import in_shell
from tagboat.core.plan.tag_message import Contract
from tagboat.core.record.record import Record
from tagboat.ports.publishing import RemoteTag
from tagboat.use_cases.steps.remote_state import RemoteState


class PublishedRelease:
    """A release that is public in git, or will be: its tag tells what was promised.

    A ``contract`` that is given stands for one that the tag does not carry, as where a person made
    the tag.
    """

    def __init__(
        self, remote_state: RemoteState, name: str, contract: Contract | None = None
    ) -> None:
        self.remote_state = remote_state
        self.name = name
        self._given = contract

    @property
    def tag(self) -> RemoteTag | None:
        """The tag on the remote."""
        return self.remote_state.refs.tags.get(self.name)

    @property
    def contract(self) -> Contract | None:
        """What was promised; None where the tag is not there or not ours."""
        return None if self.tag is None else self._given or self.remote_state.contract(self.tag)

    def promised(self) -> tuple[RemoteTag, Contract]:
        """The tag and what it promises. Raises ConflictError where it is gone."""
        tag, contract = self.tag, self.contract
        if tag is None or contract is None:
            raise gone(self.name)
        return tag, contract

    def record(self) -> Record | None:
        """What is recorded of the release; None where nothing is."""
        return (
            None if self.tag is None else self.remote_state.records(self.tag.commit).get(self.name)
        )


def gone(name: str) -> ConflictError:
    """The error for a release whose tag is not there any more."""
    return ConflictError(
        f"the tag {name} is not on the remote any more, or is another one",
        f"look who moved it; `tagboat abandon {in_shell(name)}` ends its release",
    )
