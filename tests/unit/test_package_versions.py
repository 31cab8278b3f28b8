"""The next versions of all packages of a repository at once."""

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.bump.assess import Assessment, CommitVerdict
from tagboat.core.bump.bump import Bump
from tagboat.core.changelog.timeline import Section
from tagboat.core.errors import RepositoryError, UsageError
from tagboat.core.next_version.next_version import (
    NextVersion,
    NextVersions,
    Start,
    VersionOverride,
    WhatIf,
)
from tagboat.core.next_version.package import Package, PackageSet
from tagboat.core.packages import ownership
from tagboat.core.version.channel import ChannelRule
from tagboat.core.version.tag import VersionTag
from tagboat.core.version.version import Version
from tagboat.use_cases.changelog.sections import Sections
from tagboat.use_cases.next_version.commit_range import newest_of
from tagboat.use_cases.next_version.next_version import released_tag, upcoming
from tagboat.use_cases.next_version.package_versions import Asked, PackageVersions
from tagboat.use_cases.next_version.repository_state import BaseFinder, Query
from tests.fakes import MemoryHistory, MemoryRemote

if TYPE_CHECKING:
    from collections.abc import Sequence

TAG = "{name}-v{version}"
CONFIG = "tagboat.toml"
MARKED = "object 1\ntype commit\ntag x\n\nnotes\n\nTagboat-Release: 1\n"


def package(name: str, *paths: str, **others: Any) -> Package:  # noqa: ANN401 - fields
    """A package in a folder of its name, unless others are given."""
    return Package(name, paths or (name,), tag=TAG)._replace(**others)


API, CORE, WEB = package("api"), package("core"), package("web")
ROOT = Package("root", tag="v{version}")


def nothing_declared(packages: "Sequence[Package]", _: str) -> list[Start | None]:
    """What version files say where there are none."""
    return [None] * len(packages)


class Repository:
    """A history in memory, and the packages in it; each is released once in the first commit."""

    def __init__(self, *packages: Package, first: bool = True) -> None:
        self.history = MemoryHistory()
        self.packages = packages
        self.query = Query()
        self.origin: MemoryHistory | None = None
        self.earlier: dict[str, Sequence[Package]] = {}
        if first:
            self.history.commit("feat: all", path=tuple(f"{p.name}/a" for p in packages))
            for one in packages:
                self.release(one.name, "1.0.0")

    def release(self, name: str, version: str, *, ours: bool = False) -> None:
        """Tag HEAD."""
        one = next(one for one in self.packages if one.name == name)
        tag = (one.tag or "v{version}").replace("{name}", name).replace("{version}", version)
        self.history.tag(tag)
        if ours:
            self.history.texts_at[f"refs/tags/{tag}"] = MARKED

    def configure(self, message: str, *packages: Package, path: str = "") -> None:
        """Commit a configuration, with a change of another file."""
        text = f"configuration {len(self.earlier)}"
        self.earlier[text] = packages
        commit = self.history.commit(message, path=(CONFIG, path) if path else CONFIG)
        self.history.texts_at[f"{commit}:{CONFIG}"] = text

    def decide(self, asked: Asked = Asked(), declare: object = nothing_declared) -> NextVersions:  # noqa: B008
        """Decide at HEAD."""
        read = lambda _, text: self.earlier.get(text)  # noqa: E731
        among = PackageSet(self.packages, (CONFIG,), read if self.earlier else None)
        remote = MemoryRemote(self.origin, self.history)
        versions = PackageVersions(self.history, remote, among, self.query, declare)  # type: ignore[arg-type]
        return versions.decide(self.history.facts(), asked)

    def due(self, *names: str, **others: Any) -> dict[str, str]:  # noqa: ANN401 - fields
        """What is due, by name; of some packages where they are named."""
        return {
            release.package.name: str(release.version)
            for release in self.decide(Asked(names)._replace(**others)).due
        }


@pytest.fixture
def three() -> Repository:
    return Repository(API, CORE, WEB)


# Own changes


def test_a_package_counts_what_changes_its_files(three: Repository) -> None:
    three.history.commit("feat: a", path="api/b")
    three.history.commit("fix: b", path="web/b")
    assert three.due() == {"api": "1.1.0", "web": "1.0.1"}


def test_each_package_counts_from_its_own_base(three: Repository) -> None:
    three.history.commit("feat: a", path=("api/b", "core/b"))
    three.release("api", "1.1.0")
    three.history.commit("fix: b", path=("api/b", "core/b"))
    assert three.due() == {"api": "1.1.1", "core": "1.1.0"}


TAKEN_IN = "Dark mode (#9)\n\n* fix: dark\n\n* feat: b (#1)"


def test_what_a_squash_took_in_of_a_release_counts_for_the_others_alone(three: Repository) -> None:
    three.history.commit("feat: b (#1)", path=("api/b", "web/b"))
    three.release("api", "1.1.0")
    three.history.commit(TAKEN_IN, path=("api/c", "core/c"))
    assert three.due() == {"api": "1.1.1", "core": "1.1.0", "web": "1.1.0"}


def test_what_a_squash_took_in_may_be_below_all_bases(three: Repository) -> None:
    three.history.commit("feat: b (#1)", path="api/b")
    for name in ("api", "core", "web"):
        three.release(name, "1.1.0")
    three.history.commit(TAKEN_IN, path="core/c")
    assert three.due() == {"core": "1.1.1"}


def test_on_their_tags_nothing_is_due(three: Repository) -> None:
    found = three.decide()
    assert not found.due
    assert [str(one.version) for one in found.releases] == ["1.0.0"] * 3
    assert next(one.tag for one in found.releases) == "api-v1.0.0"


def test_before_the_first_commit_nothing_is_due() -> None:
    repository = Repository(API, first=False)
    assert repository.due() == {}


