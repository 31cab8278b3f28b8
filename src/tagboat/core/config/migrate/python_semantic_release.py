"""python-semantic-release: `[tool.semantic_release]` of versions 7 to 10, `setup.cfg` of 7."""

import re
from collections.abc import Sequence

from tagboat.core.bump.bump import DEFAULT_TYPES
from tagboat.core.config.migrate.key_rules import (
    BREAKING_MAJOR,
    BREAKING_MINOR,
    NO_VERIFY,
    OldKey,
    Rule,
    Rules,
    adapts,
    branches_of,
    carries,
    chooses,
    keeps,
    lacks,
    rule_for,
    switches,
    translate_keys,
    types_of,
)
from tagboat.core.config.migrate.old_file import OldFile
from tagboat.core.config.migrate.translation import Translation

NAME = "python-semantic-release"
_USUAL_BRANCHES = frozenset(("main", "master"))
_OURS = ("conventional", "angular")
_OLD_PARSER = re.compile(r"semantic_release\.history\.(\w+)_parser")
_LISTS = (list, str)
_TAGS = (
    *("major_tags", "minor_tags", "patch_tags"),
    *("parser_angular_minor_types", "parser_angular_patch_types"),
)
_IDENTITY = re.compile(r"[^<>]+ <[^<>\s]+>")


def from_python_semantic_release(whole: Translation, files: Sequence[OldFile]) -> None:
    """Translate the table of one file."""
    key = OldKey(whole, NAME, files[0], (), files[0].data)
    translate_keys(key, _RULES)
    _psr_defaults(key)
    whole.choose_layout(NAME, files[0].path, "psr")


def _psr_defaults(key: OldKey) -> None:
    """What holds there where nothing is said, and here does not."""
    if key.get("major_on_zero").value is None:
        key.whole.put(("zero", "breaking"), "major", f"the default of {NAME}")


def _psr_files(key: OldKey) -> None:
    entries = _psr_listed(key)
    plain = [re.sub(r":(?:nf|tf)$", "", entry) for entry in entries]
    if plain == entries:
        key.carry(("files",), plain)
    else:
        key.change(("files",), plain, "what stands before the version in a file stays there")


def _psr_message(key: OldKey) -> None:
    title = key.text.strip().partition("\n")[0]
    if title == key.text.strip():
        key.carry(("release", "message"), key.text.strip())
    else:
        key.change(("release", "message"), key.text.strip(), "it has several lines")


def _psr_branches(key: OldKey) -> None:
    """All channels at once: where all are usual ones there is nothing to say."""
    stable = {name for one in key.items() for name in _psr_names(one) if not _psr_token(one)}
    is_usual = stable <= _USUAL_BRANCHES and not any(_psr_token(one) for one in key.items())
    # The narrower ones first: the first that fits counts.
    for one in sorted(key.items(), key=lambda one: "*" in "".join(_psr_names(one))):
        if is_usual and _psr_names(one):
            one.keep("main and master release stable versions")
        else:
            _psr_channel(one)


def _psr_names(key: OldKey) -> tuple[str, ...]:
    return branches_of(key.get("match").text or str(key.path[-1]))[0]


def _psr_token(key: OldKey) -> str:
    if key.get("prerelease").value is not True:
        return ""
    return key.get("prerelease_token").text or "rc"


def _psr_channel(key: OldKey) -> None:
    names, is_exact = branches_of(key.get("match").text or str(key.path[-1]))
    token = _psr_token(key)
    tables = [{"branch": name} | ({"prerelease": token} if token else {}) for name in names]
    if not tables:
        key.leave("its pattern can't be said with `*`")
    elif is_exact:
        key.carry(("channels",), list(tables))
    else:
        key.change(
            ("channels",), list(tables), "`*` stands for any text where its pattern is more exact"
        )


def _psr_parser(key: OldKey) -> None:
    name = _OLD_PARSER.sub(r"\1", key.text)
    if name in _OURS:
        key.keep("Conventional Commits are the default")
    elif ":" in name:
        key.change(
            ("convention",), f"psr:{name}", "it is loaded with --allow-repository-code alone"
        )
    else:
        key.carry(("convention",), f"psr:{name}")


def _psr_listed(key: OldKey) -> list[str]:
    """The names of a list, or those of version 7: one text with commas."""
    return [name.strip() for text in key.texts for name in text.split(",") if name.strip()]


