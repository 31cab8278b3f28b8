"""The tables inside the configuration: every key, its type, default and meaning.

Nothing here is a default of its own where the core has one.
"""

from typing import Annotated

from msgspec import Struct, field

from tagboat.core.bump.assess import Policy
from tagboat.core.changelog.changelog import ChangelogOptions
from tagboat.core.changelog.locale import LOCALES
from tagboat.core.config.command_table import CommandTable
from tagboat.core.config.values import (
    BranchPattern,
    BumpName,
    ChangeType,
    CommitId,
    FirstVersion,
    ForeignType,
    Identity,
    MovingTag,
    PackageName,
    PackagePath,
    PrereleaseToken,
    ReferencePattern,
    ReferenceUrl,
    Regex,
    RepositoryPath,
    TagTemplate,
    Text,
    Url,
    VersionFile,
    about,
    at_least,
    one_of,
)
from tagboat.core.forge.kinds import NAMES
from tagboat.core.forge.options import ForgeRules
from tagboat.core.next_version.package import Package
from tagboat.core.plan.command import ReleaseRules

_POLICY = Policy()
_PACKAGE = Package()
_CHANGELOG = ChangelogOptions()
_FORGE = ForgeRules()
_RELEASE = ReleaseRules()


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
    """Commits that neither count for the version nor stand in the changelog."""

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
            "The types of change that are left out unless they are breaking. Without it those of "
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


class ReleaseTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a release is made."""

    message: Annotated[
        Text,
        about(
            "The message of the release commit, from `{version}`, `{tag}` and `{name}`. A commit "
            "is only made where a release changes files.",
            "build: release {version}",
        ),
    ] = _RELEASE.message
    on_race: Annotated[
        str,
        one_of(("auto", "merge", "replan")),
        about(
            "What becomes of a release commit when others pushed to the branch meanwhile: `merge` "
            "it, make a new one on top (`replan`), or `auto`: merge what was expensive to make.",
            "merge",
        ),
    ] = _RELEASE.on_race
    author: Annotated[
        Identity | None,
        about(
            "Who makes release commits and tags. Without it whom git knows: `user.name` and "
            "`user.email`, or its variables.",
            "Release Bot <bot@acme.example>",
        ),
    ] = None
    hooks: Annotated[
        bool,
        about("Whether git's hooks judge the release commit.", example=True),
    ] = _RELEASE.hooks
    moving_tags: Annotated[
        tuple[MovingTag, ...],
        about(
            "Git tags that follow the releases, from `{major}`, `{minor}`, `{name}` and "
            "`{channel}`, the token of a prerelease. They only move forward.",
            ["v{major}", "v{major}.{minor}"],
        ),
    ] = ()


class AssetTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Files to attach, and how they are shown."""

    path: Annotated[
        RepositoryPath,
        about("A file, or a pattern as in `forge.assets`.", "dist/app-{version}.tar.gz"),
    ]
    label: Annotated[
        Text | None,
        about("What is shown in place of the name, on GitHub and GitLab.", "Linux, amd64"),
    ] = None
    content_type: Annotated[
        Text | None,
        about("The type of the content; without it the name tells.", "application/gzip"),
    ] = None


class ForgeTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the repository is hosted. What is not given is read off the remote's address."""

    kind: Annotated[
        Annotated[str, one_of((*NAMES, "none"))] | None,
        about(
            "The software that hosts it, where its host name does not tell; `none` for a "
            "repository that no forge shows.",
            "gitlab",
        ),
    ] = None
    url: Annotated[
        Url | None,
        about("The address of the repository's page.", "https://git.acme.example/team/app"),
    ] = None
    api: Annotated[
        Url | None,
        about(
            "The address of the forge's API, where it is not the usual one.",
            "https://git.acme.example/api/v3",
        ),
    ] = None
    release: Annotated[
        bool, about("Whether releases are made on the forge too.", example=False)
    ] = True
    title: Annotated[
        Text,
        about("The title of a release, from `{version}`, `{tag}` and `{name}`.", "App {version}"),
    ] = _FORGE.title
    draft: Annotated[
        bool,
        about("Whether a release stays a draft, for a person to publish.", example=True),
    ] = _FORGE.is_draft
    assets: Annotated[
        tuple[RepositoryPath | AssetTable, ...],
        about(
            "Files to attach to a release: paths in which `*` stands for any text, `**` for any "
            "folders, and `{version}`, `{tag}` and `{name}` for what the release has; or tables "
            "with `path`, `label` and `content_type`.",
            [
                "dist/*.whl",
                {
                    "path": "dist/manual-{version}.pdf",
                    "label": "Manual",
                    "content_type": "application/pdf",
                },
            ],
        ),
    ] = ()
    comment: Annotated[
        bool | Text,
        about(
            "What to say on the issues and pull requests that a release ships, once each: a text "
            "from `{version}`, `{tag}`, `{name}` and `{url}`, or `true` for a usual one.",
            "Released in {version}: {url}",
        ),
    ] = False
    label: Annotated[
        Text | None,
        about("The label that these issues and pull requests get.", "released"),
    ] = None


class PackageChangelogTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a package's changelog has of its own."""

    file: Annotated[
        RepositoryPath | None,
        about("The file that holds the package's changelog.", "services/api/CHANGELOG.md"),
    ] = None


class PackageTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the repository that has a version of its own."""

    name: Annotated[PackageName, about("Its name, which its tags carry.", "api")]
    paths: Annotated[
        tuple[PackagePath, ...],
        about(
            "What belongs to it: a commit counts where it changes something there. Without paths "
            "every commit counts; one package may be like that.",
            ["services/api", "libs/common"],
        ),
    ] = _PACKAGE.paths
    tag: Annotated[
        TagTemplate | None,
        about(
            "How its versions are spelled as tags; without it the tag format of the repository if "
            "that has `{name}`, else `{name}-v{version}`.",
            "{name}@{version}",
        ),
    ] = None
    initial: Annotated[
        FirstVersion | None,
        about("Its first version; without it that of the repository.", "1.0.0"),
    ] = None
    files: Annotated[
        tuple[VersionFile, ...],
        about(
            "The files that spell its version, as `PATH:KEY`.",
            ["services/api/pyproject.toml:project.version"],
        ),
    ] = ()
    commands: Annotated[
        tuple[CommandTable, ...],
        about("The programs that its releases run, after those of the repository."),
    ] = ()
    changelog: Annotated[
        PackageChangelogTable, about("What the package's changelog has of its own.")
    ] = field(default_factory=PackageChangelogTable)


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
