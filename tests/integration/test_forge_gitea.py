"""What only Gitea and Forgejo have: files without digests, labels by number, pages."""

from collections.abc import Iterator

import pytest

from tagboat.core.errors import ConflictError, OutsideError
from tagboat.core.forge.release import ForgeRelease, ReleaseStatus, marked
from tagboat.ports.forge import Forge
from tests.servers.front import Fault, Front, refusal, serving
from tests.servers.gitea import Gitea
from tests.servers.worlds import ARCHIVE, CONTENTS, GITEA, ISSUE, TAG, WANTED, opening, release


@pytest.fixture
def server() -> Gitea:
    return Gitea()


@pytest.fixture
def front(server: Gitea) -> Iterator[Front]:
    with serving(server) as running:
        yield running


@pytest.fixture
def forge(front: Front) -> Forge:
    return GITEA.forge(front.url)


def draft(forge: Forge) -> ForgeRelease:
    found = forge.draft(WANTED).release
    assert found is not None
    return found


def test_a_different_content_of_the_same_size_is_replaced(server: Gitea, forge: Forge) -> None:
    ours = draft(forge)
    forge.upload(ours, ARCHIVE, opening(ARCHIVE.name))
    (number,) = server.files
    server.files[number] = bytes(len(CONTENTS[ARCHIVE.name]))
    forge.upload(ours, ARCHIVE, opening(ARCHIVE.name))
    assert server.files.popitem()[1] == CONTENTS[ARCHIVE.name]


def test_a_label_is_made_once(server: Gitea, forge: Forge) -> None:
    forge.label(ISSUE, "released")
    forge.label(ISSUE, "released")
    assert list(server.names.values()) == ["released"]


def test_a_release_beyond_the_first_page_is_found(server: Gitea, forge: Forge) -> None:
    for number in range(120):
        others = {"tag_name": f"v0.0.{number}", "name": "x", "body": "x", "draft": False}
        server.releases[number] = others | {"prerelease": False, "assets": []}
    release(forge)
    assert forge.find(TAG).condition is ReleaseStatus.PUBLISHED


def test_a_prerelease_is_called_one(server: Gitea, forge: Forge) -> None:
    wanted = WANTED._replace(assets=(), is_prerelease=True)
    ours = forge.draft(wanted).release
    assert ours is not None
    forge.publish(ours, wanted)
    (only,) = server.releases.values()
    assert only["prerelease"]


_TRAILERS = """Tagboat-Release: 1
Tagboat-Version: 1.2.3
Tagboat-Time: 1704067200
"""


def message(_: str) -> str:
    return f"{WANTED.notes}\n{_TRAILERS}"


QUEUES = {"Gitea": None, "Forgejo": message}


@pytest.mark.parametrize("kind", QUEUES)
@pytest.mark.parametrize("wait", range(14))
def test_what_a_push_queued_leaves_a_whole_release(
    server: Gitea, front: Front, kind: str, wait: int
) -> None:
    server.queue, server.message = wait, QUEUES[kind]
    first = release(GITEA.forge(front.url))
    second = release(GITEA.forge(front.url))
    assert (first.condition, second.condition) == (ReleaseStatus.PUBLISHED,) * 2
    (only,) = server.releases.values()
    assert (only["draft"], only["name"], only["body"]) == (
        False,
        WANTED.title,
        marked(WANTED.notes, TAG),
    )
    assert {one["name"] for one in only["assets"]} == set(CONTENTS)
    assert server.publications == [TAG]


def test_a_draft_edited_by_a_person_stays_as_it_is_edited(server: Gitea, forge: Forge) -> None:
    draft(forge)
    (only,) = server.releases.values()
    only["body"] = "Thanks to all!\n\n" + only["body"]
    release(forge)
    assert only["body"].startswith("Thanks to all!")
    assert forge.find(TAG).condition is ReleaseStatus.HAND_EDITED


def test_a_persons_draft_is_found_before_and_after_the_push(server: Gitea, forge: Forge) -> None:
    server.add_draft(TAG)
    for work in (lambda: forge.check_writing(TAG), lambda: forge.draft(WANTED)):
        with pytest.raises(ConflictError, match=f"has a draft {TAG} that tagboat did not make"):
            work()


def test_long_notes_are_cut_to_what_the_smallest_server_takes(server: Gitea, forge: Forge) -> None:
    url = "https://forge.example/compare/v1...v2"
    forge.draft(WANTED._replace(notes="- eine Änderung\n" * 20_000, changes_url=url))
    (only,) = server.releases.values()
    assert len(only["body"].encode()) <= 65_535
    assert url in only["body"]


LARGE = ARCHIVE._replace(size=4 << 20)
LARGER = ARCHIVE._replace(size=(4 << 20) + 1)


def test_file_that_is_too_large_for_the_server_is_known_before(server: Gitea, forge: Forge) -> None:
    server.version, server.attachment_settings = "1.25.3", {"max_size": 4, "max_files": 1}
    assert not forge.refuses([LARGE, LARGE])
    assert forge.refuses([LARGE, LARGER]) == (
        "the asset 'app-1.2.3.tar.gz' has 4194305 bytes: Gitea (acme/app) takes 4 MiB at most; "
        "have MAX_SIZE raised in the section [attachment] of the server's app.ini, or make the "
        "file smaller"
    )


def test_file_that_only_an_upload_shows_to_be_too_large_says_what_helps(
    server: Gitea, forge: Forge
) -> None:
    server.version, server.attachment_settings = "1.25.3", {"max_size": 0}
    ours = draft(forge)
    with pytest.raises(OutsideError, match=r"exceeds limit \(413\)") as caught:
        forge.upload(ours, ARCHIVE, opening(ARCHIVE.name))
    assert "have the limit of the server" in caught.value.hint


@pytest.mark.parametrize("version", ["1.24.7", "1.26.0", "1.250.0", "11.0.3+gitea-1.22.0", ""])
def test_no_file_is_too_large_for_a_server_that_tells_no_limit_of_releases(
    server: Gitea, forge: Forge, version: str
) -> None:
    server.version, server.attachment_settings = version, {"max_size": 4}
    assert not forge.refuses([LARGER])


@pytest.mark.parametrize("settings", [{}, {"max_size": None}])
def test_no_file_is_too_large_for_a_server_without_a_size(
    server: Gitea, forge: Forge, settings: dict[str, object]
) -> None:
    server.version, server.attachment_settings = "1.25.3", settings
    assert not forge.refuses([LARGER])


def test_server_that_does_not_say_how_large_a_file_may_be_refuses_none(front: Front) -> None:
    front.faults.append(Fault("GET .*/version", "refuse", times=9, reply=refusal(404, "no")))
    assert not GITEA.forge(front.url).refuses([LARGER])


def test_limit_is_asked_for_again_after_a_broken_connection(server: Gitea, front: Front) -> None:
    server.version, server.attachment_settings = "1.25.3", {"max_size": 4}
    front.faults.append(Fault("GET .*/version", "refuse", reply=refusal(503, "soon")))
    assert GITEA.forge(front.url).refuses([LARGER])
