"""Nothing a user's or a repository's configuration holds changes an answer, runs or leaks."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tagboat.adapters.git.remote import GitRemote
from tagboat.core.errors import OutsideError
from tests import environment
from tests.commandline import tagboat, tagboat_process
from tests.gitrepo import GitRepo
from tests.patience import patience

LEAKED = sorted(
    name
    for name in environment.hostile(Path("/nowhere")).keys() - environment.quiet(Path("/")).keys()
    if not name.startswith("GIT_CONFIG_")  # wrong when alone; together they are tested below
)


@pytest.fixture
def scenario(repo: GitRepo) -> GitRepo:
    """A repository with a bit of everything whose next version is 2.0.0."""
    repo.commit("feat: a", files={"docs/a.txt": "a"})
    repo.tag("v0.9.0")
    repo.commit("fix: b")
    repo.tag("v1.0.0-rc.1", message="v1.0.0-rc.1")
    repo.tag("v1.0.0", message="v1.0.0")
    repo.tag("elsewhere", "HEAD^{tree}")
    repo.switch("side", at="HEAD~1")
    repo.commit("feat: aside")
    repo.tag("v7.0.0")
    repo.switch("main")
    repo.commit("feat: caf\xe9".encode("latin-1"), encoding="ISO-8859-1")
    repo.commit("feat!: \u4f60\u597d\n\nBREAKING CHANGE: all of it\n", date=4_102_444_800)
    repo.git("notes", "add", "-m", "feat: a note")
    repo.commit("fix: d", date=0)
    return repo


@pytest.fixture
def expected(scenario: GitRepo) -> tuple[str, str]:
    """What is answered and explained in a quiet environment."""
    quiet = environment.quiet(scenario.path.parent)
    explained = tagboat("explain", cwd=scenario.path, env=quiet)
    assert explained.code == 0
    return "2.0.0\n", explained.stdout


@pytest.mark.matrix
@pytest.mark.parametrize("name", LEAKED)
def test_one_leaked_variable_changes_nothing(
    scenario: GitRepo, expected: tuple[str, str], hostile_env: dict[str, str], name: str
) -> None:
    env = {name: hostile_env[name]}
    assert tagboat("version", "next", cwd=scenario.path, env=env).stdout == expected[0]


@pytest.mark.parametrize("command", ["explain", "version"])
def test_the_worst_environment_changes_nothing(
    scenario: GitRepo, expected: tuple[str, str], hostile_env: dict[str, str], command: str
) -> None:
    words, answer = {
        "version": (("version", "next"), expected[0]),
        "explain": (("explain",), expected[1]),
    }[command]
    done = tagboat(*words, cwd=scenario.path, env=hostile_env)
    assert done == (0, answer, "")


def test_hostile_configuration_of_the_repository_changes_nothing(
    scenario: GitRepo, expected: tuple[str, str]
) -> None:
    scenario.git("config", "include.path", str(environment.HOSTILE_CONFIG))
    assert tagboat("explain", cwd=scenario.path) == (0, expected[1], "")


def test_the_worst_environment_does_not_lead_to_another_remote(
    scenario: GitRepo, tmp_path: Path, hostile_env: dict[str, str]
) -> None:
    clone = scenario.clone(tmp_path / "clone", tags=False)
    done = tagboat("version", "next", cwd=clone.path, env=hostile_env)
    assert (done.code, done.stdout) == (0, "2.0.0\n")
    assert "read them from its remote" in done.stderr


def test_a_shallow_clone_fetches_more_in_the_worst_environment(
    scenario: GitRepo, tmp_path: Path, hostile_env: dict[str, str]
) -> None:
    clone = scenario.clone(tmp_path / "clone", depth=1)
    done = tagboat("version", "next", cwd=clone.path, env=hostile_env)
    assert (done.code, done.stdout) == (0, "2.0.0\n")


def test_git_that_warns_a_lot_does_not_get_stuck(scenario: GitRepo, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    warn = "import sys; sys.stderr.write('warning: odd' * 100_000)"
    script = f"#!/bin/sh\n{sys.executable} -c {warn!r}\nPATH={os.environ['PATH']!r} exec git "
    (folder / "git").write_text(script + '"$@"\n')
    (folder / "git").chmod(0o755)
    env = {"PATH": str(folder)}
    done = tagboat_process("version", "next", cwd=scenario.path, env=env)
    assert done == (0, "2.0.0\n", "")


# Nothing runs.


@pytest.fixture
def trap(tmp_path: Path) -> tuple[str, Path]:
    """A command that leaves a file behind, and the file."""
    mark = tmp_path / "it-ran"
    script = tmp_path / "trap"
    script.write_text(f"#!/bin/sh\ntouch {mark}\n")
    script.chmod(0o755)
    return str(script), mark


@pytest.mark.parametrize("key", ["core.pager", "core.fsmonitor", "diff.external", "gpg.program"])
def test_no_program_that_a_configuration_names_runs(
    scenario: GitRepo, trap: tuple[str, Path], key: str
) -> None:
    script, mark = trap
    header, _, message = scenario.git("cat-file", "commit", "HEAD").partition("\n\n")
    signature = "-----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----"
    raw = f"{header}\ngpgsig {signature}\n\n{message}"
    made = scenario.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw)
    scenario.git("update-ref", "HEAD", made)
    scenario.git("config", "log.showSignature", "true")
    scenario.git("config", key, script)
    assert tagboat("version", "next", cwd=scenario.path) == (0, "2.0.0\n", "")
    assert not mark.exists()


def test_no_hook_of_the_repository_runs(scenario: GitRepo, trap: tuple[str, Path]) -> None:
    script, mark = trap
    hooks = scenario.path / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "reference-transaction", "post-index-change", "pre-auto-gc"):
        (hooks / name).symlink_to(script)
    tagboat("version", "next", cwd=scenario.path)
    assert not mark.exists()


def test_a_remote_named_like_an_option_is_only_a_name(
    repo: GitRepo, trap: tuple[str, Path]
) -> None:
    script, mark = trap
    repo.commit("feat: a")
    repo.git("config", f"remote.--upload-pack={script}.url", str(repo.path))
    done = tagboat("version", "next", cwd=repo.path)
    assert not mark.exists()
    assert (done.code, done.stdout) == (0, "0.1.0\n")


@pytest.mark.parametrize("address", ["ext::{script}", "--upload-pack={script}", "-x"])
def test_an_address_that_would_run_a_program_is_refused(
    repo: GitRepo, trap: tuple[str, Path], address: str
) -> None:
    script, mark = trap
    repo.commit("feat: a")
    repo.git("config", "remote.origin.url", address.format(script=script))
    done = tagboat("version", "next", cwd=repo.path)
    assert not mark.exists()
    assert (done.code, done.stdout) == (1, "")


@pytest.mark.parametrize("option", ["--channel", "--tag-format"])
def test_an_option_s_value_that_looks_like_an_option_is_only_a_value(
    scenario: GitRepo, tmp_path: Path, option: str
) -> None:
    value = f"--output={tmp_path}/written-{{version}}"
    tagboat("version", "next", option, value, cwd=scenario.path)
    assert not list(tmp_path.glob("written*"))


def test_a_folder_that_looks_like_an_option_is_only_a_folder(tmp_path: Path) -> None:
    done = tagboat("version", "next", "-C", "--upload-pack=touch it-ran", cwd=tmp_path)
    assert done.code == 2
    assert not (tmp_path / "it-ran").exists()


# Nothing leaks.


@contextmanager
def _silent_server() -> Iterator[int]:
    """A server on the loopback address that takes calls and never answers; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.fixture
