"""Which packages commits belong to: by the files that they change, and by what footers say."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from tagboat.core.changes.squash import SquashMode, read_commit
from tagboat.core.commits.commit import Commit, FileChanges
from tagboat.core.next_version.package import Package, PackageSet
from tagboat.core.packages import Owners, as_of, unmatched

if TYPE_CHECKING:
    from tagboat.ports.git import History

_FOOTER = "package"
_EVERY = "*"


def begin_unmatched(
    history: "History", among: PackageSet, commit: str | None
) -> Callable[[], list[str]]:
    """Begin to look for paths of packages that no file of a commit fits.

    What is returned waits for it, and gives what to say.
    """
    if commit is None:
        return list
    listed = history.begin_files(commit)

    def told() -> list[str]:
        files = listed()
        return unmatched(among.packages, files) if files else []

    return told


class OwnedCommits:
    """The packages that the commits of a walk belong to.

    ``changes`` are the files of those commits. Each is judged by where the configuration that held
    then has the packages; those are read at once.
    """

    def __init__(
        self, history: "History", among: PackageSet, changes: Mapping[str, FileChanges]
    ) -> None:
        self._among = among
        self._changes = changes
        self._empty = {package.name for package in among.packages if package.empty == "all"}
        self._known = {package.name for package in among.packages}
        self._called = {old: package.name for package in among.packages for old in package.was}
        self._sources = self._sources_of(changes) if among.read is not None else {}
        self._then = packages_at(history, among, sorted(set(self._sources.values())))
        self._by_then: dict[int, Owners] = {}

    def of(self, commit: Commit) -> set[str]:
        """The names of the packages that a commit belongs to."""
        return self.called(footer_names(commit)) | self.by_files(commit.id)

    def by_files(self, commit: str) -> set[str]:
        """The names of those to which it belongs by what it changes."""
        change = self._changes.get(commit)
        if change is None:
            return set()
        if not change.files:
            return self._empty
        return self._owners(commit).of_all(change.files) & self._known

    def called(self, names: Iterable[str]) -> set[str]:
        """The names of the packages that some names in footers mean."""
        if _EVERY in names:
            return set(self._known)
        return {self._called.get(name, name) for name in names} & self._known

    def strange(self, names: Iterable[str]) -> list[str]:
        """Those names in footers that no package has or had."""
        known = self._known | self._called.keys() | {_EVERY}
        return [name for name in names if name not in known]

    def _owners(self, commit: str) -> Owners:
        """Who owned files when a commit was made."""
        packages = self._then.get(self._sources.get(commit, ""), self._among.packages)
        found = self._by_then.get(id(packages))
        if found is None:
            found = self._by_then[id(packages)] = Owners(packages)
        return found

    def _sources_of(self, changes: Mapping[str, FileChanges]) -> dict[str, str]:
        """The commit from which each has its configuration: itself, or one on its first line."""
        files = frozenset(self._among.files)
        found: dict[str, str] = {}
        for start in changes:
            line: list[str] = []
            current = start
            while current in changes and current not in found:
                line.append(current)
                parents = changes[current].parents
                if not files.isdisjoint(changes[current].files) or not parents:
                    break
                current = parents[0]
            found.update(dict.fromkeys(line, found.get(current, current)))
        return found


def packages_at(
    history: "History", among: PackageSet, commits: Sequence[str]
) -> dict[str, tuple[Package, ...]]:
    """The packages as the configurations of some commits have them, read at once."""
    if among.read is None or not commits:
        return dict.fromkeys(commits, among.packages)
    names = [f"{commit}:{file}" for commit in commits for file in among.files]
    texts = iter(history.texts(names))
    known: dict[tuple[str | None, ...], tuple[Package, ...]] = {}
    found: dict[str, tuple[Package, ...]] = {}
    for commit in commits:
        held = tuple(next(texts) for _ in among.files)
        if held not in known:
            known[held] = as_of(among.packages, _configured(among, held))
        found[commit] = known[held]
    return found


def _configured(among: PackageSet, texts: Iterable[str | None]) -> Sequence[Package] | None:
    """The packages as the first of some texts that is a configuration has them."""
    read = among.read
    for file, text in zip(among.files, texts, strict=True):
        then = read(file, text) if text is not None and read is not None else None
        if then is not None:
            return then
    return None


def footer_names(commit: Commit) -> list[str]:
    """The packages that the footers of a commit name: ``Package: a, b``."""
    if _FOOTER not in commit.message.lower():  # a quick look first: few commits have one
        return []
    reading = read_commit(commit.message, SquashMode.OFF, merge=commit.is_merge)
    values = [f.value for f in reading.message.footers if f.token.lower() == _FOOTER]
    return [name for value in values for name in value.replace(",", " ").split()]


def owned_commits(
    history: "History", package: Package, head: str, exclude: Sequence[str] = ()
) -> OwnedCommits:
    """What tells which commits of a walk belong to a package."""
    among = package.among or PackageSet((package,))
    return OwnedCommits(history, among, history.changed_files(head, exclude))
