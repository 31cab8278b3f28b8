"""What commits are read as, whatever their shape, bytes and dates."""

from pathlib import Path

import pytest

from tagboat.adapters.git.history import GitHistory
from tagboat.core.commits.commit import Commit
from tests.commandline import tagboat
from tests.conftest import MakeRepo
from tests.gitrepo import AUTHOR, GitRepo, Node
from tests.releasing import Remote

PATCH = (0, "1.0.1\n", "")
MINOR = (0, "1.1.0\n", "")


@pytest.fixture
def released(repo: GitRepo) -> GitRepo:
    """A repository whose last commit is v1.0.0."""
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    return repo


def _head(repo: GitRepo) -> Commit:
    """HEAD's commit as it is read."""
    return next(iter(GitHistory(str(repo.path)).walk(repo.head))).commit


def _write(repo: GitRepo, raw: str | bytes) -> str:
    """Write a commit object byte for byte, make it HEAD and return its id."""
    made = repo.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw)
    repo.git("update-ref", "HEAD", made)
    return made


def _raw(repo: GitRepo, people: str, message: str) -> str:
    tree = repo.git("rev-parse", "HEAD^{tree}")
    return f"tree {tree}\nparent {repo.head}\n{people}\n\n{message}\n"


def test_a_walk_that_was_begun_is_the_same(released: GitRepo) -> None:
    released.commits("fix: b", "feat: c")
    history = GitHistory(str(released.path))
    expected, after = (
        list(history.walk(released.head)),
        list(history.walk(released.head, ("v1.0.0",))),
    )
    history.begin_walk(released.head)
    assert list(history.walk(released.head, ("v1.0.0",))) == after
    assert list(history.walk(released.head)) == expected
    assert list(history.walk(released.head)) == expected


def test_commits_of_both_sides_of_a_merge_count(released: GitRepo) -> None:
    released.switch("side", at="HEAD")
    released.commit("feat: aside")
    released.switch("main")
    released.commit("fix: b")
    released.merge("side")
    assert tagboat("version", "next", cwd=released.path) == MINOR


def test_a_criss_cross_counts_each_commit_once(repo: GitRepo) -> None:
    repo.graph(
        [
            Node(message="feat: a", tags=("v1.0.0",)),
            Node(message="fix: left", parents=(0,)),
            Node(message="feat: right", parents=(0,)),
            Node(message="Merge right", parents=(1, 2)),
            Node(message="Merge left", parents=(2, 1)),
            Node(message="fix: left again", parents=(3,)),
            Node(message="fix: right again", parents=(4,)),
            Node(message="Merge both", parents=(5, 6)),
        ]
    )
    walked = [v.commit.message for v in GitHistory(str(repo.path)).walk(repo.head, ("v1.0.0",))]
    assert len(walked) == len(set(walked)) == 7
    assert tagboat("version", "next", cwd=repo.path) == MINOR


def test_an_octopus_has_all_its_parents(repo: GitRepo) -> None:
    ids = repo.graph(
        [
            Node(message="feat: a", tags=("v1.0.0",)),
            Node(message="fix: b", parents=(0,)),
            Node(message="fix: c", parents=(0,)),
            Node(message="feat: d", parents=(0,)),
            Node(message="Merge all", parents=(1, 2, 3)),
        ]
    )
    assert _head(repo).parents == (ids[1], ids[2], ids[3])
    assert tagboat("version", "next", cwd=repo.path) == MINOR


def test_a_tag_on_a_merged_side_branch_is_the_base(repo: GitRepo) -> None:
    repo.graph(
        [
            Node(message="feat: a", tags=("v1.0.0",)),
            Node(message="feat: b", parents=(0,), tags=("v1.1.0",)),
            Node(message="fix: c", parents=(0,)),
            Node(message="Merge", parents=(2, 1)),
        ]
    )
    assert tagboat("version", "next", cwd=repo.path) == (0, "1.1.1\n", "")


def test_a_tag_on_a_side_branch_that_is_not_merged_is_no_base(repo: GitRepo) -> None:
    repo.graph(
        [
            Node(message="feat: a", tags=("v1.0.0",)),
            Node(message="feat: b", parents=(0,), tags=("v1.1.0",)),
            Node(message="fix: c", parents=(0,), branches=("main",)),
        ]
    )
    assert tagboat("version", "next", cwd=repo.path) == PATCH


def test_a_sha_256_repository(make_repo: MakeRepo) -> None:
    repo = make_repo("sha256", object_format="sha256")
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    repo.commit("feat: b")
    repo.commit("fix: c")
    assert len(_head(repo).parents[0]) == 64
    assert tagboat("version", "next", cwd=repo.path) == MINOR


