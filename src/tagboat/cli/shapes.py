"""The shapes of JSON answers. Keys are only ever added, never renamed or given another meaning."""

from collections.abc import Iterable
from itertools import chain
from typing import Any

from tagboat.core.bump.assess import Assessment
from tagboat.core.bump.bump import Bump
from tagboat.core.next_version.next_version import NextVersion, NextVersions
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
        "because": list(assessed.pull.because) if assessed.pull is not None else [],
        "group": release.package.group or None,
        **missed_json(release),
    }


def releases_json(decisions: NextVersions) -> dict[str, Any]:
    """All decisions; what a repository with one package says of it stands at the top besides."""
    shapes = [release_json(release) for release in decisions.releases]
    top = shapes[0] if decisions.is_single else _together(decisions)
    return {
        **top,
        "releases": [shape for shape in shapes if shape["due"]],
        "not_due": [shape for shape in shapes if not shape["due"]],
        "left": list(decisions.left),
    }


def _together(decisions: NextVersions) -> dict[str, Any]:
    """What there is to say of several packages at once, in the shape of one."""
    releases, due = decisions.releases, decisions.due
    channel = min((one.channel for one in releases), key=lambda channel: channel.assumed)
    missed = [missed_json(release) for release in releases]
    return {
        "version": None,
        "tag": None,
        "due": bool(due),
        "bump": str(max((release.bump for release in due), default=Bump.NONE)),
        "reason": f"{len(due)} of {len(releases)} packages are due",
        "package": None,
        "channel": channel_json(channel),
        "base": None,
        "current": None,
        "commits": len({a.commit.id for one in releases for a in one.assessed.assessments}),
        "causes": list(dict.fromkeys(item.commit.id for one in due for item in one.causes)),
        "with_remote": releases[0].tagging.with_remote,
        "because": [],
        "group": None,
        **_missed_together(missed),
    }


def missed_of(decisions: NextVersions | None) -> dict[str, Any]:
    """What was not counted in some decisions, each thing once; as members of an answer."""
    releases = decisions.releases if decisions is not None else ()
    return _missed_together([missed_json(one) for one in releases] or [missed_json(None)])


def _missed_together(shapes: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: _union(shape[name] for shape in shapes) for name in shapes[0]}


def _union(lists: Iterable[list[Any]]) -> list[Any]:
    """The members of some lists, each once."""
    found: list[Any] = []
    for item in chain.from_iterable(lists):
        if item not in found:
            found.append(item)
    return found


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
        "rules": [one.rule.number if one.rule else 0 for one in item.rulings],
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
