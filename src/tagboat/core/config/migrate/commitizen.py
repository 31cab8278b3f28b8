"""commitizen: `[tool.commitizen]`, or the same in a file of its own, INI before version 2."""

import re
from collections.abc import Sequence

from tagboat.core.config.migrate.key_rules import (
    BREAKING_MAJOR,
    BREAKING_MINOR,
    OldKey,
    Rule,
    Rules,
    adapts,
    carries,
    chooses,
    keeps,
    lacks,
    switches,
    translate_keys,
    types_of,
)
from tagboat.core.config.migrate.old_file import OldFile
from tagboat.core.config.migrate.translation import Translation
from tagboat.core.errors import UsageError
from tagboat.core.version_files.edits import parse_entry, version_locations
from tagboat.core.version_files.presets import PRESETS

NAME = "commitizen"
_OURS = ("cz_conventional_commits", "cz_customize")
_NUMBERS = re.compile(r"\$\{?major\}?\.\$\{?minor\}?\.\$\{?patch\}?(?:\$\{?prerelease\}?)?")
_WHOLE = re.compile(r"\$\{?version\}?")
_PLAIN = re.compile(r"\^?\s*(?P<name>[A-Za-z_][\w.]*)\W*(?:\.\*|\s|[=:\"'\\s*])*\$?")
_SIMPLE = re.compile(r"(?:[\w\s^$:\"'=/<>@,-]|\\.|\.[*+]?){1,80}")
_LEVELS = {"MAJOR": "major", "MINOR": "minor", "PATCH": "patch"}
_SHARED = ("pyproject.toml", "setup.cfg")
_KEYED = (".toml", ".json", ".yaml", ".yml", ".lock", "setup.cfg")
_MOST_LINE, _MOST_ENTRIES, _MOST_QUANTIFIERS = 400, 20, 2
_CHANGELOG = "CHANGELOG.md"
_GUESSED = "a guess: the version was not found in the file"


def from_commitizen(whole: Translation, files: Sequence[OldFile]) -> None:
    """Translate the table of one file."""
    key = OldKey(whole, NAME, files[0], (), files[0].data)
    translate_keys(key, _RULES)
    origin = f"the default of {NAME}"
    if not any(key.whole_text(name) for name in ("version_scheme", "version_type")):
        whole.put(("scheme",), "pep440", origin)
    if key.get("major_version_zero").value is None:
        whole.put(("zero", "breaking"), "major", origin)
    whole.choose_layout(NAME, files[0].path, "")


def _cz_plugin(key: OldKey) -> None:
    key.change(("convention",), f"commitizen:{key.text}", "the plugin has to be installed")


def _cz_provider(key: OldKey) -> None:
    if key.text == "scm":
        key.keep("the tags tell the version")
    elif key.text == "commitizen":
        key.adapt("the tags tell the version; this file goes")
    elif key.text in PRESETS:
        key.carry(("files",), [key.text])
    else:
        key.change(("files",), [f"commitizen:{key.text}"], "the plugin has to be installed")


def _cz_tag(key: OldKey) -> None:
    text = _WHOLE.sub("{version}", key.text)
    whole = _NUMBERS.sub("{version}", text)
    if whole == text:
        key.carry(("tag",), text)
    else:
        key.change(("tag",), whole, "the parts of a version are spelled as one")


def _cz_ignored(key: OldKey) -> None:
    globs = [re.sub(r"\*+", "*", re.sub(r"\$\{?\w+\}?", "*", text)) for text in key.texts]
    key.carry(("ignore", "tags"), globs)


def _cz_files(key: OldKey) -> None:
    version = _cz_version(key)
    for one in key.items():
        path, _, pattern = one.text.partition(":")
        entries = _cz_found(one, path, pattern, version)
        guess = _cz_guess(path, pattern)
        if path == key.file.path and not path.endswith(_SHARED):
            one.adapt("this file goes")
        elif entries:
            one.carry(("files",), entries)
        elif guess:
            one.change(("files",), [f"{path}:{guess}"], _GUESSED)
        else:
            one.leave("the version was not found in the file")


