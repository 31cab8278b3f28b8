"""What verify and status find of releases; what can't be seen is unknown, nothing is changed."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tagboat.core.errors import ConflictError, OutsideError, RepositoryError, UsageError
from tagboat.core.forge.release import ForgeRules, StoredAsset
from tagboat.core.images.registry import TagStatus
from tagboat.core.next_version.package import Package
from tagboat.core.plan.tag_message import contract_of
from tagboat.core.record.drift import Verdict
from tagboat.core.record.record import Record
from tagboat.ports.publishing import RemoteTag, Signature
from tagboat.use_cases.inspect.status import ChannelStatus, status
from tagboat.use_cases.inspect.verify import Verified, verify
from tagboat.use_cases.release.from_tag import release_tag
from tagboat.use_cases.release.resume import abandon
from tagboat.use_cases.rollback.rollback import RollbackRequest, rollback
from tests.git_fakes import MemoryScratch
from tests.release_fakes import APP, FIRST, FOLLOWED, SECOND, Project

CHANGELOG = "# Changelog\n"
OTHER = f"sha256:{'0' * 64}"


@pytest.fixture
def project() -> Project:
    """A project whose release v0.1.0 has a release commit."""
    found = Project(Package(files=("VERSION",)))
    found.commit("feat: a", CHANGELOG_md=CHANGELOG, VERSION="0.0.0")
    found.release()
    return found


@pytest.fixture
def full() -> Project:
    """A project whose release v0.1.0 is on a forge and in registries."""
    found = Project(FOLLOWED._replace(images=(APP,)), forge_rules=ForgeRules())
    found.released("feat: a")
    return found


def asked(project: Project, version: str = "0.1.0") -> Verified:
    return verify(project.context(), version)


def drifted(project: Project, version: str = "0.1.0") -> dict[str, str]:
    """What has drifted, with the details."""
    found = asked(project, version).checks
    return {one.name: one.detail for one in found if one.verdict is Verdict.DRIFT}


def verdict(project: Project, name: str) -> tuple[Verdict, str]:
    """What came of one check."""
    return next((one.verdict, one.detail) for one in asked(project).checks if one.name == name)


def say(project: Project, old: str, new: str) -> None:
    """Make the tag say something else."""
    tag = project.scratch.tags["v0.1.0"]
    project.scratch.messages["changed"] = project.message("v0.1.0").replace(old, new)
    project.scratch.tags["v0.1.0"] = tag._replace(object="changed")


def amend(project: Project, change: Callable[[Record], Record]) -> None:
    project.keep(change(project.record("v0.1.0")))


# Verify


def test_release_is_what_it_says(project: Project) -> None:
    assert drifted(project) == {}


def test_every_check_is_named(full: Project) -> None:
    assert [one.name for one in asked(full).checks] == [
        *("version", "previous", "bump", "notes", "tag", "signature", "branch", "commit"),
        *("promise", "files", "draft", "assets", "version-tags", "publish", "image-tags"),
        *("moving-tags", "record", "clone", "local", "digests", "image", "image"),
    ]


def test_release_with_everything_is_what_it_says(full: Project) -> None:
    assert drifted(full) == {}


def test_every_release_of_a_history_verifies(project: Project) -> None:
    project.released("fix: b")
    project.released("feat: c", "docs: d")
    project.release(project.commit("feat!: e"), version="1.0.0")
    found = [drifted(project, tag) for tag in project.tags]
    assert found == [{}, {}, {}, {}]


def test_prerelease_and_its_promotion_verify(project: Project) -> None:
    project.branch("next", project.tip())
    project.commit("feat: b", branch="next")
    project.release(branch="next")
    project.branch("main", project.tip("next"))
    project.release()
    assert drifted(project, "0.2.0-rc.1") == drifted(project, "0.2.0") == {}


def test_release_that_was_merged_into_its_branch_verifies(project: Project) -> None:
    project.commit("fix: b")
    plan = project.planned()
    project.commit("docs: c")
    project.apply(plan)
    assert drifted(project, "0.1.1") == {}


def test_version_that_was_asked_for_is_told(project: Project) -> None:
    project.commit("fix: b")
    project.release(version="1.0.0")
    found = {one.name: one.detail for one in asked(project, "1.0.0").checks}
    assert found["version"].endswith(", --as 1.0.0 was asked for")


def test_notes_that_its_commits_do_not_say_are_drift(project: Project) -> None:
    say(project, "- a", "- b")
    assert drifted(project)["notes"] == "line 2 is '- b', and it should be '- a'"


def test_version_that_its_commits_do_not_ask_for_is_drift(project: Project) -> None:
    project.commit("fix: b")
    project.release(version="1.0.0")
    tag = project.scratch.tags["v1.0.0"]
    text = project.message("v1.0.0").replace("Tagboat-Asked: --as 1.0.0\n", "")
    project.scratch.messages[tag.object] = text
    found = drifted(project, "1.0.0")
    assert found["version"] == "1.0.0, and it should be 0.1.1, patch bump from v0.1.0"


def test_release_of_which_nothing_was_due_is_drift(project: Project) -> None:
    project.commit("docs: b")
    project.release(version="0.5.0")
    tag = project.scratch.tags["v0.5.0"]
    text = project.message("v0.5.0").replace("Tagboat-Asked: --as 0.5.0\n", "")
    project.scratch.messages[tag.object] = text
    found = drifted(project, "0.5.0")
    assert found["version"].startswith("nothing was to be released: 1 commit")


def test_release_that_can_not_be_counted_again_is_drift(project: Project) -> None:
    say(project, "Tagboat-Plan", "Tagboat-Asked: --as 0.0.0\nTagboat-Plan")
    assert "0.0.0" in drifted(project)["version"]


def test_history_that_can_not_be_read_leaves_the_version_unknown(project: Project) -> None:
    contract = contract_of(project.message("v0.1.0"))
    assert contract is not None
    project.faults[contract.source] = OutsideError("a bad disk")
    assert verdict(project, "version") == (Verdict.UNKNOWN, "a bad disk")


@pytest.mark.parametrize(
    ("line", "name", "detail"),
    [
        ("Tagboat-Bump: minor", "bump", "patch, and it should be minor"),
        ("Tagboat-Commit", "previous", "v0.0.1, and it should be none"),
    ],
)
def test_what_its_tag_says_wrongly_is_drift(
    project: Project, line: str, name: str, detail: str
) -> None:
    changed = {
        "Tagboat-Bump: minor": "Tagboat-Bump: patch",
        "Tagboat-Commit": "Tagboat-Previous: v0.0.1\nTagboat-Commit",
    }
    say(project, line, changed[line])
    assert drifted(project)[name] == detail


def test_tag_that_tells_another_version_is_drift(project: Project) -> None:
    say(project, "Version: 0.1.0", "Version: 0.1.5")
    found = drifted(project)
    assert (found["tag"], found["promise"]) == ("it says version 0.1.5", "version: 0.1.0")


def test_version_file_with_another_version_is_drift(project: Project) -> None:
    say(project, "Version: 0.1.0", "Version: 0.1.5")
    assert drifted(project)["files"] == "another one is in VERSION"


def test_tag_that_was_moved_is_drift(project: Project) -> None:
    moved = project.commit("docs: b")
    tag = project.scratch.tags["v0.1.0"]
    project.scratch.tags["v0.1.0"] = tag._replace(commit=moved)
    project.scratch.records[moved] = project.scratch.records[tag.commit]
    assert "promise" in drifted(project)


def test_commit_that_does_not_hold_the_planned_one_is_drift(project: Project) -> None:
    other = project.commit("feat: elsewhere", branch="side")
    contract = contract_of(project.message("v0.1.0"))
    assert contract is not None
    say(project, contract.source, other)
    assert drifted(project)["commit"] == f"{other} is not in it"


def test_branch_without_the_release_is_drift(project: Project) -> None:
    start = project.history.commits[project.tip()].parents[0]
    project.branch("main", start)
    assert list(drifted(project)) == ["branch"]


def test_branch_of_the_release_is_looked_at_from_another_one(project: Project) -> None:
    project.branch("next", project.tip())
    found = verify(project.context(branch="next"), "0.1.0").checks
    assert next(one.verdict for one in found if one.name == "branch") is Verdict.OK


def test_branch_that_is_gone_is_no_drift(project: Project) -> None:
    project.branch("next", project.tip())
    del project.scratch.tips["main"]
    found = verify(project.context(branch="next"), "0.1.0").checks
    assert next(one.verdict for one in found if one.name == "branch") is Verdict.NOTE


@pytest.mark.parametrize(
    ("is_good", "found"), [(True, Verdict.OK), (False, Verdict.DRIFT), (None, Verdict.UNKNOWN)]
)
def test_signature_is_as_good_as_git_says(
    project: Project, *, is_good: bool | None, found: Verdict
) -> None:
    project.scratch.signatures["v0.1.0"] = Signature(is_signed=True, is_good=is_good, said="so")
    assert verdict(project, "signature") == (found, "so")


def test_tag_without_a_signature_is_worth_a_note(project: Project) -> None:
    assert verdict(project, "signature") == (Verdict.NOTE, "unsigned")


def test_record_that_is_gone_is_drift(project: Project) -> None:
    project.scratch.records.clear()
    found = drifted(project)
    assert (set(found), found["promise"]) == ({"promise", "record"}, "there is no record")


def test_record_without_an_end_is_drift(project: Project) -> None:
    project.reopen("v0.1.0")
    assert list(drifted(project)) == ["record"]
    assert asked(project).condition == "incomplete"


def test_record_that_says_something_else_is_drift(project: Project) -> None:
    amend(project, lambda record: replace(record, bump="major"))
    assert drifted(project)["promise"] == "bump: major"


def test_record_with_another_image_is_drift(full: Project) -> None:
    def other(record: Record) -> Record:
        image = replace(record.images["app"], digest=OTHER)
        return replace(record, images={"app": image})

    amend(full, other)
    assert drifted(full)["promise"].startswith("images: ")


def test_record_with_another_platform_is_told_in_words(full: Project) -> None:
    def other(record: Record) -> Record:
        image = replace(record.images["app"], repositories={"a.example/app": OTHER})
        return replace(record, images={"app": image})

    amend(full, other)
    assert f"the record tells of {OTHER}" in drifted(full)["image"]


def test_abandoned_release_may_be_incomplete(project: Project) -> None:
    project.reopen("v0.1.0")
    abandon(project.context(), "v0.1.0", "gone", 1)
    assert (drifted(project), asked(project).condition) == ({}, "abandoned")


def test_other_tag_in_this_clone_is_drift(project: Project) -> None:
    project.clone.tags["v0.1.0"] = "another"
    tag = project.scratch.tags["v0.1.0"]
    assert drifted(project)["local"] == f"it is another, the remote has {tag.object}"


def test_clone_without_the_tag_is_no_drift(project: Project) -> None:
    project.clone.tags.clear()
    assert verdict(project, "local") == (Verdict.NOTE, "this clone does not have it")


def test_file_with_other_bytes_is_drift(full: Project) -> None:
    [release] = full.forge.releases.values()
    [file] = release.assets
    full.forge.put(release.id, StoredAsset("8", file.name, file.size, "0" * 64, is_complete=True))
    assert drifted(full)["digests"] == "not so: record.json"


def test_release_that_is_gone_from_the_forge_is_drift(full: Project) -> None:
    full.forge.releases.clear()
    assert {"draft", "assets", "publish", "digests"} <= set(drifted(full))


def test_forge_without_a_way_in_leaves_it_unknown(full: Project) -> None:
    full.forge_fault = "a token is needed"
    assert verdict(full, "digests") == (Verdict.UNKNOWN, "a token is needed")


def test_visitor_sees_what_is_public(full: Project) -> None:
    full.forge_fault, full.is_forge_open = "a token is needed", True
    assert drifted(full) == {}


def test_tag_of_an_image_that_holds_another_one_is_drift(full: Project) -> None:
    full.registry.push(FIRST, "0.1.0", OTHER)
    assert "a.example/app:0.1.0 conflict" in drifted(full)["version-tags"]


def test_registry_that_is_down_leaves_it_unknown(full: Project) -> None:
    full.registry.conditions["b.example"] = TagStatus.UNREACHABLE
    found = [one.verdict for one in asked(full).checks if one.name == "image"]
    assert found == [Verdict.OK, Verdict.UNKNOWN]
    assert drifted(full) == {}
    for name in ("version-tags", "image-tags"):
        assert verdict(full, name)[0] is Verdict.UNKNOWN


def test_layers_that_can_not_be_looked_at_leave_them_unknown(full: Project) -> None:
    digest = full.registry.held[SECOND]["0.1.0"]
    full.registry.odd[SECOND.at(digest)] = TagStatus.UNREACHABLE
    assert verdict(full, "version-tags") == (
        Verdict.UNKNOWN,
        f"b.example/app@{digest} unreachable",
    )


def test_what_is_missing_beside_a_registry_that_is_down_is_drift(full: Project) -> None:
    full.registry.conditions["b.example"] = TagStatus.UNREACHABLE
    del full.registry.held[FIRST]["0.1.0"]
    assert "a.example/app:0.1.0 absent" in drifted(full)["version-tags"]


def test_release_that_was_tagged_by_hand_is_verified_by_its_record(project: Project) -> None:
    tip = project.commit("fix: b", VERSION="0.1.1")
    project.tag("v0.1.1", tip)
    release_tag(project.context(), "v0.1.1", project.request(), force=False)
    assert drifted(project, "0.1.1") == {}


def test_record_of_a_hand_made_tag_that_was_moved_is_drift(project: Project) -> None:
    tip = project.commit("fix: b", VERSION="0.1.1")
    project.tag("v0.1.1", tip)
    release_tag(project.context(), "v0.1.1", project.request(), force=False)
    moved = project.commit("docs: c")
    project.scratch.tags["v0.1.1"] = RemoteTag("v0.1.1", moved, moved)
    project.scratch.messages[moved] = ""
    project.scratch.records[moved] = project.scratch.records[tip]
    assert drifted(project, "0.1.1")["promise"] == f"it tells of {tip}"


def test_unknown_version_names_the_nearest(project: Project) -> None:
    with pytest.raises(UsageError, match=r"no tag spells version 0\.1\.1; the nearest: 0\.1\.0"):
        asked(project, "0.1.1")


def test_tag_of_others_is_refused(project: Project) -> None:
    project.tag("v0.2.0")
    with pytest.raises(RepositoryError, match=r"v0\.2\.0 was not made by tagboat"):
        asked(project, "0.2.0")


def test_tag_that_was_deleted_is_a_conflict(project: Project) -> None:
    project.delete("v0.1.0")
    with pytest.raises(ConflictError, match=r"v0\.1\.0 is not on the remote any more") as caught:
        asked(project)
    assert caught.value.hint == (
        "look who moved it; `tagboat abandon v0.1.0 --reason WHY` ends its release"
    )
    assert abandon(project.context(), "v0.1.0", "WHY", project.now).is_new


def test_verify_changes_nothing(full: Project) -> None:
    before = full.public(), list(full.effects.names)
    asked(full)
    assert (full.public(), full.effects.names) == before


# Status


def states(project: Project, only: str = "") -> list[tuple[str, str, str]]:
    """Each channel with its latest release and where that stands."""
    return [
        (one.channel.branch, one.tag.name if one.tag is not None else "", one.condition)
        for one in status(project.context(), only)
    ]


def only(project: Project) -> ChannelStatus:
    [found] = status(project.context())
    return found


def test_complete_release_is_published(full: Project) -> None:
    found = only(full)
    assert (states(full), {one.verdict for one in found.checks}) == (
        [("main", "v0.1.0", "published")],
        {Verdict.OK},
    )


def test_release_that_was_left_is_incomplete_and_drift(full: Project) -> None:
    full.reopen("v0.1.0")
    found = only(full)
    assert found.condition == "incomplete"
    assert [one.name for one in found.checks if one.verdict is Verdict.DRIFT] == ["record"]


def test_abandoned_release_is_not_looked_at(full: Project) -> None:
    full.reopen("v0.1.0")
    abandon(full.context(), "v0.1.0", "gone", 1)
    assert (only(full).condition, only(full).checks) == ("abandoned", ())


def test_release_of_others_is_foreign_and_not_looked_at(full: Project) -> None:
    full.tag("v0.2.0", full.commit("feat: b"))
    assert (only(full).condition, only(full).checks) == ("foreign", ())


def test_withdrawn_release_is_told(full: Project) -> None:
    full.released("fix: b")
    rollback(full.context(), "0.1.0", RollbackRequest(9**9))
    assert states(full) == [("main", "v0.1.1", "withdrawn")]


def test_every_channel_on_the_remote_has_its_latest(project: Project) -> None:
    start = project.tip()
    for branch in ("0.1.x", "feature", "next"):
        project.branch(branch, start)
    project.commit("feat: soon", branch="next")
    project.release(branch="next")
    project.released("feat: b")
    assert states(project) == [
        ("main", "v0.2.0", "published"),
        ("0.1.x", "v0.1.0", "published"),
        ("next", "v0.2.0-rc.1", "published"),
    ]


@pytest.mark.parametrize("branch", ["0.1.x", "feature"])
def test_one_branch_is_asked_for(project: Project, branch: str) -> None:
    project.branch(branch, project.tip())
    assert states(project, branch) == [(branch, "v0.1.0", "published")]


def test_channel_without_a_release_has_none() -> None:
    project = Project()
    project.commit("feat: a")
    assert states(project) == [("main", "", "")]


def test_release_below_the_cut_of_a_shallow_clone_is_known_by_its_record(project: Project) -> None:
    cut = project.commit("docs: b")
    known = project.history.commits[cut]
    project.history.commits[cut] = known._replace(parents=())
    assert [one.tag and one.tag.name for one in status(project.context())] == ["v0.1.0"]


@pytest.mark.parametrize(("tag", "is_fetched"), [("v0.2.0", True), ("v0.0.1", False)])
def test_release_of_others_below_the_cut_is_found_where_it_may_be_the_latest(
    project: Project, tag: str, *, is_fetched: bool
) -> None:
    project.tag(tag, project.commit("feat: b"))
    cut = project.commit("docs: c")
    project.scratch.beyond[cut] = project.history.commits[cut]
    project.history.commits[cut] = project.history.commits[cut]._replace(parents=())
    context = project.context()
    assert [one.tag and one.tag.name for one in status(context)] == [max(tag, "v0.1.0")]
    scratch = context.remote_state.remote
    assert isinstance(scratch, MemoryScratch)
    assert ("everything" in scratch.fetched) is is_fetched


def test_configuration_that_can_not_be_read_leaves_it_unknown(full: Project) -> None:
    full.faults[full.at("v0.1.0")] = UsageError("unknown key")
    [check] = only(full).checks
    assert (check.name, check.verdict, check.detail) == (
        "configuration",
        Verdict.UNKNOWN,
        "unknown key",
    )


def test_status_changes_nothing_and_needs_no_name(full: Project) -> None:
    full.scratch.who = ""
    before = full.public(), list(full.effects.names)
    only(full)
    assert (full.public(), full.effects.names) == before


def test_repository_without_a_remote_has_no_status(full: Project) -> None:
    with pytest.raises(RepositoryError, match="this repository has no remote"):
        status(full.context(remote=""))


def test_remote_that_can_not_be_reached_has_no_status(full: Project) -> None:
    full.scratch.unreachable = "nobody answers"
    with pytest.raises(OutsideError, match="nobody answers"):
        status(full.context())
