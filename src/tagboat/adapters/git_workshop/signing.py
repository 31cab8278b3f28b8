"""Signatures of tags, as git checks them with the keys that the user's settings name."""

import re

from tagboat.adapters.git_command import GitCommand
from tagboat.adapters.process import redacted
from tagboat.ports import RemoteTag, Signature

_BEGIN = re.compile(
    r"^-----BEGIN (?:PGP SIGNATURE|PGP MESSAGE|SSH SIGNATURE|SIGNED MESSAGE)-----$", re.MULTILINE
)
# What the programs say where a signature may be right and they can't tell.
_UNTOLD = re.compile(
    r"no public key|can't check signature|allowedSignersFile needs to be configured"
    r"|no principal matched|cannot run|certificate not found",
    re.IGNORECASE,
)


def signature(command: GitCommand, tag: RemoteTag, message: str) -> Signature:
    """Whether a tag with a message is signed, and what `git verify-tag` says about that."""
    if not _BEGIN.search(message):
        return Signature(is_signed=False)
    answer = command.answer("verify-tag", tag.object)
    lines = [line.strip() for line in redacted(answer.errors + answer.output).split("\n")]
    said = "; ".join(line.removeprefix("gpg: ") for line in lines if line)
    if not answer.code:
        return Signature(is_signed=True, is_good=True, said=said)
    is_good = None if _UNTOLD.search(said) else False
    return Signature(is_signed=True, is_good=is_good, said=said or "git can't verify it")
