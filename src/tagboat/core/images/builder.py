"""Builder: what a buildx builder can do, and what stands in the way of an image.

A builder is what `docker buildx ls --format json` says of it: `docker buildx inspect` ends with 0
whether the builder answers or not. What the end of a build's output says went wrong, and where, is
a `Failure`.
"""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from tagboat.core.images.oci import usual_platform

DOCKER = "docker"
"""The driver that builds inside the Docker daemon; the others run BuildKit on its own."""

_RUNNING = "running"
_ASLEEP = ("", "inactive", "stopped", "paused")
_REWRITING_ENGINE = 29
"""The first Docker Engine whose own builder can set the times of files in what it pushes."""

# The names of QEMU's emulators (https://www.qemu.org/docs/master/user/main.html), by the
# architecture that platforms have for them.
_EMULATORS = {
    "386": "i386",
    "amd64": "x86_64",
    "arm": "arm",
    "arm64": "aarch64",
    "loong64": "loongarch64",
    "mips64": "mips64",
    "mips64le": "mips64el",
    "ppc64le": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
}
_RULE = re.compile(r"-{6}")
_FRAME = re.compile(r"-{20}")
_STEP = re.compile(r" > (?:\[(?P<place>[^\]]*)\] ?)?(?P<step>.*):")
_LINE = re.compile(r"\S.*:(?P<line>[0-9]+)")
_END = re.compile(r"ERROR: (?:target (?P<target>[^:\s]+): )?(?:failed to solve: )?(?P<reason>.*)")
_PLATFORM = re.compile(r"[a-z]+/[a-z0-9_]+(?:/[a-z0-9.]+)?")
_TIME = re.compile(r"[0-9]+\.[0-9]+ ?")
_PASSING = re.compile(
    r"\b(?:429 Too Many Requests|50[0234] [A-Z][a-z]+ [A-Z])"
    r"|image \S+: already exists|missing content: content digest"
)
_SHOWN = 20


class Node(NamedTuple):
    """One machine of a builder; ``error`` says why it does not answer."""

    name: str
    endpoint: str
    status: str
    platforms: tuple[str, ...]
    error: str = ""


class Builder(NamedTuple):
    """A builder: its driver is `docker`, `docker-container`, `remote` or `kubernetes`."""

    name: str
    driver: str
    nodes: tuple[Node, ...]
    error: str = ""

    @property
    def platforms(self) -> frozenset[str]:
        """The platforms that its nodes say they can run programs of."""
        return frozenset(usual_platform(one) for node in self.nodes for one in node.platforms)

    @property
    def is_asleep(self) -> bool:
        """Whether a node has to be started before it says what it can do."""
        return any(node.status in _ASLEEP and not node.error for node in self.nodes)


class Engine(NamedTuple):
    """The Docker daemon behind a builder of the driver `docker`.

    ``keeps_indexes`` says that its image store is containerd's; ``version`` is the daemon's.
    """

    version: str
    keeps_indexes: bool


class BuilderNeeds(NamedTuple):
    """What an image asks of its builder, which is the one in use where ``builder`` is empty.

    ``platforms`` are all it is built for, ``running`` those of which programs have to run;
    ``scanner`` is the image that finds out what it holds, empty where that is not asked for.
    """

    image: str
    builder: str
    platforms: tuple[str, ...]
    running: tuple[str, ...] = ()
    scanner: str = ""


class BuilderState(NamedTuple):
    """What was found of the builder that an image asks for.

    ``builder`` is None where there is none of the name ``name``; ``engine`` is None but for the
    driver `docker`. ``emulators`` are the names of those that the kernel of this machine has, where
    the builder runs on it; ``missing`` are scanners that can't be had.
    """

    name: str
    builder: Builder | None
    engine: Engine | None = None
    emulators: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()


def read_builders(text: str) -> tuple[Builder, ...]:
    """Read the lines of `docker buildx ls --format json`; what is no such line is passed over."""
    found: dict[str, Builder] = {}
    for line in text.splitlines():
        try:
            data = json.loads(line)
        except ValueError:
            continue
        if isinstance(data, dict) and isinstance(data.get("Name"), str):
            found[data["Name"]] = _builder(data)
    return tuple(found.values())


def rewrites(found: BuilderState) -> bool:
    """Whether a builder can set the times of files in the layers that it pushes."""
    if found.engine is None:
        return True
    major = found.engine.version.partition(".")[0]
    return major.isdecimal() and int(major) >= _REWRITING_ENGINE


def faults(found: BuilderState, needs: BuilderNeeds) -> list[str]:
    """What stands in the way of an image, each with what helps."""
    builder = found.builder
    if builder is None:
        return [_no_builder(found, needs)]
    silent = [*_silent(builder)]
    if silent:
        return silent
    return [
        *_store(found, needs),
        *_emulation(found, builder, needs),
        *_no_scanner(found, needs),
    ]


def _no_builder(found: BuilderState, needs: BuilderNeeds) -> str:
    return (
        f"there is no builder {found.name!r} for the image {needs.image}: make it with "
        f"`docker buildx create --name {found.name}`, or name one of `docker buildx ls`"
    )


def _builder(data: dict[str, Any]) -> Builder:
    nodes = tuple(map(_node, data.get("Nodes") or ()))
    return Builder(data["Name"], str(data.get("Driver") or ""), nodes, str(data.get("Err") or ""))


def _node(data: dict[str, Any]) -> Node:
    listed = data.get("Platforms") or ()
    platforms = listed.split(",") if isinstance(listed, str) else map(str, listed)
    return Node(
        str(data.get("Name") or ""),
        str(data.get("Endpoint") or ""),
        str(data.get("Status") or ""),
        tuple(platform.strip(" *") for platform in platforms),
        str(data.get("Err") or ""),
    )


