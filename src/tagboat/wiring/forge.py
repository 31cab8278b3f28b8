"""Wiring of the forge: which one a repository is on, and the adapter for it."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from tagboat.core.errors import RepositoryError
from tagboat.core.forge.detect import Home, fault_of, home_of, token_name
from tagboat.core.forge.release import ForgeRules
from tagboat.ports.forge import Forge

if TYPE_CHECKING:
    from tagboat.core.settings import Settings

_SILENCED = "forge.release = false silences this"


class ForgePlacement(NamedTuple):
    """Where releases are to be shown: a repository on a forge, and how; ``rules`` None: nowhere."""

    home: Home
    rules: ForgeRules | None

    @property
    def fault(self) -> str:
        """Why no release can be made there; empty where nothing is known, or none is wanted."""
        if self.rules is None or not self.home.has_releases:
            return ""
        return fault_of(self.home, os.environ)

    @property
    def notes(self) -> tuple[str, ...]:
        """Why there is no release on a forge, unless that is meant."""
        if self.rules is None or self.home.has_releases:
            return ()
        if self.home.kind:
            return (f"no forge release: {self.home.name} has none; {_SILENCED}",)
        unknown = "no forge release: the remote's address is that of no known forge"
        return (f"{unknown}; set forge.kind if it is one, {_SILENCED}",)


def forge_placement(settings: "Settings", remote: str) -> ForgePlacement:
    """Where the releases of a repository are shown; ``remote`` is its remote's address."""
    rules = settings.forge_rules
    home = Home() if rules is None else home_of(remote, settings.forge, os.environ)
    return ForgePlacement(home, rules)


class HomeAccess(NamedTuple):
    """The way to the forge of a repository, see `tagboat.ports.forge.ForgeAccess`.

    ``adapter`` gives the adapter for it, one for a whole run, whose budget that has.
    """

    home: Home
    adapter: Callable[[Home], Forge]

    @property
    def name(self) -> str:
        """The forge and the repository on it, for a person."""
        return f"{self.home.name} ({self.home.repository})"

    @property
    def fault(self) -> str:
        """Why nothing can be changed there."""
        return fault_of(self.home, os.environ)

    def to_change(self) -> Forge:
        """The forge, to look and to change. Raises RepositoryError where there is no way in."""
        return _open_forge(self.adapter, self.home, self.fault)

    def to_read(self) -> Forge:
        """The forge for looking alone. Raises RepositoryError where there is no way in."""
        fault = fault_of(self.home, os.environ, reads=True)
        return _open_forge(self.adapter, self.home, fault)


def _open_forge(adapter: Callable[[Home], Forge], home: Home, fault: str) -> Forge:
    """The adapter for a forge. Raises RepositoryError where there is no way in."""
    if fault:
        raise RepositoryError(fault)
    return adapter(home)


def new_forge(home: Home) -> Forge:
    """A new adapter for a forge, by its name, with a budget of its own."""
    name = token_name(home, os.environ)
    token = partial(_token, os.environ, name)
    forge: Forge = import_module(f"tagboat.adapters.forges.{home.kind}").forge_of(
        home._replace(tokens=(name,)), token
    )
    return forge


def _token(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name, "").strip()
