"""Workflows of GitHub Actions: the images that docker's metadata and build actions make."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, count, product
from typing import Any

from tagboat.core.config.migrate.key_rules import OldKey
from tagboat.core.config.migrate.old_file import OldFile
from tagboat.core.config.migrate.translation import Translation, value_fault

NAME = "workflows"
_ACTION = re.compile(r"docker/(?P<name>[a-z-]+)-action@.*")
_HOLE = re.compile(r"\$\{\{\s*(?P<name>[\w.\-]+)\s*\}\}")
_OPEN = "${{"
_STAYS = "it stays in the workflow"
_SETUP = ("login", "setup-buildx", "setup-qemu")
_MOST = 64
_LATER = "images of branches, commits and pull requests come later"
_PARTS = {"{{version}}": "{version}", "{{major}}": "{major}", "{{minor}}": "{minor}"}
_PARTS |= {"{{patch}}": "{patch}", "{{raw}}": "v{version}"}
_OF_RELEASE = {"github.ref_name": "{tag}", "github.sha": "{commit}"}
_VERSION = re.compile(
    r"(?:needs|steps|inputs|env|github|matrix)\.[\w.\-]*(?:version|tag)[\w.\-]*", re.IGNORECASE
)
_TEXTS = {"target": "target", "network": "network", "builder": "builder"}
_LISTS = {"cache-from": "cache_from", "cache-to": "cache_to", "ssh": "ssh"}
_PAIRS = {"labels": "labels", "annotations": "annotations", "build-args": "build_args"}
_WHERE = {"push", "load", "outputs", "secrets"}
_ELSEWHERE = {"tags", "platforms", "context", "file", *_WHERE}
_OUTPUT = re.compile(r"\$\{\{\s*steps\.[\w-]+\.outputs\.(?:tags|labels|annotations)\s*\}\}")
_TAGS = ("images", 0, "tags")

Names = Mapping[str, str]
"""What an expression's name stands for."""


def from_workflows(whole: Translation, files: Sequence[OldFile]) -> None:
    """Translate the build steps of all workflows; everything else stays where it is."""
    for file in files:
        key = OldKey(whole, NAME, file, (), file.data)
        for one in key.items():
            if one.path[-1] != "jobs" or not list(one.items()):
                one.adapt(_STAYS)
        names = _wf_repository(whole.repository) | _wf_names(key.get("env"))
        for job in key.get("jobs").items():
            _wf_job(job, names)


def _wf_job(job: OldKey, names: Names) -> None:
    """The steps of a job; a job without any of ours is told as one."""
    steps = list(job.get("steps").items())
    ours = [step for step in steps if _wf_action(step)]
    if not ours:
        job.adapt(_STAYS)
        return
    for one in job.items():
        if one.path[-1] != "steps":
            one.adapt(_STAYS)
    names = {**names, **_wf_names(job.get("env"))}
    metadata = {
        step.get("id").text: step.get("with") for step in ours if _wf_action(step) == "metadata"
    }
    for step in steps:
        action = _wf_action(step)
        if action == "build-push":
            _wf_build(step, metadata, list(_wf_matrix(job, names)))
        elif action == "metadata":
            step.keep("the tags of its images")
        elif action in _SETUP:
            step.keep("the job sets up buildx and logs in, as before")
        else:
            step.adapt(_STAYS)


def _wf_action(step: OldKey) -> str:
    match = _ACTION.fullmatch(step.get("uses").text)
    return match["name"] if match else ""


def _wf_repository(path: str) -> dict[str, str]:
    """What GitHub calls a repository; nothing where that is not known."""
    owner, sign, name = path.partition("/")
    names = {"repository": path, "repository_owner": owner, "event.repository.name": name}
    return {f"github.{key}": value for key, value in names.items() if sign}


def _wf_names(env: OldKey) -> dict[str, str]:
    return {f"env.{one.path[-1]}": one.text for one in env.items() if _OPEN not in one.text}


