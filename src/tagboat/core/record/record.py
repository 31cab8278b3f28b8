"""Record: what was made, kept with the repository.

A git note on the released commit holds one JSON object. As one commit may carry the releases of
several packages, it holds a record for each tag. A record's plan part is written once; what happens
to the release afterwards is appended as events.
"""

from typing import Annotated, Any, Final, Literal, TypeVar

from msgspec import Meta, Struct, ValidationError, convert, field, json, to_builtins
from msgspec.structs import replace

from tagboat.core.errors import ConflictError, RepositoryError
from tagboat.core.forge.release import Asset
from tagboat.core.plan.tag_message import Contract, ImageDigest, ReleaseFacts


def record_schema() -> dict[str, Any]:
    """The schema of the git note that keeps the records of a commit's releases."""
    _, components = json.schema_components([Note])
    top = components.pop(Note.__name__)
    record = components[Record.__name__]
    record["properties"] = {name: record["properties"][name] for name in SHOWN}
    record["required"].sort(key=SHOWN.index)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **top,
        "title": "tagboat record",
        "$defs": components,
    }


FORMAT: Final = 1
"""Grows when a field is removed or changes its meaning."""

PUBLISHED = "published"
"""The event after which nothing is left to do."""
TOLD = "told"
"""The event after which nothing is left to say on issues."""
RAN = "ran"
"""The event after which a command that publishes is not run again."""
ABANDONED = "abandoned"
"""The event after which nothing will be done any more."""
WITHDRAWN = "withdrawn"
"""The event after which no moving tag may lead to the version."""
REINSTATED = "reinstated"
"""The event that ends a withdrawal."""
ROLLED_BACK = "rolled back"
"""The event that moved users back to the version."""

SHOWN = (
    *("version", "package", "tag", "previous", "commit", "source", "branch", "channel", "bump"),
    *("time", "tool", "plan", "because", "asked", "logins", "assets", "images", "forge", "events"),
)
"""The members of a record, in the order in which people read them."""

_ENDS = (PUBLISHED, ABANDONED)

T = TypeVar("T")
Digest = Annotated[str, Meta(pattern="^sha256:[0-9a-f]{64}$")]


class MovedTag(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, order=True):
    """A tag that an event moved."""

    place: Annotated[
        str, Meta(description="Where the tag stands: a repository of images, a remote, the forge.")
    ]
    tag: Annotated[str, Meta(description="The tag.")]
    source: Annotated[
        str, Meta(description="The version it held; empty where it was new or nothing told.")
    ] = field(name="from")
    to: Annotated[str, Meta(description="The version it holds since.")]
    held: Annotated[
        str, Meta(description="The digest or commit it led to; empty where it was new.")
    ]
    target: Annotated[str, Meta(description="The digest or commit it leads to since.")]


class Event(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, order=True, omit_defaults=True
):
    """Something that happened to a release."""

    time: Annotated[int, Meta(description="When it happened, in seconds since 1970.")]
    kind: Annotated[
        str,
        Meta(
            description="What happened.",
            examples=[PUBLISHED, TOLD, RAN, ABANDONED, WITHDRAWN, REINSTATED, ROLLED_BACK],
        ),
    ]
    detail: Annotated[str, Meta(description="More about it, for people.")] = ""
    who: Annotated[str, Meta(description="Who did it: `name <address>`.")] = ""
    why: Annotated[str, Meta(description="The reason that was given.")] = ""
    source: Annotated[
        str, Meta(description="The version that users had before: the highest withdrawn one.")
    ] = field(default="", name="from")
    to: Annotated[str, Meta(description="The version that users were moved to.")] = ""
    tags: Annotated[
        tuple[str, ...], Meta(description="The moving tags that a rollback was about.")
    ] = ()
    moves: Annotated[tuple[MovedTag, ...], Meta(description="The tags that were moved.")] = ()


