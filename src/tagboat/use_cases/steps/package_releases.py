"""The releases of a package on the remote: which of them is the latest, and what one brought."""

from collections.abc import Sequence
from typing import NamedTuple

from tagboat.core.changelog.entry import shipped
from tagboat.core.forge.release import Item
from tagboat.core.next_version.package import Package
from tagboat.core.version.tag import Tagging
from tagboat.core.version.version import Version
from tagboat.ports.git import History
from tagboat.ports.publishing import RemoteRefs
from tagboat.use_cases.changelog.sections import Sections
from tagboat.use_cases.next_version.repository_state import tagging_of
from tagboat.use_cases.steps.published import PublishedRelease


class PackageReleases(NamedTuple):
    """The package, and the history that its releases are of."""

    history: History
    package: Package

    def tagging(self, refs: RemoteRefs) -> Tagging:
        """The version tags of the package among those of the remote."""
        return tagging_of(self.history, self.package, refs.tag_refs())

    def is_latest(self, tagged: PublishedRelease) -> bool:
        """Whether a release is the highest stable one. Raises ConflictError without its tag."""
        _, contract = tagged.promised()
        version = Version.parse(contract.version)
        others = (tag.version for tag in self.tagging(tagged.remote_state.refs).tags)
        return not version.is_prerelease and not any(
            other > version for other in others if not other.is_prerelease
        )

    def ships(self, tagged: PublishedRelease) -> Sequence[Item]:
        """The issues, and pull or merge requests, of what a release has and its base has not."""
        tagging = self.tagging(tagged.remote_state.refs)
        for tag in tagging.tags:
            if tag.name == tagged.name:
                section = Sections(self.history, self.package).of_version(tagging, tag)
                return shipped(section.assessments)
        return ()
