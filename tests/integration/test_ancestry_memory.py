"""What is remembered of a repository's tags changes no answer, whatever happens meanwhile."""

import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tagboat.adapters.git.history import GitHistory
from tagboat.adapters.git.history.ancestry_cache import Ancestry, AncestryMemory
from tagboat.core.commits.commit import Commit, Visit
from tests.commandline import tagboat, tagboat_process
from tests.gitrepo import GitRepo, Node

MANY = 70
NOBODY = 65534
MAGIC = "tagboat ancestry 1"
LOST = "f" * 40


class Sided(GitRepo):
    """A repository with a line of ten commits and many tagged side branches of one."""

    sides: tuple[str, ...] = ()

    @property
    def memory(self) -> Path:
        """The file in which things are remembered."""
        return self.path / ".git" / "tagboat" / "ancestry"

    def history(self) -> GitHistory:
        """What reads the repository, after its first look."""
        history = GitHistory(str(self.path))
        history.facts()
        return history


@pytest.fixture
def repo(tmp_path: Path) -> Sided:
    """Side branches tagged v2.0.0 to v2.69.0, and v1.0.0 on the line."""
    repo = Sided.init(tmp_path / "repo")
    assert isinstance(repo, Sided)
    line = [
        Node(
            message=f"fix: {n}",
            parents=(n - 1,) if n else (),
            tags=("v1.0.0",) if n == 7 else (),
        )
        for n in range(10)
    ]
    sides = [
        Node(message="feat: side", parents=(n % 10,), tags=(f"v2.{n}.0",)) for n in range(MANY)
    ]
    made = repo.graph([*line, *sides])
    repo.git("reset", "--quiet", "--soft", made[9])
    repo.sides = tuple(made[10:])
    return repo


def remembered(repo: Sided) -> set[str]:
    """Ask about all side branches, so that the answer is kept."""
    return repo.history().not_ancestors(repo.sides, repo.head)


def assert_right(repo: Sided) -> None:
    """The answers with memory are git's own."""
    history = repo.history()
    expected = history.non_ancestors(set(repo.sides), repo.head)

    assert history.known_non_ancestors(repo.head) <= expected
    assert history.not_ancestors(repo.sides, repo.head) == expected
    assert history.known_non_ancestors(repo.head) <= expected


class Line(Ancestry):
    """A history of numbered commits in one line, that lists what it is asked."""

    def __init__(self) -> None:
        self.questions: list[set[str]] = []

    def non_ancestors(self, candidates: set[str], origin: str) -> set[str]:
        self.questions.append(candidates)
        return {one for one in candidates if int(one) > int(origin)}

    def walk(
        self, include: str, exclude: Sequence[str] = (), *, edges: bool = False
    ) -> Iterator[Visit]:
        low = max(map(int, exclude))
        for number in range(int(include), low - edges, -1):
            yield Visit(Commit(str(number), (str(number - 1),), ""), number <= low)


ABOVE = {str(number) for number in range(1000, 1000 + MANY)}


# Remembering


def test_many_strangers_are_remembered(repo: Sided) -> None:
    assert repo.history().known_non_ancestors(repo.head) == frozenset()
    assert remembered(repo) == set(repo.sides)
    assert repo.history().known_non_ancestors(repo.head) == set(repo.sides)


def test_few_strangers_are_not_worth_remembering(repo: Sided) -> None:
    repo.history().not_ancestors(repo.sides[:63], repo.head)

    assert not repo.memory.exists()


def test_what_is_remembered_is_not_asked_again(tmp_path: Path) -> None:
    git = Line()
    memory = AncestryMemory(git, str(tmp_path))
    memory.non_ancestors(ABOVE, "10")
    memory.non_ancestors(ABOVE | {"5", "2000"}, "20")

    assert git.questions == [ABOVE, {"5", "2000"}]


def test_asking_again_writes_nothing(repo: Sided) -> None:
    remembered(repo)
    before = repo.memory.stat().st_ino
    remembered(repo)

    assert repo.memory.stat().st_ino == before


