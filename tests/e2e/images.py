"""Small images, made without an engine: bytes are what a registry keeps."""

import json
from collections.abc import Sequence
from typing import NamedTuple

import requests

from tagboat.core.images.oci import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    ORIGIN,
    content_digest,
)
from tests.engine import PASSWORD, USER, Registry

PLATFORMS = ("linux/amd64", "linux/arm64")


class Pushed(NamedTuple):
    """An image in a registry, by its digests: the index or manifest, and by platform the rest."""

    digest: str
    manifests: dict[str, str]
    configs: dict[str, str]
    layers: dict[str, str]


class Pushing:
    """Puts images into one repository of a registry."""

    def __init__(self, registry: Registry, path: str, *, is_docker: bool = False) -> None:
        self._base = f"http://{registry.host}/v2/{path}"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth = (USER, PASSWORD)
        self._index_type = DOCKER_INDEX if is_docker else OCI_INDEX
        self._type = DOCKER_MANIFEST if is_docker else OCI_MANIFEST

    def image(
        self, tag: str, seed: str = "", origin: str = "", platforms: Sequence[str] = PLATFORMS
    ) -> Pushed:
        """Push an image of several platforms; another ``seed`` makes another one."""
        pushed = Pushed("", {}, {}, {})
        index = {
            "schemaVersion": 2,
            "mediaType": self._index_type,
            "manifests": [self._child(platform, seed, pushed) for platform in platforms],
            "annotations": {ORIGIN: origin} if origin else {},
        }
        return pushed._replace(digest=self._put(tag, index))

    def single(self, *tags: str, seed: str = "") -> Pushed:
        """Push an image of one platform without an index, under some tags."""
        pushed = Pushed("", {}, {}, {})
        manifest = self._manifest(PLATFORMS[0], seed, pushed)
        digests = [self._put(tag, manifest) for tag in tags]
        return pushed._replace(digest=digests[0])

    def retag(self, tag: str, old: str) -> None:
        """Write a tag that holds what another one does."""
        headers = {"Accept": self._index_type, "Content-Type": self._index_type}
        got = self._session.get(f"{self._base}/manifests/{old}", headers=headers)
        self._session.put(f"{self._base}/manifests/{tag}", got.content, headers=headers)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _child(self, platform: str, seed: str, pushed: Pushed) -> dict[str, object]:
        manifest = self._manifest(platform, seed, pushed)
        pushed.manifests[platform] = self._put("", manifest)
        system, machine = platform.split("/")
        return {
            "mediaType": self._type,
            "digest": pushed.manifests[platform],
            "size": len(json.dumps(manifest)),
            "platform": {"os": system, "architecture": machine},
        }

    def _manifest(self, platform: str, seed: str, pushed: Pushed) -> dict[str, object]:
        system, machine = platform.split("/")
        config = {"os": system, "architecture": machine, "config": {"Labels": {"seed": seed}}}
        layer = self._blob(f"{platform} {seed}".encode(), ".layer.v1.tar")
        told = self._blob(json.dumps(config).encode(), ".config.v1+json")
        pushed.configs[platform] = str(told["digest"])
        pushed.layers[platform] = str(layer["digest"])
        return {"schemaVersion": 2, "mediaType": self._type, "config": told, "layers": [layer]}

    def _blob(self, content: bytes, kind: str) -> dict[str, object]:
        digest = content_digest(content)
        started = self._session.post(f"{self._base}/blobs/uploads/")
        where = started.headers["Location"]
        self._session.put(f"{where}&digest={digest}", content).raise_for_status()
        media_type = f"application/vnd.oci.image{kind}"
        return {"mediaType": media_type, "digest": digest, "size": len(content)}

    def _put(self, tag: str, document: dict[str, object]) -> str:
        content = json.dumps(document).encode()
        digest = content_digest(content)
        headers = {"Content-Type": str(document["mediaType"])}
        put = self._session.put(f"{self._base}/manifests/{tag or digest}", content, headers=headers)
        put.raise_for_status()
        return digest
