"""``tagboat image``: build container images, and join platforms that were built apart."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from tagboat.cli.app import NamedCommands
from tagboat.cli.common_options import (
    CommonOptions,
    repository_options,
    version_names,
    version_options,
)
from tagboat.cli.output import answer, answer_json, examples, note, progress, warn
from tagboat.cli.reports import report_step, table, verdict_code
from tagboat.core.errors import UsageError
from tagboat.core.images.bake import ENTITLEMENTS, BuildRequest
from tagboat.core.next_version.next_version import VersionOverride
from tagboat.core.record.drift import Verdict, worst_of
from tagboat.use_cases.images.build import (
    BuildContext,
    BuiltImage,
    build,
    build_omissions,
    described,
    merge,
)
from tagboat.use_cases.inspect.image_tags import Listing, tag_list
from tagboat.wiring.publishing import images_of
from tagboat.wiring.release import release_context

_image_option: Callable[..., Any] = click.option(
    "--image", "names", multiple=True, metavar="NAME", help="This image alone; may be repeated."
)

_SHORT = 19
"""How much of a digest tells it from others: its algorithm and twelve digits."""
_EXACT = "a builder of the driver docker-container, or Docker Engine 29, gives them the commit's"


@click.group(
    cls=NamedCommands,
    short_help="Build container images, and join their platforms.",
    epilog=examples(
        "tagboat image build           into the registry, or into dist/",
        "tagboat image build --print   the bake file for docker buildx, and no more",
        "tagboat image merge           join what was built on several machines",
        "tagboat image tags            what each tag holds, registry by registry",
        "tagboat image build --help    all of its options",
    ),
)
def image_command() -> None:
    """Work on the images of `[[images]]`, apart from a release."""


@image_command.command(
    "build",
    short_help="Build images, and publish nothing under a name that users follow.",
    epilog=examples(
        "tagboat image build",
        "tagboat image build --print                  what docker buildx is given",
        "tagboat image build --platform linux/arm64   on a machine of its own",
        "tagboat image build --image app 1.4.0        of a version that was released",
    ),
)
@click.argument("version", default="", metavar="[VERSION]", shell_complete=version_names)
@click.option("--print", "only_print", is_flag=True, help="Print the bake file; build nothing.")
@click.option(
    "--platform", "platforms", multiple=True, metavar="PLATFORM", help="Only for this platform."
)
@click.option(
    "--allow",
    "allowed",
    multiple=True,
    type=click.Choice(ENTITLEMENTS),
    help="Grant what HEAD's configuration asks of this machine; a VERSION needs no grant.",
)
@_image_option
@repository_options
@version_options
def build_command(
    common: CommonOptions,
    *,
    version: str,
    only_print: bool,
    override: VersionOverride,
    **chosen: tuple[str, ...],
) -> int:
    """Build the images of HEAD, or of a VERSION, from a clean checkout of the commit.

    They are pushed under a staging tag, which depends on the commit, the version and the
    definition. An image without repositories becomes an OCI archive under dist/.
    """
    allowed = None if version else frozenset(chosen["allowed"])
    order = BuildRequest(chosen["names"], chosen["platforms"], allowed=allowed)
    with images_of(common.of_tag(version).options, override, version) as images:
        if only_print:
            answer_json(described(images, order))
            return 0
        _tell_build(images, order)
        made = build(images, order, progress)
    _report_made(common, made)
    return 0


@image_command.command(
    "merge",
    short_help="Join platforms that were built on several machines.",
    epilog=examples(
        "tagboat image merge   after `tagboat image build --platform ...`",
        "tagboat image merge --image app",
    ),
)
@click.argument("version", default="", metavar="[VERSION]", shell_complete=version_names)
@_image_option
@repository_options
@version_options
def merge_command(
    common: CommonOptions, *, version: str, names: tuple[str, ...], override: VersionOverride
) -> int:
    """Join the platforms of each image, as they are found in its registry, under one staging tag.

    Nothing but the registry is needed of the machines that built them.
    """
    with images_of(common.of_tag(version).options, override, version) as images:
        made = merge(images, BuildRequest(names))
    _report_made(common, made)
    return 0


@image_command.command(
    "tags",
    short_help="What each tag holds in each registry, and where that is not what it should.",
    epilog=examples(
        "tagboat image tags",
        "tagboat image tags --json   every tag with its digest",
        "tagboat rollback VERSION    to move tags back on purpose",
    ),
)
@repository_options
def tags_command(common: CommonOptions) -> int:
    """List the tags that follow releases, then those of versions, in every repository of images.

    Beside each is the version that it holds. `drift` marks a tag that does not hold what rules and
    records say. Ends with 4 where one does, and with 1 where a registry could not be asked.
    """
    if common.options.offline:
        raise UsageError("image tags asks registries: leave --offline out")
    with release_context(common.options, report_step) as place:
        listings = tag_list(place)
    if common.as_json:
        answer_json(_tags_json(listings))
    else:
        _show_tags(listings)
    return verdict_code(worst_of(_verdicts(listings)))


def _verdicts(listings: Sequence[Listing]) -> list[Verdict]:
    told = [tag.verdict for listing in listings for tag in listing.tags]
    return told + [Verdict.UNKNOWN for listing in listings if listing.fault]


def _show_tags(listings: Sequence[Listing]) -> None:
    for listing in listings:
        answer(f"{listing.image} in {listing.repository}")
        if listing.fault:
            answer(f"  {Verdict.UNKNOWN.value}  {listing.fault}")
        rows = [
            (one.verdict.value, one.tag, one.version or "-", _short(one.digest), one.detail)
            for one in listing.tags
        ]
        for line in table(rows) if rows else ():
            answer(f"  {line}")


def _short(digest: str) -> str:
    return digest[:_SHORT] or "-"


def _tags_json(listings: Sequence[Listing]) -> dict[str, object]:
    return {
        "drift": Verdict.DRIFT in _verdicts(listings),
        "places": [
            {
                "image": listing.image,
                "repository": listing.repository,
                "fault": listing.fault or None,
                "tags": [
                    {
                        "tag": one.tag,
                        "kind": "moving" if one.is_moving else "version",
                        "version": one.version or None,
                        "digest": one.digest or None,
                        "wanted": one.wanted or None,
                        "verdict": one.verdict.value,
                        "detail": one.detail or None,
                    }
                    for one in listing.tags
                ],
            }
            for listing in listings
        ],
    }


def _tell_build(images: BuildContext, order: BuildRequest) -> None:
    """What a person should know before a build."""
    origin = images.origin
    for text in build_omissions(images, order):
        warn(text)
    note(f"building version {origin.version} from {origin.commit[:10]}")


def _report_made(common: CommonOptions, made: tuple[BuiltImage, ...]) -> None:
    """Say what was made, and where it is."""
    for one in made:
        if one.is_loose:
            note(f"{one.image}: files that build steps made have the time of the build: {_EXACT}")
    if common.as_json:
        answer_json([_made_json(one) for one in made])
        return
    for one in made:
        digest = f" {one.digest}" if one.digest else ""
        answer(f"{one.image} {' '.join(one.places)}{digest} {','.join(one.platforms)}")


def _made_json(made: BuiltImage) -> dict[str, object]:
    return {
        "image": made.image,
        "platforms": list(made.platforms),
        "places": list(made.places),
        "digest": made.digest or None,
    }
