"""What is wrong with values that are right one by one, but not together."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tagboat.core.config.faults import did_you_mean
from tagboat.core.config.meaning import (
    channel_rules,
    image_name,
    is_pattern,
    is_root,
    tag_template,
)
from tagboat.core.config.shape import Config
from tagboat.core.packages import MANIFESTS
from tagboat.core.plan.command import Point
from tagboat.core.version.pep440 import NoSpelling, to_pep440
from tagboat.core.version.tag import TagFormat, semver
from tagboat.core.version.version import Version, quoted
from tagboat.core.version_files.formats.key import KeyPath

if TYPE_CHECKING:
    from tagboat.core.config.release_tables import CommandTable, PackageTable
    from tagboat.core.config.tables import ChannelTable

_SAMPLES = (Version(1, 2, 3), Version(1, 2, 3, ("rc", "1")))
PathFaults = Iterator[tuple[KeyPath, str]]
"""Where something is wrong in a configuration, and what."""


def conflicts(config: Config) -> PathFaults:
    """Yield the path and the message of each conflict."""
    yield from _unnamed(config)
    yield from _second_root(config)
    yield from _same_tags(config)
    yield from _confusable_tags(config)
    yield from _unknown_needs(config)
    yield from _names_that_were(config)
    yield from _second_primary(config)
    yield from _unspellable(config)
    yield from _unlike_channels(config)
    yield from _same_changelogs(config)
    yield from _two_places(config)
    yield from _shared_moving_tags(config)
    yield from _same_image_tags(config)
    yield from _same_images(config)
    yield from _foreign_targets(config)
    yield from _unowned(config)
    yield from _added_late(config)


def _unnamed(config: Config) -> PathFaults:
    """A package has a name; where a pattern stands for many they have their own."""
    for index, package in enumerate(config.packages):
        if not is_pattern(package):
            if not package.name:
                yield ("packages", index), "the key 'name' is missing"
        elif package.name:
            message = f"{quoted(package.paths[0])} stands for many packages: leave the name out"
            yield ("packages", index, "name"), message
        elif len(package.paths) > 1:
            number = next(n for n, path in enumerate(package.paths) if set(path) & {"*", "?"})
            message = f"{quoted(package.paths[number])} is a pattern: it has to be the only path"
            yield ("packages", index, "paths", number), message
        elif "{name}" not in (tag_template(config, package) or ""):
            yield ("packages", index, "tag"), "many packages would have the same tags: add {name}"


def _second_root(config: Config) -> PathFaults:
    """Every commit belongs to a package at the root, so a second one would be the same package."""
    roots = [index for index, package in enumerate(config.packages) if is_root(package)]
    for index in roots[1:]:
        first = config.packages[roots[0]].name
        yield ("packages", index), f"{quoted(first)} covers the whole repository already: add paths"


def _same_tags(config: Config) -> PathFaults:
    """A tag has to tell whose version it is."""
    owners: dict[str, str] = {}
    for index, package in enumerate(config.packages):
        template = tag_template(config, package) if package.name else None
        if template is not None:
            spelled = template.replace("{name}", package.name)
            if spelled in owners:
                message = (
                    f"{quoted(owners[spelled])} has the same tags, {quoted(spelled)}: add {{name}}"
                )
                yield ("packages", index, "tag"), message
            owners.setdefault(spelled, package.name)


def _confusable_tags(config: Config) -> PathFaults:
    """No tag of one package may read as a version of another."""
    formats = {}
    for package in config.packages:
        template = tag_template(config, package) if package.name else None
        if template is not None:
            formats[package.name] = TagFormat.parse(template, package.name)
    by_prefix: dict[str, list[str]] = {}
    for name, one in formats.items():
        by_prefix.setdefault(one.prefix, []).append(name)
    ends = sorted({len(prefix) for prefix in by_prefix})
    for index, package in enumerate(config.packages):
        for tag in map(formats[package.name].spell, _SAMPLES) if package.name in formats else ():
            starts = (tag[:end] for end in ends if end < len(tag))
            others = [name for start in starts for name in by_prefix.get(start, ())]
            other = next((n for n in others if _reads(formats[n], formats[package.name], tag)), "")
            if other:
                message = f"its tag {quoted(tag)} reads as a version of {quoted(other)}"
                yield ("packages", index, "tag"), message
                break


def _reads(one: TagFormat, other: TagFormat, tag: str) -> bool:
    """Whether one format, that is not the same, reads a tag of the other as a version."""
    if one == other or not tag.endswith(one.suffix):
        return False
    return semver(tag[len(one.prefix) : len(tag) - len(one.suffix)]) is not None


def _unknown_needs(config: Config) -> PathFaults:
    """A package needs others that are there."""
    has_patterns = any(map(is_pattern, config.packages))
    names = [package.name for package in config.packages]
    for index, package in enumerate(config.packages):
        if package.propagate == "out-of-range" and package.needs != MANIFESTS:
            message = f"ranges are read in manifests: needs = {quoted(MANIFESTS)}"
            yield ("packages", index, "propagate"), message
        for number, name in enumerate(package.needs if package.needs != MANIFESTS else ()):
            path = ("packages", index, "needs", number)
            if name == package.name:
                yield path, "a package does not need itself"
            elif name not in names and not has_patterns:
                yield path, f"there is no package {quoted(name)}{did_you_mean(name, names)}"


def _names_that_were(config: Config) -> PathFaults:
    """What a package was called is no name of another, now or before."""
    owners = {package.name: package.name for package in config.packages if package.name}
    for index, package in enumerate(config.packages):
        for old in (package.was,) if isinstance(package.was, str) else package.was:
            if old in owners:
                message = f"{quoted(old)} is the name of {quoted(owners[old])}"
                yield ("packages", index, "was"), message
            owners.setdefault(old, package.name)


def _second_primary(config: Config) -> PathFaults:
    """A forge shows one release as the latest."""
    marked = [index for index, package in enumerate(config.packages) if package.primary]
    for index in marked[1:]:
        first = config.packages[marked[0]].name
        yield ("packages", index, "primary"), f"{quoted(first)} is primary already"


def _unspellable(config: Config) -> PathFaults:
    """With PEP 440, prereleases need a token that it knows."""
    if config.scheme != "pep440":
        return
    yield from _unspelled((), config.channels)
    for index, package in enumerate(config.packages):
        yield from _unspelled(("packages", index), package.channels)


def _unspelled(path: KeyPath, channels: "Sequence[ChannelTable]") -> PathFaults:
    for index, channel in enumerate(channels):
        if channel.prerelease:
            try:
                to_pep440(Version(1, 0, 0).with_prerelease(channel.prerelease, 1))
            except NoSpelling as error:
                yield (*path, "channels", index, "prerelease"), str(error)


def _unlike_channels(config: Config) -> PathFaults:
    """The packages of a group have one version, and so are released from the same branches."""
    firsts: dict[str, PackageTable] = {}
    for index, package in enumerate(config.packages):
        if not package.group:
            continue
        first = firsts.setdefault(package.group, package)
        if channel_rules(config, package) != channel_rules(config, first):
            message = f"{quoted(first.name)}, of its group, has others: let both have the same"
            yield ("packages", index, "channels"), message


def _same_changelogs(config: Config) -> PathFaults:
    """A changelog has the versions of one package."""
    owners: dict[str, str] = {}
    told: set[str] = set()
    for index, package in enumerate(config.packages):
        own = package.changelog.file
        file = own or config.changelog.file or ""
        if file and file not in told and (file in owners or _is_one_for_many(package, file)):
            told.add(file)
            path = ("packages", index, "changelog", "file") if own else ("changelog", "file")
            which = f"{owners[file]} and {package.name}" if file in owners else "several packages"
            way = 'give each a file of its own, `changelog = {file = "..."}`'
            yield path, f"{which} would write to {quoted(file)}: {way}, or make them one package"
        owners.setdefault(file, package.name)


def _is_one_for_many(package: "PackageTable", file: str) -> bool:
    """Whether a table stands for many packages whose changelogs would be one file."""
    return is_pattern(package) and "{path}" not in file and "{name}" not in file


def _two_places(config: Config) -> PathFaults:
    """A type of change stands under one heading, or nowhere."""
    table = config.changelog
    places: dict[str, str] = {}
    for index, section in enumerate(table.sections):
        for number, name in enumerate(section.types):
            if name in places:
                message = f"{quoted(name)} stands under {quoted(places[name])} already"
                yield ("changelog", "sections", index, "types", number), message
            places.setdefault(name, section.title)
    for number, name in enumerate(table.hide or ()):
        if name in places:
            yield (
                ("changelog", "hide", number),
                f"{quoted(name)} stands under {quoted(places[name])}",
            )


def _same_image_tags(config: Config) -> PathFaults:
    """A tag of a repository leads to one image."""
    owners: dict[tuple[str, str], int] = {}
    for index, image in enumerate(config.images):
        for number, template in enumerate(image.tags):
            spelled = template + (image.suffix or "")
            pairs = {(repository, spelled) for repository in image.repositories}
            taken = sorted(pair for pair in pairs if owners.get(pair, index) != index)
            if taken:
                where = taken[0][0]
                message = f"another image has this tag in {where}: add text, '{spelled}-slim'"
                yield ("images", index, "tags", number), message
            owners |= dict.fromkeys(pairs - owners.keys(), index)


def _same_images(config: Config) -> PathFaults:
    """An image is told apart by its name, be it given or derived."""
    seen: dict[str, bool] = {}
    for index, table in enumerate(config.images):
        name, is_given = image_name(table), table.name is not None
        if name in seen and not (is_given and seen[name]):
            yield ("images", index), f"there is an image {quoted(name)} already: give it a name"
        seen[name] = is_given


def _foreign_targets(config: Config) -> PathFaults:
    """A context can be another image of the same file."""
    names = [image_name(table) for table in config.images]
    for index, table in enumerate(config.images):
        others = names[:index] + names[index + 1 :]
        for context, place in table.contexts.items():
            name = place.removeprefix("target:")
            if name != place and name not in others:
                message = f"there is no other image {quoted(name)}{did_you_mean(name, others)}"
                yield ("images", index, "contexts", context), message


def _unowned(config: Config) -> PathFaults:
    """In a repository with several packages an image says whose version it has."""
    names = [package.name for package in config.packages]
    patterns = [table.package for table in config.images if any(map(is_pattern, config.packages))]
    has_root = len(names) <= 1 or any(is_root(package) for package in config.packages)
    for index, table in enumerate(config.images):
        if table.package is None and not has_root:
            yield ("images", index), f"say whose version it has: package = {quoted(names[0])}"
        elif names and table.package is not None and table.package not in names + patterns:
            nearest = did_you_mean(table.package, names)
            message = f"there is no package {quoted(table.package)}{nearest}"
            yield ("images", index, "package"), message


def _added_late(config: Config) -> PathFaults:
    """Files can only be added to the release commit before it is made."""
    yield from _added((), config.commands)
    for index, package in enumerate(config.packages):
        yield from _added(("packages", index), package.commands)


def _added(path: KeyPath, tables: "Sequence[CommandTable]") -> PathFaults:
    message = f"the release commit is made already then: run it {Point.COMMIT.value}"
    for index, table in enumerate(tables):
        if table.add and table.when != Point.COMMIT.value:
            yield (*path, "commands", index, "add"), message
        if table.unless and table.when != Point.PUSHED.value:
            late = f"only what is run {Point.PUSHED.value} can be done already"
            yield (*path, "commands", index, "unless"), late


def _shared_moving_tags(config: Config) -> PathFaults:
    """Where there are several packages a moving tag has to tell whose it is."""
    for index, template in enumerate(config.release.moving_tags):
        if len(config.packages) > 1 and "{name}" not in template:
            message = f"every package would move {quoted(template)}: add {{name}}"
            yield ("release", "moving_tags", index), message
