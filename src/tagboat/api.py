"""The Python interface: three functions and the values they give."""

import os

from tagboat.core.bump.assess import Assessment, CommitVerdict
from tagboat.core.bump.bump import Bump
from tagboat.core.changes.change import Change
from tagboat.core.changes.squash import Reading, read_commit
from tagboat.core.errors import TagboatError
from tagboat.core.next_version.next_version import NextVersion
from tagboat.core.version.channel import Channel
from tagboat.core.version.tag import VersionTag
from tagboat.core.version.version import Version
from tagboat.wiring.repository import Options, repository_adapters

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
    "changelog",
    "next_version",
    "parse",
]


def next_version(
    path: str | os.PathLike[str] = ".", *, channel: str = "", offline: bool = False
) -> NextVersion:
    """What a release of HEAD would be, in the repository that holds ``path``.

    ``channel`` names a branch to answer for, where not the one that is checked out. With
    ``offline`` the remote is never asked. The answer's ``version`` is the next one if ``due``, else
    the current one, or None before the first release; ``assessed.assessments`` say what each commit
    contributes.

    Raises TagboatError, with a message and a hint for a person, where there is no right answer.
    """
    options = Options(os.fspath(path), channel=channel, offline=offline)
    return repository_adapters(options).next_version()[0]


def changelog(
    path: str | os.PathLike[str] = ".",
    selection: str = "",
    *,
    unreleased: bool = False,
    template: str = "",
) -> str:
    """The changelog of the repository that holds ``path``, the newest version first.

    ``selection`` is a version, for its notes alone, or a range ``A..B``; ``unreleased`` asks for
    what is not released yet. ``template`` is the name of a shipped template or a file of the
    repository.

    Raises TagboatError, with a message and a hint for a person, where there is no right answer.
    """
    from tagboat.adapters.workers import ForkedWorkers
    from tagboat.use_cases.changelog.changelog import Selection
    from tagboat.wiring.repository import ChangelogRequest
    from tagboat.wiring.repository import changelog_writer as writer_of

    adapters = repository_adapters(Options(os.fspath(path)))
    writer, _ = writer_of(adapters, ChangelogRequest(template))
    wanted = Selection(selection, unreleased)
    return "".join(writer.text(adapters.history, wanted, ForkedWorkers()))


def parse(message: str) -> Reading:
    """Read a commit message as Conventional Commits 1.0.0 define it.

    The answer's ``changes`` are those that count; it is empty for an unconventional message. Never
    raises.
    """
    return read_commit(message)
