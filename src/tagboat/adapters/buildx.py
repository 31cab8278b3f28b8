"""Docker buildx: builders, builds by bake files, and indexes made of images in a registry.

What it and Docker say about builders, engines and scanners of this machine stands last. The values
of a build's secrets are kept from being shown.
"""

import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

from tagboat.adapters.process import ProgramError, listen, run
from tagboat.adapters.repository_files import RepositoryFiles, beside, read_text
from tagboat.core.errors import OutsideError, UsageError
from tagboat.core.images.bake import FOLDER, BakeFile, bake_json, placed
from tagboat.core.images.builder import (
    DOCKER,
    Builder,
    BuilderNeeds,
    BuilderState,
    Engine,
    Failure,
    failure_text,
    faults,
    is_passing,
    read_builders,
    read_failure,
    rewrites,
)
from tagboat.core.images.image import Image
from tagboat.ports.images import OnLine

_SHORTEST = 4
"""The fewest characters of a line of a secret that is looked for in what a build says."""
PATIENCE = 120
"""How many seconds a question to Docker may take."""

_NO_BUILDX = (
    "docker has no buildx: install it (`apt-get install docker-buildx`, or Docker's own "
    "docker-buildx-plugin)"
)
_NO_COMMAND = re.compile(r"unknown command|is not a docker command|unknown flag")
_EMULATORS = "/proc/sys/fs/binfmt_misc"


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


def docker(*arguments: str) -> str:
    """What a command of docker prints. Raises OutsideError."""
    return run(["docker", *arguments], ".", timeout=PATIENCE).decode("utf-8", "replace")


class BuilderInspector:
    """What was found of builders, each looked at once."""

    def __init__(self) -> None:
        self._listed: tuple[Builder, ...] = ()
        self._in_use = ""
        self._found: dict[str, BuilderState] = {}
        self._missing: dict[tuple[str, str], bool] = {}

    def fault(self) -> str:
        """Why nothing can be asked of buildx; empty where it can."""
        try:
            self._look()
        except ProgramError as error:
            if _NO_COMMAND.search(error.stderr):
                return _NO_BUILDX
            return f"{error.message}: it is what images are built with"
        except OutsideError as error:
            return f"{error.message}: it is what images are built with"
        return ""

    def of(self, name: str) -> BuilderState:
        """What is found of a builder; of the one in use where no name is given."""
        if name not in self._found:
            self._look()
            self._found[name] = _ground(name or self._in_use, self._listed)
        return self._found[name]

    def for_wish(self, needs: BuilderNeeds) -> BuilderState:
        """What is found of the builder of a wish, and whether its scanner can be had."""
        found = self.of(needs.builder)
        if not needs.scanner or found.builder is None:
            return found
        key = (found.name, needs.scanner)
        if key not in self._missing:
            self._missing[key] = _is_missing(found, needs.scanner)
        missing = frozenset({needs.scanner} if self._missing[key] else ())
        return found._replace(missing=missing)

    def _look(self) -> None:
        """List the builders, and find out which one is in use, both at once."""
        if self._in_use:
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=1) as pool:
            in_use = pool.submit(_in_use)
            self._listed = _builders()
            self._in_use = in_use.result()


def _ground(name: str, listed: Sequence[Builder]) -> BuilderState:
    builder = _builder_of(name, listed)
    if builder is not None and builder.is_asleep and not builder.error:
        builder = _woken(builder)
    if builder is None:
        return BuilderState(name, None)
    engine = _engine(builder) if builder.driver == DOCKER else None
    return BuilderState(name, builder, engine, _emulators(builder))


def _woken(builder: Builder) -> Builder | None:
    """A builder once it runs: only then does it say what it can do."""
    try:
        docker("buildx", "inspect", "--bootstrap", builder.name)
    except ProgramError as error:
        return builder._replace(error=read_failure(error.stderr.splitlines()).reason)
    return _builder_of(builder.name, _builders())


def _builders() -> tuple[Builder, ...]:
    return read_builders(docker("buildx", "ls", "--format", "json"))


def _builder_of(name: str, listed: Sequence[Builder]) -> Builder | None:
    return next((builder for builder in listed if builder.name == name), None)


def _in_use() -> str:
    """The name of the builder in use, which buildx tells in the first line of what it shows."""
    shown = _attempted("buildx", "inspect")
    for line in shown.splitlines():
        key, _, value = line.partition(":")
        if key == "Name":
            return value.strip()
    return "default"


def _engine(builder: Builder) -> Engine | None:
    """The daemon of a builder of the driver `docker`; None where it does not answer."""
    context = ["--context", builder.nodes[0].endpoint] if builder.nodes else []
    if context == ["--context", "default"]:
        context = []
    shown = _attempted(*context, "info", "--format", "{{json .}}")
    try:
        info = json.loads(shown)
    except ValueError:
        return None
    status = {one[0]: one[1] for one in info.get("DriverStatus") or () if len(one) > 1}
    keeps = status.get("driver-type", "").startswith("io.containerd.snapshotter")
    return Engine(str(info.get("ServerVersion") or ""), keeps)


def _emulators(builder: Builder) -> frozenset[str]:
    """The emulators of this machine's kernel, where a builder's nodes run on it."""
    docker_host = os.environ.get("DOCKER_HOST", "")
    endpoints = [node.endpoint for node in builder.nodes]
    if not all(_is_local(endpoint, docker_host) for endpoint in endpoints):
        return frozenset()
    try:
        names = os.listdir(_EMULATORS)
    except OSError:
        return frozenset()
    return frozenset(name.removeprefix("qemu-") for name in names if _is_enabled(name))


def _is_local(endpoint: str, docker_host: str) -> bool:
    """Whether an endpoint of a builder leads to this machine."""
    if endpoint in ("", "default"):
        return docker_host == "" or docker_host.startswith("unix://")
    return endpoint.startswith("unix://")


def _is_enabled(name: str) -> bool:
    if not name.startswith("qemu-"):
        return False
    try:
        with open(os.path.join(_EMULATORS, name), encoding="utf-8", errors="replace") as file:
            return file.readline().strip() == "enabled"
    except OSError:
        return False


def _is_missing(found: BuilderState, scanner: str) -> bool:
    """Whether a scanner's image is neither in the daemon nor in its registry."""
    if found.engine is not None and _attempted("image", "inspect", "--format=.", scanner):
        return False
    return not _attempted("buildx", "imagetools", "inspect", "--raw", scanner)


def _attempted(*arguments: str) -> str:
    """What a command of docker prints; an empty text where it fails."""
    try:
        return docker(*arguments)
    except OutsideError:
        return ""
