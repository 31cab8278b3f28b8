"""Sections: what each version brought; of one version, of what is unreleased, or of all history."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tagboat.core.bump.assess import ReleasedMessages, assess
from tagboat.core.changelog.timeline import (
    Cut,
    Dependency,
    Section,
    Timeline,
    dependencies_told,
    passed_by,
)
from tagboat.core.commits.commit import Commit, CommitGraph, WalkProgress
from tagboat.core.next_version.next_version import AssessedRange
from tagboat.core.next_version.package import Package
from tagboat.core.version.channel import Channel, token_of
from tagboat.core.version.tag import Tagging, VersionTag
from tagboat.ports.git import History
from tagboat.use_cases.next_version.commit_range import (
    CommitRange,
    assess_range,
    newest_of,
    since_base,
)
from tagboat.use_cases.next_version.repository_state import RepositoryState


class SectionOptions(NamedTuple):
    """What a changelog is to hold.

    ``folded`` leaves prereleases out whose changes stand in the stable version that follows;
    ``newcomers`` asks for first-time authors, which takes all earlier history; ``watch`` wraps a
    walk over all history, to show progress; ``logins`` asks for the authors that tags tell;
    ``tell`` hears of versions that have no section because their tags stand beside the history.
    """

    folded: bool = True
    newcomers: bool = False
    watch: WalkProgress = iter
    logins: bool = False
    tell: Callable[[str], None] | None = None


class Planned(NamedTuple):
    """A section before its commits are weighed; ``time`` is its tag's."""

    cut: Cut
    head: str
    time: int | None


_EVERYTHING = SectionOptions()
_MOST_NAMED = 3


