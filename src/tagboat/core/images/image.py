"""Image: what is built, what is written on it, and the name it has until its release is public.

What is written on an image are the keys of the OCI image specification
(https://github.com/opencontainers/image-spec/blob/main/annotations.md): as labels in its
configuration, as annotations on its index and its manifests.

How two images differ is what there is to download to go from one to the other. A layer is what its
digest says, and a machine that has it does not fetch it again, wherever in the image it stands.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from tagboat.core.images.oci import ORIGIN, ImageGraph
from tagboat.core.version.version import Version

NETWORKS = ("default", "none", "host")
PROVENANCE = ("min", "max", "off")
PLACEHOLDERS = ("version", "major", "minor", "patch", "tag", "commit", "date")
"""What may stand in braces in build arguments, labels and annotations."""
FREE_TEXT = re.compile(r"(?<!\$)\{([a-z]+)\}")
"""A placeholder in such a text, where all other braces are text: `${x}` and `{"a": 1}`."""

_OCI = "org.opencontainers.image."
VERSION, REVISION, CREATED = f"{_OCI}version", f"{_OCI}revision", f"{_OCI}created"
"""The keys under which an image says what it is of."""
_INHERITED = tuple(f"{_OCI}{key}" for key in ("source", "url", "base.name", "base.digest"))
"""What is said of the base image where nobody says it of the image itself."""
_KEY_LENGTH = 12

Pairs = tuple[tuple[str, str], ...]
"""Names with their values, in the order they were given."""


class Origin(NamedTuple):
    """What an image is built from: a version, how its git tag is spelled, and the commit.

    ``time`` is the commit's, in seconds since 1970; ``page`` the repository's address or empty.
    ``source`` is the commit that a release commit was planned for; empty where there is none.
    """

    version: Version
    tag: str
    commit: str
    time: int
    page: str = ""
    source: str = ""

    @property
    def date(self) -> str:
        """The commit's time as RFC 3339 spells it, in UTC."""
        return spelled_time(self.time)


class Image(NamedTuple):
    """The definition of one image, as the configuration gives it.

    ``name`` is what it is called here; ``repositories`` are where it is published, the first one
    first; without any it becomes an archive. ``staging`` is the repository of staging tags if that
    is another one. Paths are seen from the top of the repository; an empty ``dockerfile`` is that
    of the context. ``secrets`` are sources (``env:NAME``, ``file:PATH``) by id, never values.
    ``facts`` are values of OCI keys, without their common beginning; ``file_labels`` are the labels
    that its Dockerfile gives it. Empty texts stand for what is not given.
    """

    name: str
    repositories: tuple[str, ...] = ()
    staging: str = ""
    platforms: tuple[str, ...] = ("linux/amd64",)
    tags: tuple[str, ...] = ("{version}", "{major}.{minor}", "{major}", "latest", "{channel}")
    suffix: str = ""
    dockerfile: str = ""
    context: str = "."
    target: str = ""
    contexts: Pairs = ()
    build_args: Pairs = ()
    secrets: Pairs = ()
    ssh: tuple[str, ...] = ()
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    pull: bool = False
    no_cache: bool = False
    network: str = "default"
    builder: str = ""
    sbom: bool = False
    sbom_generator: str = ""
    provenance: str = "min"
    facts: Pairs = ()
    file_labels: tuple[str, ...] = ()
    labels: Pairs = ()
    annotations: Pairs = ()
    sign: str = ""
    sign_public_key: str = ""
    sign_identity: str = ""
    sign_issuer: str = ""

    @property
    def dockerfile_path(self) -> str:
        """The file it is built from, as seen from the top of the repository."""
        if self.dockerfile:
            return self.dockerfile
        return "Dockerfile" if self.context == "." else f"{self.context}/Dockerfile"

    @property
    def is_attested(self) -> bool:
        """Whether anything is attested of it."""
        return self.sbom or self.provenance != "off"

    @property
    def staging_repository(self) -> str:
        """The repository that it is pushed to first; empty where it is published nowhere."""
        return self.staging or next(iter(self.repositories), "")


