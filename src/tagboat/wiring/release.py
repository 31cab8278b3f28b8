"""Wiring of the release: builds the scratch clone and what else making a release needs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

from tagboat.about import __version__
from tagboat.adapters.asset_files import AssetFolders
from tagboat.adapters.ci import branch as ci_branch
from tagboat.adapters.ci import is_pull_request
from tagboat.adapters.clock import SystemClock
from tagboat.adapters.git.history import GitHistory
from tagboat.adapters.git.remote import GitRemote, SeenRemote
from tagboat.adapters.git.scratch_clone import ScratchClone, open_scratch_clone
from tagboat.adapters.git.scratch_clone.checkout import ScratchCheckout
from tagboat.adapters.git.user_clone import GitUserClone
from tagboat.adapters.repository_files import RepositoryFiles
from tagboat.adapters.workers import ForkedWorkers
from tagboat.core.commits.commit import RepositoryInfo
from tagboat.core.errors import RepositoryError, UsageError
from tagboat.core.forge.detect import Home
from tagboat.core.next_version.next_version import VersionOverride
from tagboat.core.next_version.package import Package
from tagboat.core.plan.plan import Plan
from tagboat.core.settings import Settings
from tagboat.core.version.channel import ChannelRule
from tagboat.core.version.tag import Ref
from tagboat.core.version_files.edits import Edit, Target, edits_between
from tagboat.ports.forge import Artefacts, AssetFiles, Forge, LoginSource
from tagboat.ports.images import OnLine
from tagboat.ports.publishing import UserClone
from tagboat.use_cases.plan.make_plan import CommitInputs, PlanInputs, PlanRequest
from tagboat.use_cases.release.context import ReleaseContext, ReleaseTarget
from tagboat.use_cases.release.converge import OnStep
from tagboat.use_cases.steps.commands import ReleaseCommands, ReleaseTree, SharedTree
from tagboat.use_cases.steps.moving_tags import MovingGitTags
from tagboat.use_cases.steps.published import PackageReleases
from tagboat.use_cases.steps.publishing import ForgeTarget, PublishTargets
from tagboat.use_cases.steps.record import RecordWriter
from tagboat.use_cases.steps.remote_state import RemoteState
from tagboat.wiring.imports import CLONING, REGISTRY, import_ahead
from tagboat.wiring.publishing import (
    HomeAccess,
    forge_placement,
    login_source,
    new_authors,
    new_forge,
    published_images_of,
)
from tagboat.wiring.repository import (
    ChangelogRequest,
    OpenRepository,
    Options,
    RepositoryAdapters,
    links_of,
    open_repository,
    packages_of,
    settings_of,
    style,
    template_of,
)

if TYPE_CHECKING:
    from tagboat.core.version_files.workspace import Workspace
    from tagboat.use_cases.changelog.changelog import Style
    from tagboat.use_cases.next_version.package_versions import PackageVersions


class ReleaseOutputs(NamedTuple):
    """What gets what a run puts out: each line that commands say, and what releases are made of."""

    hear: OnLine | None = None
    artefacts: Artefacts | None = None


@contextmanager
def release_context(
    options: Options,
    watch: OnStep,
    plan: Plan | None = None,
    outputs: ReleaseOutputs = ReleaseOutputs(),  # noqa: B008 - a value
    *,
    local: bool = False,
) -> Iterator[ReleaseContext]:
    """A place to make releases of the repository that holds a folder, gone at the end.

    A plan says which branch of which remote it is for; without one HEAD's is meant. A ``local`` one
    is for plans by this clone alone, with the configuration of its work tree. Raises as
    `repository_adapters` does, and RepositoryError where there is no commit.
    """
    import_ahead(CLONING)
    here = GitHistory(options.directory)
    look = cache(here.facts)
    with open_scratch_clone(options.directory, look) as opened:
        facts = look()
        if local:
            options = options._replace(offline=True, settings_root=here.root or "")
        settings = _settings_at_head(options, facts, opened)
        name = (plan or settings).remote
        remote = GitRemote(options.directory, name, configured=opened.configured)
        if plan is None:
            release_target = _release_target(options, facts, settings, remote)
            warnings = () if local else _other_settings(options, here.root, settings)
            release_target = release_target._replace(is_local=local, warnings=tuple(warnings))
        else:
            rules = (ChannelRule(plan.branch),)
            release_target = ReleaseTarget("", plan.branch, plan.remote, rules)
            names = ",".join(release.package for release in plan.releases)
            options = options._replace(package=names)
        origin = opened.origin if local else release_target.remote
        scratch, clock = opened.following(origin, settings.release.author), SystemClock()
        inner = options._replace(directory=scratch.tree, channel=release_target.branch)
        clone = GitUserClone(options.directory, release_target.remote)
        files = AssetFolders((scratch.tree, here.root or ""), f"{scratch.tree}/.git/tagboat-assets")
        home = here.root or options.directory
        forge, authors = cache(new_forge), cache(partial(new_authors, here.folder))
        state = RemoteState(scratch, scratch, release_target.branch, clock)
        place = _ReleaseAdapters(
            scratch, inner, remote, files, clone, home, outputs, forge, authors, state
        )
        yield ReleaseContext(
            state,
            GitHistory(scratch.tree),
            release_target,
            cache(partial(_packages_at_head, place, settings, facts)),
            partial(_inputs_checked_out, place),
            RecordWriter(scratch, scratch, clock),
            watch,
        )


def plan_request(
    release_target: ReleaseTarget, override: VersionOverride, names: tuple[str, ...] = ()
) -> PlanRequest:
    """What is asked for of a target, now; ``names`` are the packages that are, if not all are."""
    return PlanRequest(
        release_target.branch,
        release_target.remote,
        override,
        SystemClock().now(),
        f"tagboat {__version__}",
        names,
    )


def _release_target(
    options: Options, facts: RepositoryInfo, settings: Settings, remote: GitRemote
) -> ReleaseTarget:
    """Where HEAD is to be released, by the configuration that it holds."""
    if facts.head is None:
        raise RepositoryError("there is no commit to release", "commit something first")
    branch = options.channel or facts.branch or ci_branch()
    return ReleaseTarget(
        facts.head,
        branch,
        remote.name() or "",
        settings.channels,
        tuple(filter(None, [forge_placement(settings, remote.url()).fault])),
        is_unmerged=is_pull_request(),
    )


def _other_settings(options: Options, root: str | None, settings: Settings) -> Iterator[str]:
    """What to say where the configuration of the work tree is not the one that HEAD holds."""
    if root is None or options.config:
        return
    held = "the work tree has another one" if settings.is_configured else "HEAD holds none"
    why = ""
    try:
        if settings_of(root, options).digest == settings.digest:
            return
    except UsageError as error:
        why = f" ({error.message})"
    yield (
        f"a release reads the configuration that HEAD holds, and {held}{why}: commit that of the "
        "work tree first; `tagboat plan --local` plans with it"
    )


def _settings_at_head(options: Options, facts: RepositoryInfo, scratch: ScratchClone) -> Settings:
    """The settings that HEAD holds; what they ask for is begun to be imported."""
    if facts.head is None:
        return Settings()
    with scratch.checked_out(facts.head, only_read=True) as checkout:
        settings = settings_of(checkout.path, options)
    if any(image.repositories for image in settings.images):
        import_ahead(REGISTRY)
    return settings


class _ReleaseAdapters(NamedTuple):
    """What all checkouts share: the scratch clone, the files of releases, the user's clone."""

    scratch: ScratchClone
    options: Options
    remote: GitRemote
    files: AssetFiles
    clone: UserClone
    home: str
    outputs: ReleaseOutputs
    forge: Callable[[Home], Forge]
    authors: Callable[[Home], LoginSource]
    state: RemoteState

    def tags(self) -> tuple[Ref, ...]:
        """The tags of the remote as they were seen."""
        return tuple(self.state.refs.tag_refs())

    def known(self, commit: str) -> RepositoryInfo | None:
        """What the scratch clone says of itself at a commit; None where it is to be asked."""
        if self.scratch.is_shallow or not self.state.is_seen:
            return None
        return RepositoryInfo(commit, None, self.tags())