def test_a_root_counts_what_nobody_else_has() -> None:
    repository = Repository(ROOT, API)
    repository.history.commit("fix: a", path="readme")
    assert repository.due() == {"root": "1.0.1"}
    repository.history.commit("fix: a", path="api/b")
    assert repository.due() == {"root": "1.0.1", "api": "1.0.1"}


def test_a_commit_without_files_counts_for_those_that_it_names(three: Repository) -> None:
    three.history.commit("feat: a")
    assert three.due() == {}
    three.history.commit("fix: a\n\nPackage: api, web")
    assert three.due() == {"api": "1.0.1", "web": "1.0.1"}
    three.history.commit("feat: a\n\nPackage: *")
    assert three.due() == {"api": "1.1.0", "core": "1.1.0", "web": "1.1.0"}


def test_a_footer_that_names_no_package_is_told(three: Repository) -> None:
    commit = three.history.commit("fix: a\n\nPackage: apo")
    assert f"{commit[:10]} has the footer Package: apo, which is no package" in three.decide().notes


def test_where_all_empty_commits_count_they_do(three: Repository) -> None:
    three.packages = (API._replace(empty="all"), CORE)
    three.history.commit("feat: a")
    three.history.commit("chore: b", path="api/b")
    assert three.due() == {"api": "1.1.0"}


def test_a_merge_counts_for_what_it_brings_to_its_first_parent(three: Repository) -> None:
    start = three.history.head
    three.history.commit("chore: on main", path="core/b")
    main = three.history.head
    three.history.switch(start)
    side = three.history.commit("wip", path="api/b")
    three.history.switch(main)
    three.history.merge(side, "feat: merged")
    assert three.due() == {"api": "1.1.0"}


def test_a_revert_takes_back_what_is_unreleased_and_is_a_patch_where_it_is_not(
    three: Repository,
) -> None:
    feature = three.history.commit("feat: a", path=("api/b", "web/b"))
    three.release("web", "1.1.0")
    revert = three.history.revert(feature)
    three.history.paths[revert] = ("api/b", "web/b")
    three.history.commit("chore: c", path=("api/b", "web/b"))
    assert three.due() == {"web": "1.1.1"}


def test_a_revert_of_what_is_below_every_base_is_a_patch(three: Repository) -> None:
    feature = three.history.commit("feat: a", path="api/b")
    for name in ("api", "core", "web"):
        three.release(name, "1.1.0")
    revert = three.history.revert(feature)
    three.history.paths[revert] = ("api/b",)
    assert three.due() == {"api": "1.1.1"}


def test_a_cherry_pick_of_what_is_released_is_nothing(three: Repository) -> None:
    feature = three.history.commit("feat: a", path=("api/b", "web/b"))
    three.release("api", "1.1.0")
    pick = three.history.cherry_pick(feature)
    three.history.paths[pick] = ("api/b",)
    assert three.due() == {"web": "1.1.0"}


def test_tags_on_other_branches_are_no_base_but_taken(three: Repository) -> None:
    start = three.history.head
    three.history.commit("fix: elsewhere", path="api/b")
    three.release("api", "1.0.1")
    three.history.switch(start)
    three.history.commit("feat: a", path=("api/b", "web/b"))
    assert three.due() == {"api": "1.1.0", "web": "1.1.0"}
    three.history.switch(start)
    three.history.commit("fix: a", path=("api/b", "web/b"))
    with pytest.raises(RepositoryError, match=r"^api: version 1\.0\.1 is taken by api-v1\.0\.1"):
        three.due()
    assert three.due("web") == {"web": "1.0.1"}


def test_bases_that_are_not_based_on_each_other_lose_nothing(three: Repository) -> None:
    start = three.history.head
    one = three.history.commit("feat: on one", path=("web/b", "core/c"))
    three.release("api", "1.1.0")
    three.history.switch(start)
    three.history.commit("fix: on two", path=("api/b", "core/b"))
    three.release("web", "1.1.0")
    three.history.merge(one)
    assert three.due() == {
        "api": "1.1.1",
        "core": "1.1.0",
        "web": "1.2.0",
    }


def test_what_a_tag_of_another_package_spells_is_no_version_of_the_root() -> None:
    repository = Repository(Package("root"), API, first=False)
    repository.history.commit("feat: all", path=("a", "api/a"), tag="api-v1.0.0")
    assert repository.due() == {"root": "0.1.0"}


# Files that did not change


def test_a_package_in_which_nothing_changed_does_not_stretch_what_is_read(
    three: Repository,
) -> None:
    three.history.commit("feat: a", path="api/b")
    three.release("api", "1.1.0")
    three.history.commit("fix: a", path="api/b")
    assert three.due() == {"api": "1.1.1"}
    asked = three.history.asked
    assert asked.count("changed files") == 1


def test_git_reads_the_commits_while_it_is_asked_what_changed_in_most_packages(
    three: Repository,
) -> None:
    three.history.commit("feat: a", path="api/b")
    three.history.asked.clear()
    assert three.due() == {"api": "1.1.0"}
    assert three.history.asked[:3] == ["objects", "changed files", "objects"]


def test_a_footer_finds_a_package_in_which_nothing_changed(three: Repository) -> None:
    three.history.commit("fix: empty\n\nPackage: web")
    three.history.commit("feat: a", path="api/b")
    three.release("api", "1.1.0")
    assert three.due() == {"web": "1.0.1"}


# With what a package is released


def released_with(repository: Repository, *names: str) -> dict[str, tuple[str, ...]]:
    """What each release that others ask for is made for."""
    found = repository.decide(Asked(names)).due
    return {
        one.package.name: one.assessed.pull.released
        for one in found
        if one.assessed.pull is not None
    }


def test_a_dependent_says_with_which_versions_it_is_released(three: Repository) -> None:
    three.packages = (API._replace(needs=("core", "web")), CORE, WEB._replace(needs=("core",)))
    three.history.commit("feat: a", path="core/b")
    assert released_with(three) == {"api": ("core 1.1.0", "web 1.0.1"), "web": ("core 1.1.0",)}


