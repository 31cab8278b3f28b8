"""Workspaces: what manifests require of each other, and what a release changes there."""

import json
from collections.abc import Mapping
from itertools import groupby

import pytest

from tagboat.core.config.declared import required_by
from tagboat.core.config.shape import config_of
from tagboat.core.errors import UsageError
from tagboat.core.version.version import Version
from tagboat.core.version_files.edits import edited
from tagboat.core.version_files.ranges import VersionRange
from tagboat.core.version_files.workspace import Workspace
from tests.file_fakes import MemoryFolder

PATHS = {"core": ("libs/core",), "api": ("services/api",)}
TOP = json.dumps({"name": "top", "workspaces": ["libs/*", "services/*", "/etc", "../other"]})
CORE = '{"name": "@x/core", "version": "1.4.0"}'


def npm(*files: tuple[str, str], **api: object) -> MemoryFolder:
    """A workspace of npm with these tables in one of its packages."""
    manifest = json.dumps({"name": "@x/api", **api})
    given = {
        "package.json": TOP,
        "libs/core/package.json": CORE,
        "services/api/package.json": manifest,
    }
    return MemoryFolder(given | dict(files))


def released(
    folder: MemoryFolder, version: str = "2.1.0", paths: Mapping[str, tuple[str, ...]] = PATHS
) -> dict[str, str]:
    """The files that a release of core changes, as they are then."""
    edits = sorted(Workspace(folder, paths).edits("core", Version.parse(version)))
    by_path = groupby(edits, lambda edit: edit.path)
    return {path: edited(folder.files[path], of_file) for path, of_file in by_path}


def needs(folder: MemoryFolder, package: str = "api") -> dict[str, list[str]]:
    found = Workspace(folder, PATHS).needs(package)
    return {name: [each.text for each in ranges] for name, ranges in found.items()}


def test_needs_are_what_is_required_to_run() -> None:
    tables = ("dependencies", "optionalDependencies", "peerDependencies")
    for table in tables:
        assert needs(npm(**{table: {"@x/core": "^1.4.0", "left-pad": "^1.0.0"}})) == {
            "core": ["^1.4.0"]
        }
    assert needs(npm(devDependencies={"@x/core": "^1.4.0"})) == {}
    assert needs(npm(dependencies={"@x/core": 1, "@x/api": "*"})) == {}
    assert needs(npm(), "core") == {}


def test_only_the_characters_of_the_version_change() -> None:
    tables = '"dependencies": {"b": "1.4.0"}, "devDependencies": {"@x/core" : "~1.4.0"}'
    text = f'{{"name": "@x/api",\n\t{tables}}}'
    folder = npm(("services/api/package.json", text))
    assert released(folder) == {"services/api/package.json": text.replace("~1.4.0", "~2.1.0")}


@pytest.mark.parametrize("spelled", ["^\\u0031.4.0", "^1\\u002e4.0"])
def test_version_with_escapes_is_not_guessed_at(spelled: str) -> None:
    text = f'{{"name": "@x/api",\n"dependencies": {{"@x/core": "{spelled}"}}}}'
    told = r"services/api/package\.json: '\^1\.4\.0' in line 2 is spelled with escapes"
    with pytest.raises(UsageError, match=told) as caught:
        released(npm(("services/api/package.json", text)))
    assert caught.value.hint == "write its characters as they are"


def test_escapes_around_a_version_stay() -> None:
    text = '{"name": "@x/api", "dependencies": {"@x/core": "\\u005e1.4.0"}}'
    path = "services/api/package.json"
    assert released(npm((path, text))) == {path: text.replace("1.4.0", "2.1.0")}


def test_member_of_the_workspace_that_is_no_package_is_kept_up_to_date() -> None:
    other = '{"dependencies": {"@x/core": "1.4.0"}}'
    files = [("services/demo/package.json", other), ("services/broken/package.json", "{")]
    installed = ("services/node_modules/x/package.json", other)
    found = released(npm(*files, ("libs/node_modules/package.json", other), installed))
    assert found == {"services/demo/package.json": other.replace("1.4.0", "2.1.0")}


