"""A release on each forge: once, whole, and the same whatever goes wrong on the way."""

import itertools
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import BinaryIO

import pytest

from tagboat.adapters.clock import Budget, Timeouts
from tagboat.core.errors import ConflictError, OutsideError
from tagboat.core.forge.release import ForgeRelease, Item, ReleaseStatus
from tagboat.ports.forge import Forge
from tests.patience import patience
from tests.servers.described import Described, unless_offline
from tests.servers.front import Fault, Front, Reply, refusal, serving
from tests.servers.worlds import (
    ARCHIVE,
    CONTENTS,
    ISSUE,
    TAG,
    WANTED,
    WORLDS,
    Server,
    World,
    opening,
    release,
)

pytestmark = pytest.mark.matrix("place")  # one forge for each behaviour

STALE = "s3cr3t-stale"


class Place:
    """A running server of one world, and our adapter for it."""

    def __init__(self, remote_state: World, server: Server, front: Front) -> None:
        self.remote_state = remote_state
        self.server = server
        self.front = front

    @property
    def forge(self) -> Forge:
        return self.remote_state.forge(self.front.url)

    def fail(self, pattern: str, kind: str, times: int = 1) -> None:
        self.front.faults.append(Fault(pattern, kind, times))

    def refuse(self, pattern: str, status: int, message: str = "no", **headers: str) -> None:
        reply = refusal(status, message, **headers)
        self.front.faults.append(Fault(pattern, "refuse", times=99, reply=reply))

    def sent(self, pattern: str) -> int:
        """How many requests of a kind were sent."""
        fault = Fault(pattern, "refuse", times=999)
        return sum(fault.takes(exchange.request) for exchange in self.front.exchanges)


@pytest.fixture(scope="module")
def github_description() -> Iterator[Described | None]:
    """Prism with GitHub's own description; None where npm packages are not to be used."""
    with unless_offline() as described:
        yield described


@pytest.fixture(params=WORLDS)
def place(request: pytest.FixtureRequest, github_description: Described | None) -> Iterator[Place]:
    """A running server; whatever is said with it has to agree with the forge's description."""
    remote_state = WORLDS[request.param]
    server = remote_state.server()
    with serving(server) as front:
        yield Place(remote_state, server, front)
        if remote_state.name == "github" and github_description is not None:
            assert github_description.faults(front.exchanges) == []


def undisturbed(remote_state: World) -> dict[str, object]:
    """What a release without any fault looks like."""
    server = remote_state.server()
    with serving(server) as front:
        release(remote_state.forge(front.url))
    return server.result()


def draft(place: Place) -> ForgeRelease:
    found = place.forge.draft(WANTED).release
    assert found is not None
    return found


def test_nothing_is_there_at_first(place: Place) -> None:
    assert place.forge.find(TAG).condition is ReleaseStatus.ABSENT


def test_a_whole_release_is_published_once(place: Place) -> None:
    assert release(place.forge).condition is ReleaseStatus.PUBLISHED
    assert place.server.publications == [TAG]


def test_a_published_release_holds_every_asset(place: Place) -> None:
    release(place.forge)
    found = place.forge.find(TAG).release
    assert found is not None
    assert {stored.name: stored.size for stored in found.assets} == {
        name: len(content) for name, content in CONTENTS.items()
    }


def test_a_second_run_changes_nothing(place: Place) -> None:
    release(place.forge)
    before = place.server.result()
    assert release(place.forge).condition is ReleaseStatus.PUBLISHED
    assert place.server.result() == before


def test_runs_at_the_same_time_make_one_release(place: Place) -> None:
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(release, place.forge) for _ in range(4)]
    assert {run.result().condition for run in runs} == {ReleaseStatus.PUBLISHED}
    assert place.server.result() == undisturbed(place.remote_state)


def test_an_upload_that_another_run_overtakes_leaves_one_file(place: Place) -> None:
    found, opened = draft(place), itertools.count(1)

    def overtaken() -> BinaryIO:
        # It is opened to be measured, before the release is looked at, and then to be sent.
        if next(opened) == 2:
            release(place.forge)
        return opening(ARCHIVE.name)()

    place.forge.upload(found, ARCHIVE, overtaken)
    assert next(opened) == 3
    # Whoever has uploaded goes on to publish: that looks at every file once, for a request less.
    place.forge.publish(found, WANTED)
    assert place.server.result() == undisturbed(place.remote_state)


