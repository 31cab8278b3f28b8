"""``tagboat changelog`` on real repositories: selections that agree, files that stay whole."""

import json
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo, Node


@pytest.fixture
def history(repo: GitRepo) -> GitRepo:
    """Three releases, one on a maintenance branch that is merged forward, and unreleased work."""
    repo.commits("feat: first", "fix(api): second (#2)")
    repo.tag("v1.0.0", message="first")
    repo.switch("1.0.x", at="HEAD")
    repo.commit("fix: backport")
    repo.tag("v1.0.1")
    repo.switch("main")
    repo.commits("feat!: third", "docs: not shown")
    repo.merge("1.0.x")
    repo.tag("v2.0.0", message="third")
    repo.revert(repo.commit("perf: quick"))
    repo.commit("feat: fourth")
    return repo


def changelog(repo: GitRepo, *args: str) -> str:
    done = tagboat("changelog", *args, cwd=repo.path)
    assert (done.code, done.stderr) == (0, "")
    return done.stdout


def test_the_highest_version_comes_first(history: GitRepo) -> None:
    headings = [line for line in changelog(history).splitlines() if line.startswith("## ")]

    assert [heading.split()[1] for heading in headings] == [
        "Unreleased",
        "2.0.0",
        "1.0.1",
        "1.0.0",
    ]


@pytest.mark.parametrize("version", ["1.0.0", "1.0.1", "2.0.0"])
def test_a_version_reads_the_same_alone_and_in_the_whole(history: GitRepo, version: str) -> None:
    assert changelog(history, version) in changelog(history)


def test_the_unreleased_reads_the_same_alone_and_in_the_whole(history: GitRepo) -> None:
    assert changelog(history, "--unreleased") in changelog(history)


def test_a_tag_names_its_version(history: GitRepo) -> None:
    assert changelog(history, "v2.0.0") == changelog(history, "2.0.0")


def test_what_a_merged_release_brought_is_not_brought_again(history: GitRepo) -> None:
    assert "backport" in changelog(history, "1.0.1")
    assert "backport" not in changelog(history, "2.0.0")


def test_a_reverted_pair_is_gone(history: GitRepo) -> None:
    assert "quick" not in changelog(history, "--unreleased")


def test_a_range_holds_the_versions_after_one_and_up_to_another(history: GitRepo) -> None:
    text = changelog(history, "v1.0.0..v2.0.0")

    headings = [line.split()[1] for line in text.splitlines() if line.startswith("## ")]
    assert headings == ["2.0.0", "1.0.1"]


def test_an_open_range_goes_to_head(history: GitRepo) -> None:
    text = changelog(history, "v2.0.0..")

    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## Unreleased"]


def test_the_next_version_is_named_and_dated(history: GitRepo) -> None:
    done = tagboat("changelog", "--next", cwd=history.path, env={"SOURCE_DATE_EPOCH": "1700000000"})

    assert done.stdout.splitlines()[0] == "## 2.1.0 - 2023-11-14"


def test_a_file_holds_what_would_be_printed(history: GitRepo, tmp_path: Path) -> None:
    target = tmp_path / "out.md"

    assert changelog(history, "-o", str(target)) == ""
    assert target.read_text() == changelog(history)


