"""The image that test images are built from: busybox for three platforms, from Debian packages.

Nothing is pulled from anywhere. The packages are fetched once by apt, with lists of its own, so
that the machine is not told about foreign architectures, and kept in the project's cache.
"""

import subprocess
import tempfile
from pathlib import Path

from tests.engine.needs import EngineError

PLATFORMS = {"linux/amd64": "amd64", "linux/arm64": "arm64", "linux/arm/v7": "armhf"}
"""The platforms of the base image, and what Debian calls their architectures."""

_CACHE = Path(__file__).parents[2] / ".cache" / "busybox"
_APPLETS = (
    "sh cat echo ls uname mkdir cp mv rm touch sleep true false env test date head stat dd id"
)
_DOCKERFILE = """\
FROM scratch
ARG TARGETARCH
COPY ${TARGETARCH}/ /
CMD ["/bin/sh"]
"""


def context(folder: Path) -> None:
    """Fill a folder with the Dockerfile of the base image and what it copies."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Dockerfile").write_text(_DOCKERFILE)
    for platform, architecture in PLATFORMS.items():
        root = folder / platform.split("/")[1]
        subprocess.run(["dpkg", "-x", _package(architecture), root], check=True)
        for applet in _APPLETS.split():
            link = root / "bin" / applet
            if not link.is_symlink():
                link.symlink_to("busybox")


def _package(architecture: str) -> Path:
    kept = _CACHE / f"{architecture}.deb"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_CACHE) as folder:
            _download(architecture, Path(folder)).rename(kept)
    return kept


def _download(architecture: str, folder: Path) -> Path:
    (folder / "lists" / "partial").mkdir(parents=True)
    folder.chmod(0o755)  # apt fetches as a user of its own
    options = [
        f"APT::Architecture={architecture}",
        f"APT::Architectures={architecture}",
        f"Dir::State::Lists={folder}/lists",
        f"Dir::Cache={folder}",
        "Acquire::Languages=none",
        "APT::Sandbox::User=root",
    ]
    given = [word for option in options for word in ("-o", option)]
    # One list of several that can't be fetched does no harm, as long as the package is in another.
    _apt(folder, [*given, "update"])
    said = _apt(folder, [*given, "download", "busybox-static"])
    found = list(folder.glob("busybox-static_*.deb"))
    if not found:
        raise EngineError(f"apt has no busybox-static for {architecture}: {said}")
    return found[0]


def _apt(folder: Path, words: list[str]) -> str:
    """What apt complains about."""
    command = ["apt-get", "--quiet=2", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stderr.strip()
