"""What becomes of the keys of an old configuration: a rule for each, by its name.

Rules of several tools read patterns: those that name branches or types of change.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice, product
from typing import Any, NamedTuple

from tagboat.core.bump.bump import DEFAULT_HIDDEN
from tagboat.core.config.migrate.old_file import Computed, OldFile
from tagboat.core.config.migrate.translation import ReportRow, Translation, shown_key, type_as_read
from tagboat.core.version_files.formats.key import KeyPath

_MOST_KEYS = 10_000
_DEPTH = 40
_SWITCHES = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_NAMES = {str: "a text", bool: "true or false", int: "a number", list: "a list", dict: "a table"}
_TYPES = re.compile(
    r"\^?(?:\(\?:|\()?(?P<types>\w[\w-]*\??(?:\|\w[\w-]*\??)*)\)?(?P<rest>.*)", re.DOTALL
)
_REST = re.compile(
    r"(?>\(!?\)\?|!\??|:?\s?\.[*+]|\(!\)\?|\[!\]\?|\\s\*|\\s\+|\\s| \??|\*"
    r"|\(\?:?\\\(.*?\\\)\)\?|\\\(\.\*\\\)|\(\\\(.*?\\\)\)\?|\\\(\[\^.\\?\)?\]\*\??\\\)"
    r"|\(\.\*\)\??|\(\?:!\)\?|:|\$|\(:\))*"
)
_SCOPED = re.compile(
    r"\^?(?P<type>[a-z]+)\\\((?P<scope>[\w/-]+)(?P<more>\.\*)?(?:(?P<end>\\\))(?P<rest>.*))?",
    re.DOTALL,
)
_BRANCH = re.compile(
    r"(?P<not>\(\?![^()]*\))|(?P<one>(?:\\[.\-/_]|[A-Za-z0-9/_-])\??)"
    r"|(?P<any>(?:\.|\\[dwS]|\[[^\]]*\])[*+?]?(?:\{[\d,]*\})?)"
    r"|(?P<group>\((?:\?:)?(?P<inner>[^()]*(?:\([^()]*\)[^()]*)*)\)(?P<times>[*+?]?))"
)
_KNOWN = (*DEFAULT_HIDDEN, "feat", "fix", "perf", "revert")
_MOST, _LONGEST = 20, 300


class OldKey:
    """One key of an old configuration, while it is translated."""

    def __init__(
        self, whole: Translation, tool: str, file: OldFile, path: KeyPath, value: object
    ) -> None:
        self.whole, self.tool, self.file, self.path, self.value = whole, tool, file, path, value

    @property
    def origin(self) -> str:
        """Where it stands, for the comment beside what it became."""
        return f"{self.file.path}:{self.line}"

    @property
    def line(self) -> int:
        """Its line, from 1."""
        return self.file.line((*self.file.top, *self.path))

    def items(self) -> "Iterator[OldKey]":
        """What is in a table or a list; nothing in anything else."""
        for key, value in _entries_of(self.value):
            yield self._below(key, value)

    def get(self, key: str) -> "OldKey":
        """A key of a table; its value is None where it is not there."""
        return self._below(key, self.value.get(key) if isinstance(self.value, dict) else None)

    def top(self, *names: str) -> "OldKey":
        """Another key of the same file, from its top; its value is None where it is not there."""
        key = OldKey(self.whole, self.tool, self.file, (), self.file.data)
        for name in names:
            key = key.get(name)
        return key

    def whole_texts(self, *names: str) -> list[str]:
        """The texts of another key of the same file, from its top."""
        return self.top(*names).texts

    def whole_text(self, *names: str) -> str:
        """The first text of another key of the same file; empty where there is none."""
        return next(iter(self.whole_texts(*names)), "")

    def _below(self, key: str | int, value: object) -> "OldKey":
        return OldKey(self.whole, self.tool, self.file, (*self.path, key), value)

    @property
    def text(self) -> str:
        """A text or a number as a text; empty for anything else."""
        is_told = isinstance(self.value, str | int | float) and not isinstance(self.value, bool)
        return str(self.value) if is_told else ""

    @property
    def texts(self) -> list[str]:
        """The texts of a list, or the one text."""
        if isinstance(self.value, list):
            return [item for item in self.value if isinstance(item, str)]
        return [self.value] if isinstance(self.value, str) else []

    def carry(self, to: KeyPath, value: object, note: str = "") -> None:
        """It says the same there."""
        self._put(self.whole.carried, to, value, note)

    def change(self, to: KeyPath, value: object, why: str) -> None:
        """It says nearly the same there."""
        self._put(self.whole.changed, to, value, why)

    def _put(self, into: list[ReportRow], to: KeyPath, value: object, note: str) -> None:
        fault = self.whole.put(to, value, self.origin)
        if fault:
            self.leave(fault)
        else:
            into.append(self.row(shown_key(to), note))

    def carry_table(self, to: KeyPath, table: Mapping[str, object], note: str = "") -> None:
        """Each of some pairs is said there; where there is none, it is so anyway."""
        faults = [self.whole.put((*to, name), value, self.origin) for name, value in table.items()]
        if any(faults):
            self.leave("; ".join(filter(None, faults)))
        else:
            self.whole.carried.append(self.row(shown_key(to) if table else "", note))

    def keep(self, note: str) -> None:
        """There is nothing to say: it is so anyway."""
        self.whole.carried.append(self.row("", note))

    def adapt(self, why: str) -> None:
        """There is nothing to say, and it is not quite the same."""
        self.whole.changed.append(self.row("", why))

    def leave(self, why: str) -> None:
        """There is nothing like it, or it is not understood."""
        self.whole.left.append(self.row("", why))

    def row(self, to: str, note: str) -> ReportRow:
        """What the report says of it."""
        full = (*self.file.top, *self.path)
        path = tuple(part for part in full if isinstance(part, str))
        leaves = islice(_leaves(path, self.value, _DEPTH, set()), _MOST_KEYS)
        key, names = shown_key(full) or self.file.path, tuple(dict.fromkeys(leaves))
        return ReportRow(self.tool, self.file.path, self.line, key, names, to, note)


Kind = type | tuple[type, ...]
"""What a value may be."""


class Rule(NamedTuple):
    """What becomes of a key whose value is of some type."""

    kind: Kind
    apply: Callable[[OldKey], None]


Rules = dict[str, Rule]
"""What becomes of keys: names joined by dots, where `*` stands for any one."""


def keeps(note: str, kind: Kind = object) -> Rule:
    """A rule for what is so anyway."""
    return Rule(kind, lambda key: key.keep(note))


def adapts(why: str) -> Rule:
    """A rule for what is done in another way, without a key."""
    return Rule(object, lambda key: key.adapt(why))


def lacks(why: str) -> Rule:
    """A rule for what there is nothing like."""
    return Rule(object, lambda key: key.leave(why))


def carries(to: KeyPath, value: object = None) -> Rule:
    """A rule for what says the same there: some value, else what the key says."""
    return Rule(str, lambda key: key.carry(to, key.value if value is None else value))


def changes(to: KeyPath, value: object, why: str) -> Rule:
    """A rule for what says nearly the same there."""
    return Rule(str, lambda key: key.change(to, value, why))


def chooses(kind: Kind, rules: Mapping[Any, Rule], other: Rule) -> Rule:
    """A rule for what depends on the value."""

    def apply(key: OldKey) -> None:
        next((rule for value, rule in rules.items() if value == key.value), other).apply(key)

    return Rule(kind, apply)


def switches(on: Rule, off: Rule) -> Rule:
    """A rule for what is on or off."""
    return chooses(bool, {True: on}, off)


BREAKING_MINOR = carries(("zero", "breaking"), "minor")
BREAKING_MAJOR = carries(("zero", "breaking"), "major")
DRAFT = switches(carries(("forge", "draft"), value=True), keeps("a release is published"))
NO_VERIFY = switches(
    keeps("git's hooks do not judge the release commit"), carries(("release", "hooks"), value=True)
)
SIGN_OFF = switches(
    carries(("release", "sign_off"), value=True), keeps("release commits are not signed off")
)
"""Rules for what several tools have, under names of their own."""


def translate_keys(key: OldKey, rules: Rules) -> None:
    """Give every key of a table its rule; what has none is left."""
    named = {tuple(name.split(".")): rule for name, rule in rules.items()}
    above = frozenset(name[:n] for name in named for n in range(len(name) + 1))
    _visit_keys_of(key, _NamedRules(named, above), ())


class _NamedRules(NamedTuple):
    """Rules by the parts of their names; ``above`` are those names, and the beginnings of them."""

    named: Mapping[tuple[str, ...], Rule]
    above: frozenset[tuple[str, ...]]


def _visit_keys_of(key: OldKey, rules: _NamedRules, path: tuple[str, ...]) -> None:
    for below in key.items():
        name = str(below.path[-1])
        _visit_key(below, rules, next(_fitting_names(rules, (*path, name)), (*path, name)))


def _visit_key(key: OldKey, rules: _NamedRules, path: tuple[str, ...]) -> None:
    rule = rules.named.get(path)
    if rule is not None and rule.kind is bool and isinstance(key.value, str):
        key.value = _SWITCHES.get(key.value.lower(), key.value)
    if isinstance(key.value, Computed):
        key.leave(f"it is computed by a program, which is not run: {key.value.source}")
    elif key.value in (None, [], {}) and path in rules.above:
        key.keep("it says nothing")
    elif rule is not None and isinstance(key.value, rule.kind):
        rule.apply(key)
    elif rule is not None:
        key.leave(f"{_kind_name(rule.kind)} was expected there")
    elif _entries_of(key.value) and path in rules.above:
        _visit_keys_of(key, rules, path)
    else:
        key.leave("tagboat has nothing like it")


def _fitting_names(rules: _NamedRules, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The beginnings of rules' names that a path fits, those with its own name first."""
    for last in (path[-1], "*"):
        if (wanted := (*path[:-1], last)) in rules.above:
            yield wanted


