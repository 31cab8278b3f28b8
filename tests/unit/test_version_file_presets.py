"""Where package managers keep versions, lock files included."""

import pytest

from tagboat.core.errors import UsageError
from tagboat.core.version.version import Version
from tagboat.core.version_files.edits import Target, edited, edits, parse_entry, version_locations
from tests.file_fakes import MemoryFolder


def released(entry: str, files: dict[str, str], version: str = "1.3.0-rc.1") -> dict[str, str]:
    """The files that change when a version is released, as they are then; @ is the old version.

    In what is given and what is returned, @ stands for 1.2.3, and in what is returned + for the
    new version as semver, ~ as pep440.
    """
    folder = MemoryFolder({path: text.replace("@", "1.2.3") for path, text in files.items()})
    made = edits(version_locations(parse_entry(entry), folder), Target(Version.parse(version)))
    return {
        path: edited(folder.files[path], [edit for edit in made if edit.path == path])
        .replace("1.3.0-rc.1", "+")
        .replace("1.3.0rc1", "~")
        .replace("1.2.3", "@")
        for path in sorted({edit.path for edit in made})
    }


def complaint(entry: str, files: dict[str, str]) -> str:
    with pytest.raises(UsageError) as caught:
        released(entry, files)
    assert caught.value.hint
    return caught.value.message


STANDARD = '[project]\nname = "My.App"\nversion = "@"\n'


def test_pep621_is_the_standard_table() -> None:
    files = {"pyproject.toml": STANDARD, "uv.lock": '[[package]]\nname = "my-app"'}
    assert released("pep621", files) == {"pyproject.toml": STANDARD.replace("@", "+")}


def test_a_preset_looks_in_a_folder() -> None:
    files = {"pyproject.toml": STANDARD, "services/api/pyproject.toml": STANDARD}
    assert list(released("pep621:services/api/", files)) == ["services/api/pyproject.toml"]


@pytest.mark.parametrize("entry", ["pep621", "uv", "poetry", "pyproject.toml:project.version"])
def test_a_dynamic_version_is_refused(entry: str) -> None:
    files = {"pyproject.toml": "[project]\nname = 'x'\ndynamic = ['version']"}
    assert "pyproject.toml: project.version is dynamic" in complaint(entry, files)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("pep621", "[project]\nname = 'x'"),
        ("pep621", "project = 1"),
        ("poetry", "[project]\ndynamic = ['readme']"),
        ("pep621", ""),
    ],
)
def test_a_missing_version_is_refused(entry: str, text: str) -> None:
    with pytest.raises(UsageError, match=r"^pyproject\.toml: there is no '"):
        released(entry, {"pyproject.toml": text})


@pytest.mark.parametrize("preset", ["cargo", "composer", "npm", "pep621", "poetry", "uv"])
def test_a_missing_manifest_is_refused(preset: str) -> None:
    assert "there is no such file" in complaint(preset, {})


@pytest.mark.parametrize(
    "text",
    [
        '[tool.poetry]\nversion = "@"',
        '[project]\nversion = "@"',
        '[project]\nversion = "@"\n[tool.poetry]\nversion = "@"',
        '[project]\ndynamic = ["version"]\n[tool.poetry]\nversion = "@"',
    ],
)
def test_poetry_has_a_table_of_its_own_or_the_standard_one(text: str) -> None:
    assert released("poetry", {"pyproject.toml": text}) == {
        "pyproject.toml": text.replace("@", "+")
    }


UV_LOCK = """version = 1
[[package]]
name = "click"
version = "@"
source = { registry = "https://example.org/simple" }
[[package]]
name = "my-app"
version = "%s"
source = { editable = "%s" }
[[package]]
name = "my-app"
version = "@"
source = { url = "https://example.org/my-app.whl" }
"""


def test_uv_has_the_version_in_its_lock_file_as_pep440() -> None:
    files = {"pyproject.toml": STANDARD, "uv.lock": UV_LOCK % ("@", ".")}
    assert released("uv", files) == {
        "pyproject.toml": STANDARD.replace("@", "+"),
        "uv.lock": UV_LOCK % ("~", "."),
    }


def test_uv_needs_no_lock_file() -> None:
    assert list(released("uv", {"pyproject.toml": STANDARD})) == ["pyproject.toml"]


