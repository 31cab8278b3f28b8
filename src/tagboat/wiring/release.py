"""Wiring of the release: builds the workshop and what else making a release needs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

from tagboat.about import __version__
from tagboat.adapters.asset_files import AssetFolders
from tagboat.adapters.ci.detect import branch as ci_branch
from tagboat.adapters.clock import now, rest
from tagboat.adapters.commands import TreeCommands
from tagboat.adapters.git.history import GitHistory
from tagboat.adapters.git.remote import GitRemote
from tagboat.adapters.git.scratch_clone import ScratchClone, open_scratch_clone
from tagboat.adapters.git.user_clone import GitUserClone
from tagboat.adapters.text_file import write_text
from tagboat.adapters.workers import ForkedWorkers
from tagboat.core.errors import RepositoryError
from tagboat.core.next_version.next_version import VersionOverride
from tagboat.core.plan.command import Command
from tagboat.core.plan.plan import Plan, replacement, value_digest
from tagboat.core.version.channel import DEFAULT_RULES, ChannelRule
from tagboat.core.version.tag import VersionTag
from tagboat.core.version_files.edits import Edit, Target
from tagboat.ports.builder import OnLine
from tagboat.ports.commands import CommandRunner
from tagboat.ports.forge import AssetFiles
from tagboat.ports.git import RemoteRefs, RepositoryInfo
from tagboat.use_cases.next_version.repository_state import tagging_of
from tagboat.use_cases.plan.make_plan import PlanInputs, PlanRequest, ReleaseRules
from tagboat.use_cases.release.context import ReleaseContext
from tagboat.use_cases.release.converge import OnStep
from tagboat.use_cases.release.preflight import ReleaseTarget
from tagboat.use_cases.steps.commands import Build, ReleaseCommands
from tagboat.use_cases.steps.moving_tags import MovingGitTags
from tagboat.use_cases.steps.publishing import PublishTargets
from tagboat.use_cases.steps.remote_state import RemoteState
from tagboat.wiring.forge import forge_placement, with_forge
from tagboat.wiring.images import published_images_of
from tagboat.wiring.repository import (
    ChangelogRequest,
    Options,
    RepositoryAdapters,
    configuration,
    links_of,
    package_of,
    repository_adapters,
    style,
)

if TYPE_CHECKING:
    from tagboat.core.config.shape import Config


@contextmanager
def release_context(
    options: Options, watch: OnStep, plan: Plan | None = None, hear: OnLine | None = None
) -> Iterator[ReleaseContext]:
    """A place to make releases of the repository that holds a folder, gone at the end.

    A plan says which branch of which remote it is for; without one HEAD's is meant. ``hear`` gets
    each line that commands say. Raises as
    `repository_adapters` does, and RepositoryError where there is no commit.
    """
    here = GitHistory(options.directory)
    facts = here.facts()
    with open_scratch_clone(options.directory) as scratch:
        config = _identify(options, facts, scratch)
        if plan is None:
            release_target = _course(options, facts, config)
        else:
            release_target = ReleaseTarget(
                "", plan.branch, plan.remote, (ChannelRule(plan.branch),)
            )
            options = options._replace(package=plan.package)
        scratch.remote = release_target.remote
        inner = options._replace(directory=scratch.tree, channel=release_target.branch)
        clone = GitUserClone(options.directory, release_target.remote)
        folders = (scratch.tree, here.root or "")
        files = AssetFolders(folders, f"{scratch.tree}/.git/tagboat-assets")
        runner = TreeCommands(scratch.tree, hear)
        home = here.root or options.directory
        place = _ReleaseAdapters(
            scratch, inner, files, runner, PublishTargets(clone, now, rest), home, hear
        )
        yield ReleaseContext(
            RemoteState(scratch, release_target.branch, rest),
            GitHistory(scratch.tree),
            release_target,
            cache(partial(package_of, config, scratch.tree, inner)),
            partial(_desk, place),
            rest,
            watch,
        )


def plan_request(release_target: ReleaseTarget, override: VersionOverride) -> PlanRequest:
    """What is asked for on a course, now."""
    return PlanRequest(
        release_target.branch, release_target.remote, override, now(), f"tagboat {__version__}"
    )


def _course(options: Options, facts: RepositoryInfo, config: "Config | None") -> ReleaseTarget:
    """Where HEAD is to be released, by the configuration that it holds."""
    if facts.head is None:
        raise RepositoryError("there is no commit to release", "commit something first")
    rules: Sequence[ChannelRule] = DEFAULT_RULES
    name = ""
    if config is not None:
        from tagboat.core.config.meaning import channel_rules

        rules, name = channel_rules(config), config.remote
    branch = options.channel or facts.branch or ci_branch()
    remote = GitRemote(options.directory, name)
    fault = forge_placement(config, remote.url()).fault
    return ReleaseTarget(
        facts.head, branch, remote.name() or "", rules, tuple(filter(None, [fault]))
    )


def _identify(options: Options, facts: RepositoryInfo, scratch: ScratchClone) -> "Config | None":
    """Let the author whom HEAD's configuration names make commits and tags; the configuration."""
    if facts.head is None:
        return None
    scratch.start(facts.head)
    config = configuration(scratch.tree, options)
    scratch.author = _author(config)
    return config


