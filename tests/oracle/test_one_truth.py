"""Every command gives the same answer about a repository, before a release and after it.

All of them run in this process: there are a dozen for each history.
"""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

from hypothesis import given

from tagboat.cli.run import run_command_line
from tests.gitrepo import GitRepo
from tests.oracle.conftest import MakeScript
from tests.oracle.effort import examples
from tests.oracle.script import Node, Says, Script, Tag
from tests.oracle.scripts import scripts
from tests.releasing import QUIET

REFUSED = 1


class Asked:
    """A clone of a generated repository, and what commands say about it."""

    def __init__(self, origin: Path) -> None:
        self.clone = GitRepo(origin).clone(origin.parent / f"{origin.name}-clone")
        for key, value in QUIET.items():
            self.clone.git("config", key, value)

    def __call__(self, *words: str) -> tuple[int, str]:
        """The exit code and the answer of a command."""
        out, told = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(told):
            code = run_command_line(["-C", str(self.clone.path), *words])
        assert "internal error" not in told.getvalue(), told.getvalue()
        return code, out.getvalue()

    def json(self, *words: str) -> Any:  # noqa: ANN401 - any JSON value
        """The answer of a command that succeeds."""
        code, answer = self(*words, "--json")
        assert code == 0, (words, answer)
        return json.loads(answer)


@examples(5)
@given(script=scripts())
def test_all_commands_agree(written: MakeScript, script: Script) -> None:
    assert_agreement(Asked(written(script).path))


def test_a_candidate_with_a_date_to_come_counts_for_what_it_led_to(written: MakeScript) -> None:
    """Its tag is younger than the release that it led to, by its date."""
    tags = (Tag("v0.0.0-rc.1", 0), Tag("v1.0.0-rc.1", 0, annotated=True))
    assert_agreement(Asked(written(Script((Node(Says("fix: a"), (), 4102444800),), tags, 0)).path))


def assert_agreement(ask: Asked) -> None:
    """All commands say the same, before the release that is due and after it."""
    if ask("version", "next")[0]:
        assert_all_refuse(ask)
        return
    told = ask.json("version", "next")
    assert_previews_say(ask, told)
    if told["due"]:
        assert_release_makes(ask, told["version"])


def assert_all_refuse(ask: Asked) -> None:
    """What has no right version has none for any command, and nothing is released."""
    before = ask.clone.git("ls-remote", "origin")
    codes = {
        " ".join(words): ask(*words)[0]
        for words in (("plan", "--local"), ("plan",), ("release",), ("changelog", "--next"))
    }
    assert all(codes.values()), codes
    assert ask("doctor")[0] == REFUSED
    assert ask.clone.git("ls-remote", "origin") == before


def assert_previews_say(ask: Asked, told: dict[str, Any]) -> None:
    """Every preview has the version, and why it is due or not."""
    version, is_due, bump = told["version"], told["due"], told["bump"]
    explained = ask.json("explain")
    assert (explained["version"], explained["due"]) == (version, is_due)
    for words in (("plan", "--local"), ("plan",)):
        plan = ask.json(*words)
        assert plan["due"] is is_due, words
        if is_due:
            (release,) = plan["plan"]["releases"]
            assert (release["version"], release["bump"]) == (version, bump), words
    if is_due:
        unreleased, coming = (ask.json("changelog", how) for how in ("--unreleased", "--next"))
        for part in ("breaking", "groups", "previous"):
            assert unreleased[part] == coming[part], part
    heading = ask("changelog", "--next")[1].split("\n")[0]
    assert (heading.split()[1:2] == [version]) is is_due, heading
    findings = {one["name"]: one for one in json.loads(ask("doctor", "--json")[1])["findings"]}
    assert findings["next version"]["found"].startswith(f"{version}," if is_due else "none,")
    assert findings["release"]["ok"], findings


def assert_release_makes(ask: Asked, version: str) -> None:
    """The release is the one that was previewed, and whole to whoever looks."""
    (release,) = ask.json("plan")["plan"]["releases"]
    made = ask.json("release")
    assert (made["version"], made["notes"]) == (version, release["notes"])
    assert ask("changelog", version)[1] == release["notes"]
    assert ask.json("version", "current")["version"] == version
    assert ask.json("version", "next")["due"] is False
    assert ask.json("explain", version)["version"] == version
    assert ask("verify", version)[0] == 0, ask("verify", version)[1]
    assert ask("status")[0] == 0
    assert ask.json("plan")["due"] is False
    assert ask("release") == (0, "")
