"""The steps that make a release on a forge: a draft, its publication, what is told on issues.

That before the push looks at a plan on its way; those after it at the tag alone, so that any of
them can be done on another machine.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from tagboat.core.errors import RepositoryError
from tagboat.core.escape import in_shell
from tagboat.core.forge.release import (
    RECORD_FILE,
    Asset,
    ForgeRelease,
    ForgeRules,
    ReleaseDraft,
    ReleaseState,
    ReleaseStatus,
    asset_fault,
    foreign_text,
    with_values,
)
from tagboat.core.plan.plan import PlannedRelease
from tagboat.core.plan.tag_message import Contract
from tagboat.core.record.record import (
    TOLD,
    Event,
    RecordedForgeRelease,
    plan_part,
    record_of,
)
from tagboat.core.step import Finding, State
from tagboat.core.version.version import Version
from tagboat.ports.forge import Source
from tagboat.use_cases.steps.published import PublishedRelease
from tagboat.use_cases.steps.publishing import ForgeTarget
from tagboat.use_cases.steps.record import RecordWriter

if TYPE_CHECKING:
    from tagboat.use_cases.steps.pending import PendingRelease


_BLOCK = 1 << 18
PUBLIC = (ReleaseStatus.PUBLISHED, ReleaseStatus.HAND_EDITED)
"""How far a release of ours is that people see."""
_EDITED = "a person has edited its notes: they stay"


class ForgeReleaseView:
    """One release on a forge: what should be there, and what was seen there last."""

    def __init__(
        self,
        tagged: PublishedRelease,
        forge_target: ForgeTarget,
        more: Callable[[], str] = lambda: "",
    ) -> None:
        """``more`` is what the release's page says below the notes."""
        self.tagged = tagged
        self.forge_target = forge_target
        self._more = more
        self._state: ReleaseState | None = None
        self._held: set[str] = set()
        """The names of the files that are known to be there as they should be."""

    @property
    def is_to_come(self) -> bool:
        """Whether there is no tag yet, and so nothing to look at."""
        return self.tagged.contract is None

    @property
    def rules(self) -> ForgeRules:
        """How this release is shown."""
        return self.forge_target.rules.about(
            release_values(self.tagged.name, self.tagged.promised()[1])
        )

    def state(self) -> ReleaseState:
        """What the forge has."""
        if self._state is None:
            self._state = self.forge_target.open().find(self.tagged.name)
        return self._state

    def assets(self) -> tuple[Asset, ...]:
        """The files that the release should have. Raises ConflictError where the tag is gone."""
        promised = self.tagged.promised()[1].assets
        rules = self.rules
        dressed = (rules.dressed(self._typed(asset)) for asset in promised)
        return (*dressed, self._typed(self.record_file()[0]))

    def wanted(self) -> ReleaseDraft:
        """What the forge should have. Raises ConflictError where the tag is gone."""
        tag, contract = self.tagged.promised()
        links = self.forge_target.links
        return ReleaseDraft(
            tag.name,
            tag.commit,
            self.rules.title,
            "\n".join(filter(None, (contract.notes, self._more()))),
            self.assets(),
            Version.parse(contract.version).is_prerelease,
            self.forge_target.releases.is_latest(self.tagged),
            links.compare(contract.previous, tag.name)
            if contract.previous
            else links.commit(tag.commit),
        )

    def _typed(self, asset: Asset) -> Asset:
        return asset._replace(content_type=self.forge_target.files.content_type(asset.name))

    def record_file(self) -> tuple[Asset, Source]:
        """The part of the record that is written once, the same from every machine."""
        tag, contract = self.tagged.promised()
        text = plan_part(record_of(contract, tag.name, tag.commit))
        return self.forge_target.files.written(RECORD_FILE, text)

    def draft(self) -> ForgeRelease:
        """Make sure of the draft, or of the public release in its place."""
        self._state = self.forge_target.open().draft(self.wanted())
        if self._state.release is None:
            raise RepositoryError(f"{self.forge_target.name} shows no draft of {self.tagged.name}")
        return self._state.release

    def lacking(self) -> dict[Asset, str]:
        """The files that are not there as they should be, and what is wrong with each."""
        release = self.state().release
        stored = {} if release is None else {one.name: one for one in release.assets}
        return {
            asset: asset_fault(asset, stored[asset.name])
            if asset.name in stored
            else "it is missing"
            for asset in self.assets()
            if asset.name not in self._held
            and (asset.name not in stored or asset_fault(asset, stored[asset.name]))
        }

    def spoilt(self) -> list[str]:
        """The names of the files whose content is not as promised; downloads what it has to."""
        release, forge = self.state().release, self.forge_target.open()
        wanted = self.wanted().assets
        return [one.name for one in wanted if release is None or not forge.holds(release, one)]

    def upload(self) -> None:
        """Make sure of every file; those that are nowhere are made again, once.

        Raises RepositoryError with those that are nowhere then, and what making them again raises.
        """
        release = self.state().release or self.draft()
        nowhere = [asset for asset in self.assets() if not self._uploaded(release, asset)]
        if nowhere:
            self.forge_target.tree.build_again(self.tagged)
            nowhere = [asset for asset in nowhere if not self._uploaded(release, asset)]
        if nowhere:
            raise self._lost(nowhere)

    def publish(self) -> None:
        """Make the release public."""
        release = self.state().release or self.draft()
        self._state = self.forge_target.open().publish(release, self.wanted())

    def recorded(self) -> tuple[RecordedForgeRelease, ...]:
        """The release as its record names it."""
        release = self.state().release
        return () if release is None else (RecordedForgeRelease(id=release.id, url=release.url),)

    def contents(self) -> Iterator[tuple[Asset, Iterable[bytes]]]:
        """The files that the tag promises, each with what it holds: from here, or from the forge.

        Raises RepositoryError with one that is nowhere, and what making it again raises.
        """
        for asset in self.tagged.promised()[1].assets:
            yield asset, self._content(asset)

    def _content(self, asset: Asset) -> Iterable[bytes]:
        source, release = self._source(asset), self.state().release
        if source is None and release is not None:
            forge = self.forge_target.open()
            if forge.holds(release, asset):
                return forge.content(release, asset)
        if source is None:
            self.forge_target.tree.build_again(self.tagged)
            source = self._source(asset)
        if source is None:
            raise self._lost([asset])
        return _read_blocks(source)

    def _uploaded(self, release: ForgeRelease, asset: Asset) -> bool:
        """Make sure of one file; False where it is neither there nor here."""
        forge = self.forge_target.open()
        is_named = any(one.name == asset.name for one in release.assets)
        if not (is_named and forge.holds(release, asset)):
            source = self._source(asset)
            if source is None:
                return False
            forge.upload(release, asset, source)
        self._held.add(asset.name)
        return True

    def _source(self, asset: Asset) -> Source | None:
        if asset.name == RECORD_FILE:
            return self.record_file()[1]
        return self.forge_target.files.source([rule.path for rule in self.rules.assets], asset)

    def _lost(self, assets: list[Asset]) -> RepositoryError:
        listed = "; ".join(f"{a.name} ({a.size} bytes, SHA-256 {a.sha256})" for a in assets)
        places = ", ".join(rule.path for rule in self.rules.assets) or "forge.assets of its commit"
        return RepositoryError(
            f"files of {self.tagged.name} are neither on {self.forge_target.name} nor here: "
            f"{listed}",
            f"put them into the work tree, where forge.assets looks ({places}), and run it again; "
            f"`tagboat abandon {in_shell(self.tagged.name)} --reason WHY` ends it without them",
        )


