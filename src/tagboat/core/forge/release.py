"""Forge: what a release should look like on a forge, and what was seen there.

The text of a release ends with a marker, an HTML comment with the tag and the digest of the text
before it. It tells a draft or release of ours from a person's, and a text a person has edited since
from one that stands as it was written. Comments on issues carry one too.
"""

import enum
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

COMMENT = "This is released in [{tag}]({url})."
"""What is said on issues where nothing else is asked for."""
RECORD_FILE = "record.json"
"""The asset that every release has: the part of its record that is written once."""
NOTES_FILE = "notes.md"
"""Where the notes of a release are kept beside its files."""


class AssetRule(NamedTuple):
    """Files to attach: ``path`` is one, or a pattern with ``*``, ``?`` and ``**``.

    ``label`` is shown in place of their names, where the forge can; an empty ``content_type`` is
    told by the name.
    """

    path: str
    label: str = ""
    content_type: str = ""


class ForgeRules(NamedTuple):
    """How a release is shown.

    Texts have ``{version}``, ``{tag}`` and ``{name}``, a comment ``{url}`` too. ``is_draft`` leaves
    the release to a person to publish. Without a ``comment`` or a ``label`` nothing is said on
    issues.
    """

    title: str = "{tag}"
    assets: tuple[AssetRule, ...] = ()
    is_draft: bool = False
    comment: str = ""
    label: str = ""

    @property
    def tells_issues(self) -> bool:
        """Whether something is said on what a public release ships."""
        return not self.is_draft and bool(self.comment or self.label)

    def dressed(self, asset: "Asset") -> "Asset":
        """An asset with the label and the content type that the first rule for its name gives."""
        for rule in self.assets:
            if fnmatchcase(asset.name, rule.path.rpartition("/")[2]):
                kind = rule.content_type or asset.content_type
                return asset._replace(label=rule.label, content_type=kind)
        return asset

    def about(self, values: Mapping[str, str]) -> "ForgeRules":
        """The rules for one release: its values in place of their names."""
        return self._replace(
            title=with_values(self.title, values),
            assets=tuple(
                rule._replace(path=with_values(rule.path, values)) for rule in self.assets
            ),
            comment=with_values(self.comment, values),
        )


