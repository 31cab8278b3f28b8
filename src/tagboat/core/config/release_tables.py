"""The tables of what is released, packages, and of what a release does.

That is its commands, its push, and its page on a forge.
"""

from typing import Annotated

from msgspec import Struct, field

from tagboat.core.config.tables import ChannelTable
from tagboat.core.config.values import (
    CommandLine,
    FirstVersion,
    Identity,
    MovingTag,
    PackageName,
    PackagePath,
    RepositoryPath,
    TagTemplate,
    Text,
    Url,
    Variable,
    VersionFile,
    about,
    at_least,
    distinct,
    one_of,
)
from tagboat.core.forge.kinds import NAMES
from tagboat.core.forge.release import ForgeRules
from tagboat.core.next_version.package import Package
from tagboat.core.packages import MANIFESTS, PROPAGATIONS
from tagboat.core.plan.command import Point, ReleaseRules

_FORGE = ForgeRules()
_PACKAGE = Package()
_RELEASE = ReleaseRules()


class CommandTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A program that a release runs, in its temporary work tree."""

    run: Annotated[
        CommandLine,
        about(
            "The program and its arguments. No shell reads them: where one is wanted, "
            '`["sh", "-c", "..."]`.',
            ["uv", "lock"],
        ),
    ]
    when: Annotated[
        str,
        one_of(point.value for point in Point),
        about(
            "When it is run: `before-commit`, once version files and changelog are edited, "
            "`before-publish`, once the release commit is made and before anything is pushed, or "
            "`after-push`, once the tag is public and before the forge's release is.",
            "before-commit",
        ),
    ]
    add: Annotated[
        tuple[RepositoryPath, ...],
        about(
            "Files that go into the release commit with what it changed there, `before-commit` "
            "alone: paths where `*` stands for any text without `/` and `**` for any text. "
            "Everything else that it changes is left out.",
            ["uv.lock"],
        ),
    ] = ()
    timeout: Annotated[
        int, at_least(1), about("How many seconds it has; then it is ended.", 1800)
    ] = 600
    env: Annotated[
        dict[Variable, str],
        about("What is added to its environment. No secrets: this file is public.", {"CI": "1"}),
    ] = field(default_factory=dict)
    tokens: Annotated[
        tuple[Variable, ...],
        about(
            "Variables with secrets that it may see. The forge's tokens, such as `GITHUB_TOKEN`, "
            "and what another command names here, are kept from it otherwise.",
            ["GITHUB_TOKEN"],
        ),
    ] = ()
    unless: Annotated[
        CommandLine | None,
        about(
            "A program that succeeds where an `after-push` command is done already, so that it "
            "is not run again after a kill.",
            ["sh", "-c", 'npm view "app@$TAGBOAT_VERSION"'],
        ),
    ] = None


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
    after_rollback: Annotated[
        str,
        one_of(("warn", "refuse")),
        about(
            "What becomes of a release that still holds what `tagboat rollback` withdrew, neither "
            "reverted nor reinstated: `warn` releases it and says so, `refuse` does not.",
            "refuse",
        ),
    ] = _RELEASE.after_rollback
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
    sign_off: Annotated[
        bool,
        about(
            "Whether the release commit ends with `Signed-off-by:` and who makes it, as "
            "`git commit --signoff` writes that.",
            example=True,
        ),
    ] = _RELEASE.sign_off
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
    template: Annotated[
        Text | None,
        about("The template it is written with; without it that of the repository.", "angular"),
    ] = None


class PackageTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the repository that has a version of its own."""

    name: Annotated[
        PackageName,
        about(
            "Its name, which its tags carry. Where `paths` has a pattern each package is called as "
            "its manifest says (`package.json`, `pyproject.toml`, `Cargo.toml`), else as its "
            "folder is.",
            "api",
        ),
    ] = _PACKAGE.name
    paths: Annotated[
        tuple[PackagePath, ...],
        about(
            "What belongs to it: a commit counts where it changes something there. A file belongs "
            "to the package with the deepest path above it, to several where they name the same "
            "path. One package may have no paths: it has what no other has. A single pattern, such "
            "as `packages/*`, declares a package for each folder that it fits; `{path}` and "
            "`{name}` in `files`, `exclude`, `was_paths` and `changelog.file` stand for those of "
            "each.",
            ["services/api", "libs/common"],
        ),
    ] = _PACKAGE.paths
    exclude: Annotated[
        tuple[RepositoryPath, ...],
        about(
            "What does not belong to it: files, folders, and patterns in which `*` and `?` stand "
            "for text within a folder and `**` for any folders.",
            ["services/api/docs", "**/*.md"],
        ),
    ] = _PACKAGE.exclude
    covers: Annotated[
        str,
        one_of(("rest", "all")),
        about(
            "What of its paths it has: the `rest`, which no package with a deeper path has, or "
            "`all` of them, beside those packages.",
            "all",
        ),
    ] = _PACKAGE.covers
    empty: Annotated[
        str,
        one_of(("none", "all")),
        about(
            "Which commits without files count for it: with `none` those that name it in a footer "
            "`Package: a, b`, or all packages with `Package: *`.",
            "all",
        ),
    ] = _PACKAGE.empty
    needs: Annotated[
        Annotated[str, one_of((MANIFESTS,))] | tuple[PackageName, ...],
        about("The packages whose releases release it, or `manifests`: as these say.", ["core"]),
    ] = _PACKAGE.needs
    propagate: Annotated[
        str,
        one_of(PROPAGATIONS),
        about(
            "What a release of a package that it needs asks for: a `patch`, the `same` bump, a "
            "patch only where its manifests do not allow the new version (`out-of-range`), `none`.",
            "same",
        ),
    ] = _PACKAGE.propagate
    group: Annotated[
        Text | None,
        about(
            "The group it is in. All packages of a group are released together, under one version.",
            "backend",
        ),
    ] = None
    primary: Annotated[
        bool,
        about(
            "Whether GitHub shows its highest version as the latest release of the repository. "
            "Without one that is, the package without `paths` is shown, else none. GitLab, Gitea "
            "and Forgejo show the newest release of all packages.",
            example=True,
        ),
    ] = _PACKAGE.primary
    was: Annotated[
        PackageName | tuple[PackageName, ...],
        about("What it was called before; the tags of that name are its own.", "server"),
    ] = _PACKAGE.was
    was_paths: Annotated[
        tuple[PackagePath, ...],
        about(
            "Where it was before there was a configuration that said so. Where it was according to "
            "earlier configurations need not be said.",
            ["server"],
        ),
    ] = _PACKAGE.was_paths
    release: Annotated[
        bool,
        about("Whether it is released by itself, or along with others alone.", example=False),
    ] = _PACKAGE.release
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
    channels: Annotated[
        tuple[ChannelTable, ...],
        distinct("branch"),
        about(
            "Which branches release what of it, in place of the repository's list. From a branch "
            "that is none of them it is not released."
        ),
    ] = ()
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