def test_what_became_an_ancestor_is_no_longer_remembered(tmp_path: Path) -> None:
    memory = AncestryMemory(Line(), str(tmp_path))
    memory.non_ancestors(ABOVE, "10")

    assert memory.recalled("1005") == {one for one in ABOVE if int(one) > 1005}
    assert memory.non_ancestors(ABOVE, "1005") == {one for one in ABOVE if int(one) > 1005}


def test_a_work_tree_shares_what_another_remembers(repo: Sided, tmp_path: Path) -> None:
    remembered(repo)
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "other"), "HEAD")
    other = GitHistory(str(tmp_path / "other"))
    other.facts()

    assert other.known_non_ancestors(repo.head) == set(repo.sides)


def test_the_next_version_is_the_same_before_and_after_remembering(repo: Sided) -> None:
    answers = [tagboat("version", "next", cwd=repo.path) for _ in range(2)]

    assert repo.memory.exists()
    assert answers == [(0, "1.0.1\n", "")] * 2


# Changing histories


@pytest.mark.parametrize("seed", range(4))
def test_answers_are_git_s_own_while_a_history_changes(repo: Sided, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test wants the same chance each time
    line = repo.git("rev-list", "HEAD").split()
    for _ in range(12):
        what = chance.choice(["commit", "merge", "switch", "back"])
        if what == "commit":
            repo.commit("fix: more")
        elif what == "merge":
            repo.merge(chance.choice(repo.sides), message="Merge")
        else:
            repo.detach(chance.choice(repo.sides if what == "switch" else line))
        assert_right(repo)


def test_a_merged_side_branch_is_a_stranger_no_more(repo: Sided) -> None:
    remembered(repo)
    repo.merge(repo.sides[0], message="Merge")

    assert repo.history().known_non_ancestors(repo.head) == {*repo.sides[1:]}
    assert tagboat("version", "next", cwd=repo.path).stdout == "2.0.1\n"


def test_another_line_starts_from_nothing(repo: Sided) -> None:
    remembered(repo)
    repo.detach(repo.sides[0])

    assert repo.history().known_non_ancestors(repo.head) == frozenset()
    assert_right(repo)


def test_a_commit_that_was_amended_and_pruned_is_no_hindrance(repo: Sided) -> None:
    before = repo.head
    lost = repo.commit("fix: amended")
    remembered(repo)
    repo.git("reset", "--quiet", "--soft", before)
    repo.commit("fix: instead")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "--quiet", "--prune=now")

    assert lost in repo.memory.read_text()
    assert_right(repo)


# Damage


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"something else\n",
        f"{MAGIC}\n".encode(),
        f"{MAGIC}\n{LOST}\n{LOST}\n".encode(),
        f"tagboat ancestry 0\n{LOST}\ntagboat ancestry 0".encode(),
        f"{MAGIC}\n{LOST}\n{LOST}\n{MAGIC}".encode(),
        f"{MAGIC}\nno id\n\n{MAGIC}".encode(),
        f"{MAGIC}\n--output=written\n\n{MAGIC}".encode(),
    ],
)
def test_a_damaged_memory_is_forgotten(repo: Sided, content: bytes) -> None:
    repo.memory.parent.mkdir()
    repo.memory.write_bytes(content)
    assert_right(repo)

    assert not (repo.path / "written").exists()


def test_a_memory_that_ends_early_is_forgotten(repo: Sided) -> None:
    remembered(repo)
    repo.memory.write_text(repo.memory.read_text()[:-30])

    assert repo.history().known_non_ancestors(repo.head) == frozenset()
    assert_right(repo)


def test_a_damaged_memory_is_replaced(repo: Sided) -> None:
    repo.memory.parent.mkdir()
    repo.memory.write_text("damaged")
    remembered(repo)

    assert repo.history().known_non_ancestors(repo.head) == set(repo.sides)


