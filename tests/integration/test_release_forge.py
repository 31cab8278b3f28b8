"""A release on a forge, by the command line: once, whole, and finished whatever went wrong."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import CHANGELOG, Remote
from tests.servers.described import Described, unless_offline
from tests.servers.front import Reply, refusal
from tests.servers.gitea import Gitea
from tests.servers.github import GitHub
from tests.servers.gitlab import TOKEN as GITLAB_TOKEN
from tests.servers.worlds import GITHUB, GITLAB, WORLDS
from tests.showing import TAG, TOKENS, Hosted, digest, hosted

pytestmark = pytest.mark.matrix("place")  # one forge for each behaviour

ASSETS = 'assets = ["a.txt"]\n'
TELLING = 'comment = "Out in {version}."\nlabel = "released"\n'
NOT_NOW = refusal(403, "not now")
STALE = "s3cr3t-stale"


@pytest.fixture(scope="module")
def description() -> Iterator[Described | None]:
    """Prism with GitHub's own description; None where npm packages are not to be used."""
    with unless_offline() as described:
        yield described


@pytest.fixture(params=WORLDS)
def place(
    request: pytest.FixtureRequest, tmp_path: Path, description: Described | None
) -> Iterator[Hosted]:
    """Each forge; what is said with GitHub has to agree with its description."""
    with hosted(WORLDS[request.param], tmp_path / "hosted") as made:
        yield made
        if made.remote_state is GITHUB and description is not None:
            assert description.faults(made.front.exchanges) == []


@pytest.fixture
def github(tmp_path: Path, description: Described | None) -> Iterator[Hosted]:
    """GitHub alone, for what does not depend on the forge."""
    with hosted(GITHUB, tmp_path / "hosted") as made:
        yield made
        if description is not None:
            assert description.faults(made.front.exchanges) == []


def github_server(place: Hosted) -> GitHub:
    assert isinstance(place.server, GitHub)
    return place.server


def release_page(place: Hosted) -> str:
    return f"{place.front.url}/acme/app/releases/tag/{TAG}"


def push(repo: GitRepo, message: str, branch: str = "main") -> None:
    repo.commit(message)
    repo.git("push", "--quiet", "origin", f"HEAD:{branch}")


def test_release_is_published_with_notes_and_files(place: Hosted) -> None:
    clone = place.started(ASSETS, {"a.txt": "a\n", "CHANGELOG.md": CHANGELOG})
    result = place.release(clone)
    assert (result.code, result.stdout) == (0, "0.1.0\n"), result.stderr
    assert place.faults() == []
    assert place.promised().files == {"a.txt": digest("a\n")}


def test_second_run_changes_nothing(place: Hosted) -> None:
    clone = place.started(ASSETS, {"a.txt": "a\n"})
    place.release(clone)
    before = place.server.result(), place.remote.refs
    result = place.release(clone)
    assert (result.code, result.stdout) == (0, "")
    assert (place.server.result(), place.remote.refs) == before


def files_in(folder: Path) -> dict[str, str]:
    """What a folder holds, but the record."""
    names = (one for one in folder.iterdir() if one.name != "record.json")
    return {one.name: one.read_text() for one in names}


def test_what_the_release_is_made_of_is_kept_for_the_next_step(place: Hosted) -> None:
    clone = place.started(ASSETS, {"a.txt": "a\n"})
    assert place.release(clone, "--artefacts", "../out").code == 0
    notes = tagboat("changelog", "0.1.0", cwd=clone.path).stdout
    assert files_in(clone.path.parent / "out") == {"a.txt": "a\n", "notes.md": notes}
    told = json.loads((clone.path.parent / "out" / "record.json").read_text())
    assert (told["tag"], told["assets"][0]["sha256"]) == (TAG, digest("a\n"))


