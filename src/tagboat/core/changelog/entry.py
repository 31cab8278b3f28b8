"""Entries: what a template is given for one change, and for the people and things it names.

The fields are described in ``docs/templates.md``; all texts are as the author wrote them, and it is
the output format that makes them harmless. Most templates read few of the fields: those that cost
something are found when they are first asked for.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import ClassVar, NamedTuple

from tagboat.core.bump.assess import Assessment, CommitVerdict
from tagboat.core.changelog.markup import Linker, behind_opening, letters_of, opening_of
from tagboat.core.changes.change import Change
from tagboat.core.changes.message import NOTHING, MessageBody
from tagboat.core.changes.references import Reference, co_authors, references, without_pull_request
from tagboat.core.commits.commit import Commit
from tagboat.core.forge.links import Links
from tagboat.core.forge.release import Item

_SHIPPING = (
    CommitVerdict.COUNTED,
    CommitVerdict.NO_RELEASE,
    CommitVerdict.UNCONVENTIONAL,
    CommitVerdict.MERGE,
)
_MERGED = re.compile(
    r"(?m)^Merge pull request (#[0-9]{1,18})\b|^See merge request \S*(![0-9]{1,18})$"
)


def shipped(assessments: Iterable[Assessment]) -> tuple[Item, ...]:
    """What a version ships, each once, in the order of its commits."""
    names = (
        name
        for item in assessments
        if item.verdict in _SHIPPING
        for name in (*_came_in_by(item.commit), *_closed(item.commit))
    )
    return tuple(_item(name) for name in dict.fromkeys(names))


def _item(name: str) -> Item:
    """``#12`` or ``!12``; forges other than GitLab number both kinds alike, by ``#``."""
    return Item("issue" if name.startswith("#") else "change", int(name[1:]))


def _came_in_by(commit: Commit) -> Iterator[str]:
    """The number at the end of a title, and those of a merge."""
    number = without_pull_request(commit.subject)[1]
    if number[:1] in ("#", "!"):  # no other repository's
        yield number
    if commit.is_merge:
        for match in _MERGED.finditer(commit.message):
            yield match[1] or match[2]


def _closed(commit: Commit) -> Iterator[str]:
    for reference in references(commit.message):
        if reference.action == "closes" and not reference.repository:
            mark = "!" if reference.kind == "merge_request" else "#"
            yield f"{mark}{reference.number}"


SHORT = 7
"""How many digits of an id stand for it."""

_NOREPLY = re.compile(
    r"(?:[0-9]+[+-]|(?![0-9]+@))(?P<login>[A-Za-z0-9][\w.-]*(?:\[bot\])?)"
    r"@(?P<users>users\.)?noreply\.(?P<host>.+)"
)
"""Addresses of forges: GitHub's and GitLab's have ``users`` in front, those of Gitea have not.

Digits alone are the number of a person.
"""

_APPLICATION = "[bot]"
_ONLY_A_VERSION = r"(?i:(?:release|version) )?v?[0-9]+(?:\.[0-9]+){1,3}(?:[-+][\w.+-]+)?"


AuthorLogins = tuple[tuple[str, str], ...]
"""E-mail addresses in lower case, each with the login that a forge told."""


class Contributor(NamedTuple):
    """A person. ``login`` and ``url`` are known where a forge told them, or the address is its own.

    An application has no login, and the page of the application.
    """

    name: str
    email: str
    login: str = ""
    url: str = ""


class LinkedReference(NamedTuple):
    """A reference as `Reference` has it, and its address or an empty text."""

    kind: str
    text: str
    number: str
    repository: str
    action: str
    url: str