def test_manifest_of_a_package_has_to_be_readable() -> None:
    with pytest.raises(UsageError, match=r"services/api/package\.json: it is not readable as JSON"):
        Workspace(npm(("services/api/package.json", "{")), PATHS)


@pytest.mark.parametrize("name", ["package-lock.json", "npm-shrinkwrap.json"])
def test_lock_of_npm_repeats_the_range(name: str) -> None:
    lock = {
        "packages": {
            "services/api": {"dependencies": {"@x/core": "^1.4.0"}},
            "services/old": {"dependencies": {"@x/core": "^1.4.0"}},
            "node_modules/y": {"dependencies": {"@x/core": "^1.4.0"}},
        }
    }
    text = json.dumps(lock)
    found = released(npm((name, text), dependencies={"@x/core": "^1.4.0"}))
    assert found[name] == text.replace("^1.4.0", "^2.1.0", 1)
    stale = text.replace("^1.4.0", "^1.3.0")
    assert name not in released(npm((name, stale), dependencies={"@x/core": "^1.4.0"}))


PNPM = """\
packages: ["libs/*", "services/*"]
catalog:
  '@x/core': ^1.4.0
  react: ^19.0.0
catalogs:
  old:
    "@x/core": ~1.4.0
    odd: [1]
"""
PNPM_LOCK = """\
catalogs:
  default:
    '@x/core':
      specifier: ^1.4.0
      version: 1.4.0
  old:
    '@x/core':
      specifier: ~1.4.0
      version: 1.4.0

importers:

  .: {}

  services/api:
    dependencies:
      '@x/core':
        specifier: '%s'
        version: link:../../libs/core

packages:

  '@x/core@1.4.0': {a: !odd, specifier: ^1.4.0}
"""


@pytest.mark.parametrize(
    ("range_", "meant", "after"),
    [
        ("workspace:^1.4.0", "workspace:^1.4.0", "workspace:^2.1.0"),
        ("workspace:*", "workspace:*", "workspace:*"),
        ("catalog:", "^1.4.0", "catalog:"),
        ("catalog:default", "^1.4.0", "catalog:default"),
        ("catalog:old", "~1.4.0", "catalog:old"),
        ("catalog:none", "", "catalog:none"),
    ],
)
def test_workspace_of_pnpm(range_: str, meant: str, after: str) -> None:
    lock = PNPM_LOCK % range_
    files = [("pnpm-workspace.yaml", PNPM), ("pnpm-lock.yaml", lock)]
    folder = npm(*files, dependencies={"@x/core": range_})
    assert needs(folder) == {"core": [meant]}
    found = {**folder.files, **released(folder)}
    assert json.loads(found["services/api/package.json"])["dependencies"]["@x/core"] == after
    assert found["pnpm-workspace.yaml"] == PNPM.replace("1.4.0", "2.1.0")
    before, _, rest = (PNPM_LOCK % after).partition("\npackages:")
    whole = before.replace(" 1.4.0", " 2.1.0").replace("1.4.0", "2.1.0")
    assert found["pnpm-lock.yaml"] == f"{whole}\npackages:{rest}"


def test_catalog_that_is_not_there_allows_all() -> None:
    assert needs(npm(dependencies={"@x/core": "catalog:"})) == {"core": [""]}


@pytest.mark.parametrize(
    "text",
    [
        "catalog: {",
        "catalog: &a {'@x/core': *a}",
        "catalog: {x: &a ^1.4.0, '@x/core': *a}",
        "catalog: [1]\n? [a]\n: b\n",
        "",
    ],
)
def test_catalogs_that_can_not_be_read_say_nothing(text: str) -> None:
    files = [("pnpm-workspace.yaml", text)]
    assert needs(npm(*files, dependencies={"@x/core": "catalog:"})) == {"core": [""]}


def test_document_that_grows_with_every_alias_is_read_once() -> None:
    grown = "a0: &a0 {k: v}\n" + "".join(
        f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 30)
    )
    folder = npm(("pnpm-workspace.yaml", f"{grown}catalog: {{'@x/core': ^1.4.0}}\n"))
    assert released(folder)["pnpm-workspace.yaml"].endswith("'@x/core': ^2.1.0}\n")