def test_files_that_no_build_makes_again_are_those_of_the_forge(place: Hosted) -> None:
    build = '[[commands]]\nrun = ["cp", "/proc/uptime", "b.txt"]\nwhen = "before-publish"\n'
    clone = place.started(f'assets = ["b.txt"]\n{build}')
    assert place.release(clone).code == 0
    found = place.release(clone, "--tag", TAG, "--artefacts", "../out")
    assert (found.code, found.stdout) == (0, "")
    text = files_in(clone.path.parent / "out")["b.txt"]
    assert place.promised().files == {"b.txt": digest(text)}


def test_folder_with_other_files_stops_the_release(github: Hosted) -> None:
    clone = github.started()
    found = github.release(clone, "--artefacts", ".")
    assert (found.code, github.remote.tags) == (2, [])
    assert ". is not empty: tagboat.toml is there" in found.stderr


def test_notes_on_the_forge_are_what_the_changelog_prints(github: Hosted) -> None:
    clone = github.started()
    github.release(clone)
    notes = tagboat("changelog", "0.1.0", cwd=clone.path).stdout
    assert github.seen()[0].text.startswith(notes)


def test_record_on_the_forge_is_what_the_tag_says(github: Hosted) -> None:
    clone = github.started(ASSETS, {"a.txt": "a\n"})
    github.release(clone)
    files = github_server(github).files.values()
    [text] = [content for content in files if content.startswith(b"{")]
    told = json.loads(text)
    record = github.remote.record(TAG)
    written = {k: v for k, v in record.items() if k not in {"events", "forge"}}
    assert told == {"format": 1, **written}
    assert record["forge"] == [{"id": "1001", "url": release_page(github)}]
    assert told["assets"] == [{"name": "a.txt", "size": 2, "sha256": digest("a\n")}]


def test_titles_labels_and_content_types_are_those_asked_for(github: Hosted) -> None:
    table = '{ path = "b-{version}.bin", label = "The b", content_type = "application/x-b" }'
    more = f'title = "App {{version}}"\nassets = ["*.tar.gz", {table}]\n'
    files = {"c.tar.gz": "c\n", "b-0.1.0.bin": "b\n"}
    github.release(github.started(more, files))
    [release] = github_server(github).releases.values()
    assert release["name"] == "App 0.1.0"
    shown = {one["name"]: (one["label"], one["content_type"]) for one in release["assets"]}
    assert shown == {
        "b-0.1.0.bin": ("The b", "application/x-b"),
        "c.tar.gz": (None, "application/gzip"),
        "record.json": (None, "application/json"),
    }


# Without a way in


def test_missing_token_is_found_before_anything_is_written(place: Hosted) -> None:
    clone = place.started()
    before = place.remote.refs
    result = place.release(clone, **{TOKENS[place.remote_state.name]: ""})
    assert (result.code, place.remote.refs, place.front.exchanges) == (1, before, [])
    assert f"needs a token: set {TOKENS[place.remote_state.name]}" in result.stderr


def test_missing_token_is_told_with_all_other_problems(github: Hosted) -> None:
    clone = github.started()
    clone.commit("feat: not pushed")
    result = github.release(clone, GITHUB_TOKEN="")
    assert "2 things stand in the way" in result.stderr
    assert "GITHUB_TOKEN or GH_TOKEN" in result.stderr


def test_plan_needs_no_token_and_says_that_the_release_will(github: Hosted) -> None:
    clone = github.started()
    result = tagboat("plan", cwd=clone.path, env=github.env | {"GITHUB_TOKEN": ""})
    assert (result.code, github.front.exchanges) == (0, [])
    assert result.stderr.count("needs a token") == 1
    assert "v0.1.0 public on GitHub (acme/app)" in result.stdout


