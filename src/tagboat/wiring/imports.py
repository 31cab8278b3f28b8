"""What is imported of other packages, and when: imports take most of a short command's time."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec, module_from_spec
from threading import RLock, Thread
from types import ModuleType
from typing import Any

CLONING = ("git.cmd",)
"""What makes a scratch clone."""
REGISTRY = ("docker.auth", "tagboat.adapters.registry")
"""What asks registries."""
_NEEDED_IN_PART = (
    *("git", "gitdb", "docker", "docker.utils"),
    *("charset_normalizer", "idna", "urllib3.http2"),
)
"""Packages that import all of themselves, of which a module or two is needed here."""
_SWITCH = 0.0002
"""After how many seconds a thread that imports gives way to another."""
_one_at_a_time = RLock()


def import_ahead(names: tuple[str, ...]) -> None:
    """Import modules while git is waited for, which works on another processor."""
    import_in_part()
    _let_forks_wait()
    Thread(target=_import_quietly, args=(names,), daemon=True).start()


@cache
def _let_forks_wait() -> None:
    """Let a fork wait for the end of an import: in its midst, it would wait for that for ever.

    Logging holds its lock around a fork, and modules take that as they are imported. What was
    registered last is called first, so that ours comes after logging's.
    """
    import_module("logging")
    os.register_at_fork(
        before=_one_at_a_time.acquire,
        after_in_parent=_one_at_a_time.release,
        after_in_child=_one_at_a_time.release,
    )


def import_all(names: tuple[str, ...]) -> None:
    """Import modules, or wait for the thread that does.

    Two threads that import parts of one package may each see half of it.
    """
    with _one_at_a_time:
        for name in names:
            import_module(name)


def import_in_part() -> None:
    """Let packages of which little is needed import no more than that, from now on."""
    for name in _NEEDED_IN_PART:
        spec = None if name in sys.modules else _spec_of(name)
        if spec is not None:
            sys.modules[name] = module_from_spec(spec)
            sys.modules[name].__class__ = _Package


def _spec_of(name: str) -> ModuleSpec | None:
    """What a package is loaded from; those that it stands in are not imported for that."""
    above, _, _ = name.rpartition(".")
    if not above:
        return PathFinder.find_spec(name)
    parent = _spec_of(above)
    return parent and PathFinder.find_spec(name, parent.submodule_search_locations)


class _Package(ModuleType):
    """A package whose own file runs when something is asked for that is no module of it.

    Its modules are imported as ever: ``docker.auth`` without Docker's whole client.
    """

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the package holds
        if name == "__version__" and find_spec(f"{self.__name__}.version") is not None:
            return import_module(f"{self.__name__}.version").__version__
        module = f"{self.__name__}.{name}"
        if not name.startswith("__") and find_spec(module) is not None:
            return import_module(module)
        package: ModuleType = self
        package.__class__ = ModuleType
        if self.__spec__ is not None and self.__spec__.loader is not None:
            self.__spec__.loader.exec_module(self)
        return getattr(self, name)


def _import_quietly(names: tuple[str, ...]) -> None:
    """Import modules; whoever needs one meets the error that there may be.

    Nothing but that is done in a thread: msgspec crashes where two look into one type for the first
    time.
    """
    with _one_at_a_time, _giving_way(), suppress(ImportError):
        import_all(names)


@contextmanager
def _giving_way() -> Iterator[None]:
    """A block that lets go on at once who waited for git.

    Python's usual 5 ms are lost several times for each process that is started and waited for.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
