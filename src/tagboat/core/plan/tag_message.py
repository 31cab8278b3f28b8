"""Contract: what the message of a release's annotated tag says.

    notes, byte for byte

    Tagboat-Release: 1
    Tagboat-Version: 1.4.0
    ...
    Tagboat-Image: ghcr.io/acme/app@sha256:...

The notes come first, then one paragraph of trailers. From the tag alone a run knows what was
planned, so that it can finish a release that another run began. Tags without the marker are those
of other tools or of people.
"""

import re
from typing import Annotated, Any, NamedTuple

from msgspec import Meta, Struct

from tagboat.core.forge.release import Asset

FORMAT = "1"
"""The value of the marker; grows when a trailer is removed or changes its meaning."""

_PREFIX = "Tagboat-"
_MARKER = _PREFIX + "Release"
_NAMES = {
    "version": _PREFIX + "Version",
    "package": _PREFIX + "Package",
    "previous": _PREFIX + "Previous",
    "source": _PREFIX + "Commit",
    "branch": _PREFIX + "Branch",
    "channel": _PREFIX + "Channel",
    "bump": _PREFIX + "Bump",
    "time": _PREFIX + "Time",
    "tool": _PREFIX + "Tool",
    "plan": _PREFIX + "Plan",
    "because": _PREFIX + "Because",
    "asked": _PREFIX + "Asked",
    "logins": _PREFIX + "Logins",
}
_IMAGE = _PREFIX + "Image"
_IMAGE_VALUE = re.compile(r"(?P<name>\S+)@(?P<digest>sha256:[0-9a-f]{64})")
_ASSET = _PREFIX + "Asset"
_PROMISED = re.compile(r"sha256:(?P<sha256>[0-9a-f]{64}) (?P<size>[0-9]+) (?P<name>.+)")
_SIGNATURE = re.compile(
    r"^-----BEGIN (?P<kind>PGP SIGNATURE|PGP MESSAGE|SSH SIGNATURE|SIGNED MESSAGE)-----\n"
    r"(?:(?!-----).*\n)*-----END (?P=kind)-----\n*\Z",
    re.MULTILINE,
)


class ImageDigest(NamedTuple):
    """The digest of an image's index, as ``sha256:...``; ``name`` tells one image from another."""

    name: str
    digest: str

    def __str__(self) -> str:
        """The image as the trailer spells it."""
        return f"{self.name}@{self.digest}"


class ReleaseFacts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of a release by its tag and in its record.

    ``asked`` is as `VersionOverride` spells it. What it is when it is computed again later is the
    same.
    """

    version: Annotated[str, Meta(description="Its version.")]
    package: Annotated[
        str, Meta(description="Its package; empty for the one at the root of the repository.")
    ]
    previous: Annotated[
        str, Meta(description="The tag that its changes count from; empty for the first release.")
    ]
    source: Annotated[str, Meta(description="The commit that it was planned for.")]
    branch: Annotated[str, Meta(description="The branch it was released from.")]
    channel: Annotated[
        str,
        Meta(
            description="What that branch releases.",
            examples=["stable", "maintenance", "prerelease rc"],
        ),
    ]
    bump: Annotated[str, Meta(description="How far its changes moved the version.")]
    time: Annotated[int, Meta(description="When it was planned, in seconds since 1970.")]
    tool: Annotated[str, Meta(description="The program that planned it.")]
    because: Annotated[
        str,
        Meta(
            description="What it was released for: packages, each with its version, between "
            "commas, or empty."
        ),
    ] = ""
    asked: Annotated[
        str, Meta(description="What a person asked for instead of the computed version, or empty.")
    ] = ""
    logins: Annotated[
        str,
        Meta(
            description="The logins of authors as the forge told them, each with a commit of "
            "theirs, between commas, or empty."
        ),
    ] = ""

    def facts(self) -> dict[str, Any]:
        """These fields alone, by name."""
        return {name: getattr(self, name) for name in ReleaseFacts.__struct_fields__}


class Contract(ReleaseFacts, frozen=True, kw_only=True):
    """What a release promised when it became public.

    ``plan`` is the plan's digest. ``notes`` end with a line end, unless they are empty. No two
    ``images`` have the same name. ``assets`` are the files of the release on a forge:
    ``Tagboat-Asset: sha256:<digest> <size> <name>``.
    """

    plan: str
    notes: str
    images: tuple[ImageDigest, ...] = ()
    assets: tuple[Asset, ...] = ()

    def message(self) -> str:
        """The message of the tag."""
        notes = self.notes if not self.notes or self.notes.endswith("\n") else self.notes + "\n"
        fields = self.facts() | {"plan": self.plan}
        lines = [f"{_MARKER}: {FORMAT}"]
        lines += [f"{word}: {fields[name]}" for name, word in _NAMES.items() if fields[name] != ""]
        lines += [f"{_IMAGE}: {image}" for image in self.images]
        lines += [f"{_ASSET}: sha256:{a.sha256} {a.size} {a.name}" for a in self.assets]
        return notes + "\n" + "\n".join(lines) + "\n"


def contract_of(message: str) -> Contract | None:
    """The contract in a tag's message, with or without a signature; None where it holds none."""
    body = _SIGNATURE.sub("", message)
    notes, found, block = body.rstrip("\n").rpartition(f"\n{_MARKER}: ")
    if not found or (notes and not notes.endswith("\n")):
        return None
    first, *lines = block.split("\n")
    parts = (line.partition(": ") for line in lines)
    pairs = [(word, value) for word, colon, value in parts if colon and word.startswith(_PREFIX)]
    plain = {word: value for word, value in pairs if word not in (_IMAGE, _ASSET)}
    images = _images_in([value for word, value in pairs if word == _IMAGE])
    assets = _assets([value for word, value in pairs if word == _ASSET])
    fields: dict[str, Any] = {name: plain.get(word, "") for name, word in _NAMES.items()}
    time = fields.pop("time")
    # Each line was read, and none was said twice.
    is_whole = len(plain) + len(images) + len(assets) == len(lines)
    if first != FORMAT or not is_whole or not time.isdecimal():
        return None
    return Contract(notes=notes, time=int(time), images=images, assets=assets, **fields)


def _images_in(values: list[str]) -> tuple[ImageDigest, ...]:
    """The images that trailers name, each name once."""
    found = [_IMAGE_VALUE.fullmatch(value) for value in values]
    images = {one["name"]: ImageDigest(one["name"], one["digest"]) for one in found if one}
    return tuple(images.values())


def _assets(values: list[str]) -> tuple[Asset, ...]:
    """The files that trailers name."""
    found = [_PROMISED.fullmatch(value) for value in values]
    return tuple(Asset(one["name"], int(one["size"]), one["sha256"]) for one in found if one)
