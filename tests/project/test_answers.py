"""JSON answers have the shapes that are published."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from demo import history
from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.project import answers
from tests.releasing import PACKAGES, Remote, push, reopen

ASKED = [
    ("version-next", ["version", "next"]),
    ("version-next", ["version", "next", "--title", "feat!: a"]),
    ("version-next", ["version", "next", "--channel", "1.x"]),
    ("version-next", ["version", "next", "--channel", "elsewhere"]),
    ("version-current", ["version", "current"]),
    ("version-current", ["version", "current", "--channel", "next"]),
    ("version-list", ["version", "list"]),
    ("explain", ["explain"]),
    ("explain", ["explain", "--title", "fix: a\n\nBreaking changes are near"]),
    ("changelog", ["changelog"]),
    ("changelog", ["changelog", "1.0.0..1.1.0"]),
    ("notes", ["changelog", "--unreleased"]),
    ("notes", ["changelog", "--next"]),
    ("check", ["check"]),
    ("check", ["check", "--message", "README.md"]),
    ("doctor", ["doctor"]),
    ("doctor", ["doctor", "--offline"]),
]
OF_OURS = [
    ("status", ["status"]),
    ("verify", ["verify", "0.1.0"]),
    ("abandon", ["abandon", "0.2.0", "--reason", "superseded"]),
]
ON_AN_ENGINE = {"image-tags", "images", "rollback"}
"""Answers that take a real engine; tests/e2e judges them."""
OF_RELEASES = [
    ("explain", ["explain", "1.1.0"]),
    ("notes", ["changelog", "2.0.0-rc.1"]),
    ("diff", ["diff", "1.0.0", "1.1.0"]),
    ("diff", ["diff", "2.0.0-rc.1", "1.1.0"]),
]


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    """The demonstration's repository, on its branch main."""
    return history.build(tmp_path_factory.mktemp("answers"))


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    """A clone with two releases of ours, the later one left half made."""
    remote = Remote(tmp_path_factory.mktemp("released"))
    clone = remote.started()
    tagboat("release", cwd=clone.path)
    push(clone, "feat: b")
    tagboat("release", cwd=clone.path)
    reopen(remote, "v0.2.0")
    return clone


def found_faults(definition: str, arguments: list[str], folder: Path) -> list[str]:
    answer = tagboat(*arguments, "--json", cwd=folder).stdout
    return answers.faults(definition, json.loads(answer))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(answers.SCHEMA)


@pytest.mark.parametrize(("definition", "arguments"), [*ASKED, *OF_RELEASES])
def test_answers_have_their_shape(definition: str, arguments: list[str], harbour: GitRepo) -> None:
    assert found_faults(definition, arguments, harbour.path) == []


@pytest.mark.parametrize(("definition", "arguments"), OF_OURS)
def test_answers_about_releases_of_ours_have_their_shape(
    definition: str, arguments: list[str], released: GitRepo
) -> None:
    assert found_faults(definition, arguments, released.path) == []


@pytest.mark.parametrize("selection", ["", "1.1.0", "--unreleased"])
def test_answers_with_addresses_have_their_shape(selection: str, tmp_path: Path) -> None:
    repo = history.build(tmp_path)
    repo.git("remote", "set-url", "origin", "https://github.com/acme/harbour.git")
    shape = "notes" if selection else "changelog"
    assert found_faults(shape, ["changelog", *selection.split()], repo.path) == []


@pytest.mark.parametrize(("definition", "arguments"), ASKED[4:12])
def test_answers_about_a_prerelease_have_their_shape(
    definition: str, arguments: list[str], tmp_path: Path
) -> None:
    repo = history.build(tmp_path)
    repo.switch("next")
    assert found_faults(definition, arguments, repo.path) == []


@pytest.mark.parametrize(
    ("definition", "arguments"), [one for one in ASKED if "1.0.0..1.1.0" not in one[1]]
)
def test_answers_about_nothing_have_their_shape(
    definition: str, arguments: list[str], repo: GitRepo
) -> None:
    (repo.path / "README.md").write_text("fix: a\n")
    assert found_faults(definition, arguments, repo.path) == []


@pytest.mark.parametrize("files", [{}, PACKAGES], ids=["one", "several"])
def test_the_answers_of_a_plan_and_a_release_have_their_shape(
    files: dict[str, str], tmp_path: Path
) -> None:
    clone = Remote(tmp_path).started(files=files)
    asked = [("plan", ["plan"]), ("released", ["release"])]
    for definition, arguments in asked * 2:  # the second time nothing is due
        assert found_faults(definition, arguments, clone.path) == []


def test_the_answer_of_a_first_configuration_has_its_shape(repo: GitRepo) -> None:
    assert found_faults("init", ["init"], repo.path) == []


def test_the_answer_of_a_migration_has_its_shape(tmp_path: Path) -> None:
    (tmp_path / ".cz.toml").write_text('[tool.commitizen]\ntag_format = "$version"\nodd = 1\n')
    assert found_faults("migrate", ["migrate"], tmp_path) == []


def test_a_member_without_a_meaning_is_a_fault() -> None:
    known = {"version": "1.0.0", "tag": "v1.0.0", "commit": "0" * 40}
    assert answers.faults("version-current", known) == []
    assert answers.faults("version-current", known | {"colour": "red"}) != []


def test_tables_say_what_the_schema_says() -> None:
    text = answers.DOCUMENT.read_text()
    assert answers.with_tables(text) == text


def test_every_definition_is_used() -> None:
    text = json.dumps(answers.SCHEMA)
    asked = {name for name, _ in [*ASKED, *OF_RELEASES, *OF_OURS]}
    asked |= {"init", "migrate", "plan", "released"}
    used = {name for name in answers.SCHEMA["$defs"] if f'"#/$defs/{name}"' in text}
    assert set(answers.SCHEMA["$defs"]) == asked | used | ON_AN_ENGINE
