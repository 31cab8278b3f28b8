"""``tagboat migrate`` says in our words what other tools were told, and loses no key."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagboat.core.config.migrate import TOOLS
from tests.commandline import tagboat

CONFIGS = Path(__file__).parents[3] / "shared" / "configs"
"""Configurations from public repositories; they are no part of this one."""
CZ = '[tool.commitizen]\ntag_format = "v$version"\nodd = 1\n'


def test_the_configuration_is_written_and_each_key_reported(tmp_path: Path) -> None:
    (tmp_path / ".cz.toml").write_text(CZ)
    result = tagboat("migrate", cwd=tmp_path)
    assert result.code == 0
    assert ".cz.toml:2  tool.commitizen.tag_format -> tag" in result.stdout
    assert ".cz.toml:3  tool.commitizen.odd: tagboat has nothing like it" in result.stdout
    assert tomllib.loads((tmp_path / "tagboat.toml").read_text())["tag"] == "v{version}"


def test_a_key_is_named_once(tmp_path: Path) -> None:
    text = (
        '{"plugins": [["@semantic-release/changelog", {"changelogFile": "C.md"}]], "x": {"y": 1}}'
    )
    (tmp_path / ".releaserc").write_text(text)
    told = tagboat("migrate", cwd=tmp_path).stdout
    assert "  .releaserc:1  plugins[0][0]: changelog.file\n" in told
    assert "  .releaserc:1  x (y): tagboat has nothing like it\n" in told


def test_a_second_run_writes_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / ".cz.toml").write_text(CZ)
    tagboat("migrate", cwd=tmp_path)
    first = (tmp_path / "tagboat.toml").read_bytes()
    assert tagboat("migrate", cwd=tmp_path).code == 0
    assert (tmp_path / "tagboat.toml").read_bytes() == first


@pytest.mark.parametrize(
    ("path", "text"), [("tagboat.toml", "# mine\n"), ("pyproject.toml", "[tool.tagboat]\n")]
)
def test_a_configuration_of_ours_stays(tmp_path: Path, path: str, text: str) -> None:
    (tmp_path / ".cz.toml").write_text(CZ)
    (tmp_path / path).write_text(text)
    assert tagboat("migrate", cwd=tmp_path).code == 2
    assert (tmp_path / path).read_text() == text


@pytest.mark.parametrize(("text", "code"), [(CZ, 4), (CZ.replace("odd = 1", ""), 0)])
def test_strict_asks_for_every_key(tmp_path: Path, text: str, code: int) -> None:
    (tmp_path / ".cz.toml").write_text(text)
    assert tagboat("migrate", "--strict", cwd=tmp_path).code == code


def test_old_files_go_when_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / ".cz.toml").write_text(CZ)
    shared = tmp_path / "pyproject.toml"
    shared.write_text("[tool.semantic_release]\n")
    result = tagboat("migrate", "--remove", cwd=tmp_path)
    assert ("removed .cz.toml" in result.stdout, "pyproject.toml stays" in result.stderr) == (
        True,
        True,
    )
    assert (shared.exists(), (tmp_path / ".cz.toml").exists()) == (True, False)


def test_nothing_is_written_to_standard_output_alone(tmp_path: Path) -> None:
    (tmp_path / ".cz.toml").write_text(CZ)
    result = tagboat("migrate", "--stdout", cwd=tmp_path)
    assert "tag" in tomllib.loads(result.stdout)
    assert "not carried: .cz.toml:3" in result.stderr
    assert not (tmp_path / "tagboat.toml").exists()


def test_one_tool_and_one_file_can_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / ".cz.toml").write_text(CZ)
    (tmp_path / "own.toml").write_text('[semantic_release]\ntag_format = "a{version}"\n')
    result = tagboat(
        *("migrate", "python-semantic-release", "--from", "own.toml", "--json"), cwd=tmp_path
    )
    assert json.loads(result.stdout)["tools"] == ["python-semantic-release"]


@pytest.mark.parametrize(
    "arguments", [(), ("commitizen",), ("no-such-tool",), ("--from", "gone.toml")]
)
def test_nothing_to_migrate_is_wrong_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    result = tagboat("migrate", *arguments, cwd=tmp_path)
    assert (result.code, "there is no" in result.stderr) == (2, True)
    assert "  try: tools that are read: python-semantic-release, commitizen" in result.stderr


def test_a_file_that_can_not_be_read_is_named_and_others_count(tmp_path: Path) -> None:
    (tmp_path / ".cz.toml").write_text("[tool.commitizen\n")
    (tmp_path / "cz.json").write_text('{"commitizen": {"version_scheme": "semver"}}')
    (tmp_path / "cz.yaml").write_text("commitizen: {}\n")
    answer = json.loads(tagboat("migrate", "--json", cwd=tmp_path).stdout)
    assert {row["file"] for row in answer["not_carried"]} == {".cz.toml", "cz.yaml"}


def test_a_file_that_stays_and_can_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".goreleaser.yml").write_text("dockers:\n{{ range .X }}\n  - a\n")
    answer = tagboat("migrate", cwd=tmp_path)
    assert ".goreleaser.yml:1  .goreleaser.yml: it is not readable as YAML" in answer.stdout


def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.toml").write_text(CZ)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / ".cz.toml").symlink_to("../outside.toml")
    answer = tagboat("migrate", cwd=tmp_path / "in")
    assert "a link leads out" in answer.stdout


def test_a_folder_with_the_name_of_a_file_is_none(tmp_path: Path) -> None:
    (tmp_path / ".cz").mkdir()
    (tmp_path / ".cz.cfg").write_text("[commitizen]\ntag_format = v$version\n")
    answer = tagboat("migrate", "--strict", cwd=tmp_path)
    assert (answer.code, ".cz.cfg:2  commitizen.tag_format -> tag" in answer.stdout) == (0, True)


# Configurations of public repositories


def cases() -> Iterator[tuple[str, str, Path]]:
    known = {tool.name for tool in TOOLS} | {"github-workflows"}
    for path in sorted(CONFIGS.glob("*/*/*")) if CONFIGS.is_dir() else ():
        if path.parts[-3] in known:
            yield path.parts[-3].removeprefix("github-"), path.name.replace("__", "/"), path


CASES = list(cases())


@pytest.mark.skipif(not CONFIGS.is_dir(), reason="the configurations are not beside this checkout")
@pytest.mark.parametrize(
    ("tool", "name", "path"), CASES, ids=[f"{case[2].parts[-2]}-{case[1]}" for case in CASES]
)
def test_a_real_configuration_gives_a_valid_one_and_loses_no_key(
    tool: str, name: str, path: Path, tmp_path: Path
) -> None:
    place = tmp_path / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(path.read_bytes())
    result = tagboat("migrate", tool, "--from", name, "--json", cwd=tmp_path)
    assert (result.code, "Traceback" in result.stderr) == (0, False)
    answer = json.loads(result.stdout)
    told = {
        key
        for part in ("carried", "changed", "not_carried")
        for row in answer[part]
        for key in (row["key"], *row["keys"])
    }
    one = next(one for one in TOOLS if one.name == tool)
    file = one.read(name, path.read_text())
    wanted = set() if file is None else keys(file.data, ".".join(map(str, file.top)))
    assert wanted - {part for key in told for part in ancestors(key)} == set()
    assert tagboat("doctor", "--configuration", cwd=tmp_path).code == 0


def keys(value: object, above: str) -> set[str]:
    """Every key of a document, without indexes of lists."""
    found = set()
    if isinstance(value, dict):
        for key, inner in value.items():
            path = f"{above}.{key}" if above else str(key)
            found |= {path} | keys(inner, path)
    elif isinstance(value, list):
        for inner in value:
            found |= keys(inner, above)
    return found


def ancestors(key: str) -> set[str]:
    parts = key.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
