"""What forges answer when they don't do what was asked, in tagboat's words, and asking again.

OutsideError          the token is refused, or may not do that (401, 403)
|-- DeniedError       the token may not do that (403)
|-- UnsettledError    no answer, or a server's failure: it may have been carried out or not
`-- MissingError      there is no such thing, or the token may not see it (404, 410)
ConflictError
`-- AlreadyThereError something of that name is there already (409, 422 already_exists)

Each message says what was wanted and what was answered.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from json import JSONDecodeError
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urljoin, urlsplit

import requests

from tagboat.adapters.clock import Budget
from tagboat.adapters.http import TokenSource, pause
from tagboat.adapters.process import redacted
from tagboat.core.errors import ConflictError, OutsideError, TagboatError

_LIMITED = re.compile(r"rate limit|abuse detection|too many requests", re.IGNORECASE)
_IMMUTABLE = re.compile(r"immutable", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_LONGEST = 300
_SSO = re.compile(r"(?<=url=)https://[!-~]{1,300}$")
"""Where a token is let in, in a header that begins with ``required;``."""
_SECONDARY_WAIT = 60.0
"""Seconds to wait at a rate limit without a time: what GitHub's documentation asks for."""
_LISTS = re.compile(r"/(?:releases|comments|packages|package_files|tags|protected_tags|notes)$")
"""The addresses at which forges answer a question with a list."""
_REDIRECTS = range(300, 400)
_OF_REPOSITORY = re.compile(r"/(?:repos|repositories|projects)/")
"""How the paths of repositories begin."""
_MOVED = HTTPStatus.MOVED_PERMANENTLY
"""The libraries repeat a request at the place that this status leads to."""
_EMPTY = {HTTPStatus.NO_CONTENT, HTTPStatus.ACCEPTED}
_ROUNDS = 20
_ODD = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
"""What it ends with to read an answer of another shape."""
T = TypeVar("T")


class UnsettledError(OutsideError):
    """Nobody knows whether a request was carried out; ``wait`` is for how many seconds to pause."""

    def __init__(self, message: str, hint: str = "", wait: float = 0) -> None:
        super().__init__(message, hint)
        self.wait = wait


class MissingError(OutsideError):
    """What was asked for is not there."""


