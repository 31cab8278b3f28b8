"""Wiring of what a release is published to: its images with their registries, and its forge."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from tagboat.adapters.git.scratch_clone import ScratchClone, open_scratch_clone
from tagboat.adapters.git.user_clone import GitUserClone
from tagboat.core.errors import RepositoryError
from tagboat.core.forge.detect import Home, fault_of, home_of, token_name
from tagboat.core.forge.release import ForgeRules
from tagboat.core.images.image import Image, Origin
from tagboat.core.images.registry import Signing
from tagboat.core.images.tags import tag_rules
from tagboat.core.next_version.next_version import VersionOverride
from tagboat.core.next_version.package import Package
from tagboat.core.settings import Settings
from tagboat.core.version.version import Version
from tagboat.ports.forge import Forge, LoginSource
from tagboat.ports.images import ImageBuilder, OnLine, Signer
from tagboat.use_cases.images.release_images import PublishedImages
from tagboat.use_cases.next_version.next_version import released_tag
from tagboat.use_cases.next_version.repository_state import tagging_of
from tagboat.wiring.imports import REGISTRY, import_all, import_in_part
from tagboat.wiring.repository import (
    Options,
    RepositoryAdapters,
    links_of,
    repository_adapters,
    settings_of,
)

if TYPE_CHECKING:
    from tagboat.use_cases.images.build import BuildContext


@contextmanager
def images_of(
    options: Options, override: VersionOverride, version: str = ""
) -> "Iterator[BuildContext]":
    """Where the images of a repository are built; gone at the end.

    They are those of HEAD, as the version that a release of it would have; or those of a version
    that was released, by the configuration it was released with. Raises as `repository_adapters`
    and `preview` do, and RepositoryError where there is no commit or no version.
    """
    from tagboat.adapters.buildx import Buildx
    from tagboat.use_cases.images.build import BuildContext

    import_in_part()
    adapters = repository_adapters(options)
    with open_scratch_clone(options.directory) as scratch:
        version_of, tag, commit = _to_build(adapters, override, version)
        if version:
            with scratch.checked_out(commit) as checkout:
                adapters = _then(adapters, settings_of(checkout.path, options))
        time = scratch.time_of(commit)
        origin = Origin(version_of, tag, commit, time, links_of(adapters).repository)
        builder = Buildx(adapters.history.root or options.directory)
        images, insecure = adapters.package.images, adapters.settings.insecure_registries
        clone = None if version else GitUserClone(options.directory, "")
        written = () if version else _rewritten(adapters.package, scratch, commit)
        yield BuildContext(images, origin, builder, scratch, insecure, clone, written)


def _rewritten(package: Package, scratch: ScratchClone, commit: str) -> tuple[str, ...]:
    """What a release of a package writes in a commit of its own, for a person."""
    from tagboat.core.plan.command import Point

    file, added = package.changelog, [one for one in package.commands if one.add]
    has_file = bool(file.begin) or scratch.text_at(commit, file.path) is not None
    names = ["its version files"] if package.files else []
    names += [file.path] if has_file else []
    is_made = any(one.point is Point.COMMIT for one in added)
    return (*names, *(["what its commands make"] if is_made else []))


def _then(adapters: RepositoryAdapters, settings: Settings) -> RepositoryAdapters:
    """The adapters with the settings of another commit, and what they say about its package."""
    named = (one for one in settings.packages if one.name == adapters.package.name)
    return adapters._replace(settings=settings, package=next(named, Package()))


def published_images_of(
    scratch: ScratchClone, adapters: RepositoryAdapters, home: str, hear: OnLine
) -> PublishedImages | None:
    """The images that a package's releases publish; None where there are none.

    Files that are not of a commit are seen from ``home``: archives, secrets, keys.
    """
    defined = adapters.package.images
    published = tuple(one for one in defined if one.repositories)
    if not published:
        return None
    import_all(REGISTRY)
    from tagboat.adapters.registry import HttpRegistry, RegistryOptions

    insecure, channels = adapters.settings.insecure_registries, adapters.package.channels
    rules = {
        one.name: tag_rules([tag + one.suffix for tag in one.tags], channels) for one in published
    }
    registry = HttpRegistry(RegistryOptions(frozenset(insecure)))
    signers = {one.name: _signer(one, home, insecure) for one in published if one.sign}
    builder, page = cache(partial(_image_builder, home)), links_of(adapters).repository
    return PublishedImages(
        defined, rules, registry, signers, builder, scratch, page, hear, insecure
    )


def _image_builder(home: str) -> ImageBuilder:
    """What builds images."""
    from tagboat.adapters.buildx import Buildx

    return Buildx(home)


def _signer(image: Image, home: str, insecure: Iterable[str]) -> Signer:
    """What signs an image."""
    from tagboat.adapters.cosign import Cosign

    by = Signing(image.sign, image.sign_public_key, image.sign_identity, image.sign_issuer)
    return Cosign(by, home, frozenset(insecure))


def _to_build(
    adapters: RepositoryAdapters, override: VersionOverride, version: str
) -> tuple[Version, str, str]:
    """The version to build, the tag that spells it, and the commit."""
    if version:
        tag = released_tag(
            tagging_of(adapters.history, adapters.package, adapters.facts.tags), version
        )
        return tag.version, tag.name, tag.commit
    if adapters.facts.head is None:
        raise RepositoryError("there is no commit to build", "commit something first")
    release, _ = adapters.next_version(override)
    if release.version is None:
        raise RepositoryError(
            "there is no version to build: nothing was released, and no commit asks for a release",
            "name one with --as",
        )
    return release.version, release.tag, adapters.facts.head


_TELLING = ("github", "gitea")
"""The forges that tell by a commit who wrote it."""
_SILENCED = "forge.release = false silences this"


class ForgePlacement(NamedTuple):
    """Where releases are to be shown: a repository on a forge, and how; ``rules`` None: nowhere."""

    home: Home
    rules: ForgeRules | None

    @property
    def fault(self) -> str:
        """Why no release can be made there; empty where nothing is known, or none is wanted."""
        if self.rules is None or not self.home.has_releases:
            return ""
        return fault_of(self.home, os.environ)

    @property
    def notes(self) -> tuple[str, ...]:
        """Why there is no release on a forge, unless that is meant."""
        if self.rules is None or self.home.has_releases:
            return ()
        if self.home.kind:
            return (f"no forge release: {self.home.name} has none; {_SILENCED}",)
        unknown = "no forge release: the remote's address is that of no known forge"
        return (f"{unknown}; set forge.kind if it is one, {_SILENCED}",)


def forge_placement(settings: Settings, remote: str) -> ForgePlacement:
    """Where the releases of a repository are shown; ``remote`` is its remote's address."""
    rules = settings.forge_rules
    home = Home() if rules is None else home_of(remote, settings.forge, os.environ)
    return ForgePlacement(home, rules)


