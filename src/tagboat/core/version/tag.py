"""Tags: how versions are spelled as git tags, and which spelling a repository uses.

A format is given (``v{version}``, ``{name}-v{version}``) or inferred from the tags that are there:
``v1.2.3``, ``1.2.3``, ``name-v1.2.3``, ``name@1.2.3``. ``v1.2.3`` and ``1.2.3`` are spellings of
one package; tags with different names belong to different packages, and then somebody has to
choose.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from tagboat.core.errors import UsageError
from tagboat.core.version.version import InvalidVersion, Version

_NAMED = r"(?P<name>.+?)(?P<separator>[-@/_])(?P<v>[vV]?)(?P<version>[0-9]+\.[0-9]+\.[0-9].*)"
"""A pattern for names with a package's name in front; compiled when a tag needs it."""
_DEFAULT = "v{version}"


class Ref(NamedTuple):
    """A git tag: its name without ``refs/tags/`` and the id of the object it leads to, peeled."""

    name: str
    commit: str


class VersionTag(NamedTuple):
    """A git tag that spells a version of the package."""

    name: str
    version: Version
    commit: str


class TagFormat(NamedTuple):
    """What stands before and after the version in a tag's name."""

    prefix: str
    suffix: str = ""

    @classmethod
    def parse(cls, template: str, name: str = "") -> "TagFormat":
        """Read a template with ``{version}`` and, where the package has a name, ``{name}``.

        Raises UsageError for a template that does not hold ``{version}`` exactly once.
        """
        prefix, found, suffix = template.replace("{name}", name).partition("{version}")
        if not found or "{" in prefix + suffix:
            hint = 'write it like tag = "v{version}"'
            raise UsageError(f"the tag format {template!r} needs {{version}} exactly once", hint)
        return cls(prefix, suffix)

    def spell(self, version: Version) -> str:
        """The tag's name for a version."""
        return f"{self.prefix}{version}{self.suffix}"

    def template(self) -> str:
        """The format as configuration spells it."""
        return f"{self.prefix}{{version}}{self.suffix}"


class Tagging(NamedTuple):
    """The version tags of one package and the format of the next one."""

    format: TagFormat
    tags: tuple[VersionTag, ...]
    inferred_from: str = ""

    def of(self, version: Version) -> tuple[VersionTag, ...]:
        """The tags that spell a version (build metadata aside), the usual spelling first."""
        found = [tag for tag in self.tags if tag.version == version]
        return tuple(sorted(found, key=lambda tag: tag.name != self.format.spell(tag.version)))


Read = Callable[[str], Version | None]
Newest = Callable[[Sequence[str]], str]


def semver(text: str) -> Version | None:
    """The version a text spells in SemVer, or None."""
    try:
        return Version.parse(text)
    except InvalidVersion:
        return None


def pep440(text: str) -> Version | None:
    """The version a text spells in SemVer or else in PEP 440, or None."""
    from tagboat.core.version.pep440 import NoSpelling, from_pep440

    version = semver(text)
    if version is None:
        try:
            return from_pep440(text)
        except NoSpelling:
            return None
    return version


def given(refs: Iterable[Ref], tag_format: TagFormat, read: Read = semver) -> Tagging:
    """The tags that a configured format spells."""
    prefix, suffix = tag_format
    tags = []
    for name, commit in refs:
        if name.startswith(prefix) and name.endswith(suffix):
            version = read(name[len(prefix) : len(name) - len(suffix)])
            if version is not None:
                tags.append(VersionTag(name, version, commit))
    return Tagging(tag_format, tuple(tags))


def inferred(refs: Iterable[Ref], newest: Newest) -> Tagging:
    """Find out which format the tags of a repository use.

    ``newest`` tells which of some tags was made last: it decides where spellings mix. Raises
    UsageError with the choices where the tags belong to several packages.
    """
    groups: dict[str, dict[str, list[VersionTag]]] = {}
    styles: dict[str, list[VersionTag]] = {}
    parse, make = Version.parse, partial(tuple.__new__, VersionTag)  # there may be ten thousand
    for name, commit in refs:
        prefix = name[0] if name[0] in "vV" else ""
        package = ""
        version: Version | None
        try:
            version = parse(name[1:] if prefix else name)
        except InvalidVersion:
            package, prefix, version = _named(name)
            if version is None:
                continue
        if prefix not in styles:
            styles[prefix] = groups.setdefault(package, {})[prefix] = []
        styles[prefix].append(make((name, version, commit)))
    if not groups:
        return Tagging(TagFormat.parse(_DEFAULT), ())
    if sum(1 for package in groups if package) > 1:
        raise _several_packages(groups)
    return _of_newest(groups, newest)


def _named(name: str) -> tuple[str, str, Version | None]:
    """The package, the prefix and the version that a tag with a package's name spells, if any."""
    match = re.fullmatch(_NAMED, name)
    if match is None:
        return "", "", None
    prefix = match["name"] + match["separator"] + match["v"]
    return match["name"], prefix, semver(match["version"])


def _of_newest(groups: dict[str, dict[str, list[VersionTag]]], newest: Newest) -> Tagging:
    """The package and the spelling of the newest version tag."""
    styles = {
        prefix: (package, tags) for package, of in groups.items() for prefix, tags in of.items()
    }
    if len(styles) == 1:
        prefix, (package, tags) = next(iter(styles.items()))
        return Tagging(TagFormat(prefix), tuple(tags), tags[0].name)
    everything = [tag for _, tags in styles.values() for tag in tags]
    latest = newest([tag.name for tag in everything])
    package, prefix = next(
        (package, prefix)
        for prefix, (package, tags) in styles.items()
        if any(tag.name == latest for tag in tags)
    )
    spelled = [tag for tags in groups[package].values() for tag in tags]
    return Tagging(TagFormat(prefix), tuple(spelled), latest)


def _several_packages(groups: dict[str, dict[str, list[VersionTag]]]) -> UsageError:
    """The error that lists the formats to choose from."""
    choices = sorted(f'tag = "{prefix}{{version}}"' for of in groups.values() for prefix in of)
    return UsageError(
        "the version tags belong to several packages: "
        + ", ".join(sorted(g or "v" for g in groups)),
        "choose one with --tag-format or in tagboat.toml: " + " or ".join(choices),
    )
