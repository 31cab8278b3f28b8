"""The files of a release: found by patterns, in the right folder, and kept aside."""

import hashlib
import os
from pathlib import Path

import pytest

from tagboat.adapters.asset_files import AssetFolders
from tagboat.core.errors import UsageError
from tagboat.core.forge.release import Asset


class Folders:
    """The folder where the release is made, the user's own, and one for copies."""

    def __init__(self, path: Path) -> None:
        self.made, self.own, self.aside = (path / name for name in ("made", "own", "aside"))
        self.made.mkdir()
        self.own.mkdir()
        self.files = AssetFolders((str(self.made), str(self.own)), str(self.aside))

    def names(self, *patterns: str) -> list[str]:
        return [asset.name for asset in self.files.collect(patterns)]

    def read(self, asset: Asset, *patterns: str) -> bytes | None:
        source = self.files.source(patterns, asset)
        if source is None:
            return None
        with source() as stream:
            return stream.read()


def put(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def asset(name: str, content: bytes) -> Asset:
    return Asset(name, len(content), hashlib.sha256(content).hexdigest())


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def test_file_is_known_by_name_size_and_digest(folders: Folders) -> None:
    put(folders.made / "dist" / "a.bin", "abc")
    assert folders.files.collect(["dist/*"]) == (asset("a.bin", b"abc"),)


def test_patterns_name_files_alone_in_order(folders: Folders) -> None:
    for name in ("d/b", "d/a", "d/sub/c", "d/.hidden"):
        put(folders.made / name)
    assert folders.names("d/*") == ["a", "b"]
    assert folders.names("d/**/*") == ["a", "b", "c"]
    assert folders.names("d/?", "d/sub/*") == ["a", "b", "c"]


def test_name_with_the_signs_of_a_pattern_is_a_name_first(folders: Folders) -> None:
    put(folders.made / "a[1].txt")
    assert folders.names("a[1].txt") == ["a[1].txt"]


def test_file_that_two_patterns_name_is_one(folders: Folders) -> None:
    put(folders.made / "a")
    assert folders.names("a", "*") == ["a"]


def test_first_folder_with_any_file_counts_for_a_pattern(folders: Folders) -> None:
    put(folders.made / "a", "made")
    put(folders.own / "a", "own")
    put(folders.own / "b", "own")
    found = {one.name: one for one in folders.files.collect(["a", "b"])}
    assert found == {"a": asset("a", b"made"), "b": asset("b", b"own")}


@pytest.mark.parametrize("pattern", ["gone", "gone/*", "folder"])
def test_pattern_without_a_file_is_named(folders: Folders, pattern: str) -> None:
    (folders.own / "folder").mkdir()
    with pytest.raises(UsageError, match=f"'{pattern}'".replace("*", r"\*")):
        folders.files.collect([pattern])


def test_two_files_of_one_name_are_named(folders: Folders) -> None:
    put(folders.made / "a" / "x")
    put(folders.own / "b" / "x")
    with pytest.raises(UsageError, match="two files would be the asset 'x'"):
        folders.files.collect(["a/*", "b/*"])


def test_link_inside_is_followed(folders: Folders) -> None:
    put(folders.made / "a-1.txt", "abc")
    (folders.made / "a.txt").symlink_to("a-1.txt")
    assert folders.files.collect(["a.txt"]) == (asset("a.txt", b"abc"),)


@pytest.mark.parametrize("target", ["../secret", "/etc/hostname", ".git/config", "/dev/zero"])
def test_link_that_leads_out_is_refused(folders: Folders, tmp_path: Path, target: str) -> None:
    put(tmp_path / "secret")
    put(folders.made / ".git" / "config")
    (folders.made / "a").symlink_to(target)
    with pytest.raises(UsageError, match=r"leads out|belongs to git"):
        folders.files.collect(["*"])
    assert folders.read(asset("a", b"x"), "*") is None


def test_folder_that_leads_out_is_refused(folders: Folders, tmp_path: Path) -> None:
    put(tmp_path / "secrets" / "key")
    (folders.made / "out").symlink_to(tmp_path / "secrets")
    with pytest.raises(UsageError, match="leads out"):
        folders.files.collect(["out/*"])


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31m", " a", os.fsdecode(b"a\xe9")])
def test_name_that_no_line_can_hold_is_refused(folders: Folders, name: str) -> None:
    put(folders.made / name)
    with pytest.raises(UsageError, match="can't be that of an asset"):
        folders.files.collect(["*"])


def test_collected_file_is_kept_as_it_was(folders: Folders) -> None:
    path = put(folders.made / "a", "before")
    [found] = folders.files.collect(["a"])
    path.write_text("after!")
    assert folders.read(found, "a") == b"before"
    path.unlink()
    assert folders.read(found, "a") == b"before"


def test_files_that_were_collected_before_are_gone(folders: Folders) -> None:
    put(folders.made / "a", "before")
    [found] = folders.files.collect(["a"])
    put(folders.made / "a", "after!")
    folders.files.collect(["a"])
    assert folders.read(found, "a") is None


def test_file_of_a_finished_tag_is_found_in_either_folder(folders: Folders) -> None:
    put(folders.made / "a", "other")
    put(folders.own / "a", "right")
    assert folders.read(asset("a", b"right"), "*") == b"right"
    assert folders.read(asset("a", b"wrong"), "*") is None
    assert folders.read(asset("b", b"right"), "*") is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "text/plain"),
        ("a.json", "application/json"),
        ("a.zip", "application/zip"),
        ("a.tar.gz", "application/gzip"),
        ("a.tar.xz", "application/x-xz"),
        ("a.unheard", "application/octet-stream"),
        ("a", "application/octet-stream"),
    ],
)
def test_content_type_is_told_by_the_name(folders: Folders, name: str, kind: str) -> None:
    assert folders.files.content_type(name) == kind


def test_text_is_a_file_that_opens_again_and_again(folders: Folders) -> None:
    made, source = folders.files.written("a.json", "{}\n")
    assert made == asset("a.json", b"{}\n")
    assert [source().read() for _ in range(2)] == [b"{}\n"] * 2
