"""Header faults: where a header leaves ``type(scope)!: description``, and what was surely meant."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from functools import cache, partial
from typing import NamedTuple

from tagboat.core.changes.change import Change, parse
from tagboat.core.changes.message import KNOWN_TYPES


class Severity(Enum):
    """An error changes what the message means; a warning is about style."""

    ERROR = "error"
    WARNING = "warning"


class Fault(NamedTuple):
    """One fault and its place: ``line`` and ``column`` count from 1, the latter in characters.

    ``rule`` is a stable name, ``suggestion`` the whole corrected line where one can be derived.
    """

    rule: str
    severity: Severity
    message: str
    line: int = 1
    column: int = 1
    length: int = 1
    suggestion: str = ""


_LONGEST_TYPE, _MARKS = 40, " :!-\u2013\u2014;=>/\u2192"
_TYPE = r"[^\W\d_]\w*+(?:-\w++)*"
# Words that people use for a type.
_SYNONYMS = dict.fromkeys(("bug", "bugs"), "fix") | dict.fromkeys(
    ("new", "add", "adds", "added", "enhance", "enhancement", "improve", "improvement"), "feat"
)
_SYNONYMS |= dict.fromkeys(("performance", "optimize", "optimization"), "perf")
# What git and the forges write by themselves.
_GENERATED = re.compile(
    r'(?:[Rr]evert|Reapply) ".*'
    r"|Merge (?:remote-tracking )?(?:branch|tag|commit|pull request|topic|[0-9a-f]{7,64}\b).*"
    r"|Merge changes? (?:I[0-9a-f]{8,40}\b|from topics? |[0-9]).*|Merge [\"'].*"
    r"|Merged (?:in|PR) .*|(?:Auto merge|Rollup merge) of #[0-9].*|Auto(?:matic )?merge .*"
    r"|[Ii]nitial [Cc]ommit\.?"
)
_VERBS = {
    "feat": "add(?:s|ed)?|allow|create|enable|implement|introduce|support",
    "fix": "bug(?:fix)?|correct|fix(?:e[sd])?|prevent|repair|resolve",
    "docs": "doc(?:s|ument)?|readme|typos?",
    "refactor": "clean|extract|move|refactor|rename|simplify",
    "test": "tests?",
}
_FIXUP = re.compile(r"(?:fixup|squash|amend)!(?:: ?| )")
_BREAKING = re.compile(r"breaking[ _-]?changes?\b", re.IGNORECASE)
# All parts of a header, each wherever it may have slipped to.
_LOOSE = re.compile(
    rf"(?P<before>[^\w(]*+)(?P<type>{_TYPE})(?P<gap>[ \t]*+)"
    r"(?P<early>[!\uff01]++(?=[ \t]*+[(\uff08]))?(?P<early_gap>[ \t]*+)"
    r"(?P<parenthesis>(?P<open>[(\uff08])(?P<scope>[^()\uff08\uff09]*+)(?P<close>[)\uff09]))?"
    r"(?P<late_gap>[ \t]*+)(?P<bang>[!\uff01]*+)(?P<colon_gap>[ \t]*+)"
    r"(?P<colon>[:\uff1a])(?P<space>\s*+(?=\S))?(?P<description>.*)"
)
_WORD_OF_ART = re.compile(
    r"(?i:feat)\b|\w++(?:\([^()]++\)|[ \t]*+#[0-9]++:"
    r"|!?[ \t]*+(?:[;=>/\u2192]|[-\u2013\u2014]{1,3}[ \t]))"
)
_BARE = re.compile(rf"(?i:feat)!?|(?i:{'|'.join(KNOWN_TYPES)})(?:\([^()]++\)!?|!)")
_SLURRED = re.compile(
    r"(?:(?P<type>[A-Za-z]++)(?P<mark>[^\w\s:][^\s:]*+|\([^:]*\)!?):"
    r"|(?:[\[({<\u3010](?P<tag>[A-Za-z]++)[\])}>\u3011]|[*_`]{1,2}(?P<word>[A-Za-z]++)[*_`]{1,2}"
    r"(?=(?:\([^()]++\))?!?:))(?:\([^()]++\))?(?P<bang>!?):?)\s*+(?P<description>\S.*)"
)
_COLON = re.compile(r"[^(:]*+(?:\([^()]*+\))?!?:(?P<space>\s*+)")
_OPENING = re.compile(rf"(?P<type>{_TYPE})(?P<scope>\([^()]*+\))?(?P<bang>!?)(?P<rest>.*)")
_LATER = re.compile(rf"\b(?P<type>{_TYPE})(?:\([^()]++\))?!?: \S")


class _Slip(NamedTuple):
    """A part of `_LOOSE`, when it is wrong, and what to say then."""

    part: str
    is_wrong: Callable[[str], bool]
    rule: str
    message: str


def _is_wide(text: str) -> bool:
    return not text.isascii()


_SLIPS = (
    _Slip("before", bool, "before-type", "nothing may stand before the type"),
    *(
        _Slip(gap, bool, "space-before-colon", "no blank may stand between type and colon")
        for gap in ("gap", "early_gap", "late_gap", "colon_gap")
    ),
    _Slip("early", bool, "bang-position", 'the "!" belongs right before the colon'),
    _Slip("bang", lambda text: len(text) > 1, "bang-position", 'one "!" is enough'),
    _Slip("parenthesis", lambda text: len(text) == len("()"), "scope-empty", "the scope is empty"),
    *(
        _Slip(mark, _is_wide, "wide-character", "this character must be its ASCII form")
        for mark in ("open", "close", "bang", "colon")
    ),
    _Slip(
        "space",
        lambda text: text != " ",
        "space-after-colon",
        "exactly one space belongs after the colon",
    ),
    _Slip(
        "description",
        lambda text: not text.strip(),
        "empty-description",
        "the description is missing",
    ),
)

_error = partial(Fault, severity=Severity.ERROR)
_warning = partial(Fault, severity=Severity.WARNING)


class LintRules(NamedTuple):
    """What a project asks of its messages.

    ``types`` and ``scopes`` are those allowed (none: any), ``header_length`` is the most characters
    a header may have (0: any number), ``allow_fixup`` lets ``fixup!``, ``squash!`` and ``amend!``
    commits pass.
    """

    types: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    header_length: int = 0
    allow_fixup: bool = False


def header_faults(header: str, change: Change | None, rules: LintRules) -> Iterable[Fault]:
    """What is wrong with a header, which was read as ``change``; all on line 1."""
    if _GENERATED.fullmatch(header):
        return ()
    fixup = _FIXUP.match(header)
    if fixup is not None:
        return () if rules.allow_fixup else (_left_over(fixup),)
    if not header:
        return (_error(rule="empty-message", message="the message is empty"),)
    breaking = _BREAKING.match(header)
    if breaking is not None and (change is None or change.type.startswith("breaking")):
        return (_breaking_header(breaking),)
    if change is None:
        return _unconventional(header, rules)
    return (*_foreign_words(header, change, rules), *_style(header, change, rules))


def _left_over(prefix: re.Match[str]) -> Fault:
    return _error(
        rule="fixup-commit",
        message=f'"{prefix[0].strip()}" commits end in `git rebase --autosquash`, not in history',
        length=len(prefix[0]) - 1,
    )


def _breaking_header(words: re.Match[str]) -> Fault:
    return _error(
        rule="breaking-as-header",
        message='a breaking note is a footer; the header says what changed: "type!: description"',
        length=len(words[0]),
    )


# Conventional headers


def _foreign_words(header: str, change: Change, rules: LintRules) -> Iterator[Fault]:
    """A type or scope that the project does not use."""
    written = _written_type(header)
    allowed = rules.types or KNOWN_TYPES
    if not _allows(allowed, written):
        nearest = _nearest_name(written, allowed)
        if rules.types:
            known = f"the types here are {', '.join(rules.types)}"
            yield _wrong_type(header, written, nearest, Severity.ERROR, known)
        elif nearest:
            yield _wrong_type(header, written, nearest, Severity.WARNING, f"is it {nearest!r}?")
    scope = change.scope or ""
    if rules.scopes and scope and scope.lower() not in [known.lower() for known in rules.scopes]:
        start = header.index(scope, len(written))
        nearest = _nearest_name(scope, rules.scopes)
        yield _error(
            rule="unknown-scope",
            message=f"{scope!r} is no scope here; the scopes are {', '.join(rules.scopes)}",
            column=start + 1,
            length=len(scope),
            suggestion=nearest and header[:start] + nearest + header[start + len(scope) :],
        )


def _wrong_type(header: str, written: str, nearest: str, severity: Severity, known: str) -> Fault:
    return Fault(
        "unknown-type",
        severity,
        f"{written!r} is an unusual type: {known}",
        length=len(written),
        suggestion=nearest and nearest + header[len(written) :],
    )


def _style(header: str, change: Change, rules: LintRules) -> Iterator[Fault]:
    if change.scope is None and header[len(_written_type(header))] == "(":
        yield _warning(
            rule="scope-empty",
            message="the scope is empty",
            column=header.index("(") + 1,
            length=header.index(")") - header.index("(") + 1,
            suggestion=change.header,
        )
    colon = _COLON.match(header)
    if colon is not None and colon["space"] != " ":
        yield _warning(
            rule="space-after-colon",
            message="exactly one space belongs after the colon",
            column=colon.start("space") + 1,
            length=len(colon["space"]),
            suggestion=f"{header[: colon.start('space')]} {header[colon.end() :]}",
        )
    if header.endswith(".") and not header.endswith(".."):
        yield _warning(
            rule="trailing-period",
            message="a header is a title and ends without a period",
            column=len(header),
            suggestion=_if_conventional(header[:-1]),
        )
    if rules.header_length and len(header) > rules.header_length:
        yield _warning(
            rule="header-too-long",
            message=f"the header has {len(header)} characters; {rules.header_length} may be used",
            column=rules.header_length + 1,
            length=len(header) - rules.header_length,
        )


def _written_type(header: str) -> str:
    """The type as it stands in a conventional header."""
    return re.split(r"[(!:]", header, maxsplit=1)[0]


def _allows(types: Iterable[str], written: str) -> bool:
    """Whether a type is one of those allowed, in any case, ``feature`` being ``feat``."""
    kind = written.lower()
    names = [name.lower() for name in types]
    return kind in names or (kind == "feature" and "feat" in names)


@cache
def _nearest_name(word: str, names: tuple[str, ...]) -> str:
    """The name that a word is surely a slip of, or an empty text."""
    if len(word) > _LONGEST_TYPE:
        return ""
    from difflib import get_close_matches

    word = word.lower()
    parts = re.split("[-_]", word)
    close = get_close_matches(word, list(names), 1, 0.65)
    said = (_SYNONYMS.get(part, part) for part in (word, parts[0], parts[-1]))
    return next((name for name in (*close, *said) if name in names), "")


def _if_conventional(header: str) -> str:
    """A header that may be suggested, or an empty text."""
    return header if parse(header) else ""


# Unconventional headers


def is_autosquash(header: str) -> bool:
    """Whether a header is git's own ``fixup! title``, misspelled as a type."""
    fixup = _FIXUP.match(header)
    return fixup is not None and ":" in fixup[0]