def _entries_of(value: object) -> list[tuple[str | int, object]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _leaves(
    path: KeyPath, value: object, depth: int, seen: set[tuple[KeyPath, int]]
) -> Iterator[str]:
    """The keys at and below a path, without indexes of lists; what is repeated is read once."""
    items = _entries_of(value) if depth and (path, id(value)) not in seen else []
    seen.add((path, id(value)))
    if not any(isinstance(key, str) or _entries_of(item) for key, item in items):
        yield shown_key(path)
    for key, item in items:
        if isinstance(key, str) or _entries_of(item):
            below = (*path, key) if isinstance(key, str) else path
            yield from _leaves(below, item, depth - 1, seen)


def _kind_name(kind: Kind) -> str:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return " or ".join(_NAMES[one] for one in kinds)


def translate_sections(key: OldKey) -> None:
    """A list of types with headings, as `conventionalcommits` has it: what is hidden has none."""
    titles: dict[str, list[str]] = {}
    hidden: list[str] = []
    rules: list[dict[str, object]] = []
    for one in key.items():
        name, title = type_as_read(one.get("type").text), one.get("section").text
        if not name:
            one.leave("it names no type")
            continue
        scope, is_hidden = one.get("scope").text, one.get("hidden").value is True or not title
        types = hidden if is_hidden else titles.setdefault(title, [])
        if not scope:
            types.append(name)
        elif not any(name in placed for placed in (hidden, *titles.values())):
            where = {"hidden": True} if is_hidden else {"section": title}
            rules.append({"type": name, "scope": scope, **where})
    faults = _put_headings(key, titles, hidden)
    faults = faults or (key.whole.put(("rules",), [*rules], key.origin) if rules else "")
    if faults:
        key.leave(faults)
    else:
        key.whole.carried.append(key.row(f"changelog.{'sections' if titles else 'hide'}", ""))


def _put_headings(key: OldKey, titles: Mapping[str, list[str]], hidden: list[str]) -> str:
    """Say which types have which headings and which have none; why that can't be, if it can't."""
    faults = [key.whole.put(("changelog", "hide"), list(dict.fromkeys(hidden)), key.origin)]
    for title, types in titles.items():
        fresh = [name for name in dict.fromkeys(types) if name not in hidden]
        table = {"types": fresh, "title": title}
        faults.append(key.whole.put(("changelog", "sections"), [table], key.origin))
    return next(filter(None, faults), "")


def types_of(pattern: str) -> tuple[tuple[str, ...], bool]:
    """The types of change that a pattern of messages begins with, and whether it asks for no more.

    `^(build|ci)` asks for types alone, `chore[(]deps` for a scope as well, and `.*` for no type.
    """
    if len(pattern) > _LONGEST:
        return (), False
    found = [_types_of_one(part.removeprefix("^")) for part in alternatives(pattern)]
    types = tuple(dict.fromkeys(name for names, _ in found for name in names))
    return types, all(names and is_whole for names, is_whole in found)


def _types_of_one(pattern: str) -> tuple[list[str], bool]:
    """The types of a pattern without a bar outside of brackets."""
    match = _TYPES.fullmatch(re.sub(r"\[[A-Z]([a-z])\]", r"\1", pattern))
    if match is None or not re.match(r"[a-z]", match["types"]):
        return [], False
    types = []
    for name in match["types"].split("|"):
        names = [name[:-2], name[:-1]] if name.endswith("?") else [name]
        types += [next((known for known in _KNOWN if known.startswith(one)), one) for one in names]
    return types, _REST.fullmatch(match["rest"]) is not None


def rule_for(pattern: str) -> dict[str, object]:
    """The conditions of a rule for conventional messages in which a pattern is found."""
    match = _SCOPED.fullmatch(pattern[:_LONGEST])
    if match is None or not _REST.fullmatch(match["rest"] or ""):
        return {"type": "*", "pattern": pattern}
    is_whole = match["end"] and not match["more"]
    return {"type": match["type"], "scope": match["scope"] + ("" if is_whole else "*")}


def branches_of(pattern: str) -> tuple[tuple[str, ...], bool]:
    """The branches that a pattern fits, where `*` is any text, and whether those are all it fits.

    There are none for a pattern that can't be said so.
    """
    parts = alternatives(pattern.removeprefix("^")) if len(pattern) <= _LONGEST else []
    found = [_alternative(part) for part in parts]
    names = tuple(dict.fromkeys(name for names, _ in found for name in names))
    return names[:_MOST], all(is_whole for _, is_whole in found)


def alternatives(pattern: str) -> list[str]:
    """The parts of a pattern between bars that are in no bracket."""
    parts, depth = [""], 0
    for sign in pattern:
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _alternative(pattern: str) -> tuple[list[str], bool]:
    """The branches of one alternative: every choice of its groups."""
    choices: list[tuple[str, ...]] = []
    at, is_whole = 0, True
    text = pattern.removeprefix("^").removesuffix("$")
    while at < len(text):
        match = _BRANCH.match(text, at)
        if match is None:
            return [], False
        choice, exact = _choice(match)
        choices.append(choice)
        is_whole = is_whole and exact
        at = match.end()
    names = ["".join(parts) for parts in product(*choices)] if len(choices) < _MOST * 5 else []
    return [re.sub(r"\*+", "*", name) for name in names if name], is_whole


def _choice(match: re.Match[str]) -> tuple[tuple[str, ...], bool]:
    """What one piece of a pattern may be, and whether that is all it says."""
    if match["one"]:
        name = match["one"].removeprefix("\\").removesuffix("?")
        return (name, "")[: 1 + match["one"].endswith("?")], True
    if match["any"] or match["not"]:
        return ("*",), (match["any"] or "").startswith(".")
    inner = alternatives(match["inner"])
    names = tuple(name for part in inner for name in _alternative(part)[0])
    is_whole = all(_alternative(part)[1] for part in inner) and match["times"] in ("", "?")
    return (*names, *("",) * (match["times"] in ("?", "*"))), is_whole
