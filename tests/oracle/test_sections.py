"""The section of every version equals the oracle's, however it is asked for."""

from collections.abc import Iterable, Iterator, Sequence

from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.changelog.timeline import Section
from tagboat.use_cases.changelog.sections import SectionOptions, Sections
from tests.oracle.benches import Asked, InMemory
from tests.oracle.effort import examples
from tests.oracle.history import Release
from tests.oracle.netting import Stretch
from tests.oracle.oracle import Channel, Oracle
from tests.oracle.script import Script
from tests.oracle.scripts import NEAR_VERSIONS, Flavour, scripts

CHANNELS = st.sampled_from(("main", "next", "1.x"))
EVERYTHING = Flavour(reverts=True, picks=True, versions=NEAR_VERSIONS)


class Changelog:
    """All that tagboat and the oracle say about the sections of one history."""

    def __init__(self, made: Asked, channel: str) -> None:
        adapters = made.adapters(channel)
        history = made.seen()
        self.repository_state = adapters.finder.repository_state(adapters.facts)
        self.oracle = Oracle(history, made.head)
        self.channel = Channel(channel)
        self.history = history
        self._head = made.head
        self._sections = Sections(adapters.history, adapters.package, SectionOptions(folded=False))
        self._folded = Sections(adapters.history, adapters.package, SectionOptions(folded=True))
        self._place = {commit: at for at, commit in enumerate(made.ids)}

    def of_versions(self) -> Iterator[tuple[Release, Section]]:
        """Every version tag of the repository, with its section read on its own."""
        tags = {tag.name: tag for tag in self.history.releases}
        for tag in self.repository_state.tagging.tags:
            yield tags[tag.name], self._sections.of_version(self.repository_state.tagging, tag)

    def unreleased(self) -> Section:
        """What no version has, read on its own."""
        return self._sections.unreleased(self.repository_state)

    def whole(self, *, folded: bool = False) -> list[Section]:
        """All sections of HEAD, read in one pass."""
        sections = self._folded if folded else self._sections
        return list(sections.all(self.repository_state, self._head))

    def places(self, ids: Iterable[str]) -> list[int]:
        """Positions in the script."""
        return sorted(self._place[commit] for commit in ids)

    def assert_equal(self, section: Section, wanted: Stretch) -> None:
        """The commits of a section, and what they ask for where the design says so."""
        ids = [item.commit.id for item in section.assessments]
        assert self.places(ids) == self.places(wanted.ids)
        if not wanted.weights.doubts:
            sizes = {item.commit.id: int(item.bump) for item in section.assessments}
            assert sizes == wanted.weights.sizes


@examples(40)
@given(script=scripts())
def test_a_version_brought_what_it_reaches_and_its_base_does_not(script: Script) -> None:
    changelog = Changelog(InMemory(script), "main")
    for tag, section in changelog.of_versions():
        changelog.assert_equal(section, changelog.oracle.section(tag))
        base = changelog.oracle.section_base(tag)
        assert section.previous.removeprefix("v") == (base.name.removeprefix("v") if base else "")


@examples(40)
@given(script=scripts(EVERYTHING))
def test_reverts_and_cherry_picks_are_weighed_within_a_section(script: Script) -> None:
    changelog = Changelog(InMemory(script), "main")
    for tag, section in changelog.of_versions():
        changelog.assert_equal(section, changelog.oracle.section(tag))


@examples(40)
@given(script=scripts(EVERYTHING), channel=CHANNELS)
def test_unreleased_is_what_follows_the_newest_version_of_the_channel(
    script: Script, channel: str
) -> None:
    changelog = Changelog(InMemory(script), channel)
    changelog.assert_equal(changelog.unreleased(), changelog.oracle.unreleased(changelog.channel))


@examples(40)
@given(script=scripts(EVERYTHING), channel=CHANNELS)
def test_the_whole_changelog_holds_the_sections_read_one_by_one(
    script: Script, channel: str
) -> None:
    changelog = Changelog(InMemory(script), channel)
    unreleased, *released = changelog.whole()
    assert unreleased.assessments == changelog.unreleased().assessments
    alone = {tag.version: section.assessments for tag, section in changelog.of_versions()}
    found = {str(section.version): section.assessments for section in released}
    assert found == {str(v): items for v, items in alone.items() if str(v) in found}


@examples(40)
@given(script=scripts(), channel=CHANNELS)
def test_the_whole_changelog_lists_every_version_of_the_history_once(
    script: Script, channel: str
) -> None:
    made = InMemory(script)
    changelog = Changelog(made, channel)
    releases = changelog.history.releases
    inside = {tag.version for tag in releases if changelog.history.reaches(made.head, tag.commit)}
    listed = [section.version for section in changelog.whole()]
    assert [v and str(v) for v in listed] == [None, *map(str, sorted(inside, reverse=True))]


@examples(40)
@given(script=scripts(EVERYTHING), channel=CHANNELS)
def test_folding_leaves_out_prereleases_alone_and_loses_no_commit(
    script: Script, channel: str
) -> None:
    changelog = Changelog(InMemory(script), channel)
    whole, folded = changelog.whole(), changelog.whole(folded=True)
    gone = [section for section in whole if section not in folded]
    assert [section for section in whole if section not in gone] == folded
    assert all(section.version and section.version.is_prerelease for section in gone)
    assert _commits(whole) == _commits(folded)


@examples(40)
@given(script=scripts(EVERYTHING))
def test_no_commit_of_a_section_stands_before_its_parents(script: Script) -> None:
    for section in Changelog(InMemory(script), "main").whole():
        ids = [item.commit.id for item in section.assessments]
        inside = set(ids)
        for at, item in enumerate(section.assessments):
            assert set(item.commit.parents) & inside <= set(ids[:at])


def _commits(sections: Sequence[Section]) -> set[str]:
    return {item.commit.id for section in sections for item in section.assessments}
