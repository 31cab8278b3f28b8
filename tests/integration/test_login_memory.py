"""What forges told of people is remembered in git's folder, in a file that nothing depends on."""

import time
from pathlib import Path

import msgspec
import pytest

from tagboat.adapters.forges.access import LoginMemory

API = "https://api.github.com"
TODAY = int(time.time()) // 86_400


def test_what_is_told_is_recalled_for_each_forge_by_itself(tmp_path: Path) -> None:
    memory = LoginMemory.of(str(tmp_path), API)
    memory.remember({"ada@example.org": "ada", "eve@example.org": ""})
    assert memory.recalled() == {"ada@example.org": "ada"}
    assert LoginMemory.of(str(tmp_path), "https://forge.example/api/v1").recalled() == {}


def test_whom_the_forge_knows_no_more_is_forgotten(tmp_path: Path) -> None:
    memory = LoginMemory.of(str(tmp_path), API)
    memory.remember({"ada@example.org": "ada", "bob@example.org": "bob"})
    memory.remember({"ada@example.org": ""})
    assert memory.recalled() == {"bob@example.org": "bob"}


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[]", b"\xff", b'{"a": "b"}', b'{"a": ["b", "c"]}', b'{"a": ["b", 1]}'),
        msgspec.json.encode({"a": ["b", TODAY + 2]}),
        msgspec.json.encode({"a": ["b" * (1 << 20), TODAY]}),
    ],
)
def test_damaged_old_or_endless_file_tells_nothing_and_is_replaced(
    tmp_path: Path, content: bytes
) -> None:
    memory = LoginMemory.of(str(tmp_path), API)
    Path(memory.path).parent.mkdir()
    Path(memory.path).write_bytes(content)
    assert memory.recalled() == {}
    memory.remember({"ada@example.org": "ada"})
    assert memory.recalled() == {"ada@example.org": "ada"}


def test_no_more_people_are_kept_than_a_thousand_the_latest_ones(tmp_path: Path) -> None:
    memory = LoginMemory.of(str(tmp_path), API)
    memory.remember({"old@example.org": "old"})
    memory.remember({f"{number}@example.org": "a" for number in range(1000)})
    assert len(memory.recalled()) == 1000
    assert "old@example.org" not in memory.recalled()


@pytest.mark.parametrize("folder", ["", "a-file"])
def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path, folder: str) -> None:
    (tmp_path / "a-file").touch()
    memory = LoginMemory.of(folder and str(tmp_path / folder), API)
    memory.remember({"ada@example.org": "ada"})
    assert memory.recalled() == {}