def test_lock_of_pnpm_has_peers_among_the_dependencies() -> None:
    files = [("pnpm-lock.yaml", PNPM_LOCK % "^1.4.0")]
    found = released(npm(*files, peerDependencies={"@x/core": "^1.4.0"}))
    assert found["pnpm-lock.yaml"].count("^2.1.0") == 1


def test_lock_of_bun_repeats_the_range() -> None:
    lock = '{"workspaces": {"services/api": {"dependencies": {"@x/core": "%s",},},},}'
    found = released(npm(("bun.lock", lock % "^1.4.0"), dependencies={"@x/core": "^1.4.0"}))
    assert found["bun.lock"] == lock % "^2.1.0"


def bun(range_: str, **top: object) -> MemoryFolder:
    """A workspace of bun with catalogs at its top, and a package that has a range from there."""
    lock = {
        "workspaces": {"services/api": {"dependencies": {"@x/core": range_}}},
        "catalog": {"@x/core": "^1.4.0"},
        "catalogs": {"old": {"@x/core": "~1.4.0", "odd": "1"}},
    }
    files = [("package.json", json.dumps({"name": "top", **top})), ("bun.lock", json.dumps(lock))]
    return npm(*files, dependencies={"@x/core": range_})


MEMBERS = ["libs/*", "services/*"]
CATALOGS = {
    "catalog": {"@x/core": "^1.4.0", "react": "^19.0.0"},
    "catalogs": {"old": {"@x/core": "~1.4.0", "odd": 1}},
}


@pytest.mark.parametrize(
    "top",
    [{"workspaces": {"packages": MEMBERS, **CATALOGS}}, {"workspaces": MEMBERS, **CATALOGS}],
    ids=["below workspaces", "beside workspaces"],
)
@pytest.mark.parametrize(
    ("range_", "meant"),
    [
        ("catalog:", "^1.4.0"),
        ("catalog:default", "^1.4.0"),
        ("catalog:old", "~1.4.0"),
        ("catalog:none", ""),
    ],
)
def test_workspace_of_bun(range_: str, meant: str, top: dict[str, object]) -> None:
    folder = bun(range_, **top)
    assert needs(folder) == {"core": [meant]}
    found = released(folder)
    assert found == {
        name: folder.files[name].replace("1.4.0", "2.1.0") for name in ("package.json", "bun.lock")
    }


def test_catalogs_of_bun_below_workspaces_are_the_only_ones() -> None:
    top = {"workspaces": {"packages": MEMBERS, "catalog": {"@x/core": "1.4.0"}}, **CATALOGS}
    assert needs(bun("catalog:", **top)) == {"core": ["1.4.0"]}
    assert needs(bun("catalog:old", **top)) == {"core": [""]}
    text = json.dumps({"name": "top", **top})
    found = released(bun("catalog:", **top))
    assert found["package.json"] == text.replace('"1.4.0"', '"2.1.0"')
    assert "bun.lock" not in found


@pytest.mark.parametrize("name", ["package.json", "pnpm-workspace.yaml"])
def test_catalog_of_the_name_default_is_the_default_one(name: str) -> None:
    text = json.dumps({"workspaces": MEMBERS, "catalogs": {"default": {"@x/core": "^1.4.0"}}})
    folder = npm((name, text), dependencies={"@x/core": "catalog:"})
    assert needs(folder) == {"core": ["^1.4.0"]}
    assert released(folder) == {name: text.replace("1.4.0", "2.1.0")}


def test_catalogs_are_those_of_the_top_of_a_workspace() -> None:
    nothing = json.dumps({"name": "services", **CATALOGS})
    top = {"workspaces": {"packages": MEMBERS, "catalog": {"@x/core": "1.4.0"}}}
    found = bun("catalog:", **top)
    folder = MemoryFolder({**found.files, "services/package.json": nothing})
    assert needs(folder) == {"core": ["1.4.0"]}
    assert set(released(folder)) == {"package.json"}


def test_catalogs_of_pnpm_come_before_those_of_bun() -> None:
    top = json.dumps({"workspaces": MEMBERS, "catalog": {"@x/core": "1.4.0"}})
    files = [("pnpm-workspace.yaml", PNPM), ("package.json", top)]
    assert needs(npm(*files, dependencies={"@x/core": "catalog:"})) == {"core": ["^1.4.0"]}


