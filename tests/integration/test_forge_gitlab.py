"""What only GitLab has: no drafts, packages for files, job tokens, merge requests."""

from collections.abc import Callable, Iterator

import pytest

from tagboat.adapters.forges.gitlab import gitlab
from tagboat.core.errors import ConflictError, OutsideError, UsageError
from tagboat.core.forge.release import ForgeRelease, Item, ReleaseStatus, marked
from tagboat.ports.forge import Forge
from tests.servers.front import Fault, Front, Reply, serving
from tests.servers.gitlab import ADMIN, DEVELOPER, MAINTAINER, PROJECT, TOKEN, GitLab
from tests.servers.worlds import ARCHIVE, GITLAB, ISSUE, TAG, WANTED, opening, release


@pytest.fixture
def server() -> GitLab:
    return GitLab()


@pytest.fixture
def front(server: GitLab) -> Iterator[Front]:
    with serving(server) as running:
        yield running


@pytest.fixture
def forge(front: Front) -> Forge:
    return GITLAB.forge(front.url)


def draft(forge: Forge) -> ForgeRelease:
    found = forge.draft(WANTED).release
    assert found is not None
    return found


def again(forge: Forge) -> ForgeRelease:
    """The release or its draft, as it is now."""
    found = forge.find(TAG).release
    assert found is not None
    return found


def person_releases(server: GitLab, text: str) -> None:
    given = {"tag_name": TAG, "name": TAG, "description": text, "assets": {"links": []}}
    server.releases[TAG] = given


MANY = {f"other-{number}-*": MAINTAINER for number in range(130)}
PROTECTED: dict[str, tuple[dict[str, int], bool]] = {
    "a pattern": ({"v*": MAINTAINER}, False),
    "its own name": ({TAG: MAINTAINER}, False),
    "everything": ({"*": MAINTAINER}, False),
    "two patterns": ({"v*.*": MAINTAINER, "*.2.3": MAINTAINER}, False),
    "one of two lets in": ({"v*": MAINTAINER, "v1.*": DEVELOPER}, True),
    "the other of two lets in": ({"v1.*": DEVELOPER, "v*": MAINTAINER}, True),
    "nobody": ({"v*": 0}, False),
    "nobody but by another": ({"v*": 0, "*": DEVELOPER}, True),
    "administrators": ({"v*": ADMIN}, False),
    "another case": ({"V*": MAINTAINER}, True),
    "a part": ({"1.2.3": MAINTAINER, "v1.2": MAINTAINER, "v*.4": MAINTAINER}, True),
    "characters that are none of patterns": ({"v1.2.?": MAINTAINER, "[v]*": MAINTAINER}, True),
    "the last of many": (MANY | {"v*": MAINTAINER}, False),
}


@pytest.mark.parametrize("is_admin", [False, True])
@pytest.mark.parametrize("what", PROTECTED)
def test_tag_that_a_role_may_not_make_is_found_before_and_no_other(
    server: GitLab, forge: Forge, what: str, *, is_admin: bool
) -> None:
    server.protected, may_make = PROTECTED[what]
    server.is_admin, server.is_invited = is_admin, is_admin  # a project tells nothing of those
    if may_make or (is_admin and "nobody" not in what):
        forge.check_writing(TAG)
        release(forge)
        return
    with pytest.raises(OutsideError, match="is protected by the rule"):
        forge.check_writing(TAG)
    with pytest.raises(OutsideError, match="Access Denied"):
        release(forge)


def test_files_without_a_release_are_a_draft(forge: Forge) -> None:
    forge.upload(draft(forge), ARCHIVE, opening(ARCHIVE.name))
    assert forge.find(TAG).condition is ReleaseStatus.DRAFT


def test_files_of_another_package_are_none_of_ours(server: GitLab, forge: Forge) -> None:
    server.packages[1] = ("app-extras", TAG)
    server.files[2] = (1, "extra", b"x")
    assert forge.find(TAG).condition is ReleaseStatus.ABSENT