# Commits with other parents than they say


def _replace(repo: Sided) -> str:
    """Make a commit from elsewhere the parent of the line's root, which is returned."""
    root = repo.git("rev-list", "--max-parents=0", "HEAD")
    orphan = repo.git("commit-tree", "-m", "feat: elsewhere", "HEAD^{tree}")
    repo.sides = (*repo.sides, orphan)
    remembered(repo)
    repo.git("replace", "--graft", root, orphan)
    return root


@pytest.mark.parametrize("packed", [False, True])
def test_replace_refs_change_no_answer(repo: Sided, *, packed: bool) -> None:
    _replace(repo)
    if packed:
        repo.git("pack-refs", "--all", "--prune")
        (repo.path / ".git" / "refs" / "replace").rmdir()
    assert repo.sides[-1] in repo.history().not_ancestors(repo.sides, repo.head)
    assert repo.history().known_non_ancestors(repo.head) == frozenset()


def test_answers_under_replace_refs_are_not_remembered(repo: Sided) -> None:
    root = _replace(repo)
    repo.commit("fix: more")
    remembered(repo)
    repo.git("replace", "--delete", root)
    assert_right(repo)


@pytest.mark.parametrize("name", ["info/grafts", "shallow", "reftable"])
def test_nothing_is_remembered_where_parents_may_be_others(tmp_path: Path, name: str) -> None:
    git = Line()
    memory = AncestryMemory(git, str(tmp_path))
    memory.non_ancestors(ABOVE, "10")
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("")
    memory.non_ancestors(ABOVE, "10")

    assert git.questions == [ABOVE, ABOVE]
    assert memory.recalled("10") == frozenset()


# Folders that can't be written


@contextmanager
def nobody() -> Iterator[None]:
    """Give up root's right to write anywhere, where that is who runs the tests."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A folder that everybody may read and nobody may write."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


def test_without_write_access_nothing_is_kept_and_answers_are_right(read_only: Path) -> None:
    git = Line()
    with nobody():
        memory = AncestryMemory(git, str(read_only))
        answers = [memory.non_ancestors(ABOVE | {"5"}, "10") for _ in range(2)]

    assert answers == [ABOVE, ABOVE]
    assert list(read_only.iterdir()) == []


def test_without_write_access_what_is_there_is_used(read_only: Path) -> None:
    read_only.chmod(0o755)
    AncestryMemory(Line(), str(read_only)).non_ancestors(ABOVE, "10")
    (read_only / "tagboat").chmod(0o555)
    before = (read_only / "tagboat" / "ancestry").read_text()
    git = Line()
    with nobody():
        answer = AncestryMemory(git, str(read_only)).non_ancestors(ABOVE | {"15", "2000"}, "20")
    (read_only / "tagboat").chmod(0o755)

    assert (answer, git.questions) == (ABOVE | {"2000"}, [{"2000"}])
    assert (read_only / "tagboat" / "ancestry").read_text() == before


def test_a_file_where_the_folder_should_be_is_left_alone(repo: Sided) -> None:
    repo.memory.parent.write_text("mine")
    assert_right(repo)

    assert repo.memory.parent.read_text() == "mine"


# Several at once


def test_several_processes_at_once_are_all_right(repo: Sided, tmp_path: Path) -> None:
    folders = [repo.path]
    for number, side in enumerate(repo.sides[:3]):
        folders.append(tmp_path / f"tree{number}")
        repo.git("worktree", "add", "--quiet", "--detach", str(folders[-1]), side)
    with ThreadPoolExecutor(len(folders)) as pool:
        answers = list(pool.map(_next, folders * 2))

    assert answers == ["1.0.1\n", "2.0.0\n", "2.1.0\n", "2.2.0\n"] * 2
    assert [path.name for path in repo.memory.parent.iterdir()] == ["ancestry"]
    assert_right(repo)


def _next(folder: Path) -> str:
    return tagboat_process("version", "next", "--channel=main", cwd=folder).stdout
