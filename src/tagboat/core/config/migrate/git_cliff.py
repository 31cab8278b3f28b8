"""git-cliff: `cliff.toml`, or a table in `pyproject.toml` or `Cargo.toml`."""

import re
from collections.abc import Sequence

from tagboat.core.config.migrate.key_rules import (
    BREAKING_MAJOR,
    BREAKING_MINOR,
    OldKey,
    Rule,
    Rules,
    adapts,
    alternatives,
    carries,
    changes,
    chooses,
    keeps,
    lacks,
    switches,
    translate_keys,
    types_of,
)
from tagboat.core.config.migrate.old_file import OldFile
from tagboat.core.config.migrate.translation import Translation

NAME = "git-cliff"
_TEMPLATE = "git-cliff.md.j2"
_ORDER = re.compile(r"\s*<!--\s*(?P<order>\d+)\s*-->\s*")
_TAGS = re.compile(r"\^?(?P<prefix>[\w./@-]*)(?:\[0-9\]|\\d|\*).*", re.DOTALL)
_MERGES = re.compile(r"\^?(?:Merge|Initial|Release)")
_LAST = 999
_GLOB = re.compile(
    r"(?:\\(?P<sign>[.\-/_+])|(?P<plain>[\w/@-])|(?P<any>\.\*)|(?P<some>\.\+)|(?P<one>\.)"
    r"|(?P<digit>\\d|\[0-9\])|\((?:\?:)?(?P<inner>[^()]*)\))(?![*+?{])"
)
_MOST_GLOBS = 50


def from_git_cliff(whole: Translation, files: Sequence[OldFile]) -> None:
    """Translate the table of one file."""
    translate_keys(OldKey(whole, NAME, files[0], (), files[0].data), _RULES)


def _gc_parsers(key: OldKey) -> None:
    """What is skipped, and headings in their order: the first parser that fits a type counts."""
    placed: set[str] = set()
    titles: dict[str, tuple[int, list[str]]] = {}
    for one in key.items():
        types, is_whole = types_of(one.get("message").text)
        fresh = [name for name in types if name not in placed]
        others = set(one.value if isinstance(one.value, dict) else ()) - {
            "message",
            "group",
            "skip",
        }
        group = one.get("group").text
        if one.get("message").text in (".*", "^.*") and group and not others:
            one.change(("changelog", "unconventional"), "group", "its heading is ours")
        elif one.get("skip").value is True and _MERGES.match(one.get("message").text):
            one.keep("messages that are not conventional are left out")
        elif not types or not is_whole or others:
            one.leave("types have headings, not a scope, a text or another pattern")
        elif one.get("skip").value is True:
            one.carry(("changelog", "hide"), fresh)
        else:
            match = _ORDER.match(group)
            order = int(match["order"][:4]) if match else _LAST
            title = _ORDER.sub("", group) or "Other"
            titles.setdefault(title, (order, []))[1].extend(fresh)
            one.keep("changelog.sections")
        placed |= set(fresh) if is_whole and not others else set()
    ordered = sorted(titles.items(), key=lambda pair: pair[1][0])
    tables = [{"types": types, "title": title} for title, (_, types) in ordered if types]
    fault = key.whole.put(("changelog", "sections"), list(tables), key.origin)
    if fault:
        key.leave(fault)


def _gc_preprocessors(key: OldKey) -> None:
    for one in key.items():
        pattern, text = one.get("pattern").text, one.get("replace").value
        if not isinstance(text, str):
            one.leave("a program does not rewrite messages")
        else:
            plain = re.sub(r"\$\{?(\w+)\}?", r"\\g<\1>", text.replace("\\", r"\\"))
            one.carry(("rewrite",), [{"pattern": pattern, "text": plain}])


def _gc_tags(key: OldKey) -> None:
    match = _TAGS.fullmatch(key.text)
    if match is not None:
        key.carry(("tag",), f"{match['prefix']}{{version}}")
    else:
        key.adapt("the tag format is inferred from the tags that are there")


def _gc_ignored(note: str) -> Rule:
    """Tags by a pattern of their names, where that can be said with `*` and `?`."""

    def apply(key: OldKey) -> None:
        globs = _gc_globs(key.text)
        if not key.text:
            key.keep("there is none")
        elif not globs:
            key.leave("ignore.tags has `*`, `?` and `[...]`, and this is more")
        elif note:
            key.change(("ignore", "tags"), globs, note)
        else:
            key.carry(("ignore", "tags"), globs)

    return Rule(str, apply)


