"""The engine with its two registries: started, asked and stopped by the folder they stand in."""

import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.engine import base_image, emulation, needs
from tests.engine.daemon import Daemon
from tests.engine.needs import EngineError, program
from tests.engine.registry import PASSWORD, USER, Registry
from tests.patience import patience

PORTS = (5000, 5001)
BUSY = "500 Internal Server Error"
"""What a push says that met a registry with an empty file for the tag; see `Engine.push`."""
_TRIES = 5
_LONGEST = 50
"""How long a folder's name may be: those of sockets below it have at most 108 characters."""


class Engine:
    """An engine and two registries in ``folder``: ``open``, and ``closed``, which wants a password.

    Ports are those the folder was started with before, else those given; 0 takes any free one.
    """

    def __init__(self, folder: Path, ports: Sequence[int] = PORTS) -> None:
        self.folder = folder.resolve()
        first, second = self._known_ports() or ports
        self.open = Registry(self.folder / "open", first)
        self.closed = Registry(self.folder / "closed", second, is_open=False)
        self._daemon = Daemon(self.folder, "dockerd")

    @property
    def socket(self) -> str:
        """The address of the engine, for DOCKER_HOST."""
        return f"unix://{self.folder}/docker.sock"

    @property
    def is_running(self) -> bool:
        """Whether the engine itself runs."""
        return self._daemon.pid() is not None

    @property
    def is_whole(self) -> bool:
        """Whether all of it runs."""
        return self.is_running and self.open.is_running and self.closed.is_running

    def variables(self) -> dict[str, str]:
        """What a client needs: where the engine is, credentials, and Debian's docker on PATH."""
        return {
            "DOCKER_HOST": self.socket,
            "DOCKER_CONFIG": str(self.folder / "client"),
            "PATH": f"{self.folder}/bin:{os.environ.get('PATH', os.defpath)}",
        }

    def start(self) -> None:
        """Make sure that all of it runs. Raises EngineError."""
        needs.check()
        if len(str(self.folder)) > _LONGEST:
            raise EngineError(f"{self.folder} is too long for the names of sockets below it")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._known().write_text(json.dumps([self.open.port, self.closed.port]))
        self._write_client()
        emulation.register()
        self.open.start()
        self.closed.start()
        self.start_daemon()

    def start_daemon(self) -> None:
        """Make sure that the engine itself runs. Raises EngineError."""
        config = self.folder / "daemon.json"
        config.write_text(json.dumps(self._config(), indent=2))
        command = [
            program("dockerd"),
            f"--config-file={config}",
            f"--data-root={self.folder}/data",
            f"--exec-root={self.folder}/exec",
            f"--host={self.socket}",
            f"--pidfile={self.folder}/engine.pid",
        ]
        path = f"/usr/sbin:/sbin:{os.environ.get('PATH', os.defpath)}"
        self._daemon.start(command, self._answers, {"PATH": path})

    def stop_daemon(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop or kill the engine, and leave the registries running."""
        self._daemon.stop(how)
        # What an engine started and mounted outlives it where it was killed.
        Daemon(self.folder / "exec" / "containerd", "containerd").stop()
        for place in _mounts(self.folder):
            subprocess.run(["umount", place], check=True)

    def stop(self) -> None:
        """Stop all of it; images stay. Raises EngineError where a part goes on running."""
        self.stop_daemon()
        self.open.stop()
        self.closed.stop()

    def docker(self, *arguments: str) -> str:
        """What a docker command says on standard output; it must succeed."""
        done = subprocess.run(
            [program("docker"), *arguments],
            env=dict(os.environ) | self.variables(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise EngineError(f"`docker {arguments[0]}` failed: {done.stderr.strip()}")
        return done.stdout

    def push(self, reference: str, folder: Path, *options: str) -> None:
        """Build a folder and push what came out. Raises EngineError where it still fails.

        The engine gives the tag to one platform after another, and asks for it meanwhile. Its file
        is empty for a moment then: the registry answers 500 in about one of thirty such pushes.
        """
        command = ("buildx", "build", *options, "--push", "--tag", reference, str(folder))
        for _ in range(_TRIES):
            try:
                self.docker(*command)
            except EngineError as error:
                if BUSY not in str(error):
                    raise
            else:
                return
        raise EngineError(f"the registry answers {BUSY!r} to each push of {reference}")

    def base(self) -> str:
        """A base image of three platforms with busybox, in the open registry; made once."""
        name = f"{self.open.host}/base/busybox:1"
        made = self.folder / "base.made"
        if not made.exists():
            base_image.context(self.folder / "base")
            platforms = ",".join(base_image.PLATFORMS)
            self.push(name, self.folder / "base", f"--platform={platforms}", "--provenance=false")
            made.touch()
        return name

    def _config(self) -> dict[str, object]:
        """The engine's settings; the machine's packet filter is none of its business."""
        config: dict[str, object] = {
            "features": {"containerd-snapshotter": True},
            "insecure-registries": [self.open.host, self.closed.host],
            "iptables": False,
            "ip6tables": False,
        }
        if _is_overlay(self.folder):
            config["storage-driver"] = "native"
        return config

    def _write_client(self) -> None:
        """A client's folder with credentials, and Debian's docker in front of any other."""
        (self.folder / "client").mkdir(exist_ok=True)
        secret = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        config = {"auths": {self.closed.host: {"auth": secret}}}
        (self.folder / "client" / "config.json").write_text(json.dumps(config))
        (self.folder / "bin").mkdir(exist_ok=True)
        link = self.folder / "bin" / "docker"
        link.unlink(missing_ok=True)
        link.symlink_to(program("docker"))

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
            client.settimeout(patience(100))
            client.connect(f"{self.folder}/docker.sock")
            client.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in client.recv(64)
        return False

    def _known(self) -> Path:
        return self.folder / "ports.json"

    def _known_ports(self) -> list[int] | None:
        try:
            ports = json.loads(self._known().read_text())
        except OSError:
            return None
        return [int(port) for port in ports]


@contextlib.contextmanager
def running() -> Iterator[Engine]:
    """An engine of its own, in a throw-away folder and on free ports."""
    folder = Path(tempfile.mkdtemp(prefix="tagboat-", dir="/tmp"))
    engine = Engine(folder, (0, 0))
    try:
        engine.start()
        yield engine
    finally:
        engine.stop()
        shutil.rmtree(folder)


def _mounts(folder: Path) -> list[str]:
    """What is mounted below a folder, the innermost first."""
    places = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [place for place in reversed(places) if place.startswith(f"{folder}/")]


def _is_overlay(folder: Path) -> bool:
    """Whether a folder's file system is one that images can't be unpacked on as layers."""
    command = ["stat", "--file-system", "--format=%T", str(folder)]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    return said.stdout.strip() == "overlayfs"
