"""The generated repositories are ones that git itself accepts."""

import subprocess

from hypothesis import given

from tests.oracle.conftest import MakeScript
from tests.oracle.effort import examples
from tests.oracle.script import Script
from tests.oracle.scripts import Flavour, scripts


@examples(20)
@given(script=scripts(Flavour(reverts=True, picks=True, wishes=True)))
def test_a_generated_repository_is_sound(written: MakeScript, script: Script) -> None:
    made = written(script)
    done = subprocess.run(
        ["git", "-C", str(made.path), "fsck", "--strict", "--no-dangling"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