def _wf_matrix(job: OldKey, names: Names) -> Iterator[Names]:
    """Each combination of a matrix, with the names that it gives; one without a matrix."""
    matrix = job.get("strategy").get("matrix")
    axes = [one for one in matrix.items() if one.path[-1] not in ("include", "exclude")]
    found: list[dict[str, str]] = [
        dict(pair for pairs in combination for pair in pairs)
        for combination in product(
            *([_wf_pairs(item, axis) for item in axis.items()] for axis in axes)
        )
    ]
    included = [
        dict(pair for part in entry.items() for pair in _wf_pairs(part, part))
        for entry in matrix.get("include").items()
    ]
    alone = []
    for extra in included:
        same = [one for one in found if one and one == one | _wf_shared(extra, one)]
        for combination in same:
            combination.update(extra)
        alone += [] if same else [extra]
    for given in [*filter(None, found), *alone] or [{}]:
        yield {**names, **given}


def _wf_shared(extra: Names, one: Names) -> dict[str, str]:
    return {name: value for name, value in extra.items() if name in one}


def _wf_pairs(item: OldKey, axis: OldKey) -> list[tuple[str, str]]:
    """The names that one value of an axis gives: of its parts, where it has any."""
    name = f"matrix.{axis.path[-1]}"
    if isinstance(item.value, dict):
        return [(f"{name}.{part.path[-1]}", part.text) for part in item.items()]
    return [(name, item.text)]


def _wf_build(step: OldKey, metadata: Mapping[str, OldKey], names: Sequence[Names]) -> None:
    """The images of a build step: one for each combination that differs in more than platform."""
    inputs = step.get("with")
    is_kept = inputs.get("push").value in (False, "false", None)
    if is_kept and "push" not in inputs.get("outputs").text:
        step.adapt("what is not pushed is built by `tagboat image build`")
        return
    tables: list[dict[str, object]] = []
    for one in names[:_MOST]:
        table = _WfImage(inputs, metadata, one).table()
        like = next((t for t in tables if _wf_is_like(t, table)), None)
        if like is None:
            tables.append(table)
        else:
            more = [*_wf_list(like.get("platforms")), *_wf_list(table.get("platforms"))]
            like["platforms"] = list(dict.fromkeys(more))
    named = [table for table in tables if table["repositories"]]
    if not named:
        step.leave("the repositories of its images are not known: name them in [[images]]")
        return
    _wf_put(step, named)
    _WfImage(inputs, metadata, names[0]).report()


def _wf_put(step: OldKey, tables: Sequence[dict[str, object]]) -> None:
    """Say the images that are not said yet, with what is right in itself."""
    held = step.whole.data.get("images", [])
    known = {name for table in held for name in table["repositories"]}
    fresh = [table for table in tables if not known & set(_wf_list(table["repositories"]))]
    for table in fresh:
        add_image(step, table, "check tags, platforms and arguments")
    if not fresh:
        step.adapt("an image of these repositories is there already")


