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
    rule_for,
    switches,
    translate_keys,
    types_of,
)
from tagboat.core.config.migrate.old_file import OldFile
from tagboat.core.config.migrate.translation import Translation, value_fault

NAME = "git-cliff"
_ORDER = re.compile(r"\s*<!--\s*(?P<order>\d+)\s*-->\s*")
_TAGS = re.compile(r"\^?(?P<prefix>[\w./@-]*)(?:\[0-9\]|\\d|\*).*", re.DOTALL)
_MERGES = re.compile(r"\^?(?:Merge|Initial|Release)")
_BREAKING = re.compile(r"(?:\^?\.\*)?!:?")
_LAST = 999
_SAID = {"group", "skip", "scope", "default_scope"}
_SCOPES = "scopes stay as they are"
_GLOB = re.compile(
    r"(?:\\(?P<sign>[.\-/_+])|(?P<plain>[\w/@-])|(?P<any>\.\*)|(?P<some>\.\+)|(?P<one>\.)"
    r"|(?P<digit>\\d|\[0-9\])|\((?:\?:)?(?P<inner>[^()]*)\))(?![*+?{])"
)
_SIGNS = {"any": "*", "some": "?*", "one": "?", "digit": "[0-9]"}
_MOST_GLOBS = 50


def from_git_cliff(whole: Translation, files: Sequence[OldFile]) -> None:
    """Translate the table of one file."""
    translate_keys(OldKey(whole, NAME, files[0], (), files[0].data), _RULES)
    whole.choose_layout(NAME, files[0].path, NAME)


class _GcParsers:
    """The parsers of messages, in their order: the first that fits a commit counts.

    Types have headings or are hidden; what is none of them is a rule. Rules come before types here:
    types that an earlier parser has are rules too, where a later one might take them.
    """

    def __init__(self, key: OldKey) -> None:
        self._key = key
        self._titles: dict[str, tuple[int, list[str]]] = {}
        self._placed: dict[str, dict[str, object]] = {}
        self._ruled: set[str] = set()

    def translate(self) -> None:
        """Translate each, then put the headings in order."""
        for one in self._key.items():
            self._parser(one)
        ordered = sorted(self._titles.items(), key=lambda pair: pair[1][0])
        tables = [{"types": types, "title": title} for title, (_, types) in ordered]
        fault = self._key.whole.put(("changelog", "sections"), list(tables), self._key.origin)
        if fault:
            self._key.leave(fault)

    def _parser(self, one: OldKey) -> None:
        message = one.get("message").text
        names = set(one.value if isinstance(one.value, dict) else ()) - _SAID
        types, is_whole = types_of(message)
        if names == {"message"} and message in (".*", "^.*") and one.get("group").text:
            one.change(("changelog", "unconventional"), "group", "its heading is ours")
        elif _gc_is_so(one):
            one.keep(_gc_is_so(one))
        elif names == {"message"} and types and is_whole:
            self._by_type(one, types)
        else:
            self._by_rule(one, names, types)

    def _by_type(self, one: OldKey, types: tuple[str, ...]) -> None:
        fresh = [name for name in types if name not in self._placed]
        said = self._said(one)
        if "hidden" in said:
            one.carry(("changelog", "hide"), fresh)
        elif _sets_scope(one):
            one.adapt(_SCOPES)
        else:
            one.keep("changelog.sections")
        if "section" in said:
            self._titles[str(said["section"])][1].extend(fresh)
        self._placed |= dict.fromkeys(fresh, said)

    def _by_rule(self, one: OldKey, names: set[str], types: tuple[str, ...]) -> None:
        condition = _gc_condition(one, names)
        if names == {"message"} and types and self._placed.keys() >= set(types):
            one.keep("an earlier one has its types")
        elif names == {"sha"} and one.get("skip").value is True:
            one.carry(("ignore", "ids"), [one.get("sha").text])
        elif not condition or value_fault(("rules",), [condition | {"hidden": True}]):
            one.leave("rules have type, scope and a pattern in the message, as Python has patterns")
        else:
            tables = [*self._earlier(types), condition | self._said(one)]
            if _sets_scope(one):
                one.change(("rules",), tables, _SCOPES)
            else:
                one.carry(("rules",), tables)

    def _earlier(self, types: tuple[str, ...]) -> list[dict[str, object]]:
        """Rules for what earlier parsers say of some types, of all where none are named."""
        known = [name for name in self._placed if name not in self._ruled]
        known = [name for name in known if not types or name in types]
        self._ruled |= set(known)
        return [{"type": name} | self._placed[name] for name in known]

    def _said(self, one: OldKey) -> dict[str, object]:
        """What a parser says of its commits; its heading gets its place."""
        if one.get("skip").value is True:
            return {"hidden": True}
        group = one.get("group").text
        match = _ORDER.match(group)
        title = _ORDER.sub("", group) or "Other"
        self._titles.setdefault(title, (int(match["order"][:4]) if match else _LAST, []))
        return {"section": title}


