"""Builds real git repositories for the tests, the same to the last byte on every machine.

Git runs here under an environment of its own (no home directory, no configuration, C locale,
pinned identity and clock), so that only the code under test sees the environment of a test.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.loose_objects import LooseObjects

EPOCH = 1_704_067_200
"""2024-01-01T00:00:00Z, the date of a repository's first commit; each later one adds a minute."""

MINUTE = 60
AUTHOR = "Ada Lovelace <ada@example.org>"
"""Names and addresses as git stores them; bytes that are not UTF-8 are surrogate-escaped."""
COMMITTER = AUTHOR

REPOSITORY_CONFIG = """\
[gc]
\tauto = 0
[maintenance]
\tauto = false
[commit]
\tgpgSign = false
[tag]
\tgpgSign = false
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[receive]
\tdenyCurrentBranch = ignore
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A commit of :meth:`GitRepo.graph`: ``parents`` are positions of earlier nodes."""

    message: str | bytes
    parents: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    annotated_tags: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    date: int | None = None
    author: str = AUTHOR


_folder = tempfile.TemporaryDirectory(prefix="empty-")
_empty: dict[tuple[str, str], Path] = {}
"""Empty repositories, by what was made of them: each is made once, and copied."""


def _git_init(path: Path, object_format: str, options: Sequence[str]) -> None:
    """Let git make an empty repository."""
    path.mkdir(parents=True)
    template = path.parent / f"{path.name}.template"
    template.mkdir()
    (template / "config").write_text(REPOSITORY_CONFIG)
    how = ("--quiet", f"--object-format={object_format}", f"--template={template}", *options)
    GitRepo(path).git("init", *how)


def counting(folder: Path) -> tuple[Path, dict[str, str]]:
    """A file that gets a line for each start of git, and the variables with which it does."""
    folder.mkdir()
    log, git = folder / "log", folder / "git"
    git.write_text(f'#!/bin/sh\necho "$1" >> {log}\nPATH=${{PATH#*:}} exec git "$@"\n')
    git.chmod(0o755)
    return log, {"PATH": f"{folder}:{os.environ['PATH']}"}


