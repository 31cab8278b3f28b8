"""A clone that holds less than its remote answers like a full one, or refuses."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tagboat.core.errors import RepositoryError
from tests.oracle.asked import next_release
from tests.oracle.benches import InGit
from tests.oracle.conftest import MakeScript
from tests.oracle.effort import examples
from tests.oracle.script import Made, Node, Says, Script, Tag
from tests.oracle.scripts import NEAR_VERSIONS, Flavour, scripts

CHANNELS = st.sampled_from(("main", "next", "1.x"))
DEPTHS = st.integers(1, 5)
TAGGED = Flavour(versions=NEAR_VERSIONS)
REFUSED = "refused"
STRANGE = ("v1", "1.2.3.4", "v1.02.0")
ELSEWHERE = (
    Node(Says("feat: a"), (), 0),
    Node(Says("fix: b"), (0,), 60),
    Node(Says("feat: c"), (1,), 120),
    Node(Says("feat: on a side branch"), (1,), 180),
)
"""Of these a clone of depth 2 holds the second and the third."""


def clone(made: Made, name: str, *options: str) -> Made:
    """A clone beside a repository."""
    path = made.path.with_name(f"{made.path.name}.{name}")
    source = made.path.as_uri()
    _git(made.path, "clone", "--quiet", "--no-checkout", *options, source, str(path))
    return made._replace(path=path)


def forget_remote(made: Made) -> None:
    """Leave a clone without a way to fetch more."""
    _git(made.path, "remote", "remove", "origin")


def answer(made: Made, channel: str) -> str:
    """The next version and whether it is due, or that there is none."""
    try:
        release = next_release(InGit(made), channel)
    except RepositoryError:
        return REFUSED
    return f"{release.version} {'due' if release.due else 'idle'}"


def answers(made: Made, script: Script, channel: str) -> set[str]:
    """What a clone that asks its remote for the tags that it lacks may answer."""
    right = {answer(clone(made, "full"), channel)}
    if any(tag.name in STRANGE for tag in script.tags):
        # When a tag was made that the clone lacks is not known, nor so whether it is the newest.
        right.add(REFUSED)
    return right


@examples(10)
@given(script=scripts(TAGGED), channel=CHANNELS, depth=DEPTHS)
def test_a_shallow_clone_answers_like_a_full_one(
    written: MakeScript, script: Script, channel: str, depth: int
) -> None:
    made = written(script)
    shallow = clone(made, "shallow", f"--depth={depth}")
    assert answer(shallow, channel) in answers(made, script, channel)


@examples(10)
@given(script=scripts(TAGGED), channel=CHANNELS, depth=DEPTHS)
def test_a_shallow_clone_without_a_remote_answers_like_a_full_one_or_refuses(
    written: MakeScript, script: Script, channel: str, depth: int
) -> None:
    made = written(script)
    shallow = clone(made, "shallow", f"--depth={depth}")
    # Where these are all commits there are, git makes a whole clone of one branch: without its
    # remote nothing shows that it is one.
    assume((shallow.path / ".git" / "shallow").exists())
    forget_remote(shallow)
    assert answer(shallow, channel) in (REFUSED, answer(clone(made, "full"), channel))


@pytest.mark.parametrize(
    ("tag", "channel", "right"),
    [
        (Tag("v1.1.0-rc.5", 3), "next", "1.1.0-rc.6 due"),
        (Tag("v1.1.0", 3), "main", REFUSED),
        (Tag("v2.1.0", 0), "main", "2.2.0 due"),
    ],
    ids=["number", "taken", "below"],
)
def test_tags_that_a_shallow_clone_lacks_count(
    written: MakeScript, tag: Tag, channel: str, right: str
) -> None:
    made = written(Script(ELSEWHERE, (Tag("v1.0.0", 1), tag), 2))
    shallow, lonely = clone(made, "shallow", "--depth=2"), clone(made, "lonely", "--depth=2")
    forget_remote(lonely)
    assert [answer(shallow, channel), answer(lonely, channel)] == [right, REFUSED]


def test_a_tag_that_only_counts_without_another_is_no_base_of_a_shallow_clone(
    written: MakeScript,
) -> None:
    made = written(Script(ELSEWHERE, (Tag("v1.2.0", 0), Tag("v1.2", 1)), 1))
    shallow = clone(made, "shallow", "--depth=1")
    assert answer(shallow, "main") == answer(clone(made, "full"), "main") == "1.2.1 due"


@pytest.mark.parametrize("option", ["--single-branch", "--no-tags"])
@examples(10)
@given(script=scripts(TAGGED), channel=CHANNELS)
def test_a_clone_that_lacks_tags_answers_like_a_full_one(
    written: MakeScript, option: str, script: Script, channel: str
) -> None:
    made = written(script)
    lacking = clone(made, "lacking", option)
    assert answer(lacking, channel) in answers(made, script, channel)


def test_a_stable_version_that_took_in_a_channel_counts_in_a_clone_without_it(
    written: MakeScript,
) -> None:
    made = written(Script(ELSEWHERE, (Tag("v1.0.0-rc.1", 0), Tag("v1.0.0", 2)), 1))
    lacking = clone(made, "lacking", "--single-branch")
    assert answer(lacking, "next") == answer(clone(made, "full"), "next") == "1.0.0 idle"


@examples(10)
@given(script=scripts(TAGGED), channel=CHANNELS, depth=DEPTHS)
def test_a_shallow_clone_without_tags_answers_like_a_full_one(
    written: MakeScript, script: Script, channel: str, depth: int
) -> None:
    made = written(script)
    shallow = clone(made, "shallow", "--no-tags", f"--depth={depth}")
    assert answer(shallow, channel) in answers(made, script, channel)


def _git(path: Path, *args: str) -> None:
    subprocess.run(["git", "-C", str(path), *args], check=True, capture_output=True)
