"""Objects and refs written as git writes them, without a process: builders make tens of thousands.

The formats are those of https://git-scm.com/docs/gitrepository-layout, with refs as files. What is
not as plain as that (a linked work tree, a detached HEAD, reftables, a packed object) is git's.
"""

import hashlib
import re
import zlib
from pathlib import Path
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9+_-]*(\.[A-Za-z0-9+_-]+)*")
_ID: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class LooseObjects:
    """What git keeps in one of its folders; None wherever git itself has to be asked."""

    def __init__(self, path: Path) -> None:
        inside = path / ".git"
        self._folder = inside if inside.exists() else path
        self._hash = ""
        self._trees: dict[str, str] = {}

    def branch(self) -> str:
        """The full name of the branch that is checked out; empty where there is none."""
        text = self._text("HEAD") or ""
        return text.removeprefix("ref: ").strip() if text.startswith("ref: refs/") else ""

    def read(self, ref: str) -> str | None:
        """The id that a ref names; empty where it is none."""
        text = self._text(ref)
        if text is not None:
            return text.strip() if _ID.fullmatch(text.strip()) else None
        for line in (self._text("packed-refs") or "").splitlines():
            if line.endswith(f" {ref}"):
                return line.partition(" ")[0]
        return None if (self._folder / "reftable").exists() else ""

    def refs(self, prefix: str) -> dict[str, str]:
        """The ids that all refs below a folder name, by the rest of their names."""
        pairs = [line.split(" ") for line in (self._text("packed-refs") or "").splitlines()]
        found = {pair[1]: pair[0] for pair in pairs if _ID.fullmatch(pair[0])}
        for path in sorted((self._folder / prefix).rglob("*")):
            if path.is_file() and not path.name.endswith(".lock"):
                found[str(path.relative_to(self._folder))] = path.read_text().strip()
        own = {name: made for name, made in found.items() if name.startswith(prefix)}
        return {name.removeprefix(prefix): made for name, made in own.items()}

    def is_commit(self, name: str) -> bool:
        """Whether an id is that of a commit that was written here."""
        return name in self._trees

    def tree(self, commit: str) -> str | None:
        """The tree of a commit, of none the empty one."""
        if not commit:
            return self._write(b"tree", b"")
        if commit not in self._trees:
            path = self._folder / "objects" / commit[:2] / commit[2:]
            if not path.is_file():
                return None
            content = zlib.decompress(path.read_bytes()).partition(b"\0")[2]
            self._trees[commit] = content.split(b"\n", 1)[0].removeprefix(b"tree ").decode()
        return self._trees[commit]

    def commit(self, tree: str, rest: bytes) -> str:
        """Write a commit: its tree, and what stands below that line."""
        made = self._write(b"commit", b"tree %s\n%s" % (tree.encode(), rest))
        self._trees[made] = tree
        return made

    def move(self, ref: str, commit: str) -> bool:
        """Let a ref name a commit; False where that is not to be done like this."""
        path = self._folder / ref
        if path.is_dir() or not (self._folder / "refs").is_dir():
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{commit}\n")
        return True

    def tag(self, name: str, commit: str, told: bytes = b"") -> bool:
        """Write a new tag, annotated where something is ``told``; False where that is for git."""
        ref = f"refs/tags/{name}"
        if not _PLAIN.fullmatch(name) or name.endswith(".lock") or self.read(ref) != "":
            return False
        head = b"object %s\ntype commit\ntag %s\n" % (commit.encode(), name.encode())
        return self.move(ref, self._write(b"tag", head + told) if told else commit)

    def _write(self, kind: bytes, content: bytes) -> str:
        """Write an object, and return its id."""
        whole = b"%s %d\0%s" % (kind, len(content), content)
        name = hashlib.new(self._algorithm(), whole).hexdigest()
        path = self._folder / "objects" / name[:2] / name[2:]
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(zlib.compress(whole, 1))
            path.chmod(0o444)
        return name

    def _algorithm(self) -> str:
        """What ids are made by."""
        config = (self._text("config") or "").lower()
        self._hash = self._hash or ("sha256" if "objectformat = sha256" in config else "sha1")
        return self._hash

    def _text(self, name: str) -> str | None:
        """A file of git's; None where there is none."""
        try:
            return (self._folder / name).read_text(errors="surrogateescape")
        except OSError:
            return None