@pytest.mark.parametrize("kind", ["lose answer", "cut answer", "twice", "cut request"])
@pytest.mark.parametrize("request_kind", ["create", "upload", "publish", "comment", "label"])
def test_a_fault_leaves_no_trace(place: Place, request_kind: str, kind: str) -> None:
    place.fail(getattr(place.remote_state, request_kind), kind)
    release(place.forge)
    assert place.server.result() == undisturbed(place.remote_state)


def test_a_truncated_upload_is_repeated(place: Place) -> None:
    place.fail(place.remote_state.upload, "truncate")
    release(place.forge)
    assert place.server.result() == undisturbed(place.remote_state)


def test_an_upload_that_is_always_truncated_is_an_error(place: Place) -> None:
    found = draft(place)
    place.fail(place.remote_state.upload, "truncate", times=99)
    with pytest.raises(OutsideError, match=r"app-1\.2\.3\.tar\.gz") as caught:
        place.forge.upload(found, ARCHIVE, opening(ARCHIVE.name))
    assert caught.value.hint == "run the same command again: it uploads what is missing"


def test_a_file_that_has_changed_since_is_not_uploaded(place: Place) -> None:
    found = draft(place)
    with pytest.raises(ConflictError, match="has changed") as caught:
        place.forge.upload(found, ARCHIVE._replace(sha256="0" * 64), opening(ARCHIVE.name))
    assert caught.value.hint == "build it once, before the release is planned"
    assert place.sent(place.remote_state.upload) == 0


def test_nothing_is_published_while_an_asset_is_missing(place: Place) -> None:
    found = draft(place)
    with pytest.raises(ConflictError, match=r"plan\.json: it is missing") as caught:
        place.forge.publish(found, WANTED)
    assert caught.value.hint == "run the same command again: it uploads what is missing"
    assert place.server.publications == []
    release(place.forge)
    assert len(place.server.publications) == 1


def test_nothing_is_published_without_the_tag(place: Place) -> None:
    tags = dict(place.server.tags)
    place.server.tags.clear()
    with pytest.raises(ConflictError, match=TAG) as caught:
        release(place.forge)
    assert caught.value.hint == (
        "push the tag first; publishing without it would make one at another commit"
    )
    assert place.server.publications == []
    assert place.server.tags == {}
    place.server.tags.update(tags)
    release(place.forge)
    assert len(place.server.publications) == 1


def test_a_refused_token_is_the_users_error(place: Place) -> None:
    with pytest.raises(OutsideError, match="refused the token") as caught:
        place.remote_state.forge(place.front.url, token=STALE).find(TAG)
    assert "token" in caught.value.hint


def test_an_error_never_shows_the_token(place: Place) -> None:
    with pytest.raises(OutsideError) as caught:
        place.remote_state.forge(place.front.url, token=STALE).find(TAG)
    assert STALE not in caught.value.message + caught.value.hint + repr(caught.value)


def test_a_missing_permission_is_named(place: Place) -> None:
    place.refuse(place.remote_state.create, 403, "Resource not accessible")
    place.refuse(place.remote_state.publish, 403, "Resource not accessible")
    with pytest.raises(OutsideError, match="not accessible") as caught:
        release(place.forge)
    assert caught.value.hint.startswith("the token needs")


def test_an_unknown_repository_is_the_users_error(place: Place) -> None:
    place.refuse("GET", 404, "Not Found")
    with pytest.raises(OutsideError, match="Not Found"):
        place.forge.find(TAG)


def test_a_rate_limit_is_waited_for(place: Place) -> None:
    limit = refusal(403, "You have exceeded a secondary rate limit", Retry_After="1")
    place.front.faults.append(Fault(place.remote_state.comment, "refuse", reply=limit))
    assert place.forge.comment(ISSUE, "out", TAG)


def test_a_rate_limit_longer_than_the_budget_says_when_to_come_back(place: Place) -> None:
    place.refuse("GET", 403, "You have exceeded a secondary rate limit", Retry_After="1234")
    with pytest.raises(OutsideError, match="too many requests") as caught:
        place.forge.find(TAG)
    assert "1234 s" in caught.value.hint


