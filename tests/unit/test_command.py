"""Commands of a release: what they are told, and which of a configuration they are."""

from typing import Any

import pytest
from msgspec.structs import replace

from tagboat.core.config import ConfiguredSettings, config_of, problems
from tagboat.core.plan.command import Command, Point, variables
from tagboat.core.plan.tag_message import Contract

CONTRACT = Contract(
    version="1.3.0-rc.2",
    package="api",
    previous="v1.2.0",
    source="a" * 40,
    branch="next",
    channel="prerelease rc",
    bump="minor",
    time=1_704_067_200,
    tool="tagboat 1",
    plan="sha256:0",
    notes="- x\n",
)
BUILD = {"run": ["make", "build"], "when": "before-publish"}
LOCK = {"run": ["uv", "lock"], "when": "before-commit", "add": ["uv.lock"]}


def test_command_is_told_of_its_release() -> None:
    assert variables(CONTRACT, "v1.3.0-rc.2", "b" * 40) == {
        "TAGBOAT_VERSION": "1.3.0-rc.2",
        "TAGBOAT_TAG": "v1.3.0-rc.2",
        "TAGBOAT_PREVIOUS": "v1.2.0",
        "TAGBOAT_COMMIT": "b" * 40,
        "TAGBOAT_BRANCH": "next",
        "TAGBOAT_CHANNEL": "prerelease rc",
        "TAGBOAT_PACKAGE": "api",
        "TAGBOAT_BUMP": "minor",
        "TAGBOAT_PRERELEASE": "true",
        "SOURCE_DATE_EPOCH": "1704067200",
    }


def test_stable_version_is_no_prerelease() -> None:
    stable = variables(replace(CONTRACT, version="1.3.0"), "v1.3.0", "b" * 40)
    assert stable["TAGBOAT_PRERELEASE"] == "false"


def test_command_is_written_as_a_shell_takes_it() -> None:
    assert str(Command(("sh", "-c", "a b"), Point.COMMIT, 1)) == "sh -c 'a b'"


def test_commands_of_a_configuration_keep_their_order() -> None:
    [package] = ConfiguredSettings(config_of({"commands": [BUILD, LOCK]})).packages
    assert package.commands == (
        Command(("make", "build"), Point.PUBLISH, 600),
        Command(("uv", "lock"), Point.COMMIT, 600, ("uv.lock",)),
    )


def test_command_of_a_package_is_for_that_alone() -> None:
    packages = [{"name": "a", "commands": [LOCK]}, {"name": "b", "paths": ["b"]}]
    config = {"packages": packages, "commands": [BUILD]}
    assert problems(config) == ()
    found = ConfiguredSettings(config_of(config)).packages
    programs = [[command.run[0] for command in package.commands] for package in found]
    assert programs == [["make", "uv"], ["make"]]


@pytest.mark.parametrize(
    ("command", "path", "message"),
    [
        ({"run": []}, ("run",), "there is no program to run"),
        ({"run": [" "]}, ("run",), "there is no program to run"),
        ({"run": ["a", "b\0c"]}, ("run",), "holds a null character"),
        ({"run": "make"}, ("run",), "expected an array"),
        ({"when": "before-comit"}, ("when",), "did you mean 'before-commit'?"),
        ({"timeout": 0}, ("timeout",), "0 is less than 1"),
        ({"add": ["../x"]}, ("add", 0), "not a path inside the repository"),
        ({"add": ["x"]}, ("add",), "made already then: run it before-commit"),
        ({"unless": ["x"]}, ("unless",), "only what is run after-push can be done already"),
        ({"env": {"A-B": "1"}}, ("env", "A-B"), "not the name of an environment variable"),
    ],
)
def test_wrong_command_is_told_with_its_place(
    command: dict[str, Any], path: tuple[str | int, ...], message: str
) -> None:
    wrong = [BUILD | command]
    first, second = problems({"packages": [{"name": "api", "commands": wrong}], "commands": wrong})
    assert {first.path, second.path} == {
        ("commands", 0, *path),
        ("packages", 0, "commands", 0, *path),
    }
    assert message in first.message
    assert message in second.message