YARN = """\
__metadata:
  version: 8

"@x/api@workspace:services/api":
  version: 0.0.0-use.local
  dependencies:
    "@x/core": "%s"
    "@x/core-js": "%s"
    more-@x/core: "%s"

"@x/core@%s, @x/core@workspace:libs/core":
  version: 0.0.0-use.local
"""


@pytest.mark.parametrize(
    ("range_", "locked"),
    [
        ("^1.4.0", "npm:^1.4.0"),
        ("^1.4.0", "^1.4.0"),
        ("workspace:^1.4.0", "workspace:^1.4.0"),
    ],
)
def test_lock_of_yarn_repeats_the_range(range_: str, locked: str) -> None:
    new, text = locked.replace("1.4.0", "2.1.0"), YARN % (locked, locked, locked, locked)
    found = released(npm(("yarn.lock", text), dependencies={"@x/core": range_}))
    assert found["yarn.lock"] == YARN % (new, locked, locked, new)


def test_lock_of_yarn_1_leaves_the_workspace_out() -> None:
    text = '"@x/core@^1.4.0":\n  version "1.4.0"\n'
    found = released(npm(("yarn.lock", text), dependencies={"@x/core": "^1.4.0"}))
    assert found.keys() == {"services/api/package.json"}


PYPROJECT = """\
[build-system]
requires = ["uv_build>=0.9"]
[project]
name = "the_api"
dependencies = [
  "Core[fast] >=1.4, <2 ; python_version > '3.10'", "core @ file:///core", "other==1.4.0", 5
]
[project.optional-dependencies]
all = ["core (==1.4.0)"]
[dependency-groups]
dev = ["core~=1.4", {include-group = "test"}]
[tool.uv]
dev-dependencies = ["core"]
"""


def python(api: str = PYPROJECT) -> MemoryFolder:
    core = '[project]\nname = "core"\nversion = "1.4.0"\n'
    top = '[tool.uv.workspace]\nmembers = ["services/*"]\n'
    return MemoryFolder(
        {
            "pyproject.toml": top,
            "libs/core/pyproject.toml": core,
            "services/api/pyproject.toml": api,
        }
    )


def test_workspace_of_uv() -> None:
    assert needs(python()) == {"core": [">=1.4, <2", "", "==1.4.0"]}
    after = PYPROJECT.replace(">=1.4, <2", ">=2.1, <3").replace("(==1.4.0)", "(==2.1.0)")
    found = released(python())
    assert found == {"services/api/pyproject.toml": after.replace("~=1.4", "~=2.1")}


@pytest.mark.parametrize(
    "spelled",
    [
        r'"core>=1.4,<2; python_version < \"3.12\""',
        r'"\u0063ore\u003E=1.4,<2 ; python_version < \"3.12\" or os_name == \u0022nt\U00000022"',
        r'"core\t>=1.4,<2"',
        r'"""core >=1.4,<2; os_name == \"nt\""""',
        "'''core >=1.4,<2; os_name == \"nt\"'''",
    ],
)
def test_requirement_of_python_may_have_escapes(spelled: str) -> None:
    text = f'[project]\nname = "api"\ndependencies = [\n{spelled}]\n'
    assert needs(python(text)) == {"core": [">=1.4,<2"]}
    after = text.replace(">=1.4,<2", ">=2.1,<3").replace("=1.4,<2", "=2.1,<3")
    assert released(python(text)) == {"services/api/pyproject.toml": after}


@pytest.mark.parametrize(
    "spelled", [r'"core>=\u0031.4"', r'"core>=1\u002E4"', '"""core>=\\\n1.4"""']
)
def test_version_of_python_with_escapes_is_not_guessed_at(spelled: str) -> None:
    text = f'[project]\nname = "api"\ndependencies = [\n{spelled}]\n'
    told = r"services/api/pyproject\.toml: 'core>=1\.4' in line 4 is spelled with escapes"
    with pytest.raises(UsageError, match=told):
        released(python(text))


