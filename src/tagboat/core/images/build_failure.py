"""Build failure: what the end of a build's output says went wrong, and where."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

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
