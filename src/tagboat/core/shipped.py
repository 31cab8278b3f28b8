"""Shipped: the issues, and pull or merge requests, that a version brings to its users.

They are those that its commits came in by, and those that its commits close. What is only
mentioned is not shipped, nor what belongs to another repository.
"""

import re
from collections.abc import Iterable, Iterator

from tagboat.core.assess import Assessment, Verdict
from tagboat.core.commit import Commit
from tagboat.core.forge import Item
from tagboat.core.reference import references, without_pull_request

_SHIPPING = (Verdict.COUNTED, Verdict.NO_RELEASE, Verdict.UNCONVENTIONAL, Verdict.MERGE)
_MERGED = re.compile(
    r"(?m)^Merge pull request (#[0-9]{1,18})\b|^See merge request \S*(![0-9]{1,18})$"
)


def shipped(assessments: Iterable[Assessment]) -> tuple[Item, ...]:
    """What a version ships, each once, in the order of its commits."""
    names = (
        name
        for item in assessments
        if item.verdict in _SHIPPING
        for name in (*_came_in_by(item.commit), *_closed(item.commit))
    )
    return tuple(_item(name) for name in dict.fromkeys(names))


def _item(name: str) -> Item:
    """``#12`` or ``!12``; forges other than GitLab number both kinds alike, by ``#``."""
    return Item("issue" if name.startswith("#") else "change", int(name[1:]))


def _came_in_by(commit: Commit) -> Iterator[str]:
    """The number at the end of a title, and those of a merge."""
    number = without_pull_request(commit.title)[1]
    if number[:1] in ("#", "!"):  # no other repository's
        yield number
    if commit.is_merge:
        for match in _MERGED.finditer(commit.message):
            yield match[1] or match[2]


def _closed(commit: Commit) -> Iterator[str]:
    for reference in references(commit.message):
        if reference.action == "closes" and not reference.repository:
            mark = "!" if reference.kind == "merge_request" else "#"
            yield f"{mark}{reference.number}"
