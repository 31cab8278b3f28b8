"""The benchmark's histories are what their names say, and the same wherever they are made."""

import json
import subprocess
from pathlib import Path

import pytest

from benchmarks.histories import GIT_ENVIRONMENT, UNRELEASED, Repository, Spec, build, head
from benchmarks.package_histories import PackagesSpec, build_packages
from benchmarks.releases import prepared

KINDS = ("linear", "merges", "side")


def git(repository: Path, *arguments: str) -> str:
    command = ("git", "-C", str(repository), *arguments)
    return subprocess.check_output(command, env=GIT_ENVIRONMENT, text=True).strip()


@pytest.fixture(scope="module", params=KINDS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return build(Spec(request.param, 1000, 100), tmp_path_factory.mktemp("histories"))


def test_two_builds_have_the_same_commits_and_tags(made: Repository, tmp_path: Path) -> None:
    again = build(made.spec, tmp_path)
    refs = [git(one.plain, "for-each-ref") for one in (made, again)]
    assert (head(made.plain), refs[0]) == (head(again.plain), refs[1])


def test_a_build_is_used_again(made: Repository) -> None:
    marker = made.plain / ".git" / "marker"
    marker.touch()
    assert build(made.spec, made.plain.parent.parent) == made
    assert marker.exists()


def test_a_history_has_the_commits_and_tags_it_was_asked_for(made: Repository) -> None:
    assert git(made.plain, "rev-list", "--all", "--count") == "1000"
    assert len(git(made.plain, "tag").splitlines()) == 100


def test_the_unreleased_commits_are_as_many_in_every_kind(made: Repository) -> None:
    assert git(made.plain, "rev-list", "--count", f"{made.base}..HEAD") == str(UNRELEASED)


def test_the_base_is_the_highest_version_tag_among_the_ancestors(made: Repository) -> None:
    tags = git(made.plain, "tag", "--merged", "HEAD", "--sort=-version:refname").splitlines()
    assert tags[0] == made.base


def test_the_unreleased_features_ask_for_the_next_minor(made: Repository) -> None:
    major, minor, _ = made.base.removeprefix("v").split(".")
    assert made.expected == f"{major}.{int(minor) + 1}.0"


def test_tags_are_annotated_and_lightweight(made: Repository) -> None:
    types = git(made.plain, "for-each-ref", "--format=%(objecttype)", "refs/tags").split()
    assert (types.count("tag"), types.count("commit")) == (67, 33)


def test_the_copies_differ_in_the_commit_graph_alone(made: Repository) -> None:
    graphs = [(one / ".git/objects/info/commit-graph").exists() for one in (made.plain, made.graph)]
    assert graphs == [False, True]
    assert head(made.plain) == head(made.graph)


def test_three_commits_in_ten_are_merges_in_a_merge_heavy_history(tmp_path: Path) -> None:
    made = build(Spec("merges", 1000, 100), tmp_path)
    assert int(git(made.plain, "rev-list", "--merges", "--count", "HEAD")) > 300


def test_side_tags_make_the_highest_and_the_nearest_tag_the_wrong_base(tmp_path: Path) -> None:
    made = build(Spec("side", 1000, 100), tmp_path)
    highest = git(made.plain, "tag", "--sort=-version:refname").splitlines()[0]
    nearest = git(made.plain, "describe", "--tags", "--abbrev=0")
    assert made.base not in {highest, nearest}


def test_most_side_tags_are_no_ancestors(tmp_path: Path) -> None:
    made = build(Spec("side", 1000, 100), tmp_path)
    assert len(git(made.plain, "tag", "--merged", "HEAD").splitlines()) == 10


def test_branches_that_merged_each_other_have_two_merge_bases(tmp_path: Path) -> None:
    made = build(Spec("merges", 1000, 100), tmp_path)
    bases = git(made.plain, "merge-base", "--all", "HEAD~1^2", "HEAD~2^2")
    assert len(bases.split()) == 2


def test_release_starts_anew_each_time(tmp_path: Path) -> None:
    place = prepared(build(Spec("linear", 50, 5), tmp_path / "cache").plain, tmp_path / "place")
    for _ in range(2):
        place.restart()
        assert place.released() == ""
        git(place.clone, "tag", "v99.0.0")
        git(place.clone, "push", "--quiet", "origin", "main", "v99.0.0")
        assert place.released() == "v99.0.0"


def test_packages_have_bases_that_are_spread_over_the_last_commits(tmp_path: Path) -> None:
    spec = PackagesSpec(10, 200, 100)
    made, again = (build_packages(spec, tmp_path / name) for name in "ab")
    refs = [git(one.path, "for-each-ref") for one in (made, again)]
    assert (head(made.path), refs[0]) == (head(again.path), refs[1])
    since = [
        int(git(made.path, "rev-list", "--count", f"{name}-v1.1.0..HEAD")) for name in spec.names
    ]
    assert since == [99 - 10 * number for number in range(10)]
    assert made.oldest == "p000-v1.1.0"


def test_lerna_finds_the_same_packages_and_needs(tmp_path: Path) -> None:
    made = build_packages(PackagesSpec(12, 200, 100), tmp_path)
    read = {
        name: json.loads((made.path / name).read_text())
        for name in git(made.path, "ls-files", "*.json").splitlines()
    }
    assert read["lerna.json"] == {"version": "independent", "tagVersionSeparator": "-v"}
    assert read["package.json"]["workspaces"] == ["packages/*"]
    manifests = {f"packages/{name}/package.json" for name in made.spec.names}
    assert manifests == set(read) - {"lerna.json", "package.json"}
    needs = [read[f"packages/{name}/package.json"]["dependencies"] for name in ("p010", "p011")]
    assert needs == [{}, {"p010": "^1.0.0"}]
