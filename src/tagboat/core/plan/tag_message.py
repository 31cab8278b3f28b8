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
from typing import NamedTuple

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
    "asked": _PREFIX + "Asked",
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


class Contract(NamedTuple):
    """What a release promised when it became public.

    ``source`` is the commit that the plan was made for, ``previous`` the tag before or an empty
    text, ``plan`` the plan's digest, ``time`` when it was planned in seconds since 1970. ``notes``
    end with a line end, unless they are empty. ``asked`` is what a person asked for instead of the
    computed version, as `Wish` spells it. No two ``images`` have the same name. ``assets`` are the
    files of the release on a forge: ``Tagboat-Asset: sha256:<digest> <size> <name>``.
    """

    version: str
    package: str
    previous: str
    source: str
    branch: str
    channel: str
    bump: str
    time: int
    tool: str
    plan: str
    notes: str
    asked: str = ""
    images: tuple[ImageDigest, ...] = ()
    assets: tuple[Asset, ...] = ()

    def message(self) -> str:
        """The message of the tag."""
        notes = self.notes if not self.notes or self.notes.endswith("\n") else self.notes + "\n"
        fields = self._asdict()
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
    fields = {name: plain.get(word, "") for name, word in _NAMES.items()}
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