def closed_port() -> int:
    """A port of the loopback address where nobody listens."""
    with _silent_server() as port:
        return port


@pytest.mark.matrix
@pytest.mark.parametrize(
    "address",
    [
        "http://me:S3CRET@127.0.0.1:{port}/x.git",
        "http://S3CRET@127.0.0.1:{port}/x.git",
        "http://me:pass@S3CRET@127.0.0.1:{port}/x.git",
        "http://127.0.0.1:{port}/x.git?private_token=S3CRET",
        "ftp://me:S3CRET@127.0.0.1:{port}/x.git",
        "nosuch://me:S3CRET@127.0.0.1:{port}/x.git",
    ],
)
@pytest.mark.parametrize("depth", [None, 1])
def test_credentials_in_an_address_are_never_shown(
    scenario: GitRepo, tmp_path: Path, closed_port: int, address: str, depth: int | None
) -> None:
    clone = scenario.clone(tmp_path / "clone", depth=depth, tags=False)
    clone.git("config", "remote.origin.url", address.format(port=closed_port))
    done = tagboat("version", "next", cwd=clone.path)
    assert (done.code, done.stdout) == (1, "")
    assert "S3CRET" not in done.stderr
    assert "error" in done.stderr


def test_what_a_remote_says_can_t_steer_the_terminal(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit("feat: a")
    server = tmp_path / "server"
    server.write_text("#!/bin/sh\nprintf '\\033[31mred\\233 \\n' >&2\nexit 1\n")
    server.chmod(0o755)
    repo.git("config", "remote.origin.url", str(tmp_path / "nowhere.git"))
    repo.git("config", "remote.origin.uploadpack", str(server))
    done = tagboat("version", "next", cwd=repo.path)
    assert done.code == 1
    assert "red" in done.stderr
    assert "\x1b" not in done.stderr


# Nothing waits.


def test_a_remote_that_does_not_answer_is_given_up(repo: GitRepo) -> None:
    repo.commit("feat: a")
    with _silent_server() as port:
        repo.git("remote", "add", "origin", f"http://127.0.0.1:{port}/x.git")
        remote = GitRemote(str(repo.path), patience=0.5)
        started = time.monotonic()
        with pytest.raises(OutsideError, match=r"no answer in 0\.5 s"):
            remote.tags()
        assert time.monotonic() - started < patience(200)


def test_no_terminal_is_asked_for_a_password(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit("feat: a")
    ssh = tmp_path / "ssh"
    ssh.write_text(f"#!/bin/sh\ncut -d ' ' -f 6 /proc/self/stat > {tmp_path}/session\nexit 1\n")
    ssh.chmod(0o755)
    repo.git("remote", "add", "origin", "ssh://127.0.0.1/x.git")
    done = tagboat("version", "next", cwd=repo.path, env={"GIT_SSH_COMMAND": str(ssh)})
    assert done.code == 1
    # Only the session of the terminal can open it.
    assert int((tmp_path / "session").read_text()) != os.getsid(0)


def test_no_window_is_opened_for_a_password(
    repo: GitRepo, trap: tuple[str, Path], tmp_path: Path
) -> None:
    script, mark = trap
    repo.commit("feat: a")
    asking = tmp_path / "asking"
    asking.write_text('#!/bin/sh\n[ -z "$SSH_ASKPASS" ] || "$SSH_ASKPASS"\nexit 1\n')
    asking.chmod(0o755)
    repo.git("remote", "add", "origin", "ssh://127.0.0.1/x.git")
    env = {"SSH_ASKPASS": script, "DISPLAY": ":0", "GIT_SSH_COMMAND": str(asking)}
    assert tagboat("version", "next", cwd=repo.path, env=env).code == 1
    assert not mark.exists()
