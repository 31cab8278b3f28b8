"""Images: hand them to the builder, and join platforms that were built on several machines."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tagboat.core.errors import OutsideError, RepositoryError, UsageError, obstacles
from tagboat.core.images.bake import (
    BakeFile,
    BuildRequest,
    bake,
    chosen,
    not_granted,
    places,
    platforms,
)
from tagboat.core.images.builder import BuilderNeeds
from tagboat.core.images.dockerfile import Dockerfile, read_dockerfile
from tagboat.core.images.image import Image, Origin, annotations, staging_reference
from tagboat.core.version.version import quoted
from tagboat.ports.images import ImageBuilder, OnLine
from tagboat.ports.publishing import CommitFiles, UserClone

_SCANNER = "docker/buildkit-syft-scanner:stable-1"
"""What BuildKit finds out with what an image holds, where the image names nothing else."""


class BuildContext(NamedTuple):
    """Where images are built: their definitions, what they are built from, and by what.

    ``clone`` is the user's repository where its commit is built, else None; ``rewritten`` names
    what a release writes then in a commit of its own.
    """

    images: tuple[Image, ...]
    origin: Origin
    builder: ImageBuilder
    source: CommitFiles
    insecure: tuple[str, ...] = ()
    clone: UserClone | None = None
    rewritten: tuple[str, ...] = ()


class BuiltImage(NamedTuple):
    """An image as it was built or joined, and where it is: names in a registry, or an archive.

    ``digest`` is what buildx told, empty where it told nothing. ``is_loose`` says that files have
    the times of the build, so that the next build of the commit may have other bytes.
    """

    image: str
    platforms: tuple[str, ...]
    places: tuple[str, ...]
    digest: str
    is_loose: bool = False


def settled(build_context: BuildContext, order: BuildRequest) -> BuildContext:
    """The same with all that is known of the images: what each is based on, as its file says.

    Raises UsageError for an image or a platform that no definition has, and for a Dockerfile that
    is not in the commit.
    """
    _refuse_unknown(build_context, order)
    return build_context._replace(
        images=tuple(_with_base(build_context, image) for image in build_context.images)
    )


def described(build_context: BuildContext, order: BuildRequest) -> BakeFile:
    """The bake file of an order, for a builder that can do everything. Raises as `settled` does."""
    build_context = settled(build_context, order)
    return bake(
        build_context.images, build_context.origin, order._replace(insecure=build_context.insecure)
    )


def build_faults(build_context: BuildContext, order: BuildRequest) -> list[str]:
    """What stands in the way of building, each with what helps. Raises as `settled` does."""
    build_context = settled(build_context, order)
    wanted = chosen(build_context.images, order)
    return build_context.builder.faults(
        wanted, [_wish(build_context, image, order) for image in wanted]
    )


def build(build_context: BuildContext, order: BuildRequest, hear: OnLine) -> tuple[BuiltImage, ...]:
    """Build the images of an order from a clean checkout.

    Raises UsageError for entitlements that are not granted, RepositoryError with all that stands
    in the way, OutsideError where a build fails, and what `settled` raises.
    """
    build_context = settled(build_context, order)
    wanted = chosen(build_context.images, order)
    _refuse_ungranted(wanted, order)
    faults = build_faults(build_context, order)
    if faults:
        raise obstacles(faults, "building")
    order = order._replace(loose=build_context.builder.loose(wanted))
    with build_context.source.exported(build_context.origin.commit) as folder:
        made = build_context.builder.build(wanted, described(build_context, order), folder, hear)
    return tuple(
        BuiltImage(
            image.name,
            platforms(image, order),
            tuple(places(image, build_context.origin, order)),
            made.get(image.name, ""),
            image.name in order.loose,
        )
        for image in wanted
    )


def merge(build_context: BuildContext, order: BuildRequest) -> tuple[BuiltImage, ...]:
    """Join the platforms of images, found in the registry by their staging tags.

    Raises RepositoryError with the platforms that are not there, OutsideError where the registry
    does not answer or keep what it gets, and what `settled` raises.
    """
    build_context = settled(build_context, order)
    images = chosen(build_context.images, order)
    alone = [image.name for image in images if not image.repositories]
    if alone:
        raise UsageError(
            f"{', '.join(alone)}: images without repositories meet nowhere",
            "add repositories to [[images]]",
        )
    found = [(image, _built_parts(build_context, image)) for image in images]
    return tuple(_joined(build_context, image, parts) for image, parts in found)


def build_omissions(build_context: BuildContext, order: BuildRequest) -> list[str]:
    """What somebody may miss in a build, in words for a person.

    That are submodules and files in Git LFS in its contexts, changes that are not committed, and
    that a release builds again what single platforms were built of.
    """
    folders, files = build_context.source.absent(build_context.origin.commit)
    contexts = [image.context for image in chosen(build_context.images, order)]
    empty = "is a submodule, and an empty folder in the build"
    pointer = "is in Git LFS, and only its pointer is in the build"
    told = [(path, empty) for path in folders] + [(path, pointer) for path in files]
    is_changed = build_context.clone is not None and build_context.clone.is_changed()
    changed = ["changes that are not committed are not in the build"] if is_changed else []
    if order.platforms and build_context.rewritten:
        written = " and ".join(build_context.rewritten)
        changed.append(
            f"a release writes {written} in a commit of its own, which images have to tell: it "
            "builds again what is built here"
        )
    return changed + [f"{path} {what}" for path, what in told if _concerns(path, contexts)]


def _concerns(path: str, contexts: Iterable[str]) -> bool:
    """Whether a path lies in one of some contexts, or the other way round."""
    return any(
        context in (".", path) or path.startswith(f"{context}/") or context.startswith(f"{path}/")
        for context in contexts
    )


def _built_parts(build_context: BuildContext, image: Image) -> list[str]:
    """The platforms of an image in the registry, each by its digest."""
    found: dict[str, str] = {}
    missing = []
    for platform in image.platforms:
        reference = staging_reference(image, build_context.origin, platform)
        digest = build_context.builder.find(reference)
        if digest:
            found[f"{image.staging_repository}@{digest}"] = platform
        else:
            missing.append((platform, reference))
    if missing:
        raise RepositoryError(
            f"{image.name} lacks {', '.join(one for one, _ in missing)}: there is no "
            + " and no ".join(reference for _, reference in missing),
            "; ".join(f"tagboat image build --platform {one}" for one, _ in missing),
        )
    return list(found)


def _joined(build_context: BuildContext, image: Image, parts: Sequence[str]) -> BuiltImage:
    """Join platforms, and see that the registry has what was made."""
    reference = staging_reference(image, build_context.origin)
    digest = build_context.builder.join(reference, parts, annotations(image, build_context.origin))
    found = build_context.builder.find(reference)
    if found != digest:
        raise OutsideError(f"{reference} is {found or 'not there'} after {digest} was written")
    return BuiltImage(image.name, image.platforms, (reference,), digest)


def _wish(build_context: BuildContext, image: Image, order: BuildRequest) -> BuilderNeeds:
    """What an image asks of its builder."""
    wanted = platforms(image, order)
    file = _dockerfile(build_context, image)
    needs = file.needs_target_platform(image.target, dict(image.build_args))
    scanner = (image.sbom_generator or _SCANNER) if image.sbom else ""
    return BuilderNeeds(image.name, image.builder, wanted, wanted if needs else (), scanner)


def _with_base(build_context: BuildContext, image: Image) -> Image:
    file = _dockerfile(build_context, image)
    base = file.base(image.target, dict(image.build_args), dict(image.contexts))
    read = {"base.name": base.name, "base.digest": base.digest}
    given = dict(image.facts)
    if "base.name" in given and given["base.name"] != base.name:
        del read["base.digest"]
    known = tuple((key, value) for key, value in read.items() if value and key not in given)
    told = tuple(sorted(file.labels(image.target, dict(image.build_args))))
    return image._replace(facts=image.facts + known, file_labels=told)


def _dockerfile(build_context: BuildContext, image: Image) -> Dockerfile:
    text = build_context.source.text_at(build_context.origin.commit, image.dockerfile_path)
    if text is None:
        raise UsageError(
            f"{image.dockerfile_path}, which {image.name} is built from, is not in the commit "
            f"{build_context.origin.commit[:10]}",
            "commit it, or name another `dockerfile`",
        )
    return read_dockerfile(text)


def _refuse_unknown(build_context: BuildContext, order: BuildRequest) -> None:
    """Refuse what no definition has."""
    names = [image.name for image in build_context.images]
    if not names:
        raise UsageError("there are no images to build", "add [[images]] to tagboat.toml")
    for name in order.names:
        if name not in names:
            raise UsageError(f"there is no image {quoted(name)}", f"choose {' or '.join(names)}")
    known = {
        one
        for image in chosen(build_context.images, order._replace(platforms=()))
        for one in image.platforms
    }
    for platform in order.platforms:
        if platform not in known:
            raise UsageError(
                f"no image is built for {quoted(platform)}", f"choose {' or '.join(sorted(known))}"
            )


def _refuse_ungranted(images: Sequence[Image], order: BuildRequest) -> None:
    """Refuse what a checkout of anybody's asks for and no person has granted."""
    asked = {image.name: names for image in images if (names := not_granted(image, order))}
    if asked:
        told = "; ".join(f"{name} asks for {', '.join(names)}" for name, names in asked.items())
        every = dict.fromkeys(name for names in asked.values() for name in names)
        raise UsageError(
            f"the configuration of this checkout wants what a stranger's must not have: {told}",
            "where you trust it, grant that with " + " ".join(f"--allow {name}" for name in every),
        )