def test_a_replaced_commit_is_read_as_it_was_made(released: GitRepo) -> None:
    feature = released.commit("feat: b")
    released.commit("fix: c")
    raw = released.git("cat-file", "commit", feature).replace("feat: b", "fix: b")
    better = released.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw)
    released.git("replace", feature, better)
    assert released.git("log", "-1", "--format=%H %B", "HEAD~1") == f"{feature} fix: b"
    assert tagboat("version", "next", cwd=released.path) == MINOR


@pytest.mark.parametrize("command", [("version", "next"), ("changelog", "--unreleased")])
def test_a_release_says_what_a_preview_says_of_replaced_commits(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    clone = Remote(tmp_path).started()
    clone.tag("v1.0.0")
    feature = clone.commit("feat: b")
    clone.git("push", "--quiet", "--tags", "origin", "main")
    clone.git("replace", "--edit", feature, env={"GIT_EDITOR": "sed -i s/feat:/fix:/"})
    before = tagboat(*command, cwd=clone.path).stdout
    assert tagboat("release", cwd=clone.path).stdout == "1.1.0\n"
    assert before == "1.1.0\n" or "### Added" in before


def test_a_replace_ref_that_cuts_history_hides_nothing(released: GitRepo) -> None:
    cut = released.commit("feat: b")
    released.commit("fix: c")
    released.git("replace", "--graft", cut)
    assert tagboat("version", "next", cwd=released.path) == MINOR


def test_a_graft_hides_nothing(released: GitRepo) -> None:
    cut = released.commit("feat: b")
    released.commit("fix: c")
    (released.path / ".git" / "info").mkdir(exist_ok=True)
    (released.path / ".git" / "info" / "grafts").write_text(f"{cut}\n")
    assert tagboat("version", "next", cwd=released.path, env={"GIT_GRAFT_FILE": ""}) == MINOR


@pytest.mark.parametrize("encoding", [None, "ISO-8859-1", "no-such-encoding"])
def test_a_message_in_another_encoding_is_read(released: GitRepo, encoding: str | None) -> None:
    released.commit("feat: caf\xe9\n\nna\xefve\n".encode("latin-1"), encoding=encoding)
    expected = "feat: café" if encoding == "ISO-8859-1" else "feat: caf\N{REPLACEMENT CHARACTER}"
    assert _head(released).title == expected
    assert tagboat("version", "next", cwd=released.path) == MINOR


def test_an_encoding_that_is_not_a_superset_of_ascii(released: GitRepo) -> None:
    released.commit("feat: \u4f60\u597d\n".encode("gb18030"), encoding="GB18030")
    assert _head(released).title == "feat: \u4f60\u597d"


@pytest.mark.parametrize("encoding", [None, "ISO-8859-1"])
def test_an_author_s_name_in_another_encoding_is_read(
    released: GitRepo, encoding: str | None
) -> None:
    author = b"Andr\xe9 <andr\xe9@example.org>".decode(errors="surrogateescape")
    released.commit("fix: b", author=author, encoding=encoding)
    letter = "é" if encoding else "\N{REPLACEMENT CHARACTER}"
    assert _head(released).author_name == f"Andr{letter}"
    assert tagboat("version", "next", cwd=released.path) == PATCH


def test_line_ends_of_another_system_change_nothing(released: GitRepo) -> None:
    released.commit(b"feat: b\r\n\r\nbody\r\n\r\nBREAKING CHANGE: all\r\n")
    assert tagboat("version", "next", cwd=released.path) == (0, "2.0.0\n", "")


def test_binary_junk_is_one_commit_and_releases_nothing(released: GitRepo) -> None:
    junk = bytes(range(1, 256)) * 300
    released.commit(junk)
    released.commit("fix: b")
    assert tagboat("version", "next", cwd=released.path) == PATCH


def test_a_message_that_looks_like_records_is_one_message(released: GitRepo) -> None:
    released.commit(f">{'1' * 40}\n{'2' * 40}\n0\nA\na@example.org\nfeat!: not mine\n")
    released.commit("fix: b")
    assert tagboat("version", "next", cwd=released.path) == PATCH


def test_an_empty_message_is_a_commit(released: GitRepo) -> None:
    released.commit("")
    assert _head(released).message.strip() == ""
    released.commit("fix: b")
    assert tagboat("version", "next", cwd=released.path) == PATCH


def test_a_message_of_megabytes(released: GitRepo) -> None:
    released.commit("feat: b\n\n" + "line of text\n" * 400_000)
    released.commit("fix: c")
    assert tagboat("version", "next", cwd=released.path) == MINOR


@pytest.mark.parametrize("dates", [(0, 0), (4_102_444_800, 0), (0, 4_102_444_800)])
def test_dates_do_not_matter(repo: GitRepo, dates: tuple[int, int]) -> None:
    tagged, later = dates
    repo.commit("feat: a", date=tagged)
    repo.tag("v1.0.0")
    repo.commit("feat: b", date=later)
    repo.commit("fix: c", date=tagged)
    assert tagboat("version", "next", cwd=repo.path) == MINOR


@pytest.mark.parametrize("date", [0, 4_102_444_800, 1 << 40])
def test_a_date_is_read_whole(released: GitRepo, date: int) -> None:
    released.commit("fix: b", date=date)
    assert _head(released).time == date


@pytest.mark.parametrize(
    "people",
    [
        f"author {AUTHOR} -86400 +0000\ncommitter {AUTHOR} -86400 +0000",
        f"author {AUTHOR}\ncommitter {AUTHOR}",
        f"author {AUTHOR} soon +0000\ncommitter {AUTHOR} soon +0000",
        f"author {AUTHOR} {9**23} +0000\ncommitter {AUTHOR} {9**23} +0000",
        f"author {AUTHOR} 1 +9999999\ncommitter {AUTHOR} 1 +9999999",
        "author nobody\ncommitter nobody",
        "author <>\ncommitter <>",
        f"author {AUTHOR} 1 +0000",
    ],
    ids=[
        "negative",
        "none",
        "words",
        "too-long",
        "odd-zone",
        "no-address",
        "empty",
        "no-committer",
    ],
)
def test_a_commit_with_malformed_people_or_dates_still_counts(
    released: GitRepo, people: str
) -> None:
    _write(released, _raw(released, people, "feat: b"))
    released.commit("fix: c")
    assert tagboat("version", "next", cwd=released.path) == MINOR


def test_a_commit_without_a_date_that_can_be_read_is_dated_1970(released: GitRepo) -> None:
    _write(released, _raw(released, f"author {AUTHOR}\ncommitter {AUTHOR}", "fix: b"))
    assert _head(released).time == 0


def test_a_message_ends_with_its_last_word(released: GitRepo) -> None:
    _write(released, _raw(released, f"author {AUTHOR}\ncommitter {AUTHOR}", "fix: b\n\nc\n\n"))
    assert _head(released).message == "fix: b\n\nc"


def test_what_commits_have_in_common_is_in_memory_once(released: GitRepo) -> None:
    released.commit("fix: b")
    walk = GitHistory(str(released.path)).walk(released.head)
    child, parent = (visit.commit for visit in walk)

    assert child.parents[0] is parent.id
    assert child.author_name is parent.author_name
    assert child.author_email is parent.author_email


def test_the_email_addresses_of_all_authors(released: GitRepo) -> None:
    released.commit("fix: b", author="Bob <BOB@Example.org>")
    found = GitHistory(str(released.path)).authors(released.head)
    assert found == {"ada@example.org", "bob@example.org"}


def test_a_mailmap_changes_no_author(released: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "map").write_text("Someone Else <else@example.org> <ada@example.org>\n")
    released.git("config", "mailmap.file", str(tmp_path / "map"))
    released.git("config", "log.mailmap", "true")
    assert _head(released).author_name == "Ada Lovelace"


def test_a_cherry_pick_of_a_released_commit_is_not_counted_twice(repo: GitRepo) -> None:
    repo.commit("feat: a")
    picked = repo.commit("feat: b")
    repo.tag("v1.1.0")
    repo.cherry_pick(picked)
    repo.commit("fix: c")
    assert tagboat("version", "next", cwd=repo.path) == (0, "1.1.1\n", "")


def test_a_cherry_pick_names_its_source_by_an_abbreviated_id(repo: GitRepo) -> None:
    repo.commit("feat: a")
    picked = repo.commit("feat: b")
    messages = GitHistory(str(repo.path)).messages([picked[:12], picked, "0" * 40, "f" * 7])
    assert messages == {picked[:12]: "feat: b", picked: "feat: b"}


def test_an_id_that_is_not_of_a_commit_has_no_message(released: GitRepo) -> None:
    tree = released.git("rev-parse", "HEAD^{tree}")
    assert GitHistory(str(released.path)).messages([tree]) == {}