class Addresses:
    """Where what commits name can be seen, for the entries of any number of releases."""

    def __init__(self, linker: Linker, logins: AuthorLogins = ()) -> None:
        self.links = linker.links
        self._linker = linker
        self._logins = dict(logins)
        self._patterns = linker.patterns
        self._commits = self.links.commit("")
        self._people: dict[tuple[str, str], Contributor] = {}

    def __reduce__(self) -> tuple[type, tuple[Linker, AuthorLogins]]:
        """What makes the same in another process; people are found again there."""
        return Addresses, (self._linker, tuple(self._logins.items()))

    def commit(self, commit_id: str) -> str:
        """Where a commit can be seen; ids are hexadecimal and need no encoding."""
        return self._commits + commit_id if self._commits else ""

    def pull_request(self, text: str) -> LinkedReference | None:
        """The pull request that a title names by ``text``; None without one."""
        if not text:
            return None
        repository, mark, number = text.rpartition("#") if "#" in text else text.rpartition("!")
        url = self.links.pull_request(number, repository)
        kind = "issue" if mark == "#" else "merge_request"
        return LinkedReference(kind, text, number, repository, "", url)

    def references(self, title: str, rest: MessageBody, own: str) -> tuple[LinkedReference, ...]:
        """Everything a message refers to but its ``own`` pull request."""
        found = references(title, rest, self._patterns)
        return tuple([self._linked(reference) for reference in found if reference.text != own])

    def texts(self, title: str) -> tuple[str, ...]:
        """What a title refers to, as it is written there."""
        return tuple(reference.text for reference in references(title, NOTHING, self._patterns))

    def author(self, commit: Commit) -> Contributor:
        """Who wrote a commit."""
        return self._person(commit.author_name, commit.author_email)

    def people(self, item: Assessment) -> tuple[Contributor, ...]:
        """Everybody who wrote a commit, as its trailers say, each once; the author first."""
        message, author = item.reading.message, self.author(item.commit)
        if not message.footers:
            return (author,)
        others = (self._person(name, email) for name, email in co_authors(message))
        return each_once((author, *others))

    def _linked(self, reference: Reference) -> LinkedReference:
        kind, text, number, repository, action = reference
        return LinkedReference(kind, text, number, repository, action, self._linker.url(reference))

    def _person(self, name: str, email: str) -> Contributor:
        key = (name, email)
        if key not in self._people:
            told = self._logins.get(email.lower(), "")
            self._people[key] = _contributor(name, email, self.links, told)
        return self._people[key]


class TemplateValue:
    """A value for templates that is not a tuple: ``_fields`` are what it is printed with."""

    __slots__ = ()
    _fields: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__name__}({fields})"


class EntryCommit(NamedTuple):
    """Another commit that says what an entry does; no pull request that one before it has too."""

    commit: str
    short: str
    url: str
    pull_request: LinkedReference | None