class Sections:
    """Cuts the history of one package into sections."""

    def __init__(
        self, history: History, package: Package, wanted: SectionOptions = _EVERYTHING
    ) -> None:
        self._history = history
        self._package = package
        self._wanted = wanted
        # Kept as long as the sections are: to take one apart takes as long as to cut it.
        self._timelines: list[Timeline] = []
        self._told: dict[str, tuple[tuple[Dependency, ...], str]] = {}

    def of_version(self, tagging: Tagging, tag: VersionTag) -> Section:
        """The section of one released version."""
        earlier = [other for other in _lane(tagging, tag) if other.version < tag.version]
        since = since_base(self._history, tag.commit, earlier)
        self._ask([tag])
        return self._section(since, tag, _time(tag, self._history.tag_times(), since.commits))

    def unreleased(
        self, repository_state: RepositoryState, weighed: AssessedRange | None = None
    ) -> Section:
        """The section of what the channel has not released, some of it ``weighed`` already."""
        since = repository_state.since
        if weighed is not None and weighed.newest is not None and not self._wanted.newcomers:
            return Section(None, "", since.head, None, weighed.newest.name, weighed.fresh)
        newest = newest_of(
            self._history, repository_state.channel, repository_state.tagging.tags, since
        )
        if newest is not None and newest is not since.base:
            since = since_base(self._history, since.head, [newest])
        return self._section(since, None, None)

    def planned(
        self,
        repository_state: RepositoryState,
        head: str,
        floor: str = "",
        *,
        released: bool = False,
    ) -> list[Planned]:
        """What the sections of ``head`` and its ancestors hold, the highest version first.

        ``floor`` leaves out the versions reachable from that commit. The first section is what is
        not released yet, unless ``released`` says that all of ``head`` is.
        """
        visits = self._wanted.watch(self._history.walk(head))
        timeline = Timeline(commit for commit, _ in visits)
        self._timelines.append(timeline)
        tag_times = self._history.begin_tag_times()
        tags = _spelled_once(repository_state.tagging, timeline)
        plan = _layout(timeline, tags, repository_state.channel, head, self._wanted)
        self._ask([cut.tag for cut in plan if cut.tag is not None])
        hidden = self._below(floor)
        times = tag_times()
        if self._wanted.tell is not None:
            passed = passed_by(timeline, repository_state.tagging.tags, times)
            near = (tag for tag, above in passed if hidden.isdisjoint((tag.commit, above.commit)))
            told = self._beside(timeline, list(near))
            if told:
                self._wanted.tell(told)
        return [
            Planned(cut, head, _time(cut.tag, times, cut.commits))
            for cut in plan
            if not (released if cut.tag is None else cut.tag.commit in hidden)
        ]

    def _beside(self, timeline: Timeline, passed: Sequence[VersionTag]) -> str:
        """What to say of versions that are left out though only their own commits are not here."""
        places = [(tag, number) for tag in passed for number in (1, 2)]
        asked = [f"{tag.commit}^{number}" for tag, number in places]
        parents = self._history.objects(asked) if asked else []
        beside = [
            tag.name
            for tag, first, second in zip(passed, parents[::2], parents[1::2], strict=True)
            if first in timeline and (not second or second in timeline)
        ]
        if not beside:
            return ""
        from tagboat.core.plan.plan import first_of

        are, have, each = ("are", "have", "each") if beside[1:] else ("is", "has", "it")
        return (
            f"{first_of(beside, _MOST_NAMED)} {are} tagged beside this branch and {have} no "
            f"section: what leads up to {each} stands under the version that follows"
        )

    def _ask(self, tags: Sequence[VersionTag]) -> None:
        """Look up what tags tell: what releases were made for, where that may be, and logins."""
        is_wanted = self._package.needs or self._package.group or self._wanted.logins
        if not is_wanted or not tags:
            return
        from tagboat.core.plan.tag_message import contract_of

        texts = self._history.texts([f"refs/tags/{tag.name}" for tag in tags])
        for tag, text in zip(tags, texts, strict=True):
            contract = contract_of((text or "").partition("\n\n")[2])
            if contract is not None:
                logins = contract.logins if self._wanted.logins else ""
                self._told[tag.name] = dependencies_told(contract.because), logins

    def all(
        self,
        repository_state: RepositoryState,
        head: str,
        floor: str = "",
        *,
        released: bool = False,
    ) -> Iterator[Section]:
        """The sections that `planned` lays out, weighed."""
        weighed = self.weigher(head)
        return map(weighed, self.planned(repository_state, head, floor, released=released))

    def weigher(self, head: str) -> Callable[[Planned], Section]:
        """What makes a section of one that is planned."""
        if not self._package.is_part:
            return lambda planned: self._weighed(planned, None)
        from tagboat.use_cases.next_version.owned_commits import owned_commits

        owned, name = owned_commits(self._history, self._package, head), self._package.name

        def weighed(planned: Planned) -> Section:
            touching = (one.id for one in planned.cut.commits if name in owned.of(one))
            return self._weighed(planned, frozenset(touching))

        return weighed

    def _below(self, floor: str) -> set[str]:
        """All commits reachable from a floor."""
        if not floor:
            return set()
        return {visit.commit.id for visit in self._history.walk(floor)}

    def _weighed(self, planned: Planned, touching: frozenset[str] | None) -> Section:
        """Weigh a section that was cut out of the whole history."""
        cut, head, time = planned
        graph = CommitGraph(cut.commits)
        released = ReleasedMessages(cut.released, cut.titles)
        assessments = assess(graph, self._package.policy, released, touching)
        version = cut.tag.version if cut.tag is not None else None
        return Section(
            version,
            cut.tag.name if cut.tag is not None else "",
            cut.tag.commit if cut.tag is not None else head,
            time,
            cut.base.name if cut.base is not None else "",
            assessments,
            cut.newcomers if self._wanted.newcomers else None,
            *self._told.get(cut.tag.name if cut.tag is not None else "", ((), "")),
        )

    def _section(self, since: CommitRange, tag: VersionTag | None, time: int | None) -> Section:
        """Weigh a section that was read on its own."""
        assessed = assess_range(self._history, self._package, Channel(""), (), since)
        return Section(
            tag.version if tag is not None else None,
            tag.name if tag is not None else "",
            since.head,
            time,
            since.base.name if since.base is not None else "",
            assessed.assessments,
            self._newcomers(since) if self._wanted.newcomers else None,
            *self._told.get(tag.name if tag is not None else "", ((), "")),
        )

    def _newcomers(self, since: CommitRange) -> frozenset[str]:
        """The e-mail addresses of authors without a commit before the base."""
        here = frozenset(commit.author_email.lower() for commit in since.commits)
        if since.base is None or not here:
            return here
        return here - self._history.authors(since.base.commit)