def _psr_bumps(level: str) -> Rule:
    """The types of change that ask for a bump, beside those that do so here anyway."""

    def apply(key: OldKey) -> None:
        usual = [name for name, bump in DEFAULT_TYPES.items() if str(bump) == level]
        named = {name: level for name in _psr_listed(key) if name not in usual}
        tags = [one for one in key.top(*map(str, key.path[:-1])).items() if one.path[-1] in _TAGS]
        placed = {name for one in tags for name in _psr_listed(one)}
        gone = {name: "none" for name in usual if name not in placed}
        key.carry_table(("bump",), gone | named, "" if gone | named else "the default")

    return Rule(_LISTS, apply)


def _psr_types(key: OldKey) -> None:
    key.carry(("check", "types"), _psr_listed(key))


def _psr_excluded(key: OldKey) -> None:
    for one in key.items():
        types, is_whole = types_of(one.text)
        if types and is_whole:
            one.carry(("changelog", "hide"), list(types))
        elif re.match(r"\^?(?:Merge|Initial|\\d)", one.text):
            one.keep("merges and messages that are not conventional are left out anyway")
        else:
            rule = rule_for(one.text if one.text[:1] == "^" else f"^{one.text}")
            if "|" in one.text and "pattern" in rule:
                rule["pattern"] = f"^(?:{one.text.removeprefix('^')})"
            one.change(("rules",), [rule | {"hidden": True}], "breaking changes stay there")


def _psr_author(key: OldKey) -> None:
    text = key.text or key.get("default").text
    if _IDENTITY.fullmatch(text):
        key.carry(("release", "author"), text)
    else:
        key.adapt("who makes releases is told by git's own variables, or by release.author")


def _psr_build(key: OldKey) -> None:
    """The program that builds, once the files hold the version."""
    assets = key.whole_texts("assets")
    variables = dict(
        entry.split("=", 1) for entry in key.whole_texts("build_command_env") if "=" in entry
    )
    table: dict[str, object] = {"run": ["sh", "-c", key.text.strip()], "when": "before-commit"}
    if assets:
        table["add"] = assets
    else:
        table["when"] = "before-publish"
    if variables:
        table["env"] = variables
    key.change(("commands",), [table], _VERSION)


def _psr_assets(key: OldKey) -> None:
    if key.whole_text("build_command"):
        key.keep("commands.add")
    else:
        key.leave("only a command of [[commands]] adds files to the release commit")


def _psr_variables(key: OldKey) -> None:
    if all("=" in text for text in key.texts):
        key.keep("commands.env")
    else:
        key.adapt(
            "a command sees the variables of the job, tokens only where commands.tokens names them"
        )


def _psr_upload(key: OldKey) -> None:
    if not key.value:
        key.keep("there are no assets")
        return
    if not key.whole_text("build_command"):
        key.leave("no build_command makes them: forge.assets, with a command before-publish")
        return
    patterns = key.whole_texts("publish", "dist_glob_patterns") or key.whole_texts(
        "dist_glob_patterns"
    )
    key.change(
        ("forge", "assets"), patterns or ["dist/*"], "they are made by a command before-publish"
    )


def _psr_forge(key: OldKey) -> None:
    if key.whole_text("remote", "domain"):
        key.carry(("forge", "kind"), key.text)
    else:
        key.keep("read off the remote's address")


def _psr_address(key: OldKey) -> None:
    if key.text.startswith("https://"):
        key.carry(("forge", "url"), key.text.removesuffix(".git"))
    else:
        key.adapt("read off the remote's address")


