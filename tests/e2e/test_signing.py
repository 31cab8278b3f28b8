"""Signatures by a key, on real registries, with real cosign."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tagboat.adapters.cosign import Cosign
from tagboat.adapters.registry import HttpRegistry
from tagboat.core.errors import OutsideError, UsageError
from tagboat.core.images.registry import (
    KEYLESS,
    Depth,
    Repository,
    SignatureStatus,
    Signing,
    TagStatus,
    signature_tag,
)
from tagboat.use_cases.steps.stage_images import sign_everywhere
from tests.e2e.images import Pushing
from tests.e2e.keys import SECRET
from tests.engine import Engine, Registry

DIGEST = "sha256:" + "a" * 64
Cosigns = Callable[[str], Cosign]


@pytest.fixture
def signature_status(keys: Path, monkeypatch: pytest.MonkeyPatch) -> Cosigns:
    """Make a signer by the name of its key."""
    monkeypatch.setenv("COSIGN_PASSWORD", SECRET)
    return lambda key: Cosign(Signing(key), str(keys))


@pytest.fixture
def cosign(signature_status: Cosigns) -> Cosign:
    return signature_status("cosign.key")


@pytest.fixture
def digest(engine: Engine, name: str) -> str:
    return Pushing(engine.open, name).image("1.0.0", name).digest


def test_what_nobody_signed_is_unsigned(there: Repository, cosign: Cosign, digest: str) -> None:
    assert cosign.verify(there, digest) is SignatureStatus.UNSIGNED


def test_what_was_signed_is_verified_without_the_private_key(
    there: Repository, keys: Path, tmp_path: Path, cosign: Cosign, digest: str
) -> None:
    assert cosign.sign(there, digest) is SignatureStatus.SIGNED
    shutil.copy(keys / "cosign.pub", tmp_path)
    elsewhere = Cosign(Signing("cosign.key"), str(tmp_path))
    assert elsewhere.verify(there, digest) is SignatureStatus.SIGNED


def test_a_public_key_that_is_nowhere_is_taken_from_the_private_one(
    there: Repository, keys: Path, tmp_path: Path, cosign: Cosign, digest: str
) -> None:
    cosign.sign(there, digest)
    shutil.copy(keys / "cosign.key", tmp_path)
    assert (
        Cosign(Signing("cosign.key"), str(tmp_path)).verify(there, digest) is SignatureStatus.SIGNED
    )


def test_signing_again_adds_no_signature(
    there: Repository, client: HttpRegistry, cosign: Cosign, digest: str
) -> None:
    cosign.sign(there, digest)
    before = client.look(there, signature_tag(digest), depth=Depth.DIGEST)
    cosign.sign(there, digest)
    assert client.look(there, signature_tag(digest), depth=Depth.DIGEST) == before


def test_another_s_signature_is_not_trusted(
    there: Repository, signature_status: Cosigns, cosign: Cosign, digest: str
) -> None:
    signature_status("other.key").sign(there, digest)
    assert cosign.verify(there, digest) is SignatureStatus.UNTRUSTED
    assert cosign.sign(there, digest) is SignatureStatus.SIGNED


def test_a_signature_is_copied_to_every_registry(
    there: Repository, mirror: Repository, client: HttpRegistry, cosign: Cosign, digest: str
) -> None:
    repositories = [there, mirror]
    client.copy(repositories[0], digest, repositories[1], "1.0.0")
    sign_everywhere(client, cosign, digest, repositories)
    tag = signature_tag(digest)
    first, second = (client.look(one, tag, depth=Depth.LAYERS) for one in repositories)
    assert (first.condition, second.condition) == (TagStatus.PUBLISHED, TagStatus.PUBLISHED)
    assert first.digest == second.digest
    assert cosign.verify(repositories[1], digest) is SignatureStatus.SIGNED


def test_what_others_signed_in_a_registry_stays(
    there: Repository,
    mirror: Repository,
    client: HttpRegistry,
    signature_status: Cosigns,
    digest: str,
) -> None:
    repositories = [there, mirror]
    client.copy(repositories[0], digest, repositories[1], "1.0.0")
    cosign, other = signature_status("cosign.key"), signature_status("other.key")
    other.sign(repositories[1], digest)
    sign_everywhere(client, cosign, digest, repositories)
    assert cosign.verify(repositories[1], digest) is SignatureStatus.SIGNED
    assert other.verify(repositories[1], digest) is SignatureStatus.SIGNED


def test_a_key_that_is_nowhere_is_named(
    there: Repository, signature_status: Cosigns, digest: str
) -> None:
    with pytest.raises(UsageError, match="can't be used") as caught:
        signature_status("nowhere.key").sign(there, digest)
    assert caught.value.hint.startswith(
        "check images.sign, and give the key's password as COSIGN_PASSWORD"
    )


def test_a_wrong_password_is_not_told(
    there: Repository, cosign: Cosign, digest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COSIGN_PASSWORD", "not-the-right-one")
    with pytest.raises(UsageError, match="can't be used") as caught:
        cosign.sign(there, digest)
    assert "not-the-right-one" not in str(caught.value)


def test_a_closed_registry_is_said_to_be_closed(
    mirror: Repository, cosign: Cosign, digest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", "/nowhere")
    with pytest.raises(UsageError, match="closed to these credentials"):
        cosign.verify(mirror, digest)


def test_a_registry_that_does_not_run_is_no_unsigned_one(
    broken: Repository, own: Registry, cosign: Cosign, digest: str
) -> None:
    own.stop()
    with pytest.raises(OutsideError, match="connection refused"):
        cosign.verify(broken, digest)


def test_without_a_key_cosign_is_left_to_its_own_settings(
    broken: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in writes down what it is asked: there is no identity provider on loopback."""
    stand_in = tmp_path / "cosign"
    stand_in.write_text(
        '#!/bin/sh\necho "$@" >> asked\n[ "$1" = sign ] && touch signed\n'
        "[ -e signed ] || { echo 'no signatures found' >&2; exit 10; }\n"
    )
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    signing = Signing(KEYLESS, "", "ada@example.org", "https://accounts.example.org")
    assert Cosign(signing, str(tmp_path)).sign(broken, DIGEST) is SignatureStatus.SIGNED
    asked = (tmp_path / "asked").read_text().splitlines()
    ancestors = f"--allow-http-registry --allow-insecure-registry --yes {broken.at(DIGEST)}"
    assert asked[1] == f"sign {ancestors}"
    assert "--certificate-identity=ada@example.org" in asked[2]
    assert "--certificate-oidc-issuer=https://accounts.example.org" in asked[2]