def test_plan_that_was_approved_needs_the_token_too(github: Hosted) -> None:
    clone = github.started()
    tagboat("plan", "-o", "plan.json", cwd=clone.path, env=github.env)
    before = github.remote.refs
    result = github.release(clone, "--plan", "plan.json", GITHUB_TOKEN="")
    assert (result.code, github.remote.refs) == (1, before)
    assert "needs a token" in result.stderr
    assert github.release(clone, "--plan", "plan.json").code == 0
    assert github.faults() == []


def test_token_is_not_sent_unencrypted(github: Hosted) -> None:
    clone = github.started()
    text = github.config().replace("127.0.0.1", "forge.invalid")
    clone.commit("feat: elsewhere", files={"tagboat.toml": text})
    clone.git("push", "--quiet", "origin", "main")
    result = github.release(clone)
    assert (result.code, github.remote.tags) == (1, [])
    assert "unencrypted" in result.stderr


def test_refused_token_stops_before_the_push_and_is_not_shown(place: Hosted) -> None:
    clone = place.started()
    before = place.remote.refs
    result = place.release(clone, **{TOKENS[place.remote_state.name]: STALE})
    assert (result.code, place.remote.refs) == (1, before)
    assert "refused the token" in result.stderr
    assert STALE not in result.stderr + result.stdout


def test_doctor_finds_a_refused_token(place: Hosted) -> None:
    clone = place.started()
    env = place.env | {TOKENS[place.remote_state.name]: STALE}
    result = tagboat("doctor", "--channel", "main", cwd=clone.path, env=env)
    assert (result.code, "refused the token" in result.stdout) == (1, True), result.stdout
    well = tagboat("doctor", "--channel", "main", cwd=clone.path, env=place.env)
    assert well.code == 0, well.stdout


def test_unreachable_remote_and_missing_token_are_told_together(github: Hosted) -> None:
    config = f'[forge]\nkind = "github"\napi = "{github.front.url}"\n'
    clone = github.remote.started(files={"tagboat.toml": config})
    clone.git("remote", "set-url", "origin", "http://127.0.0.1:9/acme/app.git")
    result = github.release(clone, GITHUB_TOKEN="")
    assert "2 things stand in the way" in result.stderr
    assert "GitHub (acme/app) needs a token" in result.stderr


def test_job_token_of_gitlab_goes_into_its_own_header(tmp_path: Path) -> None:
    with hosted(GITLAB, tmp_path / "hosted") as place:
        job = {"GITLAB_TOKEN": "", "CI_JOB_TOKEN": GITLAB_TOKEN, "CI_SERVER_URL": place.front.url}
        result = place.release(place.started(), **job)
        assert (result.code, place.faults()) == (0, []), result.stderr
        sent = [one.request.headers for one in place.front.exchanges]
        assert {headers.get("job-token") for headers in sent} == {GITLAB_TOKEN}
        assert {headers.get("authorization") for headers in sent} == {None}


def test_job_of_the_forge_says_where_its_api_is(github: Hosted) -> None:
    url = github.front.url
    clone = github.remote.started(
        files={"tagboat.toml": f'[forge]\nurl = "{url}/acme/app"\n', "a.txt": "a\n"}
    )
    job = {"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": url, "GITHUB_API_URL": url}
    assert github.release(clone, **job).code == 0
    assert github.faults() == []


# Without a forge


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("", "no forge release: the remote's address is that of no known forge"),
        (
            '[forge]\nurl = "https://bitbucket.org/acme/app"\n',
            "Bitbucket has none",
        ),
        ("[forge]\nrelease = false\n", ""),
        ('[forge]\nkind = "none"\n', ""),
        ('[forge]\nkind = "github"\nurl = "https://github.com/a/b"\nrelease = false\n', ""),
    ],
)
def test_no_forge_is_told_once_unless_it_is_meant(tmp_path: Path, config: str, said: str) -> None:
    remote = Remote(tmp_path)
    clone = remote.started(files={"tagboat.toml": config, "a.txt": "a\n"})
    for command in ("plan", "release"):
        result = tagboat(command, cwd=clone.path)
        assert result.code == 0
        assert result.stderr.count("no forge release") == bool(said)
        assert said in result.stderr
    assert [event["kind"] for event in remote.record(TAG)["events"]] == ["published"]