def _packages_at_head(
    place: _ReleaseAdapters, settings: Settings, facts: RepositoryInfo
) -> tuple[Package, ...]:
    """The packages to answer for, by HEAD's configuration. Raises UsageError."""
    if facts.head is None:
        return packages_of(settings, None, place.options)
    if settings.convention == "conventional":  # no other file of the commit is read
        return packages_of(settings, place.scratch.tree, place.options)
    with place.scratch.checked_out(facts.head) as checkout:
        return packages_of(settings, checkout.path, place.options)


@contextmanager
def _inputs_checked_out(place: _ReleaseAdapters, commit: str) -> Iterator[CommitInputs]:
    """Check a commit out, and read what a plan for it needs as it is asked for."""
    with place.scratch.checked_out(commit) as checkout:
        opened = open_repository(place.options, place.known(commit))
        seen = SeenRemote(place.tags, place.remote.url)
        remote = GitRemote(checkout.path, place.remote.name() or "", seen=seen)
        opened = opened._replace(remote=remote)
        release = opened.settings.release
        scratch = place.scratch.by(
            release.author, honours_hooks=release.hooks, sign_off=release.sign_off
        )
        versions = opened.versions(place.options) if opened.settings.is_split else None
        with SharedTree(scratch) as shared:
            workspace = cache(partial(_workspace, opened.settings, checkout.path))
            commit_of = _CommitAdapters(
                place, opened, checkout, scratch, shared, versions, {}, workspace
            )
            names = tuple(package.name for package in opened.settings.packages)
            yield CommitInputs(names, cache(partial(_inputs_of, commit_of)))


