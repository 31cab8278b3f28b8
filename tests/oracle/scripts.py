"""Strategies: the histories that the oracle is asked about.

What shrinks first stands first: a linear history of fixes without tags.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import semver
from hypothesis import strategies as st

from tests.oracle.script import (
    Form,
    Node,
    Picks,
    Reverts,
    Says,
    Script,
    Tag,
    number_of,
    text_of,
)

START = 1_704_067_200
STABLE_CHANNELS = ("main", "1.x", "1.2.x", "0.x")
PRERELEASE_CHANNELS = ("next", "beta")

_MOST_NODES = 20
_BORNE = 4
_MOST_TAGS = 6
_MOST_TIPS = 3
_NOT_YET = "0" * 40

_ORDINARY = (
    "fix: a",
    "feat: b",
    "chore: c",
    "feat!: d",
    "fix: e\n\nBREAKING CHANGE: f",
    "words",
    "fix(core): a",
    "FEAT: g",
    "feature: g",
    "fix:h",
    "perf: i",
    "docs: j\n\nfeat: not a header",
    "refactor!: k",
)
_TITLED = ("fix: a", "feat: b", "fix: c", "chore: d", "feat!: e", "words")
_NUMBERED = ("fix: f{0} (#{0})", "feat: g{0} (#{0})")
_MERGES = (
    "Merge branch 'side{0}'",
    "feat: merged {0} (#{0})",
    "Merge pull request #{0} from acme/side\n\nfeat: m{0}",
    "fix: merged {0}",
    "chore!: merged {0}",
)
_WISHES = ("0.9.0", "1.2.9", "1.3.0", "2.0.0", "7.0.0")
_OTHER_TAGS = ("nightly", "v1", "latest", "v1.2", "1.2.3.4", "v1.02.0", "vnext")


_PRERELEASES = st.sampled_from(("", "", "", "-rc.1", "-rc.2", "-rc.10", "-beta.1", "-beta.2"))
ALL_VERSIONS = st.builds(
    "{}.{}.{}{}".format,
    st.integers(0, 2),
    st.integers(0, 3),
    st.integers(0, 2),
    _PRERELEASES,
)
NEAR_VERSIONS = st.sampled_from(
    (
        "1.0.0",
        "1.1.0",
        "1.1.1-rc.1",
        "1.2.0-rc.1",
        "1.2.0-rc.2",
        "1.2.0-beta.1",
        "1.2.0",
        "2.0.0-rc.1",
    )
)
"""Where a prerelease channel stands between two stable versions more often than not."""
FEW_VERSIONS = st.sampled_from(("1.0.0", "1.1.0"))


class Flavour(NamedTuple):
    """What a history is made of beside ordinary commits and merges; how many tags at most.

    Without ``any_dates`` they go astray no further than git bears: it stops to look for a common
    ancestor after five commits that are older than what it looks for.
    """

    reverts: bool = False
    picks: bool = False
    wishes: bool = False
    versions: st.SearchStrategy[str] = ALL_VERSIONS
    most_tags: int = _MOST_TAGS
    any_dates: bool = False


class _Builder:
    """A history that grows by one operation of a person or a forge after the other."""

    def __init__(self, draw: st.DrawFn, flavour: Flavour) -> None:
        self._draw = draw
        self._flavour = flavour
        self._tips: list[int] = []
        self._texts: list[str] = []
        self.nodes: list[Node] = []

    def grow(self) -> None:
        """Do one operation."""
        if not self.nodes:
            self._tips.append(self._commit(()))
            return
        operations: tuple[Callable[[], None], ...] = (
            *(self._advance,) * 5,
            *(self._fork,) * 2,
            *(self._merge,) * 3,
            self._cross,
            self._octopus,
            self._graft,
        )
        self._draw(st.sampled_from(operations))()

    def _tip(self) -> int:
        return self._draw(st.integers(0, len(self._tips) - 1))

    def _advance(self) -> None:
        tip = self._tip()
        self._tips[tip] = self._commit((self._tips[tip],))

    def _fork(self) -> None:
        start = self._draw(st.integers(0, len(self.nodes) - 1))
        made = self._commit((start,))
        if len(self._tips) < _MOST_TIPS:
            self._tips.append(made)
        else:
            self._tips[self._tip()] = made

    def _merge(self) -> None:
        into, other = self._tip(), self._tip()
        parents = (self._tips[into], self._tips[other])
        self._tips[into] = self._commit(tuple(dict.fromkeys(parents)))

    def _cross(self) -> None:
        """Merge two lines into each other at once, which leaves two best common ancestors."""
        left, right = self._tip(), self._tip()
        one, two = self._tips[left], self._tips[right]
        if one != two:
            self._tips[left] = self._commit((one, two))
            self._tips[right] = self._commit((two, one))

    def _octopus(self) -> None:
        into = self._tip()
        parents = dict.fromkeys([self._tips[into], *self._tips])
        self._tips[into] = self._commit(tuple(parents))

    def _graft(self) -> None:
        """Begin a line that has nothing to do with the others."""
        self._tips[self._tip()] = self._commit(())

    def _commit(self, parents: tuple[int, ...]) -> int:
        at = len(self.nodes)
        message = self._message(parents)
        self.nodes.append(Node(message, parents, self._time(at)))
        ids = [_NOT_YET] * at
        self._texts.append(text_of(Script(tuple(self.nodes)), at, ids, self._texts))
        return at

    def _time(self, at: int) -> int:
        usual = START + 60 * at
        return self._draw(st.sampled_from((usual, usual, START, START - 60 * at, 0, 4_102_444_800)))

    def _message(self, parents: tuple[int, ...]) -> Says | Reverts | Picks:
        at = len(self.nodes)
        if len(parents) > 1:
            return Says(self._draw(st.sampled_from(_MERGES)).format(at))
        kinds: list[Callable[[tuple[int, ...]], Says | Reverts | Picks]] = [self._plain] * 3
        if self.nodes:
            kinds += [self._revert] * (4 if self._flavour.reverts else 0)
            kinds += [self._pick] * (2 if self._flavour.picks else 0)
        kinds += [self._override] if self._flavour.wishes else []
        return self._draw(st.sampled_from(kinds))(parents)

    def _plain(self, _parents: tuple[int, ...]) -> Says:
        at = len(self.nodes)
        texts = (*_TITLED, *_NUMBERED) if self._flavour.reverts else _ORDINARY
        return Says(self._draw(st.sampled_from(texts)).format(at))

    def _override(self, _parents: tuple[int, ...]) -> Says:
        kind = self._draw(st.sampled_from(("chore: wish", "feat: wish", "Wish")))
        return Says(f"{kind}\n\nRelease-As: {self._draw(st.sampled_from(_WISHES))}")

    def _revert(self, parents: tuple[int, ...]) -> Reverts:
        """Take back an ancestor; now and then what was committed on another line."""
        near = sorted(self._ancestors(parents), reverse=True)
        everything = range(len(self.nodes) - 1, -1, -1)
        pool = self._draw(st.sampled_from((near, near, near, everything))) or everything
        target = self._draw(st.sampled_from(pool))
        form = self._draw(st.sampled_from(self._forms(target)))
        last = max(0, len(self.nodes[target].parents) - 1)
        kept = self._draw(st.integers(0, last)) if form in _SAYS_KEPT else 0
        return Reverts(target, form, kept, self._draw(st.booleans()))

    def _forms(self, target: int) -> list[Form]:
        """How a node can be taken back."""
        title = self._texts[target].partition("\n")[0]
        forms = [Form.ID, Form.TITLE, Form.CONVENTIONAL_ID, Form.CONVENTIONAL_TITLE]
        forms += [Form.BUTTON] * (2 if number_of(title) else 0)
        forms += [Form.REAPPLY] if title.startswith("Revert ") else []
        return forms + [Form.REFS] * (len(self.nodes[target].parents) < 2)

    def _pick(self, parents: tuple[int, ...]) -> Says | Picks:
        """Pick a commit that is neither a merge nor a revert, from any line."""
        sources = [
            at
            for at, node in enumerate(self.nodes)
            if len(node.parents) < 2 and not isinstance(node.message, Reverts)
        ]
        if not sources:
            return self._plain(parents)
        return Picks(
            self._draw(st.sampled_from(sources)),
            self._draw(st.sampled_from(("", "", "", "fix: retold"))),
        )

    def _ancestors(self, parents: tuple[int, ...]) -> set[int]:
        found: set[int] = set()
        waiting = list(parents)
        while waiting:
            at = waiting.pop()
            if at not in found:
                found.add(at)
                waiting += self.nodes[at].parents
        return found


_SAYS_KEPT = (Form.ID, Form.CONVENTIONAL_ID, Form.REAPPLY)


_PLAIN = Flavour()
_GOES_ON = st.sampled_from((False, *(True,) * 15))


@st.composite
def scripts(draw: st.DrawFn, flavour: Flavour = _PLAIN) -> Script:
    """A history of up to about 20 commits with version tags in any place and order."""
    builder = _Builder(draw, flavour)
    builder.grow()
    while len(builder.nodes) < _MOST_NODES and draw(_GOES_ON):
        builder.grow()
    nodes = tuple(builder.nodes if flavour.any_dates else _calmed(builder.nodes))
    last = len(nodes) - 1
    head = draw(st.one_of(st.just(last), st.just(last), st.integers(0, last)))
    tags = draw(_tags(last, flavour))
    return Script(nodes, tags, head)


def _calmed(nodes: Sequence[Node]) -> Iterator[Node]:
    """The nodes with a few dates that are too early, and dates too late only near the end."""
    early = 0
    for at, node in enumerate(nodes):
        usual = START + 60 * at
        early += node.time < usual
        is_borne = early <= _BORNE if node.time < usual else at >= len(nodes) - _BORNE
        yield node if is_borne else node._replace(time=usual)


@st.composite
def _tags(draw: st.DrawFn, last: int, flavour: Flavour) -> tuple[Tag, ...]:
    """Version tags, in the order of the commits or in none, among others."""
    most = flavour.most_tags
    versions = draw(st.lists(flavour.versions, max_size=most, unique=True))
    places = draw(st.lists(st.integers(0, last), min_size=most, max_size=most))
    if draw(st.booleans()):
        versions.sort(key=semver.Version.parse)
        places = sorted(places[: len(versions)])
    found = [
        tag
        for version, at in zip(versions, places, strict=False)
        for tag in draw(_spelled(version, at))
    ]
    others = draw(st.lists(st.sampled_from(_OTHER_TAGS), max_size=2, unique=True))
    return (*found, *(Tag(name, draw(st.integers(0, last))) for name in others))


@st.composite
def _spelled(draw: st.DrawFn, version: str, at: int) -> list[Tag]:
    """One version on a commit: with ``v``, without, or both."""
    prefixes = draw(st.sampled_from((("v",), ("v",), ("",), ("v", ""))))
    return [Tag(prefix + version, at, draw(st.booleans())) for prefix in prefixes]
