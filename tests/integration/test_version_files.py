"""Version files of a repository: read, planned, written, and none outside it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tagboat.adapters.conventions.isolate_imports import foreign_imports, import_commitizen
from tagboat.adapters.repository_files import RepositoryFiles
from tagboat.adapters.version_files import CommitizenProviders, VersionFiles
from tagboat.core.errors import ConflictError, UsageError
from tagboat.core.version.version import Version
from tagboat.core.version_files.edits import Edit, Target, edited
from tests.gitrepo import GitRepo

OLD, NEW = Version(1, 2, 3), Version(1, 3, 0)
TARGET = Target(NEW, "semver", (OLD,))

VersionFilesOf = Callable[..., VersionFiles]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    return root


@pytest.fixture
def version_files(root: Path) -> VersionFilesOf:
    return lambda *entries: opened(root, *entries)


def opened(root: Path, *entries: str) -> VersionFiles:
    """The version files of a folder, as wiring builds them."""

    @contextmanager
    def isolated() -> Iterator[None]:
        with foreign_imports(str(root), allow_repository_code=False):
            import_commitizen()
            yield

    providers = CommitizenProviders(str(root), isolated)
    return VersionFiles(RepositoryFiles(str(root)), entries, providers)


def released(root: Path, *entries: str) -> tuple[str, ...]:
    """Plan, and change the files as a release does; those that changed."""
    files = RepositoryFiles(str(root))
    changed: dict[str, list[Edit]] = {}
    for edit in opened(root, *entries).planned(TARGET):
        changed.setdefault(edit.path, []).append(edit)
    for path, edits in changed.items():
        files.write(path, (edited(files.text(path) or "", edits),))
    return tuple(changed)


def complaint(root: Path, *entries: str) -> str:
    """The message of the error that planning ends in."""
    with pytest.raises(UsageError) as caught:
        opened(root, *entries).planned(TARGET)
    return caught.value.message


# Bytes


@pytest.mark.parametrize(
    ("entry", "data"),
    [
        ("a.toml:v", b'\t# \xe9\r\nv\t=\t"@"  # \xe9\r\n[x]\r\na = 1'),
        ("a.toml:v", b"\xef\xbb\xbfz = 1\nv = '@'\na = '''\xff'''"),
        ("a.json:v", b'{\r\n\t"z": "\\u00e9\\/ \xc3\xa9 \xe9",\r\n\t"v": "@",\r\n\t"a": 1.0}'),
        ("a.json:v", b'\xef\xbb\xbf{"v":"@"}\n\n'),
        ("a.yaml:v", b"z: 1  # \xe9\r\nv:   '@' # x\r\na:\r\n    - \xe9"),
        ("a.py:V", b'# coding: latin-1\r\nV = "@"\r\nNAME = "\xe9"'),
        ("VERSION", b"\xef\xbb\xbf@\r\n"),
        ("README.md:app:{version}", b"\xe9 app:@\r\r\n\x0c app:@ \x85\xe2\x80\xa8"),
    ],
)
def test_every_other_byte_stays(root: Path, entry: str, data: bytes) -> None:
    path = root / entry.partition(":")[0]
    path.write_bytes(data.replace(b"@", b"1.2.3"))

    released(root, entry)

    assert path.read_bytes() == data.replace(b"@", b"1.3.0")


def test_the_mode_of_a_file_stays(root: Path) -> None:
    path = root / "run.sh"
    path.write_text("VERSION=1.2.3\n")
    path.chmod(0o755)

    released(root, "run.sh:VERSION")

    assert path.stat().st_mode & 0o777 == 0o755


# Planning


def test_planning_writes_nothing(root: Path, version_files: VersionFilesOf) -> None:
    (root / "VERSION").write_text("1.2.3")

    planned = version_files("VERSION").planned(TARGET)

    assert ((root / "VERSION").read_text(), [edit.new for edit in planned]) == ("1.2.3", ["1.3.0"])


def test_the_files_that_changed_are_told(root: Path) -> None:
    (root / "VERSION").write_text("1.2.3")
    (root / "a.py").write_text("v = '1.3.0'")
    (root / "b.py").write_text("v = '1.2.3'\nw = '1.2.3'")

    assert released(root, "VERSION", "a.py:v", "b.py:v", "b.py:w") == ("VERSION", "b.py")


def test_a_second_run_changes_nothing(root: Path) -> None:
    (root / "VERSION").write_text("1.2.3")
    released(root, "VERSION")

    assert released(root, "VERSION") == ()


def test_an_unexpected_version_is_a_conflict(root: Path, version_files: VersionFilesOf) -> None:
    (root / "VERSION").write_text("1.0.0")

    with pytest.raises(ConflictError, match=r"VERSION, line 1 is 1\.0\.0, expected 1\.2\.3 or"):
        version_files("VERSION").planned(TARGET)


def test_a_workspace_is_read_by_its_patterns(root: Path) -> None:
    (root / "Cargo.toml").write_text(
        "[workspace]\nmembers = ['libs/*', 'out']\n[workspace.package]\nversion = '1.2.3'"
    )
    member = "[package]\nname = '{}'\nversion.workspace = true"
    for name in ("a", "b"):
        (root / "libs" / name).mkdir(parents=True)
        (root / "libs" / name / "Cargo.toml").write_text(member.format(name))
    (root / "libs" / "README.md").write_text("")
    outside = root.parent / "out"
    outside.mkdir()
    (outside / "Cargo.toml").write_text(member.format("out"))
    (root / "out").symlink_to(outside)
    lock = "".join(f"[[package]]\nname = '{each}'\nversion = '1.2.3'\n" for each in "ab")
    (root / "Cargo.lock").write_text(lock)

    released(root, "cargo")

    assert (root / "Cargo.lock").read_text() == lock.replace("1.2.3", "1.3.0")


# Paths


@pytest.mark.parametrize(
    "entry",
    [
        *("../VERSION", "a/../../VERSION", "a/../VERSION", "/etc/hostname", "..", ""),
        *("npm:../other", "pep621:a/..", "a\0b", "a\nb"),
    ],
)
def test_a_path_stays_in_the_repository(root: Path, entry: str) -> None:
    (root.parent / "VERSION").write_text("1.2.3")
    (root / "VERSION").write_text("1.2.3")
    (root / "a").mkdir()

    assert "is not a path inside the repository" in complaint(root, entry)


@pytest.mark.parametrize("entry", [".git/config:v", "a/.git/x:v", ".GIT/x:v", "link:v"])
def test_what_belongs_to_git_is_left_alone(root: Path, entry: str) -> None:
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("v = 1.2.3")
    (root / "link").symlink_to(".git/config")

    assert "it belongs to git itself" in complaint(root, entry)


def test_a_link_to_a_file_outside_is_refused(root: Path) -> None:
    (root.parent / "VERSION").write_text("1.2.3")
    (root / "VERSION").symlink_to("../VERSION")

    assert "a link leads out of the repository" in complaint(root, "VERSION")


def test_a_folder_that_is_a_link_outside_is_refused(root: Path) -> None:
    (root.parent / "outside").mkdir()
    (root.parent / "outside" / "VERSION").write_text("1.2.3")
    (root / "a").symlink_to(root.parent / "outside")

    assert "a link leads out of the repository" in complaint(root, "a/VERSION")


def test_a_folder_beside_with_a_longer_name_is_outside(root: Path) -> None:
    (root.parent / "root2").mkdir()
    (root.parent / "root2" / "VERSION").write_text("1.2.3")
    (root / "VERSION").symlink_to("../root2/VERSION")

    assert "a link leads out of the repository" in complaint(root, "VERSION")


def test_the_file_that_a_link_inside_leads_to_is_edited(root: Path) -> None:
    (root / "a").mkdir()
    (root / "a" / "VERSION").write_text("1.2.3")
    (root / "VERSION").symlink_to("a/VERSION")

    changed = released(root, "VERSION", "a/VERSION")

    assert (changed, (root / "VERSION").is_symlink()) == (("a/VERSION",), True)
    assert (root / "a" / "VERSION").read_text() == "1.3.0"


def test_the_root_may_be_a_link(root: Path) -> None:
    (root / "VERSION").write_text("1.2.3")
    (root.parent / "link").symlink_to("root")

    assert released(root.parent / "link", "VERSION") == ("VERSION",)


@pytest.mark.parametrize("entry", ["a", "a:v", "pep621:b", "."])
def test_a_folder_is_no_file(root: Path, entry: str) -> None:
    (root / "a").mkdir()
    (root / "b" / "pyproject.toml").mkdir(parents=True)

    assert "this is a folder" in complaint(root, entry)


@pytest.mark.parametrize("entry", ["a.toml:v", "VERSION/x:v", "gone/a.toml:v", "broken:v"])
def test_a_missing_file_is_refused(root: Path, entry: str) -> None:
    (root / "VERSION").write_text("1.2.3")
    (root / "broken").symlink_to("nothing")

    assert "there is no such file" in complaint(root, entry)


def test_a_pipe_is_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "VERSION")

    assert complaint(root, "VERSION") == "VERSION: this is not a regular file"


def test_a_link_to_itself_is_refused(root: Path) -> None:
    (root / "VERSION").symlink_to("VERSION")

    assert "VERSION: it can't be read" in complaint(root, "VERSION")


# Providers of commitizen

PLUGIN = """
import os
from pathlib import Path