def test_what_was_left_behind_is_released_with_the_newest_version(three: Repository) -> None:
    three.packages = (API._replace(needs=("core",)), CORE, WEB)
    three.history.commit("feat: a", path="core/b")
    three.release("core", "1.1.0")
    three.history.texts_at["refs/tags/core-v1.1.0"] = MARKED
    assert released_with(three) == {"api": ("core 1.1.0",)}


def test_a_member_of_a_group_says_whose_changes_it_is_released_for(three: Repository) -> None:
    three.packages = tuple(one._replace(group="all") for one in three.packages)
    three.history.commit("feat: a", path="core/b")
    three.history.commit("fix: b", path="web/b")
    assert released_with(three) == {"api": ("core 1.1.0", "web 1.1.0"), "core": (), "web": ()}


# First releases


def test_a_new_package_starts_where_its_path_first_exists(three: Repository) -> None:
    three.history.commit("fix: a", path="api/b")
    three.history.commit("feat: new", path="new/a")
    three.packages = (*three.packages, package("new", initial=Version(0, 3, 0)))
    found = three.decide()
    assert {str(one.tag) for one in found.due} == {"api-v1.0.1", "new-v0.3.0"}
    (new,) = (one for one in found.releases if one.package.name == "new")
    assert [item.commit.message for item in new.assessed.assessments] == ["feat: new"]


@pytest.mark.parametrize(
    ("ignored", "notes"),
    [((), ("v1.10.0 is of no package: those without a tag do not count from it",)), (("v*",), ())],
)
def test_a_version_of_no_package_is_told_where_one_begins_anew(
    ignored: tuple[str, ...], notes: tuple[str, ...]
) -> None:
    api = API._replace(ignored_tags=ignored)
    repository = Repository(api, WEB._replace(ignored_tags=ignored), first=False)
    repository.history.commit("feat: all", path=("api/a", "web/a"))
    repository.release("web", "1.0.0")
    for name in ("v1.9.0", "v1.10.0", "latest"):
        repository.history.tag(name)

    assert repository.decide().notes == notes


def test_version_files_declare_what_a_first_release_follows() -> None:
    repository = Repository(API, WEB, first=False)
    start = repository.history.commit("feat: all", path=("api/a", "web/a"))
    repository.history.commit("fix: api", path="api/a")

    def declare(packages: "Sequence[Package]", _: str) -> list[Start | None]:
        declared = Start(Version(2, 0, 0), "api/version", start)
        return [declared if one.name == "api" else None for one in packages]

    found = repository.decide(declare=declare)
    assert [str(one.version) for one in found.due] == ["2.0.1", "0.1.0"]
    assert any(note.startswith("no version tag yet: counting from 2.0.0") for note in found.notes)


def test_a_declared_version_below_the_first_is_none() -> None:
    repository = Repository(API, first=False)
    start = repository.history.commit("feat: all", path="api/a")
    declared = Start(Version(0, 0, 1), "api/version", start)
    found = repository.decide(declare=lambda *_: [declared])
    assert [str(one.version) for one in found.due] == ["0.1.0"]


def test_beside_strange_tags_no_first_version_is_decided() -> None:
    repository = Repository(Package("root"), API, first=False)
    repository.history.commit("feat: all", path=("a", "api/a"), tag="release-2024-1")
    with pytest.raises(
        RepositoryError, match=r"^root: the tag release-2024-1 looks like a version"
    ):
        repository.due()
    only = VersionOverride(version=Version(1, 0, 0))
    assert repository.due("root", override=only) == {"root": "1.0.0"}


# Moved and renamed packages


def test_a_moved_package_loses_nothing(three: Repository) -> None:
    three.configure("chore: configure", API, CORE, WEB)
    three.history.commit("feat: before", path="api/b")
    moved = package("api", "packages/api")
    three.configure("refactor: move", moved, CORE, WEB, path="packages/api/b")
    three.packages = (moved, CORE, WEB)
    assert three.due() == {"api": "1.1.0"}


def test_a_moved_package_that_is_otherwise_untouched_is_looked_at(three: Repository) -> None:
    three.configure("chore: configure", package("api", "old"), CORE, WEB)
    three.release("api", "1.0.1")
    three.history.commit("feat: before", path="old/b")
    three.configure("refactor: configuration alone", API, CORE, WEB)
    assert three.due() == {"api": "1.1.0"}


def test_a_renamed_package_has_its_old_tags_and_changes() -> None:
    repository = Repository(package("server"), WEB)
    repository.configure("chore: configure", package("server"), WEB)
    repository.history.commit("feat: before", path="server/b")
    api = package("api", was=("server",))
    repository.configure("refactor: rename", api, WEB, path="api/b")
    repository.packages = (api, WEB)
    (due,) = repository.decide().due
    assert (due.tag, due.assessed.base and due.assessed.base.name) == (
        "api-v1.1.0",
        "server-v1.0.0",
    )


def test_before_there_was_a_configuration_a_package_was_where_it_says() -> None:
    repository = Repository(package("api", was_paths=("old",)), WEB)
    repository.history.commit("feat: before", path="old/b")
    repository.configure("chore: configure", *repository.packages)
    assert repository.due() == {"api": "1.1.0"}


def test_a_folder_that_another_took_over_belongs_to_that_one_from_then_on(
    three: Repository,
) -> None:
    one, other = package("api", "api", "shared"), package("web", "web", "shared")
    three.configure("chore: configure", one, CORE, WEB)
    three.release("web", "1.0.1")
    three.history.commit("feat: before", path="shared/a")
    three.configure("chore: take over", API, CORE, other)
    three.history.commit("fix: after", path="shared/a")
    three.packages = (API, CORE, other)
    assert three.due() == {"api": "1.1.0", "web": "1.0.2"}


def test_a_side_branch_has_the_configuration_that_it_was_made_from(three: Repository) -> None:
    three.configure("chore: configure", package("api", "old"), CORE, WEB)
    start = three.history.head
    side = three.history.commit("feat: in the old place", path="old/b")
    three.history.switch(start)
    three.configure("refactor: move", API, CORE, WEB, path="api/b")
    three.history.merge(side)
    assert three.due() == {"api": "1.1.0"}


