"""What a section of history becomes for templates."""

from copy import copy

import pytest

from tagboat.core.bump.assess import Assessment, CommitVerdict, Ignore, Policy, assess
from tagboat.core.bump.bump import Bump, BumpRules, ChangeRule
from tagboat.core.changelog.changelog import ReleaseNotes, release_notes
from tagboat.core.changelog.entry import Addresses, Contributor, LinkedReference
from tagboat.core.changelog.markup import Linker
from tagboat.core.changelog.options import LOCALES, ChangelogOptions, Heading, Tickets
from tagboat.core.changelog.timeline import Section
from tagboat.core.changes.squash import SquashMode, read_commit
from tagboat.core.commits.commit import Commit, CommitGraph
from tagboat.core.forge.links import Links
from tagboat.core.version.version import Version

LINKS = Links("github", "https://forge.example", "acme/app")
DAY = 1_700_000_000
GROUPED = ChangelogOptions(unconventional="group")


def history(*messages: str, email: str = "ada@example.org") -> list[Commit]:
    ids = [f"{number:040x}" for number in range(1, len(messages) + 1)]
    parents = [(), *((parent,) for parent in ids)]
    return [
        Commit(own, before, message, DAY, "Ada", email)
        for own, before, message in zip(ids, parents, messages, strict=False)
    ]


def released(
    *messages: str,
    options: ChangelogOptions = ChangelogOptions(),  # noqa: B008 - a value
    links: Links = LINKS,
    policy: Policy = Policy(),  # noqa: B008 - a value
) -> ReleaseNotes:
    assessments = assess(CommitGraph(history(*messages)), policy)
    section = Section(Version(1, 2, 0), "v1.2.0", "f" * 40, DAY, "v1.1.0", assessments)
    return release_notes(section, options, links)


def titles(release: ReleaseNotes) -> list[str]:
    return [group.title for group in release.groups]


def descriptions(release: ReleaseNotes) -> list[str]:
    return [entry.description for entry in release.entries]


def test_a_release_knows_its_version_tag_day_and_addresses() -> None:
    release = released("feat: a")
    assert (release.version, release.tag, release.date) == ("1.2.0", "v1.2.0", "2023-11-14")
    assert release.commit == "f" * 40
    assert release.url == "https://forge.example/acme/app/releases/tag/v1.2.0"
    assert release.previous == "v1.1.0"
    assert release.compare_url == "https://forge.example/acme/app/compare/v1.1.0...v1.2.0"
    assert not release.is_prerelease
    assert not release.is_empty


def test_what_is_unreleased_has_no_version_tag_and_day() -> None:
    release = release_notes(Section(None, "", "f" * 40, None, "v1.1.0", ()), GROUPED, LINKS)
    assert (release.version, release.tag, release.date, release.url) == ("", "", "", "")
    assert release.compare_url == "https://forge.example/acme/app/compare/v1.1.0...HEAD"
    assert release.is_empty
    assert not release.is_prerelease


def test_a_first_release_compares_with_nothing() -> None:
    section = Section(Version(1, 0, 0, ("rc", "1")), "v1.0.0-rc.1", "f" * 40, DAY, "", ())
    release = release_notes(section, GROUPED, LINKS)
    assert (release.previous, release.compare_url) == ("", "")
    assert release.is_prerelease


@pytest.mark.parametrize(
    ("seconds", "day"),
    [(0, "1970-01-01"), (-1, "1969-12-31"), (4_102_444_800, "2100-01-01"), (10**15, "")],
)
def test_days_are_utc_and_may_lie_anywhere(seconds: int, day: str) -> None:
    section = Section(Version(1, 0, 0), "v1", "f" * 40, seconds, "", ())
    assert release_notes(section, GROUPED, LINKS).date == day


