"""Asset files: found by patterns, kept aside as they were found, and given away in a folder."""

import glob
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import BinaryIO, Self

from tagboat.adapters.repository_files import RepositoryFiles, folder_named
from tagboat.core.errors import OutsideError, UsageError
from tagboat.core.forge.release import NOTES_FILE, RECORD_FILE, Asset
from tagboat.ports.forge import Source

_BLOCK = 1 << 18
_MOST = 1 << 34
"""How many bytes an asset has at most: 16 GiB, more than any forge takes."""
_UNKNOWN = "application/octet-stream"
_ENCODED = {
    "gzip": "application/gzip",
    "bzip2": "application/x-bzip2",
    "xz": "application/x-xz",
    "br": _UNKNOWN,
}


class AssetFolders:
    """The files below some folders; a pattern is looked for in the first that has any for it.

    ``aside`` is a folder for copies, made when it is needed and left to whoever named it. Links
    are followed as long as they stay inside.
    """

    def __init__(self, folders: Sequence[str], aside: str) -> None:
        self._folders = [RepositoryFiles(folder) for folder in folders if folder]
        self._aside = aside

    def collect(self, patterns: Sequence[str]) -> tuple[Asset, ...]:
        """See `tagboat.ports.AssetFiles`."""
        found = _by_asset_name(chain.from_iterable(map(self._required, patterns)))
        shutil.rmtree(self._aside, ignore_errors=True)
        return tuple(self._kept(name, *place) for name, place in found.items())

    def present(self, patterns: Sequence[str]) -> tuple[Asset, ...]:
        """See `tagboat.ports.AssetFiles`."""
        found = _by_asset_name(chain.from_iterable(map(self._named, patterns)))
        return tuple(Asset(name, _bytes_of(*place), "") for name, place in found.items())

    def source(self, patterns: Sequence[str], asset: Asset) -> Source | None:
        """See `tagboat.ports.AssetFiles`."""
        aside = [(RepositoryFiles(self._aside), asset.name)]
        inside = (
            (f, path) for each in patterns for f in self._folders for path in _files_in(f, each)
        )
        for folder, path in (*aside, *inside):
            if os.path.basename(path) == asset.name and _is(folder, path, asset):
                return partial(_opened, folder, path)
        return None

    def content_type(self, name: str) -> str:
        """See `tagboat.ports.AssetFiles`; of a compressed file the compression."""
        import mimetypes

        kind, encoding = mimetypes.guess_type(name)
        return _ENCODED.get(encoding, _UNKNOWN) if encoding else kind or _UNKNOWN

    def written(self, name: str, text: str) -> tuple[Asset, Source]:
        """See `tagboat.ports.AssetFiles`."""
        data = text.encode("utf-8", "surrogateescape")
        asset = Asset(name, len(data), hashlib.sha256(data).hexdigest())
        return asset, partial(io.BytesIO, data)

    def _named(self, pattern: str) -> list[tuple[RepositoryFiles, str]]:
        """The files that a pattern names, sorted."""
        for folder in self._folders:
            found = list(_files_in(folder, pattern, is_strict=True))
            if found:
                return [(folder, path) for path in sorted(found)]
        return []

    def _required(self, pattern: str) -> list[tuple[RepositoryFiles, str]]:
        """The same. Raises UsageError where there are none."""
        found = self._named(pattern)
        if not found:
            raise UsageError(
                f"no file is there for forge.assets {pattern!r}",
                "build it before the release; it is looked for where the release is made, then in "
                "your work tree",
            )
        return found

    def _kept(self, name: str, folder: RepositoryFiles, path: str) -> Asset:
        """Copy a file aside, and say what it is."""
        try:
            os.makedirs(self._aside, exist_ok=True)
            with (
                _opened(folder, path) as file,
                open(os.path.join(self._aside, name), "wb") as copy,
            ):
                shutil.copyfileobj(file, copy, _BLOCK)
            size, sha256 = _measured(RepositoryFiles(self._aside), name)
        except OSError as error:
            raise OutsideError(f"the asset {path} can't be copied: {error.strerror}") from error
        return Asset(name, size, sha256)


