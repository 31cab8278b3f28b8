"""semantic-release: `.releaserc`, `release.config.*`, or the table `release` in `package.json`."""

import re
from collections.abc import Sequence

from tagboat.core.config.migrate.key_rules import (
    DRAFT,
    OldKey,
    Rule,
    Rules,
    adapts,
    carries,
    changes,
    chooses,
    keeps,
    lacks,
    switches,
    translate_keys,
    translate_sections,
)
from tagboat.core.config.migrate.old_file import OldFile
from tagboat.core.config.migrate.release_rules import translate_release_rules
from tagboat.core.config.migrate.translation import LAYOUT_OF_PRESET, Translation
from tagboat.core.forge.release import COMMENT

NAME = "semantic-release"
_USUAL_BRANCHES = frozenset(("main", "master"))
_LINES = {
    "+([0-9])?(.{+([0-9]),x}).x": ("{major}.x", "{major}.{minor}.x"),
    "+([0-9]).x": ("{major}.x",),
    "+([0-9]).+([0-9]).x": ("{major}.{minor}.x",),
}
_OWN_ASSETS = re.compile(r"(?:.*/)?(?:package\.json|package-lock\.json|npm-shrinkwrap\.json)")
_CHANGELOG = re.compile(r"(?:.*/)?CHANGELOG\.md", re.IGNORECASE)
_STEPS = (
    *("verifyConditions", "analyzeCommits", "verifyRelease", "generateNotes", "prepare"),
    *("publish", "addChannel", "success", "fail"),
)
_PLACEHOLDERS = {"nextRelease.version": "{version}", "nextRelease.gitTag": "{tag}"}
_HOLE = re.compile(r"(?:\$\{|<%=)\s*([\w.]+)\s*(?:\}|%>)")
_GIT = "@semantic-release/git"
_NOTES = "@semantic-release/release-notes-generator"
_BEFORE = ("verifyConditionsCmd", "verifyReleaseCmd")
_DECIDING = ("analyzeCommitsCmd", "generateNotesCmd")


def from_semantic_release(whole: Translation, files: Sequence[OldFile]) -> None:
    """Translate the table of one file."""
    key = OldKey(whole, NAME, files[0], (), files[0].data)
    if not isinstance(key.value, dict):
        key.leave("it is no literal object: what a program computes is not read")
        return
    _SrConfiguration(key).translate()


