"""The next version: every rule that leads from weighed commits to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.bump.assess import Ignore, assess
from tagboat.core.bump.bump import Bump, BumpRules, ZeroRules
from tagboat.core.errors import RepositoryError, UsageError
from tagboat.core.next_version.next_version import (
    AssessedRange,
    NextVersion,
    Start,
    VersionOverride,
    next_release,
)
from tagboat.core.next_version.package import Package
from tagboat.core.version.channel import Channel, channel_of
from tagboat.core.version.tag import TagFormat, Tagging, VersionTag
from tagboat.core.version.version import Version
from tests.fakes import MemoryHistory

MAIN = channel_of("main")
NEXT = channel_of("next")
ROOT = Package()
NO_WISH = VersionOverride()
BASE = "v1.2.3"
LONG_NUMBER = "9" * 641


class Case:
    """A stretch of history after ``base``, tags that stand elsewhere, and who asks."""

    def __init__(self, *messages: str, base: str = BASE, channel: Channel = MAIN) -> None:
        self.channel = channel
        self.package = ROOT
        self.base = version_tag(base) if base else None
        self.elsewhere: tuple[VersionTag, ...] = ()
        self._history = MemoryHistory()
        self._history.commit_all(*messages)
        self._newest = self.base
        self._fresh = len(messages)
        self.start: Start | None = None

    def after(self, name: str, fresh: int) -> "Case":
        """Put the channel's newest prerelease before the last commits, ``fresh`` of them."""
        self._newest = version_tag(name)
        self._fresh = fresh
        return self

    def beside(self, *names: str) -> "Case":
        """Put tags on commits that are no ancestors."""
        self.elsewhere = tuple(map(version_tag, names))
        return self

    def of(self, package: Package) -> "Case":
        """Decide for another package."""
        self.package = package
        return self

    def decided(self, override: VersionOverride = NO_WISH) -> NextVersion:
        """The decision."""
        items = assess(self._history.graph(), self.package.policy)
        fresh = items[len(items) - self._fresh :]
        own = [tag for tag in (self.base, self._newest) if tag is not None]
        tagging = Tagging(TagFormat("v"), (*own, *self.elsewhere))
        assessed = AssessedRange(self.base, self._newest, items, fresh, start=self.start)
        return next_release(self.package, self.channel, tagging, assessed, override)

    def version(self, override: VersionOverride = NO_WISH) -> str:
        """The version that is due."""
        release = self.decided(override)
        assert release.due
        return str(release.version)


def version_tag(name: str) -> VersionTag:
    return VersionTag(name, Version.parse(name.removeprefix("v")), "f" * 40)


def as_(version: str) -> VersionOverride:
    return VersionOverride(Version.parse(version))


def bump(size: Bump) -> VersionOverride:
    return VersionOverride(bump=size)


# From the base


@pytest.mark.parametrize(
    ("messages", "version"),
    [
        (["fix: a"], "1.2.4"),
        (["feat: a"], "1.3.0"),
        (["feat!: a"], "2.0.0"),
        (["fix: a", "feat: b", "fix: c"], "1.3.0"),
        (["docs: a", "fix: b", "Whatever"], "1.2.4"),
    ],
)
def test_the_largest_bump_leads_to_the_next_version(messages: list[str], version: str) -> None:
    assert Case(*messages).version() == version


def test_a_release_says_where_it_comes_from() -> None:
    release = Case("fix: a", "feat: b", "docs: c", "feat: d").decided()

    assert release.origin == "minor bump from v1.2.3"
    assert [item.commit.title for item in release.causes] == ["feat: b", "feat: d"]
    assert (release.tag, release.bump) == ("v1.3.0", Bump.MINOR)