def test_groups_follow_keep_a_changelog() -> None:
    release = released(
        "revert: h", "perf: g", "security: f", "hotfix: e", "remove: d", "deprecate: c",
        "change: b", "feat: a", "fix: e2",
    )  # fmt: skip
    assert titles(release) == [
        "Added",
        "Changed",
        "Deprecated",
        "Removed",
        "Fixed",
        "Security",
        "Performance",
        "Reverted",
    ]
    assert [entry.description for entry in release.groups[4].entries] == ["e", "e2"]


def test_groups_are_configurable() -> None:
    sections = (Heading("Repairs", ("fix",)), Heading("added", ("feat", "docs")))
    options = ChangelogOptions(sections=sections, hidden=("docs",))
    release = released("feat: a", "fix: b", "docs: c", "perf: d", options=options)
    assert [(group.key, group.title) for group in release.groups] == [
        ("Repairs", "Repairs"),
        ("added", "Added"),
    ]
    assert descriptions(release) == ["a", "b"]


def test_titles_come_in_the_chosen_locale() -> None:
    release = released("feat!: a", "feat: b", options=ChangelogOptions(locale="zh-CN"))
    assert [group.title for group in release.sections] == ["破坏性变更", "新增"]


def test_every_locale_has_every_word() -> None:
    english, *others = LOCALES.values()
    for other in others:
        assert other.keys() == english.keys()
    assert all(word for words in LOCALES.values() for word in words.values())


def test_breaking_changes_of_any_type_come_first() -> None:
    release = released("feat: a", "chore!: b", "weird: c\n\nBREAKING CHANGE: why\n\nand how")
    assert [entry.description for entry in release.breaking] == ["b", "c"]
    assert release.breaking[1].notes == ("why\n\nand how",)
    assert [group.key for group in release.sections] == ["breaking", "added"]
    assert [group.key for group in release.groups] == ["added"]


def test_without_breaking_changes_the_sections_are_the_groups() -> None:
    release = released("feat: a")
    assert release.sections == release.groups


def test_unconventional_messages_are_hidden_or_grouped() -> None:
    messages = ("Update things (#3)\n\nbody", "weird: x", "docs: y", "feat: a")
    assert descriptions(released(*messages)) == ["a"]
    grouped = released(*messages, options=GROUPED)
    assert titles(grouped) == ["Added", "Other"]
    update, weird = grouped.groups[1].entries
    assert (update.type, update.description, update.body) == ("", "Update things", "body")
    assert update.pull_request is not None
    assert (weird.type, weird.description) == ("weird", "x")


def test_a_section_may_be_called_other() -> None:
    options = ChangelogOptions(sections=(Heading("other", ("fix",)),), unconventional="group")
    release = released("fix: a", "words", options=options)
    assert titles(release) == ["Other"]
    assert descriptions(release) == ["a", "words"]


def test_what_does_not_count_is_not_shown() -> None:
    (commit,) = history("feat: a")
    reading = read_commit(commit.message)
    hidden = [
        verdict
        for verdict in CommitVerdict
        if verdict not in (CommitVerdict.COUNTED, CommitVerdict.NO_RELEASE)
    ]
    for verdict in hidden:
        item = Assessment(commit, reading, verdict, changes=reading.changes)
        section = Section(None, "", "", None, "", (item,))
        assert release_notes(section, ChangelogOptions(), LINKS).is_empty, verdict


def test_the_revert_of_a_type_that_is_left_out_is_left_out() -> None:
    assert descriptions(released('Revert "docs: a"', 'Revert "feat: b"')) == ["feat: b"]


def test_reverted_pairs_are_gone() -> None:
    first, second = "feat: a", "fix: b"
    revert = f'Revert "feat: a"\n\nThis reverts commit {1:040x}.'
    assert descriptions(released(first, second, revert, options=GROUPED)) == ["b"]


def test_ignored_commits_and_their_authors_are_gone() -> None:
    release = released("feat: a", policy=Policy(ignore=Ignore(authors=("Ada",))))
    assert release.is_empty
    assert release.contributors == ()