class DeniedError(OutsideError):
    """The token may not do what was asked for."""


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

    ``wait`` is how many seconds the server asks to wait, None where it does not; ``elsewhere`` is
    what a redirect leads to, where that is none of the API's addresses. ``sso`` is where a person
    lets a token into an organisation, which GitHub tells where nobody has done that.
    """

    status: int
    message: str
    codes: frozenset[str] = frozenset()
    wait: float | None = None
    elsewhere: str = ""
    sso: str = ""


class ErrorTranslator:
    """Where a forge's answers enter: turns those that are errors into tagboat's.

    No message holds the token, even where the server repeats it.
    """

    def __init__(self, place: ForgeRepository, token: TokenSource) -> None:
        self.place = place
        self._token = token

    def _clean(self, text: str) -> str:
        return redacted(text, (self._token(),))

    def refused(self, doing: str, answer: ErrorAnswer) -> TagboatError:
        """The error for an answer; ``doing`` says what was wanted: "publish the release"."""
        answer = answer._replace(message=self._clean(answer.message))
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
            let_in = f"authorise the token for the organisation at {answer.sso}"
            return DeniedError(failed, let_in if answer.sso else needs)
        return _rejected(failed, answer, self._check_address)

    def denied(self, why: str) -> DeniedError:
        """The error for a token that may read and not write, asked before anything is written."""
        clean = self._clean(why)
        return DeniedError(
            f"the token may not make a release on {self.place}: {clean}",
            f"the token needs {self.place.permission}",
        )

    def closed(self, why: str) -> OutsideError:
        """The error for a repository in which nobody may make a release."""
        return OutsideError(
            f"{self.place} takes no release: {why}",
            "change that in its settings, or set forge.release = false",
        )

    def repository(self, doing: str, response: requests.Response, key: str) -> dict[str, Any]:
        """What an answer tells of the repository; ``key`` has its name.

        Raises OutsideError where it has another name than the one that was asked for.
        """
        seen: dict[str, Any] = self.value(doing, response, dict)
        found = seen.get(key)
        if not isinstance(found, str):
            raise self.strange(doing, response.url, "something else")
        if found.casefold() != self.place.repository.casefold():
            raise OutsideError(
                f"{self.place} is called {found} now: it was renamed or moved",
                "give the new address to the remote with `git remote set-url`, or to forge.url",
            )
        return seen

    def value(self, doing: str, response: requests.Response, kind: type[T]) -> T:
        """What an answer holds. Raises OutsideError for an error, and for what no forge answers."""
        self.check(doing, response)
        try:
            held = response.json()
        except requests.JSONDecodeError as error:
            if response.text.lstrip()[:1] in {"{", "["}:  # half an answer
                raise self.silent(doing, error) from error
            held = None
        if not isinstance(held, kind):
            named = response.headers.get("Content-Type", "nothing that has a type")
            raise self.strange(doing, response.url, answer_text(ErrorAnswer(0, named)))
        return held

    def strange(self, doing: str, url: str, held: str) -> OutsideError:
        """The error for an answer that is none of a forge's API."""
        where = self._clean(url)
        return OutsideError(
            f"{self.place} did not {doing}: {where} answers with {held}, and not as the API of "
            f"{self.place.forge} does",
            self._check_address,
        )

    def odd(self, doing: str, error: Exception) -> OutsideError:
        """The error for an answer that can't be read, as it has another shape than the API's."""
        why = self._clean(f"{type(error).__name__}: {error}")
        return OutsideError(
            f"{self.place} did not {doing}: its answer has another shape than the API of "
            f"{self.place.forge} gives it ({why})",
            self._check_address,
        )

    @property
    def _check_address(self) -> str:
        return f"check forge.api, which is {self.place.api} now, and what stands between"

    def expect_json(self, response: requests.Response, **_: object) -> None:
        """Raise OutsideError for a good answer that is no JSON, or no list where one was asked for.

        For libraries that believe such an answer. Files come from other addresses.
        """
        asked = response.request
        path = urlsplit(asked.url or "").path
        if response.is_redirect and asked.method != "GET" and response.status_code != _MOVED:
            raise self.refused(f"answer {asked.method} {path}", self.answer(response))
        if not response.ok or response.is_redirect or response.status_code in _EMPTY:
            return
        is_list = asked.method == "GET" and _LISTS.search(path) is not None
        self.value(f"answer {asked.method} {path}", response, list if is_list else dict)

    def silent(self, doing: str, error: Exception) -> UnsettledError:
        """The error for a request without a whole answer."""
        kind = type(error).__name__
        reason = "no answer in time" if "Timeout" in kind else f"the connection failed ({kind})"
        host = urlsplit(self.place.api).hostname
        hint = f"check that {host} can be reached, then run the same command again"
        return UnsettledError(f"{self.place} did not {doing}: {reason}", hint)

    def check(self, doing: str, response: requests.Response) -> None:
        """Raise the error for an answer that is one; its body is JSON with a ``message``."""
        if not response.ok or response.is_redirect:
            raise self.refused(doing, self.answer(response))

    def answer(self, response: requests.Response) -> ErrorAnswer:
        """What an answer says that is an error, without the token."""
        try:
            data = response.json()
        except requests.JSONDecodeError:
            data = None
        told = answer_of(response.status_code, data, response.headers)
        return told._replace(message=self._clean(told.message), elsewhere=self._elsewhere(response))

    def _elsewhere(self, response: requests.Response) -> str:
        """Where a redirect leads to, unless that is a repository; uploads may have a host apart."""
        if not response.is_redirect:
            return ""
        asked, to = response.url, response.headers["Location"]
        with suppress(ValueError):  # it is no address
            to = urljoin(asked, to)
        api = self.place.api if asked.startswith(f"{self.place.api}/") else ""
        base = api or asked.partition("/repos/")[0]
        if to.startswith(base) and _OF_REPOSITORY.match(to, len(base)):
            return ""
        return answer_text(ErrorAnswer(0, self._clean(to)))

    @contextmanager
    def asking(self, doing: str) -> Iterator[None]:
        """Turn what requests raises, and answers of another shape, into errors of this module."""
        try:
            yield
        except requests.RequestException as error:
            raise self.silent(doing, error) from error
        except JSONDecodeError:
            raise  # half an answer: the libraries' own errors are for who called them
        except _ODD as error:
            raise self.odd(doing, error) from error

    @contextmanager
    def unless_gone(self) -> Iterator[None]:
        """For what is done when there is nothing left to do it to."""
        try:
            yield
        except MissingError:
            return