def test_a_text_that_is_no_configuration_is_as_if_there_was_none(three: Repository) -> None:
    three.configure("chore: configure", API, CORE, WEB)
    three.earlier.clear()
    three.earlier["another"] = ()
    three.history.commit("feat: a", path="api/b")
    assert three.due() == {"api": "1.1.0"}


# Dependents


def test_a_dependent_is_released_with_what_it_needs(three: Repository) -> None:
    three.packages = (API._replace(needs=("core",)), CORE, WEB._replace(needs=("api",)))
    three.history.commit("feat: a", path="core/b")
    found = three.decide()
    assert [(str(one.version), one.origin) for one in found.due] == [
        ("1.0.1", "patch bump from api-v1.0.0, with core"),
        ("1.1.0", "minor bump from core-v1.0.0"),
        ("1.0.1", "patch bump from web-v1.0.0, with api"),
    ]


def test_a_narrowed_run_names_those_that_it_leaves(three: Repository) -> None:
    three.packages = (API._replace(needs=("core",)), CORE, WEB)
    three.history.commit("feat: a", path="core/b")
    found = three.decide(Asked(("core",)))
    assert [str(one.tag) for one in found.due] == ["core-v1.1.0"]
    assert (found.left, found.is_single) == (("api",), True)
    assert three.due("api") == {}


def test_what_a_narrowed_run_leaves_releases_nobody(three: Repository) -> None:
    three.packages = (API._replace(needs=("core",)), CORE, WEB._replace(needs=("api",)))
    three.history.commit("feat: a", path="core/b")
    found = three.decide(Asked(("core", "web")))
    assert [one.tag for one in found.due] == ["core-v1.1.0"]
    assert found.left == ("api",)
    three.history.commit("fix: b", path="web/b")
    found = three.decide(Asked(("core", "web")))
    assert [one.origin for one in found.due][1:] == ["patch bump from web-v1.0.0"]


def test_a_version_that_is_lifted_says_what_it_is_released_with(three: Repository) -> None:
    rules = (ChannelRule("main", prerelease="rc"),)
    core, api = (one._replace(channels=rules) for one in (CORE, API._replace(needs=("core",))))
    three.packages = (core, api)
    three.history.commit("feat: a", path=("api/b", "core/b"))
    three.release("core", "1.1.0-rc.1")
    three.release("api", "1.1.0-rc.1")
    three.history.commit("fix: b", path="core/b")
    assert three.decide().due[1].origin == "not below api-v1.1.0-rc.1, with core"


@pytest.mark.parametrize(
    ("propagate", "expected"), [("patch", "1.0.1"), ("same", "1.1.0"), ("none", "")]
)
def test_a_dependent_that_was_left_stays_due(
    three: Repository, propagate: str, expected: str
) -> None:
    three.packages = (API._replace(needs=("core",), propagate=propagate), CORE, WEB)
    three.history.commit("feat: a", path="core/b")
    three.release("core", "1.1.0", ours=True)
    assert three.due().get("api", "") == expected
    three.release("api", "1.0.1")
    assert three.due() == {}


@pytest.mark.parametrize(
    ("version", "expected"), [("2.0.0", "2.0.0"), ("1.1.0", "1.1.0"), ("1.0.1", "1.0.1")]
)
def test_a_missed_release_asks_for_as_much_as_it_changed(
    three: Repository, version: str, expected: str
) -> None:
    three.packages = (API._replace(needs=("core",), propagate="same"), CORE, WEB)
    three.history.commit("chore: a", path="core/b")
    three.release("core", version, ours=True)
    assert three.due() == {"api": expected}


def test_a_missed_first_release_is_a_patch(three: Repository) -> None:
    new = package("new")
    three.packages = (API._replace(needs=("new",), propagate="same"), new)
    three.history.commit("feat: a", path="new/b")
    three.release("new", "1.0.0", ours=True)
    assert three.due() == {"api": "1.0.1"}


def test_a_release_of_another_tool_was_missed_by_nobody(three: Repository) -> None:
    three.packages = (API._replace(needs=("core",)), CORE, WEB)
    three.history.commit("feat: a", path="core/b")
    three.release("core", "1.1.0")
    assert three.due() == {}


def test_a_group_has_one_version(three: Repository) -> None:
    three.packages = tuple(one._replace(group="all") for one in three.packages)
    three.history.commit("fix: a", path="web/b")
    three.release("web", "1.4.0")
    three.history.commit("feat: a", path="api/b")
    found = three.decide()
    assert three.due() == {"api": "1.5.0", "core": "1.5.0", "web": "1.5.0"}
    assert three.due("core") == three.due()
    assert found.releases[1].origin == "minor bump from 1.4.0, the highest, in group all"


def test_a_new_member_of_a_group_has_its_version(three: Repository) -> None:
    three.packages = (API._replace(group="g"), package("new", group="g"))
    three.history.commit("feat: new", path="new/a")
    assert three.due() == {"api": "1.1.0", "new": "1.1.0"}


def test_a_group_without_releases_has_the_first_version() -> None:
    repository = Repository(API._replace(group="g"), WEB._replace(group="g"), first=False)
    repository.history.commit("feat: new", path="api/a")
    assert repository.due() == {"api": "0.1.0", "web": "0.1.0"}
    told = {one.origin for one in repository.decide().due}
    assert told == {"the first version, in group g"}


def test_a_group_has_the_version_that_a_footer_asks_for(three: Repository) -> None:
    three.packages = tuple(one._replace(group="all") for one in three.packages)
    three.history.commit("fix: a\n\nRelease-As: 3.0.0", path="web/b")
    assert set(three.due().values()) == {"3.0.0"}