def _cz_version(key: OldKey) -> str:
    """The version that files hold now, as they spell it; empty where nothing tells."""
    version = key.whole_text("version")
    provider = key.whole_text("version_provider")
    if not version and provider in PRESETS:
        try:
            version = version_locations(parse_entry(provider), key.whole.folder)[0].written
        except UsageError:
            return ""
    return version


def _cz_found(key: OldKey, path: str, pattern: str, version: str) -> list[str]:
    """The lines of a file that hold the version and fit a pattern, as entries of `files`."""
    try:
        text = key.whole.folder.text(path) if path else None
    except UsageError:
        return []
    if not version or text is None:
        return []
    lines = [line.strip() for line in text.splitlines() if version in line[:_MOST_LINE]]
    lines = [line for line in lines if _cz_fits(pattern, line)]
    entries = [f"{path}:{line.replace(version, '{version}')}" for line in dict.fromkeys(lines)]
    return [path] if [text.strip()] == lines == [version] else entries[:_MOST_ENTRIES]


def _cz_fits(pattern: str, line: str) -> bool:
    """Whether a line fits; a pattern that could take long counts as fitting."""
    is_quick = _SIMPLE.fullmatch(pattern) and len(re.findall("[*+]", pattern)) <= _MOST_QUANTIFIERS
    return not is_quick or re.search(pattern, line) is not None


def _cz_guess(path: str, pattern: str) -> str:
    """Where the version may stand in a file that is not there; empty where nothing tells."""
    match = _PLAIN.fullmatch(pattern)
    if path.endswith("pyproject.toml") and (not pattern or match):
        return "project.version"
    if pattern:
        return match["name"] if match else ""
    return "version" if path.endswith((*_KEYED, "setup.py")) else "__version__"


def _cz_changelog(key: OldKey) -> None:
    file = key.whole_text("changelog_file") or _CHANGELOG
    if key.value:
        key.carry(("changelog", "file"), file)
    else:
        key.adapt(f"a release writes to {_CHANGELOG} where there is one")


def _cz_changelog_file(key: OldKey) -> None:
    if key.top("update_changelog_on_bump").value is False:
        key.keep("it is not written")
    else:
        key.carry(("changelog", "file"), key.text)


def _cz_message(key: OldKey) -> None:
    text = re.sub(r"\$\{?new_version\}?", "{version}", key.text)
    plain = re.sub(r"\s*(?:from\s+)?v?\$\{?current_version\}?\s*(?:→|->|=>|to)?\s*", " ", text)
    if plain == text:
        key.carry(("release", "message"), text)
    else:
        key.change(("release", "message"), plain, "it does not name the version before")


def _cz_hooks(when: str) -> Rule:
    """Commands that are run, each by a shell; what pushes has nothing to do."""

    def apply(key: OldKey) -> None:
        for one in key.items() if isinstance(key.value, list) else [key]:
            command = {"run": ["sh", "-c", one.text], "when": when}
            if "git push" in one.text:
                one.adapt("a release pushes its commit and its tag")
            else:
                one.change(("commands",), [command], "the version is in TAGBOAT_VERSION")

    return Rule((list, str), apply)


def _cz_bumps(key: OldKey) -> None:
    for one in key.items():
        types, _ = types_of(str(one.path[-1]))
        level = _LEVELS.get(one.text)
        if re.search("BREAKING|!", str(one.path[-1])):
            one.keep("breaking changes are major ones")
        elif types and level:
            one.carry_table(("bump",), dict.fromkeys(types, level))
        else:
            pattern = "^" + str(one.path[-1]).removeprefix("^")
            rule = {"pattern": pattern, "bump": level}
            one.change(("rules",), [rule], "it is looked for where the message begins")


def _cz_sections(key: OldKey) -> None:
    order = key.whole_texts("customize", "change_type_order")
    rank = {title: index for index, title in enumerate(order)}
    titles: dict[str, list[str]] = {}
    for one in key.items():
        titles.setdefault(one.text, []).append(str(one.path[-1]))
    ordered = sorted(
        titles.items(), key=lambda pair: min(rank.get(name, 99) for name in (pair[0], *pair[1]))
    )
    tables = [{"types": types, "title": title} for title, types in ordered]
    key.carry(("changelog", "sections"), tables)


