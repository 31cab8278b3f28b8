"""What only GitHub has: several drafts for one tag, renamed assets, immutable releases, digests."""

import hashlib
import io
from collections.abc import Iterator

import pytest

from tagboat.adapters.clock import Budget
from tagboat.adapters.forges.github import github
from tagboat.core.errors import ConflictError, OutsideError, UsageError
from tagboat.core.forge.release import ForgeRelease, ReleaseDraft, ReleaseStatus, marked
from tagboat.ports.forge import Forge
from tests.servers.described import Described, unless_offline
from tests.servers.front import Exchange, Fault, Front, Reply, Request, refusal, serving
from tests.servers.github import REPOSITORY, GitHub
from tests.servers.worlds import ARCHIVE, CONTENTS, GITHUB, ISSUE, TAG, WANTED, opening, release


@pytest.fixture(scope="module")
def description() -> Iterator[Described | None]:
    """Prism with GitHub's own description; None where npm packages are not to be used."""
    with unless_offline() as described:
        yield described


@pytest.fixture
def server() -> GitHub:
    return GitHub()


@pytest.fixture
def front(server: GitHub, description: Described | None) -> Iterator[Front]:
    """A running GitHub; whatever is said with it has to agree with GitHub's description."""
    with serving(server) as running:
        yield running
        if description is not None:
            assert description.faults(running.exchanges) == []


@pytest.fixture
def forge(front: Front) -> Forge:
    return GITHUB.forge(front.url)


def draft(forge: Forge) -> ForgeRelease:
    found = forge.draft(WANTED).release
    assert found is not None
    return found


def test_the_description_finds_what_breaks_it(description: Described | None) -> None:
    if description is None:
        pytest.skip("npm packages are not to be used")
    releases = Request("GET", "/repos/acme/app/releases", {"per_page": "100"}, {}, b"")
    wrong = [
        Exchange(releases._replace(query={"per_page": "many"}), Reply(200, []), is_fault=False),
        Exchange(releases, Reply(200, [{"id": 1}]), is_fault=False),
        Exchange(releases, Reply(201, []), is_fault=False),
        Exchange(releases._replace(path="/repos/acme/app/drafts"), Reply(200), is_fault=False),
        Exchange(releases._replace(method="POST", body=b"{}"), Reply(404, {}), is_fault=False),
    ]
    assert [bool(description.faults([exchange])) for exchange in wrong] == [True] * 5


def test_an_unlisted_draft_is_not_made_twice(server: GitHub, forge: Forge) -> None:
    server.unlisted = 2
    first = forge.draft(WANTED)
    assert forge.draft(WANTED) == first
    assert len(server.releases) == 1


def test_of_several_drafts_the_oldest_stays(server: GitHub, forge: Forge) -> None:
    text = marked(WANTED.notes, TAG)
    numbers = [server.add_release(TAG, text, draft=True) for _ in range(3)]
    assert draft(forge).id == str(numbers[0])
    assert list(server.releases) == numbers[:1]


def test_a_draft_whose_deletion_was_delivered_twice_is_gone(
    server: GitHub, front: Front, forge: Forge
) -> None:
    numbers = [server.add_release(TAG, marked(WANTED.notes, TAG), draft=True) for _ in range(2)]
    front.faults.append(Fault("^DELETE", "twice"))
    forge.draft(WANTED)
    assert list(server.releases) == numbers[:1]


def test_a_persons_draft_stays(server: GitHub, forge: Forge) -> None:
    number = server.add_release(TAG, "coming soon", draft=True)
    release(forge)
    assert server.releases[number]["draft"]


def test_a_persons_release_is_a_conflict(server: GitHub, forge: Forge) -> None:
    server.add_release(TAG, "by hand", draft=False)
    assert forge.find(TAG).condition is ReleaseStatus.FOREIGN
    with pytest.raises(ConflictError, match="did not make"):
        forge.draft(WANTED)


def test_edited_notes_of_a_public_release_are_told_and_stay(server: GitHub, forge: Forge) -> None:
    release(forge)
    (only,) = server.releases.values()
    only["body"] = "Thanks to all!\n\n" + only["body"]
    before = dict(only)
    assert release(forge).condition is ReleaseStatus.HAND_EDITED
    assert only == before


def test_edited_notes_of_a_draft_are_published(server: GitHub, forge: Forge) -> None:
    draft(forge)
    (only,) = server.releases.values()
    only["body"] = "Thanks to all!\n\n" + only["body"]
    release(forge)
    assert only["body"].startswith("Thanks to all!")


def test_notes_longer_than_github_takes_are_cut(server: GitHub, forge: Forge) -> None:
    forge.draft(WANTED._replace(notes="- a change\n" * 20_000))
    (only,) = server.releases.values()
    assert len(only["body"]) <= 125_000


def test_a_release_beyond_the_first_page_is_found(server: GitHub, forge: Forge) -> None:
    release(forge)
    for number in range(150):
        server.add_release(f"v2.0.{number}", "later", draft=False)
    assert forge.find(TAG).condition is ReleaseStatus.PUBLISHED


