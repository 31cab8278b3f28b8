"""How git gets into a remote over HTTP: what an address holds, or a token in the environment.

Git starts a helper with the whole address among its arguments, for everybody to read in the list of
processes. So credentials are taken out of addresses and handed over in the environment, where git
asks for them: nothing is written to a file, and no credential helper gets them to keep. Where one
address has two logins, the one to push with serves both ways.

A token that a forge's CI system sets is for that forge alone, and only where git has nothing
better: a header (as `actions/checkout` leaves one), a credential helper, GIT_ASKPASS.
"""

import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from tagboat.adapters.git.command import GitCommand

_ADDRESS = re.compile(r"(?P<scheme>https?://)(?:(?P<who>[^@/?#]*)@)?(?P<rest>.*)", re.DOTALL)
_ADDRESSES = r"^(remote\..*\.(push)?url|url\..*\.(push)?insteadof)$"
_USER = "TAGBOAT_GIT_USER_"
_WORD = "TAGBOAT_GIT_PASSWORD_"
# The shell's own printf: no program is started that would show its arguments.
_HELPER = (
    '!f() {{ if test "$1" = get; then '
    'printf \'username=%s\\npassword=%s\\n\' "${user}" "${word}"; fi; }}; f'
)


class _Login(NamedTuple):
    """What opens an address; without a ``word`` git looks for that itself."""

    user: str
    word: str | None


class _Address(NamedTuple):
    """An address of a remote: as configured under a ``key``, and as git takes it.

    ``rule`` is the setting by which git takes another address in its place.
    """

    given: str
    taken: str
    rule: str


Configured = Iterable[tuple[str, str]] | None
"""What is configured for a repository, as keys and values; None where git is to be asked."""


def with_credentials(command: GitCommand, configured: Configured = None) -> GitCommand:
    """The same command, let into the remotes of its repository."""
    settings, secrets = _ways(command, configured)
    return command.within(settings | secrets, secrets.values()) if settings else command


def config_entry(directory: str) -> dict[str, str]:
    """The variables by which git gets into the remotes of the repository that holds a folder."""
    settings, secrets = _ways(GitCommand(directory))
    return settings | secrets


def _ways(
    command: GitCommand, configured: Configured = None
) -> tuple[dict[str, str], dict[str, str]]:
    """The variables that hold settings, and those that hold secrets; none where none is needed."""
    settings: list[tuple[str, str]] = []
    secrets: dict[str, str] = {}
    for address in dict.fromkeys(_addresses(command, configured)):
        match = _ADDRESS.fullmatch(address.taken)
        if match is None:
            continue
        plain = match["scheme"] + match["rest"]
        if match["who"] is not None:
            settings.append((f"url.{plain}.{address.rule}", address.given))
            login: _Login | None = _url_login(match["who"])
        else:
            login = _token_for(plain, command)
        if login is not None:
            settings += _credentials(plain, login, secrets)
    return _config_env(settings) if settings else {}, secrets


def _addresses(command: GitCommand, configured: Configured) -> Iterator[_Address]:
    """The addresses of all remotes, to fetch from and to push to."""
    found: dict[tuple[str, str], list[str]] = {}
    rules = False
    for key, value in _configured_addresses(command) if configured is None else configured:
        if not re.search(_ADDRESSES, key, re.DOTALL):
            continue
        rules |= key.startswith("url.")
        name, _, kind = key.removeprefix("remote.").rpartition(".")
        found.setdefault((name, kind), []).append(value)
    for name, kind in list(found):
        if kind == "url":
            yield from _of_remote(command if rules else None, name, found)


def _configured_addresses(command: GitCommand) -> Iterator[tuple[str, str]]:
    """What is configured of addresses, asked of git."""
    listed = command.attempt("config", "-z", "--get-regexp", _ADDRESSES)
    for entry in filter(None, listed.split("\0")):
        key, _, value = entry.partition("\n")
        yield key, value


def _of_remote(
    command: GitCommand | None, name: str, found: dict[tuple[str, str], list[str]]
) -> Iterator[_Address]:
    """The addresses of one remote: both lists are in the order of the configuration.

    ``command`` is asked what git takes in their place; None where no rule says so.
    """
    own = found[name, "url"]
    apart = found.get((name, "pushurl"), [])
    fetched, pushed = own, apart or own
    if command is not None:
        fetched = command.attempt("remote", "get-url", "--all", "--", name).split("\n")
        pushed = command.attempt("remote", "get-url", "--all", "--push", "--", name).split("\n")
    for given, taken in zip(own, fetched, strict=False):
        yield _Address(given, taken, "insteadOf")
    for given, taken in zip(apart or own, pushed, strict=False):
        yield _Address(given, taken, "insteadOf" if apart else "pushInsteadOf")


def _url_login(who: str) -> _Login:
    """What stands before the host (RFC 3986, 3.2.1)."""
    user, has_word, word = who.partition(":")
    return _Login(unquote(user), unquote(word) if has_word else None)


def _credentials(address: str, login: _Login, secrets: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The settings by which git finds a login for an address."""
    if login.word is None:
        yield f"credential.{address}.username", login.user
        return
    number = len(secrets)
    user, word = f"{_USER}{number}", f"{_WORD}{number}"
    secrets |= {user: login.user, word: login.word}
    yield f"credential.{address}.helper", ""
    yield f"credential.{address}.helper", _HELPER.format(user=user, word=word)


def _token_for(address: str, command: GitCommand) -> _Login | None:
    """The token of the forge that an address is of, where git knows no way in itself."""
    login = _issued(address)
    if login is None or _has_header(address, command) or _has_credential(address, command):
        return None
    return login


def _issued(address: str) -> _Login | None:
    """A token in the environment for the server of an address: the same scheme, host and port."""
    from tagboat.core.forge.kinds import LOGINS

    for login in LOGINS:
        server = os.environ.get(login.server) or login.usual
        token = next(filter(None, map(os.environ.get, login.tokens)), "")
        if token and server and urlsplit(server)[:2] == urlsplit(address)[:2]:
            return _Login(login.user, token)
    return None


def _has_header(address: str, command: GitCommand) -> bool:
    """Whether git sends a header of its own there."""
    headers = command.attempt("config", "--get-urlmatch", "http.extraHeader", address)
    return "authorization:" in headers.lower()


def _has_credential(address: str, command: GitCommand) -> bool:
    """Whether git finds a login where it looks, without asking a person."""
    return not command.answer("credential", "fill", data=f"url={address}\n\n").code


def _config_env(settings: list[tuple[str, str]]) -> dict[str, str]:
    """Settings as variables, after those that are there.

    https://git-scm.com/docs/git-config#ENVIRONMENT
    """
    there = os.environ.get("GIT_CONFIG_COUNT", "")
    first = int(there) if there.isascii() and there.isdigit() else 0
    env = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (key, value) in enumerate(settings, first):
        env[f"GIT_CONFIG_KEY_{number}"] = key
        env[f"GIT_CONFIG_VALUE_{number}"] = value
    return env
