"""Bake: what `docker buildx bake` is handed, for all images of one release.

The document is a bake file in JSON (https://docs.docker.com/build/bake/reference/). It is to be run
at the top of the repository. A secret stands in it by its id and where it comes from, never by its
value.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from tagboat.core.images.image import (
    Image,
    Origin,
    annotations,
    fill_placeholders,
    labels,
    staging_reference,
)

BakeFile = dict[str, Any]
"""A bake file as plain values."""

FOLDER = "dist"
"""Where archives go, as seen from the top of the repository."""

_REMOTE = ("docker-image://", "oci-layout://", "target:", "http://", "https://", "ssh://", "git")


class BuildRequest(NamedTuple):
    """What one run is to make of the definitions.

    ``names`` are the images to build, ``platforms`` the platforms: all of both where empty.
    ``loose`` are the images whose builder can't set the times of files in layers; ``insecure`` the
    registries without TLS. ``allowed`` are the entitlements that a person grants; None grants all,
    for commits that are released or that the branch of a release has.
    """

    names: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    loose: frozenset[str] = frozenset()
    insecure: tuple[str, ...] = ()
    allowed: frozenset[str] | None = None


ENTITLEMENTS = ("secrets", "ssh", "network.host", "cache-to")
"""What a definition may ask of the machine that builds it, and of what its logins open."""


def not_granted(image: Image, order: BuildRequest) -> tuple[str, ...]:
    """The entitlements that an image asks for and an order does not grant."""
    asked = (image.secrets, image.ssh, image.network == "host", image.cache_to)
    allowed = ENTITLEMENTS if order.allowed is None else order.allowed
    return tuple(
        name
        for name, is_asked in zip(ENTITLEMENTS, asked, strict=True)
        if is_asked and name not in allowed
    )


_EVERYTHING = BuildRequest()


def chosen(images: Iterable[Image], order: BuildRequest) -> tuple[Image, ...]:
    """The images that an order builds: those named that have one of its platforms."""
    return tuple(
        image
        for image in images
        if (not order.names or image.name in order.names) and platforms(image, order)
    )


def platforms(image: Image, order: BuildRequest) -> tuple[str, ...]:
    """The platforms of an image that an order builds."""
    if not order.platforms:
        return image.platforms
    return tuple(platform for platform in image.platforms if platform in order.platforms)


def bake(images: Sequence[Image], origin: Origin, order: BuildRequest = _EVERYTHING) -> BakeFile:
    """The bake file: a target for each image, those to be built in the group ``default``.

    The others are there because an image can be the context of another one.
    """
    return {
        "group": {"default": {"targets": [image.name for image in chosen(images, order)]}},
        "target": {image.name: _verbatim(_target(image, origin, order)) for image in images},
    }


def bake_json(document: BakeFile) -> str:
    """A bake file as text, ending in a line end."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def placed(document: BakeFile, at: Callable[[str], str], find: Callable[[str], str]) -> BakeFile:
    """The same with absolute paths: ``at`` gives that of a context, as the commit has it.

    ``find`` gives that of a file that is none of the commit's: a secret, a key.
    """
    targets = {
        name: target
        | {"context": at("/".join(_path_parts(target["context"])) or ".")}
        | _if_given("contexts", {key: _local(at, one) for key, one in _of(target, "contexts")})
        | _if_given("secret", [_with_paths(one, ",src=", find) for one in target.get("secret", ())])
        | _if_given("ssh", [_with_paths(one, "=", find) for one in target.get("ssh", ())])
        for name, target in document["target"].items()
    }
    return document | {"target": targets}


def archive(image: Image, origin: Origin, order: BuildRequest = _EVERYTHING) -> str:
    """The archive that an image without repositories is written to, seen from the top."""
    some = "".join(f"-{one.replace('/', '-')}" for one in _parts_of(image, order))
    return f"{FOLDER}/{image.name}-{_oci_tag(origin)}{some}.oci.tar"


def places(image: Image, origin: Origin, order: BuildRequest = _EVERYTHING) -> list[str]:
    """Where what an order builds of an image is to be found: names in a registry, or an archive."""
    if not image.repositories:
        return [archive(image, origin, order)]
    return _names(image, origin, order)


