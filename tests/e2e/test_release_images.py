"""A release publishes its image in every registry: the same bytes, built once."""

import shutil
from pathlib import Path

import pytest

from tagboat.adapters.cosign import Cosign
from tagboat.core.images.registry import SignatureStatus, Signing, repository
from tests.e2e.building import ALL, DOCKERFILE, OCI, in_registry
from tests.e2e.image_release import SHAPES, ImageRelease, held, tags
from tests.e2e.keys import SECRET
from tests.engine import Engine

TAGS = ("{version}", "{major}.{minor}", "latest")


@pytest.mark.parametrize("shape", SHAPES)
def test_three_platforms_in_two_registries(
    image_release: ImageRelease, engine: Engine, shape: str
) -> None:
    top, files = SHAPES[shape]
    image = 'build_args = { VERSION = "{version}" }\n'
    settings = image_release.settings(top=top, image=image, platforms=ALL, tags=TAGS)
    clone = image_release.started(settings, DOCKERFILE.format(base=engine.base()), **files)
    result = image_release.release(clone)
    assert result.code == 0, result.stderr
    assert (image_release.remote.tags, image_release.builds) == (["v0.1.0"], 1)
    wanted = [image_release.digest("v0.1.0")] * 2
    assert {tag: image_release.held(tag) for tag in ("0.1.0", "0.1", "latest")} == dict.fromkeys(
        ("0.1.0", "0.1", "latest"), wanted
    )
    _expect_record(image_release)
    _expect_labels(image_release)
    assert _said(engine, image_release.repositories[0]) == {
        "linux/amd64": "0.1.0 on x86_64\n",
        "linux/arm64": "0.1.0 on aarch64\n",
        "linux/arm/v7": "0.1.0 on armv7l\n",
    }


def _expect_record(image_release: ImageRelease) -> None:
    record = image_release.remote.record("v0.1.0")
    [image] = record["images"].values()
    digest = image_release.digest("v0.1.0")
    assert image["digest"] == digest
    assert image["repositories"] == dict.fromkeys(image_release.repositories, digest)
    assert set(image["platforms"]) == set(ALL)
    assert [event["kind"] for event in record["events"]] == ["published"]


def _expect_labels(image_release: ImageRelease) -> None:
    picture = in_registry(f"{image_release.repositories[0]}:0.1.0")
    commit = image_release.remote.commit("v0.1.0")
    for platform in ALL:
        labels = picture.config(platform)["config"]["Labels"]
        told = labels[f"{OCI}version"], labels[f"{OCI}revision"]
        assert told == ("0.1.0", commit)


def _said(engine: Engine, name: str) -> dict[str, str]:
    """What the image of each platform prints, run as it is."""
    run = ("run", "--rm", "--pull=always", "--network=none", "--quiet")
    return {one: engine.docker(*run, f"--platform={one}", f"{name}:0.1.0") for one in ALL}


def test_a_finished_release_is_not_built_again(image_release: ImageRelease) -> None:
    clone = image_release.started(image_release.settings())
    assert image_release.release(clone).code == 0
    refs, there = image_release.remote.refs, [tags(one) for one in image_release.repositories]
    image_release.forget()
    result = image_release.release(clone)
    assert (result.code, image_release.builds) == (0, 0), result.stderr
    assert (image_release.remote.refs, [tags(one) for one in image_release.repositories]) == (
        refs,
        there,
    )


def test_signed_in_every_registry(image_release: ImageRelease, keys: Path) -> None:
    clone = image_release.started(image_release.settings(image='sign = "cosign.key"\n'))
    shutil.copy(keys / "cosign.key", clone.path)
    result = image_release.release(clone, COSIGN_PASSWORD=SECRET)
    assert result.code == 0, result.stderr
    signer = Cosign(Signing("cosign.key", public_key="cosign.pub"), str(keys))
    digest = image_release.digest("v0.1.0")
    seals = [signer.verify(repository(one), digest) for one in image_release.repositories]
    assert seals == [SignatureStatus.SIGNED] * 2
    assert [held(one, "0.1.0") for one in image_release.repositories] == [digest] * 2
