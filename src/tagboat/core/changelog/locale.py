"""Locale: the words that release notes are made of, in each language that is shipped."""

from collections.abc import Mapping
from types import MappingProxyType

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