def test_a_group_whose_version_is_taken_is_told(three: Repository) -> None:
    start = three.history.head
    three.history.commit("fix: elsewhere")
    three.release("core", "1.1.0")
    three.history.switch(start)
    three.packages = (API._replace(group="g"), CORE._replace(group="g"))
    three.history.commit("feat: a", path="api/b")
    with pytest.raises(RepositoryError, match=r"version 1\.1\.0 is taken by core-v1\.1\.0"):
        three.due()


def test_a_cycle_is_released_as_one(three: Repository) -> None:
    none: dict[str, Any] = {"propagate": "none"}
    three.packages = (API._replace(needs=("core",), **none), CORE._replace(needs=("api",), **none))
    three.history.commit("feat: a", path="core/b")
    assert three.due() == {"api": "1.0.1", "core": "1.1.0"}
    assert three.due("core") == three.due()


def test_a_package_that_is_never_released_alone_waits(three: Repository) -> None:
    three.packages = (API._replace(release=False), CORE)
    three.history.commit("feat: a", path="api/b")
    held = three.decide().releases[0]
    assert (held.due, str(held.version), held.origin) == (
        False,
        "1.0.0",
        "it is never released alone",
    )
    three.history.commit("fix: a", path="core/b")
    assert three.due() == {"api": "1.1.0", "core": "1.0.1"}


def test_a_first_version_that_waits_is_none() -> None:
    repository = Repository(API._replace(release=False), WEB, first=False)
    repository.history.commit("feat: a", path="api/b")
    assert repository.decide().releases[0].version is None


def test_the_first_version_of_a_dependent_is_its_initial_one() -> None:
    repository = Repository(API._replace(needs=("core",)), CORE, first=False)
    repository.history.commit("feat: a", path="core/b")
    assert repository.due() == {"api": "0.1.0", "core": "0.1.0"}


# Channels


def test_a_prerelease_propagates_as_one(three: Repository) -> None:
    three.history.branch = "next"
    three.packages = (API._replace(needs=("core",)), CORE, WEB)
    three.history.commit("feat: a", path="core/b")
    assert three.due() == {"api": "1.0.1-rc.1", "core": "1.1.0-rc.1"}
    three.release("core", "1.1.0-rc.1", ours=True)
    assert three.due() == {"api": "1.0.1-rc.1"}
    three.release("api", "1.0.1-rc.1", ours=True)
    assert three.due() == {}
    three.history.commit("fix: a", path="core/b")
    assert three.due() == {"api": "1.0.1-rc.2", "core": "1.1.0-rc.2"}


def test_promoting_covers_everything_since_the_last_stable_release(three: Repository) -> None:
    three.history.commit("feat: a", path="core/b")
    three.release("core", "1.1.0-rc.1")
    assert three.due() == {"core": "1.1.0"}


def test_a_stable_target_is_not_below_a_prerelease_that_is_there(three: Repository) -> None:
    three.history.commit("fix: a", path="core/b")
    three.release("core", "1.2.0-rc.1")
    assert three.due() == {"core": "1.2.0"}


def test_a_branch_that_is_no_channel_is_told(three: Repository) -> None:
    three.history.branch = "topic"
    assert three.decide().notes == ("topic is no channel: answering as if it were a stable one",)


# What is asked


def test_a_name_that_no_package_has_is_refused(three: Repository) -> None:
    with pytest.raises(UsageError, match="there is no package 'apo'") as caught:
        three.due("apo")
    assert caught.value.hint == "choose one of api, core, web"


def test_an_override_is_for_the_one_that_is_asked_for(three: Repository) -> None:
    assert three.due("api", override=VersionOverride(bump=Bump.MAJOR)) == {"api": "2.0.0"}
    three.packages = (API._replace(needs=("core",)), CORE)
    asked = Asked(("core",), VersionOverride(version=Version(3, 0, 0)))
    assert three.decide(asked).left == ("api",)


def test_what_if_a_commit_were_made(three: Repository) -> None:
    assert three.due(what_if=WhatIf("feat: x", ("api/new",))) == {"api": "1.1.0"}
    assert three.due(what_if=WhatIf("feat: x\n\nPackage: web")) == {"web": "1.1.0"}
    assert three.due(what_if=WhatIf("feat: x")) == {}


# Clones


def test_a_shallow_clone_is_deepened_until_every_base_is_proved() -> None:
    repository = Repository(API, CORE, WEB)
    for number in range(5):
        repository.history.commit(f"fix: {number}", path="api/b")
    repository.origin = repository.history
    repository.history = repository.origin.clone(depth=2)
    found = repository.decide()
    assert [str(one.version) for one in found.due] == ["1.0.1"]
    assert "this clone is shallow: fetched 200 more commits to find the base" in found.notes


def test_a_shallow_clone_that_holds_every_base_is_enough() -> None:
    repository = Repository(API, CORE)
    repository.history.commit("chore: x")
    for name in ("api", "core"):
        repository.release(name, "1.1.0")
    repository.history.commit("fix: a", path="api/b")
    repository.origin = repository.history
    repository.history = repository.origin.clone(depth=2)
    assert repository.due() == {"api": "1.1.1"}
    assert not any("shallow" in note for note in repository.decide().notes)


def test_a_shallow_clone_that_lacks_a_higher_tag_is_deepened() -> None:
    repository = Repository(API, CORE)
    repository.history.commit("fix: a", path="api/b")
    repository.release("api", "1.1.0")
    repository.origin = repository.history
    repository.history = repository.origin.clone(depth=1)
    del repository.history.refs["api-v1.1.0"]
    assert repository.decide().notes[0].startswith("this clone is shallow: fetched")


def test_a_tag_that_only_counts_without_another_is_no_base_of_a_shallow_clone() -> None:
    repository = Repository(API, CORE)
    repository.release("api", "1.2.0")
    repository.history.commit("fix: a", path="api/b")
    repository.release("api", "1.2")
    repository.release("core", "1.1.0")
    repository.origin = repository.history
    assert repository.due() == {"api": "1.2.1"}
    repository.history = repository.origin.clone(depth=1)
    assert repository.due() == {"api": "1.2.1"}


