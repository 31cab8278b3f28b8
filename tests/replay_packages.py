"""Replay real releases of packages: derive each from the one before it, the commits, the settings.

The data lie beside the checkout, in ``../shared/replay-packages``. What a repository told its own
tool is put in tagboat's configuration by `configuration`, which names no repository: release-please
counts every type that it shows, lerna a patch for whatever changed. ``python -m
tests.replay_packages`` prints the table, and what is not derived by kind.
"""

import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tagboat.core.bump.assess import assess
from tagboat.core.bump.bump import Bump
from tagboat.core.commits.commit import Commit, CommitGraph
from tagboat.core.config import ConfiguredSettings, config_of, problems
from tagboat.core.next_version.next_version import (
    AssessedRange,
    NextVersion,
    Pull,
    VersionOverride,
    next_release,
)
from tagboat.core.next_version.package import Package
from tagboat.core.packages import Need, OwnChanges, Owners, due_set
from tagboat.core.version.channel import Channel, token_of
from tagboat.core.version.tag import Ref, TagFormat, given
from tagboat.core.version.version import Version
from tests.replay import REQUIRED

DATA = Path(__file__).resolve().parents[2] / "shared" / "replay-packages"
PROMISED = 0.96
SHOWN = ("feat", "fix", "perf", "revert", "deps")
"""The types that release-please shows where nobody says which."""
OTHERS = ("docs", "style", "chore", "refactor", "test", "build", "ci", "revert", "deps", "perf")

Settings = dict[str, Any]


FIGURES = {
    "conventional-changelog/conventional-changelog": 0.861,
    "ipfs/helia": 0.99,
    "libp2p/js-libp2p": 0.99,
    "netlify/build": 0.987,
    "npm/cli": 0.963,
    "open-feature/flagd": 0.977,
    "open-feature/java-sdk-contrib": 0.976,
    "open-telemetry/opentelemetry-js-contrib": 0.923,
}
"""What a plain rule explains of each repository, less one point: the least that is derived."""


class PackageReplay(NamedTuple):
    """The release of a package: which it is, what its maintainers chose and what was derived."""

    repository: str
    name: str
    previous: str
    released: str
    derived: str

    @property
    def agrees(self) -> bool:
        """Whether the derived version is the one that was released."""
        return self.released == self.derived

    @property
    def kind(self) -> str:
        """What kind of release it is that was not derived."""
        if self.derived == "nothing":
            return "released although nothing asks for it"
        before, after, found = map(Version.parse, (self.previous, self.released, self.derived))
        if before.major == 0 and after.major > 0:
            return "0.x left by hand"
        if after.is_prerelease or before.is_prerelease:
            return "a prerelease"
        return f"{_step(before, after)} released, {_step(before, found)} derived"


def replay_packages(data: Path = DATA) -> Iterator[PackageReplay]:
    """Derive every release of the data."""
    for path in sorted(data.glob("*.jsonl")):
        repository = path.stem.replace("__", "/")
        given_settings = json.loads(path.with_suffix(".config.json").read_text(encoding="utf-8"))
        settings = {event: one["settings"] for one in given_settings for event in one["events"]}
        events = defaultdict(list)
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            events[row["event"]].append(row)
        for event, rows in events.items():
            yield from _derived(repository, rows, settings[event])


def configuration(settings: Settings, event: str) -> Settings:
    """What a repository told its own tool, as tagboat's configuration."""
    options, given_packages = settings["options"], settings["packages"]
    is_rp = settings["tool"] == "release-please"
    plugins = [p if isinstance(p, str) else p["type"] for p in options.get("plugins", [])]
    has_dependents = any(name.endswith("-workspace") for name in plugins) or not is_rp
    config: Settings = {"bump": _bump(options, is_rp=is_rp), "ignore": {"ids": [event]}}
    if not is_rp:
        types = "|".join(("feat", "fix", *OTHERS))
        config["rewrite"] = [
            {"pattern": rf"\A(?!(?i:{types})(?:\([^()\n]*\))?!?: )", "text": "chore: "}
        ]
    names = {one["name"]: path for path, one in given_packages.items() if one["name"]}
    config["packages"] = [
        {
            "name": _named(path),
            "paths": [path] if path else [],
            "tag": f"{_named(path)}@{{version}}",
            "covers": "all" if is_rp and not path else "rest",
            "empty": "all" if is_rp else "none",
            "exclude": [one.rstrip("/") for one in package.get("exclude-paths", []) if one],
            "needs": _needed(package, names, path) if has_dependents else [],
        }
        for path, package in given_packages.items()
    ]
    return config


def _zero(options: Settings, *, is_rp: bool) -> Settings:
    """What 0.x versions do: release-please leaves them by itself unless somebody says otherwise."""
    keeps, small = (
        options.get(name) for name in ("bump-minor-pre-major", "bump-patch-for-minor-pre-major")
    )
    return {
        "breaking": "minor" if keeps or not is_rp else "major",
        "feature": "patch" if small else "minor",
    }


def _bump(options: Settings, *, is_rp: bool) -> Settings:
    sections = options.get("changelog-sections")
    if not is_rp:
        return dict.fromkeys(OTHERS, "patch")
    shown = SHOWN
    if sections:
        shown = tuple(one["type"] for one in sections if not one.get("hidden"))
    hidden = {name: "none" for name in ("fix", "perf") if name not in shown}
    return {name: "patch" for name in shown if name not in ("feat", "feature")} | hidden


