"""The one session factory: where the token goes, what is repeated, how long is waited."""

import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import pytest
import requests

from tagboat.adapters.clock import Budget, Timeouts
from tagboat.adapters.http import Bearer, pause, session
from tests.patience import patience
from tests.servers.front import ELSEWHERE, Fault, Front, Reply, Request, refusal, serving

TOKEN = "a-token-for-tests"  # noqa: S105 - of the server below


DATED = {"Date": "Fri, 02 Jan 2026 03:04:05 GMT"}
"""A server's own time is what it counts from, whatever this machine's clock says."""


class Echo:
    """Answers with the headers it was sent; ``/away`` leads to another host."""

    def answer(self, request: Request) -> Reply:
        if request.path == "/nowhere":
            return Reply(302, None, {"Location": request.query["to"]})
        if request.path == "/away":
            port = request.headers["host"].partition(":")[2]
            return Reply(302, None, {"Location": f"http://{ELSEWHERE}:{port}/there"})
        return Reply(200, request.headers)

    def broken_off(self, request: Request) -> None:
        """Nothing to take note of."""


@pytest.fixture
def front() -> Iterator[Front]:
    with serving(Echo()) as running:
        yield running


def opened(front: Front, budget: Budget | None = None) -> requests.Session:
    bearer = Bearer((front.url,), lambda: TOKEN)
    return session(bearer, budget or Budget(2, first_pause=0.01))


def test_the_token_goes_to_its_own_place(front: Front) -> None:
    assert opened(front).get(front.url).json()["authorization"] == f"Bearer {TOKEN}"


def test_the_token_goes_nowhere_else(front: Front) -> None:
    elsewhere = front.url.replace("127.0.0.1", ELSEWHERE)
    assert "authorization" not in opened(front).get(elsewhere).json()


def test_the_token_does_not_follow_a_redirect(front: Front) -> None:
    assert "authorization" not in opened(front).get(f"{front.url}/away").json()


@pytest.mark.parametrize("address", ["http://127.0.0.1:99999999/", "http://a:b/"])
def test_redirect_to_no_address_is_an_error_of_a_request(front: Front, address: str) -> None:
    with pytest.raises(requests.RequestException):
        opened(front).get(f"{front.url}/nowhere", params={"to": address})


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_what_changes_something_is_not_sent_where_a_redirect_leads(
    front: Front, method: str
) -> None:
    answer = opened(front).request(method, f"{front.url}/away", data=b"of a release")
    assert answer.status_code == 302
    assert [one.request.path for one in front.exchanges] == ["/away"]


def test_a_token_in_a_header_of_its_own_does_not_follow_either(front: Front) -> None:
    bearer = Bearer((front.url,), lambda: TOKEN, "JOB-TOKEN", "{}")
    asking = session(bearer, Budget(1))
    assert asking.get(front.url).json()["job-token"] == TOKEN
    assert "job-token" not in asking.get(f"{front.url}/away").json()


