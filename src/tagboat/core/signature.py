"""Signature: what vouches for a digest in a repository.

cosign keeps the signatures of a digest in a manifest of their own, under a tag that is made from
the digest (https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md). It does not ask
whether there is anything under the digest: what is signed must be looked at first.
"""

import enum
from typing import NamedTuple

KEYLESS = "keyless"
"""Stands in place of a key where cosign asks an identity provider who signs."""


class Signing(NamedTuple):
    """By what images are signed, and what their signatures are verified by.

    ``key`` is a file below the repository or elsewhere, an address that cosign knows
    (``awskms://...``, ``env://NAME``), or `KEYLESS`. ``public_key`` is the file to verify by; where
    it is empty, that of the key. ``identity`` and ``issuer`` say whose keyless signatures count;
    where they are empty, anybody's.
    """

    key: str
    public_key: str = ""
    identity: str = ""
    issuer: str = ""

    @property
    def is_keyless(self) -> bool:
        """Whether there is no key."""
        return self.key == KEYLESS


class Seal(enum.Enum):
    """What verifying the signatures of a digest says."""

    SIGNED = "signed"
    """One of them is by the key or the identity that is wanted."""
    UNSIGNED = "unsigned"
    """There is none."""
    UNTRUSTED = "untrusted"
    """None of them is by the key or the identity that is wanted."""


def signature_tag(digest: str) -> str:
    """The tag that holds the signatures of a digest."""
    return f"{digest.replace(':', '-')}.sig"