def _gc_globs(pattern: str) -> list[str]:
    """A regular expression that is searched for, as patterns of whole names; none if it is more."""
    found: list[str] = []
    for part in alternatives(pattern):
        text = part if part.startswith("^") else f".*{part}"
        text = text.removesuffix("$") if text.endswith("$") else f"{text}.*"
        one = _gc_glob(text.removeprefix("^"))
        if not one or len(found) + len(one) > _MOST_GLOBS:
            return []
        found += one
    return list(dict.fromkeys(found))


def _gc_glob(text: str) -> list[str]:
    """One alternative: every choice of its groups; none where a part can't be said."""
    globs, at = [""], 0
    while at < len(text):
        match = _GLOB.match(text, at)
        if match is None or len(globs) > _MOST_GLOBS:
            return []
        inner = alternatives(match["inner"]) if match["inner"] is not None else []
        choices = [one for part in inner for one in _gc_glob(part)]
        if match["inner"] is None:
            choices = [_gc_sign(match)]
        elif len(choices) < len(inner):
            return []
        globs = [f"{glob}{choice}" for glob in globs for choice in choices]
        at = match.end()
    return [re.sub(r"\*+", "*", glob) for glob in globs]


def _gc_sign(match: re.Match[str]) -> str:
    """One piece of a regular expression as a pattern of names says it."""
    said = {"any": "*", "some": "?*", "one": "?", "digit": "[0-9]"}
    kind = match.lastgroup or ""
    return said.get(kind) or match[kind]


_REMOTE = adapts("read off the remote's address; tokens come from the environment")
_NO_TAGS = chooses(
    str, {"": keeps("there is none")}, lacks("every tag that spells a version counts")
)
_RULES: Rules = {
    "changelog.header": keeps("what stands above the versions stays"),
    "changelog.body": changes(
        ("changelog", "template"), _TEMPLATE, "the usual layout; a template is Jinja, not Tera"
    ),
    "changelog.footer": lacks("a footer is part of a template"),
    "changelog.trim": keeps("templates are trimmed"),
    "changelog.postprocessors": lacks("what is written is written by the template"),
    "changelog.output": carries(("changelog", "file")),
    "changelog.render_always": adapts("a release with nothing to say is none"),
    "git.conventional_commits": switches(
        keeps("the default"), lacks("messages are read as Conventional Commits")
    ),
    "git.filter_unconventional": switches(
        keeps("messages that are not conventional are left out"),
        carries(("changelog", "unconventional"), "group"),
    ),
    "git.require_conventional": adapts("tagboat check"),
    "git.fail_on_unmatched_commit": adapts("tagboat check"),
    "git.split_commits": switches(
        changes(("squash",), "all", "lines of known types count, where they open a paragraph"),
        keeps("a commit is one change, or a list of them"),
    ),
    "git.commit_preprocessors": Rule(list, _gc_preprocessors),
    "git.commit_parsers": Rule(list, _gc_parsers),
    "git.protect_breaking_commits": adapts("breaking changes are never left out"),
    "git.filter_commits": adapts("types without a heading are left out"),
    "git.tag_pattern": Rule(str, _gc_tags),
    "git.skip_tags": _gc_ignored("the changes of such a version count for the one after it"),
    "git.ignore_tags": _gc_ignored(""),
    "git.count_tags": _NO_TAGS,
    "git.topo_order": adapts("the graph of commits tells what a version holds"),
    "git.topo_order_commits": adapts("the graph of commits tells what a version holds"),
    "git.date_order": adapts("the graph of commits tells what a version holds"),
    "git.sort_commits": chooses(
        str, {"newest": keeps("the default")}, adapts("the newest stands first")
    ),
    "git.link_parsers": lacks("`references` has the tickets of other trackers"),
    "bump.features_always_bump_minor": switches(
        carries(("zero", "feature"), "minor"), carries(("zero", "feature"), "patch")
    ),
    "bump.breaking_always_bump_major": switches(BREAKING_MAJOR, BREAKING_MINOR),
    "bump.initial_tag": Rule(str, lambda key: key.carry(("initial",), key.text.lstrip("v"))),
    "remote.github": _REMOTE,
    "remote.gitlab": _REMOTE,
    "remote.gitea": _REMOTE,
    "remote.bitbucket": _REMOTE,
    "remote.offline": adapts("--offline"),
}