@pytest.mark.parametrize(
    ("messages", "origin"),
    [
        ([], "no commits since v1.2.3"),
        (["docs: a"], "1 commit since v1.2.3, none of which releases anything"),
        (["docs: a", "b"], "2 commits since v1.2.3, none of which releases anything"),
    ],
)
def test_where_nothing_is_due_the_current_version_stays(messages: list[str], origin: str) -> None:
    release = Case(*messages).decided()

    assert (release.due, str(release.version), release.origin) == (False, "1.2.3", origin)
    assert (release.bump, release.causes) == (Bump.NONE, ())


def test_the_tag_of_a_current_version_is_the_one_that_is_there() -> None:
    assert Case(base="1.2.3").decided().tag == "1.2.3"


def test_build_metadata_of_the_base_is_not_kept() -> None:
    assert Case("fix: a", base="v1.2.3+linux").version() == "1.2.4"


# The first version


def test_the_first_version_is_the_initial_one() -> None:
    release = Case("fix: a", base="").decided()

    assert (str(release.version), release.origin) == ("0.1.0", "the first version")


def test_the_initial_version_is_configurable() -> None:
    assert Case("fix: a", base="").of(Package(initial=Version(1, 0, 0))).version() == "1.0.0"


def test_the_first_prerelease_is_one_of_the_initial_version() -> None:
    assert Case("fix: a", base="", channel=NEXT).version() == "0.1.0-rc.1"


@pytest.mark.parametrize(
    ("messages", "origin"),
    [
        ([], "no commits in the history"),
        (["docs: a"], "1 commit in the history, none of which releases anything"),
    ],
)
def test_before_the_first_version_there_may_be_none(messages: list[str], origin: str) -> None:
    release = Case(*messages, base="").decided()

    assert (release.version, release.tag, release.due) == (None, "", False)
    assert release.origin == origin


# 0.x


@pytest.mark.parametrize(
    ("message", "version"), [("fix: a", "0.4.3"), ("feat: a", "0.5.0"), ("feat!: a", "0.5.0")]
)
def test_changes_do_not_leave_0_x(message: str, version: str) -> None:
    assert Case(message, base="v0.4.2").version() == version


def test_what_changes_mean_in_0_x_is_configurable() -> None:
    rules = BumpRules(zero=ZeroRules(breaking=Bump.MAJOR))
    package = Package(policy=ROOT.policy._replace(rules=rules))

    assert Case("feat!: a", base="v0.4.2").of(package).version() == "1.0.0"


@pytest.mark.parametrize(
    ("messages", "version"),
    [
        (["feat: a"], "nothing"),
        (["feat: a", "fix: b"], "0.4.3"),
        (["feat!: a", "fix: b"], "0.4.3"),
    ],
)
def test_what_means_nothing_in_0_x_hides_nothing_else(messages: list[str], version: str) -> None:
    rules = BumpRules(zero=ZeroRules(Bump.NONE, Bump.NONE))
    package = Package(policy=ROOT.policy._replace(rules=rules))
    release = Case(*messages, base="v0.4.2").of(package).decided()

    assert (str(release.version) if release.due else "nothing") == version


def test_a_feature_counts_as_much_as_it_does_beside_a_smaller_breaking_change() -> None:
    rules = BumpRules(zero=ZeroRules(breaking=Bump.PATCH, feature=Bump.MINOR))
    package = Package(policy=ROOT.policy._replace(rules=rules))

    assert Case("feat!: a", "feat: b", base="v0.4.2").of(package).version() == "0.5.0"


@pytest.mark.parametrize(
    ("message", "override"), [("fix: a", as_("1.0.0")), ("fix: a\n\nRelease-As: 1.0.0", NO_WISH)]
)
def test_a_person_leaves_0_x(message: str, override: VersionOverride) -> None:
    assert Case(message, base="v0.4.2").version(override) == "1.0.0"


# Overrides


def test_a_person_s_version_beats_everything() -> None:
    release = Case("feat: a\n\nRelease-As: 2.0.0").decided(
        VersionOverride(Version(3, 0, 0), Bump.PATCH)
    )

    assert (str(release.version), release.origin) == ("3.0.0", "--as 3.0.0")


