"""Comments and labels on issues and on pull or merge requests, once each."""

from collections.abc import Callable
from typing import Protocol

from tagboat.adapters.forges.errors import MissingError
from tagboat.adapters.forges.retry import retry_until_done
from tagboat.adapters.http import Budget
from tagboat.core.forge.release import Item, comments_on, marked


class CommentApi(Protocol):
    """What a forge's API can do with one issue. Each raises what `answers` defines."""

    def comments(self, item: Item) -> list[tuple[str, str]]:
        """The comments by id and text, oldest first."""
        ...

    def say(self, item: Item, text: str) -> None:
        """Add a comment."""
        ...

    def unsay(self, item: Item, comment: str) -> None:
        """Delete a comment; one that is gone already is no error."""
        ...

    def put_label(self, item: Item, label: str) -> None:
        """Add a label; one that is there already is no error."""
        ...


class Comments:
    """The part of a forge that talks on issues."""

    def __init__(self, talk: CommentApi, budget: Budget) -> None:
        self._talk = talk
        self._budget = budget

    def comment(self, item: Item, text: str, tag: str) -> bool:
        """See `tagboat.ports.forge.Forge`."""
        return self._unless_missing(lambda: self._commented(item, text, tag))

    def label(self, item: Item, label: str) -> bool:
        """See `tagboat.ports.forge.Forge`."""
        return self._unless_missing(lambda: self._labelled(item, label))

    def _unless_missing(self, work: Callable[[], bool | None]) -> bool:
        try:
            return retry_until_done(work, self._budget)
        except MissingError:
            return False

    def _commented(self, item: Item, text: str, tag: str) -> bool | None:
        """Look for our comment; True once it stands there alone, None after a change."""
        ours, doubles = comments_on(tag, self._talk.comments(item))
        for double in doubles:
            self._talk.unsay(item, double)
        if ours:
            return True
        self._talk.say(item, marked(text, tag))
        return None

    def _labelled(self, item: Item, label: str) -> bool:
        self._talk.put_label(item, label)
        return True
