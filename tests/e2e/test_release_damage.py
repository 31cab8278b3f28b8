"""What real registries lost of a release, or damaged: seen, named, and mended by a release."""

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tagboat.core.images.registry import signature_tag
from tests.commandline import tagboat_process
from tests.e2e.image_release import ReleasePlaces, held
from tests.e2e.keys import SECRET
from tests.engine import Registry
from tests.gitrepo import GitRepo


class Parts(NamedTuple):
    """Digests of an image: its index, the manifest of linux/amd64, and parts of linux/arm64."""

    root: str
    manifest: str
    config: str
    layer: str
    attested: str


class Damaged:
    """A release in two registries that is whole as yet, and what is seen of it afterwards."""

    def __init__(self, places: ReleasePlaces, clone: GitRepo, password: str = "") -> None:
        self.places = places
        self.clone = clone
        self.password = password
        result = places.image_release.release(clone, COSIGN_PASSWORD=password)
        assert result.code == 0, result.stderr
        self.parts = _parts(places.registries[0], places.image_release.digest("v0.1.0"))

    def lose(self, number: int, *digests: str) -> None:
        """Let a registry lose something of the image."""
        for digest in digests:
            self.places.registries[number].lose(digest)

    def seen(self, *args: str) -> tuple[int, str]:
        """What a command says, and its exit code."""
        result = tagboat_process(*args, cwd=self.clone.path, env={"COSIGN_PASSWORD": self.password})
        return result.code, result.stdout + result.stderr

    def expect_damage(self, *named: str) -> str:
        """Status and verify see it and name something; what verify says."""
        told = [self.seen("status"), self.seen("verify", "0.1.0")]
        assert [code for code, _ in told] == [4, 4], told
        assert [one for one in named for _, text in told if one not in text] == []
        return told[1][1]

    def expect_mended(self, *options: str) -> None:
        """A release mends all of it without a build, and nothing is wrong any more."""
        result = self.places.image_release.release(
            self.clone, *options, COSIGN_PASSWORD=self.password
        )
        assert (result.code, self.places.image_release.builds) == (0, 1), result.stderr
        found = [self.seen("status"), self.seen("verify", "0.1.0")]
        assert [code for code, _ in found] == [0, 0], found


def _parts(registry: Registry, index: str) -> Parts:
    """The parts of an image, as a registry keeps them."""

    def document(digest: str) -> Any:  # noqa: ANN401 - as JSON has it
        return json.loads(registry.blob(digest).read_bytes())

    amd, arm, _, attestation = (one["digest"] for one in document(index)["manifests"])
    config, layer = document(arm)["config"]["digest"], document(arm)["layers"][0]["digest"]
    return Parts(index, amd, config, layer, document(attestation)["layers"][0]["digest"])


@pytest.fixture
def damaged(release_places: ReleasePlaces) -> Damaged:
    """A release that nobody signed."""
    image_release = release_places.image_release
    return Damaged(release_places, image_release.started(image_release.settings()))


@pytest.mark.parametrize(
    ("place", "lost", "options"), [(0, "parts", ()), (1, "index", ("--tag", "v0.1.0"))]
)
def test_what_one_registry_lost_is_copied_back(
    release_places: ReleasePlaces, keys: Path, place: int, lost: str, options: tuple[str, ...]
) -> None:
    """Parts of each kind, those of the signature among them; or the indexes, and so their tags."""
    image_release = release_places.image_release
    clone = image_release.started(image_release.settings(image='sign = "cosign.key"\n'))
    shutil.copy(keys / "cosign.key", clone.path)
    damaged = Damaged(release_places, clone, SECRET)
    parts, signed = damaged.parts, signature_tag(damaged.parts.root)
    signature = held(image_release.repositories[0], signed)
    [layer] = json.loads(release_places.registries[0].blob(signature).read_bytes())["layers"]
    if lost == "index":
        damaged.lose(place, parts.root, signature)
    else:
        damaged.lose(place, parts.manifest, parts.config, parts.attested, layer["digest"])
    here, other = image_release.repositories[place], image_release.repositories[1 - place]
    told = damaged.expect_damage(f"{here}@{parts.root}", f"{here}:{signed}")
    assert told.count(f"`tagboat release --tag v0.1.0` copies it from {other}") == 2
    damaged.expect_mended(*options)
    assert image_release.held("latest") == image_release.held("0.1.0") == [parts.root] * 2


def test_registries_that_lost_parts_mend_each_other_unless_both_lost_the_same(
    damaged: Damaged,
) -> None:
    """What both lost is named with what helps, and the next version is released all the same."""
    image_release, parts = damaged.places.image_release, damaged.parts
    damaged.lose(0, parts.manifest)
    damaged.lose(1, parts.config)
    told = damaged.expect_damage(parts.manifest, parts.config)
    assert told.count("puts it together from what they have, each its part") == 2
    damaged.expect_mended()
    damaged.lose(0, parts.layer)
    damaged.lose(1, parts.layer)
    told = damaged.expect_damage(parts.layer)
    assert "puts it together" not in told
    result = image_release.release(damaged.clone)
    assert (result.code, "no repository of the image has all of it" in result.stderr) == (1, True)
    assert "release another one" in result.stderr
    damaged.clone.commit("fix: b", files={"a.txt": "b\n"})
    damaged.clone.git("push", "--quiet", "origin", "HEAD:main")
    result = image_release.release(damaged.clone)
    assert (result.code, damaged.seen("status")[0]) == (0, 0), result.stderr
    assert image_release.held("latest") == [image_release.digest("v0.1.1")] * 2


def test_layer_that_was_cut_off_is_mended_once_it_is_deleted_as_the_hint_says(
    damaged: Damaged,
) -> None:
    """Debian's registry does not look at what it has, and never writes it again."""
    registry, layer = damaged.places.registries[1], damaged.parts.layer
    registry.blob(layer).write_bytes(b"cut")
    damaged.expect_damage(f"the layer {layer} has 3 bytes, and should have")
    result = damaged.places.image_release.release(damaged.clone)
    assert (result.code, "though all of it was sent there again" in result.stderr) == (1, True)
    assert f"delete {layer} from its storage" in result.stderr
    registry.lose(layer)
    damaged.expect_mended()