def test_a_footer_beats_the_bump_of_the_changes() -> None:
    release = Case("fix: a\n\nRelease-As: 2.0.0", "feat: b").decided()

    commit = release.assessed.fresh[0].commit.id[:10]
    assert (str(release.version), release.origin) == ("2.0.0", f"Release-As: 2.0.0 of {commit}")


def test_the_highest_footer_wins() -> None:
    assert Case("a\n\nRelease-As: 2.0.0", "b\n\nRelease-As: 3.0.0").version() == "3.0.0"


def test_a_person_s_bump_beats_footers_and_changes() -> None:
    assert Case("feat: a\n\nRelease-As: 2.0.0").version(bump(Bump.PATCH)) == "1.2.4"


def test_a_footer_alone_makes_a_release_due() -> None:
    assert Case("chore: a\n\nRelease-As: 1.9.0").version() == "1.9.0"


@pytest.mark.parametrize("override", [as_("1.2.4"), bump(Bump.PATCH)])
def test_a_person_makes_a_release_due(override: VersionOverride) -> None:
    assert Case().version(override) == "1.2.4"


def test_a_person_who_asks_for_no_bump_gets_no_release() -> None:
    assert not Case("feat: a").decided(bump(Bump.NONE)).due


@pytest.mark.parametrize("override", [as_("2.0.0"), bump(Bump.MAJOR)])
def test_a_person_overrules_a_footer_that_names_no_version(override: VersionOverride) -> None:
    assert Case("feat: a\n\nRelease-As: next").version(override) == "2.0.0"


@pytest.mark.parametrize("version", ["1.2.2", "1.2.3", "1.2.3-rc.1"])
def test_a_person_s_version_is_above_the_base(version: str) -> None:
    with pytest.raises(UsageError, match=f"--as {version} is not above v1.2.3"):
        Case("fix: a").decided(as_(version))


@pytest.mark.parametrize("version", ["1.2.2", "1.2.3"])
def test_a_footer_s_version_is_above_the_base(version: str) -> None:
    with pytest.raises(
        RepositoryError, match=rf"Release-As: {version} of \w{{10}} is not above v1.2.3"
    ):
        Case(f"fix: a\n\nRelease-As: {version}").decided()


def test_a_stable_channel_releases_no_prerelease() -> None:
    with pytest.raises(UsageError, match="is a prerelease, and main is a stable channel") as error:
        Case("fix: a").decided(as_("2.0.0-rc.1"))
    assert error.value.hint == "ask for 2.0.0, or release it from a prerelease channel"


def test_a_channel_without_a_branch_is_named_all_the_same() -> None:
    with pytest.raises(UsageError, match="and this channel is a stable channel"):
        Case("fix: a", channel=channel_of("")).decided(as_("2.0.0-rc.1"))


def test_a_prerelease_channel_releases_no_other_prereleases() -> None:
    with pytest.raises(UsageError, match="no rc prerelease, and next releases only those") as error:
        Case("fix: a", channel=NEXT).decided(as_("2.0.0-beta.1"))
    assert error.value.hint == "ask for 2.0.0-rc.1"


def test_a_version_whose_tag_would_be_read_as_none_is_refused() -> None:
    with pytest.raises(UsageError, match=r"the tag of 2\.0\.0-ga would be no version: -ga says"):
        Case("fix: a", channel=Channel("next", "ga")).decided(as_("2.0.0-ga"))
    with pytest.raises(RepositoryError, match=r"1\.2\.4-final\.1 would be no version"):
        Case("fix: a", channel=Channel("next", "final")).decided()


# Taken versions


