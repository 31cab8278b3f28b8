"""The shapes of JSON answers. Keys are only ever added, never renamed or given another meaning."""

from typing import Any

from tagboat.core.bump.assess import Assessment
from tagboat.core.next_version.next_version import NextVersion
from tagboat.core.version.channel import Channel
from tagboat.core.version.tag import VersionTag


def tag_json(tag: VersionTag | None) -> dict[str, str] | None:
    """A version tag: its version, its name and the id it leads to."""
    if tag is None:
        return None
    return {"version": str(tag.version), "tag": tag.name, "commit": tag.commit}


def channel_json(channel: Channel) -> dict[str, Any]:
    """A channel: its branch, its kind, and what that kind is limited to."""
    return {
        "branch": channel.branch,
        "kind": channel.kind,
        "prerelease": channel.prerelease or None,
        "range": None if channel.range is None else str(channel.range),
        "assumed": channel.assumed,
    }


def release_json(release: NextVersion) -> dict[str, Any]:
    """A decision about the next version, without its commits."""
    assessed = release.assessed
    return {
        "version": None if release.version is None else str(release.version),
        "tag": release.tag or None,
        "due": release.due,
        "bump": str(release.bump),
        "reason": release.origin,
        "package": release.package.name or None,
        "channel": channel_json(release.channel),
        "base": tag_json(assessed.base),
        "current": tag_json(assessed.newest),
        "commits": len(assessed.assessments),
        "causes": [item.commit.id for item in release.causes],
        "with_remote": release.tagging.with_remote,
        **missed_json(release),
    }


def assessment_json(item: Assessment) -> dict[str, Any]:
    """One commit: what it was read as, what it asks for, and why it counts or does not."""
    return {
        "commit": item.commit.id,
        "title": item.commit.title,
        "author": {"name": item.commit.author_name, "email": item.commit.author_email},
        "verdict": item.verdict.name.lower().replace("_", "-"),
        "reason": item.verdict.value,
        "bump": str(item.bump),
        "other": item.other or None,
        "changes": [
            {
                "type": change.type,
                "scope": change.scope,
                "description": change.description,
                "breaking": change.breaking,
                "notes": list(change.notes),
            }
            for change in item.changes
        ],
        "uncounted": [change.header for change in item.reading.uncounted],
        "hidden_breaking": list(item.reading.hidden_breaking),
    }


def missed_json(release: NextVersion | None) -> dict[str, Any]:
    """The same as members of an answer."""
    found = () if release is None else release.missed
    kinds = {"hidden_breaking": 1, "not_counted": 2}
    shape: dict[str, Any] = {
        name: [{"commit": one.commit.id, "lines": list(one[n])} for one in found if one[n]]
        for name, n in kinds.items()
    }
    return shape | {"strange_tags": [] if release is None else list(release.tagging.strange)}
