"""Plan: a release with everything needed to make it real, as data.

It can be printed, kept as JSON, approved by a person and applied on another machine. Its digest
names it: the tag of the release carries that, so that a run knows its own work again.
"""

import re
from hashlib import sha256

from msgspec import Struct, ValidationError, convert, json, to_builtins

from tagboat.core.errors import UsageError
from tagboat.core.plan.tag_message import Contract
from tagboat.core.version_files.edits import Edit

FORMAT = 1
"""Grows when a field is removed or changes its meaning."""

_ID = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})")


class Replacement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change to a file: the characters from ``start`` up to ``end`` are ``old`` now.

    Positions are those of `Edit`, in the file as the commit has it.
    """

    path: str
    start: int
    end: int
    old: str
    new: str

    def edit(self) -> Edit:
        """The same as the value that files are changed with."""
        return Edit(self.path, self.start, self.end, self.old, self.new)


class RemoteSnapshot(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The remote when the plan was made: the branch's tip, the package's version tags.

    ``tags`` holds the id of each tag object, or of the commit where a tag is lightweight.
    """

    tip: str
    tags: dict[str, str]


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A release to be made of ``commit``.

    ``previous`` is the base's tag or an empty text; ``message`` that of the release commit, None
    where the tag goes on ``commit`` itself; ``time`` is in seconds since 1970; ``notes`` are what
    `tagboat changelog VERSION` prints afterwards; ``configuration`` is a digest; ``asked`` is what
    a person asked for instead of the computed version, as `Wish` spells it.
    """

    format: int = FORMAT
    tool: str
    package: str
    version: str
    tag: str
    previous: str
    commit: str
    branch: str
    remote: str
    channel: str
    bump: str
    reason: str
    notes: str
    time: int
    message: str | None
    edits: tuple[Replacement, ...]
    configuration: str
    seen: RemoteSnapshot
    asked: str = ""

    def digest(self) -> str:
        """The plan's name: the SHA-256 of its JSON with sorted keys and no blanks."""
        return value_digest(self)

    def contract(self) -> Contract:
        """What the tag will say."""
        return Contract(
            version=self.version,
            package=self.package,
            previous=self.previous,
            source=self.commit,
            branch=self.branch,
            channel=self.channel,
            bump=self.bump,
            time=self.time,
            tool=self.tool,
            plan=self.digest(),
            notes=self.notes,
            asked=self.asked,
        )


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan kept in a file, with its digest, so that a change by hand is noticed."""

    digest: str
    plan: Plan


def value_digest(value: object) -> str:
    """The SHA-256 of a value as JSON with sorted keys and no blanks, as ``sha256:...``."""
    return "sha256:" + sha256(json.encode(value, order="sorted")).hexdigest()


def as_data(plan: Plan) -> dict[str, object]:
    """The plan and its digest as plain values, the shape of the JSON document."""
    return {"digest": plan.digest(), "plan": to_builtins(plan)}


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
            f"{name} can't be read: {error}", "make it with `tagboat plan -o`"
        ) from error
    if file.digest != file.plan.digest():
        raise UsageError(
            f"{name} was changed after it was made: its digest is {file.plan.digest()}, "
            f"it says {file.digest}",
            "make it again with `tagboat plan -o`",
        )
    if not _ID.fullmatch(file.plan.commit):
        raise UsageError(
            f"{name} is for {file.plan.commit!r}, which is no commit's id",
            "make it with `tagboat plan -o`",
        )
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


def replacement(path: str, before: str, after: str) -> Replacement | None:
    """The one replacement that turns a text into another; None where they are equal."""
    if before == after:
        return None
    start = 0
    shorter = min(len(before), len(after))
    while start < shorter and before[start] == after[start]:
        start += 1
    tail = 0
    while tail < shorter - start and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    end = len(before) - tail
    return Replacement(
        path=path,
        start=start,
        end=end,
        old=before[start:end],
        new=after[start : len(after) - tail],
    )