def test_every_file_is_linked_by_its_label(server: GitLab, forge: Forge) -> None:
    release(forge)
    links = server.releases[TAG]["assets"]["links"]
    assert [link["name"] for link in links] == ["Source, built", "plan.json"]
    assert links[0]["url"].endswith(f"/packages/generic/app/{TAG}/{ARCHIVE.name}")


NAMES = ("app-1.0+x.whl", "app-1.0-x.whl", "ab", "a" * 200, "end_", "..x", "plan.json")


def test_every_name_and_label_becomes_a_link_that_gitlab_takes(
    server: GitLab, forge: Forge
) -> None:
    wanted = WANTED._replace(assets=tuple(ARCHIVE._replace(name=name) for name in NAMES))
    ours = forge.draft(wanted).release
    assert ours is not None
    for one in wanted.assets:
        forge.upload(ours, one, opening(ARCHIVE.name))
    assert forge.publish(ours, wanted).condition is ReleaseStatus.PUBLISHED
    links = server.releases[TAG]["assets"]["links"]
    assert {link["url"].rpartition("/")[2] for link in links} == set(NAMES)
    assert links[0]["name"] == "Source, built (app-1.0+x.whl)"


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (("App", "App", "App (b)"), ["App (a)", "App (b, 2)", "App (b)"]),
        (("b", "", "x"), ["b (a)", "b (b)", "x"]),
        ((" ", "App ", "App"), ["a", "App (b)", "App (c)"]),
        (("y" * 300, "y" * 299, "y"), [f"{'y' * 251} (a)", f"{'y' * 251} (b)", "y"]),
    ],
)
def test_labels_become_names_that_no_two_links_share(
    server: GitLab, forge: Forge, labels: tuple[str, ...], names: list[str]
) -> None:
    files = zip("abc", labels, strict=True)
    assets = tuple(ARCHIVE._replace(name=name, label=label) for name, label in files)
    wanted = WANTED._replace(assets=assets)
    ours = forge.draft(wanted).release
    assert ours is not None
    for one in assets:
        forge.upload(ours, one, opening(ARCHIVE.name))
    assert forge.publish(ours, wanted).condition is ReleaseStatus.PUBLISHED
    assert [link["name"] for link in server.releases[TAG]["assets"]["links"]] == names


def test_a_tag_that_no_package_may_have_is_spelled_otherwise(server: GitLab, forge: Forge) -> None:
    tag = "core/app@1.2.3"
    wanted = WANTED._replace(tag=tag, assets=(ARCHIVE,))
    server.tags[tag] = wanted.commit
    ours = forge.draft(wanted).release
    assert ours is not None
    forge.upload(ours, ARCHIVE, opening(ARCHIVE.name))
    assert forge.publish(ours, wanted).condition is ReleaseStatus.PUBLISHED
    assert list(server.packages.values()) == [("app", "core-app-1.2.3")]


def test_without_digests_the_content_is_read(server: GitLab, forge: Forge) -> None:
    server.gives_digests = False
    ours = draft(forge)
    forge.upload(ours, ARCHIVE, opening(ARCHIVE.name))
    ((number, (package, name, content)),) = server.files.items()
    server.files[number] = (package, name, bytes(len(content)))
    forge.upload(again(forge), ARCHIVE, opening(ARCHIVE.name))
    assert [stored for *_, stored in server.files.values()][-1] == content


@pytest.mark.parametrize(("role", "left"), [(DEVELOPER, 2), (MAINTAINER, 1)])
def test_a_broken_file_is_replaced_by_a_newer_one(
    server: GitLab, forge: Forge, role: int, left: int
) -> None:
    server.role = role
    ours = draft(forge)
    forge.upload(ours, ARCHIVE, opening(ARCHIVE.name))
    ((number, (package, name, content)),) = server.files.items()
    server.files[number] = (package, name, content[:-1])
    forge.upload(again(forge), ARCHIVE, opening(ARCHIVE.name))
    assert forge.holds(ours, ARCHIVE)
    assert len(server.files) == left


