"""Changelog: what a template is given to write a release's notes.

`release_notes` turns a section of history into a `ReleaseNotes`: entries in groups, people,
addresses. Its fields are what templates use, described in ``docs/templates.md``.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from tagboat.core.bump.assess import Assessment, CommitVerdict, taken_back
from tagboat.core.changelog.entry import (
    SHORT,
    Addresses,
    AuthorLogins,
    ChangelogEntry,
    Contributor,
    LinkedReference,
    TemplateValue,
    each_once,
    login_in,
)
from tagboat.core.changelog.markup import Linker
from tagboat.core.changelog.options import ChangelogOptions
from tagboat.core.changelog.timeline import Section
from tagboat.core.changes.change import Change
from tagboat.core.changes.references import without_pull_request
from tagboat.core.commits.commit import Commit
from tagboat.core.forge.links import Links

CONTEXT_VERSION = 1
"""Grows when a field of the context is removed or changes its meaning, not when one is added."""

_SECONDS_A_DAY = 86_400
_FIRST_DAY = date(1970, 1, 1).toordinal()
_SHOWN = (CommitVerdict.COUNTED, CommitVerdict.NO_RELEASE)
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}(?:\[bot\])?")
_DIGITS = 12
"""How many digits of a commit's id stand beside the login of its author."""
_CONTRIBUTING = (*_SHOWN, CommitVerdict.UNCONVENTIONAL)


class Group(NamedTuple):
    """Entries under one title; ``key`` is the title as the configuration has it."""

    key: str
    title: str
    entries: tuple[ChangelogEntry, ...]


class NewContributor(NamedTuple):
    """Somebody whose first commits are in this release, and the first of them."""

    person: Contributor
    commit: str
    short: str
    url: str
    pull_request: LinkedReference | None


class ReleaseNotes(TemplateValue):
    """One version's notes.

    ``version``, ``tag`` and ``date`` (ISO 8601, UTC) are empty for what is not released yet.
    ``entries`` are all that is shown, parents first; each stands either in ``breaking`` or in one
    of the ``groups``, none of which is empty. ``dependencies`` are packages that it is released
    for.
    """

    __slots__ = (
        "_section",
        "_writer",
        "breaking",
        "commit",
        "date",
        "dependencies",
        "entries",
        "groups",
        "is_prerelease",
        "previous",
        "tag",
        "version",
    )
    _fields = (
        "version",
        "tag",
        "date",
        "commit",
        "url",
        "previous",
        "compare_url",
        "is_prerelease",
        "is_empty",
        "entries",
        "breaking",
        "groups",
        "by_type",
        "dependencies",
        "contributors",
        "new_contributors",
        "breaking_title",
    )

    def __init__(self, section: Section, writer: "_Writer") -> None:
        self._section = section
        self._writer = writer
        version = section.version
        self.version = "" if version is None else str(version)
        self.is_prerelease = version is not None and version.is_prerelease
        self.tag = section.tag
        self.date = _date(section.time)
        self.commit = section.commit
        self.previous = section.previous
        self.dependencies = section.dependencies
        self.entries, self.breaking, self.groups = writer.written(section.assessments)

    @property
    def url(self) -> str:
        """Where the tag can be seen."""
        return self._writer.links.tag(self.tag) if self.tag else ""

    @property
    def compare_url(self) -> str:
        """Where everything that changed can be seen."""
        if not self.previous:
            return ""
        return self._writer.links.compare(self.previous, self.tag or "HEAD")

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show, no entry and no dependency."""
        return not self.entries and not self.dependencies

    @property
    def reverted(self) -> frozenset[str]:
        """The ids of commits that are no part of it since they were reverted."""
        return taken_back(self._section.assessments)

    @property
    def sections(self) -> tuple[Group, ...]:
        """The groups, and before them what breaks something as a group of its own."""
        if not self.breaking:
            return self.groups
        return (Group("breaking", self.breaking_title, self.breaking), *self.groups)

    @property
    def by_type(self) -> tuple[Group, ...]:
        """All entries in the groups of their types, those that break something too."""
        return self._writer.by_type(self.entries)

    @property
    def contributors(self) -> tuple[Contributor, ...]:
        """Who wrote what is in the release, shown or not; each once, in order."""
        return self._writer.contributors(self._section.assessments)

    @property
    def new_contributors(self) -> tuple[NewContributor, ...]:
        """Each newcomer with the first commit that counts."""
        return self._writer.new_contributors(self._section)

    @property
    def breaking_title(self) -> str:
        """The locale's words over ``breaking``."""
        return self._writer.words["breaking"]


def release_notes(section: Section, options: ChangelogOptions, links: Links) -> ReleaseNotes:
    """Write a section of history down as a release; parents come first everywhere."""
    return ReleaseNotes(section, _writer(options, links, _logins_told(section)))


def unknown_authors(items: Iterable[Assessment], links: Links) -> dict[str, str]:
    """The addresses that do not tell a login, in lower case, each with its first commit."""
    found: dict[str, str] = {}
    for item in items:
        email = item.commit.author_email.lower()
        if item.verdict in _CONTRIBUTING and not login_in(email, links):
            found.setdefault(email, item.commit.id)
    return found