# What is there already


def drafted(place: Hosted, times: int) -> GitRepo:
    """A clone whose first run ended after it had made drafts."""
    clone = place.started(ASSETS, {"a.txt": "a\n"})
    place.refuse(place.remote_state.upload, NOT_NOW)
    assert place.release(clone).code == 1
    place.front.faults.clear()
    server = github_server(place)
    for _ in range(times - 1):
        server.add_release(TAG, place.seen()[0].text, draft=True)
    return clone


@pytest.mark.parametrize("times", [1, 2])
def test_draft_of_an_earlier_run_is_taken_up(github: Hosted, times: int) -> None:
    clone = drafted(github, times)
    [first, *_] = github_server(github).releases
    assert github.release(clone).code == 0
    assert list(github_server(github).releases) == [first]
    assert github.faults() == []


def orphaned(place: Hosted) -> tuple[GitRepo, list[int]]:
    """A clone whose first run left three drafts without a tag, beside those of others."""
    clone = drafted(place, 3)
    server = github_server(place)
    ours = sorted(server.releases)
    server.orphan(TAG)
    text = place.seen()[0].text.replace(TAG, "v0.0.9")
    for tag, body in (("v0.0.9", text), ("v0.2.0", "soon"), ("v0.1.0-rc.1", "a candidate")):
        server.add_release(tag, body, draft=True)
        server.orphan(tag)
    server.add_release("v0.1.0-rc.2", "next", draft=True)
    return clone, ours


def test_of_several_drafts_without_a_tag_one_is_published_and_others_stay(github: Hosted) -> None:
    clone, ours = orphaned(github)
    server = github_server(github)
    others = {one: dict(seen) for one, seen in server.releases.items() if one not in ours}
    assert github.release(clone).code == 0
    assert {one: seen for one, seen in server.releases.items() if one != ours[0]} == others
    assert server.releases[ours[0]]["tag_name"] == TAG
    assert server.publications == [TAG]


def test_draft_that_a_person_edited_is_the_one_that_is_published(github: Hosted) -> None:
    clone, ours = orphaned(github)
    server = github_server(github)
    text = "Thanks to Ada.\n\n" + server.releases[ours[1]]["body"]
    server.releases[ours[1]]["body"] = text
    assert github.release(clone).code == 0
    assert [one for one in server.releases if one in ours] == [ours[1]]
    assert (server.releases[ours[1]]["body"], server.releases[ours[1]]["draft"]) == (text, False)


def test_answer_that_gets_lost_makes_no_second_draft(github: Hosted) -> None:
    clone = github.started()
    github.fail(GITHUB.create, "lose answer", times=2)
    assert github.release(clone).code == 0
    assert github.faults() == []


def test_draft_of_somebody_else_stays(github: Hosted) -> None:
    server = github_server(github)
    other = server.add_release(TAG, "mine", draft=True)
    assert github.release(github.started()).code == 0
    assert server.releases[other]["draft"]
    assert server.publications == [TAG]


def test_notes_edited_by_hand_are_told_and_stay(place: Hosted) -> None:
    clone = place.started()
    place.release(clone)
    _edit(place)
    before = place.server.result()
    result = place.release(clone)
    assert (result.code, place.server.result()) == (0, before)
    assert result.stderr.count("a person has edited its notes: they stay") == 1


def _edit(place: Hosted) -> None:
    """Change the text of the one release, as a person would."""
    releases = getattr(place.server, "releases")  # noqa: B009 - each server has them
    [release] = releases.values()
    name = "description" if place.remote_state is GITLAB else "body"
    release[name] = release[name].replace("begin", "begin, at last")


