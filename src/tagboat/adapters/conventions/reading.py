"""Reading a commit through a foreign convention: the parts that all of them share."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from tagboat.core.changes.change import Change
from tagboat.core.changes.message import MessageBody, normalized
from tagboat.core.changes.squash import Reading, SquashMode, read_commit
from tagboat.core.errors import OutsideError, TagboatError

#: The type of a change whose convention has no name for it.
OTHER = "other"


def reading_of(text: str, changes: tuple[Change, ...]) -> Reading:
    """The reading of a message whose changes a foreign convention decided.

    Where none of them is breaking and tagboat's own grammar sees, or nearly sees, a breaking
    change, that is kept as overruled: a convention may decide otherwise, but never in silence.
    """
    rest = MessageBody(text)
    if any(change.breaking for change in changes):
        return Reading(rest, changes)
    own = read_commit(text, SquashMode.OFF)
    overruled = tuple(change for change in own.changes + own.uncounted if change.breaking)
    return Reading(rest, changes, overruled=overruled)


@contextmanager
def asking(convention: str, text: str) -> Iterator[None]:
    """Run a convention's own code on one commit: its output goes to stderr.

    Whatever it raises becomes an OutsideError that names the convention and the commit's title.
    """
    try:
        with redirect_stdout(sys.stderr):
            yield
    except TagboatError:
        raise
    except (Exception, SystemExit) as error:
        title = normalized(text).partition("\n")[0]
        raise OutsideError(
            f"the convention {convention} failed on the commit {title!r}:"
            f" {type(error).__name__}: {error}",
            "report it to the convention's authors; the commit can be left out with `ignore`",
        ) from error
