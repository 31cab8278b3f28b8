"""Importing packages that reach into the process, or that drag the repository's own code in.

``foreign_imports`` is the door for every import of commitizen and python-semantic-release:

- nothing is imported from a file of the repository or of the current directory, unless allowed.
  Their entries leave ``sys.path``, and what any other finder (an editable install) resolves into
  the repository is refused. The interpreter's own package folders stay, also where they lie inside
  the repository, as a ``.venv`` does;
- logging, the standard streams and ``sys.path`` are afterwards what they were before;
- what the imported code prints goes to stderr, and no bytecode is written beside it.

Below is what all foreign conventions share: how one is loaded, and how a commit is read through it.
What goes wrong is told to the person who named it.
"""

import importlib
import importlib.util
import logging
import site
import sys
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from importlib import metadata
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from tagboat.core.changes.change import Change
from tagboat.core.changes.message import MessageBody, normalized
from tagboat.core.changes.squash import Reading, SquashMode, read_commit
from tagboat.core.errors import OutsideError, TagboatError, UsageError

# ``import commitizen`` calls both: the first closes every log handler of the process, which no
# restoring can undo, the second wraps the standard streams and writes to them at exit.
_HELD_BACK = (("logging.config", "dictConfig"), ("colorama", "init"))


#: The group of entry points that commitizen finds its conventions in.
COMMITIZEN_PLUGINS = "commitizen.plugin"
_ALLOW = "if you trust this repository's code, allow it with --allow-repository-code"


class RefusedImportError(ImportError):
    """A module would have been imported from a file of the repository."""


@contextmanager
def foreign_imports(root: str, *, allow_repository_code: bool) -> Iterator[None]:
    """Isolate the imports made inside the block from the repository at ``root`` and from us.

    Raises RefusedImportError where a module is a file of the repository and that is not allowed. A
    module that only a removed entry of ``sys.path`` offers is a ModuleNotFoundError.
    """
    with ExitStack() as stack:
        if not allow_repository_code:
            stack.enter_context(_excluded(root))
        stack.enter_context(_logging_kept())
        stack.enter_context(_streams_kept())
        stack.enter_context(_replaced(sys, "dont_write_bytecode", value=True))
        for module, function in _HELD_BACK:
            if importlib.util.find_spec(module) is not None:
                place = importlib.import_module(module)
                stack.enter_context(_replaced(place, function, value=_does_nothing))
        yield


def import_commitizen() -> None:
    """Import commitizen inside ``foreign_imports``, with no more plugins than can be found.

    Importing it loads every plugin that is installed; one that was refused, or whose module is
    gone, would break it for all others.
    """
    find: Callable[..., metadata.EntryPoints] = metadata.entry_points

    def findable(**selection: str) -> metadata.EntryPoints:
        found = find(**selection)
        if selection.get("group") != COMMITIZEN_PLUGINS:
            return found
        return metadata.EntryPoints(entry for entry in found if _is_findable(entry))

    with _replaced(metadata, "entry_points", value=findable):
        importlib.import_module("commitizen")


def is_offered_by_path(module: str) -> bool:
    """Whether any entry of ``sys.path``, the repository's too, offers a module's package."""
    return PathFinder.find_spec(module.partition(".")[0]) is not None


def refuse_code_of(root: str, definition: type) -> None:
    """Raise RefusedImportError if a class, however it came to be loaded, is code of ``root``."""
    spec = sys.modules[definition.__module__].__spec__
    if spec is not None:
        _Refusal(root).check(spec)


def _is_findable(entry: metadata.EntryPoint) -> bool:
    """Whether the package an entry point loads from is there and was not refused."""
    try:
        return importlib.util.find_spec(entry.module.partition(".")[0]) is not None
    except (ImportError, ValueError):
        return False


def _does_nothing(*_arguments: object, **_options: object) -> None:
    """Stand in for a function that must not run."""


@contextmanager
def _replaced(place: ModuleType, name: str, *, value: Any) -> Iterator[None]:  # noqa: ANN401 what stands there is of any type
    """Let a module's attribute be something else for a while."""
    before = getattr(place, name)
    setattr(place, name, value)
    try:
        yield
    finally:
        setattr(place, name, before)


@contextmanager
def _streams_kept() -> Iterator[None]:
    """Send stdout to stderr, then put both streams back."""
    before = sys.stdout, sys.stderr
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        sys.stdout, sys.stderr = before


@contextmanager
def _logging_kept() -> Iterator[None]:
    """Put the handlers, levels and switches of every logger that exists back."""
    known = [logging.root, *logging.root.manager.loggerDict.values()]
    loggers = [logger for logger in known if isinstance(logger, logging.Logger)]
    before = [(each, each.handlers[:], each.level, each.propagate) for each in loggers]
    disabled = [each.disabled for each in loggers]
    try:
        yield
    finally:
        for (logger, handlers, level, propagate), off in zip(before, disabled, strict=True):
            logger.handlers[:] = handlers
            logger.setLevel(level)
            logger.propagate = propagate
            logger.disabled = off


@contextmanager
def _excluded(root: str) -> Iterator[None]:
    """Take the repository and the current directory out of every way to find a module."""
    refusal = _Refusal(root)
    before = sys.path[:]
    sys.path[:] = [entry for entry in before if not refusal.covers_entry(entry)]
    sys.meta_path.insert(0, refusal)
    try:
        yield
    finally:
        sys.meta_path.remove(refusal)
        sys.path[:] = before


class _Refusal(MetaPathFinder):
    """A finder that asks all others and refuses what they find inside the repository."""

    def __init__(self, root: str) -> None:
        self._root = Path(root).resolve()
        self._library = _package_folders()
        self._exempt = [
            place
            for place in self._library
            if place != self._root and place.is_relative_to(self._root)
        ]

    def covers_entry(self, entry: str) -> bool:
        """Whether an entry of ``sys.path`` is the repository's or the current directory's."""
        place = Path(entry).resolve()
        if place in self._library:
            return False
        return place == Path.cwd() or self._covers(place)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return what the others find; RefusedImportError if that is the repository's."""
        for finder in sys.meta_path:
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = None if find is None else find(fullname, path, target)
            if spec is not None:
                self.check(spec)
                return spec
        return None

    def check(self, spec: ModuleSpec) -> None:
        """Raise RefusedImportError if the module of a spec lies inside the repository."""
        origin = [spec.origin] if spec.has_location and spec.origin else []
        for location in (*origin, *(spec.submodule_search_locations or ())):
            if self._covers(Path(location).resolve()):
                problem = f"module {spec.name} is {location}, a file of the repository"
                raise RefusedImportError(problem, name=spec.name, path=location)

    def _covers(self, place: Path) -> bool:
        """Whether a resolved path lies in the repository, outside the package folders in it."""
        if not place.is_relative_to(self._root):
            return False
        return not any(place.is_relative_to(exempt) for exempt in self._exempt)


def _package_folders() -> list[Path]:
    """The folders that belong to the interpreter: its library and what was installed into it."""
    paths = sysconfig.get_paths()
    library = [paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")]
    places = [*library, *site.getsitepackages(), site.getusersitepackages()]
    return [Path(place).resolve() for place in places]


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
