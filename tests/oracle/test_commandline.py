"""The command line says what the use cases say."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.commandline import tagboat
from tests.oracle.conftest import MakeScript
from tests.oracle.effort import examples
from tests.oracle.history import read
from tests.oracle.oracle import Channel, Oracle
from tests.oracle.script import Script
from tests.oracle.scripts import scripts

CHANNELS = st.sampled_from(("main", "next", "1.x"))


@examples(8)
@given(script=scripts(), channel=CHANNELS)
def test_version_next_prints_what_the_oracle_says(
    written: MakeScript, script: Script, channel: str
) -> None:
    made = written(script)
    wanted = Oracle(read(made.path), made.head).answer(Channel(channel))
    done = tagboat("version", "next", "--json", "--channel", channel, cwd=made.path)
    if wanted.refusals:
        assert (done.code, done.stdout) == (1, "")
        return
    found = json.loads(done.stdout)
    assert (found["version"], found["due"], found["bump"]) == (
        wanted.version and str(wanted.version),
        wanted.due,
        wanted.weights.size.name.lower(),
    )
    assert found["commits"] == len(wanted.commits)
