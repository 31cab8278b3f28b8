"""What buildx and Docker say about builders, engines and scanners of this machine."""

import json
import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tagboat.adapters.process import ProgramError, run
from tagboat.core.errors import OutsideError
from tagboat.core.images.build_failure import read_failure
from tagboat.core.images.builder import (
    DOCKER,
    Builder,
    BuilderNeeds,
    BuilderState,
    Engine,
    read_builders,
)

PATIENCE = 120
"""How many seconds a question to Docker may take."""

_NO_BUILDX = (
    "docker has no buildx: install it (`apt-get install docker-buildx`, or Docker's own "
    "docker-buildx-plugin)"
)
_NO_COMMAND = re.compile(r"unknown command|is not a docker command|unknown flag")
_EMULATORS = "/proc/sys/fs/binfmt_misc"


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