def _target(image: Image, origin: Origin, order: BuildRequest) -> BakeFile:
    """What is handed over for one image; keys that say nothing are left out."""
    wanted = platforms(image, order)
    return {
        "context": image.context,
        "dockerfile": _dockerfile_path(image),
        "args": _arguments(image, origin),
        "labels": labels(image, origin),
        "annotations": [
            f"{level}:{key}={value}"
            for key, value in annotations(image, origin).items()
            for level in ("index", "manifest")
        ],
        "platforms": list(wanted or image.platforms),
        "tags": _names(image, origin, order),
        "output": [_exporter(image, origin, order)],
        "attest": _attestations(image),
        **_if_given("target", image.target),
        **_if_given("contexts", dict(image.contexts)),
        **_if_given("secret", [_secret(name, source) for name, source in image.secrets]),
        **_if_given("ssh", list(image.ssh)),
        **_if_given("cache-from", list(image.cache_from)),
        **_if_given("cache-to", list(image.cache_to)),
        **_if_given("pull", image.pull),
        **_if_given("no-cache", image.no_cache),
        **_if_given("network", "" if image.network == "default" else image.network),
    }


def _if_given(key: str, value: object) -> BakeFile:
    """A key with its value, or nothing where there is no value."""
    return {key: value} if value else {}


def _arguments(image: Image, origin: Origin) -> dict[str, str]:
    """The build arguments, with those by which BuildKit makes the same bytes again.

    https://docs.docker.com/reference/dockerfile/#buildkit-built-in-build-args
    """
    own = {key: fill_placeholders(value, origin) for key, value in image.build_args}
    return own | {"SOURCE_DATE_EPOCH": str(origin.time), "BUILDKIT_MULTI_PLATFORM": "1"}


def _dockerfile_path(image: Image) -> str:
    """The Dockerfile as seen from the context, which is how bake reads it."""
    if not image.dockerfile:
        return "Dockerfile"
    here, there = _path_parts(image.context), _path_parts(image.dockerfile)
    while here and there and here[0] == there[0]:
        del here[0], there[0]
    return "/".join([".."] * len(here) + there)


def _names(image: Image, origin: Origin, order: BuildRequest) -> list[str]:
    """The names that are given to what is built: where only some platforms are, one for each."""
    if not image.repositories:
        return [f"{image.name}:{_oci_tag(origin)}"]
    parts = _parts_of(image, order) or ("",)
    return [staging_reference(image, origin, platform) for platform in parts]


def _exporter(image: Image, origin: Origin, order: BuildRequest) -> str:
    """Where the image goes: to its registry, or into an archive."""
    exact = "" if image.name in order.loose else ",rewrite-timestamp=true"
    if not image.repositories:
        path = archive(image, origin, order)
        return f"type=oci,dest={path},oci-mediatypes=true{exact}"
    host = image.staging_repository.partition("/")[0]
    insecure = ",registry.insecure=true" if host in order.insecure else ""
    return f"type=image,push=true,oci-mediatypes=true{exact}{insecure}"


def _parts_of(image: Image, order: BuildRequest) -> tuple[str, ...]:
    """The platforms of a run that builds only some; none where it builds all."""
    some = platforms(image, order)
    return () if some == image.platforms else some


def _attestations(image: Image) -> list[str]:
    """The attestations, those that are not wanted turned off."""
    is_off = image.provenance == "off"
    provenance = "disabled=true" if is_off else f"mode={image.provenance}"
    generator = f",generator={image.sbom_generator}" if image.sbom_generator else ""
    sbom = [f"type=sbom{generator}"] if image.sbom else []
    return [f"type=provenance,{provenance}", *sbom]


def _secret(name: str, source: str) -> str:
    """A secret by its id."""
    kind, _, place = source.partition(":")
    return f"id={name},env={place}" if kind == "env" else f"id={name},src={place}"


def _with_paths(given: str, between: str, find: Callable[[str], str]) -> str:
    """What is handed over for a secret or a key, with the paths of its files found."""
    name, _, paths = given.partition(between)
    return f"{name}{between}{','.join(map(find, paths.split(',')))}" if paths else given


def _local(at: Callable[[str], str], place: str) -> str:
    """A context in a folder, or one that is elsewhere as it is."""
    return place if place.startswith(_REMOTE) else at("/".join(_path_parts(place)) or ".")


def _path_parts(path: str) -> list[str]:
    """The names a path consists of; none for the top of the repository."""
    return [part for part in path.split("/") if part not in ("", ".")]


def _of(target: BakeFile, key: str) -> Iterable[tuple[str, str]]:
    inner: dict[str, str] = target.get(key, {})
    return inner.items()


def _oci_tag(origin: Origin) -> str:
    """The version as a tag, in which there can be no plus sign."""
    return str(origin.version).replace("+", "_")


def _verbatim(value: Any) -> Any:  # noqa: ANN401 - any part of a document
    """Plain values for bake, which would evaluate what stands in ``${}`` or ``%{}``."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, list):
        return [_verbatim(item) for item in value]
    if isinstance(value, dict):
        return {_verbatim(key): _verbatim(item) for key, item in value.items()}
    return value