def _silent(builder: Builder) -> Iterator[str]:
    """Why a builder does not answer."""
    helps = "start the Docker daemon, or set DOCKER_HOST to one that runs"
    if builder.driver not in ("", DOCKER):
        helps = f"`docker buildx inspect --bootstrap {builder.name}` starts it"
    if builder.error:
        yield f"the builder {builder.name} does not answer: {builder.error.rstrip('. ')}: {helps}"
        return
    for node in builder.nodes:
        if node.status != _RUNNING:
            said = node.error.rstrip(". ") or f"it is {node.status or 'not running'}"
            where = "" if node.name == builder.name else f"the node {node.name} of "
            yield f"{where}the builder {builder.name} does not answer: {said}: {helps}"


def _store(found: BuilderState, needs: BuilderNeeds) -> Iterator[str]:
    """What the daemon's own image store can't hold."""
    if found.engine is None or found.engine.keeps_indexes:
        return
    lost = "annotations"
    if len(needs.platforms) > 1:
        lost = f"{len(needs.platforms)} platforms in one image, or annotations"
    yield (
        f"the Docker daemon has the classic image store, which can't hold {lost}, as {needs.image} "
        'needs: set `"features": {"containerd-snapshotter": true}` in /etc/docker/daemon.json and '
        "restart it, or build with `docker buildx create --driver docker-container --use`"
    )


def _emulation(found: BuilderState, builder: Builder, needs: BuilderNeeds) -> Iterator[str]:
    """Platforms of which nothing can run."""
    known = builder.platforms
    missing = [
        platform
        for platform in needs.running
        if usual_platform(platform) not in known and _emulator(platform) not in found.emulators
    ]
    if missing:
        architectures = ",".join(dict.fromkeys(one.split("/")[1] for one in missing))
        yield (
            f"the builder {builder.name} can't run programs for {', '.join(missing)}, as the RUN "
            f"steps of {needs.image} need: install emulators (`apt-get install qemu-user-static`, "
            f"or `docker run --privileged --rm tonistiigi/binfmt --install {architectures}`), "
            "or add a node of that platform (`docker buildx create --append`)"
        )


def _no_scanner(found: BuilderState, needs: BuilderNeeds) -> Iterator[str]:
    """The scanner that an SBOM needs."""
    if needs.scanner in found.missing:
        yield (
            f"{needs.scanner}, which finds out what {needs.image} holds, can't be pulled: name one "
            "that can with `sbom_generator`, or turn `sbom` off"
        )


def _emulator(platform: str) -> str:
    """The emulator's name for a platform; empty where there is none."""
    system, _, rest = platform.partition("/")
    return _EMULATORS.get(rest.partition("/")[0], "") if system == "linux" else ""


class Failure(NamedTuple):
    """The end of a build that failed; empty texts stand for what it does not say.

    ``target`` is the image; ``step`` the instruction or what BuildKit did; ``line`` that of the
    Dockerfile, 0 where it is not known; ``said`` the last lines that the step wrote.
    """

    target: str = ""
    step: str = ""
    platform: str = ""
    line: int = 0
    said: tuple[str, ...] = ()
    reason: str = ""


def read_failure(lines: Sequence[str]) -> Failure:
    """Read the last lines of `docker buildx bake --progress=plain`."""
    step, platform, said = _step(lines)
    ends = [match for line in lines if (match := _END.fullmatch(line))]
    target, reason = (ends[-1]["target"] or "", ends[-1]["reason"]) if ends else ("", "")
    if not reason:
        reason = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return Failure(target, step, platform, _failed_line(lines), said, reason)


def is_passing(failure: Failure) -> bool:
    """Whether the same may well succeed the next time.

    A registry failed for a moment, or another run on the same engine gave the same name to an image
    of its own, before this one could or while it was pushed.
    """
    return not failure.line and _PASSING.search(failure.reason) is not None


def failure_text(failure: Failure, name: str, dockerfile: str) -> str:
    """A failure in words: which image, platform and line, what the step said last."""
    what = f"building {name}"
    platform = f" for {failure.platform}" if failure.platform else ""
    place = f" at {dockerfile}:{failure.line}" if failure.line else ""
    step = f" in {failure.step}" if failure.step else ""
    said = "".join(f"\n  | {line}" for line in failure.said[-_SHOWN:])
    reason = failure.reason or "docker buildx bake said nothing"
    return f"{what} failed{platform}{place}{step}: {reason}{said}"


def _step(lines: Sequence[str]) -> tuple[str, str, tuple[str, ...]]:
    """The last failing step: what it is, its platform, what it said."""
    for start in range(len(lines) - 1, 0, -1):
        match = _STEP.fullmatch(lines[start])
        if match is not None and _RULE.fullmatch(lines[start - 1]):
            said = []
            for line in lines[start + 1 :]:
                if _RULE.fullmatch(line):
                    break
                said.append(_TIME.sub("", line, count=1))
            named = _PLATFORM.search(match["place"] or "")
            return " ".join(match["step"].split()), named[0] if named else "", tuple(said)
    return "", "", ()


def _failed_line(lines: Sequence[str]) -> int:
    """The line of the Dockerfile: it stands above the frame in which the instruction is shown."""
    for above, below in pairwise(lines):
        match = _LINE.fullmatch(above)
        if match is not None and _FRAME.fullmatch(below):
            return int(match["line"])
    return 0