def test_public_release_of_somebody_else_is_a_conflict(github: Hosted) -> None:
    github_server(github).add_release(TAG, "mine", draft=False)
    result = github.release(github.started())
    assert (result.code, github.remote.tags) == (4, [])
    assert "has a release v0.1.0 that tagboat did not make" in result.stderr


def test_public_release_that_lost_a_file_is_a_conflict(github: Hosted) -> None:
    clone = github.started()
    github.release(clone)
    [release] = github_server(github).releases.values()
    release["assets"].clear()
    result = github.release(clone)
    assert result.code == 4
    assert "the release is public, and record.json: it is missing" in result.stderr


# Which release is the latest


def test_maintenance_release_is_not_the_latest(github: Hosted) -> None:
    clone = github.started()
    clone.git("tag", "v1.0.0")
    clone.switch("1.x", at="HEAD")
    clone.switch("main")
    push(clone, "feat!: two")
    clone.git("tag", "v2.0.0")
    clone.git("push", "--quiet", "origin", "main", "1.x", "v1.0.0", "v2.0.0")
    server = github_server(github)
    push(clone, "feat: more")
    assert github.release(clone).stdout == "2.1.0\n"
    latest = server.latest
    assert latest is not None
    clone.switch("1.x")
    push(clone, "fix: old", "1.x")
    result = tagboat("release", "--channel", "1.x", cwd=clone.path, env=github.env)
    assert result.stdout == "1.0.1\n", result.stderr
    assert server.publications == ["v2.1.0", "v1.0.1"]
    assert server.latest == latest


def test_prerelease_is_one_and_not_the_latest(github: Hosted) -> None:
    clone = github.started()
    clone.switch("next", at="HEAD")
    clone.git("push", "--quiet", "origin", "next")
    result = tagboat("release", "--channel", "next", cwd=clone.path, env=github.env)
    assert result.stdout == "0.1.0-rc.1\n"
    [release] = github_server(github).releases.values()
    assert (release["prerelease"], github_server(github).latest) == (True, None)


def test_release_stays_a_draft_where_that_is_asked_for(github: Hosted) -> None:
    clone = github.started("draft = true\n" + TELLING)
    push(clone, "fix: b\n\nCloses #7")
    assert github.release(clone).code == 0
    [release] = github_server(github).releases.values()
    assert (release["draft"], github.server.publications) == (True, [])
    assert github_server(github).comments == {}
    before = github.server.result()
    assert github.release(clone).code == 0
    assert github.server.result() == before


# Files


@pytest.mark.parametrize("pattern", ["dist/*.whl", "gone-{version}.txt"])
def test_pattern_that_names_no_file_stops_before_the_push(github: Hosted, pattern: str) -> None:
    clone = github.started(f'assets = ["a.txt", "{pattern}"]\n', {"a.txt": "a\n"})
    before = github.remote.refs
    result = github.release(clone)
    assert (result.code, github.remote.refs, github.server.result()["releases"]) == (2, before, [])
    assert pattern.replace("{version}", "0.1.0") in result.stderr


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ('assets = ["out/*"]\n', "a link leads out of"),
        ('assets = ["a/x", "b/x"]\n', "two files would be the asset 'x'"),
        ('assets = ["empty"]\n', "is empty"),
        ('assets = ["a b"]\n', "would rename"),
        ('assets = ["*.json"]\n', "record.json is an asset of every release already"),
    ],
)
def test_file_that_can_not_be_an_asset_stops_before_the_push(
    github: Hosted, config: str, said: str
) -> None:
    files = {"a/x": "1", "b/x": "2", "empty": "", "a b": "x", "record.json": "{}", "out/keep": ""}
    clone = github.started(config, files)
    (clone.path / "out" / "link").symlink_to("/etc/hostname")
    clone.git("add", "out")
    clone.commit("feat: link", files={"c": "c"})
    clone.git("push", "--quiet", "origin", "main")
    before = github.remote.refs
    result = github.release(clone)
    assert (result.code, github.remote.refs) == (2, before)
    assert said in result.stderr