def fill_placeholders(text: str, origin: Origin) -> str:
    """A text with the placeholders of `PLACEHOLDERS` filled; all other braces stay."""
    version = origin.version
    values = {
        "version": str(version),
        "major": str(version.major),
        "minor": str(version.minor),
        "patch": str(version.patch),
        "tag": origin.tag,
        "commit": origin.commit,
        "date": origin.date,
    }
    return FREE_TEXT.sub(lambda match: values.get(match[1], match[0]), text)


def labels(image: Image, origin: Origin) -> dict[str, str]:
    """The labels of an image: the OCI keys that are known, then its own.

    Labels are inherited from the base image: those that would tell of its source and of its own
    base are emptied where nothing is known of the image's, unless its Dockerfile says it.
    """
    own = {key: fill_placeholders(value, origin) for key, value in image.labels}
    emptied = dict.fromkeys((key for key in _INHERITED if key not in image.file_labels), "")
    return emptied | _facts(image, origin) | own


def annotations(image: Image, origin: Origin) -> dict[str, str]:
    """The annotations of an image's index and manifests; one of them is `ORIGIN`."""
    own = {key: fill_placeholders(value, origin) for key, value in image.annotations}
    return _facts(image, origin) | own | {ORIGIN: f"sha256:{_key(image, origin)}"}


def release_facts(version: str, commit: str, time: int) -> dict[str, str]:
    """What every label and annotation of a release's image says: version, commit, time."""
    return {VERSION: version, REVISION: commit, CREATED: spelled_time(time)}


