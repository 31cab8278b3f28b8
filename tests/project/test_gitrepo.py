"""The builder of histories writes what it says."""

from pathlib import Path

import pytest

from tests.conftest import MakeRepo
from tests.gitrepo import EPOCH, MINUTE, GitRepo, Node


def test_same_calls_give_same_ids(make_repo: MakeRepo) -> None:
    first, second = make_repo("first"), make_repo("second")
    assert first.commits("feat: a", "fix: b") == second.commits("feat: a", "fix: b")


def test_clock_advances_a_minute_a_commit(repo: GitRepo) -> None:
    repo.commits("feat: a", "fix: b")
    assert repo.git("log", "--format=%ct").split() == [str(EPOCH + MINUTE), str(EPOCH)]


def test_message_is_kept_byte_for_byte(repo: GitRepo) -> None:
    made = repo.commit(b"feat: caf\xe9\r\n\r\n\r\n# not a comment  ")
    raw = repo.git("cat-file", "commit", made).encode(errors="surrogateescape")
    assert raw.endswith(b"\n\nfeat: caf\xe9\r\n\r\n\r\n# not a comment  ")


def test_encoding_is_in_the_header(repo: GitRepo) -> None:
    made = repo.commit("feat: é".encode("latin-1"), encoding="ISO-8859-1")
    assert "\nencoding ISO-8859-1\n" in repo.git("cat-file", "commit", made)


def test_author_may_be_bytes_that_are_not_utf8(repo: GitRepo) -> None:
    made = repo.commit("feat: a", author="Andr\udce9 <a@example.org>")
    assert "author Andr\udce9 <a@example.org> " in repo.git("cat-file", "commit", made)


@pytest.mark.parametrize("date", [0, 4_102_444_800])
def test_date_may_be_far_away(repo: GitRepo, date: int) -> None:
    repo.commit("feat: a", date=date)
    assert repo.git("show", "--no-patch", "--format=%at %ct") == f"{date} {date}"


def test_files_are_committed_and_stay(repo: GitRepo) -> None:
    repo.commit("feat: a", files={"src/a.txt": "a"})
    repo.commit("docs: b")
    assert repo.git("ls-tree", "-r", "--name-only", "HEAD") == "src/a.txt"
    assert repo.git("status", "--porcelain") == ""


def test_tag_is_annotated_where_it_has_a_message(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.tag("light")
    repo.tag("heavy", message="text")
    assert repo.git("cat-file", "-t", "light") == "commit"
    assert repo.git("cat-file", "-t", "heavy") == "tag"


def test_merge_of_two_branches_is_an_octopus(repo: GitRepo) -> None:
    root = repo.commit("feat: root")
    for name in ("one", "two"):
        repo.switch(name, at=root)
        repo.commit(f"feat: {name}")
    repo.switch("main")
    repo.commit("feat: main")
    made = repo.merge("one", "two", message="Merge")
    assert len(repo.git("show", "--no-patch", "--format=%P", made).split()) == 3


def test_revert_names_what_it_reverts(repo: GitRepo) -> None:
    made = repo.commit("feat: a")
    repo.revert(made)
    expected = f'Revert "feat: a"\n\nThis reverts commit {made}.'
    assert repo.git("show", "--no-patch", "--format=%B").strip() == expected


def test_shallow_treeless_clone_without_tags(repo: GitRepo, tmp_path: Path) -> None:
    repo.commits("feat: a", "feat: b")
    repo.tag("v1.0.0")
    copy = repo.clone(tmp_path / "copy", depth=1, filter_spec="tree:0", tags=False)
    assert copy.git("rev-parse", "--is-shallow-repository") == "true"
    assert copy.git("config", "remote.origin.partialCloneFilter") == "tree:0"
    assert copy.git("tag") == ""


def test_graph_writes_parents_tags_and_branches(repo: GitRepo) -> None:
    nodes = [
        Node(message="feat: root", tags=("v1.0.0",)),
        Node(message="feat: left", parents=(0,), branches=("left",)),
        Node(message="feat: right", parents=(0,), date=0),
        Node(message="Merge", parents=(2, 1), annotated_tags=("v1.1.0",)),
    ]
    root, left, right, merge = repo.graph(nodes)
    assert repo.git("show", "--no-patch", "--format=%P", merge) == f"{right} {left}"
    assert repo.git("rev-parse", "v1.0.0", "v1.1.0^{}", "left") == f"{root}\n{merge}\n{left}"
    assert repo.head == merge
    assert repo.git("cat-file", "-t", "v1.1.0") == "tag"
    assert repo.git("show", "--no-patch", "--format=%ct", right) == "0"


def test_sha256_repository(make_repo: MakeRepo) -> None:
    repo = make_repo("wide", object_format="sha256")
    assert len(repo.commit("feat: a")) == 64