LIMITS = {
    "a date": {"Retry-After": "{date}"},
    "GitHub's": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "{time}"},
    "GitLab's": {"RateLimit-Remaining": "0", "RateLimit-Reset": "{time}", "Retry-After": "1234"},
    "a gateway's": {"RateLimit-Remaining": "0", "RateLimit-Reset": "1233"},
}


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize("kind", LIMITS)
def test_a_rate_limit_of_any_kind_says_when_to_come_back(
    place: Place, kind: str, status: int
) -> None:
    end = time.time() + 1233
    told = {"date": formatdate(end + 1, usegmt=True), "time": str(int(end))}
    headers = {name: value.format(**told) for name, value in LIMITS[kind].items()}
    limit = Reply(status, b"Retry later\n", headers | {"Content-Type": "text/plain"})
    place.front.faults.append(Fault(".", "refuse", times=99, reply=limit))
    with pytest.raises(OutsideError, match="too many requests") as caught:
        place.forge.find(TAG)
    found = re.search("([0-9]+) s$", caught.value.hint)
    assert found is not None
    assert abs(int(found[1]) - 1234) <= 5


def test_a_broken_server_is_asked_again(place: Place) -> None:
    place.front.faults.append(Fault("GET", "refuse", reply=refusal(500, "oops")))
    assert place.forge.find(TAG).condition is ReleaseStatus.ABSENT


def test_a_server_that_is_broken_for_long_is_asked_as_often_each_time(place: Place) -> None:
    place.front.faults.append(Fault("GET", "refuse", 5, reply=refusal(502, "oops")))
    patient = Budget(2, 2, first_pause=0.02)
    assert place.remote_state.forge(place.front.url, patient).find(TAG) is not None


def test_a_server_that_stays_broken_is_an_error(place: Place) -> None:
    place.refuse("GET", 503, "maintenance")
    with pytest.raises(OutsideError, match="maintenance"):
        place.remote_state.forge(place.front.url, Budget(0.5, 2, first_pause=0.02)).find(TAG)


def test_a_server_that_is_not_there_is_an_error(place: Place) -> None:
    with pytest.raises(OutsideError, match="connection failed"):
        place.remote_state.forge("http://127.0.0.1:9", Budget(0.5, 2, first_pause=0.02)).find(TAG)


def test_a_slow_server_is_waited_for(place: Place) -> None:
    place.front.faults.append(Fault(place.remote_state.publish, "slow", seconds=0.3))
    release(place.forge)
    assert place.server.result() == undisturbed(place.remote_state)


def test_a_request_without_an_answer_in_time_is_repeated(place: Place) -> None:
    place.front.faults.append(Fault(place.remote_state.publish, "slow", seconds=patience(26)))
    limits = Timeouts(patience(20), patience(20))
    release(place.remote_state.forge(place.front.url, Budget(2, timeouts=limits, first_pause=0.02)))
    assert place.server.result() == undisturbed(place.remote_state)


def test_a_server_that_never_answers_in_time_is_an_error(place: Place) -> None:
    place.front.faults.append(Fault("GET", "slow", times=9, seconds=patience(26)))
    limits = Timeouts(patience(20), patience(20))
    with pytest.raises(OutsideError, match=r"no answer in time|connection failed"):
        place.remote_state.forge(place.front.url, Budget(0.5, 1, limits, 0.02)).find(TAG)


def test_a_comment_stands_once(place: Place) -> None:
    for _ in range(3):
        assert place.forge.comment(ISSUE, "out", TAG)
    assert place.sent(place.remote_state.comment) == 1


def test_comments_about_two_releases_stand_side_by_side(place: Place) -> None:
    place.forge.comment(ISSUE, "out", TAG)
    place.forge.comment(ISSUE, "out", "v1.3.0")
    assert place.sent(place.remote_state.comment) == 2


def test_an_issue_that_is_gone_is_told(place: Place) -> None:
    assert not place.forge.comment(Item("issue", 404), "out", TAG)
    assert not place.forge.label(Item("issue", 404), "released")