def test_another_run_that_publishes_first_wins(server: GitHub, forge: Forge) -> None:
    ours = draft(forge)
    for name in CONTENTS:
        asset = next(one for one in WANTED.assets if one.name == name)
        forge.upload(ours, asset, opening(name))
    theirs = server.add_release(TAG, marked(WANTED.notes, TAG), draft=False)
    assert forge.publish(ours, WANTED).release != ours
    assert list(server.releases) == [theirs]


def test_a_draft_that_another_run_deleted_is_a_conflict(server: GitHub, forge: Forge) -> None:
    ours = draft(forge)
    server.releases.clear()
    with pytest.raises(ConflictError, match="deleted meanwhile") as caught:
        forge.upload(ours, ARCHIVE, opening(ARCHIVE.name))
    assert caught.value.hint == "run the same command again: another run may have made its own"
    release(forge)
    assert len(server.releases) == 1


def test_an_immutable_release_is_made_whole(server: GitHub, forge: Forge) -> None:
    server.is_immutable = True
    assert release(forge).condition is ReleaseStatus.PUBLISHED


def test_nothing_is_uploaded_to_a_public_release(server: GitHub, forge: Forge) -> None:
    ours = draft(forge)
    server.releases[int(ours.id)]["draft"] = False
    with pytest.raises(ConflictError, match="is public") as caught:
        forge.upload(ours, ARCHIVE, opening(ARCHIVE.name))
    assert caught.value.hint == "a public release's files are never changed: make a new version"


def test_an_asset_of_a_public_release_is_left_alone(server: GitHub, forge: Forge) -> None:
    found = release(forge).release
    assert found is not None
    before = server.result()
    forge.upload(found, ARCHIVE, opening(ARCHIVE.name))
    assert server.result() == before


def test_a_different_asset_in_the_draft_is_replaced(server: GitHub, forge: Forge) -> None:
    ours = draft(forge)
    forge.upload(ours, ARCHIVE, opening(ARCHIVE.name))
    (number,) = server.files
    server.files[number] = bytes(len(CONTENTS[ARCHIVE.name]))
    forge.upload(ours, ARCHIVE, opening(ARCHIVE.name))
    assert server.files.popitem()[1] == CONTENTS[ARCHIVE.name]


def test_an_immutable_release_refuses_in_words(front: Front) -> None:
    ours = draft(GITHUB.forge(front.url))
    reply = refusal(422, "Cannot upload assets to an immutable release.")
    front.faults.append(Fault(GITHUB.upload, "refuse", times=9, reply=reply))
    with pytest.raises(ConflictError, match="immutable") as caught:
        GITHUB.forge(front.url).upload(ours, ARCHIVE, opening(ARCHIVE.name))
    assert caught.value.hint == "a published release is immutable here: make a new version"


def test_a_release_that_is_said_to_exist_and_is_shown_nowhere(front: Front, forge: Forge) -> None:
    ours = draft(forge)
    for one in WANTED.assets:
        forge.upload(ours, one, opening(one.name))
    error = {"resource": "Release", "code": "already_exists", "field": "tag_name"}
    reply = Reply(422, {"message": "Validation Failed", "errors": [error]})
    front.faults.append(Fault("^PATCH", "refuse", times=9, reply=reply))
    with pytest.raises(ConflictError, match="exists, and shows none") as caught:
        forge.publish(ours, WANTED)
    assert caught.value.hint == (
        "run the same command again; if that does not help, look for it on the forge"
    )


def test_without_digests_the_content_is_read(server: GitHub, front: Front, forge: Forge) -> None:
    server.gives_digests = False
    release(forge)
    assert any(exchange.request.path.startswith("/storage/") for exchange in front.exchanges)


def test_without_digests_a_different_content_is_found(server: GitHub, forge: Forge) -> None:
    server.gives_digests = False
    ours = draft(forge)
    forge.upload(ours, ARCHIVE, opening(ARCHIVE.name))
    (number,) = server.files
    server.files[number] = bytes(len(CONTENTS[ARCHIVE.name]))
    forge.upload(ours, ARCHIVE, opening(ARCHIVE.name))
    assert server.files.popitem()[1] == CONTENTS[ARCHIVE.name]


def test_the_token_does_not_follow_a_redirect(server: GitHub, forge: Forge) -> None:
    server.gives_digests = False
    release(forge)
    assert server.leaked == []


@pytest.mark.parametrize(
    "name", ["a b.tar.gz", "ä.tar.gz", ".hidden", "trailing.", "a~b", "a..b", "a .b"]
)
def test_an_asset_that_github_would_rename_is_refused(forge: Forge, name: str) -> None:
    with pytest.raises(UsageError, match="rename"):
        forge.upload(draft(forge), ARCHIVE._replace(name=name), opening(ARCHIVE.name))


