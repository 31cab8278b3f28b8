"""What is wrong with values that are right one by one, but not together."""

from collections.abc import Iterator

from tagboat.core.config.meaning import is_root, tag_template
from tagboat.core.config.shape import Config
from tagboat.core.pep440 import NoSpelling, to_pep440
from tagboat.core.version import Version, quoted

Found = Iterator[tuple[tuple[str | int, ...], str]]


def conflicts(config: Config) -> Found:
    """Yield the path and the message of each conflict."""
    yield from _second_root(config)
    yield from _same_tags(config)
    yield from _unspellable(config)
    yield from _two_places(config)
    yield from _same_image_tags(config)


def _second_root(config: Config) -> Found:
    """Every commit belongs to a package at the root, so a second one would be the same package."""
    roots = [index for index, package in enumerate(config.packages) if is_root(package)]
    for index in roots[1:]:
        first = config.packages[roots[0]].name
        yield ("packages", index), f"{quoted(first)} covers the whole repository already: add paths"


def _same_tags(config: Config) -> Found:
    """A tag has to tell whose version it is."""
    owners: dict[str, str] = {}
    for index, package in enumerate(config.packages):
        template = tag_template(config, package)
        if template is not None:
            spelled = template.replace("{name}", package.name)
            if spelled in owners:
                message = (
                    f"{quoted(owners[spelled])} has the same tags, {quoted(spelled)}: add {{name}}"
                )
                yield ("packages", index, "tag"), message
            owners.setdefault(spelled, package.name)


def _unspellable(config: Config) -> Found:
    """With PEP 440, prereleases need a token that it knows."""
    if config.scheme != "pep440":
        return
    for index, channel in enumerate(config.channels):
        if channel.prerelease:
            try:
                to_pep440(Version(1, 0, 0).with_prerelease(channel.prerelease, 1))
            except NoSpelling as error:
                yield ("channels", index, "prerelease"), str(error)


def _two_places(config: Config) -> Found:
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


def _same_image_tags(config: Config) -> Found:
    """A tag of a repository leads to one image."""
    owners: dict[tuple[str, str], int] = {}
    for index, image in enumerate(config.images):
        for number, template in enumerate(image.tags):
            pairs = {(repository, template) for repository in image.repositories}
            taken = sorted(pair for pair in pairs if owners.get(pair, index) != index)
            if taken:
                where = taken[0][0]
                message = f"another image has this tag in {where}: add text, '{template}-slim'"
                yield ("images", index, "tags", number), message
            owners |= dict.fromkeys(pairs - owners.keys(), index)