def _time(
    tag: VersionTag | None, times: Mapping[str, int], commits: Iterable[Commit]
) -> int | None:
    """When a tag was made; where only the remote has it, when its commit was."""
    if tag is None or tag.name in times:
        return times[tag.name] if tag is not None else None
    return next((commit.time for commit in commits if commit.id == tag.commit), None)


def _lane(tagging: Tagging, tag: VersionTag) -> list[VersionTag]:
    """The tags among which a version's base is: stable ones, and prereleases of its own token."""
    channel = Channel("", token_of(tag.version))
    return [other for other in tagging.tags if channel.owns(other.version)]


def _spelled_once(tagging: Tagging, timeline: Timeline) -> tuple[VersionTag, ...]:
    """The version tags inside a history, one for each version, the usual spelling preferred."""
    chosen: dict[object, VersionTag] = {}
    for tag in tagging.tags:
        if tag.commit in timeline and (
            tag.version not in chosen or tag.name == tagging.format.spell(tag.version)
        ):
            chosen[tag.version] = tag
    return tuple(sorted(chosen.values(), key=lambda tag: tag.version, reverse=True))


def _layout(
    timeline: Timeline,
    tags: Sequence[VersionTag],
    channel: Channel,
    head: str,
    wanted: SectionOptions,
) -> list[Cut]:
    """Cut a history: the unreleased part, then each version that is to be shown.

    The tags are those inside it, the highest version first.
    """
    newest = next((tag for tag in tags if channel.owns(tag.version)), None)
    shown = _shown_tags(timeline, tags, channel) if wanted.folded else tags
    bases: dict[str, VersionTag | None] = {"": newest}
    pending = shown if newest is None else [*shown, newest]
    while pending:
        by_token: dict[str, list[VersionTag]] = {}
        for tag in pending:
            by_token.setdefault(token_of(tag.version), []).append(tag)
        for token, of_token in by_token.items():
            owns = Channel("", token).owns
            lane = [tag for tag in tags if owns(tag.version)]
            bases.update(timeline.bases(of_token, lane))
        pending = [b for b in bases.values() if b is not None and b.name not in bases]
    by_name = {tag.name: tag for tag in tags}
    heads = [(by_name.get(name), by_name[name].commit if name else head) for name in bases]
    found = timeline.cuts(heads, bases, newcomers=wanted.newcomers)
    cuts = {cut.tag.name if cut.tag is not None else "": cut for cut in found}
    return [cuts[name] for name in ("", *(tag.name for tag in shown))]


def _shown_tags(
    timeline: Timeline, tags: Sequence[VersionTag], channel: Channel
) -> list[VersionTag]:
    """The tags without the prereleases whose changes stand in another section of the changelog.

    That is a stable version's that has them, or what is unreleased on a channel that is not theirs.
    """
    stable = [tag for tag in tags if not tag.version.is_prerelease]
    own = [tag for tag in tags if channel.has_token(tag.version)]
    passed = [tag for tag in own if stable and tag.version < stable[0].version]
    within = timeline.reachable_from(tag.commit for tag in stable) if passed else frozenset[str]()
    folded = {tag.name for tag in passed if tag.commit in within}
    kept = {tag.name for tag in (*stable, *own)} - folded
    return [tag for tag in tags if tag.name in kept]