def test_a_commit_with_many_changes_lists_them_all() -> None:
    bullets = "\n".join(f"* fix: part {number}" for number in range(30))
    release = released(f"Many things (#7)\n\n{bullets}", policy=Policy(squash=SquashMode.ALL))
    assert descriptions(release) == [f"part {number}" for number in range(30)]
    asked = {entry.pull_request.number for entry in release.entries if entry.pull_request}
    assert asked == {"7"}


def test_what_several_commits_say_is_told_once_with_all_of_them() -> None:
    release = released(
        "feat(api): a (#1)", "fix: a", "feat(API): a (#2)", "feat: a", "feat(api): a (#1)"
    )
    (first, *others) = release.entries
    assert [entry.scope for entry in others] == ["", ""]
    assert first.pull_request is not None
    assert (first.commit[-1], first.pull_request.text) == ("1", "#1")
    named = [(one.commit[-1], one.pull_request and one.pull_request.text) for one in first.others]
    assert named == [("3", "#2"), ("5", None)]


def test_a_commit_that_says_one_thing_twice_is_named_once() -> None:
    message = "A thing (#7)\n\n* fix(api): a (#1)\n\n* fix: b\n\n* fix(API): a (#2)"
    (first, second) = released(message, "fix(Api): a").entries
    assert [one.commit[-1] for one in first.others] == ["2"]
    assert second.others == ()


def test_what_is_told_once_has_all_that_its_commits_refer_to() -> None:
    body = "\n\nCloses #{0}\nCo-authored-by: P{0} <p{0}@x>"
    (entry,) = released(*(f"fix: a{body.format(n)}" for n in (5, 6, 5))).entries
    assert [reference.text for reference in entry.closes] == ["#5", "#6"]
    assert [person.name for person in entry.co_authors] == ["P5"]


def test_the_authors_of_what_is_told_once_are_all_named() -> None:
    commits = [*history("fix: a"), *history("fix: a", email="eve@example.org")]
    commits[1] = commits[1]._replace(id="f" * 40, author_name="Eve")
    section = Section(None, "", "", None, "", assess(CommitGraph(commits), Policy()))
    (entry,) = release_notes(section, ChangelogOptions(), LINKS).entries
    assert {entry.author.name, *(one.name for one in entry.co_authors)} == {"Ada", "Eve"}


def test_what_breaks_something_once_breaks_it_wherever_it_is_told() -> None:
    release = released("fix: a", "fix!: a\n\nBREAKING CHANGE: b", "fix: a\n\nBREAKING CHANGE: c")
    assert release.groups == ()
    (entry,) = release.breaking
    assert entry.notes == ("b", "c")


def test_a_note_that_repeats_the_description_is_not_told_again() -> None:
    title = "feat!: require Node.js >=10.18 (#7)"
    release = released(
        f"{title}\n\nBREAKING CHANGE: Require Node.js >= 10.18.", "fix!: b\n\nBREAKING CHANGE: c"
    )
    assert [entry.notes for entry in release.breaking] == [(), ("c",)]


def test_an_entry_holds_what_its_author_wrote() -> None:
    options = ChangelogOptions(tickets=(Tickets("AB-[0-9]+", "https://t.x/{}"),))
    message = "feat(API)!: drop *it* (#12)\n\nBecause.\n\nCloses #3\nRefs: AB-1"
    release = released(message, options=options)
    (entry,) = release.entries
    assert (entry.type, entry.scope, entry.description) == ("feat", "API", "drop *it*")
    assert (entry.breaking, entry.body, entry.notes) == (True, "Because.", ())
    assert (entry.commit, entry.short) == (f"{1:040x}", "0000000")
    assert entry.url == f"https://forge.example/acme/app/commit/{1:040x}"
    assert entry.pull_request == LinkedReference(
        "issue", "#12", "12", "", "", "https://forge.example/acme/app/pull/12"
    )
    assert entry.references == (
        LinkedReference(
            "issue", "#3", "3", "", "closes", "https://forge.example/acme/app/issues/3"
        ),
        LinkedReference("ticket", "AB-1", "AB-1", "", "refs", "https://t.x/AB-1"),
    )