def test_requirement_with_escapes_that_does_not_change_is_let_be() -> None:
    text = '[project]\nname = "api"\ndependencies = ["""\\\ncore"""]\n'
    assert needs(python(text)) == {"core": [""]}
    assert released(python(text)) == {}


def test_group_of_python_makes_no_need() -> None:
    assert needs(python('[project]\nname = "api"\n[dependency-groups]\ndev = ["core"]\n')) == {}


CARGO = """\
[workspace]
members = ["libs/*"]
[workspace.package]
version = "1.4.0"
[workspace.dependencies]
core = { path = "libs/core", version = "1.4.0", package = "x-core" }
serde = "1.4.0"
"""
CRATE = """\
[package]
name = "api"
%s
[dependencies]
core.workspace = true
serde = "1.4.0"
[dev-dependencies]
x-core = { path = "../../libs/core", version = "=1.4.0" }
[target.'cfg(unix)'.build-dependencies]
again = { path = "../../libs/core", version = "1.4", package = "x-core" }
bare = { path = "../../libs/core", package = "x-core" }
"""
INHERITED = "version.workspace = true"


def rust(own: str = 'version = "2.0.0"') -> MemoryFolder:
    core = f'[package]\nname = "x-core"\n{INHERITED}\n'
    files = {"Cargo.toml": CARGO, "libs/core/Cargo.toml": core}
    return MemoryFolder(files | {"services/api/Cargo.toml": CRATE % own})


def test_workspace_of_cargo() -> None:
    assert needs(rust()) == {"core": ["1.4.0", "1.4", "*"]}
    found = released(rust())
    assert found["Cargo.toml"] == CARGO.replace(
        'core", version = "1.4.0"', 'core", version = "2.1.0"'
    )
    crate = (CRATE % 'version = "2.0.0"').replace("=1.4.0", "=2.1.0").replace('"1.4"', '"2.1"')
    assert found["services/api/Cargo.toml"] == crate


def test_crate_without_a_workspace_above_it_requires_what_it_says() -> None:
    folder = rust()
    folder.files = {path: text for path, text in folder.files.items() if path != "Cargo.toml"}
    assert needs(folder) == {"core": ["1.4", "*"]}
    assert Workspace(folder, PATHS).sharing_a_version() == {"": ["core"]}


def test_packages_at_the_top_and_in_several_folders_have_manifests() -> None:
    paths = {"all": (), "core": ("libs/core", "libs/more")}
    workspace = Workspace(npm(("libs/more/package.json", "{}")), paths)
    assert workspace.has_manifest("all")
    assert workspace.has_manifest("core")
    assert not Workspace(npm(), {"docs": ("docs",)}).has_manifest("docs")


# Configurations


def required(
    folder: MemoryFolder, named: tuple[str, ...] = ("core", "api"), **api: object
) -> dict[str, dict[str, tuple[VersionRange, ...]]]:
    core = {"name": "core", "paths": ["libs/core"], "group": "all"}
    table = {"name": "api", "paths": ["services/api"], "needs": "manifests", **api}
    found = required_by(config_of({"packages": [core, table]}), folder, named)
    return {name: dict(each) for name, each in found.items()}


def test_manifests_are_read_where_a_package_says_so() -> None:
    folder = npm(dependencies={"@x/core": "^1.4.0"})
    assert required(folder) == {"api": {"core": (VersionRange("^1.4.0", "npm"),)}}
    assert required(npm(("services/api/package.json", "{")), needs=["core"]) == {}


def test_package_without_a_manifest_can_not_go_by_it() -> None:
    with pytest.raises(UsageError, match="api needs what its manifests say, and there is none in"):
        required(MemoryFolder({"libs/core/package.json": CORE}))
    # Of many that a pattern declares, some may have none.
    assert required(MemoryFolder({"libs/core/package.json": CORE}), ()) == {"api": {}}


def test_packages_with_one_version_of_a_workspace_are_in_one_group() -> None:
    with pytest.raises(UsageError, match=r"core, api have one version, that of Cargo\.toml"):
        required(rust(INHERITED))
    assert required(rust(INHERITED), group="all").keys() == {"api"}
