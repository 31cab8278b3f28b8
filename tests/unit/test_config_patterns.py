"""Packages that a pattern of the configuration declares."""

import json
from typing import Any

import pytest

from tagboat.core.config import ConfiguredSettings, config_of
from tagboat.core.config.declared import expanded
from tagboat.core.errors import UsageError
from tagboat.core.next_version.package import Package
from tagboat.core.version_files.locate import Folder
from tests.file_fakes import MemoryFolder

FILES = MemoryFolder(
    {
        "pk/api/main.py": "",
        "pk/web/package.json": json.dumps({"name": "@acme/web"}),
        "pk/core/pyproject.toml": "[project]\nname = 'acme-core'\n",
        "pk/rust/Cargo.toml": "[package]\nname = 'acme-rust'\n",
        "pk/plain/package.json": "{}",
        "pk/.hidden/a": "",
    }
)


def packages(*tables: dict[str, Any], files: Folder = FILES) -> dict[str, Package]:
    config = expanded(config_of({"packages": list(tables)}), files)
    return {one.name: one for one in ConfiguredSettings(config).packages}


def test_each_folder_is_a_package_with_the_name_of_its_manifest_or_its_own() -> None:
    found = packages({"paths": ["pk/*"]})
    assert {name: one.paths for name, one in found.items()} == {
        "api": ("pk/api",),
        "acme-core": ("pk/core",),
        "plain": ("pk/plain",),
        "acme-rust": ("pk/rust",),
        "@acme/web": ("pk/web",),
    }


def test_a_folder_that_another_table_names_is_left_to_it() -> None:
    found = packages({"paths": ["pk/*"]}, {"name": "front", "paths": ["pk/web/", "x"]})
    assert "@acme/web" not in found
    assert found["front"].paths == ("pk/web", "x")


def test_texts_of_a_table_are_filled_for_each_package() -> None:
    api = packages(
        {
            "paths": ["pk/*"],
            "files": ["{path}/version.txt"],
            "exclude": ["{path}/docs"],
            "was_paths": ["old/{name}"],
            "changelog": {"file": "{path}/CHANGELOG.md"},
        }
    )["api"]
    assert (api.files, api.exclude, api.was_paths, api.changelog.path) == (
        ("pk/api/version.txt",),
        ("pk/api/docs",),
        ("old/api",),
        "pk/api/CHANGELOG.md",
    )


def test_a_pattern_that_fits_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no folder fits 'libs/\*'"):
        packages({"paths": ["libs/*"]})


def test_two_packages_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="two packages are called 'api': pk/api and other"):
        packages({"paths": ["pk/*"]}, {"name": "api", "paths": ["other"]})


def test_a_plan_knows_the_configuration_by_what_is_written() -> None:
    written = config_of({"packages": [{"paths": ["pk/*"]}]})
    whole = expanded(written, FILES)
    assert ConfiguredSettings(whole, written).digest == ConfiguredSettings(written).digest
    assert ConfiguredSettings(whole).digest != ConfiguredSettings(written).digest
