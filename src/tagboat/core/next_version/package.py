"""Package: the unit that has a version. A plain repository has one, at its root."""

from typing import TYPE_CHECKING, NamedTuple

from tagboat.core.bump.assess import Policy
from tagboat.core.version.version import Version

if TYPE_CHECKING:
    from tagboat.core.images.image import Image
    from tagboat.core.images.tags import TagRule
    from tagboat.core.plan.command import Command


class ChangelogFile(NamedTuple):
    """Where a changelog is kept, relative to the top of the repository.

    ``begin`` is what a release begins it with where it is not there: all ``history``, this
    ``release`` alone, or nothing at all: it is not made.
    """

    path: str = "CHANGELOG.md"
    begin: str = ""


class Package(NamedTuple):
    """A name, the paths it covers (none: everything), how it is versioned, what a release makes.

    ``tag`` is the tag format, None to infer it; ``scheme`` spells versions in files (``semver`` or
    ``pep440``); ``initial`` is the first version; ``moving`` are the rules of git tags that follow
    its versions and are none. ``changelog`` is the file that holds its changelog, ``files`` are the
    entries of its version files; both are seen from the top of the repository.
    """

    name: str = ""
    paths: tuple[str, ...] = ()
    tag: str | None = None
    scheme: str = "semver"
    initial: Version = Version(0, 1, 0)
    policy: Policy = Policy()
    moving: "tuple[TagRule, ...]" = ()
    changelog: ChangelogFile = ChangelogFile()
    files: tuple[str, ...] = ()
    commands: "tuple[Command, ...]" = ()
    images: "tuple[Image, ...]" = ()