def test_files_of_the_release_commit_count_before_those_of_the_work_tree(github: Hosted) -> None:
    clone = github.started(ASSETS, {"a.txt": "a\n"})
    (clone.path / "a.txt").write_text("half done")
    github.release(clone)
    assert github.promised().files == {"a.txt": digest("a\n")}
    assert github.faults() == []


def built(place: Hosted) -> GitRepo:
    """A clone with a file that is built and not committed."""
    clone = place.started('assets = ["dist/*"]\n', {".gitignore": "dist\n"})
    (clone.path / "dist").mkdir()
    (clone.path / "dist" / "app.bin").write_text("built")
    return clone


def test_built_file_is_attached(place: Hosted) -> None:
    clone = built(place)
    assert place.release(clone).code == 0
    assert place.promised().files == {"app.bin": digest("built")}
    assert place.faults() == []
    assert place.release(place.remote.clone("fresh")).code == 0


def test_built_file_that_was_lost_is_named_until_it_is_there_again(place: Hosted) -> None:
    clone = built(place)
    place.refuse(place.remote_state.upload, NOT_NOW)
    assert place.release(clone).code == 1
    place.front.faults.clear()
    fresh = place.remote.clone("fresh")
    result = place.release(fresh)
    assert result.code == 1
    assert f"app.bin (5 bytes, SHA-256 {digest('built')})" in result.stderr
    assert "dist/*" in result.stderr
    assert place.server.publications == []
    (fresh.path / "dist").mkdir()
    (fresh.path / "dist" / "app.bin").write_text("other")
    assert place.release(fresh).code == 1
    (fresh.path / "dist" / "app.bin").write_text("built")
    assert place.release(fresh).code == 0
    assert place.faults() == []


def test_runs_at_the_same_time_make_one_release(place: Hosted) -> None:
    place.started(ASSETS, {"a.txt": "a\n"})
    clones = [place.remote.clone(f"clone{number}") for number in range(3)]
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(place.release_beside, clones))
    assert [result.code for result in results] == [0, 0, 0], results
    assert place.faults() == []


BUILDING = """assets = ["dist/*"]

[[commands]]
run = ["sh", "-c", "mkdir dist; echo $TAGBOAT_TAG $SOURCE_DATE_EPOCH > dist/app.bin"]
when = "before-publish"
"""


def test_file_that_a_command_builds_is_attached(place: Hosted) -> None:
    clone = place.started(BUILDING)
    assert place.release(clone).code == 0
    assert place.promised().files == {"app.bin": digest(f"{TAG} 1704153600\n")}
    assert place.faults() == []


def test_file_that_a_command_built_is_built_again_where_it_was_lost(place: Hosted) -> None:
    clone = place.started(BUILDING)
    place.refuse(place.remote_state.upload, NOT_NOW)
    assert place.release(clone).code == 1
    place.front.faults.clear()
    later = {"SOURCE_DATE_EPOCH": "1800000000"}
    assert place.release(place.remote.clone("fresh"), **later).code == 0
    assert place.faults() == []


# Closing the loop


def test_what_is_shipped_is_told_of_once(place: Hosted) -> None:
    clone = place.started(TELLING)
    push(clone, "fix: b\n\nCloses #7, closes #404")
    assert place.release(clone).code == 0
    for _ in range(2):
        place.release(clone)
    outcome = place.server.result()
    comments, labels = outcome["comments"], outcome["labels"]
    assert isinstance(comments, list)
    assert isinstance(labels, dict)
    assert [(number, text.partition("\n")[0]) for number, text in comments] == [
        (7, "Out in 0.1.0.")
    ]
    assert labels == {7: ["released"], 8: []}
    assert place.faults() == []


