"""Git: what a question about versions reads, history and the remote's tags."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from tagboat.core.commits.commit import FileChanges, RepositoryInfo, Visit
from tagboat.core.version.tag import Ref


class History(Protocol):
    """Reads a repository's history. Every id is a full object id."""

    def facts(self) -> RepositoryInfo:
        """Look at the repository. Raises OutsideError or UsageError where there is none."""
        ...

    def resolve(self, revision: str) -> str:
        """The id of the commit a revision names. Raises UsageError where it names none."""
        ...

    def walk(
        self, include: str, exclude: Sequence[str] = (), *, edges: bool = False
    ) -> Iterator[Visit]:
        """The commits reachable from ``include`` and from none of ``exclude``, in any order.

        Where dates run backwards there may be some that ``exclude`` reaches as well. With
        ``edges``, also the excluded commits that are parents of one of them.
        """
        ...

    def known_non_ancestors(self, origin: str) -> frozenset[str]:
        """What is known, without looking, to be neither ``origin`` nor an ancestor of it."""
        ...

    def not_ancestors(self, candidates: Iterable[str], origin: str) -> set[str]:
        """Those candidates that are commits and not ``origin`` or an ancestor of it."""
        ...

    def ancestors(self, candidates: Iterable[str], origin: str) -> set[str]:
        """Those candidates that are ``origin`` or an ancestor of it; they need not exist here."""
        ...

    def descendants(self, candidates: Iterable[str], origin: str) -> set[str]:
        """Those candidates that are commits and ``origin`` or based on it."""
        ...

    def independent(self, commits: Sequence[str]) -> set[str]:
        """Those of some commits that no other of them reaches, whatever their dates say."""
        ...

    def changed_files(
        self, include: str, exclude: Sequence[str] = (), paths: Sequence[str] = ()
    ) -> dict[str, FileChanges]:
        """The files that each commit of a walk changes, merges against their first parent.

        A renamed file is there under both names. With ``paths`` only what is below them.
        """
        ...

    def walk_with_files(
        self, include: str, exclude: Sequence[str]
    ) -> Iterator[tuple[Visit, FileChanges]]:
        """A `walk` with edges, each commit with the files that it changes as `changed_files`.

        It begins at once, and goes on while others work.
        """
        ...

    def oldest(self, commits: Iterable[str]) -> str:
        """The oldest of those commits that are here, by date; empty where none is."""
        ...

    def common_ancestor(self, commits: Sequence[str]) -> str:
        """A commit that all of some reach; an empty text where there is none."""
        ...

    def objects(self, names: Sequence[str]) -> list[str]:
        """The ids of what names such as ``COMMIT:PATH`` lead to; empty for what is not there."""
        ...

    def begin_files(self, commit: str) -> Callable[[], list[str]]:
        """Begin to list the paths of all files of a commit: none where its trees are not here."""
        ...

    def texts(self, names: Sequence[str]) -> list[str | None]:
        """The texts of the same, of blobs and annotated tags; None for what is not there."""
        ...

    def messages(self, ids: Sequence[str]) -> dict[str, str]:
        """The messages of those ids that are commits here, without the line ends behind them."""
        ...

    def newest_tag(self, names: Sequence[str]) -> str:
        """Which of some tags was made last."""
        ...

    def tag_times(self) -> dict[str, int]:
        """When each tag was made, in seconds since 1970: the tagger's date or the commit's."""
        ...

    def begin_tag_times(self) -> Callable[[], dict[str, int]]:
        """Begin to look up `tag_times`; what is returned waits for them."""
        ...

    def authors(self, origin: str) -> frozenset[str]:
        """The e-mail addresses of all authors of ``origin`` and its ancestors, in lower case."""
        ...


class Remote(Protocol):
    """The remote a repository was cloned from."""

    def name(self) -> str | None:
        """What the repository calls it; None where it has no remote."""
        ...

    def tags(self) -> tuple[Ref, ...] | None:
        """Its tags, peeled; None where the repository has no remote. Raises OutsideError."""
        ...

    def deepen(self, depth: int | None) -> bool:
        """Fetch ``depth`` more commits of history and all tags; None for all of it.

        Returns False where the repository has no remote. Raises OutsideError.
        """
        ...

    def fetch(self, tags: Sequence[str]) -> None:
        """Fetch what some of its tags lead to; no ref changes. Raises OutsideError."""
        ...
