"""Script: one small history as a value that a person can read, and the repository made from it.

Object ids are computed here, because messages name commits that were made before them; so the
objects are written by hand as well, which takes no process of git's at all.
"""

import hashlib
import zlib
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import NamedTuple

BRANCH = "main"
_PERSON = b"Ada Lovelace <ada@example.org>"
_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
_EMPTY_TREE = (b"tree", b"")


class Form(Enum):
    """The ways in which people and tools write down that a commit is taken back."""

    ID = "by id"
    TITLE = "by title"
    BUTTON = "by number"
    CONVENTIONAL_ID = "revert: by id"
    CONVENTIONAL_TITLE = "revert: by title"
    REFS = "revert: with Refs"
    REAPPLY = "reapply"


class Says(NamedTuple):
    """A message that stands for itself."""

    text: str


class Reverts(NamedTuple):
    """A message that takes an earlier node back; a merge is undone towards one of its parents."""

    node: int
    form: Form = Form.ID
    kept: int = 0
    own_number: bool = False


class Picks(NamedTuple):
    """The message ``git cherry-pick -x`` writes for an earlier node, retold where ``title``."""

    node: int
    title: str = ""


class Node(NamedTuple):
    """One commit; parents are the positions of earlier nodes."""

    message: Says | Reverts | Picks
    parents: tuple[int, ...]
    time: int


class Tag(NamedTuple):
    """One tag on a node."""

    name: str
    node: int
    annotated: bool = False


class Script(NamedTuple):
    """A whole history; HEAD is a node. Printed as one line for each commit."""

    nodes: tuple[Node, ...]
    tags: tuple[Tag, ...] = ()
    head: int = -1

    def __repr__(self) -> str:
        """Every commit with its parents, message and tags, then HEAD."""
        lines = [
            f"  {at:2}: <- {list(node.parents)} {_shown(node.message)} @{node.time}"
            + "".join(f" [{tag.name}{'*' * tag.annotated}]" for tag in self.tags if tag.node == at)
            for at, node in enumerate(self.nodes)
        ]
        return "\n".join(["Script(", *lines, f"  HEAD = {self.head})"])


class Made(NamedTuple):
    """A repository made from a script; ``ids`` are those of its nodes."""

    path: Path
    ids: tuple[str, ...]
    head: str


def make(script: Script, path: Path) -> Made:
    """Write the history as a bare repository whose branch ``main`` is at HEAD.

    Every node stays reachable: those that HEAD does not reach stand under branches of their own.
    """
    (path / "refs").mkdir(parents=True)
    (path / "HEAD").write_text(f"ref: refs/heads/{BRANCH}\n")
    (path / "config").write_text(_CONFIG)
    _write(path, *_EMPTY_TREE)
    ids, texts = written_out(script)
    for node, text in zip(script.nodes, texts, strict=True):
        _write(path, b"commit", _commit(node, ids, text))
    refs = {f"refs/heads/{BRANCH}": ids[script.head]}
    refs |= {f"refs/heads/side/{at}": made for at, made in enumerate(ids)}
    refs |= {f"refs/tags/{tag.name}": _tagged(path, tag, script, ids) for tag in script.tags}
    lines = [f"{target} {name}\n" for name, target in sorted(refs.items())]
    (path / "packed-refs").write_text("".join(["# pack-refs with: sorted \n", *lines]))
    return Made(path, tuple(ids), ids[script.head])


def written_out(script: Script) -> tuple[list[str], list[str]]:
    """The ids that git gives the nodes, and their messages."""
    ids: list[str] = []
    texts: list[str] = []
    for node in script.nodes:
        texts.append(text_of(script, len(ids), ids, texts))
        ids.append(_id(b"commit", _commit(node, ids, texts[-1])))
    return ids, texts


def _shown(message: Says | Reverts | Picks) -> str:
    """A message on one line."""
    if isinstance(message, Says):
        return repr(message.text)
    if isinstance(message, Picks):
        return f"picks {message.node} {message.title!r}"
    number = " with a number" * message.own_number
    return f"reverts {message.node} {message.form.value}, keeps {message.kept}{number}"


