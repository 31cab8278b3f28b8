"""standard-version and commit-and-tag-version: `.versionrc`, or a table in `package.json`."""

import re
from collections.abc import Sequence

from tagboat.core.config.migrate.key_rules import (
    NO_VERIFY,
    SIGN_OFF,
    OldKey,
    Rule,
    Rules,
    adapts,
    carries,
    keeps,
    lacks,
    translate_keys,
    translate_sections,
)
from tagboat.core.config.migrate.old_file import OldFile
from tagboat.core.config.migrate.translation import LAYOUT_OF_PRESET, Translation

NAME = "standard-version"
_CHANGELOG = "CHANGELOG.md"
_USUAL_PRESET = "conventionalcommits"
_BEFORE_COMMIT = ("prerelease", "prebump", "postbump", "prechangelog", "postchangelog", "precommit")
_BEFORE_PUBLISH = ("postcommit", "pretag")
_KEYS = {
    "json": "version",
    "yaml": "version",
    "openapi": "info.version",
    "python": "project.version",
    "gradle": "version",
}
_USUAL = re.compile(r"\{\{host\}\}|https://(?:www\.)?(?:github|gitlab)\.com/")


def from_standard_version(whole: Translation, files: Sequence[OldFile]) -> None:
    """Translate the table of one file."""
    key = OldKey(whole, NAME, files[0], (), files[0].data)
    origin = f"the default of {NAME}"
    whole.put(("zero", "feature"), "patch", origin)
    translate_keys(key, _RULES)
    if key.get("skip").get("changelog").value is not True and not key.get("infile").text:
        whole.put(("changelog", "file"), _CHANGELOG, origin)
    if not any(key.get(name).value for name in ("bumpFiles", "packageFiles")):
        _sv_usual_files(key, origin)
    preset = key.get("preset").text or key.get("preset").get("name").text
    whole.choose_layout(NAME, files[0].path, LAYOUT_OF_PRESET.get(preset or _USUAL_PRESET, ""))


def _sv_usual_files(key: OldKey, origin: str) -> None:
    """package.json is looked for where nothing is named."""
    is_left = key.get("skip").get("bump").value is True
    if not is_left and key.whole.folder.text("package.json") is not None:
        key.whole.put(("files",), ["npm"], origin)


def _sv_files(key: OldKey) -> None:
    for one in key.items():
        path = one.text or one.get("filename").text
        entry = _sv_entry(path, one.get("type").text)
        if one.get("updater").value is not None:
            one.leave("its updater is a program: name the place in `files` as PATH:KEY")
        elif entry:
            one.carry(("files",), [entry])
        else:
            one.leave("name the place of the version in `files` as PATH:KEY")


def _sv_entry(path: str, kind: str) -> str:
    """The entry for a file; empty where its kind is not known."""
    folder, _, name = path.rpartition("/")
    if name == "package.json":
        return f"npm:{folder}" if folder else "npm"
    if name in ("package-lock.json", "npm-shrinkwrap.json"):
        return f"{path}:version"
    if kind == "plain-text" or name.lower() in ("version", "version.txt", "version.md"):
        return path
    kind = kind or {"pyproject.toml": "python", "build.gradle": "gradle"}.get(name, "")
    kind = kind or next((one for one in ("json", "yaml") if name.endswith(f".{one}")), "")
    return f"{path}:{_KEYS[kind]}" if path and kind in _KEYS else ""


def _sv_tag(key: OldKey) -> None:
    key.carry(("tag",), f"{key.text}{{version}}")


def _sv_message(key: OldKey) -> None:
    text = re.sub(r"\{\{\s*currentTag\s*\}\}", "{tag}", key.text)
    key.carry(("release", "message"), text)


def _sv_address(key: OldKey) -> None:
    if _USUAL.match(key.text):
        key.keep("links lead where the forge has its pages")
    else:
        key.leave("links lead where the forge has its pages; `references` has other trackers")


def _sv_prefixes(key: OldKey) -> None:
    if key.texts == ["#"]:
        key.keep("the default")
    else:
        key.leave("`references` has the tickets of other trackers")


def _sv_skip(key: OldKey) -> None:
    name = key.path[-1]
    if key.value is not True:
        key.keep("it is done")
    elif name == "bump":
        key.keep("no file holds the version")
    elif name == "changelog":
        key.adapt(f"a release writes to {_CHANGELOG} where there is one")
    else:
        key.leave("a release is a commit, where files change, and a tag")


def _sv_script(key: OldKey) -> None:
    name = str(key.path[-1])
    command = {"run": ["sh", "-c", key.text]}
    why = "the version is in TAGBOAT_VERSION; files that it changes are named in `add`"
    if name in _BEFORE_COMMIT:
        key.change(("commands",), [command | {"when": "before-commit"}], why)
    elif name in _BEFORE_PUBLISH:
        key.change(("commands",), [command | {"when": "before-publish"}], why)
    else:
        key.leave("what follows a release is a job of its own")


_COMMAND_LINE = "an option of the command line, where it is wanted"
_PRESET = "Conventional Commits are read; changelog.sections has the headings"
_RULES: Rules = {
    "types": Rule(list, translate_sections),
    "presetConfig.types": Rule(list, translate_sections),
    "preset": adapts(_PRESET),
    "presetConfig.name": adapts(_PRESET),
    "bumpFiles": Rule(list, _sv_files),
    "packageFiles": Rule(list, _sv_files),
    "tagPrefix": Rule(str, _sv_tag),
    "tag-prefix": Rule(str, _sv_tag),
    "t": Rule(str, _sv_tag),
    "releaseCommitMessageFormat": Rule(str, _sv_message),
    "message": adapts("release.message"),
    "infile": carries(("changelog", "file")),
    "header": keeps("what stands above the versions stays"),
    "changelogHeader": keeps("what stands above the versions stays"),
    "compareUrlFormat": Rule(str, _sv_address),
    "commitUrlFormat": Rule(str, _sv_address),
    "issueUrlFormat": Rule(str, _sv_address),
    "userUrlFormat": Rule(str, _sv_address),
    "issuePrefixes": Rule((list, str), _sv_prefixes),
    "skip.*": Rule(bool, _sv_skip),
    "scripts.*": Rule(str, _sv_script),
    "noVerify": NO_VERIFY,
    "no-verify": NO_VERIFY,
    "verify": adapts("release.hooks"),
    "sign": adapts("git's own settings tell: tag.gpgSign and commit.gpgSign"),
    "signoff": SIGN_OFF,
    "commitAll": lacks("files that go into the release commit are named: commands.add"),
    "commit-all": lacks("files that go into the release commit are named: commands.add"),
    "prerelease": lacks("a branch releases prereleases: [[channels]]"),
    "releaseAs": adapts(_COMMAND_LINE),
    "firstRelease": adapts(_COMMAND_LINE),
    "dryRun": adapts("tagboat plan"),
    "silent": adapts(_COMMAND_LINE),
    "path": lacks("a folder with versions of its own is one of [[packages]]"),
    "gitTagFallback": keeps("the tags tell the version"),
    "npmPublishHint": adapts("publishing to an index is a job after the release"),
}