def meant(header: str, change: Change | None, known: tuple[str, ...] = ()) -> str:
    """The header that a person surely meant, empty where it is fine or nobody can tell.

    Words without any mark are no header, but for ``feat``, which is no word. ``known`` are types
    that mean what they say, beside the usual ones.
    """
    types = (*known, *KNOWN_TYPES)
    if _GENERATED.fullmatch(header) or _FIXUP.match(header):
        return ""
    if change is not None:
        return _meant_type(change, types)
    fault = _unconventional(header, LintRules(known))[0]
    is_example = fault.rule == "header-no-type" or (
        fault.rule == "header-no-colon" and not _WORD_OF_ART.match(header)
    )
    if fault.suggestion and not is_example:
        mended = parse(fault.suggestion)
        return (mended and _meant_type(mended, types)) or fault.suggestion
    if fault.rule == "empty-description" or _BARE.fullmatch(header):
        return _if_conventional(f"{header.rstrip(' :')}: ...")
    slurred = _SLURRED.fullmatch(header)
    kind = "".join(filter(None, slurred.group("type", "tag", "word"))) if slurred else ""
    if slurred is None or not _allows(types, kind):
        return ""
    bang = "!" if (slurred["mark"] or slurred["bang"]).endswith("!") else ""
    return _if_conventional(f"{kind}{bang}: {slurred['description']}")