def _author(config: "Config | None") -> str:
    return "" if config is None else config.release.author or ""


class _ReleaseAdapters(NamedTuple):
    """Where desks are: the workshop, and what all of them share."""

    scratch: ScratchClone
    options: Options
    files: AssetFiles
    runner: CommandRunner
    targets: PublishTargets
    home: str
    hear: OnLine | None


def _desk(place: _ReleaseAdapters, commit: str) -> PlanInputs:
    """Check a commit out and read what a plan for it needs."""
    scratch, options, files, runner, targets, home, hear = place
    scratch.start(commit)
    adapters = repository_adapters(options)
    adapters = adapters._replace(remote=GitRemote(scratch.tree, scratch.remote))
    rules = _rules(adapters.config)
    scratch.honours_hooks = rules.hooks
    scratch.author = _author(adapters.config)
    release_commands = ReleaseCommands(_commands(adapters), runner)
    build = Build(scratch, release_commands)
    published_images = published_images_of(scratch, adapters, home, hear or _unheard)
    targets = targets._replace(
        moving_git_tags=_moorings(adapters), published_images=published_images
    )
    where = forge_placement(adapters.config, adapters.remote.url())
    targets = with_forge(targets, where, files, adapters.history, adapters.package)
    if targets.forge_target is not None:
        targets = targets._replace(
            forge_target=targets.forge_target._replace(remake=build.make_again)
        )
    return PlanInputs(
        adapters.finder(),
        adapters.facts,
        links_of(adapters),
        cache(partial(style, adapters, ChangelogRequest())),
        ForkedWorkers(),
        _changelog_file(adapters),
        scratch.text_and_path,
        partial(_version_edits, scratch, adapters, options, commit),
        value_digest(adapters.config),
        rules,
        targets,
        release_commands,
        build,
    )


def _moorings(adapters: RepositoryAdapters) -> MovingGitTags:
    """The git tags that follow the package's releases."""
    package, history = adapters.package, adapters.history

    def versions(refs: RemoteRefs) -> tuple[VersionTag, ...]:
        return tagging_of(history, package, refs.tag_refs()).tags

    return MovingGitTags(package.moving, versions)


def _rules(config: "Config | None") -> ReleaseRules:
    if config is None:
        return ReleaseRules()
    table = config.release
    return ReleaseRules(table.message, table.on_race, table.hooks)


def _commands(adapters: RepositoryAdapters) -> tuple[Command, ...]:
    """The commands that a release of the package runs."""
    if adapters.config is None:
        return ()
    from tagboat.core.config.meaning import commands

    return commands(adapters.config, adapters.package.name)


def _changelog_file(adapters: RepositoryAdapters) -> str:
    """The path of the package's changelog from the top of the repository."""
    if adapters.config is None:
        return "CHANGELOG.md"
    from tagboat.core.config.meaning import changelog_file

    return changelog_file(adapters.config, adapters.package.name)


def _version_edits(
    scratch: ScratchClone,
    adapters: RepositoryAdapters,
    options: Options,
    commit: str,
    target: Target,
) -> tuple[Edit, ...]:
    """The changes that make a package's version files hold a version.

    Providers of commitizen write by themselves: what they changed is read, and taken back.
    """
    if adapters.config is None:
        return ()
    from tagboat.core.config.meaning import version_files

    entries = version_files(adapters.config, adapters.package.name)
    if not entries:
        return ()
    from tagboat.adapters.conventions.isolate_imports import foreign_imports
    from tagboat.adapters.version_files import CommitizenProviders, RepositoryFolder, VersionFiles

    root = scratch.tree
    isolated = partial(foreign_imports, root, allow_repository_code=options.allow_repository_code)
    providers = CommitizenProviders(root, isolated)
    files = VersionFiles(RepositoryFolder(root), entries, write_text, providers)
    edits = files.planned(target)
    changed = files.apply_providers(target)
    if not changed:
        return edits
    after = {path: scratch.text(path) for path in changed}
    scratch.start(commit)
    before = {path: scratch.text(path) for path in changed}
    return (*edits, *_differences(before, after))


def _differences(before: dict[str, str | None], after: dict[str, str | None]) -> Iterator[Edit]:
    """What turns some texts into others. Raises RepositoryError where a file came or went."""
    for path, text in before.items():
        changed = after[path]
        if text is None or changed is None:
            raise RepositoryError(
                f"a version provider made or removed {path}", "commit that file first"
            )
        change = replacement(path, text, changed)
        if change is not None:
            yield change.edit()


def _unheard(_: str) -> None:
    """What nobody wants to hear."""