def _wf_is_like(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return {**one, "platforms": 0} == {**other, "platforms": 0}


def _wf_list(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


class _WfImage:
    """One image of a build step, for one combination of the matrix."""

    def __init__(self, inputs: OldKey, metadata: Mapping[str, OldKey], names: Names) -> None:
        self._inputs, self._names = inputs, names
        used = inputs.get("tags").text + inputs.get("outputs").text + inputs.get("labels").text
        named = [key for name, key in metadata.items() if name and f"steps.{name}." in used]
        self._metadata = (named or [inputs.get("")])[0]

    def table(self) -> dict[str, object]:
        """Its table; without repositories where those are not known."""
        repositories, tags = self._tags()
        context = _wf_path(self._filled("context"))
        file = _wf_path(self._filled("file"))
        table: dict[str, object] = {
            "repositories": repositories,
            "platforms": _wf_lines(self._filled("platforms"), ","),
            "tags": tags,
            "suffix": self._flavour("suffix"),
            "dockerfile": file,
            "context": context,
        }
        table |= {ours: self._filled(name) for name, ours in _TEXTS.items()}
        table |= {ours: _wf_lines(self._filled(name)) for name, ours in _LISTS.items()}
        for name, ours in _PAIRS.items():
            table[ours] = self._pairs(name)
        table["secrets"] = {
            name: f"env:{match[1]}"
            for name, value in self._split("secrets").items()
            if (match := re.fullmatch(r"\$\{\{\s*secrets\.(\w+)\s*\}\}", value))
        }
        table |= self._switches()
        return {
            name: value
            for name, value in table.items()
            if _wf_is_whole(value) or name == "repositories"
        }

    def report(self) -> None:
        """Each input that is not carried, or not as it was."""
        known = {
            *_TEXTS,
            *_LISTS,
            *_PAIRS,
            *_ELSEWHERE,
            *("provenance", "sbom", "pull", "no-cache"),
        }
        for one in self._inputs.items():
            unknown = [] if one.path[-1] in _WHERE else self._unknown(one)
            if one.path[-1] not in known:
                one.leave("[[images]] has nothing like it")
            elif unknown:
                one.leave(f"not known here: {', '.join(unknown)}")
        images = self._metadata.get("images")
        if unknown := self._unknown(images):
            images.leave(f"not known here: {', '.join(unknown)}")
        told = self._metadata.get("tags")
        later = [line for line in _wf_lines(told.text) if not self._tag(line)]
        if later:
            told.leave(f"{', '.join(later)}: {_LATER}")

    def _unknown(self, key: OldKey) -> list[str]:
        """The lines of an input with an expression that nothing tells of."""
        return [
            line
            for line in _wf_lines(self._fill(key.text))
            if _OPEN in _HOLE.sub(_wf_placeholder, _OUTPUT.sub("", line))
        ]

    def _switches(self) -> dict[str, object]:
        found: dict[str, object] = {}
        for name, ours in (("pull", "pull"), ("no-cache", "no_cache"), ("sbom", "sbom")):
            value = self._inputs.get(name).value
            if value is True or value == "true":
                found[ours] = True
        text = str(self._inputs.get("provenance").value).lower()
        if text == "false":
            found["provenance"] = "off"
        elif "mode=max" in text:
            found["provenance"] = "max"
        return found

    def _filled(self, name: str) -> str:
        return self._fill(self._inputs.get(name).text)

    def _fill(self, text: str) -> str:
        """A text with the expressions that are known; the others stay."""
        return _HOLE.sub(lambda match: self._names.get(match["name"], match[0]), text)

    def _split(self, name: str) -> dict[str, str]:
        lines = (line.strip("\"'") for line in _wf_lines(self._inputs.get(name).text))
        return {key: value for key, sign, value in (line.partition("=") for line in lines) if sign}

    def _pairs(self, name: str) -> dict[str, str]:
        """Pairs of a name and a value that may have placeholders; those that are not known go."""
        found = {}
        for key, value in self._split(name).items():
            text = _HOLE.sub(_wf_placeholder, self._fill(value)).strip("\"'")
            if _OPEN not in text and re.fullmatch(r"[\w./-]+", key):
                found[key] = text
        return found

    def _flavour(self, name: str) -> str:
        lines = _wf_lines(self._metadata.get("flavor").text)
        return next(
            (line[len(name) + 1 :].split(",")[0] for line in lines if line.startswith(f"{name}=")),
            "",
        )

    def _tags(self) -> tuple[list[str], list[str]]:
        """The repositories, and the tags in them."""
        told = self._filled("tags")
        plain = [line for line in _wf_lines(told, ",") if _OPEN not in line.rpartition(":")[0]]
        pairs = [line.rpartition(":") for line in plain if re.search(r":[^/]+$", line)]
        repositories = [name for name, _, _ in pairs]
        tags = [_HOLE.sub(_wf_placeholder, tag) for _, _, tag in pairs]
        images = _wf_lines(self._fill(self._metadata.get("images").text), ",")
        repositories += [image.removeprefix("name=") for image in images if "enable=" not in image]
        tags += [
            tag
            for line in _wf_lines(self._fill(self._metadata.get("tags").text))
            for tag in self._tag(line)
        ]
        if (
            images
            and self._flavour("latest") != "false"
            and any("{version}" in tag for tag in tags)
        ):
            tags.append("latest")
        tags = [tag for tag in dict.fromkeys(tags) if _OPEN not in tag]
        if not any("{version}" in tag for tag in tags):
            tags.insert(0, "{version}")
        right = [name.lower() for name in dict.fromkeys(repositories) if _OPEN not in name]
        right = [name for name in right if not value_fault(("images", 0, "repositories"), [name])]
        return right, [tag for tag in tags if not value_fault(_TAGS, ["{version}", tag])]

    def _tag(self, line: str) -> list[str]:
        """The tags that a line of the metadata action asks for at a release, if any."""
        options = dict(part.partition("=")[::2] for part in line.split(",")) if "=" in line else {}
        kind = options.get("type", "raw")
        text = options.get("value", line if not options else "")
        if kind in ("semver", "pep440"):
            text = options.get("pattern", "{{version}}")
            for theirs, ours in _PARTS.items():
                text = text.replace(theirs, ours)
        elif kind == "match":
            text = "{version}"
        elif kind == "ref" and options.get("event") == "tag":
            text = "v{version}"
        elif kind != "raw":
            return []
        text = _HOLE.sub(_wf_placeholder, text)
        text = f"{options.get('prefix', '')}{text}{options.get('suffix', '')}"
        return [text] if text and _OPEN not in text and "{{" not in text else []


def _wf_placeholder(match: re.Match[str]) -> str:
    """What an expression stands for at a release: version, tag or commit."""
    name = match["name"]
    return _OF_RELEASE.get(name) or ("{version}" if _VERSION.fullmatch(name) else match[0])


def _wf_lines(text: str, sign: str = "\n") -> list[str]:
    """The lines of an input, or what stands between some sign, without comments."""
    pieces = re.split(rf"[\n{sign}]", text)
    return [
        piece.strip() for piece in pieces if piece.strip() and not piece.strip().startswith("#")
    ]


def _wf_path(text: str) -> str:
    path = text.removeprefix("{{defaultContext}}:").removeprefix("./").rstrip("/")
    return "" if path in (".", "{{defaultContext}}") or path.startswith(("http", "/")) else path


def _wf_is_whole(value: object) -> bool:
    return bool(value) and _OPEN not in str(value)


def add_image(key: OldKey, table: dict[str, Any], why: str) -> None:
    """Say an image, with what is right in itself, under a name that no other has."""
    for name in list(table):
        fault = value_fault(("images", 0, name), table[name]) if table[name] else ""
        if fault:
            key.leave(f"images[].{name}: {fault}")
        if fault or not table[name]:
            del table[name]
    names, images = key.whole.image_names, key.whole.data.get("images", [])
    names += (one.get("name", _image_base(one)) for one in images[len(names) :])
    taken, base = set(names), _image_base(table)
    name = next(
        name for name in chain((base,), (f"{base}-{n}" for n in count(2))) if name not in taken
    )
    key.change(("images",), [table if name == base else {"name": name} | table], why)


def _image_base(table: Mapping[str, Any]) -> str:
    """What an image is called after its first repository."""
    last = str(table["repositories"][0]).rpartition("/")[2] + str(table.get("suffix", ""))
    return re.sub(r"[^a-z0-9_]+", "-", last.lower()).strip("-")
