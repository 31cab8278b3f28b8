"""Wiring of the release: builds the workshop and what else making a release needs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

from tagboat.about import __version__
from tagboat.adapters.asset_files import AssetFolders
from tagboat.adapters.ci import branch as ci_branch
from tagboat.adapters.clock import now, rest
from tagboat.adapters.commands import Hear, TreeCommands
from tagboat.adapters.git_clone import GitClone
from tagboat.adapters.git_history import GitHistory
from tagboat.adapters.git_remote import GitRemote
from tagboat.adapters.git_workshop import GitWorkshop, opened
from tagboat.adapters.text_file import write_text
from tagboat.adapters.workers import ForkedWorkers
from tagboat.core.channel import DEFAULT_RULES, ChannelRule
from tagboat.core.command import Command
from tagboat.core.errors import RepositoryError
from tagboat.core.plan import Plan, digest_of, replacement
from tagboat.core.release import Wish
from tagboat.core.tag import VersionTag
from tagboat.core.version_file import Edit, Target
from tagboat.ports import Facts, RemoteRefs
from tagboat.ports.commands import Commands
from tagboat.ports.forge import AssetFiles
from tagboat.use_cases.announce import Outlet
from tagboat.use_cases.converge import Watch
from tagboat.use_cases.plan import Desk, Order, Rules
from tagboat.use_cases.preflight import Course
from tagboat.use_cases.site import Site
from tagboat.use_cases.steps.commands import Build, Errands
from tagboat.use_cases.steps.moving_tags import Moorings
from tagboat.use_cases.steps.world import World
from tagboat.use_cases.survey import tagging_of
from tagboat.wiring import (
    Ask,
    Options,
    Workbench,
    configuration,
    links_of,
    package_of,
    style,
    workbench,
)
from tagboat.wiring_forge import shown, stand
from tagboat.wiring_images import fleet_of

if TYPE_CHECKING:
    from tagboat.core.config.shape import Config


@contextmanager
def site(
    options: Options, watch: Watch, plan: Plan | None = None, hear: Hear | None = None
) -> Iterator[Site]:
    """A place to make releases of the repository that holds a folder, gone at the end.

    A plan says which branch of which remote it is for; without one HEAD's is meant. ``hear`` gets
    each line that commands say. Raises as
    `workbench` does, and RepositoryError where there is no commit.
    """
    here = GitHistory(options.directory)
    facts = here.facts()
    with opened(options.directory) as workshop:
        config = _identify(options, facts, workshop)
        if plan is None:
            course = _course(options, facts, config)
        else:
            course = Course("", plan.branch, plan.remote, (ChannelRule(plan.branch),))
            options = options._replace(package=plan.package)
        workshop.remote = course.remote
        inner = options._replace(directory=workshop.tree, channel=course.branch)
        clone = GitClone(options.directory, course.remote)
        folders = (workshop.tree, here.root or "")
        files = AssetFolders(folders, f"{workshop.tree}/.git/tagboat-assets")
        runner = TreeCommands(workshop.tree, hear)
        home = here.root or options.directory
        place = _Place(workshop, inner, files, runner, Outlet(clone, now, rest), home, hear)
        yield Site(
            World(workshop, course.branch, rest),
            GitHistory(workshop.tree),
            course,
            cache(partial(package_of, config, workshop.tree, inner)),
            partial(_desk, place),
            rest,
            watch,
        )


def order(course: Course, wish: Wish) -> Order:
    """What is asked for on a course, now."""
    return Order(course.branch, course.remote, wish, now(), f"tagboat {__version__}")


def _course(options: Options, facts: Facts, config: "Config | None") -> Course:
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
    fault = stand(config, remote.url()).fault
    return Course(facts.head, branch, remote.name() or "", rules, tuple(filter(None, [fault])))


def _identify(options: Options, facts: Facts, workshop: GitWorkshop) -> "Config | None":
    """Let the author whom HEAD's configuration names make commits and tags; the configuration."""
    if facts.head is None:
        return None
    workshop.start(facts.head)
    config = configuration(workshop.tree, options)
    workshop.author = _author(config)
    return config