from commitizen.providers.base_provider import VersionProvider


class Two(VersionProvider):
    def get_version(self):
        print("reading", self.config.settings["encoding"])
        return Path("version.txt").read_text().split()[-1]

    def set_version(self, version):
        Path("version.txt").write_text(f"version {version}")
        Path("rewritten.txt").write_text("other")
        Path("new é.txt").write_text("new")
        Path("gone.txt").unlink()


class Broken(VersionProvider):
    def get_version(self):
        raise SystemExit(3)

    def set_version(self, version):
        raise AssertionError
"""


@pytest.fixture
def project(repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a version only a provider knows, and that provider installed."""
    context = tmp_path / "site"
    (context / "two_provider-1.0.dist-info").mkdir(parents=True)
    (context / "two_provider.py").write_text(PLUGIN)
    info = context / "two_provider-1.0.dist-info"
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: two-provider\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[commitizen.provider]\ntwo = two_provider:Two\nbroken = two_provider:Broken\n"
        "gone = two_provider_gone:Gone\n"
    )
    monkeypatch.syspath_prepend(str(context))
    files = {"version.txt": "version 1.2.3", "rewritten.txt": "one", "gone.txt": "x", "same": "x"}
    repo.commit("feat: a", files=files)
    return repo.path


def test_all_that_a_provider_changes_is_told(project: Path) -> None:
    (project / "rewritten.txt").write_text("two")
    (project / "same").write_text("y")
    (project / "link").symlink_to("nothing")
    GitRepo.init(project / "nested")

    changed = opened(project, "commitizen:two").apply_providers(TARGET)

    assert changed == ("gone.txt", "new é.txt", "rewritten.txt", "version.txt")
    assert (project / "version.txt").read_text() == "version 1.3.0"


