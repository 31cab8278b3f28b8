"""Signatures, by cosign.

With a key nothing is told to a transparency log, so that signing works without a network beyond the
registry. Without one, cosign goes by its own settings and environment, as the user has set it up.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from tagboat.adapters.process import ProgramError, run
from tagboat.adapters.repository_files import beside
from tagboat.core.errors import OutsideError, TagboatError, UsageError
from tagboat.core.images.registry import (
    Repository,
    SignatureStatus,
    Signing,
    TagStatus,
    hint_for,
    is_loopback,
)

_NONE_FOUND = ("no signatures found", "no matching attestations")
_NONE_MATCHES = ("no matching signatures", "none of the expected identities matched")
_KEY_FAULTS = ("reading key", "loading public key", "loading private key", "password for private")
_PATIENCE = 1800
"""How many seconds a signature may take, with a person who has to log in for it."""
_CLOSED = ("UNAUTHORIZED", "DENIED")


class Cosign:
    """Signs as ``signing`` says; paths in it are seen from ``folder``.

    ``insecure`` are the hosts that may be reached without encryption, beside those of loopback.
    """

    def __init__(
        self, signing: Signing, folder: str, insecure: frozenset[str] = frozenset()
    ) -> None:
        self._signing = signing
        self._folder = folder
        self._insecure = insecure

    def fault(self) -> str:
        """Why nothing could be signed here, found without signing."""
        if shutil.which("cosign") is None:
            return "cosign is not installed or not on PATH: install cosign, or leave `sign` out"
        key = self._signing.key
        is_file = not self._signing.is_keyless and "://" not in key
        if is_file and not self._has(key):
            return f"there is no signing key {key!r}: put it there, or correct images.sign"
        return ""

    def _has(self, path: str) -> bool:
        """Whether a key is there. Raises UsageError for a file that may not be one."""
        return os.path.isfile(beside(self._folder, path))

    def verify(self, repository: Repository, digest: str) -> SignatureStatus:
        """What the signatures of a digest are worth."""
        with self._trusted() as trusted:
            try:
                self._cosign(
                    "verify", *trusted, *self._ancestors(repository), repository.at(digest)
                )
            except ProgramError as failure:
                return self._doubt(failure, repository)
        return SignatureStatus.SIGNED

    def sign(self, repository: Repository, digest: str) -> SignatureStatus:
        """Add a signature, unless there is a good one."""
        if self.verify(repository, digest) is SignatureStatus.SIGNED:
            return SignatureStatus.SIGNED
        by = [] if self._signing.is_keyless else ["--key", self._signing.key, "--tlog-upload=false"]
        try:
            self._cosign("sign", *by, *self._ancestors(repository), "--yes", repository.at(digest))
        except ProgramError as failure:
            raise self._error(failure, repository) from failure
        return self.verify(repository, digest)

    @contextmanager
    def _trusted(self) -> Iterator[list[str]]:
        """Whose signatures count, as options."""
        signing = self._signing
        if signing.is_keyless:
            yield [
                *_whose("--certificate-identity", signing.identity),
                *_whose("--certificate-oidc-issuer", signing.issuer),
            ]
            return
        with self._public_key() as key:
            yield ["--key", key, "--insecure-ignore-tlog=true"]

    @contextmanager
    def _public_key(self) -> Iterator[str]:
        """The file with the public key, or the address of one.

        cosign writes it beside the key; where it is not, it is asked for it, which takes the
        password. Keys that a service keeps are never files.
        """
        key = self._signing.key
        public = f"{key.removesuffix('.key')}.pub"
        known = self._signing.public_key or (key if _is_kept_by_service(key) else "")
        if not known and self._has(public):
            known = public
        if known:
            yield known
            return
        try:
            content = self._cosign("public-key", "--key", key)
        except ProgramError as failure:
            raise self._key_fault(failure) from failure
        with tempfile.NamedTemporaryFile(suffix=".pub") as file:
            file.write(content)
            file.flush()
            yield file.name

    def _ancestors(self, repository: Repository) -> list[str]:
        """How a registry may be reached, as options."""
        if repository.host in self._insecure or is_loopback(repository.host):
            return ["--allow-http-registry", "--allow-insecure-registry"]
        return []

    def _doubt(self, failure: ProgramError, repository: Repository) -> SignatureStatus:
        """What it means that nothing was verified."""
        if any(words in failure.stderr for words in _NONE_FOUND):
            return SignatureStatus.UNSIGNED
        if any(words in failure.stderr for words in _NONE_MATCHES):
            return SignatureStatus.UNTRUSTED
        raise self._error(failure, repository) from failure

    def _error(self, failure: ProgramError, repository: Repository) -> TagboatError:
        """The error for a failure that says nothing about signatures."""
        if any(words in failure.stderr for words in _KEY_FAULTS):
            return self._key_fault(failure)
        if any(words in failure.stderr for words in _CLOSED):
            return UsageError(
                f"{repository} is closed to these credentials: {_last_line(failure)}",
                hint_for(TagStatus.UNAUTHORISED, repository),
            )
        return OutsideError(f"cosign failed: {_last_line(failure)}", "run the same command again")

    def _key_fault(self, failure: ProgramError) -> UsageError:
        return UsageError(
            f"the signing key {self._signing.key!r} can't be used: {_last_line(failure)}",
            "check images.sign, and give the key's password as COSIGN_PASSWORD",
        )

    def _cosign(self, *words: str) -> bytes:
        return run(["cosign", *words], self._folder, timeout=_PATIENCE)


def _whose(option: str, name: str) -> list[str]:
    return [f"{option}={name}"] if name else [f"{option}-regexp=.*"]


def _is_kept_by_service(key: str) -> bool:
    return "://" in key and not key.startswith("env://")


def _last_line(failure: ProgramError) -> str:
    """What cosign says last, which is why it failed, without its usual beginning."""
    lines = failure.stderr.strip().splitlines() or [f"it ended with status {failure.code}"]
    return lines[-1].removeprefix("error during command execution: ")
