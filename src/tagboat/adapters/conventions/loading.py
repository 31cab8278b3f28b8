"""Loading a foreign convention: what can go wrong, told to the person who named it."""

from collections.abc import Iterator
from contextlib import contextmanager

from tagboat.adapters.conventions.isolate_imports import (
    RefusedImportError,
    foreign_imports,
    is_offered_by_path,
)
from tagboat.core.errors import TagboatError, UsageError

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
