"""The configuration file: where it is looked for, and on which line each fault stands."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tagboat.adapters.config_file import load_config
from tagboat.core.config import Config, ConfiguredSettings
from tagboat.core.errors import UsageError

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8", newline="")
        return path

    return to_file


def digest(config: Config) -> str:
    """What tells one configuration from another."""
    return ConfiguredSettings(config).digest


def complaint(root: Path, path: str | None = None) -> str:
    """The message of the error that loading ends in."""
    with pytest.raises(UsageError) as caught:
        load_config(str(root), path)
    return caught.value.message


def own(root: Path, text: str) -> list[str]:
    """The lines of the error that a tagboat.toml leads to."""
    (root / "tagboat.toml").write_text(text, encoding="utf-8", newline="")
    return complaint(root).split("\n")


def test_a_folder_without_files_has_no_configuration(tmp_path: Path) -> None:
    assert not load_config(str(tmp_path)).is_configured


def test_tagboat_toml_is_read(tmp_path: Path, write: Write) -> None:
    write("tagboat.toml", 'tag = "r{version}"')

    assert load_config(str(tmp_path)).digest == digest(Config(tag="r{version}"))


def test_an_empty_tagboat_toml_changes_nothing(tmp_path: Path, write: Write) -> None:
    write("tagboat.toml", "")

    assert load_config(str(tmp_path)).digest == digest(Config())


def test_the_table_in_pyproject_toml_is_read(tmp_path: Path, write: Write) -> None:
    write("pyproject.toml", '[project]\nname = "x"\n[tool.tagboat]\ntag = "r{version}"\n')

    assert load_config(str(tmp_path)).digest == digest(Config(tag="r{version}"))


@pytest.mark.parametrize(
    "text",
    [
        '[project]\nname = "x"\n',
        '[project]\nname = "tagboat"\n[tool.ruff]\n',
        'tool = "tagboat"\n',
        "[broken\n",
    ],
)
def test_a_pyproject_toml_without_the_table_is_no_configuration(
    tmp_path: Path, write: Write, text: str
) -> None:
    write("pyproject.toml", text)

    assert not load_config(str(tmp_path)).is_configured


def test_tagboat_toml_stands_beside_a_pyproject_toml_of_others(
    tmp_path: Path, write: Write
) -> None:
    write("pyproject.toml", '[project]\nname = "tagboat-plugin"\n')
    write("tagboat.toml", 'remote = "upstream"')

    assert load_config(str(tmp_path)).digest == digest(Config(remote="upstream"))


def test_two_configurations_are_refused_with_the_place_of_the_one_to_delete(
    tmp_path: Path, write: Write
) -> None:
    write("pyproject.toml", '[project]\nname = "x"\n\n[tool.tagboat]\n')
    write("tagboat.toml", "")

    with pytest.raises(UsageError) as caught:
        load_config(str(tmp_path))

    assert caught.value.message == (
        "both tagboat.toml and pyproject.toml:4 ([tool.tagboat]) hold a configuration"
    )
    assert "delete [tool.tagboat] from pyproject.toml" in caught.value.hint


def test_a_file_by_name_replaces_the_usual_ones(tmp_path: Path, write: Write) -> None:
    write("tagboat.toml", "wrong = 1")
    other = write("other.toml", 'remote = "upstream"')

    assert load_config(str(tmp_path), str(other)).digest == digest(Config(remote="upstream"))


def test_a_pyproject_toml_by_name_has_its_own_shape(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    other = tmp_path / "sub" / "pyproject.toml"
    other.write_text('[tool.tagboat]\nremote = "upstream"\n', encoding="utf-8")

    assert load_config(str(tmp_path), str(other)).digest == digest(Config(remote="upstream"))


def test_a_pyproject_toml_by_name_needs_the_table(tmp_path: Path, write: Write) -> None:
    other = str(write("pyproject.toml", ""))

    assert complaint(tmp_path, other) == f"{other} has no table [tool.tagboat]"


def test_a_file_by_name_has_to_be_there(tmp_path: Path) -> None:
    name = str(tmp_path / "no.toml")

    assert complaint(tmp_path, name) == f"there is no configuration file {name!r}"


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "tagboat.toml").mkdir()

    assert complaint(tmp_path) == "tagboat.toml: this is a folder"


@pytest.mark.parametrize("name", ["tagboat.toml", "pyproject.toml"])
def test_a_link_to_a_device_is_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to("/dev/zero")

    assert complaint(tmp_path) == f"{name}: a link leads out of the repository to /dev/zero"


def test_a_file_of_absurd_size_is_not_parsed(tmp_path: Path, write: Write) -> None:
    write("tagboat.toml", "#" * 1_000_001)

    assert complaint(tmp_path) == "tagboat.toml: it has more than 1,000,000 bytes"


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    assert complaint(tmp_path, "a\0b").startswith("a\0b: it can't be read: ")


def test_a_link_that_leads_to_itself(tmp_path: Path) -> None:
    (tmp_path / "tagboat.toml").symlink_to("tagboat.toml")

    assert (
        complaint(tmp_path) == "tagboat.toml: it can't be read: Too many levels of symbolic links"
    )


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    text = '# ü\ntag = "é'.encode() + b"\xff"
    (tmp_path / "tagboat.toml").write_bytes(text)

    assert complaint(tmp_path) == "tagboat.toml:2:9: the byte 0xff is not UTF-8"


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path, write: Write) -> None:
    write("tagboat.toml", '\ufefftag = "r{version}"')

    assert load_config(str(tmp_path)).digest == digest(Config(tag="r{version}"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('tag = "a"\nbump = [\n\nx = 1', "tagboat.toml:4:1: not valid TOML: Invalid value"),
        ("a = 1\na = 2", "tagboat.toml:2:6: not valid TOML: Cannot overwrite a value"),
        ("a = 1\nb = [1,", "tagboat.toml:2:8: not valid TOML: Invalid value"),
        ('a = "', "tagboat.toml:1:6: not valid TOML: Unterminated string"),
        ("a = 2024-02-30", "tagboat.toml:1:5: not valid TOML: Invalid date or datetime"),
    ],
)
def test_a_syntax_error_has_its_line_and_column(tmp_path: Path, text: str, message: str) -> None:
    assert own(tmp_path, text) == [message]


def test_a_number_that_python_refuses(tmp_path: Path) -> None:
    [message] = own(tmp_path, f"a = {'9' * 5000}")

    assert message.startswith("tagboat.toml: not valid TOML: ")


def test_values_nested_without_end(tmp_path: Path) -> None:
    [message] = own(tmp_path, f"a = {'[' * 100_000}")

    assert "nested" in message or "not valid TOML" in message


def test_the_table_has_to_be_one(tmp_path: Path, write: Write) -> None:
    write("pyproject.toml", "[tool]\n# tagboat\ntagboat = 1\n")

    assert complaint(tmp_path) == "pyproject.toml:3: tool.tagboat: expected a table"


def test_in_pyproject_toml_paths_start_at_its_top(tmp_path: Path, write: Write) -> None:
    write("pyproject.toml", '[tool.x]\n[tool.tagboat]\n\nbump = { feat = "mnior" }\n')

    assert complaint(tmp_path) == (
        "pyproject.toml:4: tool.tagboat.bump.feat: 'mnior' is not one of none, patch, minor, major "
        "(did you mean 'minor'?)"
    )


def test_all_faults_are_listed_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = 'zero.x = 1\ntagg = ""\nsquash = "none"\n[[channels]]\n[check]\nfixup = 1\n'

    assert own(tmp_path, text) == [
        "tagboat.toml:1: zero.x: unknown key: there are breaking, feature",
        "tagboat.toml:2: tagg: unknown key (did you mean 'tag'?)",
        "tagboat.toml:3: squash: 'none' is not one of title, all, off",
        "tagboat.toml:4: channels[0]: the key 'branch' is missing",
        "tagboat.toml:6: check.fixup: expected true or false, found an integer",
    ]


def test_a_fault_of_a_key_that_is_not_there_stands_at_its_table(tmp_path: Path) -> None:
    text = (
        "tag = 'b-v{version}'\n[[packages]]\nname = 'a'\n[[packages]]\nname = 'b'\npaths = ['b']\n"
    )

    assert own(tmp_path, text) == [
        "tagboat.toml:4: packages[1].tag: 'a' has the same tags, 'b-v{version}': add {name}"
    ]


def test_keys_are_spelled_as_toml_spells_them(tmp_path: Path) -> None:
    assert [line.split(": ")[1] for line in own(tmp_path, '"a \\"b" = 1\n"" = 2\n"ä" = 3\n')] == [
        '"a \\"b"',
        '""',
        '"\\u00e4"',
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("\n\nx = 1", "3: x"),
        ("\r\n\r\nx = 1\r\n", "3: x"),
        ('# x = 0\ntag = "{version}" # x\nx = 1', "3: x"),
        ("[zero]\n\nx = 1", "3: zero.x"),
        ("[ zero ] # [check]\nx = 1", "2: zero.x"),
        ("zero.x = 1", "1: zero.x"),
        ("zero . x = 1", "1: zero.x"),
        ("\n'zero'.\"\\u0078\" = 1", "2: zero.x"),
        ("zero = { x = 1 }", "1: zero.x"),
        ("bump = { feat = 'minor', fix = 'x' }", "1: bump.fix"),
        ("files = ['a:b',\n 'a:c', # x\n\n 'x:' ]", "4: files[2]"),
        ("files = [\n'''\na:b''', 'x:'\n]", "3: files[1]"),
        ('files = ["""\\"""a:b""",\n"x:"]', "2: files[1]"),
        ("channels = [ { branch = 'a' },\n { branch = 'b', x = 1 } ]", "2: channels[1].x"),
        ("[[channels]]\nbranch = 'a'\n[[channels]]\nbranch = 'b'\nx = 1", "5: channels[1].x"),
        ("[[channels]]\nbranch = 'a'\n[[channels]]\nprerelease = 'rc'", "3: channels[1]"),
        (
            "[[packages]]\nname = 'a'\n[packages.changelog]\nx = 1",
            "4: packages[0].changelog.x",
        ),
        (
            "[[packages]]\nname = 'a'\n[[packages]]\nname = 'b'\npaths = ['b']\nchangelog.x = 1",
            "6: packages[1].changelog.x",
        ),
        (
            "[[changelog.sections]]\ntypes = []\ntitle = 'a'\n[[changelog.sections]]\ntypes = []\n",
            "4: changelog.sections[1]",
        ),
        (
            "[[images]]\nrepositories = ['a']\n[images.build_args]\na-b = ''",
            "4: images[0].build_args.a-b",
        ),
        ("x = 2024-01-01 10:00:00\n", "1: x"),
        ("[x.y]\n[x]\n", "2: x"),
        ("[x.a]\n[x.b]\n", "1: x"),
        ("x.a = 1\nx.b = 2", "1: x"),
        ("[check]\n[x]\ntitle = 1", "2: x"),
    ],
)
def test_the_line_of_a_fault_in_every_shape_of_toml(tmp_path: Path, text: str, place: str) -> None:
    [message] = own(tmp_path, text)

    assert message.startswith(f"tagboat.toml:{place}: ")