class RecordedPlatform(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The image of one platform."""

    digest: Annotated[Digest, Meta(description="The digest of its manifest.")]
    size: Annotated[
        int, Meta(ge=0, description="The bytes there are to download: its layers, compressed.")
    ]


class RecordedImage(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """An image of the release."""

    digest: Annotated[Digest, Meta(description="The digest of its index, which the tag promises.")]
    platforms: Annotated[
        dict[str, RecordedPlatform],
        Meta(description="What there is for each platform, such as `linux/arm64`."),
    ] = field(default_factory=dict)
    repositories: Annotated[
        dict[str, Digest],
        Meta(description="The repositories that have it, with the digest found in each."),
    ] = field(default_factory=dict)


class RecordedForgeRelease(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, order=True
):
    """The release on the forge."""

    id: Annotated[str, Meta(description="What the forge knows it by.")]
    url: Annotated[str, Meta(description="The address of its page.")]


class RecordedFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of the release on a forge."""

    name: Annotated[str, Meta(description="Its name.")]
    size: Annotated[int, Meta(ge=0, description="Its size in bytes.")]
    sha256: Annotated[str, Meta(description="The SHA-256 of its content, in hexadecimal digits.")]


class Record(ReleaseFacts, frozen=True, kw_only=True):
    """One release: what was planned, what there is of it, and what happened to it."""

    tag: Annotated[str, Meta(description="Its git tag.")]
    commit: Annotated[str, Meta(description="The commit that its tag names.")]
    plan: Annotated[str, Meta(description="The digest of its plan.")]
    assets: Annotated[
        tuple[RecordedFile, ...], Meta(description="Its files on the forge, without this record.")
    ] = ()
    images: Annotated[dict[str, RecordedImage], Meta(description="Its images, by name.")] = field(
        default_factory=dict
    )
    forge: Annotated[
        tuple[RecordedForgeRelease, ...],
        Meta(description="Its releases on the forge: more than one where it was made again."),
    ] = ()
    events: Annotated[
        tuple[Event, ...], Meta(description="What happened to it, in order; never removed.")
    ] = ()

    @property
    def is_ended(self) -> bool:
        """Whether no run has anything left to do for it."""
        return any(event.kind in _ENDS for event in self.events)

    @property
    def is_abandoned(self) -> bool:
        """Whether somebody abandoned it, be it published or not."""
        return any(event.kind == ABANDONED for event in self.events)

    @property
    def abandoned(self) -> Event | None:
        """The event that ended it without its being published; None where there is none."""
        ends = {event.kind: event for event in reversed(self.events) if event.kind in _ENDS}
        return None if PUBLISHED in ends else ends.get(ABANDONED)

    @property
    def is_complete(self) -> bool:
        """Whether it was published."""
        return any(event.kind == PUBLISHED for event in self.events)

    @property
    def is_maintenance(self) -> bool:
        """Whether a maintenance channel released it."""
        return self.channel == "maintenance"

    @property
    def is_withdrawn(self) -> bool:
        """Whether no moving tag may lead to it; at equal times a withdrawal counts."""
        return self._verdict().kind == WITHDRAWN

    @property
    def withdrawn_for(self) -> str:
        """The version that users were moved back to when it was withdrawn; empty if it is not."""
        return self._verdict().to if self.is_withdrawn else ""

    @property
    def chosen(self) -> frozenset[str]:
        """The moving tags that rollbacks gave it."""
        return frozenset(
            tag for event in self.events if event.kind == ROLLED_BACK for tag in event.tags
        )

    def _verdict(self) -> Event:
        """The last event that withdrew or reinstated it."""
        verdicts = [event for event in self.events if event.kind in (WITHDRAWN, REINSTATED)]
        return max(verdicts, default=Event(time=0, kind=REINSTATED))

    @property
    def commands_run(self) -> frozenset[str]:
        """The commands that publish and are done, as they are written."""
        return frozenset(event.detail for event in self.events if event.kind == RAN)

    def with_event(self, event: Event) -> "Record":
        """The record with one more event, unless it has that already."""
        return merged_records(self, replace(self, events=(event,)))

    def with_forge(self, releases: tuple[RecordedForgeRelease, ...]) -> "Record":
        """The record with releases on the forge, each once."""
        return merged_records(self, replace(self, forge=releases))

    def time_after(self, now: int) -> int:
        """When the next event happens: ``now``, unless a clock that was ahead made the last one."""
        return max([now, *(event.time + 1 for event in self.events)])


class Note(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one note holds."""

    format: Annotated[Literal[1], Meta(description="The version of this shape.")]
    releases: Annotated[
        dict[str, Record], Meta(description="The releases that the commit carries, by tag.")
    ]


def record_of(contract: Contract, tag: str, commit: str) -> Record:
    """The record of a release as its tag tells it, without events."""
    images = {image.name: RecordedImage(digest=image.digest) for image in contract.images}
    assets = tuple(
        RecordedFile(name=asset.name, size=asset.size, sha256=asset.sha256)
        for asset in contract.assets
    )
    return Record(
        tag=tag,
        commit=commit,
        plan=contract.plan,
        assets=assets,
        images=images,
        **contract.facts(),
    )


def plan_part(record: Record) -> str:
    """What was written once of a record, as a JSON document; the same text on every machine."""
    fields = _as_data(_plan_of(record))
    del fields["events"], fields["forge"]
    images = {name: image.digest for name, image in sorted(record.images.items())}
    written = {"format": FORMAT, **fields, "images": images}
    return json.format(json.encode(written), indent=2).decode() + "\n"


def promise_of(record: Record, notes: str) -> Contract:
    """What a release promised of which only the record tells: its tag was made by hand."""
    images = tuple(ImageDigest(name, image.digest) for name, image in record.images.items())
    assets = tuple(Asset(file.name, file.size, file.sha256) for file in record.assets)
    return Contract(plan=record.plan, notes=notes, images=images, assets=assets, **record.facts())


def read_note(text: str, where: str) -> dict[str, Record]:
    """The records in a note, by tag; none in an empty text.

    Raises RepositoryError where it holds something else, or was written by a later version.
    """
    if not text.strip():
        return {}
    try:
        data = json.decode(text)
        if isinstance(data, dict) and isinstance(data.get("format"), int):
            _require_format(data["format"], where)
        return convert(data, Note).releases
    except (ValidationError, ValueError) as error:
        raise RepositoryError(
            f"the record of {where} can't be read: {error}",
            _see_note(where),
        ) from error


def note_text(records: dict[str, Record]) -> str:
    """The JSON document that `read_note` reads; the same text for the same records."""
    releases = {tag: _as_data(record) for tag, record in sorted(records.items())}
    note = json.encode({"format": FORMAT, "releases": releases})
    return json.format(note, indent=2).decode() + "\n"


def _as_data(record: Record) -> dict[str, Any]:
    """A record as plain values, in the order in which people read it."""
    fields = to_builtins(record, order="deterministic")
    return {name: fields[name] for name in SHOWN}


def merged(mine: dict[str, Record], theirs: dict[str, Record]) -> dict[str, Record]:
    """The records of two writers, none lost. Raises ConflictError as `merged_records` does."""
    together = dict(theirs)
    for tag, record in mine.items():
        together[tag] = merged_records(record, together[tag]) if tag in together else record
    return together


def merged_records(mine: Record, theirs: Record) -> Record:
    """One release as two writers know it: the same plan, and what either saw of it.

    It is published once: of two runs that completed it, the first did. A release that was abandoned
    gives way to another one, which was made once its tag was deleted. Raises ConflictError where
    they are records of different releases otherwise, or found different images.
    """
    if _plan_of(mine) != _plan_of(theirs):
        if mine.is_abandoned != theirs.is_abandoned:
            return theirs if mine.is_abandoned else mine
        raise ConflictError(
            f"the record of {mine.tag} holds another release: {theirs.plan} of {theirs.commit}, "
            f"not {mine.plan} of {mine.commit}",
            _see_note(mine.commit),
        )
    return replace(
        mine,
        images=_merged_images(mine, theirs),
        forge=tuple(sorted({*mine.forge, *theirs.forge}, key=_age)),
        events=_in_order({*mine.events, *theirs.events}),
    )


def _in_order(events: set[Event]) -> tuple[Event, ...]:
    """Events by time, without any but the first publication."""
    ordered = sorted(events)
    published = [event for event in ordered if event.kind == PUBLISHED]
    return tuple(event for event in ordered if event not in published[1:])


def _plan_of(record: Record) -> Record:
    """The part of a record that is written once."""
    return replace(record, images={}, forge=(), events=())


def _merged_images(mine: Record, theirs: Record) -> dict[str, RecordedImage]:
    together = dict(theirs.images)
    for name, image in mine.images.items():
        other = together.get(name, image)
        if other.digest != image.digest:
            raise _two_images(mine, name)
        together[name] = RecordedImage(
            digest=image.digest,
            platforms=_either(image.platforms, other.platforms, _two_images(mine, name)),
            repositories=_either(image.repositories, other.repositories, _two_images(mine, name)),
        )
    return together


def _either(mine: dict[str, T], theirs: dict[str, T], conflict: ConflictError) -> dict[str, T]:
    """What either knows. Raises the conflict where they know different things."""
    if any(theirs.get(key, value) != value for key, value in mine.items()):
        raise conflict
    return theirs | mine


def _two_images(record: Record, name: str) -> ConflictError:
    return ConflictError(
        f"the record of {record.tag} holds another image {name} than the one that is there",
        _see_note(record.commit),
    )


def _see_note(commit: str) -> str:
    fetched = "git fetch origin refs/notes/tagboat:refs/notes/tagboat"
    return f"see `{fetched} && git notes --ref=tagboat show {commit}`"


def _age(release: RecordedForgeRelease) -> tuple[int, RecordedForgeRelease]:
    """Forges count: of two ids the higher one is newer."""
    return len(release.id), release


def _require_format(found: int, where: str) -> None:
    if found != FORMAT:
        raise RepositoryError(
            f"the record of {where} has format {found}, this version of tagboat reads {FORMAT}",
            "use a newer tagboat",
        )