_TABLES = (dict, list, str, bool, int)
_NO_SETTING = "templates that are shipped need no such setting"
_ENVIRONMENT = "tokens come from the environment: docs/forges.md has their names"
_VERSION = "the version is in TAGBOAT_VERSION, not in NEW_VERSION"
_FLAG = "the place is found without a flag, which stays as text"
_UNNAMED = "types that are not named release nothing"
_FIRST = "a first release has its changes in the changelog"
_UPDATED = "what is missing is put into the file, and all else stays"
_INDEX = switches(
    lacks("publishing to an index is a command of yours, or a job after the release"),
    keeps("nothing is published to an index"),
)
_RULES: Rules = {
    "version_toml": Rule(_LISTS, _psr_files),
    "version_variables": Rule(_LISTS, _psr_files),
    "version_variable": Rule(_LISTS, _psr_files),
    "version_pattern": lacks("a pattern in `files` is a text with {version}"),
    "version_source": adapts("the tags tell the version"),
    "tag_format": carries(("tag",)),
    "commit_message": Rule(str, _psr_message),
    "commit_subject": Rule(str, _psr_message),
    "branch": chooses(
        str,
        dict.fromkeys(_USUAL_BRANCHES, keeps("main and master release stable versions")),
        Rule(str, lambda key: key.carry(("channels",), [{"branch": key.text}])),
    ),
    "branches": Rule(dict, _psr_branches),
    "major_on_zero": switches(BREAKING_MAJOR, BREAKING_MINOR),
    "allow_zero_version": switches(
        keeps("versions below 1.0.0 are allowed"), carries(("initial",), "1.0.0")
    ),
    "commit_parser": Rule(str, _psr_parser),
    "parser_angular_default_level_bump": chooses(
        str, {"no-release": keeps(_UNNAMED)}, lacks(_UNNAMED)
    ),
    "changelog_placeholder": adapts(_FLAG),
    "check_build_status": lacks("whether a build passed is asked by the job that releases"),
    "pre_commit_command": Rule(
        str,
        lambda key: key.change(
            ("commands",), [{"run": ["sh", "-c", key.text], "when": "before-commit"}], _VERSION
        ),
    ),
    "commit_parser_options.minor_tags": _psr_bumps("minor"),
    "commit_parser_options.patch_tags": _psr_bumps("patch"),
    "commit_parser_options.major_tags": _psr_bumps("major"),
    "commit_parser_options.allowed_tags": Rule(_LISTS, _psr_types),
    "commit_parser_options.other_allowed_tags": Rule(_LISTS, _psr_types),
    "commit_parser_options.default_bump_level": chooses(int, {0: keeps(_UNNAMED)}, lacks(_UNNAMED)),
    "commit_parser_options.parse_squash_commits": switches(
        keeps("a squashed commit's list of headers counts"), carries(("squash",), "off")
    ),
    "commit_parser_options.ignore_merge_commits": keeps("merges count by their own title alone"),
    "parser_angular_minor_types": _psr_bumps("minor"),
    "parser_angular_patch_types": _psr_bumps("patch"),
    "parser_angular_allowed_types": Rule(_LISTS, _psr_types),
    "changelog.exclude_commit_patterns": Rule(list, _psr_excluded),
    "changelog.default_templates.changelog_file": carries(("changelog", "file")),
    "changelog.default_templates.output_format": chooses(
        str,
        {"md": keeps("the ending of the file tells")},
        adapts("the ending of `changelog.file` tells the format"),
    ),
    "changelog.default_templates.mask_initial_release": switches(lacks(_FIRST), keeps(_FIRST)),
    "changelog.changelog_file": carries(("changelog", "file")),
    "changelog_file": carries(("changelog", "file")),
    "changelog.mode": chooses(str, {"update": keeps(_UPDATED)}, adapts(_UPDATED)),
    "changelog.insertion_flag": adapts(_FLAG),
    "changelog.template_dir": lacks(
        "templates are Jinja here too, with other data: docs/templates.md tells how to write them"
    ),
    "changelog.environment": adapts(_NO_SETTING),
    "commit_author": Rule((str, dict), _psr_author),
    "build_command": Rule(str, _psr_build),
    "build_command_env": Rule(list, _psr_variables),
    "assets": Rule(list, _psr_assets),
    "no_git_verify": NO_VERIFY,
    "logging_use_named_masks": adapts("credentials are masked in every output"),
    "publish.upload_to_vcs_release": Rule(bool, _psr_upload),
    "publish.dist_glob_patterns": keeps("forge.assets, where they are uploaded", list),
    "upload_to_vcs_release": Rule(bool, _psr_upload),
    "upload_to_release": Rule(bool, _psr_upload),
    "dist_glob_patterns": keeps("forge.assets, where they are uploaded", list),
    "upload_to_repository": _INDEX,
    "upload_to_pypi": _INDEX,
    "remove_dist": adapts("commands run in a clean work tree"),
    "tag_commit": keeps("a release is a tag"),
    "commit_version_number": keeps("files that hold the version are committed"),
    "hvcs": Rule(str, _psr_forge),
    "remote.type": Rule(str, _psr_forge),
    "remote.name": chooses(str, {"origin": keeps("the default")}, carries(("remote",))),
    "remote.url": Rule(_TABLES, _psr_address),
    "remote.domain": adapts("read off the remote's address"),
    "remote.api_domain": adapts("read off the remote's address"),
    "remote.token": adapts(_ENVIRONMENT),
    "remote.ignore_token_for_push": adapts(_ENVIRONMENT),
    "remote.insecure": adapts("a token is sent encrypted only"),
    "add_partial_tags": switches(
        carries(("release", "moving_tags"), ["v{major}", "v{major}.{minor}"]),
        keeps("there are none"),
    ),
}
