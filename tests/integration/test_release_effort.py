"""What a run asks of git: nothing twice that can't have changed, and all refs at once."""

from collections import Counter
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import CHANGELOG, Remote, push
from tests.wrapped_git import wrapped_git


@pytest.fixture
def clone(tmp_path: Path) -> GitRepo:
    """A clone that lacks the records of its releases."""
    remote = Remote(tmp_path / "remotes")
    released = remote.started(files={"CHANGELOG.md": CHANGELOG})
    for message in ("fix: a", "fix: b"):
        assert tagboat("release", cwd=released.path).code == 0
        push(released, message)
    return remote.clone("fresh")


def asked(clone: GitRepo, folder: Path) -> list[str]:
    """The commands that git gets from a release."""
    log = folder / "log"
    path = wrapped_git(folder / "bin", f'echo "$*" >> {log}')
    assert tagboat("release", cwd=clone.path, env=path).code == 0
    return log.read_text().splitlines()


def test_tags_and_records_are_read_once(clone: GitRepo, tmp_path: Path) -> None:
    reads = ("cat-file tag", "cat-file blob", "notes --ref=refs/notes/tagboat list")
    counts = Counter(line for line in asked(clone, tmp_path) if line.startswith(reads))
    # A note is listed again once its ref has moved: before the push, and after it.
    assert {line for line, count in counts.items() if count > 1 + line.startswith("notes")} == set()


def test_refs_of_the_remote_are_written_at_once(clone: GitRepo, tmp_path: Path) -> None:
    clone.git("switch", "--quiet", "--detach", "v0.1.0")
    clone.git("switch", "--quiet", "-C", "main")
    lines = asked(clone, tmp_path)
    assert [line for line in lines if line.startswith("update-ref")] == []


def test_remote_is_looked_up_once_for_a_commit_that_is_checked_out(
    clone: GitRepo, tmp_path: Path
) -> None:
    lines = asked(clone, tmp_path)
    lookups = [line for line in lines if line.startswith("remote get-url -- ")]
    assert len(lookups) <= sum(line.startswith("checkout") for line in lines)