class ChangelogEntry(TemplateValue):
    """One change. ``description`` is without the pull request's number at its end.

    ``type`` is empty for an unconventional message, ``section`` is the key of its group (empty if
    it has none), ``notes`` say what breaks beyond that, ``commit`` is the full id. What several
    commits say is one entry: the first one's, with the notes and references of all, and their
    authors.
    """

    __slots__ = (
        "_addresses",
        "_change",
        "_item",
        "_number",
        "_pull_request",
        "_references",
        "_said_again",
        "breaking",
        "commit",
        "description",
        "notes",
        "scope",
        "section",
        "type",
    )
    _fields = (
        "type",
        "scope",
        "description",
        "breaking",
        "notes",
        "body",
        "commit",
        "short",
        "url",
        "references",
        "pull_request",
        "author",
        "co_authors",
        "others",
    )

    def __init__(
        self, item: Assessment, change: Change, addresses: Addresses, section: str | None
    ) -> None:
        self._item = item
        self._change = change
        self._addresses = addresses
        self._pull_request: LinkedReference | None = None
        self._references: tuple[LinkedReference, ...] | None = None
        self._said_again: list[ChangelogEntry] = []
        self.type = change.type
        self.section = section or ""
        self.scope = change.scope or ""
        self.breaking = change.breaking
        self.commit = item.commit.id
        self.description, self._number = without_pull_request(change.description)
        if not self._number and change.rest is not item.reading.rest:
            # One of several in a message, or read by another convention: the title may name it.
            self._number = without_pull_request(item.reading.rest.header)[1]
        said = letters_of(self.description) if change.notes else ""
        self.notes = change.notes if any(letters_of(note) != said for note in change.notes) else ()

    @property
    def words(self) -> tuple[str, str, str, str]:
        """What it says, and where: entries that are alike in this are one."""
        return self.section, self.type, self.scope.casefold(), self.description

    def add(self, other: "ChangelogEntry") -> None:
        """Take in what another commit says with the same words."""
        self._said_again.append(other)
        self.breaking = self.breaking or other.breaking
        self.notes = tuple(dict.fromkeys((*self.notes, *other.notes)))

    @property
    def others(self) -> tuple[EntryCommit, ...]:
        """The other commits that say it, in order; none for most entries."""
        if not self._said_again:
            return ()
        found: dict[str, EntryCommit] = {}
        named = {self.pull_request}
        for one in self._said_again:
            request = None if one.pull_request in named else one.pull_request
            named.add(one.pull_request)
            if one.commit != self.commit:
                found.setdefault(one.commit, EntryCommit(one.commit, one.short, one.url, request))
        return tuple(found.values())

    @property
    def summary(self) -> str:
        """The description, or what the first note begins with where that is only a version."""
        if not self.notes or self.scope.lower() not in ("", "release"):
            return self.description
        is_version = re.fullmatch(_ONLY_A_VERSION, self.description)
        opening = opening_of(self.notes[0]) if is_version else ""
        return " ".join(opening.split()) or self.description

    @property
    def details(self) -> tuple[str, ...]:
        """The notes, without what the summary says already."""
        if not self.notes:
            return ()
        said = letters_of(self.summary)
        return tuple(filter(None, (behind_opening(note, said) for note in self.notes)))

    @property
    def body(self) -> str:
        """The rest of the message, without footers."""
        return self._change.body

    @property
    def short(self) -> str:
        """The first digits of the commit's id."""
        return self.commit[:SHORT]

    @property
    def url(self) -> str:
        """Where the commit can be seen."""
        return self._addresses.commit(self.commit)

    @property
    def references(self) -> tuple[LinkedReference, ...]:
        """All that the message refers to, save for the pull request."""
        if self._references is None:
            rest = self._change.rest
            own = self._addresses.references(self.description, rest, self._number)
            others = chain.from_iterable(one.references for one in self._said_again)
            self._references = tuple(dict.fromkeys((*own, *others))) if self._said_again else own
        return self._references

    @property
    def closes(self) -> tuple[LinkedReference, ...]:
        """Those of the references that are closed and stand in the body alone."""
        found = [reference for reference in self.references if reference.action == "closes"]
        said = self._addresses.texts(self.description) if found else ()
        return tuple(reference for reference in found if reference.text not in said)

    @property
    def pull_request(self) -> LinkedReference | None:
        """The pull request that the title, or the header above it, names."""
        if self._number and self._pull_request is None:
            self._pull_request = self._addresses.pull_request(self._number)
        return self._pull_request

    @property
    def author(self) -> Contributor:
        """Who wrote it."""
        return self._addresses.people(self._item)[0]

    @property
    def co_authors(self) -> tuple[Contributor, ...]:
        """Those named in ``Co-authored-by`` trailers, and who said it again, without the author."""
        people = self._addresses.people(self._item)
        others = [one.author for one in self._said_again]
        return (each_once((*people, *others)) if others else people)[1:]


def each_once(people: Iterable[Contributor]) -> tuple[Contributor, ...]:
    """People without repetition, in order: one login, address or name is one person's.

    What is known of somebody by any of the spellings is known of the one that is kept.
    """
    found: list[Contributor] = []
    known: dict[tuple[str, str], int] = {}
    for person in people:
        keys = [
            (kind, text.casefold())
            for kind, text in zip(person._fields, person[:3], strict=False)
            if text
        ]
        place = next((known[key] for key in keys if key in known), len(found))
        if place == len(found):
            found.append(person)
        elif not found[place].login:
            found[place] = found[place]._replace(login=person.login, url=person.url)
        known |= dict.fromkeys(keys, place)
    return tuple(found)


def login_in(email: str, links: Links) -> str:
    """The login that a forge's own address tells; empty where it is another address."""
    match = _NOREPLY.fullmatch(email)
    if match is None or links.host != f"https://{match['host']}":
        return ""
    return match["login"] if match["users"] or links.kind == "gitea" else ""


def _contributor(name: str, email: str, links: Links, told: str) -> Contributor:
    """A person, with the page of their login, if that is known; an application has another."""
    login = login_in(email, links) or told
    if not login:
        return Contributor(name or email.partition("@")[0], email)
    if login.endswith(_APPLICATION):
        return Contributor(login, email, "", links.application(login.removesuffix(_APPLICATION)))
    return Contributor(name, email, login, links.user(login))