class _SrConfiguration:
    """A configuration: branches, and plugins with options of their own or of the top."""

    def __init__(self, key: OldKey) -> None:
        self._key = key
        lists = [key.get(name) for name in ("plugins", *_STEPS)]
        self._plugins = [one for some in lists for one in _sr_plugins(some)]
        self._committed = self._git_assets()

    def translate(self) -> None:
        """Translate it: what is said at the top is said to all plugins."""
        whole, origin = self._key.whole, f"the default of {NAME}"
        rules = self._options()
        top = {name: rule for options in rules.values() for name, rule in options.items()}
        del top["*"]  # of a plugin that runs any command
        lists = {name: Rule((list, str, dict), self._listed) for name in ("plugins", *_STEPS)}
        whole.put(("zero", "breaking"), "major", origin)
        whole.put(("initial",), "1.0.0", origin)
        translate_keys(self._key, top | _TOP | lists)
        preset = next(filter(None, map(_sr_preset, (self._notes_options(), self._key))), "angular")
        whole.choose_layout(NAME, self._key.file.path, LAYOUT_OF_PRESET.get(preset, ""))

    def _notes_options(self) -> OldKey:
        """What the plugin that writes notes is told."""
        options = (one for name, _, one in self._plugins if name == _NOTES)
        return next(options, self._key)

    def _git_assets(self) -> list[str] | None:
        """The files that go into the release commit; None where none is made."""
        for name, _, options in self._plugins:
            if name == _GIT:
                return options.get("assets").texts or ["CHANGELOG.md", "package.json"]
        return None

    def _listed(self, key: OldKey) -> None:
        rules = self._options()
        for name, one, options in _sr_plugins(key):
            if name in rules:
                self._plugin(name, one, options)
            else:
                why = "it is a plugin of others" if name else "it is computed, or no plugin"
                for key_of_it in (one, options)[: 1 + isinstance(options.value, dict)]:
                    key_of_it.leave(why)

    def _plugin(self, name: str, key: OldKey, options: OldKey) -> None:
        """What a plugin does by itself, and its options."""
        note = _PLUGINS[name]
        if name == "@semantic-release/npm":
            self._npm(key, options)
        elif name == "@semantic-release/changelog" and not options.get("changelogFile").text:
            self._changelog(key, "CHANGELOG.md")
        elif name == "@semantic-release/github" and options.get("successComment").value is None:
            key.carry_table(("forge",), {"comment": True, "label": "released"}, "the default there")
        elif name == "semantic-release-docker-buildx":
            key.adapt("images, from its options")
        else:
            key.keep(note)
        if isinstance(options.value, dict):
            translate_keys(options, self._options()[name] | {"path": keeps("the plugin")})

    def _npm(self, key: OldKey, options: OldKey) -> None:
        folder = options.get("pkgRoot").text
        if any(map(_OWN_ASSETS.fullmatch, self._committed or ())):
            key.carry(("files",), [f"npm:{folder}" if folder else "npm"], "it is not published")
        else:
            key.adapt("package.json was never committed, and stays; publishing is a job of its own")

    def _changelog(self, key: OldKey, path: str) -> None:
        if self._committed is None:
            key.adapt(
                "the file was never committed: without a changelog file the notes stand in the tag"
            )
        else:
            key.carry(("changelog", "file"), path)

    def _changelog_file(self, key: OldKey) -> None:
        self._changelog(key, key.text)

    def _assets(self, key: OldKey) -> None:
        """Files that go into the release commit: version files and changelog do so anyway."""
        told = [text for one in (key, *key.items()) for text in one.texts]
        others = [text for text in dict.fromkeys(told) if not _OWN_ASSETS.fullmatch(text)]
        others = [text for text in others if not _CHANGELOG.fullmatch(text)]
        if not others:
            key.keep("files that hold the version and the changelog are committed")
        elif self._prepares():
            key.keep("commands.add")
        else:
            key.leave("only a command of [[commands]] adds files to the release commit")

    def _prepares(self) -> bool:
        return any(options.get("prepareCmd").text for _, _, options in self._plugins)

    def _prepare(self, key: OldKey) -> None:
        text = key.text.replace("${nextRelease.version}", "$TAGBOAT_VERSION")
        text = text.replace("${nextRelease.gitTag}", "$TAGBOAT_TAG")
        if "${" in re.sub(r"\$\{[A-Z_]+\}", "", text):
            key.leave("its text is made from more than version and tag")
            return
        add = [one for one in self._committed or () if not _CHANGELOG.fullmatch(one)]
        # What is not committed is made of the release's commit, where its files are looked for.
        when = {"when": "before-commit", "add": add} if add else {"when": "before-publish"}
        table = {"run": ["sh", "-c", text], **when}
        key.change(("commands",), [table], "the version is in TAGBOAT_VERSION")

    def _options(self) -> dict[str, Rules]:
        """The options of each plugin that is known."""
        own: dict[str, Rules] = {
            "@semantic-release/changelog": {
                "changelogFile": Rule(str, self._changelog_file),
                "changelogTitle": keeps("what stands above the versions stays"),
            },
            _GIT: {"assets": Rule((list, str), self._assets), "message": Rule(str, _sr_message)},
            "@semantic-release/exec": {
                "prepareCmd": Rule(str, self._prepare),
                "publishCmd": lacks(
                    '[[commands]] with when = "after-push" does it, where it may be done twice'
                ),
                **dict.fromkeys(_BEFORE, lacks("a step before `tagboat release` does that")),
                **dict.fromkeys(_DECIDING, lacks("commits and templates say that")),
                "*": lacks("what follows a release is a job of its own"),
            },
        }
        return _OPTIONS | own


def _sr_preset(key: OldKey) -> str:
    return key.get("preset").text or key.get("preset").get("name").text