def _named(path: str) -> str:
    """The name of a package, made of its path."""
    return path.replace("/", ".").replace("@", "") or "root"


def _needed(package: Settings, names: Mapping[str, str], path: str) -> list[str]:
    kinds = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
    wanted = [name for kind in kinds for name in package["needs"].get(kind, {})]
    return sorted({_named(names[n]) for n in wanted if n in names and names[n] != path})


def _derived(
    repository: str, rows: Sequence[Settings], settings: Settings
) -> Iterator[PackageReplay]:
    """Derive the releases of one event together."""
    config = configuration(settings, rows[0]["event"])
    assert problems(config) == (), (repository, problems(config))
    packages = {one.name: one for one in ConfiguredSettings(config_of(config)).packages}
    owners = Owners(list(packages.values()))
    own, released = {}, {}
    for row in rows:
        path = row["paths"][0] if row["paths"] else ""
        name = next((n for n in packages if packages[n].paths == ((path,) if path else ())), "root")
        zeroed = _with_zero(packages[name], settings["packages"].get(path, {}), settings)
        released[name] = (row, zeroed)
        own[name] = _own(row, zeroed, owners)
    bases = {name: OwnChanges(None, one.due, one.bump) for name, one in own.items()}
    needs = {n: [Need(of, packages[n].propagate) for of in packages[n].needs] for n in own}
    due = due_set(bases, needs, {})
    for name, (row, zeroed) in released.items():
        found = own[name]
        if name in due and due[name].because:
            pull = Pull(due[name].bump, None, due[name].because)
            found = _decided(zeroed, found.tagging.tags[0].name, found.assessed._replace(pull=pull))
        version = str(found.version) if found.due else "nothing"
        yield PackageReplay(repository, row["package"], row["previous"], row["released"], version)


def _with_zero(package: Package, given_package: Settings, settings: Settings) -> Package:
    """The package with the rules of 0.x that it has of its own."""
    options = settings["options"] | {k: v for k, v in given_package.items() if k.startswith("bump")}
    zero = _zero(options, is_rp=settings["tool"] == "release-please")
    rules = package.policy.rules
    levels = type(rules.zero)(Bump[zero["breaking"].upper()], Bump[zero["feature"].upper()])
    return package._replace(policy=package.policy._replace(rules=rules._replace(zero=levels)))


def _own(row: Settings, package: Package, owners: Owners) -> NextVersion:
    """What the commits of a package ask for."""
    commits = [
        Commit(one["id"], tuple(one["parents"]), one["message"], time)
        for time, one in enumerate(row["commits"])
    ]
    touching = frozenset(
        one["id"]
        for one in row["commits"]
        if package.name in owners.of_all(one["files"])
        or (not one["files"] and package.empty == "all")
    )
    assessments = assess(CommitGraph(commits), package.policy, touching=touching)
    tag = f"{package.name}@{row['previous']}"
    tagging = given([Ref(tag, "0" * 40)], TagFormat(f"{package.name}@"))
    (base,) = tagging.tags
    counted = tuple(one for one in assessments if one.commit.id in touching)
    return _decided(package, tag, AssessedRange(base, base, counted, counted))


def _decided(package: Package, tag: str, assessed: AssessedRange) -> NextVersion:
    tagging = given([Ref(tag, "0" * 40)], TagFormat(f"{package.name}@"))
    channel = Channel("main", token_of(tagging.tags[0].version))
    return next_release(package, channel, tagging, assessed, VersionOverride())


def _step(before: Version, after: Version) -> str:
    names = ("major", "minor", "patch")
    return next((n for n, a, b in zip(names, before, after, strict=False) if a != b), "none")


def main() -> int:
    """Print how many releases of each repository are derived, and the others by kind."""
    if not DATA.is_dir():
        print(f"no replay data beside this checkout (looked for {DATA.parent.name}/{DATA.name})")
        return 1 if os.environ.get(REQUIRED) else 0
    results = list(replay_packages())
    for repository in (*sorted({result.repository for result in results}), "all"):
        of = [one for one in results if repository in (one.repository, "all")]
        right = sum(result.agrees for result in of)
        print(f"{repository:55} {right:5} of {len(of):5}   {share(of):7.2%}")
    wrong = [result for result in results if not result.agrees]
    kinds = Counter((result.repository, result.kind) for result in wrong)
    for (repository, kind), count in sorted(kinds.items()):
        print(f"  {count:4}  {repository}: {kind}")
    return 0 if _are_kept(results) else 1


def _are_kept(results: Sequence[PackageReplay]) -> bool:
    """Whether as many are derived as is promised, of all and of each repository."""
    shares = {name: share([r for r in results if r.repository == name]) for name in FIGURES}
    return share(results) >= PROMISED and all(shares[name] >= FIGURES[name] for name in FIGURES)


def share(results: Sequence[PackageReplay]) -> float:
    """Which part of some releases is derived."""
    return sum(result.agrees for result in results) / len(results)


if __name__ == "__main__":
    sys.exit(main())
