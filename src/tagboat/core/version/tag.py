"""Tags: how versions are spelled as git tags, and which spelling a repository uses.

A format is given (``v{version}``, ``{name}-v{version}``) or inferred from the tags that are there:
``v1.2.3``, ``1.2.3``, ``name-v1.2.3``, ``name@1.2.3``. ``v1.2.3`` and ``1.2.3`` are spellings of
one package; tags with different names belong to different packages. Those without a name win over
those of one package, unless that one took over; of several packages somebody has to choose.

``v1.2`` is 1.2.0, unless it moves along with the releases of its line. What looks like a version
and is none is kept by its name, so that nobody waits for it to count.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import partial
from typing import NamedTuple

from tagboat.core.errors import UsageError
from tagboat.core.version.version import InvalidVersion, Version

# Few tags need these: left as text, they are compiled for the first that does.
_NAMED = r"(?P<name>.+?)(?P<separator>[-@/_])(?P<v>[vV]?)(?P<version>[0-9]+\.[0-9]+\.[0-9].*)"
_TWO_PARTS = r"(?P<parts>[0-9]+\.[0-9]+)(?P<rest>(?:-[A-Za-z]|\+).*)?"
_LIKE_A_VERSION = (
    r"(?i)(?:(?:v|ver|version|rel|release|r)[-_.]?[0-9]+(?:[._-][0-9]+[\w.+~@/-]*)?"
    r"|(?:v?[0-9]+!)?[0-9]+[._][0-9]+[\w.+~@/-]*"  # with an epoch of PEP 440, maybe
    r"|[a-z]+(?:[-_/][a-z]+)*[-_./]?[0-9]{1,3}(?:[._][0-9]+)+(?:[-._]?(?:rc|alpha|beta)[.-]?[0-9]*)?)"
)
_FINAL = frozenset(("final", "release", "ga", "stable"))
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
    """What stands before and after the version in a tag's name, and how that spells prereleases."""

    prefix: str
    suffix: str = ""
    scheme: str = "semver"

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
        """The tag's name for a version, which is SemVer's where PEP 440 has no spelling."""
        text = str(version)
        if self.scheme == "pep440":
            from tagboat.core.version.pep440 import NoSpelling, to_pep440

            with suppress(NoSpelling):
                text = to_pep440(version)
        return f"{self.prefix}{text}{self.suffix}"

    def reads(self, name: str) -> bool:
        """Whether a tag's name is a version's."""
        inner = name[len(self.prefix) : len(name) - len(self.suffix)]
        return name == f"{self.prefix}{inner}{self.suffix}" and pep440(inner) is not None

    def template(self) -> str:
        """The format as configuration spells it."""
        return f"{self.prefix}{{version}}{self.suffix}"


class Tagging(NamedTuple):
    """The version tags of one package and the format of the next one.

    ``strange`` are the names of tags that look like versions and are none; ``others`` are second
    tags of a version, which do not count; ``notes`` say what a person should know of how tags were
    read. ``with_remote`` says that the remote's tags are among them.
    """

    format: TagFormat
    tags: tuple[VersionTag, ...]
    inferred_from: str = ""
    strange: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    others: tuple[VersionTag, ...] = ()
    with_remote: bool = False

    def of(self, version: Version) -> tuple[VersionTag, ...]:
        """The tags that spell a version (build metadata aside), the usual spelling first."""
        found = [tag for tag in self.tags if tag.version == version]
        return tuple(sorted(found, key=lambda tag: tag.name != self.format.spell(tag.version)))

    def doubles(self) -> list[list[VersionTag]]:
        """The tags of each version that several spell, the usual spelling first."""
        prefix, start = self.format.prefix, len(self.format.prefix)
        if self.format.scheme == "semver" and all(
            name.startswith(prefix) and name[start : start + 1].isdigit() and "+" not in name
            for name, _, _ in self.tags
        ):
            return []  # names that differ spell versions that differ
        by_version: dict[Version, list[VersionTag]] = {}
        for tag in self.tags:
            by_version.setdefault(tag.version, []).append(tag)
        spell = self.format.spell
        return [
            sorted(tags, key=lambda tag: tag.name != spell(tag.version))
            for tags in by_version.values()
            if tags[1:]
        ]

    def named(self, name: str) -> VersionTag | None:
        """The tag of a name, whether it counts or is a second one of its version."""
        return next((tag for tag in (*self.tags, *self.others) if tag.name == name), None)


