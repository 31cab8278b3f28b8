"""Fixtures for every test; CONTRIBUTING.md says when to use which."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import settings

from tests import environment
from tests.gitrepo import GitRepo

# The machine that runs the tests may be busy: time is what the benchmarks measure.
# Under CI every run looks at the same examples: whether it passes is not a matter of luck.
settings.register_profile("tagboat", deadline=None, print_blob=True, derandomize=environment.IS_CI)
settings.load_profile("tagboat")

# A shell ignores SIGINT for what it runs in the background, and programs inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

IS_HOSTILE = environment.CALLER.get("TAGBOAT_TEST_HOSTILE") == "1"


class MakeRepo(Protocol):
    """The type of the fixture :func:`make_repo`."""

    def __call__(
        self, name: str, *, bare: bool = False, branch: str = "main", object_format: str = "sha1"
    ) -> GitRepo:
        """Create an empty repository in the folder ``name`` of the test."""


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Replace the environment for the whole run; the path is an empty home directory."""
    path = tmp_path_factory.mktemp("home")
    chosen = environment.hostile(path) if IS_HOSTILE else environment.quiet(path)
    with pytest.MonkeyPatch.context() as patch:
        for name in environment.CALLER:
            if not name.startswith("PYTEST_"):
                patch.delenv(name, raising=False)
        for name, value in chosen.items():
            patch.setenv(name, value)
        yield path


@pytest.fixture
def hostile_env(home: Path) -> dict[str, str]:
    """The variables of the worst environment, to run one command in."""
    return environment.hostile(home)


@pytest.fixture
def make_repo(tmp_path: Path) -> MakeRepo:
    """Create repositories by name in the test's folder: ``make_repo("remote", bare=True)``."""

    def make(
        name: str, *, bare: bool = False, branch: str = "main", object_format: str = "sha1"
    ) -> GitRepo:
        path = tmp_path / name
        return GitRepo.init(path, bare=bare, branch=branch, object_format=object_format)

    return make


@pytest.fixture
def repo(make_repo: MakeRepo) -> GitRepo:
    """One empty repository on the branch ``main``."""
    return make_repo("repo")
