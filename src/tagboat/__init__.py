"""From a branch of Conventional Commits to its next version, changelog and release.

    import tagboat

    tagboat.next_version(".").version       Version('1.3.0')
    tagboat.changelog(".", unreleased=True)
    tagboat.parse("feat(api): add search").changes

The same code the command line runs. Everything is imported when it is first used.
"""

from tagboat.about import __version__

# Not from typing: with `python -m tagboat` the current folder is still on the module path here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from tagboat.api import (
        Assessment,
        Bump,
        Change,
        Channel,
        CommitVerdict,
        NextVersion,
        Reading,
        TagboatError,
        Version,
        VersionTag,
        changelog,
        next_version,
        parse,
    )

__all__ = [
    "Assessment",
    "Bump",
    "Change",
    "Channel",
    "CommitVerdict",
    "NextVersion",
    "Reading",
    "TagboatError",
    "Version",
    "VersionTag",
    "__version__",
    "changelog",
    "next_version",
    "parse",
]


def __getattr__(name: str) -> object:
    """Import the interface when one of its names is asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'tagboat' has no attribute {name!r}")
    from tagboat import api

    return getattr(api, name)
