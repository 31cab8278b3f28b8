"""What a hook of git knows: how its message is cleaned up, which commits are being pushed."""

import os

from tagboat.adapters.process import run
from tagboat.core.errors import OutsideError
from tagboat.core.lint.lint import Cleanup

_KEYS = r"^(core\.comment(char|string)|commit\.cleanup)$"
_NO_EDITOR = ":"
_NO_COMMIT = "0"


def message_cleanup(directory: str) -> Cleanup:
    """What git takes out of the message that it is about to commit in a folder.

    That depends on ``core.commentChar`` (or ``commentString``), ``commit.cleanup``, and on whether
    there was an editor: without one git tells its hooks that ``GIT_EDITOR`` is ``:``.
    """
    comment, mode = "#", "default"
    try:
        found = run(("git", "config", "--null", "--get-regexp", _KEYS), cwd=directory)
    except OutsideError:  # none of them is set
        found = b""
    for setting in found.decode("utf-8", "replace").split("\0"):
        key, _, value = setting.partition("\n")
        if key == "commit.cleanup":
            mode = value
        elif value:
            comment = value
    if mode == "default" and os.environ.get("GIT_EDITOR") == _NO_EDITOR:
        mode = "whitespace"
    if mode in ("whitespace", "verbatim"):
        return Cleanup("", "")
    return Cleanup("", comment) if mode == "scissors" else Cleanup(comment, comment)


def pushed_range() -> str:
    """The commits that pre-commit's pre-push stage is about, as ``A..B``; empty outside of it."""
    start = os.environ.get("PRE_COMMIT_FROM_REF", "")
    end = os.environ.get("PRE_COMMIT_TO_REF", "")
    return f"{start}..{end}" if start.strip(_NO_COMMIT) and end.strip(_NO_COMMIT) else ""