def _meant_type(change: Change, types: tuple[str, ...]) -> str:
    """The same for a header of an unusual type: a slip, or another header behind it."""
    if _allows(types, change.type):
        return ""
    inner = parse(change.description)
    if inner is not None and _allows(types, inner.type):
        return inner.header
    scope = change.scope or ""
    nearest = _nearest_name(change.type, types) or (scope if _allows(types, scope) else "")
    return nearest and change._replace(type=nearest).header


def _unconventional(header: str, rules: LintRules) -> tuple[Fault, ...]:
    """Why a header is not conventional: at least one fault."""
    loose = _LOOSE.fullmatch(header)
    faults = tuple(_deviations(loose)) if loose else ()
    if loose is not None and faults:
        return tuple(fault._replace(suggestion=_corrected(loose)) for fault in faults)
    return (_no_opening(header, rules),)


def _corrected(loose: re.Match[str]) -> str:
    """The header as it was surely meant."""
    scope = (loose["scope"] or "").strip()
    bang = "!" if loose["early"] or loose["bang"] else ""
    opening = f"{loose['type']}({scope}){bang}" if scope else f"{loose['type']}{bang}"
    inner = parse(loose["description"]) if loose["before"] else None
    if inner is not None and _allows(KNOWN_TYPES, inner.type):
        return inner.header
    return _if_conventional(f"{opening}: {loose['description']}")