def test_release_does_not_depend_on_what_is_told(place: Hosted) -> None:
    clone = place.started(TELLING)
    push(clone, "fix: b\n\nCloses #7")
    place.refuse(place.remote_state.comment, NOT_NOW)
    result = place.release(clone)
    assert (result.code, place.faults()) == (0, [])
    assert "issues: left as it is" in result.stderr
    place.front.faults.clear()
    assert place.release(clone).code == 0
    assert place.server.result()["labels"] == {7: ["released"], 8: []}


# Faults


# In test_forge_release.py each of them befalls every forge, without a repository.
@pytest.mark.matrix
@pytest.mark.parametrize(
    ("kind", "request_kind"),
    [
        ("lose answer", "create"),
        ("lose answer", "upload"),
        ("lose answer", "publish"),
        ("cut answer", "create"),
        ("cut answer", "publish"),
        ("cut request", "upload"),
        ("truncate", "upload"),
        ("twice", "create"),
        ("twice", "upload"),
        ("twice", "publish"),
        ("slow", "publish"),
    ],
)
def test_fault_leaves_no_trace(github: Hosted, kind: str, request_kind: str) -> None:
    clone = github.started(ASSETS, {"a.txt": "a\n" * 1000})
    github.fail(getattr(GITHUB, request_kind), kind, seconds=1)
    result = github.release(clone)
    assert (result.code, github.faults()) == (0, []), result.stderr


@pytest.mark.matrix
@pytest.mark.parametrize("status", [500, 502, 503])
def test_server_that_fails_for_a_while_is_asked_again(github: Hosted, status: int) -> None:
    clone = github.started()
    for pattern in ("GET", GITHUB.create, GITHUB.upload, GITHUB.publish):
        github.refuse(pattern, refusal(status, "oops"), times=1)
    result = github.release(clone)
    assert (result.code, github.faults()) == (0, []), result.stderr


def test_secondary_rate_limit_is_waited_for(github: Hosted) -> None:
    clone = github.started()
    limit = refusal(403, "You have exceeded a secondary rate limit", Retry_After="1")
    for pattern in (GITHUB.create, GITHUB.upload, GITHUB.publish):
        github.refuse(pattern, limit, times=1)
    result = github.release(clone)
    assert (result.code, github.faults()) == (0, []), result.stderr


REFUSALS = {
    "401": (refusal(401, "Bad credentials"), 1, "refused the token"),
    "403": (refusal(403, "Resource not accessible"), 1, "Contents: write"),
    "rate limit": (refusal(403, "rate limit", Retry_After="1234"), 1, "again in 1234 s"),
    "500": (refusal(500, "oops"), 1, "run the same command again"),
}


@pytest.mark.matrix("request_kind")
@pytest.mark.parametrize("request_kind", ["create", "upload", "publish"])
@pytest.mark.parametrize("kind", REFUSALS)
def test_run_that_fails_is_finished_by_the_next(
    github: Hosted, kind: str, request_kind: str
) -> None:
    reply, code, said = REFUSALS[kind]
    clone = github.started()
    github.refuse(getattr(GITHUB, request_kind), reply)
    result = github.release(clone)
    assert (result.code, github.remote.tags, github.server.publications) == (code, [TAG], [])
    assert said in result.stderr
    github.front.faults.clear()
    assert github.release(github.remote.clone("fresh")).code == 0
    assert github.faults() == []


def test_repository_that_is_not_there_is_told(github: Hosted) -> None:
    clone = github.started()
    github.refuse("/releases", refusal(404, "Not Found"))
    result = github.release(clone)
    assert result.code == 1
    assert "check the repository's name" in result.stderr


def test_file_that_is_there_already_is_looked_at_again(github: Hosted) -> None:
    clone = github.started()
    error = {"resource": "ReleaseAsset", "code": "already_exists", "field": "name"}
    taken = Reply(422, {"message": "Validation Failed", "errors": [error]})
    github.refuse(GITHUB.upload, taken, times=1)
    result = github.release(clone)
    assert (result.code, github.faults()) == (0, []), result.stderr


