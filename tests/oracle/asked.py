"""What tagboat says about a repository, asked through its use cases, beside what it has to say."""

from collections.abc import Iterator
from typing import Any

from hypothesis import currently_in_test_context, event

from tagboat.core.errors import RepositoryError
from tagboat.core.next_version.next_version import NextVersion
from tagboat.use_cases.next_version.next_version import preview
from tests.oracle.benches import Asked
from tests.oracle.oracle import Answer, Channel, Oracle


def assert_next_is_right(made: Asked, channel: str, ignored: tuple[str, ...] = ()) -> None:
    """Ask tagboat and the oracle for the next version on a channel and compare all they say.

    Where the design leaves open what a revert names, base and commits are compared alone.
    """
    wanted = Oracle(made.seen(), made.head, ignored).answer(Channel(channel))
    if currently_in_test_context():
        event(_kind(wanted))
    problems = list(_problems(made, wanted, channel, ignored))
    assert not problems, "\n".join(problems)


def next_release(made: Asked, channel: str, ignored: tuple[str, ...] = ()) -> NextVersion:
    """The decision about HEAD on a channel. Raises TagboatError where there is none."""
    adapters = made.adapters(channel, ignored)
    return preview(adapters.finder, adapters.facts)[0]


def _problems(made: Asked, wanted: Answer, channel: str, ignored: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with tagboat's answer."""
    try:
        found = next_release(made, channel, ignored)
    except RepositoryError as error:
        if not wanted.refusals and not wanted.doubts:
            yield f"refused: {error.message}; the oracle says {wanted.version}"
        return
    if wanted.refusals and not wanted.doubts:
        yield f"answered {found.version}, which is {', '.join(sorted(wanted.refusals))}"
    yield from _differences(made, wanted, found)


def _kind(wanted: Answer) -> str:
    """What a history tests, for hypothesis' statistics."""
    if wanted.doubts:
        return f"open: {min(wanted.doubts)}"
    if wanted.refusals:
        return f"refused: {min(wanted.refusals)}"
    return "due" if wanted.due else "nothing due"


def _differences(made: Asked, wanted: Answer, found: NextVersion) -> Iterator[str]:
    """What differs, with positions in the script for ids."""
    place = {commit: at for at, commit in enumerate(made.ids)}
    assessed = found.assessed
    commits = [place[item.commit.id] for item in assessed.assessments]
    fresh = [place[item.commit.id] for item in assessed.fresh]
    pairs: dict[str, tuple[Any, Any]] = {
        "base": (_text(wanted.base), _text(assessed.base and assessed.base.version)),
        "newest": (_text(wanted.newest), _text(assessed.newest and assessed.newest.version)),
        "commits": (sorted(place[commit] for commit in wanted.commits), sorted(commits)),
        "fresh": (sorted(place[commit] for commit in wanted.fresh), sorted(fresh)),
    }
    if not wanted.doubts:
        sizes = {place[item.commit.id]: int(item.bump) for item in assessed.assessments}
        pairs |= {
            "sizes": ({place[c]: int(size) for c, size in wanted.weights.sizes.items()}, sizes),
            "bump": (int(wanted.weights.size), int(found.bump)),
            "due": (wanted.due, found.due),
            "version": (_text(wanted.version), _text(found.version)),
        }
    for name, (right, said) in pairs.items():
        if right != said:
            yield f"{name}: the oracle says {right}, tagboat {said}"


def _text(version: object) -> str:
    return "none" if version is None else str(version)
