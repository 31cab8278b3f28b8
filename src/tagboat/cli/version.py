"""``tagboat version``: the next version, the current one, all of them."""

import click

from tagboat.cli.app import NamedCommands
from tagboat.cli.common_options import (
    CommonOptions,
    repository_options,
    version_options,
    what_if_options,
)
from tagboat.cli.output import answer, answer_json, examples, note, warn_strange
from tagboat.cli.preview import answer_preview
from tagboat.core.errors import UsageError
from tagboat.core.next_version.next_version import VersionOverride, WhatIf
from tagboat.core.next_version.package import Package
from tagboat.core.version.tag import VersionTag
from tagboat.use_cases.next_version.commit_range import newest_of
from tagboat.use_cases.next_version.repository_state import tagging_of
from tagboat.wiring.repository import (
    OpenRepository,
    names_asked,
    open_repository,
    packages_of,
)


@click.group(
    cls=NamedCommands,
    short_help="The next version, the current one, or all of them.",
    epilog=examples(
        "tagboat version next               1.3.0",
        "tagboat version current            1.2.1",
        "tagboat version list | head -n 3   the three highest",
        "tagboat version next --help        all of its options",
    ),
)
def version_command() -> None:
    """Answer with versions, one a line."""


@version_command.command(
    "next",
    short_help="What a release of HEAD would be.",
    epilog=examples(
        "tagboat version next",
        'tagboat version next --title "feat: add search"   as if that were merged',
        "tagboat version next --channel main               where HEAD is detached",
        "tagboat version next --remote                     with tags not fetched yet",
        "tagboat version next --exit-code                  3 when nothing is due",
        "tagboat version next --as 2.0.0 --json            is 2.0.0 allowed here?",
    ),
)
@what_if_options
@click.option("--remote", "ask_remote", is_flag=True, help="Ask the remote for its tags first.")
@click.option("--exit-code", is_flag=True, help="End with 3 when nothing is due.")
@repository_options
@version_options
def next_command(
    common: CommonOptions,
    *,
    what_if: WhatIf,
    ask_remote: bool,
    exit_code: bool,
    override: VersionOverride,
) -> int:
    """Print the version that a release of HEAD would have.

    Where there are several packages that is a line for each that is due: its name and its version.
    With nothing due it prints the current version and says why on standard error. The tags are
    those of this clone, unless --remote asks for those of the remote as well, as `tagboat plan`
    does.
    """
    if ask_remote and common.options.offline:
        raise UsageError("--remote asks the remote, and --offline forbids it", "leave one out")
    options = common.options._replace(ask_remote=ask_remote)
    return answer_preview(options, override, what_if, exit_code=exit_code, as_json=common.as_json)


@version_command.command(
    "current",
    short_help="What was released last on this branch.",
    epilog=examples("tagboat version current", "tagboat version current --channel next"),
)
@repository_options
def current_command(common: CommonOptions) -> int:
    """Print the version that was released last from HEAD or one of its ancestors.

    Where there are several packages that is a line for each that was: its name and its version.
    """
    opened = open_repository(common.options)
    if common.means_several(opened.settings):
        return _current_of_all(common, opened)
    adapters = opened.adapters(common.options)
    repository_state = adapters.finder().repository_state(adapters.facts)
    for text in repository_state.notes:
        note(text)
    warn_strange(repository_state.tagging)
    newest = newest_of(
        adapters.history,
        repository_state.channel,
        repository_state.tagging.tags,
        repository_state.since,
    )
    if common.as_json:
        from tagboat.cli.shapes import tag_json

        answer_json(tag_json(newest))
    elif newest is not None:
        answer(str(newest.version))
    if newest is None:
        note("nothing was released yet: no version tag among the ancestors of HEAD")
    return 0


def _current_of_all(common: CommonOptions, opened: OpenRepository) -> int:
    """Answer with the current versions of several packages."""
    from tagboat.use_cases.next_version.package_versions import Asked

    asked = Asked(names_asked(common.options))
    decisions = opened.versions(common.options).decide(opened.facts, asked)
    found = [(one.package.name, one.assessed.newest) for one in decisions.releases]
    if common.as_json:
        from tagboat.cli.shapes import tag_json

        answer_json([tag_json(tag) for _, tag in found if tag is not None])
        return 0
    for name, tag in found:
        if tag is not None:
            answer(f"{name} {tag.version}")
    return 0


@version_command.command(
    "list",
    short_help="Every version, the highest first.",
    epilog=examples("tagboat version list", 'tagboat version list --tag-format "api-v{version}"'),
)
@repository_options
def list_command(common: CommonOptions) -> int:
    """Print every version that a tag of this clone spells, the highest first.

    Where there are several packages each line has a package's name before the version.
    """
    opened = open_repository(common.options)
    if common.means_several(opened.settings):
        packages = packages_of(opened.settings, opened.history.root, common.options)
    else:
        packages = (opened.adapters(common.options).package,)
    found = [(package, tag) for package in packages for tag in _package_tags(opened, package)]
    if not found:
        note("no tag of this clone spells a version; `git fetch --tags` gets those of the remote")
    if common.as_json:
        from tagboat.cli.shapes import tag_json

        answer_json([tag_json(tag) for _, tag in found])
        return 0
    names = [f"{one.name} " if len(packages) > 1 else "" for one, _ in found]
    lines = (f"{name}{tag.version}" for name, (_, tag) in zip(names, found, strict=True))
    for line in dict.fromkeys(lines):
        answer(line)
    return 0


def _package_tags(opened: OpenRepository, package: Package) -> list[VersionTag]:
    """The tags of a package, the highest first."""
    tagging = tagging_of(opened.history, package, opened.facts.tags)
    warn_strange(tagging)
    return sorted((*tagging.tags, *tagging.others), key=lambda tag: tag.version, reverse=True)
