"""Keys that do not exist, and what they were probably meant to be."""

from collections.abc import Iterable

from tagboat.core.config.faults import nearest

_ELSEWHERE = {
    "allow_zero_version": "initial",
    "branches": "channels",
    "changelog_file": "changelog.file",
    "commit_parser": "convention",
    "exclude_commit_patterns": "ignore.patterns",
    "major_on_zero": "zero",
    "major_version_zero": "zero",
    "tag_format": "tag",
    "tag_pattern": "tag",
    "tag_prefix": "tag",
    "tagformat": "tag",
    "version_files": "files",
    "version_provider": "files",
    "version_scheme": "scheme",
    "version_toml": "files",
    "version_variables": "files",
}
"""What the keys of other release tools are here, in lower case and with underscores."""


def unknown(key: str, path: tuple[str | int, ...], known: Iterable[str]) -> str:
    """The message for a key that does not exist in a table, with the name that helps most.

    ``path`` is the table's, ``known`` are its keys.
    """
    names = list(known)
    plain = key.lower().replace("-", "_")
    if not path and plain in _ELSEWHERE:
        return f"unknown key: here it is {_ELSEWHERE[plain]!r}"
    name = plain if plain in names else nearest(plain, names)
    if name:
        return f"unknown key (did you mean {name!r}?)"
    return f"unknown key: there are {', '.join(names)}"
