"""Fixtures for every test; CONTRIBUTING.md says when to use which."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import settings

from tests import environment, tiers
from tests.gitrepo import GitRepo

# The machine that runs the tests may be busy: time is what the benchmarks measure.
settings.register_profile("default", deadline=None, print_blob=True)
settings.register_profile("thorough", settings.get_profile("default"), max_examples=1000)
settings.load_profile(environment.CALLER.get("HYPOTHESIS_PROFILE", "default"))

# A shell ignores SIGINT for what it runs in the background, nohup SIGHUP; programs inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

IS_HOSTILE = environment.CALLER.get("TAGBOAT_TEST_HOSTILE") == "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run take a tier, or a share of one."""
    parser.addoption("--tier", choices=tiers.TIERS, default="all", help="which tests to run")
    parser.addoption("--share", type=int, default=1, metavar="N", help="one test in N")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Take the tier; under CI, examples come from the commit's id as well as cells."""
    if environment.IS_CI and config.getoption("hypothesis_seed") is None:
        config.option.hypothesis_seed = str(chosen(config).number("examples"))
    tiers.choose(chosen(config))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many workers again as there are processors: tests wait for git and for servers."""
    return (os.cpu_count() or 1) * 3 // 2


def chosen(config: pytest.Config) -> tiers.Choice:
    """What the run takes."""
    return tiers.Choice(config.getoption("tier"), config.getoption("share"))


def pytest_report_header(config: pytest.Config) -> str:
    """How to have the same run again."""
    seed = config.getoption("hypothesis_seed")
    examples = f", examples --hypothesis-seed={seed}" if seed else ""
    return f"tier {config.getoption('tier')}; cells TAGBOAT_CELL={tiers.SEED}{examples}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is of another tier."""
    dropped = set(chosen(config).left_out(items))
    if dropped:
        config.hook.pytest_deselected(items=sorted(dropped, key=lambda item: item.nodeid))
        items[:] = [item for item in items if item not in dropped]


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
