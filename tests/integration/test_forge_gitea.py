"""What only Gitea and Forgejo have: files without digests, labels by number, pages."""

from collections.abc import Iterator

import pytest

from tagboat.core.forge.release import ForgeRelease, ReleaseStatus
from tagboat.ports.forge import Forge
from tests.servers.front import Front, serving
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
