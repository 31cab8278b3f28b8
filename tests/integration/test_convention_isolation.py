"""What loading a foreign convention must not do: run the repository's code, disturb the process."""

import importlib.util
import os
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
import semantic_release

from tagboat.adapters.conventions import load_convention
from tagboat.core.bump.assess import Convention
from tagboat.core.errors import UsageError

PLUGIN = """
from commitizen.cz.conventional_commits import ConventionalCommitsCz

class TeamCz(ConventionalCommitsCz):
    bump_map = {"^feat": "MAJOR"}
"""
PARSER = """
from semantic_release.commit_parser import TagCommitParser

class TeamParser(TagCommitParser):
    pass
"""
LOAD = "from tagboat.adapters.conventions import load_convention\n"


def load(name: str, root: Path, *, allowed: bool = False) -> Convention:
    return load_convention(name, str(root), allow_repository_code=allowed)


def run(script: str, cwd: Path, *, python: str = sys.executable, path: Sequence[Path] = ()) -> str:
    """Run a script in a fresh interpreter that finds modules in ``path``, then in ``cwd``."""
    places = [*map(str, path), os.environ["PYTHONPATH"]]
    done = subprocess.run(
        [python, "-c", LOAD + script],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(places)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def write_module(folder: Path, name: str, code: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.py").write_text(code)
    return folder


def register_plugin(folder: Path, name: str = "cz_team") -> Path:
    """Write what an installer leaves of a distribution that offers a commitizen plugin."""
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[commitizen.plugin]\n{name} = {name}:TeamCz\n")
    return folder


class Editable:
    """A finder as an editable install leaves it: it knows where one module is."""

    def __init__(self, name: str, folder: Path | str) -> None:
        self.name, self.folder = name, Path(folder)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.folder / f"{fullname}.py")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "repo"
    path.mkdir()
    return path


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder outside the repository that is on ``sys.path``."""
    path = tmp_path / "installed"
    path.mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(path)])
    return path


@pytest.fixture(autouse=True)
def _modules_forgotten() -> Iterator[None]:
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith(("cz_team", "team_parser")):
            del sys.modules[name]


class TestProcess:
    def test_log_handlers_and_loggers_stay_as_they_were(self, root: Path) -> None:
        script = (
            "import logging, sys\n"
            "handler = logging.FileHandler('log', mode='w')\n"
            "logging.basicConfig(handlers=[handler], level=logging.INFO)\n"
            "mine = logging.getLogger('mine')\n"
            "load_convention('commitizen:cz_jira', '.', allow_repository_code=False)\n"
            "mine.info('still written')\n"
            "print(logging.root.handlers == [handler], logging.root.level, mine.disabled)\n"
        )
        assert run(script, root) == "True 20 False\n"
        assert (root / "log").read_text().endswith("still written\n")

    def test_streams_stay_the_same_objects(self, root: Path) -> None:
        script = (
            "import sys\n"
            "before = sys.stdout, sys.stderr\n"
            "load_convention('commitizen:cz_jira', '.', allow_repository_code=False)\n"
            "load_convention('psr:emoji', '.', allow_repository_code=False)\n"
            "print((sys.stdout, sys.stderr) == before, 'commitizen' in sys.modules)\n"
        )
        assert run(script, root) == "True True\n"

    def test_what_a_plugin_does_to_streams_and_logging_is_undone(
        self, root: Path, installed: Path
    ) -> None:
        code = (
            "import io, logging, sys\n"
            "print('hello')\n"
            "sys.stdout = sys.stderr = io.StringIO()\n"
            "logging.root.setLevel(1)\n"
            "logging.root.handlers.clear()\n"
            "logging.getLogger('mine').disabled = True\n"
        )
        write_module(installed, "team_parser", code + PARSER)
        script = (
            "import logging, sys\n"
            "logging.basicConfig()\n"
            "mine = logging.getLogger('mine')\n"
            "before = sys.stdout, sys.stderr\n"
            "load_convention('psr:team_parser:TeamParser', '.', allow_repository_code=False)\n"
            "print(len(logging.root.handlers), logging.root.level, mine.disabled)\n"
            "print((sys.stdout, sys.stderr) == before)\n"
        )
        assert run(script, root, path=[installed]) == "1 30 False\nTrue\n"

    @pytest.mark.needs("a terminal")
    def test_nothing_is_written_to_a_terminal_at_exit(self, root: Path) -> None:
        script = "load_convention('commitizen:cz_jira', '.', allow_repository_code=False)"
        ours, theirs = os.openpty()
        command = [sys.executable, "-c", LOAD + script]
        subprocess.run(command, cwd=root, stdout=theirs, stderr=theirs, check=True)
        os.write(theirs, b"nothing")
        assert os.read(ours, 100) == b"nothing"
        os.close(theirs)
        os.close(ours)

    def test_ways_to_find_modules_stay_as_they_were(self, root: Path) -> None:
        before = sys.path[:], sys.meta_path[:], sys.dont_write_bytecode
        load("psr:scipy", root)
        assert (sys.path, sys.meta_path, sys.dont_write_bytecode) == before


class TestRepositoryCode:
    SHADOWS = ("cz_mine", "yaml", "colorama", "git", "pydantic", "semantic_release")

    @pytest.mark.parametrize("name", ["commitizen:cz_customize", "psr:conventional"])
    def test_modules_of_the_repository_are_not_imported(self, root: Path, name: str) -> None:
        (root / "cz.yaml").write_text("commitizen: {customize: {}}")
        for folder in (root, root / "lib"):
            for module in self.SHADOWS:
                write_module(folder, module, "raise SystemExit(__file__)")
        script = f"load_convention({name!r}, '.', allow_repository_code=False)"
        assert run(script, root, path=[root / "lib"]) == ""

    def test_modules_of_the_repository_are_imported_when_allowed(self, root: Path) -> None:
        write_module(root, "cz_mine", "open('ran', 'w').close()")
        run("load_convention('commitizen:cz_jira', '.', allow_repository_code=True)", root)
        assert (root / "ran").exists()

    def test_installed_parser_is_loaded(self, root: Path, installed: Path) -> None:
        write_module(installed, "team_parser", PARSER)
        assert load("psr:team_parser:TeamParser", root)(":sparkles: x").changes

    def test_parser_that_only_the_repository_offers_is_refused(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.syspath_prepend(write_module(root / "src", "team_parser", "1 / 0"))
        with pytest.raises(UsageError, match="beside the repository") as caught:
            load("psr:team_parser:TeamParser", root)
        assert "--allow-repository-code" in caught.value.hint

    def test_parser_that_only_the_current_directory_offers_is_refused(
        self, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(write_module(tmp_path / "elsewhere", "team_parser", "1 / 0"))
        monkeypatch.setattr(sys, "path", ["", *sys.path])
        with pytest.raises(UsageError) as caught:
            load("psr:team_parser:TeamParser", root)
        assert "--allow-repository-code" in caught.value.hint

    def test_package_folder_as_current_directory_is_trusted(self, root: Path) -> None:
        packages = Path(semantic_release.__file__).parents[1]
        script = f"load_convention('psr:emoji', {str(root)!r}, allow_repository_code=False)"
        assert run(script, packages) == ""

    def test_installed_parser_is_not_shadowed_by_the_repository(
        self, root: Path, installed: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "path", [str(root), *sys.path])
        write_module(root, "team_parser", "1 / 0")
        write_module(installed, "team_parser", PARSER)
        assert load("psr:team_parser:TeamParser", root)(":sparkles: x").changes

    def test_repository_behind_a_symbolic_link_is_the_repository(
        self, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "link").symlink_to(root)
        write_module(root, "team_parser", "1 / 0")
        monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "link")])
        with pytest.raises(UsageError, match="beside the repository"):
            load("psr:team_parser:TeamParser", root)

    def test_editable_install_of_the_repository_is_refused(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_module(root, "team_parser", "1 / 0")
        monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Editable("team_parser", root)])
        with pytest.raises(UsageError, match="a file of the repository") as caught:
            load("psr:team_parser:TeamParser", root)
        assert "--allow-repository-code" in caught.value.hint

    def test_module_of_the_repository_is_refused_also_if_it_is_loaded_already(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_module(root, "team_parser", PARSER)
        monkeypatch.setattr(sys, "path", [*sys.path, str(root)])
        load("psr:team_parser:TeamParser", root, allowed=True)
        with pytest.raises(UsageError, match="a file of the repository"):
            load("psr:team_parser:TeamParser", root)


class TestPlugins:
    def test_installed_plugin_is_loaded(self, root: Path, installed: Path) -> None:
        write_module(register_plugin(installed), "cz_team", PLUGIN)
        (change,) = load("commitizen:cz_team", root)("feat: x").changes
        assert change.level == "major"

    def test_plugin_registered_by_the_repository_is_unknown(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "path", [*sys.path, str(root)])
        write_module(register_plugin(root), "cz_team", "1 / 0")
        with pytest.raises(UsageError, match="cz_team"):
            load("commitizen:cz_team", root)

    def test_plugin_installed_from_the_repository_is_refused_unless_allowed(
        self, root: Path, installed: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        register_plugin(installed)
        write_module(root, "cz_team", PLUGIN)
        monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Editable("cz_team", root)])
        with pytest.raises(UsageError, match="a file of the repository") as caught:
            load("commitizen:cz_team", root)
        assert "--allow-repository-code" in caught.value.hint
        assert load("commitizen:cz_team", root, allowed=True)("feat: x").changes

    def test_plugin_of_the_repository_is_refused_also_if_it_is_loaded_already(
        self, root: Path, installed: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_module(root, "cz_team", PLUGIN)
        register_plugin(installed)
        monkeypatch.setattr(sys, "path", [*sys.path, str(root)])
        load("commitizen:cz_team", root, allowed=True)
        with pytest.raises(UsageError, match="a file of the repository"):
            load("commitizen:cz_team", root)

    def test_plugin_that_is_refused_does_not_break_another(
        self, root: Path, installed: Path
    ) -> None:
        register_plugin(installed)
        write_module(root / "src", "cz_team", "raise SystemExit('ran')")
        script = "load_convention('commitizen:cz_jira', '.', allow_repository_code=False)"
        assert run(script, root, path=[installed, root / "src"]) == ""

    def test_editable_plugin_that_is_refused_does_not_break_another(
        self, root: Path, installed: Path
    ) -> None:
        register_plugin(installed)
        write_module(root, "cz_team", "raise SystemExit('ran')")
        script = (
            "import sys\n"
            "from tests.integration.test_convention_isolation import Editable\n"
            "sys.meta_path.append(Editable('cz_team', '.'))\n"
            "load_convention('commitizen:cz_jira', '.', allow_repository_code=False)\n"
        )
        assert run(script, root, path=[installed, Path(__file__).parents[2]]) == ""

    def test_environment_inside_the_repository_is_trusted(self, root: Path) -> None:
        venv.create(root / ".venv", symlinks=True)
        (packages,) = (root / ".venv").glob("lib/python*/site-packages")
        write_module(register_plugin(packages), "cz_team", PLUGIN)
        script = (
            "c = load_convention('commitizen:cz_team', '.', allow_repository_code=False)\n"
            "print(c('feat: x').changes[0].level)\n"
        )
        here = [Path(entry) for entry in sys.path if entry.endswith("site-packages")]
        python = str(root / ".venv" / "bin" / "python")
        assert run(script, root, python=python, path=here) == "major\n"