def _sr_plugins(key: OldKey) -> list[tuple[str, OldKey, OldKey]]:
    """The plugins of a list: name, where it stands, and where its options do."""
    found = []
    for one in key.items() if isinstance(key.value, list) else [key]:
        name, options = one, one
        if isinstance(one.value, list):
            inner = [*one.items(), one.get(""), one.get("")]
            name, options = inner[0], inner[1]
        elif isinstance(one.value, dict):
            name = one.get("path")
        if one.value is not None:
            found.append((name.text, name if name.value is not None else one, options))
    return found


def _sr_branches(key: OldKey) -> None:
    entries = list(key.items()) if isinstance(key.value, list) else [key]
    names = {_sr_branch_name(one) for one in entries}
    if names <= _USUAL_BRANCHES and all(isinstance(one.value, str) for one in entries):
        key.keep("main and master release stable versions")
        return
    for one in entries:
        _sr_branch(one)


def _sr_branch_name(key: OldKey) -> str:
    return key.text or key.get("name").text


def _sr_branch(key: OldKey) -> None:
    name, token = _sr_branch_name(key), key.get("prerelease").value
    if token is True:
        token = name
    lines = _LINES.get(name) or (_sr_line(key.get("range").text, name),)
    tables = [{"branch": line} for line in lines if line]
    if isinstance(token, str) and token and "${" not in token:
        tables = [{"branch": name, "prerelease": token}]
    elif token:
        tables = []
    if not tables:
        key.leave("a channel is a branch, its token a text, and a range that of its name")
    elif key.get("channel").value:
        key.change(("channels",), list(tables), "channels of an index are for who publishes there")
    else:
        key.carry(("channels",), list(tables))


def _sr_line(versions: str, name: str) -> str:
    """The pattern of a branch with a range; empty where the name does not tell it."""
    if not versions:
        return name
    match = re.fullmatch(r"v?\d+(?P<minor>\.\d+)?\.x", name)
    pattern = re.sub(r"\d+", "{major}", name, count=1)
    if match and match["minor"]:
        pattern = re.sub(r"\.\d+", ".{minor}", pattern, count=1)
    return pattern if match and versions.startswith(name.removeprefix("v")[:-1]) else ""


def _sr_text(text: str) -> tuple[str, bool]:
    """A text with its holes as ours, and whether all of it is said; the first line alone counts."""
    title = text.partition("\n")[0]
    plain = _HOLE.sub(lambda match: _PLACEHOLDERS.get(match[1], ""), title)
    known = all(name in _PLACEHOLDERS for name in _HOLE.findall(text))
    return plain.strip(), known and title == text


def _sr_message(key: OldKey) -> None:
    text, is_whole = _sr_text(key.text)
    if is_whole:
        key.carry(("release", "message"), text)
    else:
        key.change(("release", "message"), text, "a message is one line; the tag has the notes")


def _sr_title(key: OldKey) -> None:
    text, is_whole = _sr_text(key.text)
    if is_whole:
        key.carry(("forge", "title"), text)
    else:
        key.leave("a title has version, tag and name")


def _sr_upload(key: OldKey) -> None:
    if key.value is False:
        key.keep("there are none")
        return
    for one in key.items() if isinstance(key.value, list) else [key]:
        path = one.text or one.get("path").text
        label = one.get("label").text
        table = {"path": path, "label": label} if label and "${" not in label else path
        if "${" in path or not path:
            one.leave("paths have {version}, {tag} and {name}")
        else:
            one.carry(("forge", "assets"), [table])


def _sr_labels(key: OldKey) -> None:
    if key.texts and "<%" not in key.texts[0]:
        key.carry(("forge", "label"), key.texts[0])
    elif key.value is False:
        key.keep("there is none")
    else:
        key.leave("one label is given: forge.label")


def _sr_platforms(key: OldKey) -> None:
    if key.whole.data.get("images"):
        key.carry(("images", 0, "platforms"), key.texts)
    else:
        key.leave("there is no image that it is about")


