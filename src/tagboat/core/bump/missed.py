"""What people would take for a change, and what does not count."""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import NamedTuple

from tagboat.core.bump.assess import Assessment, CommitVerdict, Policy
from tagboat.core.bump.bump import Bump, ChangeRule
from tagboat.core.changes.change import parse
from tagboat.core.changes.message import KNOWN_HEADER, KNOWN_TYPES, may_break
from tagboat.core.changes.squash import LIST_MARK
from tagboat.core.commits.commit import Commit, CommitGraph, bare_title

_MAY_MISS = (
    CommitVerdict.COUNTED,
    CommitVerdict.NO_RELEASE,
    CommitVerdict.UNCONVENTIONAL,
    CommitVerdict.MERGE,
)
_USUAL_TYPES = frozenset(("", *KNOWN_TYPES))
_MARKED = re.compile(r"feat|[:\uff1a\[({<;/>=\u2192!]|[-\u2013\u2014] ")
"""What a header has that is nearly conventional, in lower case: for a quick look."""
_GITMOJI = (
    *(":sparkles:", "\u2728", ":bug:", "\U0001f41b"),
    *(":ambulance:", "\U0001f691", ":zap:", "\u26a1"),
)
"""How a feature or a fix begins in https://gitmoji.dev."""
_ANOTHER = rf"[;,+&|/][ \t]*+(?P<header>{KNOWN_HEADER}.*)"
_ASKS = re.compile(r"release[ \t_-]?as\b")
_ASKED = (
    r"(?im)^[^\w\n\r>]{0,8}release(?:[_-]?as[ \t]*+[:=#]?|[ \t]as[ \t]*+[:=])"
    r"[ \t]*+[\"'`]?v?[0-9][^\n\r]*+"
)
_RELEASE_AS = "release-as"
_MOST_LISTED, _LONGEST = 1000, 1000


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
        breaking = may_break(text) or item.reading.overruled
        others = _asked_in_vain(item) if "release" in text and _ASKS.search(text) else ()
        others += _taken_for_released(item, policy)
        if larger[item.bump] and policy.convention is None:
            others += _headers_above(item, text, policy, larger[item.bump])
        found = Missed(item.commit, item.reading.hidden_breaking if breaking else (), others)
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


def _asked_in_vain(item: Assessment) -> tuple[str, ...]:
    """The line that was to be a ``Release-As`` footer, where a commit has no such footer."""
    found = re.search(_ASKED, item.reading.rest.folded_message)
    footers = item.reading.message.footers if found else ()
    if found is None or any(footer.token.lower() == _RELEASE_AS for footer in footers):
        return ()
    return (found[0].strip(),)


def _taken_for_released(item: Assessment, policy: Policy) -> tuple[str, ...]:
    """What a squash lists that counts no more by its words alone, and may be another change.

    Where there is a forge's number, too, it is the same one.
    """
    if len(item.changes) >= len(item.reading.changes) or item.commit.is_merge:
        return ()
    listed = {change.header for change in item.reading.changes}
    left = sorted(listed.difference(change.header for change in item.changes))
    return tuple(one for one in left if bare_title(one) == one and _asks(one, policy) > item.bump)


def _headers_above(
    item: Assessment, text: str, policy: Policy, larger: Sequence[str]
) -> tuple[str, ...]:
    """The lines of a commit that ask for more than it does, breaking ones aside."""
    reading, bump = item.reading, item.bump
    found: tuple[str, ...] = ()
    is_more = reading.changes and text.count(":", 0, _LONGEST) > 1  # a quick look first
    if (not bump and _nearly(item, text, policy, larger)) or (
        is_more and _also(item, text, policy, larger)
    ):
        found = (reading.rest.header,)
    if reading.omits and _may_hold(text, larger):
        changes = [one for one in reading.uncounted if not one.breaking]
        found += tuple(one.header for one in changes if policy.bump_of(one) > bump)
        found = tuple(dict.fromkeys((*found, *_nearly_listed(item, policy, larger))))
    return found


def _also(item: Assessment, text: str, policy: Policy, larger: Sequence[str]) -> bool:
    """Whether a title has a second header that asks for more."""
    title = text.partition("\n")[0]
    if title.count(":") <= 1 or not any(map(title.count, larger)):
        return False
    later = re.finditer(_ANOTHER, item.reading.rest.header[:_LONGEST])
    changes = (parse(one["header"]) for one in later)
    return any(one is not None and policy.bump_of(one) > item.bump for one in changes)


def _nearly_listed(item: Assessment, policy: Policy, larger: Sequence[str]) -> Iterator[str]:
    """The items of lists in a body, marked in any way, that nearly are headers that ask for more.

    What forges list counts where the squash mode says so, and is no near miss.
    """
    from tagboat.core.lint.header_rules import meant

    kinds = tuple(policy.rules.types)
    known = {one.header for one in (*item.reading.changes, *item.reading.uncounted)}
    opening = re.compile(_opening(tuple(larger)))
    for text in islice(item.reading.listed, _MOST_LISTED):
        if not opening.match(text.lower()) or " " not in text or len(text) > _LONGEST:
            continue
        exact = parse(text)
        change = exact or parse(meant(text, None, kinds))
        is_known = exact is not None and (exact.breaking or exact.header in known)
        if change is not None and not is_known and policy.bump_of(change) > item.bump:
            yield text


@cache
def _opening(types: tuple[str, ...]) -> str:
    """Regular expression source of how a header of some types begins, nearly one too."""
    return rf"[\[(*_`]{{0,2}}(?:{'|'.join(map(re.escape, types))})"


def _may_hold(text: str, types: Sequence[str]) -> bool:
    """A quick look: whether a line of a message, in lower case, begins with one of some types."""
    if not any(kind in text for kind in types):
        return False
    opening = rf"\n[ \t]*+(?:(?:{LIST_MARK})[ \t]++)?{_opening(tuple(types))}|request '"
    return re.search(opening, text) is not None


def _nearly(item: Assessment, text: str, policy: Policy, releasing: Sequence[str]) -> bool:
    """Whether a slip in the header keeps a commit that releases nothing from that."""
    change = next(iter(item.reading.changes), None)
    is_emoji = text.startswith(_GITMOJI) and change is None
    if change is not None:
        is_fine = change.type in _USUAL_TYPES or change.type in policy.rules.types
    else:
        header = text.partition("\n")[0]
        is_fine = not _MARKED.search(header) or (
            "!" not in header and not any(kind in header for kind in releasing)
        )
    if is_fine:
        return is_emoji
    from tagboat.core.lint.header_rules import is_autosquash, meant

    title = item.reading.rest.header
    surely = parse(meant(title, change, tuple(policy.rules.types)))
    if surely is None:
        return is_emoji or is_autosquash(title)
    return policy.bump_of(surely) > Bump.NONE


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
