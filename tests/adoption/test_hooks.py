"""The hooks for pre-commit, installed by it from a clone of this repository."""

from pathlib import Path

import pytest

from tests.adoption.programs import program_env, run
from tests.gitrepo import GitRepo


class Hooked:
    """A repository with the hooks of tagboat, and a remote that it pushes to."""

    def __init__(self, folder: Path, tagboat: GitRepo) -> None:
        self.remote = GitRepo.init(folder / "remote.git", bare=True)
        self.repo = GitRepo.init(folder / "project")
        self.env = program_env(folder, PRE_COMMIT_HOME=str(folder / "cache")) | {
            f"GIT_{who}_{what}": text
            for who in ("AUTHOR", "COMMITTER")
            for what, text in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))
        }
        settings = (
            f"repos:\n- repo: {tagboat.path}\n  rev: {tagboat.head}\n"
            "  hooks:\n  - id: tagboat-message\n  - id: tagboat-push\n"
        )
        self.repo.commit("feat: start", files={".pre-commit-config.yaml": settings})
        self.repo.git("remote", "add", "origin", str(self.remote.path))
        self.repo.git("push", "--quiet", "origin", "main")
        for stage in ("commit-msg", "pre-push"):
            self("pre-commit", "install", "--hook-type", stage)

    def __call__(self, *command: str) -> tuple[int, str]:
        return run(*command, cwd=self.repo.path, env=self.env)


@pytest.fixture(scope="module")
def hooked(tmp_path_factory: pytest.TempPathFactory, tagboat_repository: GitRepo) -> Hooked:
    return Hooked(tmp_path_factory.mktemp("hooked"), tagboat_repository)


def test_a_message_that_is_not_conventional_makes_no_commit(hooked: Hooked) -> None:
    before = hooked.repo.head
    code, told = hooked("git", "commit", "--allow-empty", "--message", "feat:add a map")
    assert code
    assert "try: feat: add a map" in told
    assert hooked.repo.head == before
    assert hooked("git", "commit", "--allow-empty", "--message", "feat: add a map")[0] == 0


def test_what_is_pushed_is_checked_and_nothing_below_it(hooked: Hooked) -> None:
    hooked.repo.git("commit", "--allow-empty", "--no-verify", "--quiet", "-m", "feat:below")
    hooked.repo.git("push", "--quiet", "--no-verify", "origin", "main")
    hooked.repo.commit("feat: above")
    code, told = hooked("git", "push", "origin", "main")
    assert (code, "Passed" in told) == (0, True), told
    hooked.repo.git("commit", "--allow-empty", "--no-verify", "--quiet", "-m", "fix:the chart")
    code, told = hooked("git", "push", "origin", "main")
    assert code
    assert "try: fix: the chart" in told
    assert "feat:below" not in told
