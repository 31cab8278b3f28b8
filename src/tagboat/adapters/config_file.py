"""The configuration file: ``tagboat.toml``, or ``[tool.tagboat]`` in ``pyproject.toml``.

A preview in a repository without one pays for two attempts to open a file, and no import.
"""

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tagboat.adapters.repository_files import RepositoryFiles, read_data
from tagboat.core.errors import UsageError
from tagboat.core.settings import Settings

if TYPE_CHECKING:
    from tagboat.core.config import Config, ConfiguredSettings, Problem
    from tagboat.core.next_version.package import Package
    from tagboat.core.version_files.formats.toml_text import TomlText

OWN = "tagboat.toml"
SHARED = "pyproject.toml"
_MAX_BYTES = 1_000_000
_GO = "delete it and run this again"
_HINT = "`tagboat schema` prints every key and what it may hold"
# A run asks for the configuration of several commits, most of which have the same.
_remembered = lru_cache(maxsize=8)


def packages_of_text(name: str, text: str) -> "tuple[Package, ...] | None":
    """The packages that the text of a configuration file says; None where it is none, or wrong."""
    data = text.encode("utf-8", "surrogateescape")
    try:
        source = _shared(name, data) if os.path.basename(name) == SHARED else _own(name, data)
        return None if source is None else _checked(source).packages
    except UsageError:
        return None


class _Source:
    """A file that was read: its name for messages, its text, where in it the configuration is."""

    # Start-up: where there is no file this is not worth a named tuple.
    def __init__(self, name: str, text: str, prefix: tuple[str, ...], data: dict[str, Any]) -> None:
        self.name = name
        self.text = text
        self.prefix = prefix
        self.data = data


def load_config(root: str, path: str | None = None) -> Settings:
    """The settings of the repository whose top directory is ``root``.

    ``path`` names another file than the usual two, relative to the working directory; a
    ``pyproject.toml`` has the shape of one, any other file that of ``tagboat.toml``. Raises
    UsageError, with every fault of the file and its line.
    """
    source = _found(root) if path is None else _key_name(path)
    return Settings() if source is None else _checked(source, RepositoryFiles(root))


def require_none(root: str, but: str | None = None) -> None:
    """Raise UsageError where a folder holds a configuration, be it right or wrong.

    One of its own may be there if it has the text of ``but``.
    """
    files = RepositoryFiles(root)
    if OWN in files.matching(OWN) and (but is None or files.text(OWN) != but):
        raise UsageError(f"{OWN} is there already", "change it, or delete it and run this again")
    data = files.data(SHARED, _MAX_BYTES)
    found = _shared(SHARED, data) if data is not None and b"tagboat" in data else None
    if found is not None:
        line = _parsed_file(found).line(found.prefix)
        raise UsageError(f"{SHARED}:{line} holds a configuration already", f"change that, or {_GO}")


def _key_name(path: str) -> _Source:
    """The file that somebody asked for, which has to hold a configuration."""
    data = read_data(path, _MAX_BYTES)
    if data is None:
        raise UsageError(f"there is no configuration file {path!r}")
    shared = os.path.basename(path) == SHARED
    source = _shared(path, data) if shared else _own(path, data)
    if source is None:
        raise UsageError(f"{path} has no table [tool.tagboat]")
    return source


def _found(root: str) -> _Source | None:
    """The one file in a directory that holds a configuration."""
    files = RepositoryFiles(root)
    own_data, shared_data = files.data(OWN, _MAX_BYTES), files.data(SHARED, _MAX_BYTES)
    shared = None
    if shared_data is not None and b"tagboat" in shared_data:
        shared = _shared(SHARED, shared_data)
    if own_data is None:
        return shared
    if shared is not None:
        raise _two_files(shared)
    return _own(OWN, own_data)


@_remembered
def _own(name: str, data: bytes) -> _Source:
    text = _file_text(name, data)
    return _Source(name, text, (), _parsed(name, text))


