"""What the configuration says about images, as the values that the core works with."""

from tagboat.core.config.image_tables import ImageTable
from tagboat.core.config.meaning import is_root
from tagboat.core.config.shape import Config
from tagboat.core.images.image import Image

_FACTS = ("title", "description", "url", "source", "documentation", "licenses", "vendor")


def images(config: Config, package: str = "") -> tuple[Image, ...]:
    """The images that have the version of a package, in the order of the file."""
    return tuple(_image(table) for table in config.images if _owner(config, table) == package)


def image_name(table: ImageTable) -> str:
    """What an image is called: as given, or after its first repository."""
    if table.name is not None:
        return table.name
    last = table.repositories[0].rpartition("/")[2] if table.repositories else "image"
    return (last + table.suffix).lower().replace(".", "-")


def _owner(config: Config, table: ImageTable) -> str:
    """The name of the package whose version an image has; empty in a repository without any."""
    if config.packages and table.package is not None:
        return table.package
    named = [one for one in config.packages if len(config.packages) == 1 or is_root(one)]
    return named[0].name if named else ""


def _image(table: ImageTable) -> Image:
    return Image(
        name=image_name(table),
        repositories=table.repositories,
        staging=table.staging or "",
        platforms=table.platforms,
        tags=table.tags,
        suffix=table.suffix,
        dockerfile=table.dockerfile or "",
        context=table.context,
        target=table.target or "",
        contexts=tuple(table.contexts.items()),
        build_args=tuple(table.build_args.items()),
        secrets=tuple(table.secrets.items()),
        ssh=table.ssh,
        cache_from=table.cache_from,
        cache_to=table.cache_to,
        pull=table.pull,
        no_cache=table.no_cache,
        network=table.network,
        builder=table.builder or "",
        sbom=table.sbom,
        sbom_generator=table.sbom_generator or "",
        provenance=table.provenance,
        facts=_given_facts(table),
        labels=tuple(table.labels.items()),
        annotations=tuple(table.annotations.items()),
        sign=table.sign or "",
        sign_public_key=table.sign_public_key or "",
        sign_identity=table.sign_identity or "",
        sign_issuer=table.sign_issuer or "",
    )


def _given_facts(table: ImageTable) -> tuple[tuple[str, str], ...]:
    """The OCI keys that are given."""
    given = {name: getattr(table, name) for name in _FACTS}
    given |= {"base.name": table.base_name, "base.digest": table.base_digest}
    return tuple((name, value) for name, value in given.items() if value)
