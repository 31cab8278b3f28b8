"""An SSH server on loopback with throw-away keys, which takes one user: whoever runs the tests."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path
from typing import NamedTuple

HOST = "127.0.0.1"
_CONFIG = """\
ListenAddress {host}:{port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
LogLevel ERROR
"""


class SshServer(NamedTuple):
    """Where it listens, and the command git reaches it with (``GIT_SSH_COMMAND``)."""

    port: int
    command: str

    def url(self, repository: Path) -> str:
        """The address of a repository."""
        return f"ssh://{getuser()}@{HOST}:{self.port}{repository}"


def make_key(path: Path) -> None:
    """Make an Ed25519 key without a passphrase, and its public half beside."""
    assert shutil.which("ssh-keygen"), "ssh-keygen is missing: apt-get install openssh-client"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)


@contextmanager
def listening(folder: Path) -> Iterator[SshServer]:
    """A server with its keys in a folder, stopped at the end."""
    program = shutil.which("sshd", path=f"/usr/sbin{os.pathsep}{os.environ['PATH']}")
    assert program, "sshd is missing: apt-get install openssh-server"
    for name in ("host", "user"):
        make_key(folder / name)
    port = _free_port()
    config = folder / "sshd_config"
    config.write_text(_CONFIG.format(host=HOST, port=port, folder=folder))
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it drops its rights; boot makes it
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([program, "-D", "-e", "-f", str(config)], stderr=log)
    try:
        _wait(server, port, folder / "log")
        options = f"-F none -i {folder}/user -o UserKnownHostsFile={folder}/known"
        yield SshServer(port, f"ssh {options} -o StrictHostKeyChecking=accept-new")
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Wait until the server answers."""
    while server.poll() is None:
        with socket.socket() as probe:
            if not probe.connect_ex((HOST, port)):
                return
    raise AssertionError(f"sshd ended with {server.returncode}: {log.read_text()}")
