"""Package: the unit that has a version. A plain repository has one, at its root."""

from typing import TYPE_CHECKING, NamedTuple

from tagboat.core.bump.assess import Policy
from tagboat.core.errors import RepositoryError
from tagboat.core.version.channel import DEFAULT_RULES, Channel, ChannelRule, channel_of
from tagboat.core.version.tag import fits_glob
from tagboat.core.version.version import Version

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tagboat.core.images.image import Image
    from tagboat.core.images.tags import TagRule
    from tagboat.core.plan.command import Command
    from tagboat.core.version_files.ranges import VersionRange


class ChangelogFile(NamedTuple):
    """Where a changelog is kept, relative to the top of the repository.

    ``begin`` is what a release begins it with where it is not there: all ``history``, this
    ``release`` alone, or nothing at all: it is not made. An empty ``template`` is the usual one.
    """

    path: str = "CHANGELOG.md"
    begin: str = ""
    template: str = ""


class Package(NamedTuple):
    """A name, the paths it owns (none: what no other does), how it is versioned, what is released.

    ``tag`` is the tag format, None to infer it; ``scheme`` spells versions in files (``semver`` or
    ``pep440``); ``initial`` is the first version; ``moving`` are the rules of git tags that follow
    its versions and are none; ``ignored_tags`` are patterns of more that are none. ``channels`` say
    what it releases from which branch. ``changelog`` is
    the file that holds its changelog, ``files`` are the entries of its version files; both are seen
    from the top of the repository.

    ``exclude`` are files, folders and patterns that are not its own; ``covers`` is ``all`` where it
    has what other packages own besides; ``empty`` is ``all`` where commits without files count.
    ``needs`` names its dependencies, of which a release releases it too as ``propagate`` says;
    ``requires`` has what its manifests allow of each, None where these are not read. Those of one
    ``group`` have one version. ``was`` and ``was_paths`` are what it was called and where it was.
    One that is not ``release`` is never released alone, ``primary`` is the one whose releases the
    forge shows as the latest. ``among`` are the packages that share the repository with it. Where
    the format of its tags is inferred, none of those of ``others`` are its own.
    """

    name: str = ""
    paths: tuple[str, ...] = ()
    tag: str | None = None
    scheme: str = "semver"
    initial: Version = Version(0, 1, 0)
    policy: Policy = Policy()
    moving: "tuple[TagRule, ...]" = ()
    ignored_tags: tuple[str, ...] = ()
    channels: tuple[ChannelRule, ...] = DEFAULT_RULES
    changelog: ChangelogFile = ChangelogFile()
    files: tuple[str, ...] = ()
    commands: "tuple[Command, ...]" = ()
    images: "tuple[Image, ...]" = ()
    exclude: tuple[str, ...] = ()
    covers: str = "rest"
    empty: str = "none"
    needs: tuple[str, ...] = ()
    requires: "Mapping[str, tuple[VersionRange, ...]] | None" = None
    propagate: str = "patch"
    group: str = ""
    primary: bool = False
    was: tuple[str, ...] = ()
    was_paths: tuple[str, ...] = ()
    release: bool = True
    among: "PackageSet | None" = None
    others: "tuple[Package, ...]" = ()

    @property
    def image_repositories(self) -> tuple[str, ...]:
        """Where its images go, each place once."""
        places = (place for image in self.images for place in image.repositories)
        return tuple(dict.fromkeys(places))

    @property
    def is_part(self) -> bool:
        """Whether not all of the repository is its own."""
        return bool(self.paths or self.exclude or self.among is not None)

    @property
    def is_forge_latest(self) -> bool:
        """Whether a forge shows the highest of its releases as the latest of the repository.

        Of several packages that is the primary one, else the one that has the top, else none.
        """
        packages = (self,) if self.among is None else self.among.packages
        chosen = [one.name for one in packages if one.primary]
        chosen = chosen or [one.name for one in packages if not one.paths]
        return len(packages) == 1 or self.name in chosen[:1]

    def ignores(self, tag: str) -> str:
        """The pattern by which a tag is no version, whatever it spells; empty where none fits."""
        return next((pattern for pattern in self.ignored_tags if fits_glob(tag, pattern)), "")

    def refuse_ignored(self, tag: str) -> None:
        """Raise RepositoryError where the tag of a next version would be no version."""
        pattern = self.ignores(tag)
        if pattern:
            raise RepositoryError(
                f"the next tag would be no version: {tag} fits {pattern!r} of ignore.tags",
                "change that pattern, or ask for another version with --as",
            )


def channels_at(branch: str, packages: "Sequence[Package]") -> list[Channel]:
    """What a branch is for each of some packages, most of which have the same rules."""
    rules = dict.fromkeys(package.channels for package in packages)
    known = {one: channel_of(branch, one) for one in rules}
    return [known[package.channels] for package in packages]


def released_from(branch: str, packages: "Sequence[Package]") -> dict[str, Channel]:
    """The packages that are released from a branch; all, where it is a channel of none of them."""
    channels = channels_at(branch, packages)
    every = {one.name: channel for one, channel in zip(packages, channels, strict=True)}
    return {name: channel for name, channel in every.items() if not channel.assumed} or every


class PackageSet(NamedTuple):
    """The packages of a repository, and what its configuration said of them in the past.

    ``files`` are the paths of configuration files; ``read`` gives the packages that the path and
    the text of one say, None where that is no configuration.
    """

    packages: tuple[Package, ...]
    files: tuple[str, ...] = ()
    read: "Callable[[str, str], Sequence[Package] | None] | None" = None
