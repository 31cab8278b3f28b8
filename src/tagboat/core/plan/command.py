"""Command: a program that a release runs, when it is run, and what it is told of the release.

With it stand the rules of the commit that a release makes.
"""

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from tagboat.core.version.version import Version

if TYPE_CHECKING:
    from tagboat.core.plan.tag_message import Contract


class ReleaseRules(NamedTuple):
    """How a release is made; ``message`` is its commit's, with the placeholders of a tag format.

    ``on_race`` says what becomes of a release commit when the branch moved on: ``merge`` it,
    ``replan``, or ``auto``; ``after_rollback`` what a release does that still holds what was
    withdrawn: ``warn``, or ``refuse``. ``author`` makes commits and tags, ``hooks`` of git judge
    the commit, ``sign_off`` puts `Signed-off-by:` behind it; an empty author is whom git knows.
    """

    message: str = "chore(release): {version}"
    on_race: str = "auto"
    author: str = ""
    hooks: bool = False
    sign_off: bool = False
    after_rollback: str = "warn"


class Point(Enum):
    """When a command is run: the files are edited, the commit is made, or the tag is public."""

    COMMIT = "before-commit"
    PUBLISH = "before-publish"
    PUSHED = "after-push"


class Command(NamedTuple):
    """A program with its arguments, given to no shell.

    ``timeout`` is in seconds; ``add`` are patterns of files that go into the release commit;
    ``env`` is added to the environment; ``tokens`` name the variables with secrets that it may see.
    ``unless`` is a command that succeeds where there is nothing left to do.
    """

    run: tuple[str, ...]
    point: Point
    timeout: int
    add: tuple[str, ...] = ()
    env: Mapping[str, str] = {}
    tokens: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    @property
    def check(self) -> "Command | None":
        """The command that tells whether there is nothing left to do; None where nothing does."""
        return self._replace(run=self.unless, unless=()) if self.unless else None

    def __str__(self) -> str:
        """The command as a shell would take it."""
        from shlex import join

        return join(self.run)


def variables(contract: "Contract", tag: str, commit: str) -> dict[str, str]:
    """What a command finds in its environment about the release that it is run for.

    ``commit`` is the one that the work tree is of. ``SOURCE_DATE_EPOCH`` is the release's time, so
    that the same files are made again later (https://reproducible-builds.org/specs).
    """
    is_prerelease = Version.parse(contract.version).is_prerelease
    return {
        "TAGBOAT_VERSION": contract.version,
        "TAGBOAT_TAG": tag,
        "TAGBOAT_PREVIOUS": contract.previous,
        "TAGBOAT_COMMIT": commit,
        "TAGBOAT_BRANCH": contract.branch,
        "TAGBOAT_CHANNEL": contract.channel,
        "TAGBOAT_PACKAGE": contract.package,
        "TAGBOAT_BUMP": contract.bump,
        "TAGBOAT_PRERELEASE": "true" if is_prerelease else "false",
        "SOURCE_DATE_EPOCH": str(contract.time),
    }
