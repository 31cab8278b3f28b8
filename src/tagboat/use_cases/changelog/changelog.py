"""Changelog: the texts of the releases that a person asked for."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from tagboat.core.bump.bump import Within, unlimited
from tagboat.core.changelog.changelog import (
    ReleaseNotes,
    logins_text,
    release_notes,
    unknown_authors,
)
from tagboat.core.changelog.options import ChangelogOptions
from tagboat.core.changelog.timeline import Section, dependencies_told
from tagboat.core.errors import OutsideError, RepositoryError, UsageError
from tagboat.core.forge.links import Links
from tagboat.core.next_version.next_version import AssessedRange, NextVersion
from tagboat.core.version.channel import Channel, token_of
from tagboat.core.version.tag import Tagging
from tagboat.core.version.version import Version
from tagboat.ports.forge import LoginSource
from tagboat.ports.git import History
from tagboat.ports.publishing import Renderer, Workers
from tagboat.use_cases.changelog.sections import Planned, Sections
from tagboat.use_cases.next_version.next_version import released_tag
from tagboat.use_cases.next_version.repository_state import RepositoryState

if TYPE_CHECKING:
    from tagboat.core.changelog.insert import NewNotes


_MOST_ASKED = 50
"""How many authors a forge is asked for; that takes a request each."""


class Selection(NamedTuple):
    """What a person asked for: ``text`` is a version, a range ``A..B`` of revisions, or empty.

    ``unreleased`` asks for what is not released yet, alone; ``released`` leaves it out of a
    document.
    """

    text: str = ""
    unreleased: bool = False
    released: bool = False

    @property
    def is_single(self) -> bool:
        """Whether it is one release and not a document of several."""
        return self.unreleased or bool(self.text and ".." not in self.text)

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole history."""
        return not (self.unreleased or self.text)


def logins_of(
    assessed: AssessedRange, links: Links, source: LoginSource, *, afresh: bool
) -> tuple[str, tuple[str, ...]]:
    """The logins of a release's authors as the forge tells them; what to say where it does not."""
    items = assessed.assessments if assessed.newest is None else assessed.fresh
    authors = unknown_authors(items, links)
    note = f"the forge is asked for the first {_MOST_ASKED} authors of {len(authors)}"
    try:
        found = source.logins(dict(islice(authors.items(), _MOST_ASKED)), afresh=afresh)
    except (OutsideError, RepositoryError) as error:
        return "", (f"authors stand with their names alone: {error.message}",)
    return logins_text(found), (note,) * (len(authors) > _MOST_ASKED)


def layout_notes(path: str, text: str, wanted: str, version: str = "") -> Iterator[str]:
    """What to say of a changelog: of another layout than a template has, of what is forgotten.

    And of a section that a version to come has already.
    """
    from tagboat.core.changelog.headings import layout_of, second_unreleased, section_line

    if line := second_unreleased(text):
        yield (
            f"{path}:{line} is a second section of what is not released yet: it goes into no "
            "release, and stays as it is; move what it says below the first heading of the file"
        )
    if line := section_line(text, version):
        yield f"{path}:{line} is a section of {version} already: it stays as people wrote it"
    layout = layout_of(text)
    if wanted and layout not in ("", wanted):
        yield (
            f"{path} has the layout of {layout!r}, the template that of {wanted!r}: "
            f'`changelog.template = "{layout}"` goes on as it is'
        )


class Style(NamedTuple):
    """How releases are written down."""

    renderer: Renderer
    options: ChangelogOptions
    links: Links
    within: Within = unlimited

    def release(self, section: Section) -> ReleaseNotes:
        """A section as the values that templates get."""
        with self.within(self.options.patterns):
            return release_notes(section, self.options, self.links)