def answer_of(status: int, data: object, headers: Mapping[str, str]) -> ErrorAnswer:
    """An error as most forges write it: ``{"message": ..., "errors": [{"code": ...}]}``.

    What OAuth has for it (RFC 6750, 3.1) is ``{"error": ..., "error_description": ...}``.
    """
    told: dict[str, Any] = data if isinstance(data, dict) else {}
    listed = told.get("errors")
    errors = [one for one in (listed if isinstance(listed, list) else ()) if isinstance(one, dict)]
    codes = frozenset(str(error.get("code", "")) for error in errors)
    details = (str(error.get("message") or error.get("code") or "") for error in errors)
    said = next(filter(None, map(told.get, ("message", "error_description", "error"))), "")
    message = ": ".join(filter(None, [str(said), ", ".join(details)]))
    named = requests.structures.CaseInsensitiveDict(headers)
    sso = _SSO.search(named.get("X-GitHub-SSO", ""))
    return ErrorAnswer(status, message, codes, pause(status, named), sso=sso[0] if sso else "")


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
    if not shown or not answer.status:
        return shown or f"status {answer.status}"
    return f"{shown} ({answer.status})"


def _limited(failed: str, answer: ErrorAnswer) -> UnsettledError:
    wait = _SECONDARY_WAIT if answer.wait is None else answer.wait
    return UnsettledError(
        f"{failed}: too many requests ({answer.status})",
        f"run the same command again in {wait:.0f} s",
        wait,
    )


def _rejected(failed: str, answer: ErrorAnswer, check_address: str) -> TagboatError:
    if answer.elsewhere or not answer.status:  # without one a library could not read the answer
        leads = f", which leads to {answer.elsewhere}" if answer.elsewhere else ""
        return OutsideError(failed + leads, check_address)
    if answer.status in _REDIRECTS:
        hint = "the repository was renamed or moved: give its new address to the remote"
        return OutsideError(failed, hint)
    if _IMMUTABLE.search(answer.message):
        return ConflictError(failed, "a published release is immutable here: make a new version")
    if answer.status == HTTPStatus.CONFLICT or "already_exists" in answer.codes:
        return AlreadyThereError(
            failed, "look at it on the forge; delete it, or release another version"
        )
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        hint = "have the limit of the server, or of what stands before it, raised, and run it again"
        return OutsideError(failed, hint)
    return OutsideError(failed, "run the same command again once what it says is mended")


def retry_until_done(work: Callable[[], T | None], budget: Budget) -> T:
    """Call ``work`` until it gives a result: it looks, and acts on what it sees, each time.

    None means that it acted and wants to look again. After an error that leaves open what
    happened it is called again, after a pause, as often as the budget allows; then that error is
    raised.
    """
    failures = 0
    for _ in range(_ROUNDS):
        try:
            result = work()
        except (UnsettledError, AlreadyThereError) as error:
            failures += 1
            wait = _pause(error, budget.first_pause * 2 ** (failures - 1))
            if failures >= budget.tries or not budget.allows(wait):
                raise
            budget.wait(wait, error.message)
            budget.start_again()
        else:
            if result is not None:
                return result
    raise OutsideError("the forge never showed what was done on it", "run the same command again")


def _pause(error: UnsettledError | AlreadyThereError, backoff: float) -> float:
    return max(backoff, error.wait) if isinstance(error, UnsettledError) else backoff
