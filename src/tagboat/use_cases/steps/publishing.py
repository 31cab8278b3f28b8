"""Where a release is announced beside git: its forge, its images, the tags that follow."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tagboat.core.errors import ConflictError
from tagboat.core.escape import in_shell
from tagboat.core.forge.links import Links
from tagboat.core.forge.release import Asset, ForgeRules
from tagboat.core.plan.command import Command, Point, variables
from tagboat.core.record.record import RAN, Event
from tagboat.core.step import Finding, State
from tagboat.ports.forge import Artefacts, AssetFiles, Forge, ForgeAccess
from tagboat.ports.publishing import UserClone
from tagboat.use_cases.images.release_images import PublishedImages
from tagboat.use_cases.steps.commands import ReleaseTree
from tagboat.use_cases.steps.moving_tags import MovingGitTags
from tagboat.use_cases.steps.published import PackageReleases, PublishedRelease
from tagboat.use_cases.steps.record import RecordWriter


class ForgeTarget(NamedTuple):
    """Where and how the releases of a repository are shown on a forge.

    ``tree`` is where files of a release that are nowhere are made again, ``releases`` those of its
    package. ``links`` lead to what the notes are about. ``is_read_only`` is for looking alone: what
    stands in the way is told by whoever looks, as an error.
    """

    access: ForgeAccess
    files: AssetFiles
    rules: ForgeRules
    releases: PackageReleases
    tree: ReleaseTree
    links: Links = Links()
    is_read_only: bool = False

    @property
    def name(self) -> str:
        """The forge and the repository on it, for a person."""
        return self.access.name

    @property
    def fault(self) -> str:
        """Why there is no way in, which whoever opens it is told."""
        return "" if self.is_read_only else self.access.fault

    def open(self) -> Forge:
        """The forge. Raises RepositoryError where there is no way in."""
        return self.access.to_read() if self.is_read_only else self.access.to_change()


class PublishTargets(NamedTuple):
    """Where a release is announced beside git, as the configuration at its commit has it.

    ``writer`` keeps its record; ``forge_target`` is its place on a forge; ``notes`` say why there
    is none, unless that is meant; ``moving_git_tags`` are the git tags that follow;
    ``published_images`` has the images that are published; in ``tree`` the commands are run that
    publish what else there is; ``artefacts`` are kept where somebody asks for them.
    """

    clone: UserClone
    writer: RecordWriter
    forge_target: ForgeTarget | None = None
    notes: tuple[str, ...] = ()
    moving_git_tags: MovingGitTags | None = None
    published_images: PublishedImages | None = None
    tree: ReleaseTree | None = None
    artefacts: Artefacts | None = None

    @property
    def late_commands(self) -> tuple[Command, ...]:
        """The `after-push` commands."""
        return self.tree.release_commands.at(Point.PUSHED) if self.tree is not None else ()

    def for_reading(self) -> "PublishTargets":
        """The same for looking alone, once."""
        forge, images = self.forge_target, self.published_images
        return self._replace(
            forge_target=forge and forge._replace(is_read_only=True),
            published_images=images and images._replace(registry=images.registry.remembering()),
        )

    @property
    def is_quiet(self) -> bool:
        """Whether the push is all there is to it."""
        return (
            self.forge_target is None
            and self.published_images is None
            and self.moving_git_tags is None
            and not self.late_commands
        )


class RunAfterPush:
    """The `after-push` commands were run: what they publish is there.

    Each is noted in the record when it ends, so that it is run again only where a run was killed in
    between; and not then, where its ``unless`` says that it is done.
    """

    name = Point.PUSHED.value
    is_courtesy = False

    def __init__(self, tagged: PublishedRelease, targets: PublishTargets) -> None:
        self._tagged = tagged
        self._targets = targets

    def describe(self) -> str:
        """What is run."""
        return ", ".join(self._told(self._targets.late_commands))

    def names(self) -> tuple[str, ...]:
        """What each of them publishes."""
        return self._told(self._targets.late_commands)

    def there(self) -> tuple[str, ...]:
        """What those publish that the record knows of."""
        waiting = self._waiting()
        return self._told(one for one in self._targets.late_commands if one not in waiting)

    def probe(self) -> Finding:
        """Done where the record knows of each, or of the end of the release."""
        record = self._tagged.record()
        is_ended = record is not None and record.is_ended
        return Finding(State.DONE if is_ended or not self._waiting() else State.ABSENT)

    def apply(self) -> None:
        """Run what the record does not know of, and note it there.

        Raises ConflictError where the files of the release can't be made again as they were, and
        what the ports raise.
        """
        tag, contract = self._tagged.promised()
        told, writer = variables(contract, tag.name, tag.commit), self._targets.writer
        for command in self._waiting():
            self._run(command, tag.commit, told)
            done = Event(time=writer.clock.now(), kind=RAN, detail=str(command))
            writer.append(self._tagged, done)

    def _run(self, command: Command, commit: str, told: Mapping[str, str]) -> None:
        """Run a command, unless it says by itself that it is done."""
        tree, check = self._targets.tree, command.check
        if tree is None:
            return
        runner = tree.release_commands.runner
        if check is None or not runner.succeeds(check, tree.folder(commit), told):
            tree.build_again(self._tagged)
            self._require_files()
            runner.run(command, tree.folder(commit), told)

    def _require_files(self) -> None:
        """Raise ConflictError where a file is another one than the tag promises."""
        forge, (_, contract) = self._targets.forge_target, self._tagged.promised()
        if forge is None or not contract.assets:
            return
        rules = forge.rules.about({"version": contract.version, "tag": self._tagged.name})
        made = {one.name: one for one in forge.files.collect([rule.path for rule in rules.assets])}
        other = [
            one.name for one in contract.assets if not _is_as_promised(one, made.get(one.name))
        ]
        if other:
            raise ConflictError(
                f"made again, {', '.join(other)} is another file than {self._tagged.name} promises",
                "let SOURCE_DATE_EPOCH make builds repeatable; this release is ended by "
                f"`tagboat abandon {in_shell(self._tagged.name)} --reason WHY`",
            )

    def _waiting(self) -> tuple[Command, ...]:
        """The commands that the record does not know of, in order."""
        record = self._tagged.record()
        known = frozenset() if record is None else record.commands_run
        return tuple(one for one in self._targets.late_commands if str(one) not in known)

    @staticmethod
    def _told(commands: Iterable[Command]) -> tuple[str, ...]:
        return tuple(f"`{command}`" for command in commands)


def _is_as_promised(promised: Asset, made: Asset | None) -> bool:
    return made is not None and (made.size, made.sha256) == (promised.size, promised.sha256)
