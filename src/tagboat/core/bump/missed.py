"""What people would take for a change, and what does not count."""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import NamedTuple

from tagboat.core.bump.assess import Assessment, CommitVerdict, Policy
from tagboat.core.bump.bump import Bump, ChangeRule
from tagboat.core.changes.change import parse
from tagboat.core.changes.message import KNOWN_TYPES
from tagboat.core.commits.commit import Commit, CommitGraph

_MAY_MISS = (
    CommitVerdict.COUNTED,
    CommitVerdict.NO_RELEASE,
    CommitVerdict.UNCONVENTIONAL,
    CommitVerdict.MERGE,
)
_USUAL_TYPES = frozenset(KNOWN_TYPES)
_MARKED = re.compile(r"feat|[:\uff1a\[(]| [-\u2013\u2014] ")
"""What a header has that is nearly conventional, in lower case: for a quick look."""


class Missed(NamedTuple):
    """What a person would take for a change in a commit, and what does not count.

    ``breaking`` are the lines that look breaking, ``others`` those that look like any change that
    asks for more than the commit does.
    """

    commit: Commit
    breaking: tuple[str, ...]
    others: tuple[str, ...]


def missed(assessments: Sequence[Assessment], policy: Policy) -> Iterator[Missed]:
    """What does not count in the commits of a range that are not left out, parents first.

    A merge misses nothing that what it merged asks for.
    """
    types = policy.rules.types
    larger = {bump: [kind for kind in types if types[kind] > bump] for bump in Bump}
    for rule in policy.rules.rules:
        for bump in range(rule.bump or 0):
            larger[Bump(bump)] += _types_of(rule)
    graph: CommitGraph | None = None
    for item in assessments:
        if item.verdict not in _MAY_MISS:
            continue
        text = item.reading.rest.message.lower()
        # A quick look first: most messages hide nothing.
        breaking = "!:" in text or "breaking" in text or item.reading.overruled
        others = larger[item.bump] and policy.convention is None
        found = Missed(
            item.commit,
            item.reading.hidden_breaking if breaking else (),
            _headers_above(item, text, policy, larger[item.bump]) if others else (),
        )
        if item.commit.is_merge and any(found[1:]):
            graph = graph or CommitGraph(one.commit for one in assessments)
            found = _not_merged(
                found, _largest_bump(assessments, graph.merged_by(item.commit)), policy
            )
        if any(found[1:]):
            yield found


def _types_of(rule: ChangeRule) -> Sequence[str]:
    """The types of change that a rule may be about, as far as they are known."""
    is_name = rule.type and not set(rule.type) & {"*", "?"}
    return (rule.type.lower(),) if is_name else KNOWN_TYPES


def _headers_above(
    item: Assessment, text: str, policy: Policy, larger: Sequence[str]
) -> tuple[str, ...]:
    """The lines of a commit that ask for more than it does, breaking ones aside."""
    reading, bump = item.reading, item.bump
    found: tuple[str, ...] = ()
    if not bump and (nearly := _nearly(item, text, policy, larger)):
        found = (nearly,)
    if reading.omits and _may_hold(text, larger):
        changes = (one for one in reading.uncounted if not one.breaking)
        found += tuple(one.header for one in changes if policy.bump_of(one) > bump)
    return found


def _may_hold(text: str, types: Sequence[str]) -> bool:
    """A quick look: whether a line of a message, in lower case, begins with one of some types."""
    if not any(kind in text for kind in types):
        return False
    return (
        re.search(rf"\n(?:[*-] | {{4}})?(?:{'|'.join(map(re.escape, types))})|request '", text)
        is not None
    )


def _nearly(item: Assessment, text: str, policy: Policy, releasing: Sequence[str]) -> str:
    """The header of a commit that releases nothing, if a slip keeps it from that."""
    change = next(iter(item.reading.changes), None)
    if change is not None:
        is_fine = change.type in ("", *_USUAL_TYPES, *policy.rules.types)
    else:
        header = text.partition("\n")[0]
        is_fine = not _MARKED.search(header) or (
            "!" not in header and not any(kind in header for kind in releasing)
        )
    if is_fine:
        return ""
    from tagboat.core.lint.header_rules import is_autosquash, meant

    title = item.reading.rest.header
    surely = parse(meant(title, change, tuple(policy.rules.types)))
    asks = surely is not None and policy.bump_of(surely)
    return title if asks or is_autosquash(title) else ""


def _largest_bump(assessments: Iterable[Assessment], ids: Container[str]) -> Bump | None:
    """The largest bump that some commits ask for; None where there are none of them."""
    return max((item.bump for item in assessments if item.commit.id in ids), default=None)


def _not_merged(found: Missed, asked: Bump | None, policy: Policy) -> Missed:
    """What a merge misses that the commits it merged, which ask for a bump, do not say."""
    if asked is None:
        return found._replace(breaking=(), others=())
    others = [one for one in found.others if _asks(one, policy) > asked]
    breaking = found.breaking if asked < Bump.MAJOR else ()
    return found._replace(breaking=breaking, others=tuple(others))


def _asks(header: str, policy: Policy) -> Bump:
    """What a header asks for, a patch where it is nearly one."""
    change = parse(header)
    return Bump.PATCH if change is None else policy.bump_of(change)