def fits_glob(name: str, pattern: str) -> bool:
    """Whether a tag's name is as a pattern says, in the way of `git tag --list`."""
    return fnmatchcase(name, pattern.replace("[^", "[!"))


Read = Callable[[str], Version | None]
Newest = Callable[[Sequence[str]], str]


def semver(text: str) -> Version | None:
    """The version a text spells in SemVer, or None; ``1.2.0-final`` is none, but no prerelease."""
    try:
        version = Version.parse(text)
    except InvalidVersion:
        return None
    return None if version[4] and is_final(version) else version


def is_final(version: Version) -> bool:
    """Whether what looks like a prerelease says that the version is none."""
    return version.is_prerelease and version.prerelease[0].lower() in _FINAL


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


def given(refs: Sequence[Ref], tag_format: TagFormat, read: Read = semver) -> Tagging:
    """The tags that a configured format spells; told of a higher one in another spelling."""
    prefix, suffix, _ = tag_format
    tags: list[VersionTag] = []
    left: list[tuple[str, Ref]] = []
    for ref in refs:
        name, commit = ref
        if name.startswith(prefix) and name.endswith(suffix):
            text = name[len(prefix) : len(name) - len(suffix)]
            version = _in_full(text, read)
            if version is not None:
                tags.append(VersionTag(name, version, commit))
            elif text[:1].isdigit():
                left.append((text, ref))
    short, strange = _short_tags(left, tags)
    found = Tagging(tag_format, (*tags, *short), "", strange, _told(short, tags))
    return found if suffix or prefix not in ("", "v", "V") else beside_plain(found, refs, read)


def beside_plain(tagging: Tagging, refs: Sequence[Ref], read: Read) -> Tagging:
    """The tags of a format without a name, told of the highest that another such format spells.

    Where there are no others it is one that looks like a version and is none.
    """
    known = {tag.name for tag in tagging.tags}
    plain = ((name, name[1:] if name[0] in "vV" else name) for name, _ in refs if name not in known)
    read_otherwise = ((_in_full(text, read), name) for name, text in plain if text[:1].isdigit())
    others = [(version, name) for version, name in read_otherwise if version is not None]
    highest, name = max(others, default=(None, ""))
    if highest is None:
        return tagging
    if not tagging.tags:
        return tagging._replace(strange=(*tagging.strange, name))
    if highest < max(tag.version for tag in tagging.tags):
        return tagging
    told = f"{name} does not count: tag = {tagging.format.template()!r} does not spell it"
    return tagging._replace(notes=(*tagging.notes, told))


