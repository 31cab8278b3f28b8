"""Narrow clones: those that do not fetch every tag of a remote.

``git clone --single-branch`` makes one, and ``--depth`` where the history is shorter than that: the
tags of other branches are not fetched. ``--no-tags`` makes another. See git-fetch(1).
"""

import os
from collections.abc import Callable

_FETCH = b"\nfetch="
_USUAL = _FETCH + b"+refs/heads/*:"
# Of the clone alone: what a user's own settings say must not decide what a version is.
_SETTINGS = ("config", "--local", "-z", "--get-regexp", r"^remote\..*\.(fetch|tagopt)$")


def narrow_remotes(folder: str, ask: Callable[..., str]) -> frozenset[str]:
    """The names of the remotes that a clone follows in part; ``folder`` is its common git folder.

    ``ask`` answers what git prints, called with git's arguments. It is asked only where the file of
    settings looks like it: nearly no clone is narrow, and a process takes longer than the look.
    What that file includes is not looked at: a scratch clone has the settings of a narrow clone,
    and all tags.
    """
    try:
        with open(os.path.join(folder, "config"), "rb") as file:
            if _looks_whole(file.read().lower()):
                return frozenset()
    except OSError:
        return frozenset()
    remotes: dict[str, list[str]] = {}
    for entry in filter(None, ask(*_SETTINGS).split("\0")):
        key, _, value = entry.partition("\n")
        remotes.setdefault(key.removeprefix("remote.").rpartition(".")[0], []).append(value)
    return frozenset(name for name, values in remotes.items() if _is_narrow(values))


def _looks_whole(settings: bytes) -> bool:
    """Whether all that a file of settings says of fetching is what ``git clone`` writes."""
    dense = settings.translate(None, b" \t\r")
    return dense.count(_FETCH) == dense.count(_USUAL) and b"\ntagopt" not in dense


def _is_narrow(values: list[str]) -> bool:
    """Whether a remote with these refspecs and options has tags that a fetch leaves there."""
    sources = [value.removeprefix("+").partition(":")[0] for value in values]
    if "--tags" in values or _covers(sources, "refs/tags/"):
        return False
    return "--no-tags" in values or not _covers(sources, "refs/heads/")


def _covers(sources: list[str], names: str) -> bool:
    """Whether all refs of a kind are among the sources of refspecs."""
    stems = (source.partition("*") for source in sources)
    return any(star and names.startswith(stem) for stem, star, _ in stems)