@pytest.mark.parametrize(
    ("message", "summary", "details"),
    [
        ("feat: a b\n\nBREAKING CHANGE: c", "a b", ["c"]),
        ("feat: need A >=1.2 (#7)\n\nBREAKING CHANGE: Need a >= 1.2.", "need A >=1.2", []),
        ("feat: a b\n\nBREAKING CHANGE: a\nb\n\nc\nBREAKING CHANGE: d", "a b", ["c", "d"]),
        ("feat: a b\n\nBREAKING CHANGE: A b:\n- c\n- d", "a b", ["- c\n- d"]),
        ("feat: a\n\nBREAKING CHANGE: a b", "a", ["a b"]),
        ("docs: 2.0.0\n\nBREAKING CHANGE: a\nb\nBREAKING CHANGE: c", "a b", ["c"]),
        ("docs(release): v2.0.0-rc.1 (#7)\n\nBREAKING CHANGE: a\n\n* b", "a", ["* b"]),
        ("docs: Release 2.0\n\nBREAKING CHANGE: a", "a", []),
        ("docs!: 2.0.0", "2.0.0", []),
        ("docs(lib): 2.0.0\n\nBREAKING CHANGE: a", "2.0.0", ["a"]),
        ("docs: 2.0.0 is out\n\nBREAKING CHANGE: a", "2.0.0 is out", ["a"]),
        ("docs: 2.0.0\n\nBREAKING CHANGE: - a\n- b", "2.0.0", ["- a\n- b"]),
        ("docs: 2.0.0\n\nBREAKING CHANGE:\n```\na\n```", "2.0.0", ["```\na\n```"]),
    ],
)
def test_an_entry_says_everything_once(message: str, summary: str, details: list[str]) -> None:
    (entry,) = released(message).entries
    assert (entry.summary, list(entry.details)) == (summary, details)


def test_the_pull_request_is_no_reference() -> None:
    (entry,) = released("feat: a (#12)\n\nCloses #12, #13").entries
    assert [reference.text for reference in entry.references] == ["#13"]


def test_a_merge_request_has_its_own_address() -> None:
    gitlab = Links("gitlab", "https://forge.example", "a/b")
    (entry,) = released("feat: a (x/y!12)", links=gitlab).entries
    assert entry.pull_request == LinkedReference(
        "merge_request", "x/y!12", "12", "x/y", "", "https://forge.example/x/y/-/merge_requests/12"
    )


def test_without_a_forge_there_are_no_addresses() -> None:
    release = released("feat: a (#12)\n\nCloses #3", links=Links())
    (entry,) = release.entries
    assert (release.url, release.compare_url, entry.url) == ("", "", "")
    assert entry.references[0].url == ""


def test_people_are_listed_once_whether_their_work_is_shown_or_not() -> None:
    release = released(
        "feat: a\n\nCo-authored-by: Bob <bob@example.org>",
        "docs: b\n\nCo-authored-by: Robert <BOB@example.org>\nCo-authored-by: Eve",
    )
    names = [person.name for person in release.contributors]
    assert names == ["Ada", "Bob", "Eve"]
    assert release.entries[0].author == Contributor("Ada", "ada@example.org")
    assert [person.name for person in release.entries[0].co_authors] == ["Bob"]


def test_a_person_without_a_name_is_called_by_the_address() -> None:
    release = released("feat: a\n\nCo-authored-by: <bob@example.org>")

    assert [person.name for person in release.contributors] == ["Ada", "bob"]


@pytest.mark.parametrize(
    ("email", "login"),
    [
        ("123+ada@users.noreply.forge.example", "ada"),
        ("ada@users.noreply.forge.example", "ada"),
        ("123-ada@users.noreply.forge.example", "ada"),
        ("ada@users.noreply.other.example", ""),
        ("ada@forge.example", ""),
        ("123@users.noreply.forge.example", ""),
        ("123+45@users.noreply.forge.example", "45"),
        ("ada@noreply.forge.example", ""),
    ],
)
def test_a_forges_own_address_tells_the_login(email: str, login: str) -> None:
    assessments = assess(CommitGraph(history("feat: a", email=email)), Policy())
    section = Section(None, "", "", None, "", assessments)
    (person,) = release_notes(section, GROUPED, LINKS).contributors
    assert person.login == login
    assert person.url == (f"https://forge.example/{login}" if login else "")


