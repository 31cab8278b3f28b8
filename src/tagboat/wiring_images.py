"""Wiring of images: the definitions of a repository, with what builds them."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from tagboat.adapters.buildx import Buildx
from tagboat.adapters.git_clone import GitClone
from tagboat.adapters.git_workshop import GitWorkshop, opened
from tagboat.core.errors import RepositoryError
from tagboat.core.image import Image, Origin
from tagboat.core.image_tag import tag_rules
from tagboat.core.links import Links
from tagboat.core.release import Wish
from tagboat.core.signature import Signing
from tagboat.core.version import Version
from tagboat.ports.builder import Hear
from tagboat.ports.registry import Signer
from tagboat.use_cases.fleet import Fleet
from tagboat.use_cases.images import ImageSite
from tagboat.use_cases.preview import preview, released_tag
from tagboat.use_cases.survey import tagging_of
from tagboat.wiring import Options, Workbench, configuration, workbench


@contextmanager
def images_of(options: Options, wish: Wish, version: str = "") -> Iterator[ImageSite]:
    """Where the images of a repository are built; gone at the end.

    They are those of HEAD, as the version that a release of it would have; or those of a version
    that was released, by the configuration it was released with. Raises as `workbench` and
    `preview` do, and RepositoryError where there is no commit or no version.
    """
    bench = workbench(options)
    with opened(options.directory) as workshop:
        version_of, tag, commit = _target(bench, wish, version)
        workshop.start(commit)
        if version:
            bench = bench._replace(config=configuration(workshop.tree, options))
        origin = Origin(version_of, tag, commit, workshop.time_of(commit), _page(bench))
        site = image_site(workshop, bench, origin, bench.history.root or options.directory)
        if not version:
            site = site._replace(is_changed=GitClone(options.directory, "").is_changed)
        yield site


def image_site(workshop: GitWorkshop, bench: Workbench, origin: Origin, home: str) -> ImageSite:
    """Where images are built from a commit that the workshop has started from.

    Files that are not of the commit are seen from ``home``: archives, secrets, keys.
    """
    images: tuple[Image, ...] = ()
    insecure: tuple[str, ...] = ()
    if bench.config is not None:
        from tagboat.core.config.images import images as defined

        images = defined(bench.config, bench.package.name)
        insecure = bench.config.registries.insecure
    return ImageSite(
        images,
        origin,
        Buildx(home),
        workshop.text,
        partial(workshop.checkout, origin.commit),
        partial(workshop.absent, origin.commit),
        insecure,
    )


def fleet_of(workshop: GitWorkshop, bench: Workbench, home: str, hear: Hear) -> Fleet | None:
    """The images that a package's releases publish; None where there are none."""
    if bench.config is None:
        return None
    from tagboat.core.config.images import images as defined
    from tagboat.core.config.meaning import channel_rules

    published = tuple(one for one in defined(bench.config, bench.package.name) if one.repositories)
    if not published:
        return None
    from tagboat.adapters.cosign import Cosign
    from tagboat.adapters.registry import HttpRegistry, Settings

    insecure = frozenset(bench.config.registries.insecure)
    channels = channel_rules(bench.config)

    def signer(image: Image) -> Signer | None:
        by = Signing(image.sign, image.sign_public_key, image.sign_identity, image.sign_issuer)
        return Cosign(by, home, insecure) if image.sign else None

    return Fleet(
        published,
        {
            one.name: tag_rules([tag + one.suffix for tag in one.tags], channels)
            for one in published
        },
        HttpRegistry(Settings(insecure)),
        signer,
        lambda origin: image_site(workshop, bench, origin, home),
        workshop.time_of,
        _page(bench),
        hear,
    )


def _target(bench: Workbench, wish: Wish, version: str) -> tuple[Version, str, str]:
    """The version to build, the tag that spells it, and the commit."""
    if version:
        tag = released_tag(tagging_of(bench.history, bench.package, bench.facts.tags), version)
        return tag.version, tag.name, tag.commit
    if bench.facts.head is None:
        raise RepositoryError("there is no commit to build", "commit something first")
    release, _ = preview(bench.surveyor(), bench.facts, wish)
    if release.version is None:
        raise RepositoryError(
            "there is no version to build: nothing was released, and no commit asks for a release",
            "name one with --as",
        )
    return release.version, release.tag, bench.facts.head


def _page(bench: Workbench) -> str:
    """The address of the repository's page; empty where it has none."""
    kind, page = "", ""
    if bench.config is not None:
        forge = bench.config.forge
        kind = "gitea" if forge.kind == "forgejo" else forge.kind or ""
        page = forge.url or ""
    return Links.from_remote(page or bench.remote.url(), kind).repository
