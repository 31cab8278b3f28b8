"""The hostile environment is valid, and does lead git itself astray."""

import os
import subprocess

from tests import environment
from tests.gitrepo import GitRepo


def test_hostile_configuration_is_valid(repo: GitRepo) -> None:
    listed = repo.git("config", "--file", str(environment.HOSTILE_CONFIG), "--list")
    assert "color.ui=always" in listed.splitlines()


def test_hostile_configuration_changes_what_git_prints(repo: GitRepo) -> None:
    repo.commit("feat: a")
    printed = repo.git("log", env={"GIT_CONFIG_GLOBAL": str(environment.HOSTILE_CONFIG)})
    assert printed != repo.git("log")
    assert "\x1b" in printed


def test_hostile_variables_lead_git_astray(repo: GitRepo, hostile_env: dict[str, str]) -> None:
    repo.commit("feat: a")
    command = ["git", "rev-parse", "HEAD"]
    done = subprocess.run(command, cwd=repo.path, env=hostile_env, check=False, capture_output=True)
    assert done.returncode != 0


def test_a_test_run_has_no_home_and_no_ci_variables() -> None:
    assert os.environ["HOME"] != environment.CALLER["HOME"]
    assert "CI" not in os.environ
    assert os.environ["GIT_CONFIG_GLOBAL"] in {os.devnull, str(environment.HOSTILE_CONFIG)}