def _deviations(loose: re.Match[str]) -> Iterator[Fault]:
    """Each place where a header that has all its parts spells one wrongly."""
    for slip in _SLIPS:
        text = loose[slip.part]
        if text is not None and slip.is_wrong(text):
            yield _error(
                rule=slip.rule,
                message=slip.message,
                column=loose.start(slip.part) + 1,
                length=max(1, len(text)),
            )


def _no_opening(header: str, rules: LintRules) -> Fault:
    """The fault of a header that lacks a part of its opening."""
    names = (*rules.types, *KNOWN_TYPES)
    for later in _LATER.finditer(header[:1000]):
        if later.start() and _allows(names, later["type"]):
            return _error(
                rule="before-type",
                message="nothing may stand before the type",
                length=later.start(),
                suggestion=header[later.start() :],
            )
    opening = _OPENING.fullmatch(header)
    if opening is None or not (opening["scope"] or _allows(names, opening["type"])):
        return _error(
            rule="header-no-type",
            message='a header reads "type: description" or "type(scope): description"',
            length=len((header.split() or [header])[0]),
            suggestion=_with_type(header, rules.types),
        )
    if opening["rest"].startswith("("):
        return _error(
            rule="scope-malformed",
            message="one scope may follow the type, between ( and )",
            column=opening.start("rest") + 1,
        )
    start = opening.start("rest")
    return _error(
        rule="header-no-colon",
        message='a colon and a space belong here: "type: description"',
        column=start + 1,
        suggestion=_if_conventional(f"{header[:start]}: {opening['rest'].lstrip(_MARKS)}"),
    )


def _with_type(header: str, types: Sequence[str]) -> str:
    """A header as an example, with a type that its first word suggests and the project uses."""
    first = re.split(r"\W", header, maxsplit=1)[0]
    if not first.isalpha():
        return ""
    verbs = (kind for kind in _VERBS if re.fullmatch(_VERBS[kind], first, re.IGNORECASE))
    meant = next(verbs, "chore")
    kind = meant if _allows(types or KNOWN_TYPES, meant) else types[0]
    text = header[0].lower() + header[1:] if first[1:].islower() else header
    return _if_conventional(f"{kind}: {text}")