_FAILURE = chooses(
    (str, bool),
    {False: keeps("nothing is said of what fails")},
    lacks("what fails is said in the job alone"),
)
_PRESET_RULES: Rules = {
    "preset": chooses(
        str,
        dict.fromkeys(LAYOUT_OF_PRESET, keeps("Conventional Commits are the default")),
        lacks("messages are read as Conventional Commits"),
    ),
    "config": lacks("messages are read as Conventional Commits"),
    "presetConfig.types": Rule(list, translate_sections),
    "presetConfig.name": keeps("Conventional Commits are the default"),
    "parserOpts": lacks("messages are read as Conventional Commits"),
}
_COMMENT_RULES: Rules = {
    "assets": Rule((list, str, bool), _sr_upload),
    "successComment": chooses(
        (str, bool),
        {
            False: keeps("nothing is said on issues"),
            True: carries(("forge", "comment"), value=True),
        },
        changes(
            ("forge", "comment"),
            COMMENT,
            "its text is ours: docs/configuration.md has its placeholders",
        ),
    ),
    "failComment": _FAILURE,
    "failTitle": _FAILURE,
    "labels": _FAILURE._replace(kind=(list, str, bool)),
    "assignees": _FAILURE._replace(kind=(list, str, bool)),
    "releasedLabels": Rule((list, bool), _sr_labels),
    "draftRelease": DRAFT,
    "releaseNameTemplate": Rule(str, _sr_title),
    "releaseBodyTemplate": lacks("a release has the notes, from changelog.template"),
    "addReleases": lacks("a release does not name what was published elsewhere"),
    "discussionCategoryName": lacks("no discussion is begun"),
    "githubUrl": adapts("read off the remote's address, or forge.url"),
    "gitlabUrl": adapts("read off the remote's address, or forge.url"),
    "proxy": adapts("the environment tells"),
}
_OPTIONS: dict[str, Rules] = {
    "@semantic-release/commit-analyzer": _PRESET_RULES
    | {"releaseRules": Rule(list, translate_release_rules)},
    _NOTES: _PRESET_RULES | {"writerOpts": lacks("the layout is that of changelog.template")},
    "@semantic-release/npm": {
        "npmPublish": switches(
            lacks("publishing to an index is a job after the release"),
            keeps("nothing is published to an index"),
        ),
        "pkgRoot": keeps("files"),
        "tarballDir": lacks("publishing to an index is a job after the release"),
    },
    "@semantic-release/github": _COMMENT_RULES,
    "@semantic-release/gitlab": _COMMENT_RULES,
    "@semantic-release/gitea": _COMMENT_RULES,
    "semantic-release-docker-buildx": {
        "imageNames": Rule(
            (list, str), lambda key: key.carry(("images",), [{"repositories": key.texts}])
        ),
        "platforms": Rule((list, str), _sr_platforms),
        "buildArgs": lacks("name them in images[].build_args"),
    },
}
_PLUGINS = {
    "@semantic-release/commit-analyzer": "commits ask for the version",
    _NOTES: "a release has notes",
    "@semantic-release/changelog": "changelog.file",
    "@semantic-release/npm": "files",
    _GIT: "a release that changes files is a commit",
    "@semantic-release/github": "a release is made on the forge",
    "@semantic-release/gitlab": "a release is made on the forge",
    "@semantic-release/gitea": "a release is made on the forge",
    "@semantic-release/exec": "commands",
    "semantic-release-docker-buildx": "images",
}
_TOP: Rules = {
    "branches": Rule((list, str, dict), _sr_branches),
    "branch": Rule((list, str, dict), _sr_branches),
    "tagFormat": Rule(
        str, lambda key: key.carry(("tag",), key.text.replace("${version}", "{version}"))
    ),
    "repositoryUrl": adapts("read off the remote's address"),
    "extends": lacks("what a shared configuration says is not read: it is a package of others"),
    "dryRun": adapts("tagboat plan"),
    "ci": adapts("a release is made wherever it is asked for"),
    "noCi": adapts("a release is made wherever it is asked for"),
    "debug": adapts("--debug"),
    "$schema": keeps("for editors"),
}
