"""Forge rules: what a release on a forge is to look like, as the configuration has it."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # start-up: every command reads the configuration, and few hash anything
    from tagboat.core.forge.release import Asset

COMMENT = "This is released in [{tag}]({url})."
"""What is said on issues where nothing else is asked for."""


class AssetRule(NamedTuple):
    """Files to attach: ``path`` is one, or a pattern with ``*``, ``?`` and ``**``.

    ``label`` is shown in place of their names, where the forge can; an empty ``content_type`` is
    told by the name.
    """

    path: str
    label: str = ""
    content_type: str = ""


class ForgeRules(NamedTuple):
    """How a release is shown.

    Texts have ``{version}``, ``{tag}`` and ``{name}``, a comment ``{url}`` too. ``is_draft`` leaves
    the release to a person to publish. Without a ``comment`` or a ``label`` nothing is said on
    issues.
    """

    title: str = "{tag}"
    assets: tuple[AssetRule, ...] = ()
    is_draft: bool = False
    comment: str = ""
    label: str = ""

    @property
    def tells_issues(self) -> bool:
        """Whether something is said on what a public release ships."""
        return not self.is_draft and bool(self.comment or self.label)

    def dressed(self, asset: "Asset") -> "Asset":
        """An asset with the label and the content type that the first rule for its name gives."""
        for rule in self.assets:
            if fnmatchcase(asset.name, rule.path.rpartition("/")[2]):
                kind = rule.content_type or asset.content_type
                return asset._replace(label=rule.label, content_type=kind)
        return asset

    def about(self, values: Mapping[str, str]) -> "ForgeRules":
        """The rules for one release: its values in place of their names."""
        return self._replace(
            title=with_values(self.title, values),
            assets=tuple(
                rule._replace(path=with_values(rule.path, values)) for rule in self.assets
            ),
            comment=with_values(self.comment, values),
        )


def with_values(text: str, values: Mapping[str, str]) -> str:
    """A text with values in place of their names in braces; other braces stay."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
