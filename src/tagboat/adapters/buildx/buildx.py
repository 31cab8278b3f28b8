"""The image builder: `docker buildx bake` and `docker buildx imagetools`.

The values of a build's secrets are kept from being shown.
"""

import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

from tagboat.adapters.buildx.inspect_builders import PATIENCE, BuilderInspector
from tagboat.adapters.process import ProgramError, listen, run
from tagboat.adapters.repository_files import RepositoryFiles, beside, read_text
from tagboat.core.errors import OutsideError, UsageError
from tagboat.core.images.bake import FOLDER, BakeFile, bake_json, placed
from tagboat.core.images.build_failure import Failure, failure_text, is_passing, read_failure
from tagboat.core.images.builder import BuilderNeeds, faults, rewrites
from tagboat.core.images.image import Image
from tagboat.ports.builder import OnLine

_SHORTEST = 4
"""The fewest characters of a line of a secret that is looked for in what a build says."""


def secret_faults(images: Iterable[Image], home: str) -> list[str]:
    """The secrets that can't be read, each once."""
    faults = []
    for image in images:
        for name, source in image.secrets:
            kind, _, place = source.partition(":")
            if kind == "env" and place not in os.environ:
                faults.append(
                    f"the secret {name} is read from {place}, which is not set: export it"
                )
            elif kind == "file" and (fault := _fault(home, place)):
                faults.append(f"the secret {name} is read from {place}, {fault}")
    return list(dict.fromkeys(faults))


class SecretMasking:
    """Puts stars in the place of the values of secrets."""

    def __init__(self, images: Iterable[Image], home: str) -> None:
        lines = {
            line.strip()
            for image in images
            for _, source in image.secrets
            for line in _secret_value(source, home).splitlines()
        }
        known = sorted((line for line in lines if len(line) >= _SHORTEST), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, known)) or r"(?!)")

    def __call__(self, text: str) -> str:
        """A text without the values of secrets."""
        return self._pattern.sub("***", text)


def _secret_value(source: str, home: str) -> str:
    """The value of a secret; empty where it can't be read."""
    kind, _, place = source.partition(":")
    if kind == "env":
        return os.environ.get(place, "")
    try:
        return read_text(beside(home, place)) or ""
    except UsageError:
        return ""


def _fault(home: str, place: str) -> str:
    """Why a file can't hold a secret; empty where it can."""
    try:
        found = read_text(beside(home, place))
    except UsageError as error:
        return f"which can't be one: {error.message}"
    return "which can't be read" if found is None else ""


_QUIET = {
    # What git says about the folder of a build would not be about the user's repository.
    "BUILDX_GIT_INFO": "false",
    # Contexts, archives and secrets lie in different folders, all of them named by tagboat.
    "BUILDX_BAKE_ENTITLEMENTS_FS": "0",
    "DOCKER_CLI_HINTS": "false",
}
_SECONDS = "TAGBOAT_BUILD_SECONDS"
_PATIENCE = 6 * 3600
"""How many seconds a build has, unless the environment says so."""
_TRIES = 3
"""How often a build is handed over where its registry fails for a moment."""
_ABSENT = ("not found", "manifest unknown", "name unknown")