def test_nothing_is_left_beside_a_file_that_was_written(history: GitRepo, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()

    changelog(history, "-o", str(folder / "log.md"))

    assert [path.name for path in folder.iterdir()] == ["log.md"]


def test_a_wrong_template_leaves_the_file_as_it_was(history: GitRepo, tmp_path: Path) -> None:
    target = tmp_path / "out.md"
    target.write_text("precious")
    (history.path / "bad.md.j2").write_text("{{ release.nonsense }}")

    done = tagboat("changelog", "--template", "bad.md.j2", "-o", str(target), cwd=history.path)

    assert (done.code, target.read_text()) == (2, "precious")
    assert "bad.md.j2:1" in done.stderr


def test_a_template_that_fails_on_an_old_release_prints_nothing(repo: GitRepo) -> None:
    repo.commits("feat: first", "fix: second")
    repo.tag("v1.0.0")
    repo.commit("feat: " + "long " * 20_000)
    bad = repo.path / "bad.md.j2"
    bad.write_text("{{ release.entries[0].description }} {{ 1 // (2 - release.entries|length) }}\n")

    done = tagboat("changelog", "--template", "bad.md.j2", cwd=repo.path)

    assert (done.code, done.stdout) == (2, "")
    assert "bad.md.j2:1:" in done.stderr


def test_an_update_keeps_every_byte_of_what_stood_there(history: GitRepo) -> None:
    target = history.path / "CHANGELOG.md"
    before = b"\xef\xbb\xbf# Log\r\n\r\nBy hand \xe9.\r\n\r\n## 1.0.0\r\n\r\n- old"
    target.write_bytes(before)

    changelog(history, "--update")

    after = target.read_bytes()
    start = after.index(b"## 2.0.0")
    end = after.index(b"## 1.0.0")
    assert after[:start] + after[end:] == before


def test_an_update_twice_is_an_update_once(history: GitRepo) -> None:
    target = history.path / "CHANGELOG.md"
    target.write_text("# Log\n\n## Unreleased\n\n- soon\n\n## 1.0.0\n")

    changelog(history, "--update")
    once = target.read_bytes()
    changelog(history, "--update")

    assert target.read_bytes() == once
    assert once.index(b"## 2.0.0") < once.index(b"## 1.0.1") < once.index(b"## 1.0.0")


def test_what_people_wrote_goes_into_the_next_version_and_nothing_is_there_twice(
    history: GitRepo,
) -> None:
    target = history.path / "CHANGELOG.md"
    target.write_text("# Log\n\n## Unreleased\n\n- by hand\n\n## 2.0.0\n\n## 1.0.1\n")

    changelog(history, "--unreleased", "--update")
    unreleased = target.read_text()
    changelog(history, "--next", "--update")
    text = target.read_text()

    assert unreleased.startswith("# Log\n\n## Unreleased\n\n- by hand\n\n### Added\n\n- fourth (")
    assert text.startswith("# Log\n\n## Unreleased\n\n## 2.1.0 - ")
    assert (text.count("- by hand"), text.count("- fourth")) == (1, 1)


def test_the_unreleased_section_loses_what_was_reverted_since(history: GitRepo) -> None:
    target = history.path / "CHANGELOG.md"
    target.write_text("# Log\n\n## Unreleased\n\n- by hand\n\n## 2.0.0\n\n## 1.0.1\n")
    changelog(history, "--unreleased", "--update")
    history.revert("HEAD")

    changelog(history, "--unreleased", "--update")

    assert target.read_text() == "# Log\n\n## Unreleased\n\n- by hand\n\n## 2.0.0\n\n## 1.0.1\n"


def test_a_file_whose_headings_name_no_version_stays_as_it_is(history: GitRepo) -> None:
    target = history.path / "CHANGELOG.md"
    target.write_text("# Log\n\n## Spring\n\n- a\n")

    done = tagboat("changelog", "--update", cwd=history.path)

    assert (done.code, "version list" in done.stderr) == (1, True)
    assert target.read_text() == "# Log\n\n## Spring\n\n- a\n"


def test_an_update_of_a_file_that_is_not_there_writes_it_whole(history: GitRepo) -> None:
    changelog(history, "--update")

    text = (history.path / "CHANGELOG.md").read_text()
    assert [line.split()[1] for line in text.splitlines() if line[:3] == "## "] == [
        "2.0.0",
        "1.0.1",
        "1.0.0",
    ]


def test_the_json_of_the_whole_is_one_document(history: GitRepo) -> None:
    document = json.loads(changelog(history, "--json"))

    assert [release["version"] for release in document["releases"]] == [
        None,
        "2.0.0",
        "1.0.1",
        "1.0.0",
    ]


def test_prereleases_fold_into_the_stable_version(repo: GitRepo) -> None:
    repo.commit("feat: one")
    repo.tag("v1.0.0-rc.1")
    repo.commit("fix: two")
    repo.tag("v1.0.0")

    text = changelog(repo)

    assert "rc.1" not in text
    assert "one" in text


def test_prereleases_that_lead_to_no_stable_version_yet_are_shown(repo: GitRepo) -> None:
    repo.commit("feat: one")
    repo.tag("v1.0.0")
    repo.switch("next", at="HEAD")
    repo.commit("feat: two")
    repo.tag("v1.1.0-rc.1")
    repo.commit("fix: three")

    headings = [line.split()[1] for line in changelog(repo).splitlines() if line[:3] == "## "]

    assert headings == ["Unreleased", "1.1.0-rc.1", "1.0.0"]


def test_a_long_history_reads_the_same_from_many_processes(repo: GitRepo) -> None:
    """Sections are shared out among worker processes once there are many."""
    repo.graph(
        [
            Node(
                message=f"feat: number {n}", parents=(n - 2,) if n > 1 else (), tags=(f"v0.{n}.0",)
            )
            for n in range(1, 1200)
        ]
    )

    text = changelog(repo)

    shown = [line for line in text.splitlines() if line.startswith("- number")]
    assert [line.split()[2] for line in shown] == [str(n) for n in range(1199, 0, -1)]
    assert changelog(repo, "0.600.0") in text


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("9.9.9",), "no tag spells version 9.9.9"),
        (("nonsense",), "is not a semantic version"),
        (("v1.0.0...v2.0.0",), "two dots"),
        (("v1.0.0..nowhere",), "'nowhere' names no commit"),
        (("--unreleased", "1.0.0"), "take no version"),
        (("--locale", "xx"), "choose en or zh-CN"),
        (("--template", "nope.md.j2"), "shipped are"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(
    history: GitRepo, args: tuple[str, ...], said: str
) -> None:
    done = tagboat("changelog", *args, cwd=history.path)

    assert (done.code, done.stdout) == (2, "")
    assert said in done.stderr


def test_headings_in_restructured_text_are_underlined_as_far_as_they_go(repo: GitRepo) -> None:
    repo.commit("feat: a")
    result = tagboat("changelog", "--template", "changelog.rst.j2", cwd=repo.path)
    assert result.stdout.startswith("Changelog\n=========\n\n")
    assert "\nUnreleased\n----------\n" in result.stdout


def test_bare_lines_of_a_squash_are_entries_where_all_of_it_counts(repo: GitRepo) -> None:
    lines = "feat: sort by price\n\nfeat: show the year\nfix(security): escape names"
    repo.commit(
        f"fix: count twice a day (#12)\n\n{lines}", files={"tagboat.toml": 'squash = "all"\n'}
    )
    done = tagboat("changelog", "--next", cwd=repo.path)
    told = [line.partition(" (")[0] for line in done.stdout.splitlines() if line[:1] == "-"]
    assert told == [
        "- sort by price",
        "- show the year",
        "- count twice a day",
        "- **security:** escape names",
    ]