def test_immutable_releases_work(github: Hosted) -> None:
    github_server(github).is_immutable = True
    clone = github.started(ASSETS, {"a.txt": "a\n"})
    assert github.release(clone).code == 0
    assert github.release(clone).code == 0
    assert github.faults() == []


# Who wrote it


def odd(content: bytes) -> Reply:
    """An answer that is none of those that GitHub describes."""
    return Reply(200, content, {"Content-Type": "application/json"})


LOGINS = '[changelog]\nlogins = true\ntemplate = "github"\n'


def test_authors_are_called_by_the_logins_that_the_forge_tells(place: Hosted) -> None:
    clone = place.started(LOGINS, {"CHANGELOG.md": CHANGELOG})
    if isinstance(place.server, GitHub | Gitea):
        place.server.people[clone.head] = "ada"
    result = place.release(clone)
    assert (result.code, result.stdout) == (0, "0.1.0\n"), result.stderr
    is_told = isinstance(place.server, GitHub | Gitea)
    assert ("@ada" in place.seen()[0].text) == is_told
    assert ("@ada" in place.remote.bare.git("show", "main:CHANGELOG.md")) == is_told
    assert place.sent("GET .*/commits") == is_told
    assert ("GitLab does not tell whose commits are" in result.stderr) != is_told


def test_notes_with_logins_are_the_same_where_nobody_is_asked(github: Hosted) -> None:
    clone = github.started(LOGINS, {"CHANGELOG.md": CHANGELOG})
    github_server(github).people[clone.head] = "ada"
    github.release(clone)
    other = github.remote.clone("other")
    printed = tagboat("changelog", "0.1.0", cwd=other.path).stdout
    assert "by [@ada](" in printed
    assert github.seen()[0].text.startswith(printed)
    whole = tagboat("changelog", cwd=other.path).stdout
    assert whole.rstrip().endswith(printed.rstrip())
    found = tagboat("verify", "0.1.0", cwd=other.path, env=github.env)
    assert found.code == 0, found.stdout
    assert github.sent("GET .*/commits") == 1


def test_next_release_asks_for_no_author_whom_the_forge_told(github: Hosted) -> None:
    clone = github.started(LOGINS)
    github_server(github).people[clone.head] = "ada"
    github.release(clone)
    clone.commit("feat: b")
    clone.git("push", "-q", "origin", "HEAD:main")
    assert github.release(clone).stdout == "0.2.0\n"
    assert all("by @ada" in one.text or "[@ada]" in one.text for one in github.seen())
    assert github.sent("GET .*/commits") == 1


def test_plan_with_logins_is_released_while_the_forge_tells_the_same(github: Hosted) -> None:
    clone = github.started(LOGINS, {"CHANGELOG.md": CHANGELOG})
    github_server(github).people[clone.head] = "ada"
    made = tagboat(
        "plan", "--channel", "main", "-o", "../plan.json", cwd=clone.path, env=github.env
    )
    assert made.code == 0, made.stderr
    github_server(github).people[clone.head] = "eve"
    refused = github.release(clone, "--plan", "../plan.json")
    assert (refused.code, "its logins, notes, edits differ" in refused.stderr) == (4, True)
    github_server(github).people[clone.head] = "ada"
    assert github.release(clone, "--plan", "../plan.json").code == 0
    assert "@ada" in github.seen()[0].text


@pytest.mark.parametrize("answer", [refusal(403, "not now"), odd(b"{}"), odd(b"[3]")])
def test_forge_that_does_not_tell_logins_stops_no_release(github: Hosted, answer: Reply) -> None:
    clone = github.started(LOGINS)
    github.refuse("GET .*/commits", answer)
    result = github.release(clone)
    assert (result.code, result.stdout) == (0, "0.1.0\n"), result.stderr
    assert "@" not in github.seen()[0].text