@pytest.mark.parametrize("offline", [True, False])
def test_a_shallow_clone_that_can_not_be_deepened_is_refused(*, offline: bool) -> None:
    repository = Repository(API, CORE)
    repository.history.commit("fix: a", path="api/b")
    repository.history = repository.history.clone(depth=1)
    repository.query = Query(offline=offline)
    with pytest.raises(RepositoryError, match="this clone is shallow"):
        repository.due()


def test_a_clone_without_any_version_tag_asks_its_remote() -> None:
    repository = Repository(API, CORE)
    repository.history.commit("fix: a", path="api/b")
    repository.origin = repository.history
    repository.history = repository.origin.clone(tags=False)
    assert repository.due() == {"api": "1.0.1"}
    repository.query = Query(offline=True)
    assert repository.due() == {"api": "0.1.0", "core": "0.1.0"}


def test_a_clone_that_does_not_fetch_every_tag_asks_for_the_others(three: Repository) -> None:
    three.history.commit("fix: a", path="api/b")
    three.origin = three.history.clone()
    del three.history.refs["api-v1.0.0"]
    three.history.narrow = frozenset({"origin"})
    assert three.due() == {"api": "1.0.1"}
    three.history.narrow = frozenset()
    three.query = Query(ask_remote=True)
    assert three.due() == {"api": "1.0.1"}
    assert three.decide().releases[0].tagging.with_remote


@pytest.mark.parametrize("name", ["api", "core"])
def test_a_release_whose_commit_is_not_here_is_no_base(name: str, three: Repository) -> None:
    three.history.commit("fix: a", path=f"{name}/b")
    here = three.history.clone()
    three.history.commit("feat: b", path=f"{name}/b")
    three.release(name, "1.1.0")
    three.origin, three.history = three.history, here
    three.query = Query(ask_remote=True)
    assert three.due()[name] == "1.0.1"


def test_hidden_tags_do_not_count(three: Repository) -> None:
    three.history.commit("feat: a", path="api/b")
    three.release("api", "1.1.0")
    three.query = Query(hidden=frozenset({"api-v1.1.0"}))
    assert three.due() == {"api": "1.1.0"}


# Laws

FILES = ("a/x", "a/b/x", "c/x", "c/d", "y", "uv.lock")
MESSAGES = ("feat: m", "fix: m", "chore: m", "feat!: m", "words", "fix: m\n\nPackage: c, r")
PARTS = (
    Package("r", tag="r{version}"),
    package("a", tag="a{version}"),
    package("b", "a/b", tag="b{version}"),
    package("c", "c", "y", tag="c{version}", empty="all"),
)


@st.composite
def histories(draw: st.DrawFn) -> MemoryHistory:
    """Commits, merges and tags of packages, at random."""
    history = MemoryHistory(draw(st.sampled_from(["main", "next"])))
    made: list[str] = []
    versions: dict[str, int] = {}
    for _ in range(draw(st.integers(1, 12))):
        kind = draw(st.integers(0, 9)) if made else 9
        if kind == 0:
            history.switch(draw(st.sampled_from(made)))
        elif kind == 1:
            other = draw(st.sampled_from(made))
            if other not in history.reachable_from(history.head or ""):
                made.append(history.merge(other, draw(st.sampled_from(["Merge", "feat: merge"]))))
        elif kind == 2:
            made.append(history.revert(draw(st.sampled_from(made))))
            history.paths[made[-1]] = tuple(draw(st.lists(st.sampled_from(FILES), max_size=2)))
        else:
            files = draw(st.lists(st.sampled_from(FILES), unique=True, max_size=2))
            made.append(history.commit(draw(st.sampled_from(MESSAGES)), path=tuple(files)))
        if draw(st.booleans()):
            name = draw(st.sampled_from("rabc"))
            versions[name] = versions.get(name, 0) + 1
            rc = draw(st.sampled_from(["", "", "-rc.1"]))
            history.tag(f"{name}1.{versions[name]}.0{rc}")
    return history


def outcome(found: object) -> str:
    """A decision as far as it is told."""
    if isinstance(found, RepositoryError):
        return "taken"
    assert isinstance(found, NextVersion)
    return f"{found.version if found.due else 'nothing'}"


def alone(history: MemoryHistory, name: str, packages: tuple[Package, ...]) -> str:
    """What is decided of one package by the way that looks at it alone."""
    one = next(p for p in packages if p.name == name)._replace(among=PackageSet(packages))
    finder = BaseFinder(history, MemoryRemote(None, history), one, Query())
    try:
        state = finder.repository_state(history.facts())
        newest = newest_of(history, state.channel, state.tagging.tags, state.since)
        return "nothing" if is_same(history, one, newest) else outcome(upcoming(finder, state))
    except RepositoryError as error:
        return outcome(error)


def is_same(history: MemoryHistory, one: Package, newest: VersionTag | None) -> bool:
    """Whether nothing in the paths of a package differs from its newest release.

    A merge may bring to its first parent what was released already.
    """
    if newest is None or not one.paths or one.empty == "all":
        return False
    then, now = (
        history.objects([f"{commit}:{path}" for path in one.paths])
        for commit in (newest.commit, history.head)
    )
    return all(then) and then == now


def together(history: MemoryHistory, name: str, packages: tuple[Package, ...]) -> str:
    """What is decided of it among all."""
    versions = PackageVersions(
        history, MemoryRemote(None, history), PackageSet(packages), Query(), nothing_declared
    )
    try:
        (found,) = versions.decide(history.facts(), Asked((name,))).releases
    except RepositoryError as error:
        return outcome(error)
    return outcome(found)


def channels_of_both(draw: st.DrawFn) -> tuple[ChannelRule, ...]:
    """Rules that name both branches that histories have."""
    tokens = st.sampled_from(["", "rc", "beta"])
    return tuple(ChannelRule(branch, draw(tokens)) for branch in ("main", "next"))


