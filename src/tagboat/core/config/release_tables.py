"""The tables of what a release does: its commands, its push, its page on a forge."""

from typing import Annotated

from msgspec import Struct, field

from tagboat.core.config.values import (
    CommandLine,
    Identity,
    MovingTag,
    RepositoryPath,
    Text,
    Url,
    Variable,
    about,
    at_least,
    one_of,
)
from tagboat.core.forge.kinds import NAMES
from tagboat.core.forge.release import ForgeRules
from tagboat.core.plan.command import Point, ReleaseRules

_FORGE = ForgeRules()
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