class ReachForge:
    """The forge will take the release: it answers, the token may write, the tag's name is free.

    Found out before anything is public: a token that is refused would leave half a release.
    """

    name = "forge"
    is_courtesy = False

    def __init__(self, pending: "PendingRelease", forge_target: ForgeTarget) -> None:
        self._pending = pending
        self._forge_target = forge_target
        self._is_reached = False

    def describe(self) -> str:
        """What has to answer."""
        tag = self._pending.tag
        return f"{self._forge_target.name} takes releases, and has no other release {tag}"

    def probe(self) -> Finding:
        """Done once it has answered, or the tag is public."""
        is_done = self._is_reached or self._pending.is_public()
        return Finding(State.DONE if is_done else State.ABSENT)

    def apply(self) -> None:
        """Ask it. Raises as `tagboat.ports.forge.Forge.check_writing` does."""
        self._forge_target.open().check_writing(self._pending.tag)
        self._is_reached = True


class DraftRelease:
    """The forge has a draft of the release, one and no more."""

    name = "draft"
    is_courtesy = False

    def __init__(self, shown: ForgeReleaseView) -> None:
        self._shown = shown

    def describe(self) -> str:
        """What is drafted where."""
        return f"a draft of {self._shown.tagged.name} on {self._shown.forge_target.name}"

    def probe(self) -> Finding:
        """Done where a draft of ours is there alone, or the release is public."""
        early = early_finding(self._shown)
        if early is not None:
            return early
        seen = self._shown.state()
        if seen.condition is ReleaseStatus.ABSENT:
            return Finding(State.ABSENT)
        if seen.spares:
            return Finding(State.ABSENT, f"{len(seen.spares)} more drafts of it are there")
        return Finding(State.DONE, seen.release.url if seen.release is not None else "")

    def apply(self) -> None:
        """Make it, or take up one that is there and delete its doubles."""
        self._shown.draft()


