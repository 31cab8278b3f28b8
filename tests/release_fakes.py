"""A project whose releases are made in memory: history, remote, forge, registries, this clone."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from tagboat.core.changelog.options import ChangelogOptions
from tagboat.core.commits.commit import RepositoryInfo
from tagboat.core.forge.links import Links
from tagboat.core.forge.release import ForgeRules
from tagboat.core.images.image import Image
from tagboat.core.images.registry import repository
from tagboat.core.images.tags import tag_rules
from tagboat.core.next_version.next_version import VersionOverride
from tagboat.core.next_version.package import Package, PackageSet
from tagboat.core.plan.command import ReleaseRules
from tagboat.core.plan.plan import Plan, value_digest
from tagboat.core.record.record import Record, note_text, read_note
from tagboat.core.settings import Settings
from tagboat.core.version.channel import DEFAULT_RULES, ChannelRule
from tagboat.core.version.version import Version
from tagboat.core.version_files.edits import Edit, Target, edit_between
from tagboat.ports.publishing import Checkout
from tagboat.use_cases.changelog.changelog import Style
from tagboat.use_cases.images.release_images import PublishedImages
from tagboat.use_cases.next_version.package_versions import PackageVersions
from tagboat.use_cases.next_version.repository_state import BaseFinder, Query
from tagboat.use_cases.plan.make_plan import CommitInputs, PlanInputs, PlanRequest
from tagboat.use_cases.release.context import ReleaseContext, ReleaseResult, ReleaseTarget
from tagboat.use_cases.release.release import apply_plan, dry_run, release
from tagboat.use_cases.steps.commands import ReleaseCommands, ReleaseTree, SharedTree
from tagboat.use_cases.steps.moving_tags import MovingGitTags
from tagboat.use_cases.steps.published import PackageReleases
from tagboat.use_cases.steps.publishing import ForgeTarget, PublishTargets
from tagboat.use_cases.steps.record import RecordWriter
from tagboat.use_cases.steps.remote_state import RemoteState
from tests.fake_registry import MemoryBuilder, MemoryRegistry, MemorySigner
from tests.fakes import (
    MINUTE,
    Effects,
    Killed,
    MemoryHistory,
    MemoryRemote,
    OneWorker,
    PlainRenderer,
)
from tests.forge_fakes import (
    MemoryAccess,
    MemoryArtefacts,
    MemoryFiles,
    MemoryForge,
    MemoryLogins,
)
from tests.git_fakes import (
    MemoryCheckout,
    MemoryClone,
    MemoryCommands,
    MemoryScratch,
    StandingClock,
)

if TYPE_CHECKING:
    from tagboat.core.errors import TagboatError
    from tagboat.use_cases.release.converge import Progress

PAGE = "https://github.com/acme/app"
FOLLOWED = Package(moving=tag_rules(["v{major}", "v{major}.{minor}"]), tag="v{version}")
"""A package with git tags that follow its releases."""
APP = Image(
    "app", ("a.example/app", "b.example/app"), tags=("{version}", "{major}.{minor}", "latest")
)
FIRST, SECOND = map(repository, APP.repositories)


class Configured(Settings):
    """Settings of which the rules of releases are known."""

    def __init__(self, rules: ReleaseRules) -> None:
        self._rules = rules

    @property
    def release(self) -> ReleaseRules:
        return self._rules

    @property
    def digest(self) -> str:
        return value_digest(str(self._rules))


class Public(NamedTuple):
    """All that people see of a project."""

    tags: dict[str, str]
    messages: dict[str, str]
    records: dict[str, list[str]]
    releases: list[tuple[str, bool, list[str]]]
    latest: str | None
    images: dict[str, dict[str, str]]


class Project:
    """A repository with its remote, and where its releases are published.

    ``package`` is that of every commit but of those in ``packages``, ``others`` are those beside
    it; ``rules`` say how releases are
    made. ``forge_rules`` None: there is no forge. ``forge_fault`` is what stands in the way there,
    but to look where it ``is_forge_open``. A commit in ``faults`` can't be read. ``effects``
    are all that was changed anywhere. Each `context` is a run in a scratch clone of its own.
    """

    def __init__(
        self,
        package: Package = Package(),  # noqa: B008 - a value
        rules: ReleaseRules = ReleaseRules(),  # noqa: B008 - a value
        *others: Package,
        forge_rules: ForgeRules | None = None,
    ) -> None:
        self.package, self.rules, self.forge_rules = package, rules, forge_rules
        self.effects = Effects()
        self.history = MemoryHistory()
        self.scratch = MemoryScratch(self.history)
        self.clone, self.commands = MemoryClone(), MemoryCommands()
        self.forge, self.registry = MemoryForge(), MemoryRegistry()
        self.files, self.signer = MemoryFiles(), MemorySigner()
        self.artefacts: MemoryArtefacts | None = None
        self.logins: MemoryLogins | None = None
        self.builder = MemoryBuilder(pushes_to=self.registry)
        self.clock = StandingClock()
        self.forge_fault, self.is_forge_open = "", False
        self.packages: dict[str, Package] = {}
        self.others = others
        self.faults: dict[str, TagboatError] = {}
        self.steps: list[Progress] = []
        for fake in (self.scratch, self.clone, self.commands, self.forge, self.registry):
            fake.effects = self.effects
        self.builder.effects = self.signer.effects = self.effects

    # What people do

    def change(self, message: str, *paths: str) -> str:
        """Commit a change of some files on top of main, and push; the commit's id."""
        made = self.commit(message)
        self.history.paths[made] = paths
        return made

    def commit(self, message: str, *merged: str, branch: str = "main", **files: str) -> str:
        """Commit on top of a branch of the remote, and push; the commit's id."""
        made = self.local(message, *merged, branch=branch, **files)
        self.scratch.tips[branch] = made
        return made

    def local(self, message: str, *merged: str, branch: str = "main", **files: str) -> str:
        """Commit on top of a branch of the remote, and don't push."""
        self.history.switch(self.scratch.tips.get(branch))
        made = self.history.commit(message, *merged)
        parents = self.history.commits[made].parents
        before = self.scratch.files_at(parents[0]) if parents else {"Dockerfile": "FROM scratch\n"}
        self.scratch.files[made] = before | {name.replace("_", "."): t for name, t in files.items()}
        return made

    def branch(self, name: str, commit: str) -> None:
        """Make a branch on the remote."""
        self.scratch.tips[name] = commit

    def tag(self, name: str, commit: str = "") -> None:
        """Tag a commit by hand, main's tip where none is given, and push the tag."""
        self.scratch.public(name, commit or self.tip())
        self.scratch.made[name] = self.now

    def tip(self, branch: str = "main") -> str:
        """The commit of a branch on the remote."""
        return self.scratch.tips[branch]

    # Runs

    @property
    def now(self) -> int:
        """The time, which goes on with each commit."""
        return len(self.history.commits) * MINUTE

    def context(
        self,
        commit: str = "",
        branch: str = "main",
        *,
        remote: str = "origin",
        channels: Sequence[ChannelRule] = DEFAULT_RULES,
        faults: Sequence[str] = (),
    ) -> ReleaseContext:
        """Where a run works that was started for a commit, the branch's tip where none is given."""
        scratch = self.scratch.another()
        self.clock.time = self.now
        head = commit or self.scratch.tips.get(branch, "")
        state = RemoteState(scratch, scratch, branch, self.clock)
        target = ReleaseTarget(head, branch, remote, channels, tuple(faults))
        packages = partial(self.packages_at, head)
        opened = partial(self._checked_out, scratch, branch)
        writer = RecordWriter(scratch, scratch, self.clock)
        return ReleaseContext(
            state, scratch.history, target, packages, opened, writer, self.steps.append
        )

    def request(self, override: VersionOverride = VersionOverride()) -> PlanRequest:  # noqa: B008 - a value
        """What a run asks for, now."""
        return PlanRequest("main", "origin", override, self.now, "tagboat 1")

    def release(self, commit: str = "", version: str = "", branch: str = "main") -> ReleaseResult:
        """Release what is due, or as a version that is asked for."""
        asked = VersionOverride(Version.parse(version) if version else None)
        request = self.request(asked)._replace(branch=branch)
        return release(self.context(commit, branch), request)

    def apply(self, plan: Plan) -> ReleaseResult:
        """Make a plan real, which says all about where."""
        context = self.context(branch=plan.branch, channels=(ChannelRule(plan.branch),))
        target = context.release_target._replace(commit="")
        return apply_plan(context._replace(release_target=target), plan)

    def planned(self) -> Plan:
        """The plan of what is due."""
        plan = dry_run(self.context(), self.request()).result.plan
        assert plan is not None
        return plan

    def released(self, *messages: str) -> ReleaseResult:
        """Commit, one after the other, and release."""
        for message in messages:
            self.commit(message)
        return self.release()

    def killed(self, run: Callable[[], object], last: int | str) -> bool:
        """Run something that is killed right after an effect: the number of it, or its name.

        False where it ended before that.
        """
        self.effects.end_after(last)
        try:
            run()
        except Killed:
            return True
        finally:
            self.effects.end_after(0)
        return False

    def packages_at(self, commit: str) -> tuple[Package, ...]:
        """The packages, as the configuration at a commit has them."""
        if commit in self.packages:
            return (self.packages[commit],)
        return (self.package, *self.others)

    @contextmanager
    def _checked_out(
        self, scratch: MemoryScratch, branch: str, commit: str
    ) -> Iterator[CommitInputs]:
        if commit in self.faults:
            raise self.faults[commit]
        packages = self.packages_at(commit)
        with scratch.checked_out(commit) as checkout, SharedTree(scratch) as shared:
            versions = None if len(packages) == 1 else self._versions(scratch, branch, packages)
            make = partial(self._inputs, scratch, branch, checkout, shared)
            inputs = {one.name: make(one)._replace(versions=versions) for one in packages}
            yield CommitInputs(tuple(inputs), inputs.__getitem__)

    def _remote(self, scratch: MemoryScratch) -> MemoryRemote:
        origin = copy(self.history)
        origin.refs = {name: tag.commit for name, tag in self.scratch.tags.items()}
        return MemoryRemote(origin, scratch.history)

    def _versions(
        self, scratch: MemoryScratch, branch: str, packages: tuple[Package, ...]
    ) -> PackageVersions:
        among, place = PackageSet(packages), Query(channel=branch)
        remote = self._remote(scratch)
        return PackageVersions(
            scratch.history, remote, among, place, lambda packages, _: [None] * len(packages)
        )

    def _inputs(
        self,
        scratch: MemoryScratch,
        branch: str,
        checkout: MemoryCheckout,
        shared: SharedTree,
        package: Package,
    ) -> PlanInputs:
        history, links = scratch.history, Links.from_remote(PAGE)
        options = ChangelogOptions(logins=self.logins is not None)
        style = Style(PlainRenderer(), options, links)
        tree = ReleaseTree(shared, ReleaseCommands(package.commands, self.commands))
        return PlanInputs(
            BaseFinder(history, self._remote(scratch), package, Query(channel=branch)),
            RepositoryInfo(checkout.commit_id, None, history.listed()),
            links,
            lambda: style,
            OneWorker(),
            package.changelog,
            checkout,
            partial(_version_edits, checkout, package),
            Configured(self.rules),
            self._targets(scratch, package, tree),
            tree,
            logins=self.logins,
        )

    def _targets(
        self, scratch: MemoryScratch, package: Package, tree: ReleaseTree
    ) -> PublishTargets:
        releases = PackageReleases(scratch.history, package)
        images = [one for one in package.images if one.repositories]
        published = PublishedImages(
            package.images,
            {one.name: tag_rules(one.tags) for one in images},
            self.registry,
            {one.name: self.signer for one in images if one.sign},
            lambda: self.builder,
            scratch,
            PAGE,
            lambda _: None,
        )
        access = MemoryAccess(self.forge, self.forge_fault, is_open=self.is_forge_open)
        rules = self.forge_rules
        return PublishTargets(
            self.clone,
            RecordWriter(scratch, scratch, self.clock),
            None if rules is None else ForgeTarget(access, self.files, rules, releases, tree),
            ("no forge release",) if rules is None else (),
            MovingGitTags(package.moving, releases) if package.moving else None,
            published if images else None,
            tree,
            self.artefacts,
        )

    # What is there

    @property
    def tags(self) -> list[str]:
        """The names of the remote's tags, in the order of their names."""
        return sorted(self.scratch.tags)

    def at(self, tag: str) -> str:
        """The commit of a tag."""
        return self.scratch.tags[tag].commit

    def message(self, tag: str) -> str:
        """The message of a tag."""
        return self.scratch.messages[self.scratch.tags[tag].object]

    def record(self, tag: str) -> Record:
        """The record of a release."""
        return self.records()[tag]

    def records(self) -> dict[str, Record]:
        """All records, by tag."""
        return {
            tag: record
            for commit, text in self.scratch.records.items()
            for tag, record in read_note(text, commit).items()
        }

    def kinds(self, tag: str) -> list[str]:
        """What happened to a release, as its record tells."""
        return [event.kind for event in self.record(tag).events]

    def keep(self, record: Record) -> None:
        """Put a record in the place of the one that is there."""
        commit = record.commit
        known = read_note(self.scratch.records.get(commit, ""), commit)
        self.scratch.records[commit] = note_text(known | {record.tag: record})
        self.scratch.newest[:] = [commit]

    def reopen(self, tag: str) -> None:
        """Take the end of a release out of its record, as a run leaves it that is killed before."""
        self.keep(replace(self.record(tag), events=()))

    def delete(self, tag: str) -> None:
        """Delete a tag on the remote."""
        del self.scratch.tags[tag]

    def public(self) -> Public:
        """All that people see, apart from staging tags."""
        tags = {name: tag.commit for name, tag in self.scratch.tags.items()}
        releases = (
            (one.tag, one.is_draft, sorted(file.name for file in one.assets))
            for one in self.forge.releases.values()
        )
        return Public(
            tags,
            {name: self.message(name) for name in tags},
            {name: [event.kind for event in one.events] for name, one in self.records().items()},
            sorted(releases),
            self.forge.latest,
            {
                str(place): {name: one for name, one in held.items() if "tagboat-" not in name}
                for place, held in self.registry.held.items()
            },
        )


def _version_edits(checkout: Checkout, package: Package, target: Target) -> tuple[Edit, ...]:
    """The changes that make files with nothing but a version hold another one."""
    texts = [(path, checkout.text(path)) for path in package.files]
    edits = (edit_between(path, text or "", str(target.version)) for path, text in texts)
    return tuple(filter(None, edits))
