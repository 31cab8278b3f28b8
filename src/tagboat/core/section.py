"""Section: the commits that one version brought."""

from typing import NamedTuple

from tagboat.core.assess import Assessment
from tagboat.core.version import Version


class Section(NamedTuple):
    """What is reachable from a version and not from its base, weighed, parents first.

    ``version`` is None for what is not released yet; then ``tag`` is empty and ``time`` None.
    ``time`` is when the tag was made, in seconds since 1970; ``commit`` the id it names (of HEAD
    for the unreleased), ``previous`` the tag of the base or an empty text. ``newcomers`` are the
    e-mail addresses of authors without an earlier commit, None where nobody asked.
    """

    version: Version | None
    tag: str
    commit: str
    time: int | None
    previous: str
    assessments: tuple[Assessment, ...]
    newcomers: frozenset[str] | None = None