def test_a_version_that_a_tag_elsewhere_holds_is_taken() -> None:
    with pytest.raises(
        RepositoryError, match=r"1\.2\.4 is taken by v1\.2\.4 at ffffffffff"
    ) as caught:
        Case("fix: a").beside("v1.2.4").decided()
    assert caught.value.hint == (
        "merge that tag into this branch, or ask for another version with --as"
    )
    assert Case("fix: a", base="v1.2.4").version() == "1.2.5"
    assert Case("fix: a").beside("v1.2.4").version(as_("1.2.5")) == "1.2.5"


def test_a_footer_that_names_no_version_stops_nothing_once_its_hint_is_followed() -> None:
    case = Case("fix: a\n\nRelease-As: soon", "fix: b")
    with pytest.raises(RepositoryError, match="names no version") as caught:
        case.decided()
    assert caught.value.hint == (
        "ignore that commit in the configuration, or ask for a version with --as"
    )
    assert case.version(as_("1.3.0")) == "1.3.0"
    ignoring = ROOT._replace(policy=ROOT.policy._replace(ignore=Ignore(patterns=("Release-As: ",))))
    assert case.of(ignoring).version() == "1.2.4"


def test_a_version_asked_for_may_be_taken_as_well() -> None:
    with pytest.raises(RepositoryError, match=r"version 2\.0\.0 is taken"):
        Case("fix: a").beside("v2.0.0").decided(as_("2.0.0"))


def test_every_tag_that_holds_a_version_is_named() -> None:
    with pytest.raises(RepositoryError, match=r"taken by v1\.2\.4 at f+, 1\.2\.4 at f+"):
        Case("fix: a").beside("1.2.4", "v1.2.4").decided()


def test_higher_versions_elsewhere_are_no_hindrance() -> None:
    assert Case("fix: a").beside("v1.3.0", "v2.0.0").version() == "1.2.4"


def test_a_prerelease_of_a_released_version_is_taken() -> None:
    with pytest.raises(RepositoryError, match=r"version 1\.2\.4 is taken"):
        Case("fix: a", channel=NEXT).beside("v1.2.4").decided()


# Prereleases


def test_the_first_prerelease_has_the_number_1() -> None:
    assert Case("feat: a", channel=NEXT).version() == "1.3.0-rc.1"


def test_the_number_counts_up() -> None:
    case = Case("feat: a", "fix: b", channel=NEXT).after("v1.3.0-rc.1", 1)

    assert case.version() == "1.3.0-rc.2"


def test_a_larger_change_starts_a_new_version() -> None:
    case = Case("feat: a", "feat!: b", channel=NEXT).after("v1.3.0-rc.4", 1)

    assert case.version() == "2.0.0-rc.1"


def test_the_number_counts_over_tags_everywhere() -> None:
    assert Case("feat: a", channel=NEXT).beside("v1.3.0-rc.9", "v1.3.0-rc.10").version() == (
        "1.3.0-rc.11"
    )


@pytest.mark.parametrize(
    "name", ["v1.3.0-beta.7", "v1.4.0-rc.7", "v1.3.0-rc", f"v1.3.0-rc.{LONG_NUMBER}"]
)
def test_the_number_counts_over_tags_of_its_version_and_token_alone(name: str) -> None:
    assert Case("feat: a", channel=NEXT).beside(name).version() == "1.3.0-rc.1"


@pytest.mark.parametrize(
    ("names", "version"),
    [
        (("v1.3.0-rc1", "v1.3.0-rc2"), "1.3.0-rc3"),
        (("v1.2.0-rc1",), "1.3.0-rc1"),
        (("v1.2.0-rc1", "v1.3.0-rc.1"), "1.3.0-rc.2"),
        (("v1.3.0-beta1",), "1.3.0-rc.1"),
    ],
)
def test_a_number_is_attached_where_that_of_the_highest_tag_is(
    names: tuple[str, ...], version: str
) -> None:
    assert Case("feat: a", channel=NEXT).beside(*names).version() == version


