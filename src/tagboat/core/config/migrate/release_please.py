"""release-please: its configuration and its manifest."""

import json
import re
from collections.abc import Callable, Sequence

from tagboat.core.config.migrate.key_rules import (
    BREAKING_MAJOR,
    BREAKING_MINOR,
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
from tagboat.core.config.migrate.translation import Translation
from tagboat.core.packages import MANIFESTS
from tagboat.core.version_files.formats.key import KeyPath
from tagboat.core.version_files.presets import join

NAME = "release-please"
MARKER = "x-release-please-version"
_CHANGELOG = "CHANGELOG.md"
_PRESETS = {"node": "npm", "rust": "cargo", "php": "composer", "krm-blueprint": ""}
_KEYED = {"helm": "Chart.yaml:version", "dart": "pubspec.yaml:version"}
_JSON_PATH = re.compile(
    r"\.(?P<name>[\w-]+)|\[(?:'(?P<one>[^']*)'|\"(?P<two>[^\"]*)\"|(?P<at>\d+))\]"
)
_MANIFESTS = {"node": "package.json", "rust": "Cargo.toml", "python": "pyproject.toml"}
_WORKSPACES = ("node-workspace", "cargo-workspace")
_LINKED = "linked-versions"
_KINDS = (*_PRESETS, *_KEYED, "python", "go", "simple")
_DATA = ("json", "toml", "yaml")


def from_release_please(whole: Translation, files: Sequence[OldFile]) -> None:
    """Translate the configuration; of the manifest the tags know all."""
    for file in files:
        key = OldKey(whole, NAME, file, (), file.data)
        if "manifest" in file.path:
            translate_keys(key, {"*": keeps("the tags tell the version")})
        else:
            _RpConfiguration(key).translate()


class _RpConfiguration:
    """A configuration, whose top says what holds for every package that says nothing else."""

    def __init__(self, key: OldKey) -> None:
        self._key = key
        self._packages = list(key.get("packages").items())
        self._is_plain = [one.path[-1] for one in self._packages] in ([], ["."])

    def translate(self) -> None:
        """Translate it: the top, then each package."""
        whole, origin = self._key.whole, f"the default of {NAME}"
        translate_keys(self._key, _RULES | {"packages": Rule(dict, lambda _: None)})
        for one in self._packages:
            self._package(one)
        whole.put(("zero", "breaking"), "major", origin)
        whole.choose_layout(NAME, self._key.file.path, NAME)

    def _package(self, key: OldKey) -> None:
        """One package: its table where there are several, and its keys."""
        place = "" if key.path[-1] == "." else str(key.path[-1]).removeprefix("./").strip("/")
        to: tuple[str | int, ...] = ()
        name, is_told = self._name(key, place)
        if not self._is_plain:
            held = key.whole.data.get("packages", [])
            to, names = ("packages", len(held)), [one["name"] for one in held]
            if name in names:
                name, is_told = place.replace("/", "-"), False
            table: dict[str, object] = {"name": name or "root"}
            table |= {"paths": [place]} if place else {"covers": "all"}
            if any(place in one.get("paths", ()) for one in held):
                key.leave("the package of this folder is there already")
                return
            if key.whole.put(("packages",), [table], key.origin):
                key.leave(f"{name!r} can't be the name of a package")
                return
        self._empty(key, to)
        self._tag(key, to, name)
        self._files(key, (*to, "files"), place)
        self._changelog(key, to, place)
        self._plugins(key, to, place, name)
        own = {"extra-files": Rule(list, _rp_extra((*to, "files"), place))}
        if to:
            own["exclude-paths"] = Rule(list, _rp_excluded((*to, "exclude")))
        translate_keys(key, _RULES | own)
        if not key.value:
            key.keep("packages")
        elif not is_told:
            key.adapt("it is called after its folder, as far as can be seen")

    def _plugins(self, key: OldKey, to: KeyPath, place: str, name: str) -> None:
        """What plugins make of a package: its needs, where its manifest tells them, its group."""
        manifest = _MANIFESTS.get(self._told(key, "release-type").text or "node", "")
        for plugin in self._key.get("plugins").items() if to else ():
            kind = plugin.text or plugin.get("type").text
            known = bool(manifest) and key.whole.folder.text(join(place, manifest)) is not None
            if kind in _WORKSPACES and known:
                key.whole.put((*to, "needs"), MANIFESTS, plugin.origin)
            if kind == _LINKED and name in plugin.get("components").texts:
                key.whole.put((*to, "group"), plugin.get("groupName").text, plugin.origin)

    def _empty(self, key: OldKey, to: KeyPath) -> None:
        """A commit without files counts for all, but not where some paths are excluded."""
        if to and self._told(key, "exclude-paths").value is None:
            key.whole.put((*to, "empty"), "all", f"the default of {NAME}")

    def _told(self, key: OldKey, name: str) -> OldKey:
        """What holds for a package under a name: its own word, else that of the top."""
        own = key.get(name)
        return own if own.value is not None else self._key.get(name)

    def _name(self, key: OldKey, place: str) -> tuple[str, bool]:
        """What a package is called in tags, and whether something says so."""
        told = key.get("component").text or key.get("package-name").text
        if not told and self._told(key, "release-type").text == "node":
            try:
                text = key.whole.folder.text(join(place, "package.json")) or "{}"
                told = str(json.loads(text).get("name") or "")
            except (ValueError, AttributeError):
                told = ""
        told = re.sub(r"^@[\w-]+/", "", told)
        return told or place.rpartition("/")[2], bool(told) or not place

    def _tag(self, key: OldKey, to: tuple[str | int, ...], name: str) -> None:
        sign = "" if self._told(key, "include-v-in-tag").value is False else "v"
        separator = self._told(key, "tag-separator")
        between = separator.text if isinstance(separator.value, str) else "-"
        is_named = self._told(key, "include-component-in-tag").value is not False and bool(name)
        known = "{name}" if to else name
        tag = f"{known}{between}{sign}{{version}}" if is_named else f"{sign}{{version}}"
        is_said = any(self._told(key, one).value is not None for one in _TAG_KEYS)
        if tag != "{name}-v{version}" and (to or is_said):
            key.whole.put((*to, "tag"), tag, key.origin)

    def _files(self, key: OldKey, to: tuple[str | int, ...], place: str) -> None:
        kind = self._told(key, "release-type").text
        entry = _rp_entry(key, kind, place, self._told(key, "version-file").text)
        if entry:
            key.whole.put(to, [entry], self._told(key, "release-type").origin)

    def _changelog(self, key: OldKey, to: tuple[str | int, ...], place: str) -> None:
        path = self._told(key, "changelog-path").text or _CHANGELOG
        if self._told(key, "skip-changelog").value is not True:
            file = join(place, path.removeprefix("/")) if path[:1] != "/" else path[1:]
            key.whole.put((*to, "changelog", "file"), file, key.origin)


_TAG_KEYS = (
    *("component", "package-name", "include-component-in-tag", "include-v-in-tag"),
    "tag-separator",
)


def _rp_entry(key: OldKey, kind: str, place: str, version_file: str) -> str:
    """The entry of `files` for what a release type keeps the version in."""
    if kind in _PRESETS:
        return f"{_PRESETS[kind]}:{place}".rstrip(":").removeprefix(":" + place)
    if kind in _KEYED:
        return join(place, _KEYED[kind])
    if kind == "python":
        text = key.whole.folder.text(join(place, "pyproject.toml")) or ""
        return f"{'poetry' if '[tool.poetry]' in text else 'pep621'}:{place}".rstrip(":")
    if kind == "simple":
        path = join(place, version_file or "version.txt")
        return path if key.whole.folder.text(path) is not None else ""
    return ""


def _rp_extra(to: tuple[str | int, ...], place: str) -> Callable[[OldKey], None]:
    """A rule for more files, each with a marker in it or a path to a key."""

    def apply(key: OldKey) -> None:
        for one in key.items():
            path = one.text or one.get("path").text
            path = path[1:] if path.startswith("/") else join(place, path)
            kind = one.get("type").text
            name = _rp_key(one.get("jsonpath").text) if kind in _DATA else ""
            if not path or one.get("glob").value is True or "*" in path:
                one.leave("files are named one by one")
            elif name:
                one.carry(to, [f"{path}:{name}"])
            elif kind in ("", "generic"):
                one.carry(to, [f"{path}:{MARKER}"])
            else:
                one.leave("name the place of the version in `files` as PATH:KEY")

    return apply


def _rp_key(path: str) -> str:
    """A path of JSON as a key: `$.packages[''].version`; empty where it chooses by a condition."""
    parts, at = [], 1
    while path.startswith("$") and at < len(path):
        match = _JSON_PATH.match(path, at)
        if match is None:
            return ""
        name = next(text for text in match.groups() if text is not None)
        parts.append(name if re.fullmatch(r"[\w-]+", name) else f'"{name}"')
        at = match.end()
    return ".".join(parts)


def _bumps(level: str, **levels: str) -> Rule:
    """The bump of every change that releases something, breaking ones too."""

    def apply(key: OldKey) -> None:
        key.whole.put(("rules",), [{"breaking": True, "bump": level}], key.origin)
        key.carry_table(("bump",), levels)

    return Rule(str, apply)


def _rp_excluded(to: KeyPath) -> Callable[[OldKey], None]:
    """The paths that a package leaves out, from the top of the repository."""
    return lambda key: key.carry(to, [text.removeprefix("./") for text in key.texts])


def _rp_plugins(key: OldKey) -> None:
    """The plugins, by what packages have of them."""
    for one in key.items():
        kind = one.text or one.get("type").text
        if kind in _WORKSPACES:
            one.adapt("needs: what the manifests of packages say, where they are there")
        elif kind == _LINKED:
            one.adapt("group: all of its packages are released together, changed or not")
        else:
            one.leave("there are no plugins")


def _rp_github_notes(key: OldKey) -> None:
    """The layout of GitHub's own notes, which call people by their logins."""
    key.whole.put(("changelog", "logins"), value=True, origin=key.origin)
    key.change(("changelog", "template"), "github", "it is made here, by commits")


_PULL_REQUEST = "a push releases; release pull requests come later"
_IN_TAG = keeps("the tag format")
_RULES: Rules = {
    "$schema": keeps("for editors"),
    "release-type": chooses(
        str,
        dict.fromkeys(_KINDS, keeps("files, where the kind of project has any")),
        lacks("name the files that hold the version in `files`"),
    ),
    "component": _IN_TAG,
    "package-name": _IN_TAG,
    "include-component-in-tag": _IN_TAG,
    "include-v-in-tag": _IN_TAG,
    "include-v-in-release-name": adapts("forge.title"),
    "tag-separator": _IN_TAG,
    "changelog-path": keeps("changelog.file"),
    "skip-changelog": adapts(f"a release writes to {_CHANGELOG} where there is one"),
    "changelog-sections": Rule(list, translate_sections),
    "version-file": keeps("files"),
    "extra-files": lacks("more files are those of a package"),
    "bump-minor-pre-major": switches(BREAKING_MINOR, BREAKING_MAJOR),
    "bump-patch-for-minor-pre-major": switches(
        carries(("zero", "feature"), "patch"), keeps("the default")
    ),
    "versioning": chooses(
        str,
        {
            "default": keeps("the default"),
            "always-bump-patch": _bumps("patch", feat="patch"),
            "always-bump-minor": _bumps("minor", fix="minor", perf="minor"),
        },
        lacks("the bump is that of the largest change"),
    ),
    "prerelease": switches(
        lacks("a branch releases prereleases: [[channels]]"),
        keeps("stable branches release stable versions"),
    ),
    "prerelease-type": lacks("the token of a channel: [[channels]]"),
    "draft": DRAFT,
    "skip-github-release": switches(
        carries(("forge", "release"), value=False), keeps("it is made")
    ),
    "initial-version": carries(("initial",)),
    "release-as": lacks("a version that is asked for once: --as, or a footer Release-As"),
    "bootstrap-sha": adapts("counting begins at the last version tag"),
    "last-release-sha": adapts("counting begins at the last version tag"),
    "commit-search-depth": adapts("what is new is read, however much"),
    "release-search-depth": adapts("what is new is read, however much"),
    "changelog-type": chooses(
        str,
        {"github": Rule(str, _rp_github_notes)},
        keeps("changelog.template"),
    ),
    "changelog-host": adapts("read off the remote's address"),
    "separate-pull-requests": lacks(_PULL_REQUEST),
    "always-update": lacks(_PULL_REQUEST),
    "sequential-calls": lacks(_PULL_REQUEST),
    "draft-pull-request": lacks(_PULL_REQUEST),
    "pull-request-title-pattern": lacks(_PULL_REQUEST),
    "group-pull-request-title-pattern": lacks(_PULL_REQUEST),
    "pull-request-header": lacks(_PULL_REQUEST),
    "pull-request-footer": lacks(_PULL_REQUEST),
    "label": lacks(_PULL_REQUEST),
    "release-label": lacks(_PULL_REQUEST),
    "signoff": chooses(
        str,
        {"": keeps("release commits are not signed off")},
        changes(
            ("release", "sign_off"),
            value=True,
            why="who makes the commit signs it off: release.author",
        ),
    ),
    "plugins": Rule(list, _rp_plugins),
    "exclude-paths": lacks("the one package of a repository has all of it: add packages"),
}