def with_values(text: str, values: Mapping[str, str]) -> str:
    """A text with values in place of their names in braces; other braces stay."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


_MARKER = re.compile(r"<!-- tagboat (?P<tag>\S+) (?P<digest>[0-9a-f]{64}) -->")
_UNFINISHED = "<!-- tagboat draft -->"
_BLOCK = re.compile(
    r"(?mi)^(?P<indent> *)(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})(?P<rest>.*)"
    r"|^ *<(?P<begin>details|blockquote|pre)(?=[\s>])|</(?P<end>details|blockquote|pre)(?=[\s>])"
)
"""Lines that open or close a code fence, and the ends of HTML blocks."""
_SHORTENED = (
    "\n\n*These notes are longer than the forge takes; the tag's message has all of them{}.*"
)


class Asset(NamedTuple):
    """A file of a release: its name, size in bytes and SHA-256 in hexadecimal.

    ``label`` is what the forge shows in place of the name, where it can.
    """

    name: str
    size: int
    sha256: str
    content_type: str = "application/octet-stream"
    label: str = ""


class ReleaseDraft(NamedTuple):
    """The release that is wanted. ``commit`` is the id the tag leads to.

    ``changes_url`` is where all changes can be seen if the notes don't fit. ``is_latest`` says
    whether the forge should show it as the latest release; a maintenance release or a prerelease
    should not be.
    """

    tag: str
    commit: str
    title: str
    notes: str
    assets: tuple[Asset, ...] = ()
    is_prerelease: bool = False
    is_latest: bool = True
    changes_url: str = ""


class TextLimit(NamedTuple):
    """The most characters that the text of a release may have, or the most bytes in UTF-8."""

    most: int
    is_bytes: bool = False

    def size(self, text: str) -> int:
        """The size of a text, as the limit counts it."""
        return len(text.encode()) if self.is_bytes else len(text)

    def begin(self, text: str, room: int) -> str:
        """The lines at the beginning of a text that have room."""
        cut = text.encode()[:room].decode(errors="ignore") if self.is_bytes else text[:room]
        return cut.rpartition("\n")[0]


class ReleaseStatus(enum.Enum):
    """How far a release is."""

    ABSENT = "absent"
    """Nothing of ours is there; somebody else's drafts don't count."""
    DRAFT = "draft"
    """Ours, and not public yet."""
    PUBLISHED = "published"
    """Ours and public."""
    HAND_EDITED = "hand-edited"
    """Ours and public, and a person changed its text."""
    FOREIGN = "foreign"
    """Public, and not made by tagboat."""


class StoredAsset(NamedTuple):
    """A file as a forge has it; ``sha256`` is empty where the forge does not tell.

    A file whose upload broke off may be there without being complete. ``id`` and ``url`` are what
    the forge knows it by.
    """

    id: str
    name: str
    size: int
    sha256: str
    is_complete: bool
    url: str = ""


class ForgeRelease(NamedTuple):
    """One release as a forge has it. ``body`` is its text with the marker."""

    id: str
    tag: str
    body: str
    is_draft: bool
    url: str = ""
    assets: tuple[StoredAsset, ...] = ()


class ReleaseState(NamedTuple):
    """What was seen of one tag's release; ``release`` is None where nothing of ours is there.

    ``spares`` are further drafts of ours for the same tag, which a request that was answered with
    an error and carried out all the same leaves behind.
    """

    condition: ReleaseStatus
    release: ForgeRelease | None = None
    spares: tuple[ForgeRelease, ...] = ()


class Item(NamedTuple):
    """An issue, or a pull or merge request."""

    kind: Literal["issue", "change"]
    number: int


def marked(text: str, tag: str) -> str:
    """A text with the marker for ``tag`` below it."""
    clean = _normal(text)
    return f"{clean}\n\n<!-- tagboat {_encoded_tag(tag)} {_digest(clean)} -->\n"


def body(wanted: ReleaseDraft, limit: TextLimit) -> str:
    """The text of a release, marked, within a limit; cut at the end of a line, with a link."""
    whole, notes = marked(wanted.notes, wanted.tag), _normal(wanted.notes)
    if limit.size(whole) <= limit.most:
        return whole
    link = f", [{wanted.changes_url}]({wanted.changes_url}) the changes"
    told = _SHORTENED.format(link if wanted.changes_url else "")
    room = limit.most - limit.size(whole) + limit.size(notes) - limit.size(told)
    kept = limit.begin(notes, max(room, 0)).rstrip()
    while kept and (excess := limit.size(kept + _ends(kept)) - room) > 0:
        # A line that goes may have opened one block at most, or closed some: never one by one.
        kept = limit.begin(kept, limit.size(kept) - excess // 2).rstrip()
    return marked(kept + _ends(kept) + told, wanted.tag)


def _ends(text: str) -> str:
    """What ends the code fence and the HTML blocks that a cut left open, and that hide the rest."""
    fence: re.Match[str] | None = None
    opened: list[str] = []
    for mark in _BLOCK.finditer(text):
        if mark["fence"]:
            fence = _fence_after(fence, mark)
        elif fence is None and mark["begin"]:
            opened.append(mark["begin"].lower())
        elif fence is None and mark["end"].lower() in opened:
            while opened.pop() != mark["end"].lower():
                pass
    ends = [f"</{tag}>" for tag in reversed(opened)]
    return "".join(
        f"\n{one}" for one in ([f"{fence['indent']}{fence['fence']}"] if fence else []) + ends
    )


def _fence_after(fence: re.Match[str] | None, mark: re.Match[str]) -> re.Match[str] | None:
    """The fence that is open after a line that looks like one (CommonMark 0.31.2, 4.5)."""
    if fence is None:
        return mark
    is_end = mark["fence"].startswith(fence["fence"]) and not mark["rest"].strip()
    return None if is_end else fence


def unfinished(text: str) -> str:
    """A marked text that also says that its release was not published by tagboat yet."""
    return f"{text}{_UNFINISHED}\n"


def is_unfinished(text: str) -> bool:
    """Whether a text says that its release was not published by tagboat yet."""
    return _UNFINISHED in text


def finished(text: str) -> str:
    """A text that does not say that any more."""
    return text.replace(f"{_UNFINISHED}\n", "").replace(_UNFINISHED, "")


def is_marked(text: str, tag: str) -> bool:
    """Whether a text carries our marker for ``tag``."""
    found = _last_marker(text)
    return found is not None and found["tag"] == _encoded_tag(tag)


def is_edited(text: str) -> bool:
    """Whether a marked text is no longer the one that was marked."""
    found = _last_marker(text)
    if found is None:
        return True
    return _digest(_normal(text[: found.start()] + text[found.end() :])) != found["digest"]


def state(releases: Iterable[ForgeRelease], tag: str, *, is_alone: bool = False) -> ReleaseState:
    """What a forge's releases say about one tag.

    A draft that lost its tag is known by its marker. Where a tag can have one release, which
    ``is_alone`` says, all that the forge gives are of the tag to it, and drafts of somebody else
    stand in the way, too. Of several drafts of ours the one with the lowest id is the one to go on
    with, and before it one that a person has edited: those are never spares.
    """
    seen = list(releases)
    ours = sorted((r for r in seen if is_ours(r, tag)), key=age)
    public = [release for release in ours if not release.is_draft]
    shown = (r for r in seen if is_alone or (r.tag == tag and not r.is_draft))
    foreign = [r for r in shown if r not in ours]
    drafts = sorted((r for r in ours if r.is_draft), key=lambda draft: not is_edited(draft.body))
    spares = tuple(r for r in drafts[not (public or foreign) :] if not is_edited(r.body))
    if public:
        is_changed = is_edited(public[0].body)
        condition = ReleaseStatus.HAND_EDITED if is_changed else ReleaseStatus.PUBLISHED
        return ReleaseState(condition, public[0], spares)
    if foreign:
        return ReleaseState(ReleaseStatus.FOREIGN, foreign[0], spares)
    if drafts:
        return ReleaseState(ReleaseStatus.DRAFT, drafts[0], spares)
    return ReleaseState(ReleaseStatus.ABSENT)


def is_ours(release: ForgeRelease, tag: str) -> bool:
    """Whether a release is ours and for a tag, which a draft need not have any more."""
    return is_marked(release.body, tag) and (release.is_draft or release.tag == tag)


def foreign_text(forge: str, release: ForgeRelease, tag: str) -> tuple[str, str]:
    """What to say of a release of somebody else in the way of ours, and what helps."""
    what = "draft" if release.is_draft else "release"
    said = f"{forge} has a {what} {release.tag} that tagboat did not make"
    if release.tag != tag:
        both = f"{release.tag} and {tag} are one there"
        return said, f"delete it with its tag, or release another version: {both}"
    if release.is_draft:
        return said, "delete that draft, or give it another tag: one tag has one release there"
    return said, "delete that release and keep its tag, or release another version"


def measure(blocks: Iterable[bytes]) -> tuple[int, str]:
    """The size of a content and its SHA-256 in hexadecimal."""
    from hashlib import sha256  # start-up: every configuration is checked against this module

    size, digest = 0, sha256()
    for block in blocks:
        size += len(block)
        digest.update(block)
    return size, digest.hexdigest()


def asset_fault(asset: Asset, stored: StoredAsset) -> str:
    """Why a stored file is not the asset, or an empty text; an unknown digest is no fault."""
    if not stored.is_complete:
        return "its upload was not completed"
    if stored.size != asset.size:
        return f"it has {stored.size} bytes, not {asset.size}"
    if stored.sha256 and stored.sha256 != asset.sha256:
        return f"its SHA-256 is {stored.sha256}, not {asset.sha256}"
    return ""


def superfluous(faults: Mapping[StoredAsset, str]) -> list[StoredAsset]:
    """Of the files of one name: all but the oldest that has no fault, as every run sees it."""
    good = (stored for stored, said in faults.items() if not said)
    kept = min(good, key=age, default=None)
    return [stored for stored in faults if stored != kept]


def missing_assets(wanted: ReleaseDraft, release: ForgeRelease) -> tuple[str, ...]:
    """What keeps a release from holding the assets that are wanted, one sentence each."""
    stored = {asset.name: asset for asset in release.assets}
    faults = (
        (
            asset.name,
            asset_fault(asset, stored[asset.name]) if asset.name in stored else "it is missing",
        )
        for asset in wanted.assets
    )
    return tuple(f"{name}: {said}" for name, said in faults if said)


def comments_on(
    tag: str, comments: Iterable[tuple[str, str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Our comments about a release, by id, of all those given as id and text, oldest first.

    The second group holds what repeats the first one word for word and may be deleted; what a
    person has edited or quoted is never among them.
    """
    ours = [(number, text) for number, text in comments if is_marked(text, tag)]
    doubles = tuple(number for number, text in ours[1:] if not is_edited(text))
    return tuple(number for number, _ in ours), doubles


def age(seen: ForgeRelease | StoredAsset) -> tuple[int, str]:
    """What sorts releases, or the files of one, by their ids: the oldest first."""
    return len(seen.id), seen.id


def _last_marker(text: str) -> re.Match[str] | None:
    """The last one: ours stands below whatever the notes themselves say."""
    found = None
    for match in _MARKER.finditer(text):
        found = match
    return found


def _normal(text: str) -> str:
    """A text as forges keep it: UTF-8, its line ends turned into CRLF by editors, trimmed."""
    text = text.encode("utf-8", "replace").decode()
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _encoded_tag(tag: str) -> str:
    """A tag's name that can't end an HTML comment."""
    return tag.replace("%", "%25").replace(">", "%3E")


def _digest(text: str) -> str:
    from hashlib import sha256

    return sha256(text.encode()).hexdigest()