def test_a_number_is_never_attached_below_another_one() -> None:
    case = Case("feat: a", "fix: b", channel=NEXT).after("v1.3.0-rc9", 1)

    with pytest.raises(RepositoryError, match=r"1\.3\.0-rc10, whose number .* above v1\.3\.0-rc9"):
        case.decided()


def test_a_token_of_several_parts_is_counted() -> None:
    case = Case("feat: a", channel=Channel("hotfix", "beta.hotfix")).beside("v1.3.0-beta.hotfix.2")

    assert case.version() == "1.3.0-beta.hotfix.3"


def test_nothing_is_due_where_nothing_came_after_the_newest_prerelease() -> None:
    release = Case("feat: a", channel=NEXT).after("v1.3.0-rc.1", 0).decided()

    assert (release.due, str(release.version)) == (False, "1.3.0-rc.1")
    assert (release.tag, release.origin) == ("v1.3.0-rc.1", "no commits since v1.3.0-rc.1")


def test_what_a_prerelease_held_does_not_make_the_next_due() -> None:
    case = Case("feat: a", "docs: b", channel=NEXT).after("v1.3.0-rc.1", 1)

    assert not case.decided().due


def test_a_footer_that_a_prerelease_held_does_not_make_the_next_due() -> None:
    case = Case("a\n\nRelease-As: 2.0.0", "docs: b", channel=NEXT).after("v2.0.0-rc.1", 1)

    assert not case.decided().due


def test_a_footer_that_a_prerelease_held_still_names_the_version() -> None:
    case = Case("a\n\nRelease-As: 2.0.0", "fix: b", channel=NEXT).after("v2.0.0-rc.1", 1)

    assert case.version() == "2.0.0-rc.2"


def test_a_target_never_falls_below_the_newest_prerelease() -> None:
    release = Case("fix: a", channel=NEXT).after("v1.3.0-rc.1", 1).decided()

    assert (str(release.version), release.origin) == ("1.3.0-rc.2", "not below v1.3.0-rc.1")


def test_a_footer_below_the_newest_prerelease_is_lifted_too() -> None:
    case = Case("fix: a\n\nRelease-As: 1.2.9", channel=NEXT).after("v1.3.0-rc.1", 1)

    assert case.version() == "1.3.0-rc.2"


@pytest.mark.parametrize(
    ("newest", "version"), [("v1.3.0-rc.1", "1.3.0-rc.5"), ("v1.3.0-rc.5", "1.3.0-rc.6")]
)
def test_a_footer_may_name_a_prerelease_until_it_is_released(newest: str, version: str) -> None:
    case = Case("fix: a\n\nRelease-As: 1.3.0-rc.5", "fix: b", channel=NEXT).after(newest, 1)

    assert case.version() == version


@pytest.mark.parametrize(
    ("asked", "version"), [("2.0.0", "2.0.0-rc.1"), ("2.0.0-rc.7", "2.0.0-rc.7")]
)
def test_a_person_s_version_gets_a_number_unless_it_has_one(asked: str, version: str) -> None:
    assert Case("fix: a", channel=NEXT).version(as_(asked)) == version


def test_a_person_s_prerelease_is_above_the_newest() -> None:
    case = Case("feat: a", channel=NEXT).after("v1.3.0-rc.4", 1)

    with pytest.raises(UsageError, match=r"--as 1\.3\.0-rc\.3 is not above v1\.3\.0-rc\.4"):
        case.decided(as_("1.3.0-rc.3"))


def test_a_prerelease_without_a_stable_version_before_it() -> None:
    case = Case("feat: a", "feat: b", base="", channel=NEXT).after("v0.1.0-rc.1", 1)

    assert case.version() == "0.1.0-rc.2"


def test_promoting_covers_everything_since_the_last_stable_version() -> None:
    release = Case("feat: a", "docs: b").beside("v1.3.0-rc.1").decided()

    assert (release.due, str(release.version)) == (True, "1.3.0")