def _author(config: "Config | None") -> str:
    return "" if config is None else config.release.author or ""


class _Place(NamedTuple):
    """Where desks are: the workshop, and what all of them share."""

    workshop: GitWorkshop
    options: Options
    files: AssetFiles
    runner: Commands
    outlet: Outlet
    home: str
    hear: Hear | None


def _desk(place: _Place, commit: str) -> Desk:
    """Check a commit out and read what a plan for it needs."""
    workshop, options, files, runner, outlet, home, hear = place
    workshop.start(commit)
    bench = workbench(options)
    bench = bench._replace(remote=GitRemote(workshop.tree, workshop.remote))
    rules = _rules(bench.config)
    workshop.honours_hooks = rules.hooks
    workshop.author = _author(bench.config)
    errands = Errands(_commands(bench), runner)
    build = Build(workshop, errands)
    fleet = fleet_of(workshop, bench, home, hear or _unheard)
    outlet = outlet._replace(moorings=_moorings(bench), fleet=fleet)
    where = stand(bench.config, bench.remote.url())
    outlet = shown(outlet, where, files, bench.history, bench.package)
    if outlet.booth is not None:
        outlet = outlet._replace(booth=outlet.booth._replace(remake=build.make_again))
    return Desk(
        bench.surveyor(),
        bench.facts,
        links_of(bench),
        cache(partial(style, bench, Ask())),
        ForkedWorkers(),
        _changelog(bench),
        workshop.text_and_path,
        partial(_version_edits, workshop, bench, options, commit),
        digest_of(bench.config),
        rules,
        outlet,
        errands,
        build,
    )


def _moorings(bench: Workbench) -> Moorings:
    """The git tags that follow the package's releases."""
    package, history = bench.package, bench.history

    def versions(refs: RemoteRefs) -> tuple[VersionTag, ...]:
        return tagging_of(history, package, refs.tag_refs()).tags

    return Moorings(package.moving, versions)


def _rules(config: "Config | None") -> Rules:
    if config is None:
        return Rules()
    table = config.release
    return Rules(table.message, table.on_race, table.hooks)


def _commands(bench: Workbench) -> tuple[Command, ...]:
    """The commands that a release of the package runs."""
    if bench.config is None:
        return ()
    from tagboat.core.config.meaning import commands

    return commands(bench.config, bench.package.name)


def _changelog(bench: Workbench) -> str:
    """The path of the package's changelog from the top of the repository."""
    if bench.config is None:
        return "CHANGELOG.md"
    from tagboat.core.config.meaning import changelog_file

    return changelog_file(bench.config, bench.package.name)


def _version_edits(
    workshop: GitWorkshop, bench: Workbench, options: Options, commit: str, target: Target
) -> tuple[Edit, ...]:
    """The changes that make a package's version files hold a version.

    Providers of commitizen write by themselves: what they changed is read, and taken back.
    """
    if bench.config is None:
        return ()
    from tagboat.core.config.meaning import version_files

    entries = version_files(bench.config, bench.package.name)
    if not entries:
        return ()
    from tagboat.adapters.conventions.foreign_imports import foreign_imports
    from tagboat.adapters.version_files import CommitizenProviders, RepositoryFolder, VersionFiles

    root = workshop.tree
    isolated = partial(foreign_imports, root, allow_repository_code=options.allow_repository_code)
    providers = CommitizenProviders(root, isolated)
    files = VersionFiles(RepositoryFolder(root), entries, write_text, providers)
    edits = files.planned(target)
    changed = files.apply_providers(target)
    if not changed:
        return edits
    after = {path: workshop.text(path) for path in changed}
    workshop.start(commit)
    before = {path: workshop.text(path) for path in changed}
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
