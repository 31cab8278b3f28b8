"""One registry on loopback, its images in a folder."""

import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
from pathlib import Path

from tests.engine.daemon import Daemon
from tests.engine.needs import program
from tests.patience import patience

USER = "tagboat"
PASSWORD = "only-for-tests"  # noqa: S105 - of a registry on loopback
# A small heap would be cleaned up with every few requests, which takes half of their time, and a
# second processor would mostly look for work: what is tested and measured needs both.
_SPARING = {"GOGC": "400", "GOMAXPROCS": "1"}
_HTPASSWD = f"{USER}:$2b$04$tagboattagboattagboatemVUhyDXnWEllTvNNxhqjBVK8ZBf.07a\n"


class Registry:
    """A registry in ``folder``; with ``is_open`` false it asks for `USER` and `PASSWORD`.

    With ``is_encrypted`` it speaks TLS, by a certificate that nobody vouches for. It may be
    stopped, killed and started again at any time, and keeps its port and its images.
    """

    def __init__(
        self, folder: Path, port: int, *, is_open: bool = True, is_encrypted: bool = False
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.is_open = is_open
        self.is_encrypted = is_encrypted
        self._daemon = Daemon(folder, "registry")

    @property
    def host(self) -> str:
        """What stands before the name of a repository."""
        return f"127.0.0.1:{self.port}"

    @property
    def is_running(self) -> bool:
        """Whether it runs."""
        return self._daemon.pid() is not None

    def start(self) -> None:
        """Make sure that it runs and answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "htpasswd").write_text(_HTPASSWD)
        if self.is_encrypted:
            self._certify()
        config = self.folder / "config.yml"
        config.write_text(json.dumps(self._config()))
        command = [program("docker-registry"), "serve", str(config)]
        self._daemon.start(command, self._answers, {"PATH": os.defpath, **_SPARING})

    def stop(self) -> None:
        """Stop it."""
        self._daemon.stop()

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self._daemon.stop(signal.SIGKILL)

    def blob(self, digest: str) -> Path:
        """The file in which it keeps the bytes with a digest."""
        algorithm, _, value = digest.partition(":")
        root = self.folder / "data/docker/registry/v2/blobs"
        return root / algorithm / value[:2] / value / "data"

    def lose(self, digest: str) -> None:
        """Lose what has a digest, as a disk or a careless clean-up does."""
        shutil.rmtree(self.blob(digest).parent)

    def _config(self) -> dict[str, object]:
        """The configuration; JSON is YAML."""
        config: dict[str, object] = {
            "version": 0.1,
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {
                "filesystem": {"rootdirectory": str(self.folder / "data")},
                "delete": {"enabled": True},
            },
            "http": {"addr": self.host, "secret": "tagboat"} | self._tls(),
        }
        if not self.is_open:
            path = str(self.folder / "htpasswd")
            config["auth"] = {"htpasswd": {"realm": "tagboat", "path": path}}
        return config

    def _tls(self) -> dict[str, object]:
        names = {"certificate": "cert.pem", "key": "key.pem"}
        found = {name: str(self.folder / file) for name, file in names.items()}
        return {"tls": found} if self.is_encrypted else {}

    def _certify(self) -> None:
        command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
        files = ["-keyout", "key.pem", "-out", "cert.pem"]
        subprocess.run([*command.split(), *files], cwd=self.folder, check=True, capture_output=True)

    def _answers(self) -> bool:
        if self.is_encrypted:
            trusting = ssl._create_unverified_context()  # noqa: S323, SLF001 - it vouches for itself
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                self.host, timeout=patience(100), context=trusting
            )
        else:
            connection = http.client.HTTPConnection(self.host, timeout=patience(100))
        try:
            connection.request("GET", "/v2/")
            return connection.getresponse().status in {200, 401}
        except OSError:
            return False
        finally:
            connection.close()


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