def test_a_provider_is_not_asked_to_write_what_it_has(project: Path) -> None:
    (project / "version.txt").write_text("version 1.3.0")

    assert opened(project, "commitizen:two").apply_providers(TARGET) == ()
    assert (project / "gone.txt").exists()


def test_planning_lets_no_provider_write(project: Path) -> None:
    assert opened(project, "commitizen:two").planned(TARGET) == ()
    assert (project / "version.txt").read_text() == "version 1.2.3"


def test_what_a_provider_prints_is_no_answer(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    opened(project, "commitizen:two").planned(TARGET)

    assert capfd.readouterr() == ("", "reading utf-8\n")


def test_the_current_directory_stays(project: Path) -> None:
    before = Path.cwd()

    opened(project, "commitizen:two").planned(TARGET)

    assert Path.cwd() == before


def test_an_unexpected_version_of_a_provider_is_a_conflict(project: Path) -> None:
    (project / "version.txt").write_text("version 1.0.0")

    with pytest.raises(ConflictError, match=r"^commitizen:two is 1\.0\.0, expected 1\.2\.3 or"):
        opened(project, "commitizen:two").planned(TARGET)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("broken", "the version provider 'broken' failed: SystemExit: 3"),
        ("gone", "the version provider 'gone' failed: ModuleNotFoundError: "),
        ("other", "there is no version provider 'other'; installed: broken, cargo, "),
    ],
)
def test_a_provider_that_fails_is_named(project: Path, name: str, problem: str) -> None:
    assert complaint(project, f"commitizen:{name}").startswith(problem)


def test_a_provider_that_is_not_installed_says_where_it_belongs(project: Path) -> None:
    with pytest.raises(UsageError) as caught:
        opened(project, "commitizen:other").planned(TARGET)
    assert caught.value.hint == "install it into the environment that tagboat runs in"


def test_a_provider_that_tells_no_version_is_refused(project: Path) -> None:
    (project / "version.txt").write_text("version soon")

    assert "tells 'soon', which is no version" in complaint(project, "commitizen:two")


def test_a_provider_in_the_repository_is_not_loaded(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "two_provider_gone.py").write_text(PLUGIN.replace("Two", "Gone"))
    monkeypatch.syspath_prepend(str(project))

    assert "the version provider 'gone' failed: " in complaint(project, "commitizen:gone")
