"""Dockerfile: its stages, as far as a release has to know them.

Reads what https://docs.docker.com/reference/dockerfile/ describes: parser directives, comments,
continued lines, here-documents, arguments before the first stage. Which programs a step runs is
never looked at.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

_ESCAPE = re.compile(r"#\s*escape\s*=\s*(\S)\s*", re.IGNORECASE)
_HEREDOC = re.compile(r"<<-?\s*(?:\"([^\"\s]+)\"|'([^'\s]+)'|([A-Za-z_]\w*))")
_WITH_HEREDOC = ("RUN", "COPY", "ADD")
_FROM = re.compile(
    r"(?:--platform=(?P<platform>\S+)\s+)?(?P<base>\S+)(?:\s+AS\s+(?P<name>\S+))?\s*",
    re.IGNORECASE,
)
_OTHER = re.compile(r"(?:--from=|--mount=\S*?\bfrom=)([^\s,]+)")
_VARIABLE = re.compile(
    r"\$(?:(?P<plain>[A-Za-z_]\w*)|\{(?P<name>[A-Za-z_]\w*)(?:(?P<kind>:[-+])(?P<word>[^}]*))?\})"
)
_ANY_VARIABLE = re.compile(r"\$(?:\w+|\{[^}]*\})")
_ARGUMENT = re.compile(r"(?<!\S)([A-Za-z_]\w*)(?:=(\"[^\"]*\"|'[^']*'|\S*))?(?!\S)")
_LABEL = re.compile(
    r"(?<!\S)(?P<name>\"[^\"]*\"|'[^']*'|[^\s=\"']+)="
    r"(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|[^\s\"'])*"
)
_DIGEST = re.compile(r"(?P<name>[^@]+)@(?P<digest>sha256:[0-9a-f]{64})")
_SCRATCH = "scratch"


class Stage(NamedTuple):
    """One stage: what it is based on, for which platform, and what it takes from elsewhere.

    ``name`` is in lower case and empty where it has none, ``platform`` empty where it is the
    target's. ``others`` are the stages and images that its steps copy from or mount, ``labels`` the
    names of those that it gives.
    """

    name: str
    base: str
    platform: str = ""
    runs: bool = False
    others: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


class Base(NamedTuple):
    """The image that a Dockerfile starts from: its full name, and its digest where it is pinned."""

    name: str = ""
    digest: str = ""


class Dockerfile(NamedTuple):
    """The stages of a file, in order, and the arguments before them with their defaults.

    Both are as they are written: a default may be made of arguments before it.
    """

    stages: tuple[Stage, ...]
    arguments: Mapping[str, str]

    def needs_target_platform(
        self, target: str = "", given: Mapping[str, str] | None = None
    ) -> bool:
        """Whether building a stage (the last without a name) runs programs of its platform.

        ``given`` are build arguments.
        """
        stages = self._filled(given or {})
        needed = _needed_stages(stages, target)
        return any(stages[n].runs and not _stage_platform(stages, n) for n in needed)

    def base(
        self,
        target: str = "",
        given: Mapping[str, str] | None = None,
        contexts: Mapping[str, str] | None = None,
    ) -> Base:
        """The image that a stage, or the last one, is based on; empty where that is not known.

        ``given`` are build arguments; ``contexts`` take the place of what a stage names.
        """
        stages = self._filled(given or {})
        index = _stage_index(stages, target, len(stages))
        while index is not None:
            base = stages[index].base
            replaced = _context_base(base, contexts or {})
            index = _stage_index(stages, base, index)
            if replaced is not None or index is None:
                return _base(base) if replaced is None else replaced
        return Base()

    def labels(self, target: str = "", given: Mapping[str, str] | None = None) -> frozenset[str]:
        """The names of the labels that a stage, or the last one, has from this file.

        Those of the stages that it is based on are among them.
        """
        stages = self._filled(given or {})
        index = _stage_index(stages, target, len(stages))
        found: set[str] = set()
        while index is not None:
            found.update(stages[index].labels)
            index = _stage_index(stages, stages[index].base, index)
        return frozenset(found)

    def _filled(self, given: Mapping[str, str]) -> tuple[Stage, ...]:
        """The stages, with the arguments that are known filled in where they are based on them."""
        known = dict(given)
        for name, default in self.arguments.items():
            known.setdefault(name, _expanded(default, known))
        return tuple(one._replace(base=_expanded(one.base, known)) for one in self.stages)


def read_dockerfile(text: str) -> Dockerfile:
    """Read a Dockerfile. What is no instruction is passed over: BuildKit is the one to judge it."""
    stages: list[Stage] = []
    arguments: dict[str, str] = {}
    for word, rest in _instructions(text):
        if word == "FROM":
            stages += _stage(rest)
        elif word == "ARG" and not stages:
            arguments |= {name: value.strip("\"'") for name, value in _ARGUMENT.findall(rest)}
        elif stages:
            stages[-1] = _with_step(stages[-1], word, rest)
    return Dockerfile(tuple(stages), arguments)


def _stage_index(stages: Sequence[Stage], name: str, before: int) -> int | None:
    """The stage of a name or number among those before one; the last for an empty name."""
    if not name:
        return before - 1 if before else None
    found = [n for n in range(before) if stages[n].name == name.lower()]
    if found:
        return found[-1]
    return int(name) if name.isdecimal() and int(name) < before else None


def _stages_like(stages: Sequence[Stage], name: str) -> Iterator[int]:
    """The stages that a name may mean in which arguments stand that only the builder knows."""
    pattern = ".*".join(map(re.escape, _ANY_VARIABLE.split(name.lower())))
    return (n for n, stage in enumerate(stages) if re.fullmatch(pattern, stage.name))


def _needed_stages(stages: Sequence[Stage], target: str) -> set[int]:
    """The stages that building one of them takes."""
    first = _stage_index(stages, target, len(stages))
    found: set[int] = set()
    left = [] if first is None else [first]
    while left:
        index = left.pop()
        found.add(index)
        stage = stages[index]
        names = (stage.base, *stage.others)
        left += [n for name in names if (n := _stage_index(stages, name, index)) is not None]
        left += _stages_like(stages[:index], stage.base) if "$" in stage.base else ()
    return found


def _stage_platform(stages: Sequence[Stage], index: int | None) -> str:
    """The platform that a stage names, or the stage it is based on; empty for the target's."""
    while index is not None:
        stage = stages[index]
        if stage.platform:
            return stage.platform
        index = _stage_index(stages, stage.base, index)
    return ""


