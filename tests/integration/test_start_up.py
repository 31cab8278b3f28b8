"""What commands load: starting is most of the time that a preview takes."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.patience import patience
from tests.releasing import Remote

SLOW = {"git", "gitdb", "jinja2", "rich", "requests", "pydantic", "commitizen", "semantic_release"}
_IMPORT = re.compile(r"import time: +\d+ \| +\d+ \| *(\S+)")


def loaded(folder: Path, *command: str) -> set[str]:
    """The packages that a command loads, beside tagboat's own and Python's."""
    # An environment may have a package of its own that is loaded with every interpreter.
    found = _imported(folder, "-m", "tagboat", *command) - _imported(folder, "-c", "")
    return (found & packages_distributions().keys()) - {"tagboat"}


def _imported(folder: Path, *arguments: str) -> set[str]:
    return {name.partition(".")[0] for name in _modules(folder, *arguments)}


def _modules(folder: Path, *arguments: str) -> set[str]:
    """The modules that a command loads."""
    command = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return set(_IMPORT.findall(done.stderr))


@pytest.fixture
def released(repo: GitRepo) -> GitRepo:
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    repo.commits("fix: b", "Merge pull request #7 from a/b", "feat(c)!: d\n\nBREAKING CHANGE: e")
    return repo


def test_a_bare_preview_loads_nothing(released: GitRepo) -> None:
    assert loaded(released.path, "version", "next") == set()


@pytest.mark.parametrize("options", [("--offline",), ("--channel", "next"), ("--json",)])
def test_a_preview_with_options_loads_click_alone(
    released: GitRepo, options: tuple[str, ...]
) -> None:
    assert loaded(released.path, "version", "next", *options) == {"click"}


def test_a_preview_with_a_configuration_loads_what_reads_it(released: GitRepo) -> None:
    (released.path / "tagboat.toml").write_text("[bump]\nfix = 'minor'\n")
    # msgspec loads typing_extensions where Python is older than 3.13.
    found = loaded(released.path, "version", "next")
    assert found - {"typing_extensions"} == {"msgspec"}


def test_a_configuration_is_read_without_what_writes_a_changelog(released: GitRepo) -> None:
    (released.path / "tagboat.toml").write_text("[changelog]\nlocale = 'zh-CN'\n")
    found = _modules(released.path, "-m", "tagboat", "version", "next")
    assert "tagboat.core.changelog.options" in found
    assert not found & {
        f"tagboat.core.changelog.{name}" for name in ("changelog", "entry", "markup")
    }


def test_what_a_preview_does_not_load_is_there() -> None:
    assert packages_distributions().keys() >= SLOW


def test_a_release_with_nothing_due_loads_no_templates(tmp_path: Path) -> None:
    clone = Remote(tmp_path / "remotes").started()
    assert tagboat("release", cwd=clone.path).code == 0
    found = loaded(clone.path, "release")
    assert "click" in found
    assert not found & {"jinja2", "requests", "docker", "commitizen", "semantic_release"}


def test_a_release_with_nothing_due_loads_nothing_that_builds(tmp_path: Path) -> None:
    clone = Remote(tmp_path / "remotes").started()
    assert tagboat("release", cwd=clone.path).code == 0
    found = _modules(clone.path, "-m", "tagboat", "release")
    assert "tagboat.use_cases.release.release" in found
    building = ("use_cases.images.build", "core.images.dockerfile", "use_cases.release.from_tag")
    assert not found & {f"tagboat.{name}" for name in building}


def test_a_release_is_checked_and_rolled_back_without_what_makes_one(tmp_path: Path) -> None:
    settings = "[release]\nmoving_tags = ['v{major}']\n"
    clone = Remote(tmp_path / "remotes").started(files={"tagboat.toml": settings})
    assert tagboat("release", cwd=clone.path).code == 0
    for command in (("verify", "0.1.0"), ("rollback", "0.1.0")):
        found = _modules(clone.path, "-m", "tagboat", *command)
        making = ("release.release", "release.apply", "steps.pending", "images.build")
        assert not found & {f"tagboat.use_cases.{name}" for name in making}
        assert not found & {"tagboat.adapters.buildx", "tagboat.core.version_files.locate"}
        assert not found & {"requests", "docker"}
        assert "jinja2" not in found or command[0] == "verify"  # with one processor it is needed


IN_THE_MIDST = """
import importlib, sys, time

sys.path.insert(0, sys.argv[1])
from tagboat.adapters.workers import ForkedWorkers
from tagboat.wiring.imports import import_ahead

import_ahead(("slow",))
while not hasattr(sys.modules.get("slow"), "begun"):
    time.sleep(0.001)
