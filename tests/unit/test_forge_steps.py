"""The steps of a release on a forge: what each finds, and what it does about it."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from tagboat.core.commits.commit import Commit
from tagboat.core.errors import ConflictError, RepositoryError, TagboatError, UsageError
from tagboat.core.forge.links import Links
from tagboat.core.forge.release import (
    RECORD_FILE,
    Asset,
    AssetRule,
    ForgeRelease,
    ForgeRules,
    marked,
)
from tagboat.core.next_version.package import Package, PackageSet
from tagboat.core.plan.command import Command, Point
from tagboat.core.plan.tag_message import Contract
from tagboat.core.record.record import TOLD, RecordedForgeRelease, read_note
from tagboat.core.step import Finding, State, Step
from tagboat.use_cases.release.converge import converge
from tagboat.use_cases.release.steps_in_order import Phase, UnpublishedRelease, steps_in_order
from tagboat.use_cases.steps.assets import CollectAssets, UploadAssets, refuse_present
from tagboat.use_cases.steps.commands import ReleaseCommands, ReleaseTree, SharedTree
from tagboat.use_cases.steps.forge_release import (
    CommentOnIssues,
    DraftRelease,
    ForgeReleaseView,
    PublishRelease,
    ReachForge,
)
from tagboat.use_cases.steps.pending import PendingRelease
from tagboat.use_cases.steps.published import PackageReleases, PublishedRelease
from tagboat.use_cases.steps.publishing import ForgeTarget, PublishTargets
from tagboat.use_cases.steps.record import RecordWriter
from tagboat.use_cases.steps.remote_state import RemoteState
from tests.forge_fakes import (
    COMMIT,
    CONTRACT,
    TAG,
    MemoryAccess,
    MemoryFiles,
    MemoryForge,
    asset,
    ours,
)
from tests.git_fakes import MemoryClone, MemoryCommands, MemoryScratch, StandingClock
from tests.plans import contract_of_one, pending_release, plan_of_one

ZIP = asset("app.zip", b"zip")
PROMISED = replace(CONTRACT, assets=(ZIP,))
RULES = ForgeRules("App {version}", (AssetRule("app.zip", "An app"),))
FOREIGN = ForgeRelease("1", TAG, "by hand", is_draft=False)
NO_TOKEN = "a token is needed"  # noqa: S105 - a message
PLAN = plan_of_one(
    package="app",
    version="1.4.0",
    tag=TAG,
    previous="v1.3.0",
    source=COMMIT,
    bump="minor",
    reason="a feature",
    notes="## 1.4.0\n",
    time=1,
    message=None,
)


def rest(_: int) -> None:
    """Nobody else is at work here."""


class Scene:
    """A release in a booth, with everything that steps look at."""

    def __init__(
        self,
        *releases: ForgeRelease,
        contract: Contract | None = PROMISED,
        rules: ForgeRules = RULES,
        fault: str = "",
        message: str = "feat: a",
    ) -> None:
        self.forge = MemoryForge(*releases, refuses="odd.zip")
        self.files = MemoryFiles(**{"app.zip": b"zip"})
        self.scratch = MemoryScratch(main=COMMIT)
        if contract is not None:
            self.scratch.public(TAG, COMMIT, contract)
        self.scratch.history.commits[COMMIT] = Commit(COMMIT, (), message)
        self.writer = RecordWriter(self.scratch, self.scratch, StandingClock(7))
        self.remote_state = RemoteState(self.scratch, self.scratch, "main", self.writer.clock)
        package = PackageReleases(self.scratch.history, Package())
        self.tree = ReleaseTree(SharedTree(self.scratch), ReleaseCommands((), MemoryCommands()))
        self.forge_target = ForgeTarget(
            MemoryAccess(self.forge, fault), self.files, rules, package, self.tree
        )

    @property
    def shown(self) -> ForgeReleaseView:
        """The release as a run that has seen nothing yet has it."""
        return ForgeReleaseView(PublishedRelease(self.remote_state, TAG), self.forge_target)

    @property
    def record_file(self) -> Asset:
        return self.shown.record_file()[0]

    def loop(self) -> CommentOnIssues:
        return CommentOnIssues(self.shown, self.writer)


STEPS = [DraftRelease, UploadAssets, PublishRelease]


def make(step: Step) -> Finding:
    """Probe, apply and probe again, as `converge` does."""
    converge([step], lambda _: None, rest)
    return step.probe()


def whole(scene: Scene, *, is_draft: bool) -> Scene:
    """A scene with one release that has all its files."""
    release = ours("1", is_draft=is_draft, assets=(ZIP, scene.record_file))
    scene.forge.releases["1"] = release
    return scene


@pytest.mark.parametrize(
    ("previous", "url"),
    [
        ("v1.3.0", f"https://github.com/a/b/compare/v1.3.0...{TAG}"),
        ("", f"https://github.com/a/b/commit/{COMMIT}"),
    ],
)
def test_cut_notes_lead_to_what_changed(previous: str, url: str) -> None:
    scene = Scene(contract=replace(PROMISED, previous=previous))
    links = Links("github", "https://github.com", "a/b")
    scene.forge_target = scene.forge_target._replace(links=links)
    assert scene.shown.wanted().changes_url == url


@pytest.mark.parametrize("step", STEPS)
def test_nothing_is_there_before_the_tag(step: type[DraftRelease]) -> None:
    scene = Scene(FOREIGN, contract=None)
    assert step(scene.shown).probe() == Finding(State.ABSENT)


@pytest.mark.parametrize("step", STEPS)
def test_missing_way_in_is_told_by_a_plan(step: type[DraftRelease]) -> None:
    made = step(Scene(contract=None, fault=NO_TOKEN).shown)
    assert made.probe() == Finding(State.ABSENT, NO_TOKEN)


@pytest.mark.parametrize("step", STEPS)
def test_missing_way_in_is_an_error_where_there_is_something_to_see(
    step: type[DraftRelease],
) -> None:
    made = step(Scene(fault=NO_TOKEN).shown)
    for act in (made.probe, made.apply):
        with pytest.raises(UsageError, match=NO_TOKEN):
            act()


@pytest.mark.parametrize("step", STEPS)
def test_release_of_others_is_a_conflict(step: type[DraftRelease]) -> None:
    found = step(Scene(FOREIGN).shown).probe()
    assert found.state is State.CONFLICT
    assert "tagboat did not make" in found.detail


@pytest.mark.parametrize("step", STEPS)
def test_step_is_absent_where_nothing_is_there(step: type[DraftRelease]) -> None:
    assert step(Scene().shown).probe().state is State.ABSENT


@pytest.mark.parametrize("step", STEPS)
def test_step_is_done_where_the_release_is_public(step: type[DraftRelease]) -> None:
    assert step(whole(Scene(), is_draft=False).shown).probe().state is State.DONE


@pytest.mark.parametrize("step", STEPS)
def test_step_says_what_it_makes_where(step: type[DraftRelease]) -> None:
    said = step(Scene().shown).describe()
    assert said.endswith("a forge")
    assert TAG in said or "app.zip, record.json" in said


def test_draft_is_made_once() -> None:
    scene = Scene()
    step = DraftRelease(scene.shown)
    assert make(step).state is State.DONE
    step.apply()
    assert list(scene.forge.releases) == ["1"]


def test_draft_that_is_there_is_taken_up() -> None:
    scene = Scene(ours("1", is_draft=True))
    assert make(DraftRelease(scene.shown)).state is State.DONE
    assert scene.forge.log == []


def test_doubles_of_a_draft_are_deleted() -> None:
    scene = Scene(ours("1", is_draft=True), ours("2", is_draft=True))
    step = DraftRelease(scene.shown)
    assert step.probe() == Finding(State.ABSENT, "1 more drafts of it are there")
    assert make(step).state is State.DONE
    assert list(scene.forge.releases) == ["1"]


def test_draft_has_what_the_tag_says() -> None:
    wanted = Scene().shown.wanted()
    assert (wanted.tag, wanted.commit, wanted.title) == (TAG, COMMIT, "App 1.4.0")
    assert (wanted.notes, wanted.is_prerelease, wanted.is_latest) == (CONTRACT.notes, False, True)
    labels = {one.name: (one.label, one.content_type) for one in wanted.assets}
    assert labels == {
        "app.zip": ("An app", "type of app.zip"),
        RECORD_FILE: ("", "type of record.json"),
    }


AT_TOP, CORE, WEB = Package("app"), Package("core", ("core",)), Package("web", ("web",))
MAIN = CORE._replace(primary=True)


@pytest.mark.parametrize(
    ("packages", "shown"),
    [
        ((WEB,), ["web"]),
        ((CORE, WEB), []),
        ((WEB, MAIN), ["core"]),
        ((WEB, AT_TOP), ["app"]),
        ((AT_TOP, AT_TOP._replace(name="all"), MAIN), ["core"]),
        ((CORE, AT_TOP, AT_TOP._replace(name="all")), ["app"]),
    ],
)
def test_one_package_at_most_is_shown_as_the_latest(
    packages: tuple[Package, ...], shown: list[str]
) -> None:
    all_of_them = [one._replace(among=PackageSet(packages)) for one in packages]
    assert [one.name for one in all_of_them if one.is_forge_latest] == shown


def test_record_has_no_label_of_other_files() -> None:
    scene = Scene(rules=ForgeRules(assets=(AssetRule("*", "A file", "x/y"),)))
    kinds = [(one.label, one.content_type) for one in scene.shown.assets()]
    assert kinds == [("A file", "x/y"), ("", "type of record.json")]


def test_prerelease_is_one_on_the_forge() -> None:
    scene = Scene(contract=replace(PROMISED, version="1.4.0-rc.1"))
    assert scene.shown.wanted().is_prerelease


def test_files_are_uploaded_once() -> None:
    scene = Scene()
    assert make(UploadAssets(scene.shown)) == Finding(State.DONE)
    again = UploadAssets(scene.shown)
    assert again.probe() == Finding(State.DONE)
    again.apply()
    assert scene.forge.log == ["draft", "upload app.zip", "upload record.json"]


def test_file_that_is_broken_is_replaced() -> None:
    scene = Scene(ours("1", is_draft=True, assets=(ZIP._replace(size=1),)))
    step = UploadAssets(scene.shown)
    assert "app.zip: it has 1 bytes, not 3" in step.probe().detail
    assert make(step).state is State.DONE
    assert sorted(scene.forge.names()) == ["app.zip", RECORD_FILE]


def test_files_that_are_there_are_not_needed_here() -> None:
    scene = Scene(ours("1", is_draft=True, assets=(ZIP,)))
    scene.files.contents.clear()
    assert make(UploadAssets(scene.shown)).state is State.DONE
    assert scene.forge.log == ["upload record.json"]


def test_file_that_is_neither_there_nor_here_is_named() -> None:
    scene = Scene()
    scene.files.contents["app.zip"] = b"another"
    with pytest.raises(RepositoryError, match=r"app\.zip \(3 bytes, SHA-256 ") as caught:
        UploadAssets(scene.shown).apply()
    assert caught.value.hint == (
        "put them into the work tree, where forge.assets looks (app.zip), and run it again; "
        f"`tagboat abandon {scene.shown.tagged.name} --reason WHY` ends it without them"
    )
    assert scene.forge.names() == [RECORD_FILE]


def test_public_release_that_lacks_a_file_is_a_conflict() -> None:
    scene = Scene(ours("1", is_draft=False, assets=(ZIP,)))
    found = UploadAssets(scene.shown).probe()
    assert found == Finding(State.CONFLICT, "the release is public, and record.json: it is missing")


def test_release_is_published_once() -> None:
    scene = whole(Scene(), is_draft=True)
    assert make(PublishRelease(scene.shown)) == Finding(State.DONE, f"https://x/{TAG}")
    assert PublishRelease(scene.shown).probe().state is State.DONE
    assert scene.forge.log == ["publish"]
    assert scene.forge.latest == TAG


def test_notes_edited_by_hand_are_told_and_stay() -> None:
    edited = marked(CONTRACT.notes, TAG).replace("- a", "- b")
    scene = Scene(ours("1", is_draft=False)._replace(body=edited))
    found = PublishRelease(scene.shown).probe()
    assert (found.state, found.is_notable) == (State.DONE, True)
    assert "a person has edited its notes" in found.detail


def test_steps_of_one_run_look_once() -> None:
    scene = Scene()
    shown = scene.shown
    for step in (DraftRelease(shown), UploadAssets(shown), PublishRelease(shown)):
        step.probe()
    assert scene.forge.looks == 1


def pending(scene: Scene) -> PendingRelease:
    return pending_release(PLAN, scene.remote_state)


def test_files_are_known_before_anything_is_public() -> None:
    scene = Scene(contract=None)
    plan = pending(scene)
    step = CollectAssets(plan, scene.forge_target)
    assert step.describe() == "the files of the release: app.zip"
    assert step.probe() == Finding(State.ABSENT)
    assert make(step) == Finding(State.DONE)
    assert plan.assets == plan.contract().assets == (ZIP,)


def test_files_of_a_public_tag_are_known() -> None:
    scene = Scene(contract=contract_of_one(PLAN))
    assert CollectAssets(pending(scene), scene.forge_target).probe() == Finding(State.DONE)


def test_files_of_a_tag_of_others_are_not() -> None:
    scene = Scene()
    assert CollectAssets(pending(scene), scene.forge_target).probe() == Finding(State.ABSENT)


def test_path_holds_the_version() -> None:
    rules = ForgeRules(assets=(AssetRule("{name}-{version}-{tag}"),))
    scene = Scene(contract=None, rules=rules)
    assert (
        CollectAssets(pending(scene), scene.forge_target).describe().endswith(f": app-1.4.0-{TAG}")
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [(RECORD_FILE, "is an asset of every release"), ("odd.zip", "no odd.zip"), ("gone", "no file")],
)
def test_file_that_can_not_be_one_is_an_error_in_time(name: str, said: str) -> None:
    scene = Scene(contract=None, rules=ForgeRules(assets=(AssetRule(name),)))
    scene.files.contents |= {RECORD_FILE: b"{}", "odd.zip": b"x"}
    plan = pending(scene)
    with pytest.raises(TagboatError, match=said):
        CollectAssets(plan, scene.forge_target).apply()
    assert plan.assets is None


@pytest.mark.parametrize(
    ("name", "said"), [(RECORD_FILE, "is an asset of every release"), ("odd.zip", "no odd.zip")]
)
def test_file_that_is_there_and_can_not_be_one_is_known_before_a_release(
    name: str, said: str
) -> None:
    scene = Scene(contract=None, rules=ForgeRules(assets=(AssetRule(name),)))
    scene.files.contents |= {RECORD_FILE: b"{}", "odd.zip": b"x"}
    with pytest.raises(UsageError, match=said):
        refuse_present(PLAN.releases[0], scene.forge_target)


def test_file_that_is_not_built_yet_is_not_looked_for_before_a_release() -> None:
    rules = ForgeRules(assets=(AssetRule("later.zip"), AssetRule("app.zip")))
    refuse_present(PLAN.releases[0], Scene(contract=None, rules=rules).forge_target)


@pytest.mark.parametrize("point", [Point.COMMIT, Point.PUBLISH])
def test_file_that_a_command_may_make_is_not_judged_before_it_is_run(point: Point) -> None:
    scene = Scene(contract=None, rules=ForgeRules(assets=(AssetRule("odd.zip"),)))
    scene.files.contents |= {"odd.zip": b"x"}
    builds = ReleaseCommands((Command(("make", "odd.zip"), point, 1),), MemoryCommands())
    tree = ReleaseTree(SharedTree(scene.scratch), builds)
    refuse_present(PLAN.releases[0], scene.forge_target._replace(tree=tree))


def test_forge_is_asked_once_before_anything_is_public() -> None:
    scene = Scene(contract=None)
    step = ReachForge(pending(scene), scene.forge_target)
    assert step.describe() == f"a forge takes releases, and has no other release {TAG}"
    assert step.probe() == Finding(State.ABSENT)
    assert make(step) == Finding(State.DONE)
    assert scene.forge.looks == 1


def test_public_tag_needs_no_answer_before_it() -> None:
    scene = Scene(contract=contract_of_one(PLAN), fault=NO_TOKEN)
    assert ReachForge(pending(scene), scene.forge_target).probe() == Finding(State.DONE)


def test_release_of_others_is_a_conflict_in_time() -> None:
    scene = Scene(FOREIGN, contract=None)
    with pytest.raises(ConflictError, match="tagboat did not make"):
        ReachForge(pending(scene), scene.forge_target).apply()


def test_release_without_files_looks_for_none() -> None:
    scene = Scene(contract=None, rules=ForgeRules())
    assert names(staged(scene, targets(scene))) == ["forge"]


TELLING = ForgeRules(comment="Out in {version}: {url}", label="released")
SHIPPING = "feat: a (#7)\n\nCloses !8"


def test_what_is_shipped_is_told_once() -> None:
    scene = whole(Scene(rules=TELLING, message=SHIPPING), is_draft=False)
    assert scene.loop().probe() == Finding(State.ABSENT, "2 of them")
    assert make(scene.loop()) == Finding(State.DONE)
    text = f"Out in 1.4.0: https://x/{TAG}"
    assert scene.forge.comments == [(7, text), (8, text)]
    assert scene.forge.labels == [(7, "released"), (8, "released")]
    assert scene.loop().probe() == Finding(State.DONE)
    record = read_note(scene.scratch.record(COMMIT), COMMIT)[TAG]
    assert [(event.kind, event.time) for event in record.events] == [(TOLD, 7)]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (TELLING, "a comment and the label 'released' on"),
        (ForgeRules(comment="x"), "a comment on"),
        (ForgeRules(label="out"), "the label 'out' on"),
    ],
)
def test_what_is_told_is_what_was_asked_for(rules: ForgeRules, said: str) -> None:
    scene = Scene(rules=rules, message=SHIPPING)
    assert scene.loop().describe().startswith(said)
    scene.loop().apply()
    assert bool(scene.forge.comments) == bool(rules.comment)
    assert bool(scene.forge.labels) == bool(rules.label)


def test_nothing_is_told_where_nothing_is_shipped() -> None:
    assert Scene(rules=TELLING).loop().probe() == Finding(State.DONE)


def test_telling_waits_for_the_tag_and_for_a_way_in() -> None:
    assert Scene(contract=None).loop().probe() == Finding(State.ABSENT)
    closed = Scene(contract=None, fault=NO_TOKEN)
    assert closed.loop().probe() == Finding(State.ABSENT, NO_TOKEN)


def targets(scene: Scene) -> PublishTargets:
    return PublishTargets(MemoryClone(), scene.writer, scene.forge_target)


def staged(scene: Scene, place: PublishTargets) -> list[Step]:
    """What has to be there before anything is public."""
    tagged = PublishedRelease(scene.remote_state, TAG)
    unpublished = UnpublishedRelease(pending(scene), scene.tree, [scene.tree])
    return steps_in_order(place, tagged, unpublished, (Phase.STAGE,))


def names(steps: Sequence[Step]) -> list[str]:
    return [step.name for step in steps]


def test_order_of_the_steps() -> None:
    scene = Scene(rules=RULES._replace(label="released"))
    tagged, place = PublishedRelease(scene.remote_state, TAG), targets(scene)
    assert names(staged(scene, place)) == ["files", "forge"]
    assert names(steps_in_order(place, tagged, phases=(Phase.COMPLETE,))) == [
        "draft",
        "assets",
        "publish",
        "record",
    ]
    assert names(steps_in_order(place, tagged))[-2:] == ["issues", "clone"]
    assert not place.is_quiet


def test_draft_for_a_person_is_not_published_and_not_told_of() -> None:
    scene = Scene(rules=RULES._replace(label="released", is_draft=True))
    tagged, place = PublishedRelease(scene.remote_state, TAG), targets(scene)
    assert names(steps_in_order(place, tagged)) == ["draft", "assets", "record", "clone"]


def test_record_names_the_release_on_the_forge_once() -> None:
    scene = whole(Scene(), is_draft=False)
    for _ in range(2):
        tagged = PublishedRelease(scene.remote_state, TAG)
        steps_in_order(targets(scene), tagged, phases=(Phase.COMPLETE,))[-1].apply()
    record = read_note(scene.scratch.record(COMMIT), COMMIT)[TAG]
    assert record.forge == (RecordedForgeRelease(id="1", url=f"https://x/{TAG}"),)


def test_no_forge_has_no_steps() -> None:
    scene = Scene()
    tagged, place = (
        PublishedRelease(scene.remote_state, TAG),
        targets(scene)._replace(forge_target=None),
    )
    assert names(staged(scene, place)) == []
    assert names(steps_in_order(place, tagged)) == ["record", "clone"]
    assert place.is_quiet


def test_forge_that_shows_no_draft_is_told() -> None:
    scene = Scene()
    scene.forge.hides = True
    with pytest.raises(RepositoryError, match=r"a forge shows no draft of v1\.4\.0"):
        DraftRelease(scene.shown).apply()


def test_tag_that_is_no_version_of_the_package_ships_nothing() -> None:
    scene = Scene(message="feat: a (#7)")
    scene.scratch.public("v1.3.0", COMMIT)
    other = scene.forge_target.releases._replace(package=Package(tag="other-{version}"))
    assert other.ships(scene.shown.tagged) == ()


def test_release_ships_what_its_own_section_has() -> None:
    scene = Scene(message="feat: a (#7)")
    scene.scratch.public("v1.3.0", scene.scratch.history.commit("feat: b (#6)"))
    assert [item.number for item in scene.forge_target.releases.ships(scene.shown.tagged)] == [7]
