"""The tables inside the configuration: every key, its type, default and meaning.

Nothing here is a default of its own where the core has one.
"""

from typing import Annotated

from msgspec import Struct

from tagboat.core.bump.assess import Policy
from tagboat.core.changelog.options import LOCALES, ChangelogOptions
from tagboat.core.config.values import (
    BranchPattern,
    BumpName,
    ChangeType,
    CommitId,
    ForeignType,
    PrereleaseToken,
    ReferencePattern,
    ReferenceUrl,
    Regex,
    RepositoryPath,
    Text,
    about,
    at_least,
    one_of,
)
from tagboat.core.next_version.package import Package

_POLICY = Policy()
_PACKAGE = Package()
_CHANGELOG = ChangelogOptions()


class ZeroTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes mean while the major version is 0."""

    breaking: Annotated[
        BumpName,
        about("What a breaking change bumps while the major version is 0.", "major"),
    ] = str(_POLICY.rules.zero.breaking)
    feature: Annotated[
        BumpName,
        about("What a feature bumps while the major version is 0.", "patch"),
    ] = str(_POLICY.rules.zero.feature)


class IgnoreTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Commits that neither count for the version nor stand in the changelog, and tags."""

    ids: Annotated[
        tuple[CommitId, ...],
        about("Commits to leave out, by id or by the first digits of it.", ["1a2b3c4d"]),
    ] = _POLICY.ignore.ids
    authors: Annotated[
        tuple[Text, ...],
        about(
            "Authors whose commits to leave out: a name, an address, or `name <address>` where "
            "`*` stands for any text and `?` for any character.",
            ["*[bot] <*>"],
        ),
    ] = _POLICY.ignore.authors
    patterns: Annotated[
        tuple[Regex, ...],
        about(
            "Regular expressions; a commit is left out where one is found in its message.",
            [r"\[skip release\]"],
        ),
    ] = _POLICY.ignore.patterns
    tags: Annotated[
        tuple[Text, ...],
        about(
            "Tags that are no versions: patterns of their names, as `git tag --list` takes them. "
            "A release whose own tag fits one is refused.",
            ["nightly-*", "v2.0.0-*"],
        ),
    ] = ()


class RuleTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes ask for that fit all that a rule says of them, and where they are written."""

    type: Annotated[
        ForeignType | None,
        about("Their type; `*` stands for any text and `?` for any character.", "chore"),
    ] = None
    scope: Annotated[
        Text | None,
        about("Their scope, whatever its case; `*` and `?` as in a type.", "deps*"),
    ] = None
    pattern: Annotated[
        Regex | None,
        about("A regular expression in their message; alone, in any message.", r"^docs\(readme\)"),
    ] = None
    breaking: Annotated[
        bool | None,
        about(
            "Whether they break something. Only a rule with `true` gives a breaking change another "
            "bump than `major`, or hides it.",
            example=True,
        ),
    ] = None
    bump: Annotated[
        BumpName | None,
        about("What they ask for. The first rule that fits and says so counts.", "patch"),
    ] = None
    section: Annotated[
        Text | None,
        about(
            "The heading that they stand under, by its title; a new one comes behind the others. "
            "The first rule that fits and says so, or hides them, counts.",
            "Dependencies",
        ),
    ] = None
    hidden: Annotated[
        bool,
        about("Whether the changelog leaves them out; what they ask for stays.", example=True),
    ] = False


class RewriteTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A correction made to messages before they are read."""

    pattern: Annotated[
        Regex,
        about("What to replace: a regular expression in Python's syntax.", r"^\[[A-Z]+-\d+\] "),
    ]
    text: Annotated[
        str, about(r"What to put there; `\1` or `\g<name>` stand for groups of the pattern.", "")
    ]


class ReferenceTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tickets of a tracker that is not the forge's own."""

    pattern: Annotated[
        ReferencePattern,
        about("What such a name looks like: a regular expression in Python's syntax.", r"JIRA-\d+"),
    ]
    url: Annotated[
        ReferenceUrl | None,
        about(
            "Its address, where `{id}` stands for the name. Without it nothing is linked.",
            "https://acme.atlassian.net/browse/{id}",
        ),
    ] = None


class ChannelTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Branches, and what they may release."""

    branch: Annotated[
        BranchPattern,
        about(
            "The branch: a name, or a pattern where `*` stands for any text. With `{major}` and "
            "perhaps `{minor}`, as in `{major}.{minor}.x`, it is a maintenance branch: it releases "
            "that line alone.",
            "release/*",
        ),
    ]
    prerelease: Annotated[
        PrereleaseToken,
        about("The token of its prereleases; without one it releases stable versions.", "rc"),
    ] = ""


class SectionTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One heading of a release's notes."""

    types: Annotated[
        tuple[ForeignType, ...],
        about("The types of change that stand under the heading.", ["fix", "perf"]),
    ]
    title: Annotated[
        Text,
        about("The heading: any text, or a name that stands for it in each language.", "fixed"),
    ]


class ChangelogTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the changelog is written."""

    file: Annotated[
        RepositoryPath | None,
        about(
            "The file that holds the changelog; a release makes it where it is not there yet. "
            "Without it a release writes to `CHANGELOG.md` if there is one.",
            "docs/changes.md",
        ),
    ] = None
    begin: Annotated[
        str,
        one_of(("history", "release")),
        about("What a new changelog begins with: all history, or the release.", "release"),
    ] = "history"
    template: Annotated[
        RepositoryPath | None,
        about(
            "A template: the name of one that is shipped, or a file of the repository. Without it "
            "the one that fits the file's ending: the format of Keep a Changelog in Markdown, or "
            "reStructuredText, plain text, JSON.",
            "templates/notes.md.j2",
        ),
    ] = None
    locale: Annotated[
        str,
        one_of(LOCALES),
        about("The language of the headings.", "zh-CN"),
    ] = _CHANGELOG.locale
    sections: Annotated[
        tuple[SectionTable, ...],
        about(
            "The headings of a release's notes, in order. Without any: "
            + ", ".join(heading.title for heading in _CHANGELOG.sections)
            + "."
        ),
    ] = ()
    hide: Annotated[
        tuple[ForeignType, ...] | None,
        about(
            "The types of change that are left out unless they are breaking, and reverts of these. "
            "Without it those of "
            + ", ".join(f"`{name}`" for name in _CHANGELOG.hidden)
            + " that have no section.",
            ["chore", "ci"],
        ),
    ] = None
    unconventional: Annotated[
        str,
        one_of(("hide", "group")),
        about(
            "What becomes of messages that are not conventional and of types without a section: "
            "left out, or put in a group at the end.",
            "group",
        ),
    ] = _CHANGELOG.unconventional
    prereleases: Annotated[
        str,
        one_of(("fold", "keep")),
        about(
            "Whether prereleases fold into the stable version that follows or keep their sections.",
            "keep",
        ),
    ] = _CHANGELOG.prereleases
    logins: Annotated[
        bool,
        about(
            "Whether a release asks the forge for the logins of authors whose e-mail address does "
            "not tell them. They are kept in its tag. GitLab is not asked: it tells none.",
            example=True,
        ),
    ] = _CHANGELOG.logins


class CheckTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `tagboat check` asks of a message beyond the grammar."""

    types: Annotated[
        tuple[ChangeType, ...],
        about("The types that may be used; none named: any.", ["feat", "fix", "docs", "chore"]),
    ] = ()
    scopes: Annotated[
        tuple[Text, ...],
        about("The scopes that may be used; none named: any.", ["api", "ui"]),
    ] = ()
    header_length: Annotated[
        Annotated[int, at_least(1)] | None,
        about("The most characters a header may have; without it any number.", 72),
    ] = None
    fixup: Annotated[
        bool,
        about("Whether `fixup!`, `squash!` and `amend!` commits may stay.", example=True),
    ] = False
