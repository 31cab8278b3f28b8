"""Asset files: found by patterns, and kept aside as they were when they were found."""

import glob
import hashlib
import io
import mimetypes
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import BinaryIO

from tagboat.core.errors import OutsideError, UsageError
from tagboat.core.forge.release import Asset
from tagboat.ports.forge import Source

_BLOCK = 1 << 18
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
        self._folders = [os.path.realpath(folder) for folder in folders if folder]
        self._aside = aside

    def collect(self, patterns: Sequence[str]) -> tuple[Asset, ...]:
        """See `tagboat.ports.AssetFiles`."""
        found: dict[str, str] = {}
        for pattern in patterns:
            for path in self._named(pattern):
                name = _file_name(path)
                if found.setdefault(name, path) != path:
                    raise UsageError(
                        f"two files would be the asset {name!r}: {found[name]} and {path}",
                        "files of a release have different names, whatever their folders",
                    )
        shutil.rmtree(self._aside, ignore_errors=True)
        return tuple(self._kept(name, path) for name, path in found.items())

    def source(self, patterns: Sequence[str], asset: Asset) -> Source | None:
        """See `tagboat.ports.AssetFiles`."""
        kept = os.path.join(self._aside, asset.name)
        inside = (
            path for pattern in patterns for f in self._folders for path in _files_in(f, pattern)
        )
        for path in (kept, *inside):
            if os.path.basename(path) == asset.name and _is(path, asset):
                return partial(_opened, path)
        return None

    def content_type(self, name: str) -> str:
        """See `tagboat.ports.AssetFiles`; of a compressed file the compression."""
        kind, encoding = mimetypes.guess_type(name)
        return _ENCODED.get(encoding, _UNKNOWN) if encoding else kind or _UNKNOWN

    def written(self, name: str, text: str) -> tuple[Asset, Source]:
        """See `tagboat.ports.AssetFiles`."""
        data = text.encode("utf-8", "surrogateescape")
        asset = Asset(name, len(data), hashlib.sha256(data).hexdigest())
        return asset, partial(io.BytesIO, data)

    def _named(self, pattern: str) -> list[str]:
        """The files that a pattern names, sorted. Raises UsageError where there are none."""
        for folder in self._folders:
            found = list(_files_in(folder, pattern, is_strict=True))
            if found:
                return sorted(found)
        raise UsageError(
            f"no file is there for forge.assets {pattern!r}",
            "build it before the release; it is looked for where the release is made, then in "
            "your work tree",
        )

    def _kept(self, name: str, path: str) -> Asset:
        """Copy a file aside, and say what it is."""
        target = os.path.join(self._aside, name)
        try:
            os.makedirs(self._aside, exist_ok=True)
            shutil.copyfile(path, target)
            size, sha256 = _measured(target)
        except OSError as error:
            raise OutsideError(f"the asset {path} can't be copied: {error.strerror}") from error
        return Asset(name, size, sha256)


def _files_in(folder: str, pattern: str, *, is_strict: bool = False) -> Iterator[str]:
    """The regular files below a folder that a pattern names; ``is_strict`` raises for others'."""
    for path in _matching(folder, pattern):
        real = os.path.realpath(os.path.join(folder, path))
        if not _is_inside(os.path.relpath(real, folder)):
            if is_strict:
                raise UsageError(f"{path!r}: a link leads out of {folder}, to {real}")
        elif os.path.isfile(real):
            yield os.path.join(folder, path)


def _matching(folder: str, pattern: str) -> Iterable[str]:
    """What a pattern matches below a folder; a name without signs matches itself."""
    if os.path.lexists(os.path.join(folder, pattern)):
        return [pattern]
    return glob.glob(pattern, root_dir=folder, recursive=True)


def _is_inside(relative: str) -> bool:
    first = relative.split(os.sep, maxsplit=1)[0]
    return first != ".." and first.lower() != ".git" and not os.path.isabs(relative)


def _file_name(path: str) -> str:
    """A file's name. Raises UsageError where it can't be written down in a tag's message."""
    name = os.path.basename(path)
    if not name.isprintable() or name != name.strip():
        raise UsageError(f"the name {name!r} can't be that of an asset", "rename the file")
    return name


def _is(path: str, asset: Asset) -> bool:
    """Whether a file has an asset's content."""
    try:
        seen = os.stat(path)
        if not stat.S_ISREG(seen.st_mode) or seen.st_size != asset.size:
            return False
        return _measured(path) == (asset.size, asset.sha256)
    except OSError:
        return False


def _measured(path: str) -> tuple[int, str]:
    """A file's size in bytes, and its SHA-256 in hexadecimal."""
    size, digest = 0, hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            size += len(block)
            digest.update(block)
    return size, digest.hexdigest()


def _opened(path: str) -> BinaryIO:
    return open(path, "rb")
