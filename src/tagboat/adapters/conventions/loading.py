"""What all foreign conventions share: how one is loaded, and how a commit is read through it.

What goes wrong is told to the person who named it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from tagboat.adapters.conventions.isolate_imports import (
    RefusedImportError,
    foreign_imports,
    is_offered_by_path,
)
from tagboat.core.changes.change import Change
from tagboat.core.changes.message import MessageBody, normalized
from tagboat.core.changes.squash import Reading, SquashMode, read_commit
from tagboat.core.errors import OutsideError, TagboatError, UsageError

_ALLOW = "if you trust this repository's code, allow it with --allow-repository-code"


@contextmanager
def loading(convention: str, root: str, *, allow_repository_code: bool) -> Iterator[None]:
    """Load a convention inside the block, isolated as ``foreign_imports`` promises.

    Whatever fails becomes a UsageError that names the convention; where the repository's own code
    was asked for, its hint says how to allow that.
    """
    try:
        with foreign_imports(root, allow_repository_code=allow_repository_code):
            yield
    except TagboatError:
        raise
    except RefusedImportError as error:
        raise repository_code(convention, str(error)) from error
    except ImportError as error:
        raise _not_importable(convention, error) from error
    except (Exception, SystemExit) as error:
        raise UsageError(f"the convention {convention} can't be set up: {error}") from error


def repository_code(convention: str, problem: str) -> UsageError:
    """The refusal of a convention that is code of the repository."""
    return UsageError(f"the convention {convention} is not loaded: {problem}", _ALLOW)


def _not_importable(convention: str, error: ImportError) -> UsageError:
    """A missing module: refused if the repository would have offered it, else not installed."""
    if error.name and is_offered_by_path(error.name):
        return repository_code(
            convention, f"module {error.name} is not installed, only found beside the repository"
        )
    return UsageError(
        f"the convention {convention} can't be imported: {error}",
        "install what it needs into the environment that tagboat runs in",
    )


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