@pytest.mark.parametrize("name", ["a-1.0+x_2.tar.gz", "_", "-", "A.b", "app@1.0.0.tgz"])
def test_an_asset_that_github_keeps_the_name_of_is_taken(
    server: GitHub, forge: Forge, name: str
) -> None:
    ours = draft(forge)
    forge.upload(ours, ARCHIVE._replace(name=name), opening(ARCHIVE.name))
    assert [asset["name"] for asset in server.releases[int(ours.id)]["assets"]] == [name]


def test_an_empty_asset_is_refused(forge: Forge) -> None:
    empty = ARCHIVE._replace(size=0, sha256=hashlib.sha256().hexdigest())
    with pytest.raises(UsageError, match="empty"):
        forge.upload(draft(forge), empty, io.BytesIO)


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        (WANTED._replace(assets=()), 1),
        (WANTED._replace(assets=(), is_latest=False), 0),
        (WANTED._replace(assets=(), is_prerelease=True), 0),
    ],
)
def test_which_release_is_shown_as_the_latest(
    server: GitHub, forge: Forge, wanted: ReleaseDraft, shown: int
) -> None:
    ours = forge.draft(wanted).release
    assert ours is not None
    forge.publish(ours, wanted)
    assert [server.latest].count(int(ours.id)) == shown


def test_no_release_is_the_latest_before_the_first(forge: Forge) -> None:
    assert forge.latest_tag() == ""


def test_an_earlier_release_is_made_the_latest_and_nothing_else_of_it_changes(
    server: GitHub, forge: Forge
) -> None:
    older = release(forge).release
    assert older is not None
    newer = server.add_release("v9.0.0", "by hand", draft=False)
    server.latest = newer
    before = dict(server.releases[int(older.id)])
    forge.make_latest(older)
    forge.make_latest(older)
    assert (forge.latest_tag(), server.latest) == (TAG, int(older.id))
    assert server.releases[int(older.id)] == before


def test_a_prerelease_is_called_one(server: GitHub, forge: Forge) -> None:
    wanted = WANTED._replace(assets=(), is_prerelease=True)
    ours = forge.draft(wanted).release
    assert ours is not None
    forge.publish(ours, wanted)
    assert server.releases[int(ours.id)]["prerelease"]


def test_an_answer_that_is_no_json_is_shown_as_a_failure(front: Front) -> None:
    page = Reply(502, b"<h1>unicorn</h1>", {"Content-Type": "text/html"})
    front.faults.append(Fault(GITHUB.upload, "refuse", times=9, reply=page))
    forge = GITHUB.forge(front.url)
    with pytest.raises(OutsideError, match="502"):
        forge.upload(draft(forge), ARCHIVE, opening(ARCHIVE.name))


def test_half_an_answer_is_asked_for_again(front: Front, forge: Forge) -> None:
    half = Reply(200, b'[{"id": 1, "tag')
    front.faults.append(Fault("GET", "refuse", reply=half))
    assert forge.find(TAG).condition is ReleaseStatus.ABSENT


def test_an_exhausted_rate_limit_says_when_it_ends(front: Front) -> None:
    headers = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "99999999999"}
    reply = refusal(403, "API rate limit exceeded", **headers)
    front.faults.append(Fault("GET", "refuse", times=9, reply=reply))
    with pytest.raises(Exception, match="too many requests"):
        GITHUB.forge(front.url, Budget(1)).find(TAG)


def test_a_secondary_limit_without_a_time_asks_for_a_minute(front: Front) -> None:
    reply = refusal(403, "You have exceeded a secondary rate limit")
    front.faults.append(Fault(GITHUB.comment, "refuse", times=9, reply=reply))
    with pytest.raises(Exception, match="too many requests") as caught:
        GITHUB.forge(front.url).comment(ISSUE, "out", TAG)
    assert "60 s" in getattr(caught.value, "hint", "")


def test_a_draft_that_lost_its_tag_is_taken_up(server: GitHub, forge: Forge) -> None:
    ours = draft(forge)
    server.orphan(TAG)
    release(forge)
    assert list(server.releases) == [int(ours.id)]
    assert server.releases[int(ours.id)]["tag_name"] == TAG


def test_files_that_github_refuses_are_known_before(forge: Forge) -> None:
    assert "takes less than 2 GiB" in forge.refuses([ARCHIVE._replace(size=2 << 30)])
    assert not forge.refuses([ARCHIVE._replace(size=(2 << 30) - 1)])
    assert forge.refuses([ARCHIVE] * 1001) == (
        "1001 files are too many: GitHub takes 1000 for a release"
    )


class Recorded(Budget):
    """Writes down its pauses between changes, and makes none."""

    def __init__(self) -> None:
        super().__init__(2, first_pause=0.02)
        self.pauses: list[float] = []

    def rest(self, seconds: float) -> None:
        self.pauses.append(seconds)


def test_changes_are_a_second_apart(front: Front) -> None:
    budget = Recorded()
    release(github(REPOSITORY, lambda: GITHUB.token, front.url, budget))
    changes = [one for one in front.exchanges if one.request.method != "GET"]
    assert len(budget.pauses) == len(changes) - 1
    assert all(0 < pause <= 1 for pause in budget.pauses)