def test_a_member_of_a_uv_workspace_has_its_version_in_the_lock_file_at_the_top() -> None:
    files = {"libs/a/pyproject.toml": STANDARD, "uv.lock": UV_LOCK % ("@", "libs/a")}
    assert released("uv:libs/a", files)["uv.lock"] == UV_LOCK % ("~", "libs/a")


def test_a_lock_file_without_the_package_is_refused() -> None:
    files = {"pyproject.toml": STANDARD, "uv.lock": "version = 1"}
    assert complaint("uv", files) == "uv.lock: it does not hold the package 'my-app'"


def test_the_lock_file_of_another_project_around_it_is_left_alone() -> None:
    files = {"libs/a/pyproject.toml": STANDARD, "uv.lock": "version = 1\npackage = [1]"}
    assert list(released("uv:libs/a", files)) == ["libs/a/pyproject.toml"]


def test_a_broken_lock_file_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^uv\.lock: it is not readable as TOML"):
        released("uv", {"pyproject.toml": STANDARD, "uv.lock": "<<<<<<< HEAD"})


PACKAGE = '{\r\n\t"name": "app",\r\n\t"version": "@"\r\n}'


def test_npm_has_the_version_twice_in_its_lock_files() -> None:
    lock = '{"version": "%s", "lockfileVersion": 3, "packages": {"": {"version": "%s"}, "x": {}}}'
    files = {
        "package.json": PACKAGE,
        "package-lock.json": lock % ("@", "@"),
        "npm-shrinkwrap.json": lock % ("@", "@"),
    }
    assert released("npm", files) == {
        "package.json": PACKAGE.replace("@", "+"),
        "package-lock.json": lock % ("+", "+"),
        "npm-shrinkwrap.json": lock % ("+", "+"),
    }


@pytest.mark.parametrize(
    "lock",
    [
        '{"version": "%s", "lockfileVersion": 1, "dependencies": {"x": {"version": "@"}}}',
        '{"version": "%s", "lockfileVersion": 3, "packages": {"": {"name": "app"}}}',
    ],
)
def test_a_lock_file_may_have_the_version_once(lock: str) -> None:
    files = {"package.json": PACKAGE, "package-lock.json": lock % "@"}
    assert released("npm", files)["package-lock.json"] == lock % "+"


def test_a_member_of_an_npm_workspace_has_its_version_in_the_lock_file_at_the_top() -> None:
    lock = '{"version": "@", "packages": {"": {"version": "@"}, "libs/a": {"version": "%s"}}}'
    files = {"libs/a/package.json": PACKAGE, "package-lock.json": lock % "@"}
    assert released("npm:libs/a", files)["package-lock.json"] == lock % "+"


def test_a_member_of_a_workspace_of_bun_has_its_version_in_the_lock_file_at_the_top() -> None:
    lock = (
        '{"workspaces": {\n"": {"name": "x",},\n"libs/a": {"version": "%s",\n},\n}, "x": ["@",],}'
    )
    files = {"libs/a/package.json": PACKAGE, "bun.lock": lock % "@"}
    assert released("npm:libs/a", files)["bun.lock"] == lock % "+"
    named = released('bun.lock:workspaces."libs/a".version', {"bun.lock": lock % "@"})
    assert named["bun.lock"] == lock % "+"


def test_npm_is_semver_in_any_scheme() -> None:
    folder = MemoryFolder({"package.json": '{"version": "1.2.3"}'})
    target = Target(Version.parse("1.3.0-rc.1"), "pep440")
    [edit] = edits(version_locations(parse_entry("npm"), folder), target)
    assert edit.new == "1.3.0-rc.1"


def test_composer_has_one_file() -> None:
    files = {"composer.json": PACKAGE, "composer.lock": '{"version": "@"}'}
    assert released("composer", files) == {"composer.json": PACKAGE.replace("@", "+")}


CRATE = '[package]\nname = "%s"\nversion = "@"\n'
HEIR = '[package]\nname = "%s"\nversion.workspace = true\n'
CARGO_LOCK = """[[package]]
name = "app"
version = "%s"
dependencies = ["core", "serde"]
[[package]]
name = "core"
version = "%s"
[[package]]
name = "serde"
version = "@"
source = "registry+https://example.org/index"
"""