def inferred(refs: Iterable[Ref], newest: Newest, read: Read = semver) -> Tagging:
    """Find out which format the tags of a repository use.

    ``newest`` tells which of some tags was made last: it decides where spellings mix. Raises
    UsageError with the choices where the tags belong to several packages.
    """
    groups: dict[str, dict[str, list[VersionTag]]] = {}
    styles: dict[str, list[VersionTag]] = {}
    left: list[tuple[str, Ref]] = []
    parse, make = Version.parse, partial(tuple.__new__, VersionTag)  # there may be ten thousand
    for ref in refs:
        name, commit = ref
        prefix = name[0] if name[0] in "vV" else ""
        package = ""
        version: Version | None
        try:
            version = parse(name[1:] if prefix else name)
        except InvalidVersion:
            package, prefix, version = _read_slowly(name, prefix, read)
            if version is None:
                left.append((name[1:] if name[0] in "vV" else name, ref))
                continue
        if version[4] and is_final(version):
            left.append((name[1:] if prefix else name, ref))
            continue
        if prefix not in styles:
            styles[prefix] = groups.setdefault(package, {})[prefix] = []
        styles[prefix].append(make((name, version, commit)))
    short, strange = _short_tags(
        left, [tag for style in groups.get("", {}).values() for tag in style]
    )
    for tag in short:
        prefix = tag.name[0] if tag.name[0] in "vV" else ""
        groups.setdefault("", {}).setdefault(prefix, []).append(tag)
    if not groups:
        return Tagging(TagFormat.parse(_DEFAULT), (), strange=strange)
    found = _of_family(groups, newest)
    return found._replace(strange=strange, notes=(*found.notes, *_told(short, found.tags)))


def _read_slowly(name: str, prefix: str, read: Read) -> tuple[str, str, Version | None]:
    """The package, the prefix and the version of a tag that is not plain SemVer; None for none."""
    if read is not semver and "." in name:
        version = _in_full(name[1:] if prefix else name, read)
        if version is not None:
            return "", prefix, version
    match = re.fullmatch(_NAMED, name)
    if match is None:
        return "", "", None
    prefix = match["name"] + match["separator"] + match["v"]
    return match["name"], prefix, read(match["version"])


# Tags of fewer parts, and of strange ones


def _short_tags(
    left: Sequence[tuple[str, Ref]], tags: Sequence[VersionTag]
) -> tuple[list[VersionTag], tuple[str, ...]]:
    """The tags of two parts that are releases, and the names of those that look like versions.

    Beside each tag that is left stands what may be its version. One that stands where a release
    with its numbers does, or at whose version another tag stands, moves along and is neither.
    """
    commits = {ref.commit for _, ref in left}
    found = {ref.name: version for text, ref in left if (version := _of_two_parts(text))}
    wanted = set(found.values())
    taken = {tag.version for tag in tags if tag.version in wanted} if wanted else wanted
    lines = _version_lines(tag for tag in tags if tag.commit in commits)
    short = [
        VersionTag(name, found[name], commit)
        for _, (name, commit) in left
        if name in found and found[name] not in taken and (commit, *found[name][:2]) not in lines
    ]
    lines |= _version_lines(short)
    majors = {tag.version[0] for tag in tags}
    strange = (
        name
        for text, (name, commit) in left
        if name not in found
        and (commit, *numbers_of(name)[:3]) not in lines
        and not (text.isdigit() and int(text[:18]) in majors)
    )
    return short, tuple(filter(_is_strange, strange))


def _version_lines(tags: Iterable[VersionTag]) -> set[tuple[object, ...]]:
    """The commits of some tags, each with the line that it is of, by one number, two and three."""
    return {(tag.commit, *tag.version[:parts]) for tag in tags for parts in (1, 2, 3)}


def _in_full(text: str, read: Read) -> Version | None:
    """The version that a text spells, if not in two parts: those are looked at together."""
    if read is not semver and re.fullmatch(_TWO_PARTS, text):
        return None
    return read(text)


def _of_two_parts(text: str) -> Version | None:
    """The version that ``1.2`` or ``1.2-rc.1`` spells, or None."""
    match = re.fullmatch(_TWO_PARTS, text)
    return None if match is None else semver(f"{match['parts']}.0{match['rest'] or ''}")


def _is_strange(name: str) -> bool:
    """Whether a name that spells no version looks like one."""
    return re.fullmatch(_LIKE_A_VERSION, name) is not None


def _told(short: Sequence[VersionTag], tags: Iterable[VersionTag]) -> tuple[str, ...]:
    """What the highest tag counts as, if it is one of two parts."""
    tag = max(short, key=lambda tag: tag.version, default=None)
    if tag is None or any(other.version > tag.version for other in tags):
        return ()
    more = f", and {len(short) - 1} more like it" if short[1:] else ""
    return (f"{tag.name} counts as {tag.version}{more}; the next tag has three parts",)