def logins_text(logins: Mapping[str, str]) -> str:
    """Logins by commits, as `ReleaseFacts` has them; what can be no login is left out."""
    right = ((commit, login) for commit, login in logins.items() if _LOGIN.fullmatch(login))
    return ", ".join(f"{login} {commit[:_DIGITS]}" for commit, login in right)


def _logins_told(section: Section) -> AuthorLogins:
    """The logins of a section's authors, as its release has them."""
    named = (one.rpartition(" ") for one in section.logins.split(", "))
    logins = {commit: login for login, _, commit in named if _LOGIN.fullmatch(login)}
    commits = (item.commit for item in section.assessments if logins)
    told = ((one.author_email.lower(), logins.get(one.id[:_DIGITS], "")) for one in commits)
    return tuple({email: login for email, login in told if login}.items())


class _Writer:
    """Makes the parts of releases."""

    def __init__(self, options: ChangelogOptions, links: Links, logins: AuthorLogins) -> None:
        self.links = links
        self.words = options.words
        self._addresses = Addresses(Linker(links, options.tickets), logins)
        self._other = "other" if options.unconventional == "group" else None
        self._titles = _titles(options)
        self._order = dict.fromkeys((*(heading.title for heading in options.sections), "other"))

    def written(
        self, items: Iterable[Assessment]
    ) -> tuple[tuple[ChangelogEntry, ...], tuple[ChangelogEntry, ...], tuple[Group, ...]]:
        """All entries that are shown, those that break something, and the others in groups.

        What several commits say with the same words is told once.
        """
        entries: dict[tuple[str, ...], ChangelogEntry] = {}
        for item in items:
            for n, change in enumerate(self._changes(item)):
                ruled = item.rulings[n].section if item.rulings else None
                title = self._titles.get(change.type, self._other) if ruled is None else ruled
                if ruled == "" or (title is None and not change.breaking):
                    continue
                entry = ChangelogEntry(item, change, self._addresses, title)
                known = entries.setdefault(entry.words, entry)
                if known is not entry:
                    known.add(entry)
        members: dict[str, list[ChangelogEntry]] = {}
        for entry in entries.values():
            if not entry.breaking:
                members.setdefault(entry.section, []).append(entry)
        breaking = tuple(entry for entry in entries.values() if entry.breaking)
        return tuple(entries.values()), breaking, self._groups(members)

    def by_type(self, entries: Iterable[ChangelogEntry]) -> tuple[Group, ...]:
        """Entries in the groups of their types; the last group has those of types without one."""
        members: dict[str, list[ChangelogEntry]] = {}
        for entry in entries:
            members.setdefault(entry.section or "other", []).append(entry)
        return self._groups(members)

    def contributors(self, items: Iterable[Assessment]) -> tuple[Contributor, ...]:
        """Everybody who wrote something that counts, each once, in order."""
        people = self._addresses.people
        contributing = (item for item in items if item.verdict in _CONTRIBUTING)
        return each_once(chain.from_iterable(map(people, contributing)))

    def new_contributors(self, section: Section) -> tuple[NewContributor, ...]:
        """Each newcomer with the first commit that counts."""
        newcomers = section.newcomers or frozenset()
        found: dict[str, NewContributor] = {}
        for item in section.assessments if newcomers else ():
            email = item.commit.author_email.lower()
            if email in newcomers and email not in found and item.verdict in _CONTRIBUTING:
                found[email] = self._new_contributor(item.commit)
        people = each_once(newcomer.person for newcomer in found.values())
        return tuple(found[one.email.lower()]._replace(person=one) for one in people)

    def _changes(self, item: Assessment) -> tuple[Change, ...]:
        """The changes of one commit that may be shown."""
        if item.verdict in _SHOWN:
            return item.changes
        if self._other and item.verdict is CommitVerdict.UNCONVENTIONAL:
            message = item.reading.message
            return (Change("", None, message.header, rest=message.rest),)
        return ()

    def _groups(self, members: Mapping[str, list[ChangelogEntry]]) -> tuple[Group, ...]:
        """Entries under their titles, in the order of the configuration."""
        words = self.words
        return tuple(
            Group(key, words.get(key, key), tuple(members[key]))
            for key in self._order
            if key in members
        )

    def _new_contributor(self, commit: Commit) -> NewContributor:
        person = self._addresses.author(commit)
        url = self._addresses.commit(commit.id)
        asked = self._addresses.pull_request(without_pull_request(commit.title)[1])
        return NewContributor(person, commit.id, commit.id[:SHORT], url, asked)


_writer = lru_cache(maxsize=8)(_Writer)


def _titles(options: ChangelogOptions) -> dict[str, str | None]:
    """The title that each type stands under; None for a type that is hidden."""
    titles: dict[str, str | None] = {
        kind: heading.title for heading in options.sections for kind in heading.types
    }
    return titles | dict.fromkeys(options.hidden)


def _date(time: int | None) -> str:
    """The day in UTC, as ISO 8601 writes it; empty where there is none or it has no such name."""
    if time is None:
        return ""
    try:
        return date.fromordinal(_FIRST_DAY + time // _SECONDS_A_DAY).isoformat()
    except (OverflowError, ValueError):
        return ""
