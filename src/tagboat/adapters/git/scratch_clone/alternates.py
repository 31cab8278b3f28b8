"""Making a repository that borrows another one's objects and settings, and changes nothing of it.

Objects are read through ``objects/info/alternates`` (https://git-scm.com/docs/gitrepository-layout)
and configuration is included by path, so that neither is copied: not a token that a configuration
holds, either.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from tagboat.adapters.git.command import GitCommand
from tagboat.adapters.process import Process, opens_remote, without_login
from tagboat.core.errors import OutsideError

# What the user's configuration may say and a repository of its own must not follow.
_OVERRIDES = """\
[core]
	bare = false
	worktree = ".."
	hooksPath = /dev/null
	autocrlf = false
	fsmonitor = false
	untrackedCache = false
	splitIndex = false
	sparseCheckout = false
	logAllRefUpdates = false
[i18n]
	commitEncoding = UTF-8
	logOutputEncoding = UTF-8
[gc]
	auto = 0
[maintenance]
	auto = false
[rerere]
	enabled = false
[fetch]
	writeCommitGraph = false
[submodule]
	recurse = false
"""
_ADDRESS = re.compile(r"remote\..*\.(push)?url", re.DOTALL)
# Files have the bytes that git stores, whatever the attributes of the repository ask for.
_ATTRIBUTES = "* -text -filter -ident -working-tree-encoding\n"


_UP = ("--show-cdup",)
_ABSOLUTE = ("--path-format=absolute",)
_PATHS = (
    ("--git-dir",),
    ("--git-common-dir",),
    ("--git-path", "objects"),
    ("--git-path", "shallow"),
    ("--git-path", "hooks"),
    ("--show-object-format",),
)


Entries = list[tuple[str, str]]
"""Keys and values of a configuration, in the order in which git reads them."""


class AlternateSource(NamedTuple):
    """A repository that is borrowed from: its folders, and what it holds.

    ``top`` is where its relative paths start. ``shallow`` is the file that lists the commits a
    shallow clone was cut at, which may not exist; ``known`` are the ids that its refs name, and
    ``entries`` what is configured for it.
    """

    top: str
    folder: str
    common: str
    objects: str
    shallow: str
    hooks: str
    object_format: str
    known: frozenset[str]
    entries: Entries

    @property
    def is_shallow(self) -> bool:
        """Whether it lacks the beginning of its history."""
        return os.path.exists(self.shallow)


def alternate_source(directory: str, meanwhile: Callable[[], object]) -> AlternateSource:
    """Look at the repository that holds a folder, and do something meanwhile.

    Raises OutsideError.
    """
    asked = ("git", "rev-parse", *_UP, *_ABSOLUTE, *(word for one in _PATHS for word in one))
    listed = ("git", "for-each-ref", "--format=%(objectname)")
    configured = ("git", "config", "--list", "-z")
    with (
        Process(asked, directory) as paths,
        Process(listed, directory) as refs,
        Process(configured, directory) as settings,
    ):
        meanwhile()
        told = paths.output().decode("utf-8", "surrogateescape").removesuffix("\n")
        known = frozenset(refs.output().decode().split())
        entries = _listed_entries(settings.output().decode("utf-8", "surrogateescape").split("\0"))
    *up, folder, common, objects, shallow, hooks, object_format = told.split("\n")
    if len(up) > 1:  # a path holds a line end, so that each has to be asked for alone
        command = GitCommand(directory)
        alone = [command.line("rev-parse", *_ABSOLUTE, *one) for one in _PATHS]
        folder, common, objects, shallow, hooks, object_format = alone
        up = [command.line("rev-parse", *_UP)]
    top = os.path.realpath(os.path.join(directory, *up))  # a bare repository has no way up
    return AlternateSource(
        top, folder, common, objects, shallow, hooks, object_format, known, entries
    )


def _listed_entries(fields: Iterable[str]) -> Entries:
    """Keys and values as git lists them, a line end between them."""
    parts = (field.partition("\n") for field in fields if field)
    return [(key, value) for key, _, value in parts]


def use_alternates(alternate: AlternateSource, folder: str) -> Entries | None:
    """Make a repository in an empty folder that has all objects and settings of the alternate.

    What those are but for ours; None where that has to be asked there.
    """
    GitCommand(folder).run(
        "init", "--quiet", "--template=", f"--object-format={alternate.object_format}"
    )
    own = os.path.join(folder, ".git")
    os.makedirs(os.path.join(own, "info"), exist_ok=True)
    os.makedirs(os.path.join(own, "objects", "info"), exist_ok=True)
    # A path may hold a line end, or begin as a comment does: quoted, it is read as it is.
    alternates = os.path.join(own, "objects", "info", "alternates")
    write_settings(alternates, f"{_quoted(alternate.objects)}\n")
    write_settings(os.path.join(own, "info", "attributes"), _ATTRIBUTES)
    if alternate.is_shallow:
        shutil.copyfile(alternate.shallow, os.path.join(own, "shallow"))
    return _configure(alternate, own)


def _configure(alternate: AlternateSource, own: str) -> Entries | None:
    """Include the alternate's configuration, then what is included there under a condition.

    Conditions ask where the repository lies, so they may hold there and not here.
    """
    path = os.path.join(own, "config")
    with open(path, encoding="utf-8") as file:
        head = file.read()
    included = [os.path.join(alternate.common, "config")]
    own_rules = _OVERRIDES + "".join(_url_rules(alternate.top, alternate.entries))
    write_settings(path, head + _included(included) + own_rules)
    if not any(
        key.startswith(("includeif.", "extensions.worktree")) for key, _ in alternate.entries
    ):
        return alternate.entries
    here = _origins(own)
    missing = [origin for origin in _origins(alternate.folder) if origin not in here]
    if missing:
        local = [origin for origin in missing if origin.startswith(alternate.common)]
        earlier = [origin for origin in missing if origin not in local]
        write_settings(path, head + _included([*earlier, *included, *local]) + own_rules)
    return None


def closed_settings(alternate: AlternateSource) -> str:
    """The configuration for while commands of the repository run: nothing that opens a remote.

    What the alternate's own file says is copied; all that is of the user and the system is read as
    ever.
    """
    listed = GitCommand(alternate.folder).attempt("config", "--local", "--includes", "-z", "--list")
    kept: list[str] = []
    for entry in filter(None, listed.split("\0")):
        key, has_value, value = entry.partition("\n")
        if opens_remote(key, "") or not has_value:
            continue
        section, _, rest = key.partition(".")
        subsection, _, name = rest.rpartition(".")
        head = f"[{section} {_quoted(subsection)}]" if subsection else f"[{section}]"
        kept.append(f"{head}\n\t{name} = {_quoted(without_login(value))}\n")
    rules = _url_rules(alternate.top, alternate.entries)
    return "".join(kept) + _OVERRIDES + "".join(rules)


def _url_rules(top: str, entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Settings that make the addresses of remotes absolute that are relative to a folder."""
    for key, address in entries:
        if _ADDRESS.fullmatch(key) and address.startswith(("./", "../")):
            whole = os.path.normpath(os.path.join(top, address))
            yield f"[url {_quoted(whole)}]\n\tinsteadOf = {_quoted(address)}\n"


def _origins(git_dir: str) -> dict[str, None]:
    """The files in which something is configured for a repository, in their order."""
    listed = GitCommand(os.path.dirname(git_dir)).run(
        f"--git-dir={git_dir}", "config", "--list", "--show-origin", "-z"
    )
    fields = listed.split("\0")[::2]
    files = (field.removeprefix("file:") for field in fields if field.startswith("file:"))
    return dict.fromkeys(map(os.path.normpath, files))


def _included(paths: list[str]) -> str:
    return "".join(f"[include]\n\tpath = {_quoted(path)}\n" for path in paths)


def _quoted(text: str) -> str:
    """A value as git's configuration spells it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def write_settings(path: str, text: str) -> None:
    """Write one of the files of a repository of ours. Raises OutsideError."""
    try:
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
    except OSError as error:
        raise OutsideError(f"{path} can't be written: {error.strerror}") from error
