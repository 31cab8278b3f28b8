"""Spots: the places in files of a repository where a version stands."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, Protocol

from tagboat.core.errors import UsageError
from tagboat.core.version_files.formats.json_text import JsonText, LooseJsonText
from tagboat.core.version_files.formats.key import KeyPath, TextSpan, TextSpanError, parse_key
from tagboat.core.version_files.formats.source_text import (
    MARKERS,
    PLACEHOLDER,
    find_marked,
    find_pattern,
    find_variable,
    whole_text,
)
from tagboat.core.version_files.formats.toml_text import TomlText


class Document(Protocol):
    """A text that has values under keys."""

    def find(self, key: KeyPath) -> TextSpan:
        """The text under a key. Raises TextSpanError where there is none, or none for certain."""
        ...


def _yaml(text: str) -> Document:
    # Other files need not wait for PyYAML, which takes long to import.
    from tagboat.core.version_files.formats.yaml_text import YamlText

    return YamlText(text)


_FORMATS: tuple[tuple[tuple[str, ...], Callable[[str], Document]], ...] = (
    (("bun.lock",), LooseJsonText),
    ((".toml", ".lock"), TomlText),
    ((".json", ".webmanifest"), JsonText),
    ((".yaml", ".yml"), _yaml),
)
"""How the names of files end, and what reads them; the first counts. It raises TextSpanError."""


class Folder(Protocol):
    """The files below the top of a repository; paths are relative to it, with forward slashes."""

    def text(self, path: str) -> str | None:
        """A file's text, None where there is no such file. Raises UsageError otherwise."""
        ...

    def folders(self, pattern: str) -> tuple[str, ...]:
        """The folders that a path with `*`, `?` and `**` in it names, sorted."""
        ...


class VersionLocation(NamedTuple):
    """One version in one file: ``key`` says where, for a person, ``line`` counts from 1.

    ``written`` is the characters of the place as they stand there. ``scheme`` is the only spelling
    that the file may have; empty where the package's counts.
    """

    path: str
    key: str
    line: int
    place: TextSpan
    written: str
    scheme: str = ""


@contextmanager
def in_file(path: str) -> Iterator[None]:
    """Name the file in what goes wrong inside the block, as a UsageError."""
    try:
        yield
    except TextSpanError as error:
        raise UsageError(f"{path}: {error}", error.hint) from error


def require_text(folder: Folder, path: str) -> str:
    """A file's text. Raises UsageError where there is no such file."""
    text = folder.text(path)
    if text is None:
        raise UsageError(
            f"{path}: there is no such file", "correct the path in `files`, or commit the file"
        )
    return text


def locate_version(
    path: str, text: str, key: str, place: TextSpan, scheme: str = ""
) -> VersionLocation:
    """A spot in a file of this text."""
    line = text.count("\n", 0, place.start) + 1
    return VersionLocation(path, key, line, place, text[place.start : place.end], scheme)


def locate_versions(path: str, text: str, key: str) -> tuple[VersionLocation, ...]:
    """The versions that a key leads to in a file; an empty key means the whole file.

    What a key means is decided by what it holds, then by how the file is named. Raises UsageError
    where it leads nowhere, or nowhere for certain.
    """
    with in_file(path):
        return tuple(locate_version(path, text, key, place) for place in _places(path, text, key))


def _places(path: str, text: str, key: str) -> tuple[TextSpan, ...]:
    if not key:
        return (whole_text(text),)
    if PLACEHOLDER in key:
        return find_pattern(text, key)
    if key in MARKERS:
        return find_marked(text, key)
    return (_one_place(path, text, key),)


def _one_place(path: str, text: str, key: str) -> TextSpan:
    reader = next((reader for endings, reader in _FORMATS if path.endswith(endings)), None)
    if reader is None:
        return find_variable(text, key)
    document, way = reader(text), parse_key(key)
    if isinstance(document, TomlText) and way == ("project", "version"):
        require_static(document.data.get("project"))
    return document.find(way)


def require_static(project: object) -> None:
    """Refuse a pyproject.toml's `project` whose version the build backend makes (PEP 621)."""
    dynamic = project.get("dynamic") if isinstance(project, dict) else None
    if isinstance(dynamic, list) and "version" in dynamic:
        raise TextSpanError(
            "project.version is dynamic: the build backend reads it elsewhere",
            "name the file it comes from, such as src/app/__init__.py:__version__",
        )