@st.composite
def parts(draw: st.DrawFn) -> tuple[Package, ...]:
    """Packages with channels of their own."""
    return tuple(one._replace(channels=channels_of_both(draw)) for one in PARTS)


@st.composite
def dependents(draw: st.DrawFn) -> tuple[Package, ...]:
    """The same that need each other, some of which are not released from a branch."""
    names = [one.name for one in PARTS]
    return tuple(
        one._replace(
            channels=channels_of_both(draw)[draw(st.integers(0, 1)) :],
            needs=tuple(draw(st.sets(st.sampled_from(names))) - {one.name}),
            propagate=draw(st.sampled_from(["patch", "same", "none"])),
        )
        for one in PARTS
    )


@given(histories(), parts())
def test_each_package_is_decided_as_if_it_was_looked_at_alone(
    history: MemoryHistory, packages: tuple[Package, ...]
) -> None:
    for one in packages:
        assert together(history, one.name, packages) == alone(history, one.name, packages)


@given(histories(), dependents())
def test_no_stable_release_needs_a_prerelease_and_no_version_goes_down(
    history: MemoryHistory, packages: tuple[Package, ...]
) -> None:
    versions = PackageVersions(
        history, MemoryRemote(None, history), PackageSet(packages), Query(), nothing_declared
    )
    try:
        due = versions.decide(history.facts()).due
    except RepositoryError:
        return
    made = {one.package.name: one.version for one in due if one.version is not None}
    for one in due:
        newest, version = one.assessed.newest, made[one.package.name]
        assert newest is None or newest.version < version
        assert any(rule.branch == history.branch for rule in one.package.channels) or all(
            rule.branch != history.branch for each in packages for rule in each.channels
        )
        pulling = one.assessed.pull.because if one.assessed.pull is not None else ()
        needed = [made[name] for name in pulling if name in made and made[name].is_prerelease]
        assert not needed or version.is_prerelease


@given(histories(), st.permutations(PARTS))
def test_the_order_of_packages_decides_nothing(
    history: MemoryHistory, packages: list[Package]
) -> None:
    for one in PARTS:
        assert together(history, one.name, tuple(packages)) == together(history, one.name, PARTS)


def simply(history: MemoryHistory, one: Package) -> str:
    """The next stable version of a package from the definition, where nothing is reverted."""
    head = history.head or ""
    behind = history.reachable_from(head)
    prefix = one.name
    tags = {
        Version.parse(name.removeprefix(prefix)): commit
        for name, commit in history.refs.items()
        if name.startswith(prefix) and "rc" not in name and commit in behind
    }
    base = max(tags, default=None)
    new = behind - (history.reachable_from(tags[base]) if base is not None else frozenset())
    bump = max((_asked(history, commit, one) for commit in new), default=Bump.NONE)
    if not bump:
        return "nothing"
    if base is None:
        return "0.1.0"
    numbers = {3: (base[0] + 1, 0, 0), 2: (base[0], base[1] + 1, 0), 1: (*base[:2], base[2] + 1)}
    return str(Version(*numbers[int(bump)]))


def _asked(history: MemoryHistory, commit: str, one: Package) -> Bump:
    message = history.commits[commit].message
    files = history.changed_files(commit)[commit].files
    names = {name for found in ownership(files, PARTS).values() for name in found}
    names |= {"c"} if not files else set()
    names |= {"c", "r"} if "Package: " in message else set()
    asked = {"feat": Bump.MINOR, "fix": Bump.PATCH, "feat!": Bump.MAJOR}
    return asked.get(message.partition(":")[0], Bump.NONE) if one.name in names else Bump.NONE


@given(histories())
def test_the_version_is_that_of_the_definition(history: MemoryHistory) -> None:
    history.branch = "main"
    history.refs = {name: commit for name, commit in history.refs.items() if "rc" not in name}
    if any(commit.message.startswith("Revert") for commit in history.commits.values()):
        return
    for one in PARTS:
        found = together(history, one.name, PARTS)
        assert found in (simply(history, one), "taken")


def test_no_rule_of_channels_is_passed_over() -> None:
    rules = (ChannelRule("{major}.x"),)
    repository = Repository(API._replace(channels=rules), WEB._replace(channels=rules))
    repository.query = Query(channel="1.x")
    repository.history.commit("feat!: a", path="api/b")
    with pytest.raises(RepositoryError, match=r"^api: 1\.x releases only"):
        repository.due()


NEXT = (ChannelRule("main"), ChannelRule("next", "rc"))
"""Channels of a package of its own, beside those of others."""


def on_next(*packages: Package, changed: str = "core/b") -> Repository:
    """A branch `next` with a change of one package."""
    repository = Repository(*packages)
    repository.query = Query(channel="next")
    repository.history.commit("feat: a", path=changed)
    return repository


def test_each_package_is_released_as_its_own_channels_say() -> None:
    beta = API._replace(channels=(ChannelRule("next", "beta"),))
    repository = on_next(beta, CORE._replace(channels=NEXT), changed="api/b")
    repository.history.commit("fix: b", path="core/c")
    assert repository.due() == {"api": "1.1.0-beta.1", "core": "1.0.1-rc.1"}
    repository.query = Query(channel="main")
    assert repository.due() == {"core": "1.0.1"}


def test_a_package_is_not_released_from_a_branch_that_is_none_of_its_channels() -> None:
    repository = on_next(API._replace(channels=(ChannelRule("main"),)), CORE, changed="api/b")
    api, core = repository.decide().releases
    assert not api.due
    assert api.origin == "next is none of its channels"
    assert core.origin.startswith("no commits")


def test_where_a_branch_is_a_channel_of_none_all_are_answered_for() -> None:
    rules = (ChannelRule("main"),)
    repository = on_next(API._replace(channels=rules), CORE._replace(channels=rules))
    assert repository.due() == {"core": "1.1.0"}


