"""What registries answer when they don't do what was asked, sorted by what it means."""

import re
from http import HTTPStatus
from typing import Self

import requests
from urllib3.exceptions import NewConnectionError, ReadTimeoutError

from tagboat.adapters import http
from tagboat.core.images.registry import TagStatus

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_LONGEST = 300
_STANDS = r"(?i)immutab|overwrit|already exist|protected|disallowed|not allow updating"
"""How registries say that a tag may not be written again."""
_LACKING = {"MANIFEST_BLOB_UNKNOWN", "MANIFEST_UNKNOWN", "BLOB_UNKNOWN"}
_UNKNOWN_TYPE = {"MANIFEST_INVALID", "UNSUPPORTED"}
"""What registries answer that know no index, or none of OCI's types; with 403 it is of rights."""
_LATER = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_OF_WRITTEN = ("Location", "Docker-Content-Digest")
_STANDING_STATUS = {
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.CONFLICT,
    HTTPStatus.PRECONDITION_FAILED,
}


class RefusalError(Exception):
    """No answer, or one that is an error; ``condition`` is what that says of a name.

    ``is_closed`` says that nobody even listens.
    """

    def __init__(self, condition: TagStatus, detail: str, *, is_closed: bool = False) -> None:
        super().__init__(detail)
        self.condition = condition
        self.detail = detail
        self.is_closed = is_closed

    @classmethod
    def of(cls, error: Exception, who: str = "it") -> Self:
        """The refusal for a request without a whole answer, or with one that can't be followed."""
        if isinstance(error, _ODD):
            return cls(TagStatus.STRANGE, f"{who} {_oddity(error)}")
        detail = f"{who} gave no answer: {_reason(error)}"
        is_closed = isinstance(_cause(error), NewConnectionError)
        return cls(TagStatus.UNREACHABLE, detail, is_closed=is_closed)


class DamageError(RefusalError):
    """What a registry has under a digest are other bytes than that stands for."""

    def __init__(self, what: str) -> None:
        super().__init__(TagStatus.INCOMPLETE, f"it {what}")
        self.what = what


def reading(response: requests.Response) -> RefusalError:
    """The refusal for an answer to a question."""
    return RefusalError(_meaning(response.status_code), refusal_text(response))


def _meaning(status: int) -> TagStatus:
    """What the status of an answer to a question says."""
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return TagStatus.UNAUTHORISED
    if is_for_now(status):
        return condition_for_now(status)
    return TagStatus.REFUSED if status >= HTTPStatus.BAD_REQUEST else TagStatus.STRANGE


def is_for_now(status: int) -> bool:
    """Whether the same request may be answered later (RFC 9110, 15, reads 600 and more as 5xx)."""
    return status in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def condition_for_now(status: int) -> TagStatus:
    """What such a status says."""
    return TagStatus.LIMITED if status == HTTPStatus.TOO_MANY_REQUESTS else TagStatus.FAILING


def writing(response: requests.Response) -> RefusalError:
    """The refusal for an answer to a manifest that was sent."""
    codes = {code for code, _ in _errors(response)}
    if codes & _LACKING:
        return RefusalError(TagStatus.INCOMPLETE, refusal_text(response))
    if response.status_code == HTTPStatus.NOT_FOUND:
        return RefusalError(TagStatus.NO_REPOSITORY, refusal_text(response))
    stands = re.search(_STANDS, refusal_text(response)) is not None
    is_type = codes & _UNKNOWN_TYPE and response.status_code != HTTPStatus.FORBIDDEN
    if (is_type and not stands) or response.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
        said = f"it does not take this type of manifest: {refusal_text(response)}"
        return RefusalError(TagStatus.REFUSED, said)
    if response.status_code in _STANDING_STATUS or (
        stands and response.status_code != HTTPStatus.UNAUTHORIZED and _is_refused(response)
    ):
        return RefusalError(TagStatus.DENIED, refusal_text(response))
    return reading(response)


def is_taken(response: requests.Response) -> bool:
    """Whether an answer says that what was sent is there now. Raises RefusalError for an error.

    That is status 201 with the place of it, by the specification, and in some registries another
    one with place or digest. Pages to sign in and other services have neither.
    """
    if not response.ok or response.is_redirect:
        raise writing(response)
    is_told = any(name in response.headers for name in _OF_WRITTEN)
    return response.status_code == HTTPStatus.CREATED or is_told


def not_taken(response: requests.Response) -> RefusalError:
    """The refusal for a good answer to something that is not there afterwards."""
    kind = response.headers.get("Content-Type", "").partition(";")[0] or "nothing"
    held = _UNPRINTABLE.sub(" ", kind)[:_LONGEST]
    said = f"it answers a write with status {response.status_code} and {held}, and takes nothing"
    return RefusalError(TagStatus.STRANGE, said)


def refusal_text(response: requests.Response) -> str:
    """What a registry says about an error in one short line: its own words, status and wait."""
    told = ", ".join(message or code for code, message in _errors(response))
    text = _UNPRINTABLE.sub(" ", told).strip()[:_LONGEST]
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        text = text or "too many requests"
    status = f"status {response.status_code}"
    wait = http.pause(response.status_code, response.headers)
    asks = "" if not wait else f", and asks to wait {wait:.0f} s"
    return (f"{text} ({status})" if text else status) + asks


def _is_refused(response: requests.Response) -> bool:
    return HTTPStatus.BAD_REQUEST <= response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR


def _errors(response: requests.Response) -> list[tuple[str, str]]:
    """The codes and words of an answer that is an error, as the specification shapes it."""
    try:
        data = response.json()
    except (requests.JSONDecodeError, RecursionError):
        return []
    errors = data.get("errors") if isinstance(data, dict) else None
    listed = errors if isinstance(errors, list) else []
    told = [error for error in listed if isinstance(error, dict)]
    return [(str(error.get("code", "")), _told_text(error)) for error in told]


def _told_text(error: dict[str, object]) -> str:
    """What one error says; a detail may be of any shape, and is told where it is a sentence."""
    told = (error.get("message"), error.get("detail"))
    return ": ".join(str(one) for one in told if isinstance(one, str) and one)


_ODD = (
    ValueError,
    requests.TooManyRedirects,
    requests.exceptions.ContentDecodingError,
)
"""What requests ends with where there is an answer; an address that is none is a ValueError."""


def _oddity(error: Exception) -> str:
    if isinstance(error, requests.JSONDecodeError):
        return "sends no JSON"
    if isinstance(error, requests.TooManyRedirects):
        return "leads in circles"
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return "sends what can't be decoded"
    return "leads to an address that can't be opened"


def _cause(error: Exception) -> object:
    """What the last of several tries failed with."""
    return getattr(error.args[0], "reason", None) if error.args else None


def _reason(error: Exception) -> str:
    if isinstance(error, requests.Timeout) or isinstance(_cause(error), ReadTimeoutError):
        return "it takes too long"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate or its encryption is not accepted"
    if isinstance(error, requests.ConnectionError):
        return "the connection failed"
    return type(error).__name__