class ArtefactFolder:
    """A folder that a person names for what releases are made of; a context manager.

    Files are gathered beside it. Where the block ends well they become the folder, at once, in the
    place of what an earlier run left there; else it stays as it was. Entering raises UsageError
    where something else is in it, or it can't be made.
    """

    def __init__(self, path: str) -> None:
        self.name = path
        self._place = folder_named(path)
        self._beside = ""

    def __enter__(self) -> Self:
        """Make sure of the folder, before anything is released."""
        self._refuse_others()
        above = os.path.dirname(self._place)
        try:
            os.makedirs(above, exist_ok=True)
            self._beside = tempfile.mkdtemp(dir=above, prefix=".tagboat-")
            os.mkdir(self._new)
        except OSError as error:
            raise UsageError(f"{self.name} can't be made: {error.strerror}") from error
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Put the files in place, unless something went wrong."""
        try:
            if kind is None:
                self._put_in_place()
        except OSError as error:
            raise OutsideError(f"{self.name} can't be filled: {error.strerror}") from error
        finally:
            shutil.rmtree(self._beside, ignore_errors=True)

    def keep(self, package: str, files: Iterable[tuple[Asset, Iterable[bytes]]]) -> None:
        """See `tagboat.ports.forge.Artefacts`."""
        root = RepositoryFiles(self._new)
        try:
            if package:
                shutil.rmtree(root.absolute(package), ignore_errors=True)
                root.make_folder(package)
            for asset, blocks in files:
                self._write(root, os.path.join(package, asset.name), asset, blocks)
        except OSError as error:
            raise OutsideError(f"{self.name} can't be filled: {error.strerror}") from error

    @property
    def _new(self) -> str:
        return os.path.join(self._beside, "new")

    def _write(
        self, root: RepositoryFiles, path: str, asset: Asset, blocks: Iterable[bytes]
    ) -> None:
        with open(root.absolute(path), "wb") as file:
            file.writelines(blocks)
        if _measured(root, path) != (asset.size, asset.sha256):
            raise OutsideError(
                f"{path} came out as another file than the release has", "run it again"
            )

    def _put_in_place(self) -> None:
        self._refuse_others()
        if os.path.lexists(self._place):
            os.rename(self._place, os.path.join(self._beside, "old"))
        os.rename(self._new, self._place)

    def _refuse_others(self) -> None:
        """Raise UsageError where the folder has what no run put there."""
        if os.path.ismount(self._place) or (
            os.path.lexists(self._place) and not os.path.isdir(self._place)
        ):
            raise UsageError(
                f"{self.name} can't be put in place", "name a folder that is not there"
            )
        for folder, folders, names in os.walk(self._place):
            links = (one for one in folders if os.path.islink(os.path.join(folder, one)))
            others = sorted({*names, *links} - _kept_names(folder))
            if others:
                other = os.path.relpath(os.path.join(folder, others[0]), self._place)
                raise UsageError(
                    f"{self.name} is not empty: {other} is there, which no release put there",
                    "empty it, or name another folder",
                )


def _kept_names(folder: str) -> set[str]:
    """The names of the files that a run has left in a folder, by the record among them."""
    try:
        record = json.loads(RepositoryFiles(folder).text(RECORD_FILE) or "{}")
        names = {str(one["name"]) for one in record["assets"]}
    except (ValueError, LookupError, TypeError, UsageError):
        return set()
    return {RECORD_FILE, NOTES_FILE, *names}


def _by_asset_name(
    found: Iterable[tuple[RepositoryFiles, str]],
) -> dict[str, tuple[RepositoryFiles, str]]:
    """Files by the names of their assets. Raises UsageError for two of one name."""
    by_name: dict[str, tuple[RepositoryFiles, str]] = {}
    for folder, path in found:
        name = os.path.basename(path)
        first = by_name.setdefault(name, (folder, path))
        if first != (folder, path):
            raise UsageError(
                f"two files would be the asset {name!r}: {first[1]} and {path}",
                "files of a release have different names, whatever their folders",
            )
    return by_name


def _bytes_of(folder: RepositoryFiles, path: str) -> int:
    """A file's size in bytes."""
    with _opened(folder, path) as file:
        return file.seek(0, os.SEEK_END)


def _files_in(folder: RepositoryFiles, pattern: str, *, is_strict: bool = False) -> Iterator[str]:
    """The regular files in a folder that a pattern names; ``is_strict`` raises for those outside.

    A name with the signs of a pattern is a name first.
    """
    for path in folder.matching(glob.escape(pattern)) or folder.matching(pattern):
        if is_strict:
            _require_name(path)
        try:
            if os.path.isfile(folder.absolute(path)):
                yield path
        except UsageError:
            if is_strict:
                raise


def _require_name(path: str) -> None:
    """Raise UsageError where a file's name can't be written down in a tag's message."""
    name = os.path.basename(path)
    if not name.isprintable() or name != name.strip():
        raise UsageError(f"the name {name!r} can't be that of an asset", "rename the file")


def _is(folder: RepositoryFiles, path: str, asset: Asset) -> bool:
    """Whether a file has an asset's content."""
    try:
        file = folder.opened(path, asset.size)
        if file is None:
            return False
        with file:
            return _measured(folder, path) == (asset.size, asset.sha256)
    except (OSError, UsageError):
        return False


def _measured(folder: RepositoryFiles, path: str) -> tuple[int, str]:
    """A file's size in bytes, and its SHA-256 in hexadecimal."""
    size, digest = 0, hashlib.sha256()
    with _opened(folder, path) as file:
        while block := file.read(_BLOCK):
            size += len(block)
            digest.update(block)
    return size, digest.hexdigest()


def _opened(folder: RepositoryFiles, path: str) -> BinaryIO:
    file = folder.opened(path, _MOST)
    if file is None:
        raise OutsideError(f"the asset {path} is gone", "run the same command again")
    return file