@pytest.mark.parametrize(
    ("email", "login"),
    [
        ("ada@noreply.forge.example", "ada"),
        ("7+ada@noreply.forge.example", "ada"),
        ("ada@noreply.other.example", ""),
    ],
)
def test_an_address_of_gitea_tells_the_login_of_a_co_author_too(email: str, login: str) -> None:
    assessments = assess(CommitGraph(history(f"feat: a\n\nCo-authored-by: A <{email}>")), Policy())
    section = Section(None, "", "", None, "", assessments)
    (entry,) = release_notes(section, GROUPED, LINKS._replace(kind="gitea")).entries
    assert [person.login for person in entry.co_authors] == [login]


@pytest.mark.parametrize(
    ("kind", "url"), [("github", "https://forge.example/apps/renovate"), ("gitea", "")]
)
def test_a_bot_has_its_name_and_the_page_of_its_application(kind: str, url: str) -> None:
    email = "9+renovate[bot]@users.noreply.forge.example"
    assessments = assess(CommitGraph(history("feat: a", email=email)), Policy())
    section = Section(None, "", "", None, "", assessments)
    (person,) = release_notes(section, GROUPED, LINKS._replace(kind=kind)).contributors
    assert person == Contributor("renovate[bot]", email, "", url)


PEOPLE = """feat: a

Co-authored-by: Ada <7+ada@users.noreply.forge.example>
Co-authored-by: Ada Lovelace <ADA@example.org>
Co-authored-by: ada <ada@users.noreply.forge.example>
Co-authored-by: renovate[bot] <9+renovate[bot]@users.noreply.forge.example>
Co-authored-by: Renovate <9+renovate[bot]@users.noreply.forge.example>
Co-authored-by: Bob <bob@example.org>"""


def test_an_author_is_no_co_author_whatever_the_spelling() -> None:
    (entry,) = released(PEOPLE).entries
    page = "https://forge.example/ada"
    assert entry.author == Contributor("Ada", "ada@example.org", "ada", page)
    assert [person.name for person in entry.co_authors] == ["renovate[bot]", "Bob"]


def test_who_is_new_with_two_addresses_is_new_once() -> None:
    commits = history("feat: a", "feat: b")
    commits[1] = commits[1]._replace(author_email="ada@other.example")
    new = frozenset(("ada@example.org", "ada@other.example"))
    section = Section(None, "", "", None, "", assess(CommitGraph(commits), Policy()), new)
    (newcomer,) = release_notes(section, ChangelogOptions(), LINKS).new_contributors
    assert newcomer.commit == f"{1:040x}"


def test_newcomers_are_named_with_their_first_commit() -> None:
    commits = history("wip", "feat: a (#5)", "feat: b (#6)", email="Ada@example.org")
    commits[0] = commits[0]._replace(
        author_email="eve@example.org", message="Merge x", parents=("9",)
    )
    policy = Policy(ignore=Ignore(authors=("eve@example.org",)))
    section = Section(
        None,
        "",
        "",
        None,
        "",
        assess(CommitGraph(commits), policy),
        frozenset(("ada@example.org", "eve@example.org")),
    )
    (newcomer,) = release_notes(section, ChangelogOptions(), LINKS).new_contributors
    assert newcomer.person.name == "Ada"
    assert newcomer.commit == f"{2:040x}"
    assert newcomer.url.endswith(newcomer.commit)
    assert newcomer.short == "0000000"
    assert newcomer.pull_request is not None
    assert newcomer.pull_request.number == "5"


