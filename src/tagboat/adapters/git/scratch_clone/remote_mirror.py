"""The remote as the scratch clone has it: its refs, and the objects that they lead to."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from tagboat.adapters.git.command import GitCommand, failure
from tagboat.adapters.git.scratch_clone.alternates import AlternateSource
from tagboat.core.errors import OutsideError
from tagboat.ports.publishing import RemoteRefs, RemoteTag

_HEADER = "%(objecttype) %(objectsize)"
_FOLDERS = 3
"""How deep git spreads notes at most: each level has 256 folders."""


def notes(command: GitCommand, ref: str) -> Iterator[tuple[str, str]]:
    """Each commit that has a note under a ref, with the note's text.

    With many notes git spreads them over folders named by the first digits of the ids
    (https://git-scm.com/docs/git-notes). Raises OutsideError.
    """
    listed = command.run("ls-tree", "-r", "-z", "--full-tree", ref)
    rows = [row.partition("\t") for row in listed.split("\0") if row]
    texts = object_contents(command, [about.split(" ")[2] for about, _, _ in rows])
    for (_, _, path), text in zip(rows, texts, strict=True):
        yield path.replace("/", ""), text.decode("utf-8", "replace")


def object_contents(command: GitCommand, ids: Sequence[str]) -> Iterator[bytes]:
    """What some objects hold, asked of one process. Raises OutsideError where one is not here."""
    asked = "".join(f"{made}\n" for made in ids)
    raw = command.run("cat-file", f"--batch={_HEADER}", data=asked) if ids else ""
    data = raw.encode("utf-8", "surrogateescape")
    start = 0
    for made in ids:
        head = data.index(b"\n", start)
        size = data[start:head].rpartition(b" ")[2]
        if not size.isdigit():
            raise OutsideError(f"git has no object {made}", "run `git fsck`")
        start = head + 2 + int(size)
        yield data[head + 1 : start - 1]


def note_of(command: GitCommand, ref: str, commit: str) -> str:
    """The note of a commit under a ref; empty where it has none. Raises OutsideError.

    It is looked for wherever git puts it, in up to three folders, with one command.
    """
    names = [commit]
    for start in range(0, 3 * _FOLDERS, 3):
        names.append(f"{names[-1][: start + 2]}/{names[-1][start + 2 :]}")
    asked = "".join(f"{ref}:{name}\n" for name in names)
    said = command.run("cat-file", f"--batch={_HEADER}", data=asked)
    while said:
        head, _, said = said.partition("\n")
        kind, _, size = head.partition(" ")
        if kind == "blob":
            data = said.encode("utf-8", "surrogateescape")
            return data[: int(size)].decode("utf-8", "surrogateescape")
    return ""


RECORDS = "refs/notes/tagboat"
TIP = "refs/tagboat/tip"
_SEEN = "refs/tagboat/heads/"
_HEADS = "refs/heads/"
TAGS = "refs/tags/"
_OURS = (TAGS, RECORDS, TIP)
_PEELED = "^{}"
_PACKED = "# pack-refs with: peeled fully-peeled sorted "
_FETCH = (
    "fetch",
    "--quiet",
    "--force",
    "--no-tags",
    "--no-prune",
    "--no-recurse-submodules",
    "--no-auto-maintenance",
    "--no-write-fetch-head",
    "--stdin",
)
_FETCH_PATIENCE = 1200
_LOOKS = 5
"""How often the remote is asked again where it changed between two questions."""


class RemoteMirror:
    """The refs of a remote in a scratch clone at ``tree``; ``remote`` is the remote's name.

    ``refs`` are those that are here, by their full names. What the clone that is borrowed from
    lacks is fetched.
    """

    def __init__(self, command: GitCommand, lent: AlternateSource, tree: str, remote: str) -> None:
        self.remote = remote
        self.refs: dict[str, str] = {}
        self._command = command
        self._lent = lent
        self._tree = tree

    def look(self, branch: str) -> RemoteRefs:
        """Ask the remote, and make tags and records here those of the remote."""
        for look in range(_LOOKS):
            refs = self._listed(branch)
            fetched = self._fetched(branch, refs)
            if fetched is not None:
                is_first = not self.refs and not look
                self._show(refs, fetched if is_first else self._here())
                return refs
        raise OutsideError(f"the remote {self.remote!r} changes too fast to be read")

    def branches(self, is_wanted: Callable[[str], bool]) -> dict[str, str]:
        """The branches of the remote by name, those that are wanted, their commits brought here."""
        listed = _by_name(self._command.run("ls-remote", "--heads", "--", self.remote), "\t")
        names = {ref.removeprefix(_HEADS): made for ref, made in listed.items()}
        tips = {name: made for name, made in names.items() if is_wanted(name)}
        missing = [name for name, made in tips.items() if not self._has((made,))]
        if missing:
            depth = ["--depth=1"] if self._lent.is_shallow else []
            self._command.run(
                *(*_FETCH, *depth, "--", self.remote),
                data="".join(f"+{_HEADS}{name}:{_SEEN}{name}\n" for name in missing),
                patience=_FETCH_PATIENCE,
            )
        return tips

    def bring(self, tag: RemoteTag) -> None:
        """Make sure that a tag is here with its commit, which a shallow clone may lack."""
        if self._lent.is_shallow and not self._has((tag.object, tag.commit)):
            ref = TAGS + tag.name
            # One commit deep: without that it would come with all history below the cut.
            self._command.run(
                *(*_FETCH, "--depth=1", "--", self.remote),
                data=f"+{ref}:{ref}\n",
                patience=_FETCH_PATIENCE,
            )

    def deepen(self) -> None:
        """Bring all history and tags of the remote that a shallow clone lacks."""
        if self.is_shallow:
            self._command.run(
                *(*_FETCH, "--unshallow", "--", self.remote),
                data=f"+{TAGS}*:{TAGS}*\n+{RECORDS}*:{RECORDS}*\n",
                patience=_FETCH_PATIENCE,
            )

    @property
    def is_shallow(self) -> bool:
        """Whether the beginning of the history is not here."""
        return os.path.exists(os.path.join(self._tree, ".git", "shallow"))

    def _listed(self, branch: str) -> RemoteRefs:
        """The remote's refs, asked of it."""
        head = f"refs/heads/{branch}"
        listed = self._command.run("ls-remote", "--", self.remote, head, f"{TAGS}*", RECORDS)
        found = _by_name(listed, "\t")
        tags = {
            ref.removeprefix(TAGS): RemoteTag(
                ref.removeprefix(TAGS), made, found.get(ref + _PEELED, made)
            )
            for ref, made in found.items()
            if ref.startswith(TAGS) and not ref.endswith(_PEELED)
        }
        return RemoteRefs(found.get(head), tags, found.get(RECORDS))

    def _fetched(self, branch: str, refs: RemoteRefs) -> dict[str, str] | None:
        """Fetch what this clone lacks: the refs here that it went to, with their objects.

        None where the remote has changed since it was asked.
        """
        wanted = {
            f"refs/heads/{branch}": (TIP, refs.tip or ""),
            RECORDS: (RECORDS, refs.records or ""),
        }
        if not self._lent.is_shallow:
            # A shallow clone would get all history below its cut with them.
            wanted |= {TAGS + tag.name: (TAGS + tag.name, tag.object) for tag in refs.tags.values()}
        known = self._lent.known | set(self.refs.values())
        missing = {ref: at for ref, at in wanted.items() if at[1] and at[1] not in known}
        if not missing:
            return {}
        refspecs = "".join(f"+{ref}:{to}\n" for ref, (to, _) in missing.items())
        answer = self._command.answer(
            # A partial clone would get the records one by one, each with a request of its own.
            *(*_FETCH, "--no-filter", "--", self.remote),
            data=refspecs,
            patience=_FETCH_PATIENCE,
        )
        if answer.code and "couldn't find remote ref" not in answer.errors:
            raise failure(("fetch",), answer)
        return None if answer.code else self._arrived(dict(missing.values()))

    def _arrived(self, seen: dict[str, str]) -> dict[str, str] | None:
        """The refs that a fetch brought, by the files that they stand in.

        Others may have moved them since they were seen: None where what was seen is not here.
        """
        brought = {ref: self._id_in_file(ref) for ref in seen}
        return brought if brought == seen or self._has(seen.values()) else None

    def _id_in_file(self, ref: str) -> str:
        try:
            with open(os.path.join(self._tree, ".git", ref), encoding="ascii") as file:
                return file.read().strip()
        except (OSError, ValueError):
            return ""

    def _has(self, ids: Iterable[str]) -> bool:
        """Whether objects are here."""
        asked = "".join(f"{made}\n" for made in ids)
        answered = self._command.run("cat-file", "--batch-check=%(objecttype)", data=asked)
        return "missing" not in answered

    def _here(self) -> dict[str, str]:
        """The refs that are here, with their objects."""
        return _by_name(self._command.run("for-each-ref", "--format=%(objectname) %(refname)"), " ")

    def _show(self, refs: RemoteRefs, here: dict[str, str]) -> None:
        """Make the refs here those of the remote."""
        present = self._lent.known | set(here.values())
        tags = [
            tag for tag in refs.tags.values() if not self._lent.is_shallow or tag.object in present
        ]
        wanted = {TAGS + tag.name: tag.object for tag in tags}
        wanted |= {name: made for name, made in ((TIP, refs.tip), (RECORDS, refs.records)) if made}
        if not self.refs:
            self._pack(wanted, {TAGS + tag.name: tag.commit for tag in tags})
            here = wanted | here  # what was fetched stands in files of its own, which count first
        self._move(here, wanted)
        self.refs = wanted

    def _move(self, here: dict[str, str], wanted: dict[str, str]) -> None:
        """Update the refs that differ."""
        orders = [f"update {ref} {made}\n" for ref, made in wanted.items() if here.get(ref) != made]
        orders += [f"delete {ref}\n" for ref in here if ref not in wanted and ref.startswith(_OURS)]
        if orders:
            self._command.run("update-ref", "--no-deref", "--stdin", data="".join(orders))

    def _pack(self, wanted: dict[str, str], peeled: dict[str, str]) -> None:
        """Write all refs at once, as a clone does: one by one, ten thousand take a second."""
        lines = [f"{_PACKED}\n"]
        for ref in sorted(wanted, key=os.fsencode):
            made, commit = wanted[ref], peeled.get(ref, wanted[ref])
            lines.append(f"{made} {ref}\n" + (f"^{commit}\n" if commit != made else ""))
        path = os.path.join(self._tree, ".git", "packed-refs")
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.writelines(lines)


def _by_name(listed: str, between: str) -> dict[str, str]:
    """Lines of ids and names as ids by name."""
    lines = (line.partition(between) for line in listed.split("\n"))
    return {name: made for made, _, name in lines if name}
