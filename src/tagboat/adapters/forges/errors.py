"""What forges answer when they don't do what was asked, in tagboat's words.

OutsideError          the token is refused, or may not do that (401, 403)
|-- UnsettledError    no answer, or a server's failure: it may have been carried out or not
`-- MissingError      there is no such thing, or the token may not see it (404, 410)
ConflictError
`-- TakenError        something of that name is there already (409, 422 already_exists)

Each message says what was wanted and what was answered.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests

from tagboat.adapters.http import TokenSource, pause, without_token
from tagboat.core.errors import ConflictError, OutsideError, TagboatError

_LIMITED = re.compile(r"rate limit|abuse detection|too many requests", re.IGNORECASE)
_IMMUTABLE = re.compile(r"immutable", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_LONGEST = 300
_SECONDARY_WAIT = 60.0
"""Seconds to wait at a rate limit without a time: what GitHub's documentation asks for."""


class UnsettledError(OutsideError):
    """Nobody knows whether a request was carried out; ``wait`` is for how many seconds to pause."""

    def __init__(self, message: str, hint: str = "", wait: float = 0) -> None:
        super().__init__(message, hint)
        self.wait = wait


class MissingError(OutsideError):
    """What was asked for is not there."""


class AlreadyThereError(ConflictError):
    """What was to be made is there already."""


class ForgeRepository(NamedTuple):
    """Which repository on which forge is meant, and what its token must be allowed to do.

    ``api`` is the address of the API without a slash at the end; ``permission`` completes the
    sentence "the token needs ...".
    """

    forge: str
    api: str
    repository: str
    permission: str

    def __str__(self) -> str:
        return f"{self.forge} ({self.repository})"


class ErrorAnswer(NamedTuple):
    """An answer that is an error: its status, what the server said, and its codes.

    ``wait`` is how many seconds the server asks to wait, None where it does not.
    """

    status: int
    message: str
    codes: frozenset[str] = frozenset()
    wait: float | None = None


class ErrorTranslator:
    """Where a forge's answers enter: turns those that are errors into tagboat's.

    No message holds the token, even where the server repeats it.
    """

    def __init__(self, place: ForgeRepository, token: TokenSource) -> None:
        self.place = place
        self._token = token

    def refused(self, doing: str, answer: ErrorAnswer) -> TagboatError:
        """The error for an answer; ``doing`` says what was wanted: "publish the release"."""
        answer = answer._replace(message=without_token(answer.message, self._token))
        failed = f"{self.place} did not {doing}: {answer_text(answer)}"
        needs = f"the token needs {self.place.permission}"
        if is_limited(answer):
            return _limited(f"{self.place} did not {doing}", answer)
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return UnsettledError(failed, "run the same command again: it goes on from here")
        if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            return MissingError(failed, f"check the repository's name; {needs}")
        if answer.status == HTTPStatus.UNAUTHORIZED:
            hint = f"give a token that has not expired, with {self.place.permission}"
            return OutsideError(f"{self.place} refused the token: {answer_text(answer)}", hint)
        if answer.status == HTTPStatus.FORBIDDEN:
            return OutsideError(failed, needs)
        return _rejected(failed, answer)

    def silent(self, doing: str, error: Exception) -> UnsettledError:
        """The error for a request without a whole answer."""
        kind = type(error).__name__
        reason = "no answer in time" if "Timeout" in kind else f"the connection failed ({kind})"
        host = urlsplit(self.place.api).hostname
        hint = f"check that {host} can be reached, then run the same command again"
        return UnsettledError(f"{self.place} did not {doing}: {reason}", hint)

    def check(self, doing: str, response: requests.Response) -> None:
        """Raise the error for an answer that is one; its body is JSON with a ``message``."""
        if response.ok:
            return
        try:
            data = response.json()
        except requests.JSONDecodeError:
            data = None
        raise self.refused(doing, answer_of(response.status_code, data, response.headers))

    @contextmanager
    def asking(self, doing: str) -> Iterator[None]:
        """Turn what requests raises into errors of this module."""
        try:
            yield
        except requests.RequestException as error:
            raise self.silent(doing, error) from error

    @contextmanager
    def unless_gone(self) -> Iterator[None]:
        """For what is done when there is nothing left to do it to."""
        try:
            yield
        except MissingError:
            return


def answer_of(status: int, data: object, headers: Mapping[str, str]) -> ErrorAnswer:
    """An error as most forges write it: ``{"message": ..., "errors": [{"code": ...}]}``."""
    told: dict[str, Any] = data if isinstance(data, dict) else {}
    errors = [error for error in told.get("errors") or [] if isinstance(error, dict)]
    codes = frozenset(str(error.get("code", "")) for error in errors)
    details = (str(error.get("message") or error.get("code") or "") for error in errors)
    message = ": ".join(filter(None, [str(told.get("message", "")), ", ".join(details)]))
    named = requests.structures.CaseInsensitiveDict(headers)
    return ErrorAnswer(status, message, codes, pause(status, named))


def is_limited(answer: ErrorAnswer) -> bool:
    """Whether an answer says that there were too many requests."""
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    asks_to_wait = answer.wait is not None or _LIMITED.search(answer.message) is not None
    return answer.status == HTTPStatus.FORBIDDEN and asks_to_wait


def answer_text(answer: ErrorAnswer) -> str:
    """An answer in one short line, without control characters."""
    text = _UNPRINTABLE.sub(" ", answer.message).strip()
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return f"{shown} ({answer.status})" if shown else f"status {answer.status}"


def _limited(failed: str, answer: ErrorAnswer) -> UnsettledError:
    wait = _SECONDARY_WAIT if answer.wait is None else answer.wait
    return UnsettledError(
        f"{failed}: too many requests ({answer.status})",
        f"run the same command again in {wait:.0f} s",
        wait,
    )


def _rejected(failed: str, answer: ErrorAnswer) -> TagboatError:
    if _IMMUTABLE.search(answer.message):
        return ConflictError(failed, "a published release is immutable here: make a new version")
    if answer.status == HTTPStatus.CONFLICT or "already_exists" in answer.codes:
        return AlreadyThereError(
            failed, "look at it on the forge; delete it, or release another version"
        )
    return OutsideError(failed)
