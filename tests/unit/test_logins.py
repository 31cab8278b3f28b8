"""Logins of authors that a forge told stand in notes, and whoever reads the tag finds them."""

import pytest
from msgspec.structs import replace

from tagboat.core.bump.assess import Policy, assess
from tagboat.core.changelog.changelog import logins_text, release_notes, unknown_authors
from tagboat.core.changelog.entry import Contributor
from tagboat.core.changelog.options import ChangelogOptions
from tagboat.core.changelog.timeline import Section
from tagboat.core.commits.commit import Commit, CommitGraph
from tagboat.core.errors import ConflictError
from tagboat.core.forge.links import Links
from tagboat.core.plan.tag_message import contract_of
from tagboat.core.record.drift import Verdict
from tagboat.core.record.record import PUBLISHED
from tagboat.use_cases.changelog.sections import SectionOptions
from tagboat.use_cases.inspect.verify import verify
from tests.fakes import MemoryHistory
from tests.forge_fakes import CONTRACT, MemoryLogins
from tests.release_fakes import Project
from tests.unit.test_sections import every, one

LINKS = Links("github", "https://github.com", "acme/app")
ADA, EVE = "ada@example.org", "Eve@Example.org"


def section(*authors: str, logins: str = "") -> Section:
    """What some authors wrote, a commit each."""
    commits = [
        Commit(f"{number:x}" * 40, (f"{number - 1:x}" * 40,), f"fix: {number}", 0, "A", email)
        for number, email in enumerate(authors, 1)
    ]
    return Section(None, "", "", None, "", assess(CommitGraph(commits), Policy()), logins=logins)


def test_the_first_commit_of_each_author_is_asked_about() -> None:
    own = "1+bob@users.noreply.github.com"
    items = section(ADA, own, EVE, ADA.upper()).assessments
    assert unknown_authors(items, LINKS) == {ADA: "1" * 40, EVE.lower(): "3" * 40}


def test_logins_are_spelled_with_the_digits_of_commits() -> None:
    told = {"1" * 40: "ada", "2" * 40: "a, b", "3" * 40: "renovate[bot]", "4" * 40: "../x"}
    assert logins_text(told) == f"ada {'1' * 12}, renovate[bot] {'3' * 12}"


def test_everybody_with_a_login_is_called_by_it_whatever_the_case_of_the_address() -> None:
    found = section(EVE, ADA, EVE.lower(), logins=f"eve {'1' * 12}, x/y {'2' * 12}")
    notes = release_notes(found, ChangelogOptions(), LINKS)
    assert [entry.author.login for entry in notes.entries] == ["eve", "", "eve"]
    assert notes.contributors[0] == Contributor("A", EVE, "eve", "https://github.com/eve")


def test_one_section_takes_no_login_from_another() -> None:
    options = ChangelogOptions()
    release_notes(section(ADA, logins=f"ada {'1' * 12}"), options, LINKS)
    (entry,) = release_notes(section(ADA), options, LINKS).entries
    assert entry.author.login == ""


def test_an_application_that_a_forge_names_has_its_page() -> None:
    notes = release_notes(
        section(ADA, logins=f"renovate[bot] {'1' * 12}"), ChangelogOptions(), LINKS
    )
    page = "https://github.com/apps/renovate"
    assert notes.contributors == (Contributor("renovate[bot]", ADA, "", page),)


def test_a_tag_tells_the_logins_that_its_notes_have() -> None:
    told = replace(CONTRACT, logins=f"ada {'1' * 12}")
    assert f"\nTagboat-Logins: ada {'1' * 12}\n" in told.message()
    assert contract_of(told.message()) == told
    assert "Logins" not in CONTRACT.message()


@pytest.mark.parametrize(("wanted", "logins"), [(True, f"ada {'1' * 12}"), (False, "")])
def test_sections_have_what_their_tags_tell_where_that_is_wanted(
    wanted: bool,  # noqa: FBT001 - a parameter of the test
    logins: str,
) -> None:
    history = MemoryHistory()
    history.commit("feat: a", tag="v1.0.0")
    history.commit("fix: b", tag="v1.0.1")
    told = replace(CONTRACT, logins=f"ada {'1' * 12}").message()
    history.texts_at["refs/tags/v1.0.1"] = f"object x\n\n{told}"
    options = SectionOptions(logins=wanted)
    assert {one.tag: one.logins for one in every(history, options)} == {
        "": "",
        "v1.0.1": logins,
        "v1.0.0": "",
    }
    assert one(history, "v1.0.1", options).logins == logins


@pytest.fixture
def project() -> Project:
    """A project with a commit of Ada's, who has a login."""
    found = Project()
    found.logins = MemoryLogins(**{found.commit("feat: a"): "ada"})
    return found


def test_notes_call_authors_by_their_logins(project: Project) -> None:
    project.release()
    contract = contract_of(project.message("v0.1.0"))
    assert contract is not None
    assert contract.notes == "## 0.1.0\n- a by @ada\n"
    assert contract.logins == project.record("v0.1.0").logins == f"ada {project.tip()[:12]}"


def test_nobody_is_asked_where_nothing_is_due(project: Project) -> None:
    assert project.logins is not None
    project.release()
    project.logins.asked.clear()
    project.release()
    assert project.logins.asked == []


def test_a_plan_asks_about_nobody_twice_and_who_applies_it_asks_again(project: Project) -> None:
    assert project.logins is not None
    project.planned()
    plan = project.planned()
    assert project.logins.asked == [plan.commit]
    project.apply(plan)
    assert project.logins.asked == [plan.commit] * 2


def test_where_the_forge_can_not_be_asked_names_stand_alone(project: Project) -> None:
    assert project.logins is not None
    project.logins.fault = "GitHub did not answer"
    result = project.release()
    assert result.notes[0] == "authors stand with their names alone: GitHub did not answer"
    assert "- a\n" in project.message("v0.1.0")
    assert "Logins" not in project.message("v0.1.0")


def test_a_release_that_was_left_is_finished_without_asking_again(project: Project) -> None:
    assert project.logins is not None
    assert project.killed(project.release, 1)
    project.logins.fault = "GitHub did not answer"
    before = project.message("v0.1.0")
    project.release()
    assert (project.message("v0.1.0"), project.kinds("v0.1.0")) == (before, [PUBLISHED])


def test_verify_computes_the_same_notes_without_asking(project: Project) -> None:
    assert project.logins is not None
    project.release()
    project.logins.fault = "GitHub did not answer"
    found = verify(project.context(), "0.1.0").checks
    assert [one for one in found if one.verdict is Verdict.DRIFT] == []


def test_a_plan_whose_logins_are_others_is_refused(project: Project) -> None:
    plan = project.planned()
    (planned,) = plan.releases
    forged = planned.notes.replace("@ada", "@eve")
    logins = planned.logins.replace("ada", "eve")
    plan = replace(plan, releases=(replace(planned, notes=forged, logins=logins),))
    with pytest.raises(ConflictError, match="its logins, notes differ"):
        project.apply(plan)


def test_a_plan_holds_while_the_forge_tells_the_same(project: Project) -> None:
    project.apply(project.planned())
    assert "- a by @ada\n" in project.message("v0.1.0")


def test_no_more_authors_are_asked_about_than_is_usual() -> None:
    project = Project()
    for number in range(51):
        commit = project.commit(f"feat: {number}")
        own = project.history.commits[commit]
        project.history.commits[commit] = own._replace(author_email=f"{number}@example.org")
    project.logins = MemoryLogins()
    result = project.release()
    assert result.notes[0] == "the forge is asked for the first 50 authors of 51"
    assert len(project.logins.asked) == 50