def clean_env(home: Path) -> dict[str, str]:
    """The environment that git is run in by the builder: nothing of the caller's but ``PATH``."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C",
        "TZ": "UTC",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_EDITOR": "true",
    }


class GitRepo:
    """One repository at ``path``; commits and tags take their date from its own clock."""

    def __init__(self, path: Path, *, home: Path | None = None) -> None:
        self.path = path
        self._home = home or path.parent
        self._now = EPOCH

    @cached_property
    def _loose(self) -> LooseObjects:
        """What is written without git; read when the repository is there."""
        return LooseObjects(self.path)

    @classmethod
    def init(
        cls, path: Path, *, bare: bool = False, branch: str = "main", object_format: str = "sha1"
    ) -> "GitRepo":
        """Create an empty repository whose unborn branch is ``branch``."""
        key = "bare" if bare else "whole", object_format
        if key not in _empty:
            # A folder of its own: threads and forks of this process may make one meanwhile.
            folder = Path(tempfile.mkdtemp(dir=_folder.name), "empty")
            _git_init(folder, object_format, ["--bare"] if bare else [])
            _empty[key] = folder
        path.mkdir(parents=True, exist_ok=True)
        shutil.copytree(_empty[key], path, dirs_exist_ok=True)
        (path / ("" if bare else ".git") / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
        return cls(path)

    @property
    def url(self) -> str:
        """The repository as a ``file://`` address, which git treats as a remote one."""
        return self.path.as_uri()

    @property
    def head(self) -> str:
        """The id of the commit that HEAD names."""
        return self._known_head() or self.git("rev-parse", "--verify", "HEAD^{commit}")

    def git(
        self,
        *args: str,
        stdin: str | bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> str:
        """Run git in the repository and return what it printed, without the last line end.

        Raises:
            RuntimeError: git failed; the message carries the command and what it said.
        """
        done = subprocess.run(
            ["git", *args],
            cwd=self.path,
            env=clean_env(self._home) | self._stamp() | dict(env or {}),
            input=_bytes(stdin),
            capture_output=True,
            check=False,
        )
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace")
            raise RuntimeError(f"git {' '.join(args)}: exit {done.returncode}: {said}")
        return done.stdout.decode(errors="surrogateescape").removesuffix("\n")

    def commit(
        self,
        message: str | bytes,
        *,
        files: Mapping[str, str | bytes] | None = None,
        date: int | None = None,
        author: str = AUTHOR,
        encoding: str | None = None,
    ) -> str:
        """Commit ``message``, byte for byte, on the current branch and return the new id.

        Without ``files`` the commit is empty. ``date`` is in seconds since 1970 and stands for
        author and committer; ``encoding`` is written to the commit's header, and the message must
        then be bytes in that encoding.
        """
        when = self._now if date is None else date
        known = self._known_head()
        parents = [known] if known else []
        if known is None:
            parents = self.git("rev-parse", "--revs-only", "HEAD").split()
        lines = [f"parent {parent}" for parent in parents]
        lines += [f"author {author} {when} +0000", f"committer {COMMITTER} {when} +0000"]
        lines += [f"encoding {encoding}"] if encoding else []
        rest = b"%s\n\n%s" % (_bytes("\n".join(lines)), _bytes(message))
        tree = None if files or known is None else self._loose.tree(known)
        self._now += MINUTE
        branch = "" if known is None else self._loose.branch()
        return self._committed(tree or self._tree(files or {}), rest, branch)

    def _committed(self, tree: str, rest: bytes, branch: str) -> str:
        """Write a commit and move the branch to it: by git, where it is no plain branch."""
        if branch:
            made = self._loose.commit(tree, rest)
            if self._loose.move(branch, made):
                return made
        raw = b"tree %s\n%s" % (tree.encode(), rest)
        made = self.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw)
        self.git("update-ref", "HEAD", made)
        return made

    def _known_head(self) -> str | None:
        """The commit that the branch has which is checked out; None where git has to tell."""
        branch = self._loose.branch()
        return self._loose.read(branch) if branch else None

    def commits(self, *messages: str | bytes) -> list[str]:
        """Commit each message, empty, one after the other; return the ids."""
        return [self.commit(message) for message in messages]

    def tag(self, name: str, target: str = "HEAD", *, message: str | None = None) -> None:
        """Tag ``target``: lightweight, or annotated where a ``message`` is given."""
        commit = (self._known_head() if target == "HEAD" else target) or ""
        stamp = f"tagger {COMMITTER} {self._now} +0000\n\n{message}"
        told = b"" if message is None else _bytes(stamp)
        if self._loose.is_commit(commit) and self._loose.tag(name, commit, told):
            return
        options = [] if message is None else ["--annotate", "--cleanup=verbatim", "-m", message]
        self.git("tag", *options, name, target)

    def tags(self) -> dict[str, str]:
        """The objects that tags name, by the tags' names; read without git."""
        return self._loose.refs("refs/tags/")

    def switch(self, branch: str, *, at: str | None = None) -> None:
        """Go to ``branch``, created at the commit ``at`` where that is given."""
        if at is None:
            self.git("switch", "--quiet", branch)
        else:
            self.git("switch", "--quiet", "--create", branch, at)

    def detach(self, at: str = "HEAD") -> None:
        """Detach HEAD at a commit, as CI services check out."""
        self.git("switch", "--quiet", "--detach", at)

    def merge(self, *others: str, message: str | None = None) -> str:
        """Merge ``others`` (two or more make an octopus) in a commit of its own; return its id."""
        options = [] if message is None else ["-m", message]
        self.git(
            "merge", "--quiet", "--no-ff", "--no-edit", "--cleanup=verbatim", *options, *others
        )
        self._now += MINUTE
        return self.head

    def revert(self, commit: str, *, mainline: int | None = None) -> str:
        """Commit what ``git revert`` writes for ``commit``; ``mainline`` for a merge."""
        subject = self.git("show", "--no-patch", "--format=%s", commit)
        full = self.git("rev-parse", commit)
        reverted = f"This reverts commit {full}."
        if mainline is not None:
            parent = self.git("rev-parse", f"{commit}^{mainline}")
            reverted = f"This reverts commit {full}, reversing\nchanges made to {parent}."
        return self.commit(f'Revert "{subject}"\n\n{reverted}\n')

    def cherry_pick(self, commit: str) -> str:
        """Commit what ``git cherry-pick -x`` writes for ``commit``; return the new id."""
        message = self.git("show", "--no-patch", "--format=%B", commit).rstrip("\n")
        full = self.git("rev-parse", commit)
        return self.commit(f"{message}\n\n(cherry picked from commit {full})\n")

    def clone(
        self,
        path: Path,
        *given: str,
        depth: int | None = None,
        filter_spec: str | None = None,
        tags: bool = True,
        bare: bool = False,
    ) -> "GitRepo":
        """Clone over ``file://`` to ``path``: shallow by ``depth``, partial by ``filter_spec``."""
        options = [*given, *([f"--depth={depth}"] if depth else [])]
        options += [f"--filter={filter_spec}"] if filter_spec else []
        options += [] if tags else ["--no-tags"]
        options += ["--bare"] if bare else []
        self.git("clone", "--quiet", "--template=", *options, self.url, str(path))
        copy = GitRepo(path)
        copy._now = self._now
        return copy

    def copied(self, path: Path) -> "GitRepo":
        """The same repository where its folder was copied to."""
        copy = GitRepo(path)
        copy._now = self._now
        return copy

    def graph(self, nodes: Sequence[Node]) -> list[str]:
        """Write a whole history of empty commits in one git process; return the ids in order.

        Each node without a date takes the clock's next minute. HEAD's branch ends on the last
        node, unless a node names that branch among its own.
        """
        branch = self.git("symbolic-ref", "HEAD")
        stream: list[bytes] = []
        for mark, node in enumerate(nodes, 1):
            stream += self._node(mark, node)
        if nodes and not any(branch == f"refs/heads/{b}" for n in nodes for b in n.branches):
            stream.append(_ref(branch, len(nodes)))
        stream += [b"get-mark :%d\n" % mark for mark in range(1, len(nodes) + 1)]
        stream.append(b"done\n")
        printed = self.git("fast-import", "--quiet", "--done", stdin=b"".join(stream))
        self.git("update-ref", "-d", SCRATCH)
        return printed.split()

    def _node(self, mark: int, node: Node) -> Iterable[bytes]:
        date = self._now if node.date is None else node.date
        self._now += MINUTE
        yield b"reset %s\n" % SCRATCH.encode()
        yield b"commit %s\nmark :%d\n" % (SCRATCH.encode(), mark)
        yield b"author %s %d +0000\n" % (_bytes(node.author), date)
        yield b"committer %s %d +0000\n" % (_bytes(COMMITTER), date)
        yield _data(node.message)
        for position, parent in enumerate(node.parents):
            yield b"%s :%d\n" % (b"merge" if position else b"from", parent + 1)
        yield b"\n"
        for branch in node.branches:
            yield _ref(f"refs/heads/{branch}", mark)
        for tag in node.tags:
            yield _ref(f"refs/tags/{tag}", mark)
        for tag in node.annotated_tags:
            yield b"tag %s\nfrom :%d\n" % (_bytes(tag), mark)
            yield b"tagger %s %d +0000\n%s" % (_bytes(COMMITTER), date, _data(tag))

    def _tree(self, files: Mapping[str, str | bytes]) -> str:
        """The tree of the next commit: HEAD's own, or the index with ``files`` written."""
        if not files:
            known = self.git("rev-parse", "--revs-only", "HEAD^{tree}")
            return known or self.git("mktree")
        for name, content in files.items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_bytes(content))
        self.git("add", "--", *files)
        return self.git("write-tree")

    def _stamp(self) -> dict[str, str]:
        """Who and when for what git writes itself: annotated tags and merges."""
        name, _, address = COMMITTER.rpartition(" <")
        when = f"@{self._now} +0000"
        return {
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": address.removesuffix(">"),
            "GIT_AUTHOR_DATE": when,
            "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": address.removesuffix(">"),
            "GIT_COMMITTER_DATE": when,
        }


SCRATCH = "refs/scratch/graph"
"""Where fast-import builds, so that no branch moves before it is told to."""


def _bytes(text: str | bytes) -> bytes:
    return text.encode(errors="surrogateescape") if isinstance(text, str) else text


def _data(text: str | bytes) -> bytes:
    raw = _bytes(text)
    return b"data %d\n%s\n" % (len(raw), raw)


def _ref(name: str, mark: int) -> bytes:
    return b"reset %s\nfrom :%d\n\n" % (_bytes(name), mark)