@_remembered
def _shared(name: str, data: bytes) -> _Source | None:
    """Read ``[tool.tagboat]``; None where there is no such table."""
    text = _file_text(name, data)
    tools = _parsed(name, text).get("tool", {})
    if not isinstance(tools, dict) or "tagboat" not in tools:
        return None
    table = tools["tagboat"]
    source = _Source(name, text, ("tool", "tagboat"), table)
    if not isinstance(table, dict):
        line = _parsed_file(source).line(source.prefix)
        raise UsageError(f"{name}:{line}: tool.tagboat: expected a table", _HINT)
    return source


def _file_text(name: str, data: bytes) -> str:
    """Decode a file; a byte order mark is no part of the document."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode()) + 1
        message = f"{name}:{line}:{column}: the byte 0x{data[error.start]:02x} is not UTF-8"
        raise UsageError(message, "save the file as UTF-8") from error


def _parsed(name: str, text: str) -> dict[str, Any]:
    """Parse TOML. Raises UsageError with the position of the fault."""
    import tomllib

    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise UsageError(f"{name}: values are nested too deeply") from error
    except ValueError as error:
        raise _no_toml(name, text, str(error)) from error


def _no_toml(name: str, text: str, message: str) -> UsageError:
    """The error for a document that is not TOML; the parser ends its messages with a position."""
    import re

    match = re.fullmatch(
        r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message, re.DOTALL
    )
    if match is None:
        return UsageError(f"{name}: not valid TOML: {message}")
    lines = text.split("\n")
    line, column = match[2] or len(lines), match[3] or len(lines[-1]) + 1
    return UsageError(f"{name}:{line}:{column}: not valid TOML: {match[1]}")


def _two_files(shared: _Source) -> UsageError:
    line = _parsed_file(shared).line(shared.prefix)
    return UsageError(
        f"both {OWN} and {SHARED}:{line} ([tool.tagboat]) hold a configuration",
        f"keep {OWN} and delete [tool.tagboat] from {SHARED}, or move what it says there",
    )


def _checked(source: _Source, folder: RepositoryFiles | None = None) -> Settings:
    """The settings a file holds. Raises UsageError with everything that is wrong with it.

    ``folder`` is the top of the repository, in which patterns for paths find packages.
    """
    from tagboat.core.config import ConfiguredSettings
    from tagboat.core.config.meaning import is_pattern
    from tagboat.core.packages import MANIFESTS

    config, settings = _told_by(source)
    if folder is None or not any(
        is_pattern(one) or one.needs == MANIFESTS for one in config.packages
    ):
        return settings
    from tagboat.core.config.conflicts import conflicts
    from tagboat.core.config.declared import expanded, required_by

    whole = expanded(config, folder)
    told = [f"{source.name}: {'.'.join(map(str, path))}: {text}" for path, text in conflicts(whole)]
    if told:
        raise UsageError("\n".join(told), _HINT)
    named = {one.name for one in config.packages}
    return ConfiguredSettings(whole, config, required_by(whole, folder, named))


@_remembered
def _told_by(source: _Source) -> "tuple[Config, ConfiguredSettings]":
    """What a file says, whatever folders there are. Raises as `_checked`."""
    from tagboat.core.config import ConfiguredSettings, config_of, problems

    found = problems(source.data)
    if found:
        raise _faulty(source, found)
    config = config_of(source.data)
    return config, ConfiguredSettings(config)


def _faulty(source: _Source, found: "tuple[Problem, ...]") -> UsageError:
    """The error that lists the problems in the order of the file."""
    document = _parsed_file(source)
    told = []
    for problem in found:
        path = source.prefix + problem.path
        where = _written_key(path)
        told.append(
            (document.line(path), f"{where}: {problem.message}" if where else problem.message)
        )
    told.sort(key=lambda one: one[0])
    return UsageError("\n".join(f"{source.name}:{line}: {text}" for line, text in told), _HINT)


def _parsed_file(source: _Source) -> "TomlText":
    from tagboat.core.version_files.formats.toml_text import TomlText

    return TomlText(source.text)


def _written_key(path: tuple[str | int, ...]) -> str:
    """A path as TOML spells dotted keys, with indexes in brackets."""
    import json
    import re

    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            key = part if re.fullmatch(r"[\w-]+", part, re.ASCII) else json.dumps(part)
            text += f".{key}" if text else key
    return text