def full_name(name: str) -> str:
    """An image's name with its registry, as Docker completes it."""
    first, slash, _ = name.partition("/")
    if not slash:
        return f"docker.io/library/{name}"
    is_host = "." in first or ":" in first or first == "localhost"
    return name if is_host else f"docker.io/{name}"


def _stage(rest: str) -> Iterator[Stage]:
    match = _FROM.fullmatch(rest)
    if match is not None:
        platform = match["platform"] or ""
        is_target = platform in ("$TARGETPLATFORM", "${TARGETPLATFORM}")
        yield Stage((match["name"] or "").lower(), match["base"], "" if is_target else platform)


def _with_step(stage: Stage, word: str, rest: str) -> Stage:
    """A stage with one more of its steps read."""
    others = tuple(_OTHER.findall(rest)) if word in _WITH_HEREDOC else ()
    labels = _labels(rest) if word == "LABEL" else ()
    return stage._replace(
        runs=stage.runs or word == "RUN",
        others=stage.others + others,
        labels=stage.labels + labels,
    )


def _labels(rest: str) -> tuple[str, ...]:
    """The names of the labels of one instruction, which has one alone where its first has no =."""
    is_old = _LABEL.match(rest.lstrip()) is None
    found = rest.split()[:1] if is_old else [match["name"] for match in _LABEL.finditer(rest)]
    return tuple(name.strip("\"'") for name in found)


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    """The instructions, each as its word in upper case and the rest on one line."""
    directive = _ESCAPE.match(text)
    escape = directive[1] if directive else "\\"
    lines = iter(text.splitlines())
    for line in lines:
        whole = _continued(line, lines, escape)
        word, _, rest = whole.strip().partition(" ")
        if not word or word.startswith("#"):
            continue
        word = word.upper()
        if word in _WITH_HEREDOC:
            _skip_documents(rest, lines)
        yield word, rest.strip()


def _continued(line: str, lines: Iterator[str], escape: str) -> str:
    """A line with those that go on with it, comments between them left out."""
    if line.lstrip().startswith("#"):
        return ""
    parts = []
    while line.rstrip().endswith(escape):
        parts.append(line.rstrip()[:-1])
        line = next((one for one in lines if one.strip() and one.lstrip()[0] != "#"), "")
    return " ".join([*parts, line]).replace("\t", " ")


def _skip_documents(rest: str, lines: Iterator[str]) -> None:
    """Read past the here-documents that an instruction begins."""
    for quoted, single, plain in _HEREDOC.findall(rest):
        end = quoted or single or plain
        for line in lines:
            if line.strip("\t") == end:
                break


def _expanded(text: str, arguments: Mapping[str, str]) -> str:
    """A text with the arguments that are known filled in; those that are not stay."""

    def value(match: re.Match[str]) -> str:
        found = arguments.get(match["plain"] or match["name"])
        if match["kind"] == ":-":
            return found or match["word"]
        if match["kind"] == ":+":
            return match["word"] if found else ""
        return match[0] if found is None else found

    return _VARIABLE.sub(value, text)


def _context_base(name: str, contexts: Mapping[str, str]) -> Base | None:
    """The base that a context gives for a name, empty where it is no image; None without one.

    `docker buildx build --build-context` finds a context by the name with and without its tag,
    before stages and images.
    """
    named = {_tagged_name(key): place for key, place in contexts.items()}
    place = contexts.get(name) or named.get(_tagged_name(name))
    if place is None:
        return None
    kind, _, image = place.partition("://")
    return _base(image) if kind == "docker-image" else Base()


def _tagged_name(name: str) -> str:
    """An image's full name, with the tag that Docker takes where none is given."""
    full = full_name(name)
    is_exact = ":" in full.rpartition("/")[2] or "@" in full
    return full if is_exact else f"{full}:latest"


def _base(name: str) -> Base:
    """The base that an image's name means; none where the name is not known, or there is none."""
    if name.lower() == _SCRATCH or "$" in name or not name:
        return Base()
    match = _DIGEST.fullmatch(name)
    if match is None:
        return Base(full_name(name))
    return Base(full_name(match["name"]), match["digest"])
