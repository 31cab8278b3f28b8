"""The files of a release: found by patterns, in the right folder, kept aside, given away."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagboat.adapters.asset_files import ArtefactFolder, AssetFolders
from tagboat.core.errors import OutsideError, UsageError
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


def test_what_is_there_before_a_release_is_told_unread_and_may_be_lacking(
    folders: Folders,
) -> None:
    put(folders.own / "dist" / "a.bin", "abc")
    assert folders.files.present(["dist/*", "built/later"]) == (Asset("a.bin", 3, ""),)
    assert not folders.aside.exists()
    put(folders.own / "a.bin")
    with pytest.raises(UsageError, match="two files would be the asset"):
        folders.files.present(["dist/*", "a.bin"])


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
    with pytest.raises(UsageError, match=f"'{pattern}'".replace("*", r"\*")) as caught:
        folders.files.collect([pattern])
    assert caught.value.hint == (
        "build it before the release; it is looked for where the release is made, then in your "
        "work tree"
    )


def test_two_files_of_one_name_are_named(folders: Folders) -> None:
    put(folders.made / "a" / "x")
    put(folders.own / "b" / "x")
    with pytest.raises(UsageError, match="two files would be the asset 'x'") as caught:
        folders.files.collect(["a/*", "b/*"])
    assert caught.value.hint == "files of a release have different names, whatever their folders"
    put(folders.own / "b" / "y")
    assert len(folders.files.collect(["a/x", "b/y"])) == len("xy")


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
    with pytest.raises(UsageError, match="can't be that of an asset") as caught:
        folders.files.collect(["*"])
    assert caught.value.hint == "rename the file"
    (folders.made / name).rename(folders.made / "a")
    assert folders.files.collect(["*"])


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


PACKED = asset("app.zip", b"zip")


def record(*names: str) -> tuple[Asset, list[bytes]]:
    """The file that tells what was kept beside it."""
    text = json.dumps({"assets": [{"name": name} for name in names]}).encode()
    return asset("record.json", text), [text]


def filled(path: Path, name: str = "app.zip", package: str = "") -> None:
    """Keep one file in a folder."""
    content = name.encode()
    with ArtefactFolder(str(path)) as folder:
        folder.keep(package, [record(name), (asset(name, content), [content])])


def below(path: Path) -> list[str]:
    return sorted(one.relative_to(path).as_posix() for one in path.rglob("*") if one.is_file())


def test_kept_files_become_the_folder_where_all_is_well(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    with ArtefactFolder(str(out)) as folder:
        folder.keep("", [(PACKED, [b"z", b"ip"])])
        assert not out.exists()
    assert (out / "app.zip").read_bytes() == b"zip"
    assert list(tmp_path.rglob(".tagboat*")) == []


def test_files_that_no_run_put_there_stay_and_stop_it(tmp_path: Path) -> None:
    put(tmp_path / "out" / "mine" / "a")
    with pytest.raises(UsageError, match="out is not empty: mine/a is there") as caught:
        filled(tmp_path / "out")
    assert caught.value.hint == "empty it, or name another folder"
    assert below(tmp_path) == ["out/mine/a"]
    filled(tmp_path / "other")


def test_a_file_in_the_place_of_the_folder_stops_it(tmp_path: Path) -> None:
    put(tmp_path / "out")
    with pytest.raises(UsageError, match="out can't be put in place") as caught:
        filled(tmp_path / "out")
    assert caught.value.hint == "name a folder that is not there"
    filled(tmp_path / "other")


def test_what_an_earlier_run_left_is_replaced_as_a_whole(tmp_path: Path) -> None:
    filled(tmp_path / "out", "old.zip", "api")
    filled(tmp_path / "out", "new.zip", "web")
    assert below(tmp_path / "out") == ["web/new.zip", "web/record.json"]


def test_of_one_package_the_later_release_counts(tmp_path: Path) -> None:
    with ArtefactFolder(str(tmp_path / "out")) as folder:
        folder.keep("@a/b", [(asset("old", b""), [])])
        folder.keep("@a/b", [(asset("new", b""), [])])
    assert below(tmp_path / "out") == ["@a/b/new"]


def test_a_run_that_fails_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    filled(tmp_path / "out")

    def broken() -> Iterator[bytes]:
        yield b"z"
        raise OutsideError("cut off")

    with pytest.raises(OutsideError), ArtefactFolder(str(tmp_path / "out")) as folder:
        folder.keep("", [(PACKED, broken())])
    assert below(tmp_path) == ["out/app.zip", "out/record.json"]
    assert (tmp_path / "out" / "app.zip").read_bytes() == b"app.zip"


def test_a_file_that_is_not_the_promised_one_is_no_artefact(tmp_path: Path) -> None:
    with (
        pytest.raises(OutsideError, match=r"app\.zip came out as another file"),
        ArtefactFolder(str(tmp_path / "out")) as folder,
    ):
        folder.keep("", [(PACKED, [b"pit"])])
    assert list(tmp_path.iterdir()) == []


def test_what_somebody_put_there_meanwhile_stays(tmp_path: Path) -> None:
    def meanwhile() -> Iterator[bytes]:
        put(tmp_path / "out" / "mine")
        yield b"zip"

    with (
        pytest.raises(UsageError, match="mine is there"),
        ArtefactFolder(str(tmp_path / "out")) as folder,
    ):
        folder.keep("", [(PACKED, meanwhile())])
    assert below(tmp_path) == ["out/mine"]


@pytest.mark.parametrize("name", ["../a", "a/../../b", ".git/config"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError), ArtefactFolder(str(tmp_path / "x" / "out")) as folder:
        folder.keep("", [(asset(name, b""), [])])
    assert below(tmp_path) == []


@pytest.mark.parametrize("place", ["tree/.git/out", "tree/link/out", "file", "link-to-tmp"])
def test_a_folder_that_can_not_be_one_is_refused_before_anything_is_done(
    tmp_path: Path, place: str
) -> None:
    put(tmp_path / "tree" / ".git" / "config")
    put(tmp_path / "file")
    (tmp_path / "outside").mkdir()
    (tmp_path / "tree" / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "link-to-tmp").symlink_to(tmp_path)
    with pytest.raises(UsageError):
        filled(tmp_path / place)
    assert below(tmp_path) == ["file", "tree/.git/config"]


def test_a_link_below_the_folder_is_somebody_elses(tmp_path: Path) -> None:
    filled(tmp_path / "out")
    (tmp_path / "out" / "more").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="more is there"):
        filled(tmp_path / "out")