def test_cargo_has_its_own_package_in_the_lock_file() -> None:
    files = {"Cargo.toml": CRATE % "app", "Cargo.lock": CARGO_LOCK % ("@", "@")}
    assert released("cargo", files) == {
        "Cargo.toml": (CRATE % "app").replace("@", "+"),
        "Cargo.lock": CARGO_LOCK % ("+", "@"),
    }


def test_cargo_needs_no_lock_file() -> None:
    assert list(released("cargo", {"Cargo.toml": CRATE % "app"})) == ["Cargo.toml"]


@pytest.mark.parametrize(
    "root",
    [
        '[workspace]\nmembers = ["libs/*"]\nexclude = ["libs/old"]\n',
        """[workspace]
members = ["libs/app", "libs/nothing", 1]
[workspace.dependencies]
core = { path = "libs/core" }
serde = "1"
out = { path = "../out" }
gone = { path = "libs/gone" }
""",
        '[workspace]\nmembers = ["libs/app"]\n',
    ],
)
def test_packages_of_a_workspace_may_take_its_version(root: str) -> None:
    root += '[workspace.package]\nversion = "%s"\n'
    files = {
        "Cargo.toml": root % "@",
        "libs/app/Cargo.toml": HEIR % "app" + '[dependencies]\ncore = { path = "../core/" }',
        "libs/core/Cargo.toml": HEIR % "core" + '[dev-dependencies]\napp = { path = "../app" }',
        "libs/own/Cargo.toml": CRATE % "own",
        "libs/old/Cargo.toml": HEIR % "old",
        "libs/README.md/x": "",
        "Cargo.lock": CARGO_LOCK % ("@", "@"),
    }
    assert released("cargo", files) == {
        "Cargo.toml": root % "+",
        "Cargo.lock": CARGO_LOCK % ("+", "+"),
    }


def test_the_root_package_may_take_the_version_of_its_own_workspace() -> None:
    root = HEIR % "app" + '[workspace.package]\nversion = "%s"\n'
    files = {"Cargo.toml": root % "@", "Cargo.lock": CARGO_LOCK % ("@", "@")}
    assert released("cargo", files)["Cargo.lock"] == CARGO_LOCK % ("+", "@")


def test_a_member_of_a_cargo_workspace_has_its_version_in_the_lock_file_at_the_top() -> None:
    files = {"libs/app/Cargo.toml": CRATE % "app", "Cargo.lock": CARGO_LOCK % ("@", "@")}
    assert released("cargo:libs/app", files)["Cargo.lock"] == CARGO_LOCK % ("+", "@")


def test_cargo_names_the_version_of_dependencies_whose_names_clash() -> None:
    lock = """[[package]]
name = "app"
version = "%s"
[[package]]
name = "app"
version = "@"
source = "registry+https://example.org/index"
[[package]]
name = "other"
version = "@"
dependencies = ["app %s", "app @ (registry+https://example.org/index)", "x @"]
"""
    files = {"Cargo.toml": CRATE % "app", "Cargo.lock": lock % ("@", "@")}
    assert released("cargo", files)["Cargo.lock"] == lock % ("+", "+")


def test_crate_that_takes_the_version_of_its_workspace_leads_to_it() -> None:
    workspace = '[workspace]\nmembers = ["all/*"]\n[workspace.package]\nversion = "%s"\n'
    files = {"Cargo.toml": workspace % "@", "all/a/Cargo.toml": HEIR % "a"}
    assert released("cargo:all/a", files)["Cargo.toml"] == workspace % "+"


@pytest.mark.parametrize(
    ("entry", "files", "problem"),
    [
        ("cargo", {"Cargo.toml": '[workspace]\nmembers = ["a"]'}, "there is neither"),
        ("cargo:a", {"a/Cargo.toml": HEIR % "a"}, "takes its version from the workspace"),
        (
            "cargo:a",
            {"a/Cargo.toml": HEIR % "a", "Cargo.toml": CRATE % "b"},
            "takes its version from the workspace",
        ),
        (
            "cargo",
            {"Cargo.toml": CRATE % "new", "Cargo.lock": CARGO_LOCK % ("@", "@")},
            "Cargo.lock: it does not hold the package 'new'",
        ),
    ],
)
def test_a_cargo_project_without_the_version_is_refused(
    entry: str, files: dict[str, str], problem: str
) -> None:
    assert problem in complaint(entry, files)