class Changelog:
    """Writes the changelog of one package of one repository.

    ``next_release`` is the decision that the unreleased section goes under, when it is taken, in
    seconds since 1970, and its logins; without it that section stands as unreleased.
    """

    def __init__(
        self,
        sections: Sections,
        repository_state: RepositoryState,
        style: Style,
        next_release: tuple[NextVersion, int, str] | None = None,
    ) -> None:
        self._sections = sections
        self._repository_state = repository_state
        self._style = style
        self._next = next_release

    def text(self, history: History, wanted: Selection, workers: Workers) -> Iterator[str]:
        """The text of a selection, piece by piece, the highest version first.

        Raises UsageError for a version that no tag spells and for a revision that names no commit.
        """
        if wanted.is_single:
            return iter([self._style.renderer.notes(self._one(wanted))])
        head, plan = self._plan(history, wanted)
        weigh = self._sections.weigher(head)

        def notes(planned: Planned) -> str:
            release = self._noted(weigh(planned))
            return self._style.renderer.notes(release) if _is_shown(release, wanted) else ""

        return self._style.renderer.assembled(filter(None, workers.each(notes, plan)))

    def updated(self, existing: str, history: History, wanted: Selection, workers: Workers) -> str:
        """A changelog with the releases in it that it lacks, above those that it holds.

        A format to which nothing can be added is written anew. What is unreleased goes in only if
        it was asked for: it would be there twice once released.
        """
        from tagboat.core.changelog.insert import inserted

        if self._style.renderer.is_document:
            whole = Selection(released=not wanted.unreleased)
            return "".join(self.text(history, whole, workers))
        header = self._style.renderer.header()
        missing: list[NewNotes] = []
        for release in self._releases(history, wanted._replace(released=True)):
            notes = self.new_notes(release)._replace(header=header)
            if inserted(existing, notes) == existing:
                break
            missing.append(notes)
        for notes in reversed(missing):
            existing = inserted(existing, notes)
        return existing

    def new_notes(self, release: ReleaseNotes) -> "NewNotes":
        """A release as it goes into a changelog that people write."""
        from tagboat.core.changelog.insert import NewNotes

        newest = self._next is not None and release.version == str(self._next[0].version)
        is_empty = release.is_empty and not release.version
        text = "" if is_empty else self._style.renderer.notes(release)
        return NewNotes(
            text,
            release.version,
            release.tag,
            newest=newest or not release.version,
            reverted=release.reverted,
        )

    def _releases(self, history: History, wanted: Selection) -> Iterator[ReleaseNotes]:
        """The releases of a selection; what is not released yet only where that was asked for."""
        if wanted.is_single:
            notes = iter((self._one(wanted),))
        else:
            head, plan = self._plan(history, wanted)
            notes = map(self._noted, map(self._sections.weigher(head), plan))
        return (release for release in notes if release.tag or wanted.unreleased)

    def _one(self, wanted: Selection) -> ReleaseNotes:
        if wanted.unreleased:
            weighed = self._next[0].assessed if self._next is not None else None
            return self._noted(self._sections.unreleased(self._repository_state, weighed))
        tag = released_tag(self._repository_state.tagging, wanted.text)
        return self._noted(self._sections.of_version(self._repository_state.tagging, tag))

    def _plan(self, history: History, wanted: Selection) -> tuple[str, Sequence[Planned]]:
        """The head of a selection and the sections it holds."""
        if not wanted.text:
            head = self._repository_state.since.head
            return head, self._sections.planned(self._repository_state, head) if head else ()
        start, _, end = wanted.text.partition("..")
        if end.startswith("."):
            raise UsageError(f"{wanted.text!r} is a symmetric range", "write two dots: A..B")
        tagging = self._repository_state.tagging
        head = _commit_of(history, tagging, end or "HEAD")
        ending = [tag.version for tag in tagging.tags if tag.commit == head]
        floor = _commit_of(history, tagging, start) if start else ""
        repository_state = self._repository_state._replace(
            channel=_ending_on(ending, self._repository_state.channel)
        )
        return head, self._sections.planned(repository_state, head, floor, released=bool(ending))

    def _noted(self, section: Section) -> ReleaseNotes:
        """A section as the values that templates get."""
        if section.version is None and self._next is not None:
            release, time, logins = self._next
            if release.due:
                pull = release.assessed.pull
                told = dependencies_told(", ".join(pull.released)) if pull is not None else ()
                named = section._replace(version=release.version, tag=release.tag, time=time)
                section = named._replace(dependencies=told, logins=logins)
        return self._style.release(section)


def _is_shown(release: ReleaseNotes, wanted: Selection) -> bool:
    """Whether a release is worth a heading: every version is, the unreleased only with content."""
    if release.tag:
        return True
    return not release.is_empty and (wanted.unreleased or not wanted.released)


def _ending_on(versions: Sequence[Version], channel: Channel) -> Channel:
    """The channel of a range that ends on some versions: that of a prerelease where it has none."""
    if not versions or any(map(channel.owns, versions)):
        return channel
    return Channel("", token_of(max(versions)))


def _commit_of(history: History, tagging: Tagging, name: str) -> str:
    """The commit that a version, a tag or any revision names."""
    for tag in tagging.tags:
        if name in (tag.name, str(tag.version)):
            return tag.commit
    return history.resolve(name)