class Buildx:
    """Builds what bake files describe. Files that those name are seen from ``home``."""

    def __init__(self, home: str) -> None:
        self._home = os.path.abspath(home)
        self._inspector = BuilderInspector()

    def faults(self, images: Sequence[Image], needs: Sequence[BuilderNeeds]) -> list[str]:
        """What stands in the way of building, each with what helps. Builds nothing."""
        missing = self._inspector.fault()
        if missing:
            return [missing]
        found = [
            fault for needs in needs for fault in faults(self._inspector.for_wish(needs), needs)
        ]
        return list(dict.fromkeys([*found, *secret_faults(images, self._home)]))

    def loose(self, images: Sequence[Image]) -> frozenset[str]:
        """The names of the images whose builder can't set the times of files in what it pushes."""
        return frozenset(
            image.name
            for image in images
            if image.repositories and not rewrites(self._inspector.of(image.builder))
        )

    def build(
        self, images: Sequence[Image], document: BakeFile, tree: str, hear: OnLine
    ) -> dict[str, str]:
        """Build the images by a bake file, with contexts in a clean checkout."""
        if not all(image.repositories for image in images):
            self._make_room(document)
        files = RepositoryFiles(tree)
        for image in images:
            files.inside(image.dockerfile_path)
        handed = placed(document, files.absolute, partial(beside, self._home))
        hide = SecretMasking(images, self._home)
        digests: dict[str, str] = {}
        with tempfile.TemporaryDirectory(prefix="tagboat-bake-") as folder:
            file = os.path.join(folder, "bake.json")
            with open(file, "w", encoding="utf-8") as stream:
                stream.write(bake_json(handed))
            for builder in dict.fromkeys(image.builder for image in images):
                wanted = [image for image in images if image.builder == builder]
                digests |= self._bake(file, wanted, lambda line: hear(hide(line)), hide)
        return digests

    def _make_room(self, document: BakeFile) -> None:
        """Make the folder that archives go to, and see that none would leave it."""
        files = RepositoryFiles(self._home)
        files.make_folder(FOLDER)
        for target in document["target"].values():
            for output in target["output"]:
                path = output.partition("dest=")[2].partition(",")[0]
                if path and os.path.lexists(os.path.join(self._home, path)):
                    files.absolute(path)

    def find(self, reference: str) -> str:
        """The digest that a tag of a registry has; empty where there is none."""
        try:
            raw = _imagetools("inspect", "--raw", reference)
        except ProgramError as error:
            if any(word in error.stderr for word in _ABSENT):
                return ""
            raise
        return f"sha256:{sha256(raw).hexdigest()}"

    def join(self, reference: str, sources: Sequence[str], annotations: Mapping[str, str]) -> str:
        """Put several images of a registry into one index under a tag; its digest."""
        given = [f"--annotation=index:{key}={value}" for key, value in annotations.items()]
        _imagetools("create", *given, "--tag", reference, *sources)
        return self.find(reference)

    def _bake(
        self, file: str, images: Sequence[Image], hear: OnLine, hide: SecretMasking
    ) -> dict[str, str]:
        """Build some images with one builder."""
        metadata = f"{file}.metadata"
        builder = [f"--builder={images[0].builder}"] if images[0].builder else []
        command = ["docker", "buildx", "bake", *builder, "--file", file, "--progress=plain"]
        names = [image.name for image in images]
        command += [f"--metadata-file={metadata}", *names]
        failure = Failure()
        for _ in range(_TRIES):
            heard = listen(command, self._home, hear, _QUIET, _patience())
            if not heard.code:
                return _digests(metadata)
            failure = read_failure([hide(line) for line in heard.lines])
            if not is_passing(failure):
                break
        raise _error(failure, images)


def _patience() -> float:
    """How many seconds a build may take. Raises UsageError for what is no number of them."""
    text = os.environ.get(_SECONDS, str(_PATIENCE))
    if not text.isascii() or not text.isdigit() or not int(text):
        raise UsageError(f"{_SECONDS} is no number of seconds: {text!r}")
    return float(text)


def _error(failure: Failure, images: Sequence[Image]) -> OutsideError:
    """The error for a build that failed."""
    named = [image for image in images if image.name == failure.target]
    names = ", ".join(image.name for image in named or images)
    return OutsideError(failure_text(failure, names, (named or images)[0].dockerfile_path))


def _digests(path: str) -> dict[str, str]:
    """The digests by name, as far as buildx wrote them down."""
    try:
        with open(path, encoding="utf-8") as file:
            told: dict[str, Any] = json.load(file)
    except (OSError, ValueError):
        return {}
    found = {name: one.get("containerimage.digest") for name, one in told.items()}
    return {name: digest for name, digest in found.items() if isinstance(digest, str)}


def _imagetools(*arguments: str) -> bytes:
    return run(["docker", "buildx", "imagetools", *arguments], ".", timeout=PATIENCE)