def _cz_order(key: OldKey) -> None:
    if key.top("customize", "change_type_map").value:
        key.keep("changelog.sections are in order")
    else:
        key.leave("changelog.sections give types their headings, in order")


_PROMPT = "it is for `cz commit`, which writes messages; tagboat reads them"
_MESSAGES = "which messages may be written is judged by the grammar and [check]"
_FORMAT = "messages are read as Conventional Commits, or by an installed plugin"
_TEMPLATE = (
    "templates are Jinja here too, with other data: docs/templates.md tells how to write them"
)
_SCHEME = chooses(
    str,
    dict.fromkeys(("semver", "semver2"), keeps("the default")) | {"pep440": carries(("scheme",))},
    lacks("versions are spelled as SemVer or as PEP 440 has it"),
)
_RULES: Rules = {
    "name": chooses(
        str,
        dict.fromkeys(_OURS, keeps("Conventional Commits are the default")),
        Rule(str, _cz_plugin),
    ),
    "version": adapts("the tags tell the version"),
    "version_provider": Rule(str, _cz_provider),
    "version_scheme": _SCHEME,
    "version_type": _SCHEME,
    "tag_format": Rule(str, _cz_tag),
    "ignored_tag_formats": Rule(list, _cz_ignored),
    "legacy_tag_formats": lacks("tags are read in one format: rename the older ones"),
    "version_files": Rule(list, _cz_files),
    "files": Rule(list, _cz_files),
    "update_changelog_on_bump": Rule(bool, _cz_changelog),
    "changelog_file": Rule(str, _cz_changelog_file),
    "changelog_incremental": keeps("what is missing is put into the file, and all else stays"),
    "changelog_start_rev": adapts("sections of versions that are in the file stay as they are"),
    "changelog_merge_prerelease": switches(
        carries(("changelog", "prereleases"), "fold"), carries(("changelog", "prereleases"), "keep")
    ),
    "changelog_format": adapts("the ending of `changelog.file` tells the format"),
    "types_in_changelog": lacks(
        "changelog.sections and changelog.hide tell which types stand there"
    ),
    "annotated_tag": keeps("tags are annotated"),
    "gpg_sign": adapts("git's own settings tell: tag.gpgSign and commit.gpgSign"),
    "bump_message": Rule(str, _cz_message),
    "major_version_zero": switches(BREAKING_MINOR, BREAKING_MAJOR),
    "pre_bump_hooks": _cz_hooks("before-commit"),
    "post_bump_hooks": _cz_hooks("before-publish"),
    "encoding": keeps("files are UTF-8"),
    "message_length_limit": chooses(
        int, {0: keeps("any length will do")}, carries(("check", "header_length"))
    ),
    "body_length_limit": chooses(int, {0: keeps("any length will do")}, lacks(_MESSAGES)),
    "allowed_prefixes": adapts(_MESSAGES),
    "allow_abort": lacks(_MESSAGES),
    "breaking_change_exclamation_in_title": lacks(_PROMPT),
    "retry_after_failure": lacks(_PROMPT),
    "always_signoff": lacks(_PROMPT),
    "use_shortcuts": lacks(_PROMPT),
    "style": lacks(_PROMPT),
    "template": lacks(_TEMPLATE),
    "extras": lacks(_TEMPLATE),
    "prerelease_offset": lacks("the first prerelease has the number 1"),
    "customize.bump_map": Rule(dict, _cz_bumps),
    "customize.bump_map_major_version_zero": adapts("below 1.0.0: zero.breaking and zero.feature"),
    "customize.bump_pattern": adapts("types of change tell the bump: `bump`"),
    "customize.change_type_map": Rule(dict, _cz_sections),
    "customize.change_type_order": Rule(list, _cz_order),
    "customize.schema_pattern": lacks(_FORMAT),
    "customize.commit_parser": lacks(_FORMAT),
    "customize.changelog_pattern": lacks(_FORMAT),
    "customize.message_template": lacks(_PROMPT),
    "customize.example": lacks(_PROMPT),
    "customize.schema": lacks(_PROMPT),
    "customize.info": lacks(_PROMPT),
    "customize.info_path": lacks(_PROMPT),
    "customize.questions": lacks(_PROMPT),
}
