"""What writes releases down, and what does many things at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from tagboat.core.changelog.changelog import ReleaseNotes

T = TypeVar("T")


class Renderer(Protocol):
    """Writes releases down.

    ``layout`` names the shipped template that is used, and is empty for a repository's own;
    ``is_document`` says that nothing can be added to what it writes, only written whole.
    """

    @property
    def layout(self) -> str:
        """The name of that template, or an empty text."""
        ...

    @property
    def is_document(self) -> bool:
        """Whether what it writes is one document."""
        ...

    @property
    def needs_newcomers(self) -> bool:
        """Whether it asks for first-time contributors, which takes all earlier history."""
        ...

    def notes(self, release: "ReleaseNotes") -> str:
        """One release. Raises UsageError where a template is wrong."""
        ...

    def assembled(self, notes: Iterable[str]) -> Iterator[str]:
        """A whole document, in pieces, from what `notes` gave for each release."""
        ...

    def header(self) -> str:
        """What stands before the first release of a document."""
        ...


class Workers(Protocol):
    """Does the same to many things, several at a time."""

    def each(self, work: Callable[[T], str], items: Sequence[T]) -> Iterator[str]:
        """What ``work`` gives for each item, in their order. Raises what it raises."""
        ...