def numbers_of(name: str) -> tuple[int, ...]:
    """The numbers of what may be a version in a tag's name: as many as follow each other."""
    match = re.search(r"[0-9]+(?:[._-][0-9]+)*", name.rpartition("!")[2])
    return tuple(int(number[:18]) for number in re.findall("[0-9]+", match[0])) if match else ()


def strange_told(names: Sequence[str]) -> tuple[str, str]:
    """What is to be said of tags that look like versions and are none, and what makes them count.

    It names the one with the highest numbers.
    """
    name = max(names, key=lambda name: (numbers_of(name), name))
    if names[1:]:
        told = f"{len(names)} tags look like versions and are none, like {name}"
    else:
        told = f"the tag {name} looks like a version and is none"
    return told, way_out(name)


def way_out(name: str) -> str:
    """What makes a tag count that looks like a version and is none."""
    text = name.lstrip("vV")
    if not text.replace(".", "").isdigit() and pep440(text) is not None:
        return 'scheme = "pep440" in tagboat.toml reads it'
    match = re.search(r"(?<![0-9])(?<![0-9][._-])[0-9]+\.[0-9]+\.[0-9]+(?![0-9]|[._-][0-9])", name)
    if match is not None and semver(match[0]) is not None:
        before, after = name[: match.start()], name[match.end() :]
        return f'tag = "{before}{{version}}{after}" in tagboat.toml reads it'
    from tagboat.core.escape import in_shell

    version = ".".join(map(str, (*numbers_of(name), 0, 0)[:3]))
    return f"tag its commit in three parts: git tag v{version} {in_shell(name)}"


# Families of tags


def _of_family(groups: dict[str, dict[str, list[VersionTag]]], newest: Newest) -> Tagging:
    """The tags of the package without a name, or else of the only one with a name."""
    named = [package for package in groups if package]
    if len(named) > 1:
        raise _several_packages(groups)
    if "" not in groups or not named:
        return _of_newest(next(iter(groups.values())), newest)
    plain, other = ([t for of in groups[name].values() for t in of] for name in ("", named[0]))
    higher = max(tag.version for tag in other) > max(tag.version for tag in plain)
    if higher and newest([tag.name for tag in (*plain, *other)]) in {tag.name for tag in other}:
        raise _several_packages(groups)
    last = max(other, key=lambda tag: tag.version).name
    noun = f"{last} and {len(other) - 1} more" if other[1:] else last
    note = f"tags of another package do not count: {noun}"
    return _of_newest(groups[""], newest)._replace(notes=(note,))


def _of_newest(styles: dict[str, list[VersionTag]], newest: Newest) -> Tagging:
    """The tags of a package, in the spelling of the newest."""
    if len(styles) == 1:
        prefix, tags = next(iter(styles.items()))
        return Tagging(TagFormat(prefix), tuple(tags), tags[0].name)
    everything = tuple(tag for tags in styles.values() for tag in tags)
    latest = newest([tag.name for tag in everything])
    prefix = next(p for p, tags in styles.items() if latest in {tag.name for tag in tags})
    return Tagging(TagFormat(prefix), everything, latest)


def _several_packages(groups: dict[str, dict[str, list[VersionTag]]]) -> UsageError:
    """The error that lists the formats to choose from, each with its highest tag."""
    names = ", ".join(name or "one without a name" for name in sorted(groups))
    choices = [
        f'tag = "{prefix}{{version}}" as in {max(tags, key=lambda tag: tag.version).name}'
        for _, of in sorted(groups.items())
        for prefix, tags in sorted(of.items())
    ]
    hint = f"choose one with --tag-format or in tagboat.toml: {', or '.join(choices)}"
    return UsageError(f"the version tags belong to several packages: {names}", hint)
