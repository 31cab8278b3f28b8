"""commitizen's conventions: its plugins' own rules, applied to one message at a time.

What a plugin decides is taken from it: the bump from its ``bump_pattern`` and ``bump_map`` over
every line; type, scope and text from its ``commit_parser`` and ``change_type_map``; whether a
message is conventional at all from its ``schema_pattern``. ``bump_map_major_version_zero`` is not
used: a change means the same on every base, and tagboat's own ``zero`` rules say what that amounts
to below 1.0.0.

Reference: https://commitizen-tools.github.io/commitizen/customization/
"""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from importlib import metadata
from typing import TYPE_CHECKING, NamedTuple

from tagboat.adapters.conventions.isolate_imports import (
    COMMITIZEN_PLUGINS,
    OTHER,
    asking,
    import_commitizen,
    loading,
    reading_of,
    refuse_code_of,
)
from tagboat.adapters.repository_files import RepositoryFiles
from tagboat.core.changes.change import Change, parse
from tagboat.core.changes.message import normalized, take_apart
from tagboat.core.changes.squash import Reading

if TYPE_CHECKING:
    from commitizen.config.base_config import BaseConfig
    from commitizen.cz.base import BaseCommitizen
    from commitizen.git import GitCommit

PREFIX = "commitizen:"
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")


class _Declared(NamedTuple):
    """What one line says it is: its type and scope, and the text that is left."""

    type: str
    scope: str | None
    description: str
    breaking: bool = False


def plugin_names() -> list[str]:
    """The names of the installed plugins, in alphabetical order; none of them is imported."""
    return sorted({entry.name for entry in metadata.entry_points(group=COMMITIZEN_PLUGINS)})


def load(name: str, root: str, *, allow_repository_code: bool) -> "CommitizenConvention | None":
    """Load the plugin ``name``, with the settings that the repository at ``root`` gives commitizen.

    Returns None if no plugin of that name is installed. Raises UsageError if it can't be loaded, if
    its settings are wrong, or if it is code of the repository and that is not allowed.
    """
    convention = PREFIX + name
    with loading(convention, root, allow_repository_code=allow_repository_code):
        entry = next(iter(metadata.entry_points(group=COMMITIZEN_PLUGINS, name=name)), None)
        if entry is None:
            return None
        import_commitizen()
        plugin: type[BaseCommitizen] = entry.load()
        if not allow_repository_code:
            refuse_code_of(root, plugin)
        return CommitizenConvention(convention, plugin(_settings(root)))


def _settings(root: str) -> "BaseConfig":
    """What the repository configures for commitizen: the first of its files that has a section."""
    from commitizen.config import read_cfg
    from commitizen.config.base_config import BaseConfig
    from commitizen.defaults import CONFIG_FILES
    from commitizen.exceptions import ConfigFileIsEmpty

    files = RepositoryFiles(root)
    for name in CONFIG_FILES:
        if files.data(name) is not None:
            with suppress(ConfigFileIsEmpty):
                return read_cfg(files.absolute(name))
    return BaseConfig()


class CommitizenConvention:
    """A convention that asks a commitizen plugin."""

    def __init__(self, name: str, rules: "BaseCommitizen") -> None:
        self.name = name
        self._rules = rules
        self._bumps = _BumpRules.of(rules)
        self._schema = re.compile(rules.schema_pattern())
        self._parser = re.compile(rules.commit_parser or "", re.MULTILINE)
        self._listed = re.compile(rules.changelog_pattern or "")

    def __call__(self, text: str, *, merge: bool = False) -> Reading:
        """Read a message as the one change the plugin makes of it, or as none.

        Raises OutsideError if the plugin's own code fails.
        """
        with asking(self.name, text):
            change = self._change(text, merge=merge)
        return reading_of(text, () if change is None else (change,))

    def _change(self, text: str, *, merge: bool) -> Change | None:
        commit = _git_commit(text, merge=merge)
        level = self._level(commit)
        if level in (None, "none") and not self._is_conventional(commit):
            return None
        declared = self._declared(commit, level)
        breaking = declared.breaking if level is None else level == "major"
        message = take_apart(text)
        return Change(
            declared.type,
            declared.scope,
            declared.description,
            breaking=breaking,
            notes=message.breaking_notes if breaking else (),
            rest=message.rest,
            level=level,
        )

    def _level(self, commit: "GitCommit") -> str | None:
        """What the plugin's rules make of a commit; None if it has no rules for bumps."""
        if self._bumps is None:
            return None
        kept = self._rules.filter_commits_before_bump([commit])
        return self._bumps.level_of(*(each.message for each in kept))

    def _is_conventional(self, commit: "GitCommit") -> bool:
        """Whether ``cz check`` passes a message; without a schema, whether a changelog lists it."""
        if self._schema.pattern:
            return self._schema.match(commit.message) is not None
        patterns = (self._listed, self._parser)
        return all(pattern.match(commit.message) for pattern in patterns)

    def _declared(self, commit: "GitCommit", level: str | None) -> _Declared:
        """What the title declares; if it can't be read, the first line that asks for the bump."""
        return (
            self._declared_by(commit.title)
            or self._declared_by(self._deciding_line(commit, level))
            or _Declared(OTHER, None, self._groups(commit.title).get("message") or commit.title)
        )

    def _deciding_line(self, commit: "GitCommit", level: str | None) -> str:
        """The first line that asks for ``level`` by itself, or nothing."""
        if self._bumps is None or level == "none":
            return ""
        bumps = self._bumps
        return next((line for line in commit.body.split("\n") if bumps.level_of(line) == level), "")

    def _declared_by(self, line: str) -> _Declared | None:
        """Read a header by the plugin's parser, else by tagboat's grammar."""
        groups = self._groups(line)
        kind = groups.get("change_type")
        if kind:
            shown = (self._rules.change_type_map or {}).get(kind, kind)
            return _Declared(
                shown.lower(),
                groups.get("scope") or None,
                (groups.get("message") or line).strip(),
                bool(groups.get("breaking")),
            )
        own = parse(line)
        return own and _Declared(own.type, own.scope, own.description, own.breaking)

    def _groups(self, line: str) -> dict[str, str | None]:
        match = self._parser.match(line)
        return {} if match is None else match.groupdict()


class _BumpRules(NamedTuple):
    """A plugin's rules for bumps: what a line has to look like, and what that asks for."""

    pattern: re.Pattern[str]
    map: Mapping[str, str | None]
    highest: Callable[[Iterable[str], re.Pattern[str], Mapping[str, object]], object]

    @classmethod
    def of(cls, rules: "BaseCommitizen") -> "_BumpRules | None":
        """Return a plugin's rules, or None if it has none (``cz bump`` refuses it then)."""
        if not rules.bump_pattern or not rules.bump_map:
            return None
        from commitizen.version_increment import VersionIncrement

        pattern = re.compile(rules.bump_pattern)
        return cls(pattern, rules.bump_map, VersionIncrement.get_highest_by_messages)

    def level_of(self, *messages: str) -> str:
        """Return the highest level that any line of the messages asks for."""
        return str(self.highest(messages, self.pattern, self.map)).lower()


def _git_commit(text: str, *, merge: bool) -> "GitCommit":
    """A commit as commitizen gets it from git: the lines of the first paragraph are one title.

    Nothing but the message and the number of parents is known of it.
    """
    from commitizen.git import GitCommit

    first, *rest = _PARAGRAPH_END.split(normalized(text), maxsplit=1)
    title = " ".join(line.strip() for line in first.split("\n"))
    return GitCommit("", title, "".join(rest), parents=[""] * (2 if merge else 1))
