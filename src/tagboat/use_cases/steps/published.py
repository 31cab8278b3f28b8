"""What is public of a release, and of its package's releases: the latest, what each brought."""

from typing import TYPE_CHECKING, NamedTuple

from tagboat.core.errors import ConflictError
from tagboat.core.escape import in_shell
from tagboat.core.next_version.package import Package
from tagboat.core.plan.tag_message import Contract
from tagboat.core.record.record import Record
from tagboat.core.version.tag import Tagging
from tagboat.core.version.version import Version
from tagboat.ports.git import History
from tagboat.ports.publishing import RemoteRefs, RemoteTag
from tagboat.use_cases.next_version.repository_state import tagging_of
from tagboat.use_cases.steps.remote_state import RemoteState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagboat.core.forge.release import Item


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
        f"look who moved it; `tagboat abandon {in_shell(name)} --reason WHY` ends its release",
    )


class PackageReleases(NamedTuple):
    """The package, and the history that its releases are of."""

    history: History
    package: Package

    def tagging(self, refs: RemoteRefs) -> Tagging:
        """The version tags of the package among those of the remote."""
        return tagging_of(self.history, self.package, refs.tag_refs())

    def is_latest(self, tagged: PublishedRelease) -> bool:
        """Whether a forge should show a release as the latest: the highest stable one.

        Raises ConflictError without its tag.
        """
        _, contract = tagged.promised()
        version = Version.parse(contract.version)
        if version.is_prerelease or not self.package.is_forge_latest:
            return False
        others = (tag.version for tag in self.tagging(tagged.remote_state.refs).tags)
        return not any(other > version for other in others if not other.is_prerelease)

    def ships(self, tagged: PublishedRelease) -> "Sequence[Item]":
        """The issues, and pull or merge requests, of what a release has and its base has not."""
        from tagboat.core.changelog.entry import shipped
        from tagboat.use_cases.changelog.sections import Sections

        tagging = self.tagging(tagged.remote_state.refs)
        for tag in tagging.tags:
            if tag.name == tagged.name:
                section = Sections(self.history, self.package).of_version(tagging, tag)
                return shipped(section.assessments)
        return ()