def told_faults(graph: ImageGraph, wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Where labels and annotations say something else than they should."""
    places: dict[str, Mapping[str, str]] = {}
    for image in graph.images:
        places[f"the labels of {image.platform}"] = image.labels
        places[f"the annotations of {image.platform}"] = image.annotations
    if graph.root.is_index:
        places["the annotations of the index"] = graph.annotations
    return tuple(
        f"{place} say {key}={told.get(key) or 'nothing'}, not {value}"
        for place, told in places.items()
        for key, value in wanted.items()
        if not _is_same(key, told.get(key, ""), value)
    )


def spelled_time(time: int) -> str:
    """A time in seconds since 1970 as RFC 3339 spells it, in UTC."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(date: str) -> int | None:
    """The time that a label tells, in seconds since 1970; None where it tells none."""
    try:
        return int(datetime.fromisoformat(date).timestamp()) if date else None
    except ValueError:
        return None


def _is_same(key: str, told: str, wanted: str) -> bool:
    return seconds(told) == seconds(wanted) if key == CREATED else told == wanted


def staging_tag(image: Image, origin: Origin, platform: str = "") -> str:
    """The tag of an image until its release is public; that of one platform where one is named.

    It is the same wherever the same commit is built as the same version by the same definition.
    """
    tag = f"tagboat-{_key(image, origin)[:_KEY_LENGTH]}"
    return f"{tag}-{platform.replace('/', '-')}" if platform else tag


def staging_reference(image: Image, origin: Origin, platform: str = "") -> str:
    """The name under which an image, or one platform of it, is kept until its release is public."""
    return f"{image.staging_repository}:{staging_tag(image, origin, platform)}"


def definition_digest(image: Image, origin: Origin) -> str:
    """The SHA-256, as ``sha256:...``, of all that a definition says about an image's bytes."""
    return f"sha256:{_sha256(_definition(image, origin))}"


def _facts(image: Image, origin: Origin) -> dict[str, str]:
    """The OCI keys of an image that have a value."""
    known = {"title": image.name, "url": origin.page, "source": origin.page}
    known |= {key: fill_placeholders(value, origin) for key, value in image.facts}
    known |= {
        "version": str(origin.version),
        "revision": origin.commit,
        "created": origin.date,
    }
    return {f"{_OCI}{key}": value for key, value in known.items() if value}


def _key(image: Image, origin: Origin) -> str:
    """What tells builds apart: the commit, the version, and the definition.

    A release commit is made anew by a run that begins again, with another time and so another id:
    the commit it was planned for stands in its place, so that the next run finds what was staged.
    """
    same = origin._replace(commit=origin.source or origin.commit, time=0)
    return _sha256([same.commit, str(same.version), definition_digest(image, same)])


def _definition(image: Image, origin: Origin) -> dict[str, object]:
    """All that a definition says about an image's bytes, and nothing about where they are kept."""
    return {
        "annotations": _facts(image, origin) | dict(image.annotations),
        "args": {key: fill_placeholders(value, origin) for key, value in image.build_args},
        "context": image.context,
        "contexts": dict(image.contexts),
        "dockerfile": image.dockerfile_path,
        "labels": labels(image, origin),
        "network": image.network,
        "platforms": image.platforms,
        "provenance": image.provenance,
        "sbom": [image.sbom, image.sbom_generator],
        "secrets": sorted(name for name, _ in image.secrets),
        "ssh": sorted(name.partition("=")[0] for name in image.ssh),
        "target": image.target,
        "time": origin.time,
    }


def _sha256(value: object) -> str:
    from hashlib import sha256  # start-up: every configuration is checked against this module

    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(text.encode()).hexdigest()


class PulledImage(NamedTuple):
    """An image that can be pulled: its names with the version's tag, its digest, its platforms.

    Each platform has its name, the digest of its manifest, and the bytes there are to download.
    """

    names: tuple[str, ...]
    digest: str
    platforms: tuple[tuple[str, str, int], ...]


def image_notes(images: Iterable[PulledImage], title: str = "Container images") -> str:
    """A section of release notes; an empty text without images.

    The tag is for people and the digest for machines: Docker goes by the digest.
    """
    parts = [_part(image) for image in images]
    return "\n".join([f"### {title}\n", *parts]) if parts else ""


def size_of(count: int) -> str:
    """A number of bytes in words, by powers of 1000: `7.3 MB`."""
    amount, units = float(count), ["B", "kB", "MB", "GB"]
    while amount >= 1000 and len(units) > 1:  # noqa: PLR2004 - what the units stand for
        amount /= 1000
        units.pop(0)
    return f"{amount:.0f} B" if units[0] == "B" else f"{amount:.1f} {units[0]}"


def _part(image: PulledImage) -> str:
    commands = "\n".join(f"docker pull {name}@{image.digest}" for name in image.names)
    rows = "\n".join(
        f"| {name} | `{digest}` | {size_of(size)} |" for name, digest, size in image.platforms
    )
    table = f"| platform | digest | download |\n| --- | --- | --- |\n{rows}\n"
    return f"```sh\n{commands}\n```\n\n{table}"


class Layer(NamedTuple):
    """A layer of an image: its digest, and its size in bytes as it is transferred."""

    digest: str
    size: int


Layers = Mapping[str, Sequence[Layer]]
"""The layers of an image from the base up, by platform."""


class PlatformDiff(NamedTuple):
    """How two images differ on one platform, each layer once and in the order of its image.

    ``is_new`` says that the first image has nothing for the platform, ``is_gone`` that the second
    has not.
    """

    platform: str
    kept: tuple[Layer, ...]
    removed: tuple[Layer, ...]
    added: tuple[Layer, ...]
    is_new: bool = False
    is_gone: bool = False

    @property
    def download(self) -> int:
        """The bytes to fetch where the first image is there; manifests and configs are not in."""
        return sum(layer.size for layer in self.added)


def image_diff(before: Layers, after: Layers) -> tuple[PlatformDiff, ...]:
    """The difference for each platform that either image has, in the order of their names."""
    return tuple(_platform_diff(name, before, after) for name in sorted({*before, *after}))


def _platform_diff(name: str, before: Layers, after: Layers) -> PlatformDiff:
    old = {layer.digest: layer for layer in before.get(name, ())}
    new = {layer.digest: layer for layer in after.get(name, ())}
    return PlatformDiff(
        name,
        kept=tuple(layer for digest, layer in new.items() if digest in old),
        removed=tuple(layer for digest, layer in old.items() if digest not in new),
        added=tuple(layer for digest, layer in new.items() if digest not in old),
        is_new=name not in before,
        is_gone=name not in after,
    )
