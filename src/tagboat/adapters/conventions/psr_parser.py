"""python-semantic-release's commit parsers, its own and custom ones.

A parser gets a commit that has a message and parents and nothing else: a convention reads messages.
It may answer with several changes, as its own parsers do for squashed commits. Its options are its
class's defaults.

Reference: https://python-semantic-release.readthedocs.io/en/stable/concepts/commit_parsing.html
"""

import importlib
import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from tagboat.adapters.conventions.isolate_imports import (
    OTHER,
    asking,
    loading,
    reading_of,
    refuse_code_of,
    repository_code,
)
from tagboat.adapters.repository_files import RepositoryFiles
from tagboat.core.changes.change import Change
from tagboat.core.changes.message import take_apart
from tagboat.core.changes.squash import Reading
from tagboat.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from git import Repo
    from git.objects.commit import Commit
    from semantic_release.commit_parser import ParsedCommit

PREFIX = "psr:"

_SHIPPED = {
    "angular": "AngularCommitParser",
    "conventional": "ConventionalCommitParser",
    "emoji": "EmojiCommitParser",
    "scipy": "ScipyCommitParser",
    "tag": "TagCommitParser",
}

# The parsers give a type as the title of a changelog section; these are the types it stands for.
_TYPES = {
    "bug fixes": "fix",
    "build system": "build",
    "chores": "chore",
    "code style": "style",
    "continuous integration": "ci",
    "documentation": "docs",
    "feature": "feat",
    "features": "feat",
    "none": OTHER,
    "performance improvements": "perf",
    "refactoring": "refactor",
    "testing": "test",
}

_LEVELS = {
    "no_release": "none",
    "prerelease_revision": "none",
    "patch": "patch",
    "minor": "minor",
    "major": "major",
}


class _Parser(Protocol):
    """What python-semantic-release asks of a parser."""

    def parse(self, commit: "Commit") -> object: ...


def parser_names() -> list[str]:
    """The names of the parsers that python-semantic-release ships and tagboat can use."""
    return sorted(_SHIPPED)


def load(name: str, root: str, *, allow_repository_code: bool) -> "PsrConvention | None":
    """Load a parser: a shipped one by name, ``module:Class``, or ``path/to/file.py:Class``.

    A path starts at ``root``. Returns None if no shipped parser has that name. Raises UsageError if
    the parser can't be loaded, or if it is code of the repository and that is not allowed.
    """
    convention = PREFIX + name
    place, _, class_name = name.rpartition(":")
    if not place and name not in _SHIPPED:
        return None
    if _is_file(place) and not allow_repository_code:
        raise repository_code(convention, f"{place} is a file of the repository")
    with loading(convention, root, allow_repository_code=allow_repository_code):
        parser = _parser_class(convention, root, place, class_name)
        if not allow_repository_code:
            refuse_code_of(root, parser)
        return PsrConvention(convention, _with_default_options(parser))


def _is_file(place: str) -> bool:
    return place.endswith(".py") or "/" in place or os.sep in place


def _parser_class(convention: str, root: str, place: str, class_name: str) -> type:
    """Import the module that a convention's name leads to and take the class out of it."""
    # Also where the parser is a custom one: reading commits then imports nothing any more.
    module = importlib.import_module("semantic_release.commit_parser")
    if not place:
        class_name = _SHIPPED[class_name]
    elif _is_file(place):
        module = _module_from_file(convention, Path(RepositoryFiles(root).absolute(place)))
    else:
        module = importlib.import_module(place)
    found = getattr(module, class_name, None)
    if not isinstance(found, type) or not callable(getattr(found, "parse", None)):
        raise UsageError(
            f"the convention {convention} can't be loaded: {module.__name__} has no parser class"
            f" {class_name}"
        )
    return found


def _module_from_file(convention: str, path: Path) -> "ModuleType":
    """Run a file as a module of its own; its name is made of the whole path."""
    name = "tagboat_convention_" + re.sub(r"\W", "_", str(path.resolve()))
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise UsageError(f"the convention {convention} can't be loaded: no Python file {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _with_default_options(parser: type) -> _Parser:
    """Make a parser the way python-semantic-release does: with its options class's defaults."""
    options = getattr(parser, "parser_options", None)
    made: Any = parser() if options is None else parser(options=options())
    return cast("_Parser", made)


class PsrConvention:
    """A convention that asks a python-semantic-release parser."""

    def __init__(self, name: str, parser: _Parser) -> None:
        self.name = name
        self._parser = parser

    def __call__(self, text: str, *, merge: bool = False) -> Reading:
        """Read a message as the changes the parser makes of it; a parse error is no change.

        Raises OutsideError if the parser's own code fails.
        """
        with asking(self.name, text):
            changes = tuple(_change(parsed) for parsed in self._parsed(text, merge=merge))
        return reading_of(text, changes)

    def _parsed(self, text: str, *, merge: bool) -> "Iterator[ParsedCommit]":
        """What the parser could read in a message."""
        from semantic_release.commit_parser import ParsedCommit, ParseError

        answer = self._parser.parse(_bare_commit(text, merge=merge))
        for result in answer if isinstance(answer, list) else [answer]:
            if isinstance(result, ParsedCommit):
                yield result
            elif not isinstance(result, ParseError):
                kind = type(result).__name__
                raise TypeError(f"parse() gave {kind} where ParsedCommit or ParseError is due")


class _NoRepository:
    """Stands where a commit's repository would: it has nothing to load from."""


def _bare_commit(text: str, *, merge: bool) -> "Commit":
    """A commit that has a message and parents, and whatever else is asked of it is missing."""
    from git.objects.commit import Commit

    nowhere = cast("Repo", _NoRepository())
    parents = [Commit(nowhere, Commit.NULL_BIN_SHA) for _ in range(2 if merge else 1)]
    return Commit(nowhere, Commit.NULL_BIN_SHA, message=text, parents=parents)


def _change(parsed: "ParsedCommit") -> Change:
    """What a parser read, as tagboat's own value.

    The number of the pull request, which most parsers cut off the title, goes back to its end.
    """
    piece = take_apart(parsed.message)
    level = _LEVELS[parsed.bump.name.lower()]
    description = parsed.descriptions[0] if parsed.descriptions else piece.header
    request = f" ({parsed.linked_merge_request})" if parsed.linked_merge_request else ""
    kind = parsed.type.lower()
    return Change(
        type=_TYPES.get(kind, kind) or OTHER,
        scope=parsed.scope or None,
        description=description.removesuffix(request) + request,
        breaking=level == "major",
        notes=tuple(parsed.breaking_descriptions),
        rest=piece.rest,
        level=level,
    )