class _CommitAdapters(NamedTuple):
    """What the packages of one checked out commit share."""

    place: _ReleaseAdapters
    opened: OpenRepository
    checkout: ScratchCheckout
    scratch: ScratchClone
    shared: SharedTree
    versions: "PackageVersions | None"
    styles: "dict[str, Style]"
    workspace: "Callable[[], Workspace | None]"

    def adapters(self, name: str) -> RepositoryAdapters:
        """Those of one package. Raises UsageError where there is none of the name."""
        among = None if self.versions is None else self.versions.among
        for package in () if among is None else among.packages:
            if package.name == name:
                return self.opened.of(package._replace(among=among))
        return self.opened.adapters(self.place.options._replace(package=name))

    def style(self, adapters: RepositoryAdapters) -> "Style":
        """How changelogs are written; those with one template share it."""
        template = template_of(adapters, ChangelogRequest())
        if template not in self.styles:
            self.styles[template] = style(adapters, ChangelogRequest())
        return self.styles[template]


def _inputs_of(there: _CommitAdapters, name: str) -> PlanInputs:
    """What a release of one package of the commit is made of. Raises UsageError."""
    from tagboat.adapters.commands import TreeCommands

    place, checkout = there.place, there.checkout
    adapters = there.adapters(name)
    commands = adapters.package.commands
    secret = (token for command in commands for token in command.tokens)
    runner = TreeCommands(place.outputs.hear, place.scratch.without_credentials, secret)
    tree = ReleaseTree(there.shared, ReleaseCommands(commands, runner))
    return PlanInputs(
        adapters.finder(),
        adapters.facts,
        links_of(adapters),
        partial(there.style, adapters),
        ForkedWorkers(),
        adapters.package.changelog,
        checkout,
        partial(_all_edits, there, adapters),
        adapters.settings,
        _publish_targets(place, adapters, there.scratch, tree),
        tree,
        there.versions,
        None if place.options.offline else login_source(adapters, place.authors),
    )


def _publish_targets(
    place: _ReleaseAdapters, adapters: RepositoryAdapters, scratch: ScratchClone, tree: ReleaseTree
) -> PublishTargets:
    """Where releases of the package are announced."""
    releases = PackageReleases(adapters.history, adapters.package)
    moving_git_tags = (
        MovingGitTags(adapters.package.moving, releases) if adapters.package.moving else None
    )
    published_images = published_images_of(
        place.scratch, adapters, place.home, place.outputs.hear or _unheard
    )
    where = forge_placement(adapters.settings, adapters.remote.url())
    forge_target = None
    if where.rules is not None and where.home.has_releases:
        forge_target = ForgeTarget(
            HomeAccess(where.home, place.forge),
            place.files,
            where.rules,
            releases,
            tree,
            links_of(adapters),
        )
    writer = RecordWriter(scratch, scratch, SystemClock())
    return PublishTargets(
        place.clone,
        writer,
        forge_target,
        where.notes,
        moving_git_tags,
        published_images,
        tree,
        place.outputs.artefacts,
    )


def _workspace(settings: Settings, root: str) -> "Workspace | None":
    """The manifests of all packages; None where no package goes by them."""
    if all(package.requires is None for package in settings.packages):
        return None
    from tagboat.core.version_files.workspace import Workspace

    paths = {package.name: package.paths for package in settings.packages}
    return Workspace(RepositoryFiles(root), paths)


def _all_edits(
    there: _CommitAdapters, adapters: RepositoryAdapters, target: Target
) -> tuple[Edit, ...]:
    """The changes to a package's version files, and to what requires it in manifests."""
    edits = _version_edits(there.checkout, adapters, there.place.options, target)
    workspace = there.workspace()
    if workspace is None:
        return edits
    return (*edits, *workspace.edits(adapters.package.name, target.version))


def _version_edits(
    checkout: ScratchCheckout, adapters: RepositoryAdapters, options: Options, target: Target
) -> tuple[Edit, ...]:
    """The changes that make a package's version files hold a version.

    Providers of commitizen write by themselves: what they changed is read, and taken back.
    """
    entries = adapters.package.files
    if not entries:
        return ()
    from tagboat.adapters.conventions.isolate_imports import foreign_imports
    from tagboat.adapters.version_files import CommitizenProviders, VersionFiles

    root = checkout.path
    isolated = partial(foreign_imports, root, allow_repository_code=options.allow_repository_code)
    providers = CommitizenProviders(root, isolated)
    files = VersionFiles(RepositoryFiles(root), entries, providers)
    edits = files.planned(target)
    changed = files.apply_providers(target)
    if not changed:
        return edits
    after = {path: checkout.text(path) for path in changed}
    checkout.restore()
    before = {path: checkout.text(path) for path in changed}
    return (*edits, *edits_between(before, after))


def _unheard(_: str) -> None:
    """What nobody wants to hear."""
