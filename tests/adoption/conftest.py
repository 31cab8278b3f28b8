"""Fixtures of the ways in."""

from pathlib import Path

import pytest

from tests.adoption.programs import checkout, install_programs
from tests.gitrepo import GitRepo


@pytest.fixture(scope="session", autouse=True)
def _programs() -> None:
    install_programs()


@pytest.fixture(scope="session")
def tagboat_repository(tmp_path_factory: pytest.TempPathFactory, home: Path) -> GitRepo:
    """A repository with the files of this checkout, which others clone."""
    del home  # the quiet environment, in which it is made
    return checkout(tmp_path_factory.mktemp("published") / "tagboat")