@pytest.mark.parametrize(
    ("rules", "due"),
    [
        pytest.param(NEXT, {"core": "1.1.0-rc.1", "api": "1.0.1-rc.1"}, id="the same token"),
        pytest.param((ChannelRule("next", "beta"),), {"core": "1.1.0-rc.1"}, id="another token"),
        pytest.param((ChannelRule("next"),), {"core": "1.1.0-rc.1"}, id="stable versions"),
        pytest.param((ChannelRule("main"),), {"core": "1.1.0-rc.1"}, id="another branch"),
    ],
)
def test_a_prerelease_releases_what_needs_it_under_the_same_token_alone(
    rules: tuple[ChannelRule, ...], due: dict[str, str]
) -> None:
    api = API._replace(needs=("core",), channels=rules)
    assert on_next(api, CORE._replace(channels=NEXT)).due() == due


def test_a_stable_release_releases_prereleases_of_what_needs_it() -> None:
    core = CORE._replace(channels=(ChannelRule("next"),))
    assert on_next(API._replace(needs=("core",), channels=NEXT), core).due() == {
        "core": "1.1.0",
        "api": "1.0.1-rc.1",
    }


def test_packages_that_need_each_other_are_apart_where_their_channels_are() -> None:
    api = API._replace(needs=("core",), channels=(ChannelRule("next"),))
    assert on_next(api, CORE._replace(needs=("api",), channels=NEXT)).due() == {
        "core": "1.1.0-rc.1"
    }


def test_a_package_is_due_for_others_that_are_released_beside_it() -> None:
    repository = Repository(API._replace(needs=("core",)), CORE)
    repository.history.commit("feat: a", path="core/b")
    assert repository.due("api") == {}
    assert repository.due("api", beside=True) == {"api": "1.0.1"}
    assert repository.due("core", beside=True) == {"core": "1.1.0"}


def test_what_is_released_beside_a_package_is_told_with_its_next_version() -> None:
    repository = Repository(API._replace(needs=("core",)), CORE)
    repository.history.commit("feat: a", path="core/b")
    found = repository.decide(Asked(("api",), beside=True))
    (api,) = found.releases
    assert api.assessed.pull is not None
    assert api.assessed.pull.released == ("core 1.1.0",)
    assert found.left == ()


def test_what_a_person_asks_for_a_package_is_not_asked_for_those_beside_it() -> None:
    repository = Repository(API._replace(needs=("core",)), CORE)
    wish = VersionOverride(bump=Bump.MINOR)
    (api,) = repository.decide(Asked(("api",), wish, beside=True)).releases
    assert (str(api.version), api.assessed.pull) == ("1.1.0", None)


def test_packages_that_need_each_other_are_told_once() -> None:
    repository = Repository(API._replace(needs=("core",)), CORE._replace(needs=("api",)), WEB)
    assert repository.decide().notes == ("api, core need each other: they are released as one",)


def test_what_counts_is_told_and_the_rest_is_not(three: Repository) -> None:
    three.history.commit("fix: a", path="api/b")
    three.history.commit("fix: b", path="web/b")
    api = three.decide().releases[0]
    assert [item.verdict for item in api.assessed.assessments] == [CommitVerdict.COUNTED]


def told(section: Section) -> list[Assessment]:
    """What stands in the notes."""
    return [one for one in section.assessments if one.changes]


@given(histories())
def test_what_each_package_brings_is_told_in_the_order_of_its_changelog(
    history: MemoryHistory,
) -> None:
    versions = PackageVersions(
        history, MemoryRemote(None, history), PackageSet(PARTS), Query(), nothing_declared
    )
    try:
        decisions = versions.decide(history.facts())
    except RepositoryError:
        return
    for release in decisions.due:
        one = release.package._replace(among=PackageSet(PARTS))
        state = BaseFinder(history, MemoryRemote(None, history), one, Query()).repository_state(
            history.facts()
        )
        sections = Sections(history, one)
        known, read = sections.unreleased(state, release.assessed), sections.unreleased(state)
        assert (known.previous, told(known)) == (read.previous, told(read))


def test_a_revert_that_is_nobodys_takes_back_what_it_names_alone() -> None:
    history = MemoryHistory()
    released = history.commit("feat: a", tag="b1.1.0")
    history.commit("feat: a", path="a/b/x")
    history.revert(released)
    assert together(history, "b", PARTS) == alone(history, "b", PARTS) == "1.2.0"


def test_a_prerelease_below_its_base_counts_what_came_after_it() -> None:
    history = MemoryHistory("next")
    feature = history.commit("feat: a", path="a/b/x", tag="b1.2.0-rc.1")
    history.paths[history.revert(feature, tag="b1.1.0")] = ("a/b/x",)
    assert together(history, "b", PARTS) == alone(history, "b", PARTS) == "1.2.0-rc.2"


def test_a_wish_for_a_package_that_is_released_with_others_is_refused() -> None:
    history = MemoryHistory()
    history.commit("feat: a", path="a/x")
    pair = (
        package("a", "a", tag="a{version}")._replace(group="g"),
        package("b", "b", tag="b{version}")._replace(group="g"),
    )
    versions = PackageVersions(
        history, MemoryRemote(None, history), PackageSet(pair), Query(), nothing_declared
    )
    wish = VersionOverride(Version(2, 0, 0))
    with pytest.raises(UsageError, match="a is only released with others: a, b") as caught:
        versions.decide(history.facts(), Asked(("a",), wish))
    assert caught.value.hint == "leave it out: their commits decide"
    both = versions.decide(history.facts(), Asked(("a",)))
    assert [str(one.version) for one in both.releases] == ["0.1.0", "0.1.0"]
    with pytest.raises(UsageError, match="is for one package"):
        versions.decide(history.facts(), Asked((), wish))


def test_a_tag_that_is_not_there_is_told_as_one() -> None:
    three = Repository(API, CORE, WEB)
    api = three.decide().of("api")
    with pytest.raises(UsageError, match=r"no version tag is called 'api-v9\.0\.0'; "):
        released_tag(api.tagging, "api-v9.0.0")