def _gc_is_so(key: OldKey) -> str:
    """Why a parser has nothing to say here; empty where it has."""
    message = key.get("message").text
    if key.get("skip").value is True and _MERGES.match(message):
        return "messages that are not conventional are left out"
    return "breaking changes stand before all others" if _BREAKING.fullmatch(message) else ""


def _sets_scope(key: OldKey) -> bool:
    return any(key.get(name).value is not None for name in ("scope", "default_scope"))


def _gc_condition(key: OldKey, names: set[str]) -> dict[str, object]:
    """The conditions of a rule for what a parser is about; empty where they can't be said."""
    field = next(iter(names)) if len(names) == 1 else ""
    pattern = key.get(field).text
    if names == {"field", "pattern"}:
        field, pattern = key.get("field").text, key.get("pattern").text
    if field == "body" and not pattern.startswith("^"):
        pattern = rf"(?s:\n.*)(?:{pattern.removeprefix('.*')})"
    elif field != "message":
        return {}
    return {"pattern": pattern} if _gc_tells_all(key.top("git")) else rule_for(pattern)


def _gc_tells_all(key: OldKey) -> bool:
    """Whether messages count that are not conventional."""
    names = ("filter_unconventional", "conventional_commits")
    return any(key.get(name).value is False for name in names)


def _gc_preprocessors(key: OldKey) -> None:
    for one in key.items():
        pattern, text = one.get("pattern").text, one.get("replace").value
        if not isinstance(text, str):
            one.leave("a program does not rewrite messages")
        elif "#" in pattern and "](" in text:
            one.keep("numbers of issues and pull requests are links anyway")
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
        globs = [f"{glob}{choice}" for glob in globs for choice in _gc_choices(match)]
        at = match.end()
    return [re.sub(r"\*+", "*", glob) for glob in globs]


def _gc_choices(match: re.Match[str]) -> list[str]:
    """What a piece of a regular expression may be, as globs say it; none if they can't."""
    kind = match.lastgroup or ""
    if kind != "inner":
        return [_SIGNS.get(kind) or match[kind]]
    choices = [_gc_glob(part) for part in alternatives(match["inner"])]
    return [one for some in choices for one in some] if all(choices) else []


def _gc_body(key: OldKey) -> None:
    """A layout: one that names authors as their forge does is that of GitHub's notes."""
    if not _AUTHORS.search(key.text):
        key.adapt("changelog.template has the usual layout; it is Jinja, not Tera")
        return
    if key.top("remote", "gitlab").value is None:
        key.whole.put(("changelog", "logins"), value=True, origin=key.origin)
    key.change(("changelog", "template"), "github", "authors stand there; it is Jinja, not Tera")


_AUTHORS = re.compile(r"remote\.username|\bcontributors\b")
_REMOTE = adapts("read off the remote's address; tokens come from the environment")
_NO_TAGS = chooses(
    str, {"": keeps("there is none")}, lacks("every tag that spells a version counts")
)
_RULES: Rules = {
    "changelog.header": keeps("what stands above the versions stays"),
    "changelog.body": Rule(str, _gc_body),
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
    "git.commit_parsers": Rule(list, lambda key: _GcParsers(key).translate()),
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