def text_of(script: Script, at: int, ids: Sequence[str], texts: Sequence[str]) -> str:
    """The message of the node at a position, given the ids and messages of all earlier ones."""
    message = script.nodes[at].message
    if isinstance(message, Says):
        return message.text
    old = texts[message.node]
    if isinstance(message, Picks):
        title, _, rest = old.partition("\n")
        body = f"{message.title or title}\n{rest}".rstrip()
        return f"{body}\n\n(cherry picked from commit {ids[message.node]})\n"
    title, body = _taken_back(message, script.nodes[message.node], ids, old)
    return f"{title}{f' (#{at})' * message.own_number}\n{body}"


def _taken_back(message: Reverts, target: Node, ids: Sequence[str], old: str) -> tuple[str, str]:
    """Title and body of a revert of ``target``, whose message is ``old``."""
    title = old.partition("\n")[0]
    by_id = f"\nThis reverts commit {ids[message.node]}.\n"
    if len(target.parents) > 1:
        kept = ids[target.parents[message.kept]]
        by_id = f"{by_id[:-2]}, reversing\nchanges made to {kept}.\n"
    conventional = f"revert: {title}"
    return {
        Form.ID: (f'Revert "{title}"', by_id),
        Form.TITLE: (f'Revert "{title}"', ""),
        Form.BUTTON: (
            f'Revert "{_pull_title(old)}"',
            f"\nReverts acme/boat#{number_of(title)}\n",
        ),
        Form.CONVENTIONAL_ID: (conventional, by_id),
        Form.CONVENTIONAL_TITLE: (conventional, ""),
        Form.REFS: (conventional, f"\nRefs: {ids[message.node]}\n"),
        Form.REAPPLY: (title.replace("Revert ", "Reapply ", 1), by_id),
    }[message.form]


def number_of(title: str) -> str:
    """The number of the pull request that a title was merged by, or an empty text."""
    if title.startswith("Merge pull request #"):
        return title.split()[3][1:]
    return title[:-1].rpartition(" (#")[2] if title.endswith(")") and " (#" in title else ""


def _pull_title(text: str) -> str:
    """What the pull request was called that a commit was merged by."""
    title, _, body = text.partition("\n\n")
    return body if title.startswith("Merge pull request #") else title.rpartition(" (#")[0]


def _commit(node: Node, ids: Sequence[str], text: str) -> bytes:
    """A commit as git stores it."""
    parents = b"".join(b"parent %s\n" % ids[parent].encode() for parent in node.parents)
    stamp = b"%s %d +0000" % (_PERSON, node.time)
    tree = _id(*_EMPTY_TREE).encode()
    head = b"tree %s\n%sauthor %s\ncommitter %s\n\n" % (tree, parents, stamp, stamp)
    return head + text.encode()


def _tagged(path: Path, tag: Tag, script: Script, ids: Sequence[str]) -> str:
    """The id that a tag's ref holds."""
    target = ids[tag.node]
    if not tag.annotated:
        return target
    stamp = b"%s %d +0000" % (_PERSON, script.nodes[tag.node].time)
    names = (target.encode(), tag.name.encode(), stamp)
    return _write(path, b"tag", b"object %s\ntype commit\ntag %s\ntagger %s\n\nnotes\n" % names)


def _id(kind: bytes, content: bytes) -> str:
    """The id git gives an object."""
    return hashlib.sha1(_stored(kind, content), usedforsecurity=False).hexdigest()


def _stored(kind: bytes, content: bytes) -> bytes:
    """An object before compression."""
    return b"%s %d\0%s" % (kind, len(content), content)


def _write(path: Path, kind: bytes, content: bytes) -> str:
    """Write one loose object; return its id."""
    name = _id(kind, content)
    folder = path / "objects" / name[:2]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name[2:]).write_bytes(zlib.compress(_stored(kind, content), 1))
    return name
