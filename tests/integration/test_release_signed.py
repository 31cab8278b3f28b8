"""Who makes the release commit and its tag, and how git signs them: with GPG, SSH and X.509."""

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import CHANGELOG, Remote
from tests.servers.ssh import make_key

BY = "%an <%ae>|%cn <%ce>"
GPG_KEY = """\
%no-protection
Key-Type: eddsa
Key-Curve: ed25519
Name-Real: Ada Lovelace
Name-Email: ada@example.org
Expire-Date: 0
%commit
"""
SIGNED = {"commit.gpgSign": "true", "tag.gpgSign": "true", "tag.forceSignAnnotated": "true"}


def needed(program: str, package: str) -> str:
    """The path of a program, which a package of Debian has."""
    found = shutil.which(program)
    assert found, f"{program} is missing: apt-get install {package}"
    return found


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def clone(remote: Remote) -> GitRepo:
    return remote.started(files={"CHANGELOG.md": CHANGELOG})


@pytest.fixture
def gpg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of a throw-away key; the agent that it starts ends with the test."""
    home = tmp_path_factory.mktemp("gpg")
    home.chmod(stat.S_IRWXU)
    env = os.environ | {"GNUPGHOME": str(home)}
    subprocess.run(
        [needed("gpg", "gnupg"), "--batch", "--quiet", "--generate-key"],
        env=env,
        input=GPG_KEY.encode(),
        check=True,
    )
    yield home
    subprocess.run(["gpgconf", "--kill", "all"], env=env, check=True)


def configured(clone: GitRepo, **settings: str) -> GitRepo:
    for key, value in (SIGNED | settings).items():
        clone.git("config", key.replace("__", "."), value)
    return clone


def verified(clone: GitRepo, remote: Remote, env: dict[str, str] | None = None) -> None:
    """Release; git verifies commit and tag, and a second run knows the signed tag as ours."""
    result = tagboat("release", cwd=clone.path, env=env)
    assert (result.code, remote.tags) == (0, ["v0.1.0"]), result.stderr
    clone.git("verify-commit", "v0.1.0^{commit}", env=env)
    clone.git("verify-tag", "v0.1.0", env=env)
    remote.bare.git("update-ref", "-d", "refs/notes/tagboat")
    again = tagboat("release", cwd=clone.path, env=env)
    assert (again.code, again.stdout) == (0, "0.1.0\n"), again.stderr
    assert remote.record("v0.1.0")["version"] == "0.1.0"


def authored(clone: GitRepo, author: str) -> None:
    (clone.path / "tagboat.toml").write_text(f'[release]\nauthor = "{author}"\n')
    clone.git("add", "tagboat.toml")
    clone.git("commit", "--quiet", "-m", "chore: author")
    clone.git("push", "--quiet", "origin", "main")


def test_identity_of_git_makes_commit_and_tag(clone: GitRepo, remote: Remote) -> None:
    tagboat("release", cwd=clone.path)
    ada = "Ada Lovelace <ada@example.org>"
    assert remote.bare.git("show", "--no-patch", f"--format={BY}", "main") == f"{ada}|{ada}"
    assert f"tagger {ada}" in remote.bare.git("cat-file", "tag", "v0.1.0")


def test_author_of_the_configuration_makes_commit_and_tag(clone: GitRepo, remote: Remote) -> None:
    authored(clone, "Réleaße Bot <bot@example.org>")
    tagboat("release", cwd=clone.path)
    bot = "Réleaße Bot <bot@example.org>"
    assert remote.bare.git("show", "--no-patch", f"--format={BY}", "main") == f"{bot}|{bot}"
    assert f"tagger {bot}" in remote.bare.git("cat-file", "tag", "v0.1.0")
    assert remote.bare.git("show", "--no-patch", f"--format={BY}", "refs/notes/tagboat") == (
        f"{bot}|{bot}"
    )


def test_author_of_the_configuration_is_identity_enough(clone: GitRepo, remote: Remote) -> None:
    authored(clone, "Bot <bot@example.org>")
    clone.git("config", "user.name", "")
    plan = clone.path.parent / "plan.json"
    assert tagboat("plan", "-o", str(plan), cwd=clone.path).code == 0
    result = tagboat("release", "--plan", str(plan), cwd=clone.path)
    assert (result.code, remote.tags) == (0, ["v0.1.0"]), result.stderr


def test_hooks_are_skipped(clone: GitRepo, remote: Remote) -> None:
    for name in ("pre-commit", "commit-msg", "pre-push", "reference-transaction"):
        _hook(clone, name, "exit 1")
    assert tagboat("release", cwd=clone.path).code == 0
    assert remote.tags == ["v0.1.0"]


def test_hook_is_honoured_as_configured(clone: GitRepo, remote: Remote) -> None:
    _hook(clone, "commit-msg", "echo no releases on Fridays >&2; exit 1")
    (clone.path / "tagboat.toml").write_text("[release]\nhooks = true\n")
    clone.git("add", "tagboat.toml")
    clone.git("commit", "--quiet", "--no-verify", "-m", "chore: hooks")
    clone.git("push", "--quiet", "origin", "main")
    result = tagboat("release", cwd=clone.path)
    assert (result.code, remote.tags) == (1, [])
    assert "no releases on Fridays" in result.stderr


HOOKED = """\
files = ["VERSION"]
[release]
hooks = true
"""


@pytest.fixture
def hooked(clone: GitRepo) -> GitRepo:
    """A clone with a fix to release, a version file and hooks that judge."""
    for key in ("commit.gpgSign", "tag.gpgSign", "tag.forceSignAnnotated"):
        clone.git("config", key, "false")
    clone.commit("fix: b", files={"tagboat.toml": HOOKED, "VERSION": "0.0.0\n"})
    clone.git("push", "--quiet", "origin", "main")
    return clone


@pytest.mark.parametrize(
    ("name", "script", "what"),
    [
        ("pre-commit", "echo 9.9.9 > VERSION; echo x > a; git add VERSION a", "VERSION, a"),
        ("pre-commit", "git reset --quiet --hard", "VERSION"),
        ("post-commit", 'git -c core.hooksPath= commit -q --allow-empty -m "feat: c"', "commits"),
        ("post-commit", "git reset --quiet --soft HEAD~1", "commits"),
        ("commit-msg", 'echo "feat: other" > "$1"', "message"),
        ("commit-msg", 'sed -i "s/^chore/feat/" "$1"', "message"),
    ],
)
def test_a_hook_that_changes_the_release_commit_stops_the_release(
    hooked: GitRepo, remote: Remote, name: str, script: str, what: str
) -> None:
    _hook(hooked, name, script)
    before = remote.refs
    result = tagboat("release", cwd=hooked.path)
    assert (result.code, remote.refs) == (4, before)
    assert "a hook of this repository changed the release commit: " in result.stderr
    assert what in result.stderr
    assert (
        "nothing was released; hooks may judge the commit, and commands with `add` may change it"
    ) in result.stderr


def test_a_hook_may_put_trailers_behind_the_message(hooked: GitRepo, remote: Remote) -> None:
    _hook(hooked, "commit-msg", 'echo "Change-Id: I12" >> "$1"')
    assert tagboat("release", cwd=hooked.path).code == 0
    assert "Change-Id: I12" in remote.bare.git("log", "-1", "--format=%B", "main")
    assert tagboat("verify", "0.1.0", cwd=hooked.path).code == 0


def test_a_hook_that_refuses_is_told_by_what_git_did(hooked: GitRepo, remote: Remote) -> None:
    _hook(hooked, "pre-commit", "echo no >&2; exit 1")
    result = tagboat("release", cwd=hooked.path)
    assert (result.code, remote.tags) == (1, [])
    assert "`git commit` failed: no" in result.stderr


def test_a_key_that_cannot_sign_is_told_before(clone: GitRepo, tmp_path: Path) -> None:
    configured(clone, gpg__format="ssh", user__signingKey=str(tmp_path / "nowhere"))
    told = "git is set up to sign and can't"
    assert told in tagboat("plan", cwd=clone.path).stderr
    assert told in tagboat("doctor", cwd=clone.path).stdout


@pytest.mark.needs("gpg")
def test_signed_with_gpg(clone: GitRepo, remote: Remote, gpg: Path) -> None:
    configured(clone, user__signingKey="ada@example.org", gpg__program="gpg", gpg__format="openpgp")
    verified(clone, remote, {"GNUPGHOME": str(gpg)})


@pytest.mark.needs("ssh-keygen")
def test_signed_with_ssh(clone: GitRepo, remote: Remote, tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    signers = tmp_path / "signers"
    signers.write_text(f"ada@example.org {(tmp_path / 'key.pub').read_text()}")
    configured(clone, gpg__format="ssh", user__signingKey=str(tmp_path / "key"))
    clone.git("config", "gpg.ssh.allowedSignersFile", str(signers))
    verified(clone, remote)


@pytest.mark.needs("gpg", "gpgsm", "openssl")
def test_signed_with_x509(clone: GitRepo, remote: Remote, tmp_path: Path, gpg: Path) -> None:
    env = {"GNUPGHOME": str(gpg)}
    _certificate(tmp_path, gpg)
    configured(clone, gpg__format="x509", user__signingKey="ada@example.org")
    clone.git("config", "gpg.x509.program", str(_signer(tmp_path)))
    verified(clone, remote, env)


@pytest.mark.needs("ssh-keygen")
def test_key_that_is_missing_stops_before_anything_is_public(
    clone: GitRepo, remote: Remote, tmp_path: Path
) -> None:
    configured(clone, gpg__format="ssh", user__signingKey=str(tmp_path / "nowhere"))
    before = remote.refs
    result = tagboat("release", cwd=clone.path)
    assert (result.code, remote.refs) == (1, before)
    assert str(tmp_path / "nowhere") in result.stderr


def _hook(clone: GitRepo, name: str, script: str) -> None:
    path = clone.path / ".git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def _certificate(folder: Path, home: Path) -> None:
    """Make a certificate that vouches for itself, and let gpgsm trust it."""
    env = os.environ | {"GNUPGHOME": str(home)}
    key, certificate, both = folder / "key.pem", folder / "cert.pem", folder / "both.p12"
    openssl = [
        needed("openssl", "openssl"),
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "30",
    ]
    openssl += ["-subj", "/CN=Ada Lovelace/emailAddress=ada@example.org"]
    openssl += ["-addext", "subjectAltName=email:ada@example.org"]
    openssl += ["-addext", "keyUsage=digitalSignature,keyCertSign"]
    _quiet([*openssl, "-keyout", str(key), "-out", str(certificate)], env)
    exported = ["openssl", "pkcs12", "-export", "-inkey", str(key), "-in", str(certificate)]
    # What gpgsm reads, however old: triple DES.
    exported += ["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"]
    _quiet([*exported, "-out", str(both), "-passout", "pass:x"], env)
    (home / "gpgsm.conf").write_text("disable-crl-checks\ndisable-policy-checks\n")
    (home / "gpg-agent.conf").write_text("allow-loopback-pinentry\n")
    _quiet(["gpgconf", "--kill", "gpg-agent"], env)
    gpgsm = [
        needed("gpgsm", "gpgsm"),
        "--batch",
        "--pinentry-mode",
        "loopback",
        "--passphrase-fd",
        "0",
    ]
    _quiet([*gpgsm, "--import", str(both)], env)
    listed = subprocess.run(
        ["gpgsm", "--list-keys", "--with-colons"], env=env, capture_output=True, check=True
    ).stdout.decode()
    print_ = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))
    (home / "trustlist.txt").write_text(f"{print_} S relax\n")
    _quiet(["gpgconf", "--kill", "gpg-agent"], env)


def _signer(folder: Path) -> Path:
    """A program that signs without asking for the passphrase, which gpgsm insists on."""
    (folder / "passphrase").write_text("x\n")
    program = folder / "gpgsm"
    options = "--pinentry-mode loopback --passphrase-fd 9"
    program.write_text(f'#!/bin/sh\nexec gpgsm {options} "$@" 9<{folder}/passphrase\n')
    program.chmod(0o755)
    return program


def _quiet(command: list[str], env: dict[str, str]) -> None:
    done = subprocess.run(command, env=env, input=b"x\n", capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
