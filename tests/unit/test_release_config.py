"""What the configuration says about making a release."""

import pytest

from tagboat.core.config import config_of
from tagboat.core.config.meaning import version_files

PACKAGES = {
    "files": ["VERSION"],
    "packages": [{"name": "a", "files": ["a/VERSION"]}, {"name": "b", "paths": ["b"]}],
}


def test_files_of_the_repository_where_it_has_no_packages() -> None:
    assert version_files(config_of({"files": ["VERSION"]})) == ("VERSION",)


@pytest.mark.parametrize(("package", "files"), [("a", ("a/VERSION",)), ("b", ())])
def test_files_of_a_package_are_its_own(package: str, files: tuple[str, ...]) -> None:
    assert version_files(config_of(PACKAGES), package) == files