class PublishRelease:
    """The release is public on the forge."""

    name = "publish"
    is_courtesy = False

    def __init__(self, shown: ForgeReleaseView) -> None:
        self._shown = shown

    def describe(self) -> str:
        """What is published where."""
        return f"{self._shown.tagged.name} public on {self._shown.forge_target.name}"

    def names(self) -> tuple[str, ...]:
        """The release's page."""
        return (f"the release on {self._shown.forge_target.name}",)

    def there(self) -> tuple[str, ...]:
        """It is there or it is not."""
        return ()

    def probe(self) -> Finding:
        """Done where it is; notes that a person has edited are told."""
        early = early_finding(self._shown)
        if early is not None:
            return early
        seen = self._shown.state()
        if seen.condition not in PUBLIC:
            return Finding(State.ABSENT)
        url = seen.release.url if seen.release is not None else ""
        if seen.condition is ReleaseStatus.HAND_EDITED:
            return Finding(State.DONE, ": ".join(filter(None, (url, _EDITED))), is_notable=True)
        return Finding(State.DONE, url)

    def apply(self) -> None:
        """Publish it, in one request, once it has every file."""
        self._shown.publish()


class CommentOnIssues:
    """What a release ships has a comment and a label that say so, once each.

    A release does not depend on it.
    """

    name = "issues"
    is_courtesy = True

    def __init__(self, shown: ForgeReleaseView, writer: RecordWriter) -> None:
        self._shown = shown
        self._tagged = shown.tagged
        self._writer = writer

    def describe(self) -> str:
        """What is said where."""
        rules = self._shown.forge_target.rules
        label = f"the label {rules.label!r}" if rules.label else ""
        said = " and ".join(filter(None, ("a comment" if rules.comment else "", label)))
        return f"{said} on the issues and pull requests that {self._tagged.name} ships"

    def probe(self) -> Finding:
        """Done where the record tells so, or there is nothing to tell of."""
        if self._shown.is_to_come:
            return Finding(State.ABSENT, self._shown.forge_target.fault)
        record = self._tagged.record()
        if record is not None and any(event.kind == TOLD for event in record.events):
            return Finding(State.DONE)
        number = len(self._shown.forge_target.releases.ships(self._tagged))
        return Finding(State.ABSENT, f"{number} of them") if number else Finding(State.DONE)

    def apply(self) -> None:
        """Tell each of them, and record that it was done."""
        forge, rules = self._shown.forge_target.open(), self._shown.rules
        release = self._shown.state().release
        text = with_values(rules.comment, {"url": release.url if release is not None else ""})
        for item in self._shown.forge_target.releases.ships(self._tagged):
            if text:
                forge.comment(item, text, self._tagged.name)
            if rules.label:
                forge.label(item, rules.label)
        event = Event(time=self._writer.clock.now(), kind=TOLD)
        self._writer.append(self._tagged, event)


def _read_blocks(source: Source) -> Iterator[bytes]:
    with source() as stream:
        while block := stream.read(_BLOCK):
            yield block


def early_finding(shown: ForgeReleaseView) -> Finding | None:
    """What there is to find before a release of ours is looked at; None where that is there."""
    if shown.is_to_come:
        return Finding(State.ABSENT, shown.forge_target.fault)
    seen = shown.state()
    if seen.condition is ReleaseStatus.FOREIGN and seen.release is not None:
        said = foreign_text(shown.forge_target.name, seen.release, shown.tagged.name)
        return Finding(State.CONFLICT, "; ".join(said))
    return None


def release_values(tag: str, release: Contract | PlannedRelease) -> dict[str, str]:
    """What the texts of a release's rules may name."""
    return {"version": release.version, "tag": tag, "name": release.package}