def test_a_persons_release_is_a_conflict(server: GitLab, forge: Forge) -> None:
    person_releases(server, "by hand")
    with pytest.raises(ConflictError, match="did not make"):
        forge.draft(WANTED)


def test_edited_notes_are_told_and_stay(server: GitLab, forge: Forge) -> None:
    release(forge)
    server.releases[TAG]["description"] = "Thanks! " + server.releases[TAG]["description"]
    before = server.result()
    assert release(forge).condition is ReleaseStatus.HAND_EDITED
    assert server.result() == before


def test_another_run_that_publishes_first_wins(front: Front, server: GitLab, forge: Forge) -> None:
    ours = draft(forge)
    for asset in WANTED.assets:
        forge.upload(ours, asset, opening(asset.name))
    front.faults.append(Fault(GITLAB.publish, "refuse", reply=Reply(409, {"message": "exists"})))
    publish_ours_after_that(front, server)
    assert forge.publish(ours, WANTED).condition is ReleaseStatus.PUBLISHED


def publish_ours_after_that(front: Front, server: GitLab) -> None:
    """Let another run's release appear at the moment ours is refused."""
    front.after = lambda _: (
        person_releases(server, marked(WANTED.notes, TAG)) if not front.faults[0].times else None
    )


def test_a_public_release_gets_no_more_files(server: GitLab, forge: Forge) -> None:
    person_releases(server, marked(WANTED.notes, TAG))
    with pytest.raises(ConflictError, match="is public"):
        forge.upload(again(forge), ARCHIVE, opening(ARCHIVE.name))


def test_a_name_that_no_package_may_have_is_refused(forge: Forge) -> None:
    with pytest.raises(UsageError, match="no asset of the name"):
        forge.upload(draft(forge), ARCHIVE._replace(name="a b"), opening(ARCHIVE.name))


def test_a_job_token_goes_in_its_own_header(front: Front) -> None:
    forge = gitlab(PROJECT, lambda: TOKEN, front.url, is_job_token=True)
    forge.find(TAG)
    assert {exchange.request.headers["job-token"] for exchange in front.exchanges} == {TOKEN}
    assert all("authorization" not in exchange.request.headers for exchange in front.exchanges)


def test_merge_requests_are_told_apart_from_issues(front: Front, forge: Forge) -> None:
    forge.comment(Item("change", 7), "out", TAG)
    forge.label(Item("change", 7), "released")
    paths = {exchange.request.path for exchange in front.exchanges}
    assert paths == {
        "/api/v4/projects/acme%2Fapp/merge_requests/7/notes",
        "/api/v4/projects/acme%2Fapp/merge_requests/7",
    }


def test_what_gitlab_itself_notes_is_no_comment(front: Front, forge: Forge) -> None:
    note = {"id": 1, "body": marked("out", TAG), "system": True}
    front.faults.append(Fault(r"^GET .*/notes$", "refuse", reply=Reply(200, [note])))
    assert forge.comment(ISSUE, "out", TAG)
    assert [e.request.method for e in front.exchanges] == ["GET", "POST", "GET"]


def test_an_answer_that_is_no_json_is_shown(front: Front, forge: Forge) -> None:
    page = Reply(403, b"<h1>blocked by the proxy</h1>", {"Content-Type": "text/html"})
    front.faults.append(Fault("GET", "refuse", times=9, reply=page))
    with pytest.raises(OutsideError, match="blocked by the proxy"):
        forge.find(TAG)


TELLING: dict[str, Callable[[Forge], bool]] = {
    "a comment": lambda forge: forge.comment(ISSUE, "out", TAG),
    "a label": lambda forge: forge.label(ISSUE, "released"),
}


@pytest.mark.parametrize("what", TELLING)
def test_job_token_says_what_comments_and_labels_need(front: Front, what: str) -> None:
    forge = gitlab(PROJECT, lambda: TOKEN, front.url, is_job_token=True)
    with pytest.raises(OutsideError, match="no comment and no label from a job token") as caught:
        TELLING[what](forge)
    assert caught.value.hint.startswith("give another one in GITLAB_TOKEN: it needs the scope")
    assert front.exchanges == []
