"""Configurations of other tools, translated for a test."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tagboat.core.config.check import problems
from tagboat.core.config.migrate import TOOLS, migrate
from tagboat.core.config.migrate.translation import ReportRow
from tagboat.core.errors import UsageError


class Files:
    """The files of a repository; those whose text is None can't be read."""

    def __init__(self, texts: Mapping[str, str | None] | None = None) -> None:
        self.texts = dict(texts or {})

    def text(self, path: str) -> str | None:
        text = self.texts.get(path, "")
        if text is None:
            raise UsageError(f"{path}: it can't be read")
        return self.texts.get(path)

    def folders(self, pattern: str) -> tuple[str, ...]:
        return tuple(sorted({path.rpartition("/")[0] for path in self.texts if pattern and path}))


class Migrated(NamedTuple):
    """What became of a configuration: the data of ours, and the three lists by key."""

    data: dict[str, Any]
    carried: dict[str, str]
    changed: dict[str, str]
    left: dict[str, str]


def migrated(
    tool: str, *files: tuple[str, str], beside: Mapping[str, str | None] | None = None
) -> Migrated:
    """Translate files of a tool, in the order they are found; the result is valid."""
    one = next(one for one in TOOLS if one.name == tool)
    read = [old for path, text in files if (old := one.read(path, text)) is not None]
    whole = migrate(Files({**(beside or {}), **dict(files)}), [(one, read)], "Acme/app")
    assert problems(whole.data) == ()
    return Migrated(whole.data, _notes(whole.carried), _notes(whole.changed), _notes(whole.left))


def _notes(rows: list[ReportRow]) -> dict[str, str]:
    return {row.key: f"{row.to}: {row.note}" for row in rows}


def but_layout(found: Migrated, template: str) -> dict[str, Any]:
    """What a configuration says beside the layout of its changelog, which has to be this one."""
    changelog = dict(found.data["changelog"])
    assert changelog.pop("template") == template
    rest = {key: value for key, value in found.data.items() if key != "changelog"}
    return rest | ({"changelog": changelog} if changelog else {})
