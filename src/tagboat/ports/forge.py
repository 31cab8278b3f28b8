"""Forges and the files of releases, as the use cases need them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO, Protocol

from tagboat.core.forge.release import Asset, ForgeRelease, Item, ReleaseDraft, ReleaseState

Source = Callable[[], BinaryIO]
"""Opens an asset's content for reading, from its first byte, each time it is called."""


class Forge(Protocol):
    """The releases of one repository on a forge.

    Every method looks first, does what is missing and looks again, so that each may be called
    again after any failure, on any machine. All raise OutsideError where the token or the
    repository is wrong, or the forge did not answer within its budget, and ConflictError where
    something else stands in the way.
    """

    def refuses(self, assets: Sequence[Asset]) -> str:
        """Why the forge takes no such files, whatever they hold; empty where it does."""
        ...

    def check_writing(self, tag: str) -> None:
        """Make sure that a release of a tag may be made, before anything is; writes nothing.

        Raises OutsideError for a repository that is not there, has another name or takes no
        releases, and for a token that may not write; ConflictError for a release of others.
        """
        ...

    def find(self, tag: str) -> ReleaseState:
        """What is there for a tag; drafts are found by our marker in their text."""
        ...

    def draft(self, wanted: ReleaseDraft) -> ReleaseState:
        """Make sure of one draft of ours, adopting one that is there and deleting its doubles.

        A release of ours that is public already is returned as it is; nothing is changed.
        """
        ...

    def holds(self, release: ForgeRelease, asset: Asset) -> bool:
        """Whether a release has an asset as it should be, read back where no digest is told.

        ``release`` is as the caller saw it last: it is looked at again only where that lacks it.
        """
        ...

    def upload(self, release: ForgeRelease, asset: Asset, source: Source) -> None:
        """Make sure that a release holds an asset, its size and digest checked afterwards.

        ``release`` is as the caller saw it last: the forge is looked at again only where its answer
        is not as it should be. A broken or different file of that name in a draft is replaced; in
        a public release it is a conflict.
        """
        ...

    def content(self, release: ForgeRelease, asset: Asset) -> Iterator[bytes]:
        """Download an asset that the release `holds`."""
        ...

    def publish(self, release: ForgeRelease, wanted: ReleaseDraft) -> ReleaseState:
        """Make a draft public once it holds every asset that is wanted.

        The tag must be on the forge: no tag is ever made here. Text that a person has edited stays.
        Of several files of one name the oldest good one is left, also in a public release: another
        run may have published it while an upload was on its way.
        """
        ...

    def latest_tag(self) -> str | None:
        """The tag of the release that is shown as the latest, empty where there is none.

        None where the forge chooses it by itself.
        """
        ...

    def make_latest(self, release: ForgeRelease) -> None:
        """Show a public release as the latest, unless the forge chooses that by itself."""
        ...

    def comment(self, item: Item, text: str, tag: str) -> bool:
        """Say something about a release on an issue, once; False where there is no such issue."""
        ...

    def label(self, item: Item, label: str) -> bool:
        """Make sure that an issue has a label; False where there is no such issue."""
        ...


class ForgeAccess(Protocol):
    """The way to a forge, which is not taken before it is needed."""

    @property
    def name(self) -> str:
        """The forge and the repository on it, for a person."""
        ...

    @property
    def fault(self) -> str:
        """Why nothing can be changed there; empty where nothing is known to stand in the way."""
        ...

    def to_change(self) -> Forge:
        """The forge, to look and to change. Raises RepositoryError where there is no way in."""
        ...

    def to_read(self) -> Forge:
        """The forge for looking alone: some show what is public to everybody.

        Raises RepositoryError where there is no way in.
        """
        ...


class LoginSource(Protocol):
    """Tells whose commits are, by the names that a forge has for people."""

    def logins(self, authors: Mapping[str, str], *, afresh: bool = False) -> dict[str, str]:
        """The logins of people whom the forge knows, by commit.

        ``authors`` are e-mail addresses in lower case, each with a commit of its owner's. What was
        told lately need not be asked for again, unless ``afresh`` is. Raises OutsideError, and
        RepositoryError where there is no way to ask.
        """
        ...


class AssetFiles(Protocol):
    """The files that releases get, on this machine."""

    def collect(self, patterns: Sequence[str]) -> "tuple[Asset, ...]":
        """The files that patterns name where the release is made, else in the user's work tree.

        They are kept aside: `source` finds them as they were, whatever happens to their folders.
        Raises UsageError for a pattern that names no file, for two files of one name, and for a
        file that can't be an asset or is outside.
        """
        ...

    def present(self, patterns: Sequence[str]) -> "tuple[Asset, ...]":
        """The files that patterns name as things are now, unread: without their digests.

        A pattern that names none as yet is no fault. Raises UsageError otherwise as `collect` does.
        """
        ...

    def source(self, patterns: Sequence[str], asset: Asset) -> Source | None:
        """Where a file with an asset's name, size and digest can be read; None where there is none.

        Looked for among what was collected, then in the folders as they are now.
        """
        ...

    def content_type(self, name: str) -> str:
        """What a file holds, as its name tells: a media type."""
        ...

    def written(self, name: str, text: str) -> "tuple[Asset, Source]":
        """A file that holds a text, and where it can be read."""
        ...


class Artefacts(Protocol):
    """A folder that gets what releases are made of, for whoever comes after the run."""

    @property
    def name(self) -> str:
        """The folder, for a person."""
        ...

    def keep(self, package: str, files: "Iterable[tuple[Asset, Iterable[bytes]]]") -> None:
        """Have these files of a package alone, each with the content that is given with it.

        Of two of one name the later one counts. Raises OutsideError where a file can't be written,
        or comes out as another one.
        """
        ...
