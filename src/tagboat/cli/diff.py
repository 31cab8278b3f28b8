"""``tagboat diff``: what lies between two versions."""

from collections.abc import Sequence
from typing import Any

import click

from tagboat.cli.common_options import CommonOptions, repository_options, version_names
from tagboat.cli.output import answer, answer_json, examples
from tagboat.cli.shapes import assessment_json, tag_json
from tagboat.core.bump.assess import Assessment, CommitVerdict
from tagboat.core.changelog.changelog import ReleaseNotes
from tagboat.core.images.image import Layer, PlatformDiff, size_of
from tagboat.use_cases.inspect.diff import (
    Difference,
    ImageDifference,
    difference,
    image_differences,
)
from tagboat.wiring.repository import (
    ChangelogRequest,
    RepositoryAdapters,
    repository_adapters,
    style,
)

_PLAIN = "plain.txt.j2"


@click.command(
    short_help="What lies between two versions: changes, and layers to download.",
    epilog=examples(
        "tagboat diff 1.2.0 1.3.0",
        "tagboat diff 1.2.0 1.3.0 --offline   changes alone, no registry is asked",
        "tagboat diff 2.0.0 1.9.0             what a rollback would take away",
    ),
)
@click.argument("before", metavar="V1", shell_complete=version_names)
@click.argument("after", metavar="V2", shell_complete=version_names)
@repository_options
def diff_command(common: CommonOptions, before: str, after: str) -> int:
    """Show what V2 has that V1 has not, what breaks, and what is in V1 alone.

    Where releases publish images: which layers differ on each platform, and how much there is to
    download for a machine that has V1.
    """
    common = common.of_tag(before, after)
    adapters = repository_adapters(common.options)
    found = difference(adapters.history, adapters.package, adapters.facts, (before, after))
    how = style(adapters, ChangelogRequest(template=_PLAIN))
    release = how.release(found.section())
    images = _image_diffs(common, adapters, found)
    if common.as_json:
        answer_json(_diff_json(found, release, images))
        return 0
    answer(f"{found.before.name} .. {found.after.name}: {_count(found.added)}")
    for line in how.renderer.notes(release).rstrip("\n").split("\n")[1:]:
        answer(line)
    for line in (*_removed(found), *_downloads(images)):
        answer(line)
    return 0


def _image_diffs(
    common: CommonOptions, adapters: RepositoryAdapters, found: Difference
) -> list[ImageDifference]:
    """How the images differ; nothing where there are none, or nobody may be asked."""
    if common.options.offline or not adapters.settings.images:
        return []
    from tagboat.cli.reports import report_step
    from tagboat.wiring.release import release_context

    with release_context(common.options, report_step) as place:
        return image_differences(place, found)


def _count(commits: Sequence[Assessment]) -> str:
    return f"{len(commits)} commit{'' if len(commits) == 1 else 's'}"


def _removed(found: Difference) -> list[str]:
    """What the first version has that the second has not."""
    told = [
        item
        for item in found.removed
        if item.verdict not in (CommitVerdict.MERGE, CommitVerdict.RELEASE)
    ]
    if not told:
        return []
    titles = [f"- {item.commit.title} ({item.commit.id[:7]})" for item in told]
    return ["", f"Only in {found.before.name}", "", *titles]


def _downloads(images: Sequence[ImageDifference]) -> list[str]:
    """A line for each platform of each image."""
    lines: list[str] = []
    for image in images:
        lines += ["", f"Image {image.image}", ""]
        lines += [f"- {one.platform}: {_layers_text(one)}" for one in image.platforms]
    return lines


def _layers_text(one: PlatformDiff) -> str:
    if one.is_gone:
        return "not there any more"
    size = size_of(one.download)
    if one.is_new:
        return f"new, {size} to download"
    if not one.added:
        return "the same layers, nothing to download"
    total = len(one.kept) + len(one.added)
    return f"{len(one.added)} of {total} layers differ, {size} to download"


def _diff_json(
    found: Difference, release: ReleaseNotes, images: Sequence[ImageDifference]
) -> dict[str, Any]:
    return {
        "before": tag_json(found.before),
        "after": tag_json(found.after),
        "breaking": [entry.description for entry in release.breaking],
        "added": [assessment_json(item) for item in found.added],
        "removed": [assessment_json(item) for item in found.removed],
        "images": [
            {
                "image": image.image,
                "before": image.before,
                "after": image.after,
                "platforms": [_platform_json(one) for one in image.platforms],
            }
            for image in images
        ],
    }


def _platform_json(one: PlatformDiff) -> dict[str, Any]:
    return {
        "platform": one.platform,
        "new": one.is_new,
        "gone": one.is_gone,
        "download": one.download,
        "kept": [_layer_json(layer) for layer in one.kept],
        "removed": [_layer_json(layer) for layer in one.removed],
        "added": [_layer_json(layer) for layer in one.added],
    }


def _layer_json(layer: Layer) -> dict[str, Any]:
    return {"digest": layer.digest, "size": layer.size}
