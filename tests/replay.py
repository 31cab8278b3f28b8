"""Replay real releases: derive each tag from the one before it and the commits between.

The data lie beside the checkout, in ``../shared/replay``: one line a release. ``python -m
tests.replay`` prints the table and every release that messages alone can't explain. A project whose
squashed commits list their changes is read with ``squash = "all"``; the table has both.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tagboat.core.bump.assess import Policy, assess
from tagboat.core.changes.squash import SquashMode
from tagboat.core.commits.commit import Commit, CommitGraph
from tagboat.core.next_version.next_version import AssessedRange, VersionOverride, next_release
from tagboat.core.next_version.package import Package
from tagboat.core.version.channel import Channel
from tagboat.core.version.tag import Ref, inferred

DATA = Path(__file__).resolve().parents[2] / "shared" / "replay"
REQUIRED = "TAGBOAT_REQUIRE_REPLAY"
PROMISED = 0.994
SQUASHING = ("ellite/Wallos",)
"""The projects whose people write all changes of a squashed commit on lines of its body."""

UNEXPLAINED = {
    "v1.0.0..v1.0.1 ellite/Wallos": "below a plain title a line of the body says feat; the release "
    "left that feature out, which is what the default does",
    "0.34.0..1.0.0 cocogitto/cocogitto": "the maintainers chose to leave 0.x; a breaking change "
    "on 0.34.0 asks for 0.35.0, and no message asks for 1.0.0",
    "v1.4.1..v1.4.2 googleapis/release-please": "only tests, builds and a refactoring: somebody "
    "released without a change that releases",
    "v16.14.2..v16.14.3 googleapis/release-please": "only a build(deps) commit, which releases "
    "nothing",
    "v17.10.3..v17.10.4 googleapis/release-please": "only chores, which release nothing",
    "v17.11.0..v17.11.1 googleapis/release-please": "only a chore(deps) commit, which releases "
    "nothing",
    "v20.0.2..v20.0.3 semantic-release/semantic-release": "a chore and its revert, both "
    "unreleased, take each other back; nothing else releases",
}
"""The releases that can't be derived, each with the reason."""


class Replayed(NamedTuple):
    """One release: which it is, the tag its maintainers chose and the tags that were derived.

    ``plain`` is the one that the default gives, ``derived`` the one that the project's own squash
    mode gives.
    """

    name: str
    repository: str
    released: str
    plain: str
    derived: str

    @property
    def agrees(self) -> bool:
        """Whether the derived tag is the one that was released."""
        return self.released == self.derived


def replay(data: Path = DATA) -> Iterator[Replayed]:
    """Derive every release of the data."""
    for path in sorted(data.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield _derived(json.loads(line))


def _derived(row: dict[str, object]) -> Replayed:
    repository, released = str(row["repository"]), str(row["released"])
    plain = derived = _tag(row, Policy())
    if repository in SQUASHING:
        derived = _tag(row, Policy(squash=SquashMode.ALL))
    return Replayed(
        f"{row['previous']}..{released} {repository}", repository, released, plain, derived
    )


def _tag(row: dict[str, object], policy: Policy) -> str:
    """The tag that comes after the previous one."""
    commits = row["commits"]
    assert isinstance(commits, list)
    graph = CommitGraph(
        Commit(commit["id"], tuple(commit["parents"]), commit["message"], time)
        for time, commit in enumerate(commits)
    )
    tagging = inferred([Ref(str(row["previous"]), "0" * 40)], lambda names: names[0])
    (base,) = tagging.tags
    assessments = assess(graph, policy)
    assessed = AssessedRange(base, base, assessments, assessments)
    return next_release(Package(), Channel("main"), tagging, assessed, VersionOverride()).tag


def main() -> int:
    """Print how many releases of each project are derived, and the rest with its reasons."""
    if not DATA.is_dir():
        print(f"no replay data beside this checkout (looked for {DATA.parent.name}/{DATA.name})")
        return 1 if os.environ.get(REQUIRED) else 0
    results = list(replay())
    for repository in sorted({result.repository for result in results}):
        of = [result for result in results if result.repository == repository]
        right = sum(result.agrees for result in of)
        beside = ""
        if repository in SQUASHING:
            plain = sum(result.released == result.plain for result in of)
            beside = f'   with squash = "all"; by default {plain}, {plain / len(of):.2%}'
        print(f"{repository:40} {right:5} of {len(of):5}   {right / len(of):7.2%}{beside}")
    right = sum(result.agrees for result in results)
    print(f"{'all':40} {right:5} of {len(results):5}   {right / len(results):7.2%}")
    for result in results:
        if not result.agrees:
            reason = UNEXPLAINED.get(result.name, "NOT EXPLAINED")
            print(f"\n{result.name}: derived {result.derived}\n  {reason}")
    return 0 if right >= PROMISED * len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