@pytest.mark.parametrize("path", ["", "/away"])
def test_a_netrc_file_is_not_read(
    front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {ELSEWHERE} login me password mine\n")
    monkeypatch.setenv("NETRC", str(netrc))
    elsewhere = front.url.replace("127.0.0.1", ELSEWHERE)
    assert "authorization" not in opened(front).get(elsewhere + path).json()


def test_tagboat_says_who_it_is(front: Front) -> None:
    assert opened(front).get(front.url).json()["user-agent"].startswith("tagboat/")


def test_reading_is_repeated(front: Front) -> None:
    front.faults.append(Fault("GET", "refuse", times=2, reply=refusal(502, "no")))
    assert opened(front).get(front.url).ok


def test_writing_is_not_repeated(front: Front) -> None:
    front.faults.append(Fault("POST", "refuse", times=2, reply=refusal(502, "no")))
    assert opened(front).post(front.url).status_code == 502
    assert len(front.exchanges) == 1


def test_writing_that_was_put_off_is_repeated(front: Front) -> None:
    reply = refusal(429, "later", Retry_After="0")
    front.faults.append(Fault("POST", "refuse", times=2, reply=reply))
    assert opened(front).post(front.url, data=b"body").ok


def test_server_that_failed_to_the_last_repetition_is_not_waited_for_again(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    front.faults.append(Fault("GET", "refuse", times=99, reply=refusal(502, "no")))
    now, asking, counts = 0.0, opened(front, Budget(9, 2, first_pause=0.01)), []
    monkeypatch.setattr(time, "monotonic", lambda: now)
    for now in (0.0, 59.0, 61.0, 300.0):
        before = len(front.exchanges)
        assert asking.get(f"{front.url}/{now}").status_code == 502
        counts.append(len(front.exchanges) - before)
    assert counts == [3, 1, 3, 3]


def test_server_that_is_not_there_is_waited_for_once() -> None:
    budget = Noted()
    asking = session(Bearer((), lambda: ""), budget)
    for _ in range(3):
        with pytest.raises(requests.ConnectionError, match="refused"):
            asking.get("http://127.0.0.1:9")
    assert len(budget.waits) == budget.tries


class Noted(Budget):
    """Writes down how long it is to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, seconds: float, why: str = "") -> None:  # noqa: ARG002 - the signature of Budget
        self.waits.append(seconds)


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_time_to_come_back_is_waited_for(front: Front, status: int) -> None:
    after = formatdate(time.time() + 200, usegmt=True)
    front.faults.append(Fault("GET", "refuse", reply=refusal(status, "no", Retry_After=after)))
    budget = Noted()
    assert opened(front, budget).get(front.url).ok
    assert [round(one, -1) for one in budget.waits] == [200]


def test_a_refusal_for_good_is_passed_on_at_once(front: Front) -> None:
    front.faults.append(Fault("GET", "refuse", times=9, reply=refusal(403, "never")))
    assert opened(front).get(front.url).json() == {"message": "never"}
    assert len(front.exchanges) == 1


def test_a_wait_beyond_the_budget_is_not_begun(front: Front) -> None:
    reply = refusal(429, "later", Retry_After="100")
    front.faults.append(Fault("GET", "refuse", times=9, reply=reply))
    assert opened(front).get(front.url).status_code == 429
    assert len(front.exchanges) == 1


def test_a_silent_server_is_given_up(front: Front) -> None:
    front.faults.append(Fault("POST", "slow", seconds=patience(10)))
    with pytest.raises(requests.Timeout):
        opened(front, Budget(1, timeouts=Timeouts(patience(20), patience(2)))).post(front.url)


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (503, {"Retry-After": "7"}, 7.0),
        (403, {}, None),
        (403, {"Retry-After": "tomorrow"}, None),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"}, 1.0),
        (403, {"X-RateLimit-Remaining": "9", "X-RateLimit-Reset": "0"}, None),
        (429, {"RateLimit-Remaining": "0", "RateLimit-Reset": "0"}, 1.0),
        (200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"}, None),
        (503, {"Retry-After": " 7 "}, 7.0),
        (503, {"Retry-After": "Fri, 02 Jan 2026 03:04:12 GMT", **DATED}, 7.0),
        (403, {"Retry-After": "Friday, 02-Jan-26 03:04:12 GMT", **DATED}, 7.0),
        (429, {"Retry-After": "Fri Jan  2 03:04:12 2026", **DATED}, 7.0),
        (429, {"Retry-After": "Thu, 01 Jan 2026 03:04:12 GMT", **DATED}, 0.0),
        (429, {"Retry-After": "Fri, 02 Jan 99999 03:04:12 GMT", **DATED}, None),
        (429, {"Retry-After": f"Fri, 02 Jan {'9' * 30} 03:04:12 GMT", **DATED}, None),
        (429, {"Retry-After": "Fri, 02 Jan 2026 03:04:12 GMT", "Date": "now"}, 0.0),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1767323052", **DATED}, 8.0),
        (429, {"RateLimit-Remaining": "0", "RateLimit-Reset": "1767323052", **DATED}, 8.0),
        (429, {"RateLimit-Remaining": "0", "RateLimit-Reset": "7", **DATED}, 8.0),
        (429, {"RateLimit-Remaining": "0", "RateLimit-Reset": "soon", **DATED}, None),
    ],
)
def test_how_long_a_server_asks_to_wait(
    status: int, headers: dict[str, str], seconds: float | None
) -> None:
    assert pause(status, headers) == seconds