# Maintenance


@pytest.mark.parametrize(
    ("branch", "message", "version"),
    [
        ("1.x", "feat: a", "1.3.0"),
        ("1.x", "fix: a", "1.2.4"),
        ("1.2.x", "fix: a", "1.2.4"),
        ("2.x", "feat!: a", "2.0.0"),
    ],
)
def test_a_maintenance_branch_releases_inside_its_range(
    branch: str, message: str, version: str
) -> None:
    assert Case(message, channel=channel_of(branch)).version() == version


def test_a_change_too_big_for_the_range_is_an_error_that_names_the_commits() -> None:
    case = Case("feat: a", "fix: b", "feat: c", channel=channel_of("1.2.x"))

    with pytest.raises(RepositoryError) as error:
        case.decided()
    first, *commits = error.value.message.split("\n")
    assert first == ("1.2.x releases only >=1.2.0 <1.3.0, but minor bump from v1.2.3 gives 1.3.0")
    assert [line.partition(" ")[2].split(" ", 2)[2] for line in commits] == ["feat: a", "feat: c"]


def test_a_version_below_the_range_is_an_error() -> None:
    with pytest.raises(RepositoryError, match=r"2\.x releases only >=2\.0\.0 <3\.0\.0"):
        Case("fix: a", channel=channel_of("2.x")).decided()


def test_a_person_s_version_is_inside_the_range() -> None:
    with pytest.raises(UsageError, match=r"but --as 2\.0\.0 gives 2\.0\.0"):
        Case("fix: a", channel=channel_of("1.x")).decided(as_("2.0.0"))


WISHES = st.builds(
    VersionOverride,
    version=st.none() | st.sampled_from([Version(1, 2, 3), Version.parse("2.0.0-rc.1+build.7")]),
    bump=st.none() | st.sampled_from(Bump),
)


@given(WISHES)
def test_wish_is_read_as_it_was_written(override: VersionOverride) -> None:
    assert VersionOverride.parse(str(override)) == override


@pytest.mark.parametrize("text", [" ", "--as", "--as x", "--bump huge", "--as 1.2.3 ", "1.2.3"])
def test_other_words_are_no_wish(text: str) -> None:
    with pytest.raises(RepositoryError, match="is not what a person may ask for"):
        VersionOverride.parse(text)


def started(version: str, *messages: str, fault: str = "") -> Case:
    """What came since a version file declared a version, where no tag is."""
    case = Case(*messages, base="")
    case.start = Start(Version.parse(version), "package.json", "0" * 40, fault)
    return case


def test_the_first_release_follows_what_the_version_files_say() -> None:
    assert started("2.3.1", "fix: a").version() == "2.3.2"
    assert started("2.3.1", "feat: a").version() == "2.4.0"


def test_nothing_is_due_since_a_file_holds_its_version() -> None:
    release = started("2.3.1", "docs: a").decided()
    assert not release.due
    assert "package.json holds 2.3.1" in release.origin


def test_version_files_that_disagree_decide_nothing() -> None:
    case = started("2.3.1", "fix: a", fault="the files differ")
    with pytest.raises(RepositoryError, match="differ") as caught:
        case.decided()
    assert caught.value.hint == "make them agree, or ask for a version with --as"
    assert case.version(as_("2.4.0")) == "2.4.0"
    assert started("2.3.1", "fix: a").version() == "2.3.2"


def test_a_hand_may_ask_for_what_the_files_say_and_for_nothing_below() -> None:
    case = started("2.3.1", "fix: a")
    assert case.version(VersionOverride(Version.parse("2.3.1"))) == "2.3.1"
    with pytest.raises(UsageError, match=r"2\.3\.0 is not above 2\.3\.1 of package\.json"):
        case.decided(VersionOverride(Version.parse("2.3.0")))


def test_what_is_missed_is_told_with_the_decision() -> None:
    assert Case("feat : a").decided().missed
