"""The remote a repository was cloned from: asked through GitPython, known to git itself."""

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from tagboat.adapters.process import run
from tagboat.core.errors import OutsideError
from tagboat.core.version.tag import Ref

if TYPE_CHECKING:
    from tagboat.adapters.git.command import GitCommand

_PEELED = "^{}"
_PREFIX = "refs/tags/"
_KEYS = r"^(remote\..*\.url|branch\..*\.remote|url\..*\.insteadof)$"
_FETCH = (
    "fetch",
    "--quiet",
    "--no-prune",
    "--no-prune-tags",
    "--no-recurse-submodules",
    "--no-auto-maintenance",
    "--no-write-fetch-head",
)
_FETCH_PATIENCE = 20
"""How many times longer a fetch may take than a question."""


class SeenRemote(NamedTuple):
    """What others have asked of a remote, or will: its tags, and its address."""

    tags: Callable[[], tuple[Ref, ...]]
    url: Callable[[], str]


class GitRemote:
    """Asks the remote of a repository.

    ``name`` chooses one of several remotes; ``patience`` is how many seconds it has for an answer.
    ``seen`` is what need not be asked of it, ``configured`` what git need not be asked for: keys
    and values.
    """

    def __init__(
        self,
        directory: str,
        name: str = "",
        *,
        patience: float = 60,
        seen: SeenRemote | None = None,
        configured: Sequence[tuple[str, str]] | None = None,
    ) -> None:
        self._directory = directory
        self._given = name
        self._patience = patience
        self._seen = seen
        self._configured = configured

    def tags(self) -> tuple[Ref, ...] | None:
        """The remote's tags, peeled; None where the repository has no remote."""
        name = self.name()
        if name is None:
            return None
        if self._seen is not None:
            return self._seen.tags()
        try:
            listed = self._command().run("ls-remote", "--tags", "--", name)
        except OutsideError as error:
            raise OutsideError(
                f"the remote {name!r} can't be asked for its tags: {error.message}",
                "--offline answers from this clone alone",
            ) from error
        tags: dict[str, str] = {}
        for line in listed.split("\n"):
            commit, _, ref = line.partition("\t")
            if ref.startswith(_PREFIX):
                tags[ref.removeprefix(_PREFIX).removesuffix(_PEELED)] = commit
        return tuple(map(Ref, tags.keys(), tags.values()))

    def deepen(self, depth: int | None) -> bool:
        """Fetch ``depth`` more commits of history and all tags; None for all of it."""
        name = self.name()
        if name is None:
            return False
        how = "--unshallow" if depth is None else f"--deepen={depth}"
        patience = self._patience * _FETCH_PATIENCE
        command = self._command()
        head = command.run("rev-parse", "HEAD").strip()
        try:
            # HEAD by id: no branch of the remote may hold it, and no other one needs fetching.
            command.run(*_FETCH, "--tags", how, "--", name, head, patience=patience)
        except OutsideError:
            command.run(*_FETCH, "--tags", how, "--", name, patience=patience)
        return True

    def fetch(self, tags: Sequence[str]) -> None:
        """Fetch what some of its tags lead to; no ref changes."""
        refs, patience = (_PREFIX + tag for tag in tags), self._patience * _FETCH_PATIENCE
        name = self.name() or ""
        self._command().run(*_FETCH, "--no-tags", "--", name, *refs, patience=patience)

    def _command(self) -> "GitCommand":
        """Git, let into the remotes: most questions never ask one."""
        from tagboat.adapters.git.command import GitCommand
        from tagboat.adapters.git.credentials import with_credentials

        return with_credentials(GitCommand(self._directory, patience=self._patience))

    def name(self) -> str | None:
        """The remote's name: the one given, the branch's, ``origin``, or the only one there is."""
        return self._given or self._found

    @cached_property
    def _settings(self) -> list[tuple[str, str]]:
        """What is configured of remotes and their addresses, in order; most of it tells enough."""
        if self._configured is not None:
            return [entry for entry in self._configured if re.search(_KEYS, entry[0], re.DOTALL)]
        # Not `git remote`: a remote is also listed for any setting without an address.
        listed = self._said("config", "-z", "--get-regexp", _KEYS)
        entries = (entry.partition("\n") for entry in listed.split("\0"))
        return [(key, value) for key, is_set, value in entries if is_set]

    @cached_property
    def _found(self) -> str | None:
        urls = dict.fromkeys(key for key, _ in self._settings if key.startswith("remote."))
        names = [key[len("remote.") : -len(".url")] for key in urls]
        usual = "origin" if "origin" in names else names[0] if len(names) == 1 else None
        followed = {key: name for key, name in self._settings if key.startswith("branch.")}
        if not set(names).difference([usual]).intersection(followed.values()):
            return usual
        branch = self._said("symbolic-ref", "--quiet", "--short", "HEAD")
        name = followed.get(f"branch.{branch}.remote")
        return name if name in names else usual

    def url(self) -> str:
        """The remote's address without credentials, ``insteadOf`` applied; empty without one."""
        return self._address if self._seen is None else self._seen.url()

    @cached_property
    def _address(self) -> str:
        name = self.name()
        urls = [value for key, value in self._settings if key == f"remote.{name}.url"]
        is_plain = not any(key.startswith("url.") for key, _ in self._settings)
        if is_plain and len(urls) == 1:
            found = urls[0].strip()
        else:
            found = self._said("remote", "get-url", "--", name) if name else ""
        return re.sub(r"(?<=://)[^\s/]*@", "", found)

    def _said(self, *arguments: str) -> str:
        """What git knows itself, without blanks around it; an empty text where it does not.

        To load GitPython takes longer than the answer.
        """
        try:
            said = run(["git", *arguments], self._directory)
        except OutsideError:
            return ""
        return said.decode("utf-8", "surrogateescape").strip()