with ForkedWorkers().beside(lambda: importlib.import_module("slow").answer) as done:
    pass
print(done())
"""


@pytest.mark.parametrize("last", ["", "logging.getLogger('slow')\n"], ids=["plain", "logging"])
def test_a_worker_that_is_forked_in_the_midst_of_an_import_has_all_of_it(
    tmp_path: Path, last: str
) -> None:
    slow = f"import logging, time\nbegun = True\ntime.sleep(0.2)\n{last}answer = 42\n"
    (tmp_path / "slow.py").write_text(slow)
    command = [sys.executable, "-c", IN_THE_MIDST, str(tmp_path)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=patience(100), check=True
    )
    assert done.stdout == "42\n"


INTERRUPTED = """
import os, sys, time

sys.path.insert(0, sys.argv[1])
from tagboat.adapters.limits import LimitedRenderer, Limits, TimeBudget
from tagboat.adapters.process import catch_interrupts, end_interrupts
from tagboat.adapters.workers import ForkedWorkers
from tagboat.wiring.imports import import_ahead

def work():
    with ForkedWorkers().beside(os.getpid):
        time.sleep(60)

def render():
    LimitedRenderer(lambda: None, "a template", TimeBudget(Limits())).header()

catch_interrupts()
import_ahead(("slow",))
while not hasattr(sys.modules.get("slow"), "begun"):
    time.sleep(0.001)
try:
    {"work": work, "render": render}[sys.argv[2]]()
except KeyboardInterrupt:
    end_interrupts()
    print("interrupted")
try:
    os.waitpid(-1, 0)
except ChildProcessError:
    print("alone")
"""


@pytest.mark.parametrize("what", ["work", "render"])
def test_an_interrupt_is_not_lost_while_a_fork_waits_for_an_import(
    tmp_path: Path, what: str
) -> None:
    (tmp_path / "slow.py").write_text(
        "import os, signal, time\nbegun = True\ntime.sleep(0.2)\n"
        "os.kill(os.getpid(), signal.SIGINT)\ntime.sleep(0.2)\n"
    )
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path), what]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=patience(200), check=False
    )
    assert (done.stdout, done.stderr) == ("interrupted\nalone\n", "")


INTERRUPTING = """
import contextlib, os, runpy, signal, sys

class Named:
    def __set_name__(self, owner, name):
        os.kill(os.getpid(), signal.SIGINT)

def plain():
    os.kill(os.getpid(), signal.SIGINT)

def in_class():
    class Made:
        one = Named()

def lost():
    with contextlib.suppress(KeyboardInterrupt):
        plain()

how = {"plain": plain, "in a class": in_class, "lost": lost}[sys.argv.pop(1)]
where = sys.argv.pop(1)

class Finder:
    def find_spec(self, name, path, target=None):
        if name == where:
            sys.meta_path.remove(self)
            how()

sys.meta_path.insert(0, Finder())
runpy.run_module("tagboat", run_name="__main__", alter_sys=True)
"""
IMPORTS = ["subprocess", "tagboat.cli.run", "tagboat.core.errors", "click"]


@pytest.mark.parametrize(
    ("how", "name"),
    [
        *((how, name) for how in ("plain", "in a class") for name in IMPORTS),
        *(("lost", name) for name in ("tagboat.cli.run", "msgspec", "click")),
    ],
)
def test_an_interrupt_at_any_import_is_told_and_ends_the_run(
    released: GitRepo, how: str, name: str
) -> None:
    (released.path / "tagboat.toml").write_text("odd = 1\n")  # click is loaded to tell what is odd
    command = [sys.executable, "-c", INTERRUPTING, how, name, "version", "next"]
    done = subprocess.run(command, cwd=released.path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "\ntagboat: error: interrupted\n"


PARTS = """
import sys
from tagboat.wiring.imports import import_in_part

import_in_part()
import docker.auth, git.cmd
print(*(name in sys.modules for name in ("docker.client", "git.repo")), bool(git.__version__))
from docker import DockerClient
from git import Repo
print(DockerClient.__module__ in sys.modules, Repo.__module__ in sys.modules)
print(git.cmd.Git is git.Git)
import requests
print("idna.core" in sys.modules, requests.Request("GET", "http://b\u00fccher.example").prepare().url)
"""


def test_packages_load_what_is_needed_of_them_and_the_rest_when_it_is_asked_for() -> None:
    done = subprocess.run([sys.executable, "-c", PARTS], capture_output=True, text=True, check=True)
    *answers, address = done.stdout.split()
    assert answers == ["False", "False", "True", "True", "True", "True", "False"]
    assert address == "http://xn--bcher-kva.example/"
