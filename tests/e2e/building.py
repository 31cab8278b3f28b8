"""What tests of building share: a project to build, and what came out of it, byte for byte."""

import gzip
import hashlib
import json
import tarfile
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.commandline import Result, tagboat_process
from tests.engine import Engine
from tests.gitrepo import GitRepo
from tests.patience import patience
from tests.project import answers

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI = "org.opencontainers.image."
ALL = ("linux/amd64", "linux/arm64", "linux/arm/v7")

DOCKERFILE = """\
FROM {base}
ARG VERSION
RUN echo "$VERSION on $(uname -m)" > /version && mkdir /made
COPY . /src/
CMD ["cat", "/version"]
"""

Read = Callable[[str], bytes]
"""Reads a blob or a manifest by its digest."""


class Picture(NamedTuple):
    """An image as it is kept: its index, and how everything in it is read."""

    index: Any
    digest: str
    read: Read

    @property
    def manifests(self) -> dict[str, Any]:
        """The manifests by platform, `linux/arm/v7`; those of attestations by `unknown/unknown`."""
        return {_platform(one): json.loads(self.read(one["digest"])) for one in self.index_of()}

    @property
    def digests(self) -> dict[str, str]:
        """The digests of the platforms."""
        found = {_platform(one): one["digest"] for one in self.index_of()}
        return {name: digest for name, digest in found.items() if "unknown" not in name}

    @property
    def attested(self) -> set[str]:
        """The digests of the platforms that something is attested of."""
        notes = [one.get("annotations", {}) for one in self.index_of()]
        return {one["vnd.docker.reference.digest"] for one in notes if one}

    def index_of(self) -> list[Any]:
        """The descriptors of the index."""
        found: list[Any] = self.index["manifests"]
        return found

    def config(self, platform: str) -> Any:  # noqa: ANN401 - a JSON document
        """The configuration of a platform's image."""
        return json.loads(self.read(self.manifests[platform]["config"]["digest"]))

    def everything(self) -> bytes:
        """All that the image consists of, its layers unpacked."""
        manifests = [json.loads(self.read(one["digest"])) for one in self.index_of()]
        blobs = [layer["digest"] for one in manifests for layer in (one["config"], *one["layers"])]
        texts = [json.dumps(self.index).encode(), *(json.dumps(one).encode() for one in manifests)]
        return b"\n".join([*texts, *(_unpacked(self.read(blob)) for blob in blobs)])


def _unpacked(data: bytes) -> bytes:
    return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data


def _platform(descriptor: Any) -> str:  # noqa: ANN401 - a JSON document
    parts = descriptor["platform"]
    return "/".join(filter(None, (parts["os"], parts["architecture"], parts.get("variant"))))


def in_registry(reference: str) -> Picture:
    """The image that a tag of a registry on this machine holds."""
    name, _, tag = reference.rpartition(":")
    host, _, path = name.partition("/")

    def read(digest: str) -> bytes:
        kind = "manifests" if digest in known else "blobs"
        return _fetched(f"http://{host}/v2/{path}/{kind}/{digest}")

    raw = _fetched(f"http://{host}/v2/{path}/manifests/{tag}")
    index = json.loads(raw)
    known = {one["digest"] for one in index["manifests"]}
    return Picture(index, f"sha256:{hashlib.sha256(raw).hexdigest()}", read)


def in_archive(path: Path) -> Picture:
    """The one image in an OCI archive, every blob of which has to be what its name says."""
    with tarfile.open(path) as archive:
        files = {one.name: _content(archive, one) for one in archive if one.isfile()}
    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    [descriptor] = json.loads(files["index.json"])["manifests"]
    blobs = {f"sha256:{name[13:]}": data for name, data in files.items() if name[:6] == "blobs/"}
    for digest, data in blobs.items():
        assert digest == f"sha256:{hashlib.sha256(data).hexdigest()}"
    digest = descriptor["digest"]
    return Picture(json.loads(blobs[digest]), digest, blobs.__getitem__)


def tags(host: str, path: str) -> list[str]:
    """The tags of a repository on this machine."""
    found = json.loads(_fetched(f"http://{host}/v2/{path}/tags/list"))["tags"]
    return sorted(found or [])


def project(repo: GitRepo, engine: Engine, settings: str, **files: str | bytes) -> GitRepo:
    """A repository with a Dockerfile that tells its version, at v1.4.2."""
    given = {"Dockerfile": DOCKERFILE.format(base=engine.base()), "tagboat.toml": settings}
    repo.commit("feat: begin", files=given | {"a.txt": "a\n"} | files)
    repo.tag("v1.4.2")
    return repo


def built(repo: GitRepo, *arguments: str, **env: str) -> list[Any]:
    """What `tagboat image build --json` tells of what it made."""
    done = tagboat_process("image", "build", "--json", *arguments, cwd=repo.path, env=env)
    assert done.code == 0, done.stderr
    made: list[Any] = json.loads(done.stdout)
    assert answers.faults("images", made) == []
    return made


def attempted(repo: GitRepo, *arguments: str, **env: str) -> Result:
    """How `tagboat image build` ends."""
    return tagboat_process("image", "build", *arguments, cwd=repo.path, env=env)


def layers(picture: Picture, platform: str) -> Iterator[bytes]:
    """The layers of a platform's image, compressed."""
    for layer in picture.manifests[platform]["layers"]:
        yield picture.read(layer["digest"])


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None
    return file.read()


def _fetched(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Accept": f"{INDEX}, {MANIFEST}"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=patience(600)) as answer:  # noqa: S310 - of this machine
        data: bytes = answer.read()
    return data
