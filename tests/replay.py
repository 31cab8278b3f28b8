"""Replay real releases: derive each tag from the one before it and the commits between.

The data lie beside the checkout, in ``../shared/replay``: one line a release. ``python -m
tests.replay`` prints the table and every release that messages alone can't explain.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tagboat.core.bump.assess import assess
from tagboat.core.commits.commit import Commit
from tagboat.core.commits.graph import CommitGraph
from tagboat.core.next_version.next_version import AssessedRange, VersionOverride, next_release
from tagboat.core.next_version.package import Package
from tagboat.core.version.channel import Channel
from tagboat.core.version.tag import Ref, inferred

DATA = Path(__file__).resolve().parents[2] / "shared" / "replay"
REQUIRED = "TAGBOAT_REQUIRE_REPLAY"
PROMISED = 0.99

UNEXPLAINED = {
    "0.34.0..1.0.0 cocogitto/cocogitto": "the maintainers chose to leave 0.x; a breaking change "
    "on 0.34.0 asks for 0.35.0, and no message asks for 1.0.0",
    "v1.27.1..v1.27.2 ellite/Wallos": "the title says refactor; the fixes stand in body lines "
    "without bullets, which never make a change",
    "v2.41.0..v2.42.0 ellite/Wallos": "the title says fix; the features stand in body lines "
    "without bullets",
    "v2.45.2..v2.46.0 ellite/Wallos": "the title says fix; the feature stands in a body line "
    "without a bullet",
    "v4.8.4..v4.9.0 ellite/Wallos": "the title says fix; the features stand in body lines without "
    "bullets",
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
    """One release: which it is, the tag its maintainers chose and the tag that was derived."""

    name: str
    repository: str
    released: str
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
    previous, released = str(row["previous"]), str(row["released"])
    commits = row["commits"]
    assert isinstance(commits, list)
    graph = CommitGraph(
        Commit(commit["id"], tuple(commit["parents"]), commit["message"], time)
        for time, commit in enumerate(commits)
    )
    tagging = inferred([Ref(previous, "0" * 40)], lambda names: names[0])
    (base,) = tagging.tags
    assessments = assess(graph, Package().policy)
    assessed = AssessedRange(base, base, assessments, assessments)
    release = next_release(Package(), Channel("main"), tagging, assessed, VersionOverride())
    name = f"{previous}..{released} {row['repository']}"
    return Replayed(name, str(row["repository"]), released, release.tag)


def main() -> int:
    """Print how many releases of each project are derived, and the rest with its reasons."""
    if not DATA.is_dir():
        print(f"no replay data beside this checkout (looked for {DATA.parent.name}/{DATA.name})")
        return 1 if os.environ.get(REQUIRED) else 0
    results = list(replay())
    for repository in sorted({result.repository for result in results}):
        of = [result for result in results if result.repository == repository]
        right = sum(result.agrees for result in of)
        print(f"{repository:40} {right:5} of {len(of):5}   {right / len(of):7.2%}")
    right = sum(result.agrees for result in results)
    print(f"{'all':40} {right:5} of {len(results):5}   {right / len(results):7.2%}")
    for result in results:
        if not result.agrees:
            reason = UNEXPLAINED.get(result.name, "NOT EXPLAINED")
            print(f"\n{result.name}: derived {result.derived}\n  {reason}")
    return 0 if right >= PROMISED * len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
