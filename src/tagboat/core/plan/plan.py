"""Plan: the releases that are due, with everything needed to make them real, as data.

It can be printed, kept as JSON, approved by a person and applied on another machine. Its digest
names it: the tag of each release carries that, so that a run knows its own work again.
"""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import chain
from typing import Any

from msgspec import Struct, ValidationError, convert, field, json, to_builtins

from tagboat.core.commits.commit import RELEASE_TRAILER
from tagboat.core.errors import UsageError
from tagboat.core.plan.tag_message import Contract
from tagboat.core.version_files.edits import Edit, apart

FORMAT = 2
"""Grows when a field is removed or changes its meaning."""

_SHOWN = (
    *("format", "tool", "commit", "branch", "remote", "time", "message"),
    *("configuration", "seen", "releases"),
)
_SHOWN_OF_RELEASE = (
    *("package", "version", "tag", "channel", "previous", "bump", "reason", "because", "asked"),
    *("logins", "notes", "edits", "paths", "images"),
)
"""The order in which people read a plan, and a release of it."""
_MOST_NAMED = 20
_IN_TITLE = 3
"""How many packages the title of a release commit names."""
_LONGEST = 250
"""How many bytes of a tag may stand between slashes: a file's 255 without `.lock`."""
_ID = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})")


class RemoteSnapshot(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The remote when the plan was made: the branch's tip, the version tags of its packages.

    ``tags`` holds the id of each tag object, or of the commit where a tag is lightweight.
    """

    tip: str
    tags: dict[str, str]


class PlannedRelease(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A release of one package; ``package`` is empty for the one at the top of the repository.

    ``channel`` is its kind, with the token of prereleases. ``because`` tells what it is released
    for, packages with versions, ``asked`` what a person asked for, ``logins`` whose commits
    are, as the forge told it; ``notes`` are what `tagboat changelog VERSION` prints afterwards;
    ``edits`` are for files as the commit has them. ``paths`` are what the package owns, ``images``
    where its images go.
    """

    package: str
    version: str
    tag: str
    channel: str
    previous: str
    bump: str
    reason: str
    notes: str
    edits: tuple[Edit, ...]
    because: str = ""
    asked: str = ""
    logins: str = ""
    paths: tuple[str, ...] = ()
    images: tuple[str, ...] = ()


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Releases to be made of the commit ``source``, which is ``commit`` in JSON, in one push.

    ``message`` is that of the release commit, None where the tags go on the commit itself;
    ``configuration`` is a digest. What is needed stands before what needs it.
    """

    format: int = FORMAT
    tool: str
    source: str = field(name="commit")
    branch: str
    remote: str
    time: int
    message: str | None
    configuration: str
    seen: RemoteSnapshot
    releases: tuple[PlannedRelease, ...]

    @property
    def commit(self) -> str:
        """The commit that it is made of."""
        return self.source

    @property
    def tags(self) -> str:
        """The tags of its releases, for a person."""
        return first_of(release.tag for release in self.releases)

    @property
    def versions(self) -> str:
        """Its version; of several packages each with its name."""
        if len(self.releases) == 1:
            return self.releases[0].version
        return first_of(f"{release.package} {release.version}" for release in self.releases)

    @property
    def channels(self) -> str:
        """The channels that its releases are on, each once."""
        return first_of(release.channel for release in self.releases)

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What all of its releases change, once where several do. Raises as `apart` does."""
        return apart(chain.from_iterable(release.edits for release in self.releases))

    def digest(self) -> str:
        """The plan's name: the SHA-256 of its JSON with sorted keys and no blanks."""
        return value_digest(self)

    def facts(self, release: PlannedRelease) -> dict[str, Any]:
        """What is said of a release, by its tag and in its record: the fields of `ReleaseFacts`."""
        of_plan = ("source", "branch", "time", "tool")
        own = ("version", "package", "channel", "previous", "bump", "because", "asked", "logins")
        shared = {name: getattr(self, name) for name in of_plan}
        return shared | {name: getattr(release, name) for name in own}

    def contract(self, release: PlannedRelease) -> Contract:
        """What the tag of a release will say."""
        return Contract(plan=self.digest(), notes=release.notes, **self.facts(release))


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan kept in a file, with its digest, so that a change by hand is noticed."""

    digest: str
    plan: Plan


def release_message(template: str, releases: Sequence[PlannedRelease]) -> str:
    """The message of the release commit, with the trailers it is known by.

    Of many packages the title gives the number alone, and the body names them all.
    """
    named = [f"{one.package} {one.version}" for one in releases]
    is_told = len(releases) == 1 or "{name}" in template
    text = template.replace("{tag}", _in_title([one.tag for one in releases]))
    text = text.replace("{name}", _in_title([one.package for one in releases]))
    text = text.replace(
        "{version}", _in_title([one.version for one in releases] if is_told else named)
    )
    listed = "\n\n" + "\n".join(f"- {one}" for one in named) if releases[1:] else ""
    trailers = "".join(f"{RELEASE_TRAILER}: {one.tag}\n" for one in releases)
    return f"{text.rstrip()}{listed}\n\n{trailers}"


def _in_title(several: Sequence[str]) -> str:
    """A few words with commas, else how many there are."""
    return ", ".join(several) if len(several) <= _IN_TITLE else f"{len(several)} packages"


def refuse_long(tag: str) -> None:
    """Refuse a tag that git can't keep: each part is the name of a file, and a lock's too.

    Raises UsageError.
    """
    longest = max(len(part.encode()) for part in tag.split("/"))
    if longest > _LONGEST:
        raise UsageError(
            f"the tag {tag[:40]}... has {longest} bytes, and git can keep {_LONGEST} at most "
            "between slashes",
            "make `tag` in the configuration, or the version, shorter",
        )


def first_of(paths: Iterable[str], most: int = _MOST_NAMED) -> str:
    """Paths on one line, each once, and how many more there are than a person reads."""
    once = list(dict.fromkeys(paths))
    more = f" and {len(once) - most} more" if len(once) > most else ""
    return ", ".join(once[:most]) + more


def value_digest(value: object) -> str:
    """The SHA-256 of a value as JSON with sorted keys and no blanks, as ``sha256:...``."""
    return "sha256:" + sha256(json.encode(value, order="sorted")).hexdigest()


def as_data(plan: Plan) -> dict[str, object]:
    """The plan and its digest as plain values, the shape of the JSON document."""
    fields = to_builtins(plan)
    fields["releases"] = [
        {name: release[name] for name in _SHOWN_OF_RELEASE} for release in fields["releases"]
    ]
    return {"digest": plan.digest(), "plan": {name: fields[name] for name in _SHOWN}}


def plan_json(plan: Plan) -> str:
    """The JSON document that `read_plan` reads."""
    return json.format(json.encode(as_data(plan)), indent=2).decode() + "\n"


def read_plan(text: str, name: str = "the plan") -> Plan:
    """Read what `plan_json` wrote.

    Raises UsageError where the document is no plan, one of another format, or was changed by hand.
    """
    try:
        data = json.decode(text)
        _refuse_format(data, name)
        file = convert(data, _File)
    except (ValidationError, ValueError) as error:
        raise UsageError(
            f"{name} can't be read: {error}", "make it with `tagboat plan -o FILE`"
        ) from error
    if file.digest != file.plan.digest():
        raise UsageError(
            f"{name} was changed after it was made: its digest is {file.plan.digest()}, "
            f"it says {file.digest}",
            "make it again with `tagboat plan -o FILE`",
        )
    if not _ID.fullmatch(file.plan.commit):
        raise UsageError(
            f"{name} is for {file.plan.commit!r}, which is no commit's id",
            "make it with `tagboat plan -o FILE`",
        )
    if not file.plan.releases:
        raise UsageError(f"{name} has no releases", "make it with `tagboat plan -o FILE`")
    return file.plan


def _refuse_format(data: object, name: str) -> None:
    """Raise where a document is a plan of another format, before its fields are looked at."""
    plan = data.get("plan") if isinstance(data, dict) else None
    found = plan.get("format") if isinstance(plan, dict) else None
    if isinstance(found, int) and found != FORMAT:
        raise UsageError(
            f"{name} has format {found}, this version of tagboat reads {FORMAT}",
            "apply it with the version that made it",
        )