def test_a_newcomer_may_have_no_pull_request() -> None:
    assessments = assess(CommitGraph(history("feat: a")), Policy())
    newcomers = frozenset(("ada@example.org",))
    section = Section(None, "", "", None, "", assessments, newcomers)
    (newcomer,) = release_notes(section, ChangelogOptions(), LINKS).new_contributors
    assert newcomer.pull_request is None


def test_an_entry_can_be_printed_whole() -> None:
    (entry,) = released("feat(API): a", links=Links()).entries
    assert repr(entry).startswith(
        "ChangelogEntry(type='feat', scope='API', description='a', breaking=False"
    )
    assert repr(entry).endswith("login='', url=''), co_authors=(), others=())")


def test_nobody_is_new_where_nobody_asked() -> None:
    assert released("feat: a").new_contributors == ()


def test_entries_stand_in_the_groups_of_their_types_too() -> None:
    groups = released("feat!: a", "fix: b", "feat: c").by_type
    assert [(group.title, len(group.entries)) for group in groups] == [("Added", 2), ("Fixed", 1)]


def test_what_an_entry_closes_stands_in_its_body_alone() -> None:
    (entry,) = released("fix: a #1\n\nCloses #1, closes #2").entries
    assert [one.text for one in entry.closes] == ["#2"]


def test_addresses_are_the_same_in_another_process() -> None:
    addresses = Addresses(Linker(LINKS))
    assert copy(addresses).commit("f") == addresses.commit("f")


# Rules


def ruled(*rules: ChangeRule) -> Policy:
    return Policy(rules=BumpRules(rules=rules))


DEPENDENCIES = ChangelogOptions(
    sections=(*ChangelogOptions().sections, Heading("Dependencies", ()))
)


def test_a_rule_gives_changes_a_section_whatever_their_type() -> None:
    policy = ruled(ChangeRule(1, scope="deps", section="Dependencies"))
    release = released(
        "chore(deps): a", "fix: b", "fix(deps): c", options=DEPENDENCIES, policy=policy
    )
    assert titles(release) == ["Fixed", "Dependencies"]
    assert [entry.description for entry in release.groups[1].entries] == ["a", "c"]


def test_a_rule_gives_changes_a_section_that_types_have_too() -> None:
    release = released(
        "chore: a", "fix: b", policy=ruled(ChangeRule(1, type="chore", section="fixed"))
    )
    assert [(group.key, len(group.entries)) for group in release.groups] == [("fixed", 2)]


def test_a_rule_hides_changes_without_hiding_others() -> None:
    release = released(
        "fix(deps): a", "fix: b", policy=ruled(ChangeRule(1, scope="deps", section=""))
    )
    assert descriptions(release) == ["b"]


def test_a_breaking_change_is_shown_unless_a_rule_hides_breaking_ones() -> None:
    message = "fix(deps)!: a"
    assert descriptions(
        released(message, policy=ruled(ChangeRule(1, scope="deps", section="")))
    ) == ["a"]
    hides = ChangeRule(1, scope="deps", breaking=True, section="")
    assert descriptions(released(message, policy=ruled(hides))) == []


def test_a_breaking_change_is_of_the_section_that_a_rule_gives_it() -> None:
    policy = ruled(ChangeRule(1, scope="deps", section="Dependencies"))
    release = released("fix(deps)!: a", options=DEPENDENCIES, policy=policy)
    assert (titles(release), descriptions(release)) == ([], ["a"])
    assert [group.key for group in release.by_type] == ["Dependencies"]


def test_what_a_pattern_reads_stands_where_its_rule_says_or_nowhere() -> None:
    shiny = ChangeRule(1, pattern="^:sparkles:", bump=Bump.MINOR, section="added")
    silent = shiny._replace(section=None)
    message = ":sparkles: a"
    assert titles(released(message, policy=ruled(shiny))) == ["Added"]
    assert titles(released(message, policy=ruled(silent))) == []
    assert titles(released(message, policy=ruled(silent), options=GROUPED)) == ["Other"]
