"""How release notes are written: their words in each language that is shipped, and their groups."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from tagboat.core.bump.bump import DEFAULT_HIDDEN

ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "changelog": "Changelog",
        "intro": "All notable changes to this project are documented in this file.",
        "unreleased": "Unreleased",
        "breaking": "Breaking changes",
        "added": "Added",
        "changed": "Changed",
        "deprecated": "Deprecated",
        "removed": "Removed",
        "fixed": "Fixed",
        "security": "Security",
        "performance": "Performance",
        "reverted": "Reverted",
        "dependencies": "Dependencies",
        "other": "Other",
        "nothing": "No notable changes.",
        "whats_changed": "what's changed",
        "closes": "closes",
        "by": "by",
        "in": "in",
        "new_contributors": "New contributors",
        "first_contribution": "made their first contribution",
        "full_changelog": "Full changelog",
    }
)

SIMPLIFIED_CHINESE: Mapping[str, str] = MappingProxyType(
    {
        "changelog": "更新日志",
        "intro": "本项目的所有重要变更都记录在此文件中。",
        "unreleased": "未发布",
        "breaking": "破坏性变更",
        "added": "新增",
        "changed": "变更",
        "deprecated": "弃用",
        "removed": "移除",
        "fixed": "修复",
        "security": "安全",
        "performance": "性能",
        "reverted": "回退",
        "dependencies": "依赖",
        "other": "其他",
        "nothing": "没有值得注意的变更。",
        "whats_changed": "更新内容",
        "closes": "关闭",
        "by": "贡献者",
        "in": "见",
        "new_contributors": "新贡献者",
        "first_contribution": "首次贡献",
        "full_changelog": "完整更新日志",
    }
)

LOCALES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"en": ENGLISH, "zh-CN": SIMPLIFIED_CHINESE}
)
"""The words by locale; each locale has every key."""


class Tickets(NamedTuple):
    """Another tracker's tickets: a regular expression for their names, and where they can be seen.

    ``{}`` in ``url`` stands for the name; without an http(s) ``url`` they are not linked.
    """

    pattern: str
    url: str = ""


class Heading(NamedTuple):
    """A group of a release's notes: its title (a locale's key or any text) and its types."""

    title: str
    types: tuple[str, ...]


DEFAULT_HEADINGS = (
    Heading("added", ("feat",)),
    Heading("changed", ("change", "changed")),
    Heading("deprecated", ("deprecate", "deprecated")),
    Heading("removed", ("remove", "removed")),
    Heading("fixed", ("fix", "bugfix", "hotfix")),
    Heading("security", ("security",)),
    Heading("performance", ("perf",)),
    Heading("reverted", ("revert",)),
)
"""The groups of Keep a Changelog 1.1.0 and the two types it has no group for."""


class ChangelogOptions(NamedTuple):
    """How releases are written down.

    ``sections`` are the groups in their order, with those that only rules name. Types in ``hidden``
    are left out unless they break something. ``unconventional`` says what becomes of messages that
    are not conventional and of types that no section names: ``hide`` or ``group`` (a last group,
    "Other"). ``prereleases`` is for whoever cuts the history: ``fold`` them into the stable version
    that follows, or ``keep`` them. ``locale`` is a key of `LOCALES`. With ``logins`` the forge is
    asked who wrote what.
    """

    sections: tuple[Heading, ...] = DEFAULT_HEADINGS
    hidden: tuple[str, ...] = DEFAULT_HIDDEN
    unconventional: str = "hide"
    prereleases: str = "fold"
    locale: str = "en"
    logins: bool = False
    tickets: tuple[Tickets, ...] = ()

    @property
    def words(self) -> Mapping[str, str]:
        """The words of the chosen locale."""
        return LOCALES[self.locale]

    @property
    def patterns(self) -> str:
        """The patterns that say what a ticket looks like, in words; empty without any."""
        listed = ", ".join(repr(ticket.pattern) for ticket in self.tickets)
        return f"the patterns of references {listed}" if listed else ""