class HomeAccess(NamedTuple):
    """The way to the forge of a repository, see `tagboat.ports.forge.ForgeAccess`.

    ``adapter`` gives the adapter for it, one for a whole run, whose budget that has.
    """

    home: Home
    adapter: Callable[[Home], Forge]

    @property
    def name(self) -> str:
        """The forge and the repository on it, for a person."""
        return f"{self.home.name} ({self.home.repository})"

    @property
    def fault(self) -> str:
        """Why nothing can be changed there."""
        return fault_of(self.home, os.environ)

    def to_change(self) -> Forge:
        """The forge, to look and to change. Raises RepositoryError where there is no way in."""
        return _open_forge(self.adapter, self.home, self.fault)

    def to_read(self) -> Forge:
        """The forge for looking alone. Raises RepositoryError where there is no way in."""
        fault = fault_of(self.home, os.environ, reads=True)
        return _open_forge(self.adapter, self.home, fault)


class HomeLogins(NamedTuple):
    """The way to whom a forge knows, see `tagboat.ports.forge.LoginSource`."""

    home: Home
    adapter: Callable[[Home], LoginSource]

    def logins(self, authors: Mapping[str, str], *, afresh: bool = False) -> dict[str, str]:
        """Those of some people. Raises RepositoryError where there is no way to ask."""
        fault = fault_of(self.home, os.environ, reads=True)
        if self.home.kind not in _TELLING:
            fault = (
                f"{self.home.name or 'a forge that is not known'} does not tell whose commits are"
            )
        if fault:
            raise RepositoryError(fault)
        return self.adapter(self.home).logins(authors, afresh=afresh)


def login_source(
    adapters: RepositoryAdapters, adapter: Callable[[Home], LoginSource]
) -> LoginSource | None:
    """The way to the logins of authors; None where nobody asks for them."""
    if not adapters.settings.changelog.logins:
        return None
    home = home_of(adapters.remote.url(), adapters.settings.forge, os.environ)
    return HomeLogins(home, adapter)


def new_authors(folder: str | None, home: Home) -> LoginSource:
    """A new adapter for a forge that tells who wrote commits, which remembers in git's folder."""
    from tagboat.adapters.forges.access import CommitAuthors, LoginMemory

    token = partial(_token, os.environ, token_name(home, os.environ))
    return CommitAuthors(home, token, LoginMemory.of(folder or "", home.api))


def _open_forge(adapter: Callable[[Home], Forge], home: Home, fault: str) -> Forge:
    """The adapter for a forge. Raises RepositoryError where there is no way in."""
    if fault:
        raise RepositoryError(fault)
    return adapter(home)


def new_forge(home: Home) -> Forge:
    """A new adapter for a forge, by its name, with a budget of its own."""
    name = token_name(home, os.environ)
    token = partial(_token, os.environ, name)
    forge: Forge = import_module(f"tagboat.adapters.forges.{home.kind}").forge_of(
        home._replace(tokens=(name,)), token
    )
    return forge


def _token(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name, "").strip()
