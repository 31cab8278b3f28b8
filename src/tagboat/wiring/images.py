"""Wiring of images: the definitions of a repository, with what builds them."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from tagboat.adapters.buildx import Buildx
from tagboat.adapters.git.scratch_clone import ScratchClone, open_scratch_clone
from tagboat.adapters.git.user_clone import GitUserClone
from tagboat.core.errors import RepositoryError
from tagboat.core.forge.links import Links
from tagboat.core.images.image import Image, Origin
from tagboat.core.images.registry import Signing
from tagboat.core.images.tags import tag_rules
from tagboat.core.next_version.next_version import VersionOverride
from tagboat.core.version.version import Version
from tagboat.ports.builder import OnLine
from tagboat.ports.registry import Signer
from tagboat.use_cases.images.build import BuildContext
from tagboat.use_cases.images.release_images import PublishedImages
from tagboat.use_cases.next_version.next_version import preview, released_tag
from tagboat.use_cases.next_version.repository_state import tagging_of
from tagboat.wiring.repository import (
    Options,
    RepositoryAdapters,
    configuration,
    repository_adapters,
)


@contextmanager
def images_of(
    options: Options, override: VersionOverride, version: str = ""
) -> Iterator[BuildContext]:
    """Where the images of a repository are built; gone at the end.

    They are those of HEAD, as the version that a release of it would have; or those of a version
    that was released, by the configuration it was released with. Raises as `repository_adapters`
    and `preview` do, and RepositoryError where there is no commit or no version.
    """
    adapters = repository_adapters(options)
    with open_scratch_clone(options.directory) as scratch:
        version_of, tag, commit = _to_build(adapters, override, version)
        scratch.start(commit)
        if version:
            adapters = adapters._replace(config=configuration(scratch.tree, options))
        origin = Origin(version_of, tag, commit, scratch.time_of(commit), _page_url(adapters))
        context = build_context(
            scratch, adapters, origin, adapters.history.root or options.directory
        )
        if not version:
            context = context._replace(is_changed=GitUserClone(options.directory, "").is_changed)
        yield context


def build_context(
    scratch: ScratchClone, adapters: RepositoryAdapters, origin: Origin, home: str
) -> BuildContext:
    """Where images are built from a commit that the workshop has started from.

    Files that are not of the commit are seen from ``home``: archives, secrets, keys.
    """
    images: tuple[Image, ...] = ()
    insecure: tuple[str, ...] = ()
    if adapters.config is not None:
        from tagboat.core.config.images import images as defined

        images = defined(adapters.config, adapters.package.name)
        insecure = adapters.config.registries.insecure
    return BuildContext(
        images,
        origin,
        Buildx(home),
        scratch.text,
        partial(scratch.checkout, origin.commit),
        partial(scratch.absent, origin.commit),
        insecure,
    )


def published_images_of(
    scratch: ScratchClone, adapters: RepositoryAdapters, home: str, hear: OnLine
) -> PublishedImages | None:
    """The images that a package's releases publish; None where there are none."""
    if adapters.config is None:
        return None
    from tagboat.core.config.images import images as defined
    from tagboat.core.config.meaning import channel_rules

    published = tuple(
        one for one in defined(adapters.config, adapters.package.name) if one.repositories
    )
    if not published:
        return None
    from tagboat.adapters.cosign import Cosign
    from tagboat.adapters.registry import HttpRegistry, RegistryOptions

    insecure = frozenset(adapters.config.registries.insecure)
    channels = channel_rules(adapters.config)

    def signer(image: Image) -> Signer | None:
        by = Signing(image.sign, image.sign_public_key, image.sign_identity, image.sign_issuer)
        return Cosign(by, home, insecure) if image.sign else None

    return PublishedImages(
        published,
        {
            one.name: tag_rules([tag + one.suffix for tag in one.tags], channels)
            for one in published
        },
        HttpRegistry(RegistryOptions(insecure)),
        signer,
        lambda origin: build_context(scratch, adapters, origin, home),
        scratch.time_of,
        _page_url(adapters),
        hear,
    )


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
    release, _ = preview(adapters.finder(), adapters.facts, override)
    if release.version is None:
        raise RepositoryError(
            "there is no version to build: nothing was released, and no commit asks for a release",
            "name one with --as",
        )
    return release.version, release.tag, adapters.facts.head


def _page_url(adapters: RepositoryAdapters) -> str:
    """The address of the repository's page; empty where it has none."""
    kind, page = "", ""
    if adapters.config is not None:
        forge = adapters.config.forge
        kind = "gitea" if forge.kind == "forgejo" else forge.kind or ""
        page = forge.url or ""
    return Links.from_remote(page or adapters.remote.url(), kind).repository
