"""What a forge will refuse is found before anything is public, by release, plan and doctor."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tagboat.adapters.forges.errors import ErrorAnswer, ErrorTranslator, ForgeRepository
from tagboat.core.errors import OutsideError
from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.servers.front import Fault, Reply, refusal
from tests.servers.gitea import Gitea
from tests.servers.github import GitHub
from tests.servers.gitlab import TOKEN as GITLAB_TOKEN
from tests.servers.gitlab import GitLab
from tests.servers.refusals import REFUSALS, Refusal
from tests.servers.worlds import WORLDS
from tests.showing import TAG, Hosted, hosted
from tests.tiers import some

NO_API = {
    "a page": Reply(200, b"<html>Sign in</html>", {"Content-Type": "text/html"}),
    "null": Reply(200, b"null", {"Content-Type": "application/json"}),
    "something else": Reply(200, {"items": []}),
    "a redirect to a page": Reply(302, None, {"Location": "/sign-in"}),
}


@pytest.fixture(params=WORLDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hosted]:
    with hosted(WORLDS[request.param], tmp_path / "hosted") as made:
        yield made


def look(place: Hosted, clone: GitRepo, *command: str) -> str:
    """What a command says that only looks."""
    given = tagboat(*command, "--channel", "main", cwd=clone.path, env=place.env)
    return given.stderr + given.stdout


def in_one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.matrix
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: f"{one.forge}, {one.name}")
def test_refusal_is_found_before_anything_is_public(tmp_path: Path, refusal: Refusal) -> None:
    with hosted(WORLDS[refusal.forge], tmp_path / "hosted") as place:
        clone = place.started()
        before = place.remote.refs
        kept = dict(vars(place.server))
        refusal.begin(place.server)
        ended = place.release(clone)
        assert (ended.code, place.remote.refs) == (refusal.code, before), ended.stderr
        for said in (ended.stderr, look(place, clone, "doctor"), look(place, clone, "plan")):
            assert refusal.said in in_one_line(said), said
            assert refusal.hint in in_one_line(said), said
        planned = tagboat("plan", "--channel", "main", cwd=clone.path, env=place.env)
        # What its maker lacks is told; what anybody would meet ends a plan as it ends a release.
        assert planned.code == (0 if refusal.code == 1 else refusal.code), planned.stderr
        vars(place.server).update(kept)
        refusal.end(place.server)
        assert (place.release(clone).code, place.faults()) == (0, [])


def begun_at(place: Hosted, clone: GitRepo, refusal: Refusal, number: int) -> list[str]:
    """What is wrong where a refusal begins at one request of a run, and has ended for the next."""
    place.restore()
    kept, before = dict(vars(place.server)), place.remote.refs

    def begin(count: int) -> None:
        if count == number:
            refusal.begin(place.server)

    place.front.restart_counting()
    place.front.before = begin
    first = place.release(clone)
    place.front.before = nothing
    is_public = TAG in place.remote.tags
    told = [] if is_public or place.remote.refs == before else ["refs without a tag"]
    told += [] if first.code or is_public else ["nothing was released"]
    vars(place.server).update(kept)
    refusal.end(place.server)
    again = place.release(clone)
    return told + ([] if again.code == 0 else [again.stderr]) + place.faults()


def nothing(_: int) -> None:
    """Nothing happens."""


def test_file_that_is_too_large_for_gitea_is_found_before_the_push(tmp_path: Path) -> None:
    with hosted(WORLDS["gitea"], tmp_path / "hosted") as place:
        assert isinstance(place.server, Gitea)
        place.server.version, place.server.attachment_settings = "1.25.3", {"max_size": 1}
        clone = place.started('assets = ["a.bin"]\n', {"a.bin": "a" * ((1 << 20) + 1)})
        before = place.remote.refs
        ended = place.release(clone)
        assert (ended.code, place.remote.refs, place.seen()) == (2, before, [])
        planned = tagboat("plan", "--channel", "main", cwd=clone.path, env=place.env)
        assert planned.code == 2
        for said in (ended.stderr, planned.stderr, look(place, clone, "doctor")):
            assert "'a.bin' has 1048577 bytes" in in_one_line(said)
            assert "takes 1 MiB at most; have MAX_SIZE raised" in in_one_line(said)
        place.server.attachment_settings = {"max_size": 2}
        assert (place.release(clone).code, place.faults()) == (0, [])


@pytest.mark.matrix
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: f"{one.forge}, {one.name}")
def test_refusal_at_any_request_leaves_nothing_public_or_is_finished(
    tmp_path: Path, refusal: Refusal
) -> None:
    with hosted(WORLDS[refusal.forge], tmp_path / "hosted") as place:
        clone = place.started('assets = ["a.txt"]\n', {"a.txt": "a\n"})
        place.save()
        assert place.release(clone).code == 0
        numbers = some(range(1, len(place.front.exchanges) + 1), 4, f"refusals, {refusal.name}")
        ends = {number: begun_at(place, clone, refusal, number) for number in numbers}
        assert {number: told for number, told in ends.items() if told} == {}


HINTS = (
    (ErrorAnswer(401, "no"), "give a token that has not expired, with Contents"),
    (ErrorAnswer(403, "no"), "the token needs Contents"),
    (ErrorAnswer(403, "API rate limit exceeded"), "run the same command again in 60 s"),
    (ErrorAnswer(403, "no", wait=5), "run the same command again in 5 s"),
    (ErrorAnswer(410, "gone"), "check the repository's name; the token needs Contents"),
    (
        ErrorAnswer(422, "no", frozenset({"already_exists"})),
        "look at it on the forge; delete it, or release another version",
    ),
    (ErrorAnswer(422, "body is too long"), "run the same command again once what it says is"),
    (ErrorAnswer(500, ""), "run the same command again: it goes on from here"),
    (ErrorAnswer(404, "no"), "check the repository's name; the token needs Contents"),
    (ErrorAnswer(307, "no"), "was renamed or moved: give its new address to the remote"),
    (ErrorAnswer(307, "no", elsewhere="https://y/"), "check forge.api, which is https://x now"),
    (ErrorAnswer(409, "no"), "look at it on the forge; delete it, or release another version"),
    (ErrorAnswer(422, "release is immutable"), "immutable here: make a new version"),
    (ErrorAnswer(413, "no"), "have the limit of the server, or of what stands before it, raised"),
    (ErrorAnswer(400, "no"), "run the same command again once what it says is mended"),
    (ErrorAnswer(429, "no", wait=7), "run the same command again in 7 s"),
    (ErrorAnswer(0, "can't be parsed"), "check forge.api, which is https://x now, and what"),
    (ErrorAnswer(503, "no"), "run the same command again: it goes on from here"),
)


@pytest.mark.parametrize(("answer", "hint"), HINTS)
def test_every_refused_request_says_what_helps(answer: ErrorAnswer, hint: str) -> None:
    edge = ErrorTranslator(
        ForgeRepository("GitHub", "https://x", "a/b", "Contents"), lambda: "a-token"
    )
    assert hint in edge.refused("make a draft", answer).hint


ODD = {
    "a key is missing": KeyError("tag_name"),
    "a list, not an object": TypeError("list indices must be integers"),
    "nothing": AttributeError("'NoneType' object has no attribute 'partition'"),
    "an empty list": IndexError("list index out of range"),
    "a word for a number": ValueError("invalid literal for int()"),
    "nested without end": RecursionError("maximum recursion depth exceeded"),
}


@pytest.mark.parametrize("what", ODD)
def test_answer_of_another_shape_is_one_clear_error(what: str) -> None:
    edge = ErrorTranslator(
        ForgeRepository("GitHub", "https://x", "a/b", "Contents"), lambda: "a-token"
    )
    with pytest.raises(OutsideError) as error, edge.asking("make a draft"):
        raise ODD[what]
    assert "GitHub (a/b) did not make a draft: its answer has another shape" in str(error.value)
    assert str(ODD[what]) in str(error.value)
    assert error.value.hint == "check forge.api, which is https://x now, and what stands between"


OF_ANOTHER_SHAPE = {
    "an object": Reply(200, {"items": [1]}),
    "objects": Reply(200, [{"x": 1}]),
    "no content": Reply(204),
    "nested without end": Reply(200, b"[" * 100_000, {"Content-Type": "application/json"}),
    "words for numbers": Reply(200, {"id": "x", "tag_name": 5, "draft": "x", "upload_url": "x"}),
    "words that are no words": Reply(403, {"message": {"a": [1]}, "errors": 7}),
}


@pytest.mark.matrix("place")
@pytest.mark.parametrize("answer", OF_ANOTHER_SHAPE)
def test_odd_answer_to_any_request_is_told_and_the_next_run_finishes(
    place: Hosted, answer: str
) -> None:
    clone = place.started('assets = ["a.txt"]\n', {"a.txt": "a\n"})
    place.save()
    assert place.release(clone).code == 0
    sent = [f"{one.request.method} {one.request.path}" for one in place.front.exchanges]
    numbers = some(range(1, len(sent) + 1), 2, f"odd answers, {answer}")
    for number in numbers:
        place.restore()
        _answer_at(place, number, OF_ANOTHER_SHAPE[answer])
        ended = place.release(clone)
        place.front.before = nothing
        assert "internal error" not in ended.stderr, (sent[number - 1], ended.stderr)
        assert ended.code in {0, 1}, (sent[number - 1], ended.stderr)
        assert place.release(clone).code == 0, sent[number - 1]
        assert place.faults() == []


def _answer_at(place: Hosted, number: int, reply: Reply) -> None:
    """Let one request of a run get an answer that is put in its way."""

    def before(count: int) -> None:
        if count == number:
            place.front.faults.append(Fault(".", "", 1, reply=reply))

    place.front.restart_counting()
    place.front.before = before


@pytest.mark.matrix
@pytest.mark.parametrize("answer", NO_API)
@pytest.mark.parametrize("path", ["", "/releases"])
def test_address_that_is_no_forge_is_named(place: Hosted, path: str, answer: str) -> None:
    clone = place.started()
    before = place.remote.refs
    place.front.faults += [
        Fault(rf"^GET [\w/%.]*acme(/|%2F)app{path}(/v0.1.0)?$", "", 99, reply=NO_API[answer]),
        Fault("^GET /sign-in", "", 99, reply=NO_API["a page"]),
    ]
    ended = place.release(clone)
    assert (ended.code, place.remote.refs) == (1, before), ended.stderr
    assert f"{place.front.url}/" in ended.stderr
    assert f"check forge.api, which is {place.front.url}" in ended.stderr


REDIRECTED = {
    "another host": ("http://files.invalid/there", "check forge.api, which is"),
    "a page": ("/sign-in", "check forge.api, which is"),
    "no address": ("http://[::1", "check forge.api, which is"),
}


@pytest.mark.matrix("place")
@pytest.mark.parametrize("led", REDIRECTED)
def test_upload_that_is_sent_elsewhere_is_not_called_a_renamed_repository(
    place: Hosted, led: str
) -> None:
    clone = place.started('assets = ["a.txt"]\n', {"a.txt": "a\n"})
    to, hint = REDIRECTED[led]
    upload = r"^(POST|PUT) .*(/assets|/packages/generic/)"
    place.front.faults.append(Fault(upload, "", 99, reply=Reply(307, None, {"Location": to})))
    ended = place.release(clone)
    assert (ended.code, "renamed" in ended.stderr) == (1, False), ended.stderr
    assert hint in in_one_line(ended.stderr), ended.stderr
    assert to.rpartition("/")[2] in ended.stderr
    place.front.faults.clear()
    assert (place.release(clone).code, place.faults()) == (0, [])


@pytest.mark.matrix
@pytest.mark.parametrize("draft", [True, False], ids=["draft", "release"])
def test_what_a_person_made_under_another_tag_or_case_stays(tmp_path: Path, *, draft: bool) -> None:
    with hosted(WORLDS["github"], tmp_path / "hosted") as place:
        assert isinstance(place.server, GitHub)
        theirs = [place.server.add_release(one, TAG, draft=draft) for one in ("V0.1.0", "nightly")]
        before = [dict(place.server.releases[one]) for one in theirs]
        assert place.release(place.started()).code == 0
        assert [place.server.releases[one] for one in theirs] == before
        assert place.server.publications == [TAG]


def test_release_of_a_person_under_another_case_stays_on_gitlab(tmp_path: Path) -> None:
    with hosted(WORLDS["gitlab"], tmp_path / "hosted") as place:
        assert isinstance(place.server, GitLab)
        theirs = {"tag_name": "V0.1.0", "name": TAG, "description": "x", "assets": {"links": []}}
        place.server.releases["V0.1.0"] = dict(theirs)
        assert place.release(place.started()).code == 0
        assert place.server.releases["V0.1.0"] == theirs
        assert place.server.publications == [TAG]


def test_plan_and_doctor_change_nothing_on_the_forge(place: Hosted) -> None:
    clone = place.started()
    before = place.server.result()
    for command in ("plan", "doctor"):
        assert "may not make a release" not in look(place, clone, command)
    assert place.server.result() == before


@pytest.mark.parametrize("scopes", ["", "repo", "public_repo, read:org"])
def test_every_kind_of_token_that_may_write_is_taken(tmp_path: Path, scopes: str) -> None:
    with hosted(WORLDS["github"], tmp_path / "hosted") as place:
        assert isinstance(place.server, GitHub)
        place.server.scopes = scopes
        assert (place.release(place.started()).code, place.faults()) == (0, [])


def test_fine_grained_token_is_not_judged_by_scopes_that_it_has_not(tmp_path: Path) -> None:
    with hosted(WORLDS["gitlab"], tmp_path / "hosted") as place:
        assert isinstance(place.server, GitLab)
        place.server.scopes, place.server.is_fine_grained = [], True
        assert (place.release(place.started()).code, place.faults()) == (0, [])


def test_commit_that_changes_a_workflow_needs_no_more_rights(tmp_path: Path) -> None:
    with hosted(WORLDS["github"], tmp_path / "hosted") as place:
        ended = place.release(place.started(files={".github/workflows/ci.yml": "on: push\n"}))
        assert (ended.code, place.faults()) == (0, []), ended.stderr


def test_job_token_is_enough_for_a_release(tmp_path: Path) -> None:
    with hosted(WORLDS["gitlab"], tmp_path / "hosted") as place:
        assert isinstance(place.server, GitLab)
        place.server.is_job_token = True
        job = {"GITLAB_TOKEN": "", "CI_JOB_TOKEN": GITLAB_TOKEN, "CI_SERVER_URL": place.front.url}
        ended = place.release(place.started(), **job)
        assert (ended.code, place.faults()) == (0, []), ended.stderr


@pytest.mark.parametrize("command", ["doctor", "plan", "status", "verify 0.1.0", "release"])
def test_job_token_is_asked_for_nothing_that_it_may_not(tmp_path: Path, command: str) -> None:
    with hosted(WORLDS["gitlab"], tmp_path / "hosted") as place:
        assert isinstance(place.server, GitLab)
        place.server.is_job_token = True
        place.env |= {
            "GITLAB_TOKEN": "",
            "CI_JOB_TOKEN": GITLAB_TOKEN,
            "CI_SERVER_URL": place.front.url,
        }
        clone = place.started('assets = ["a.txt"]\n', {"a.txt": "a\n"})
        if command not in {"doctor", "plan"}:
            place.refuse(place.remote_state.publish, refusal(403, "no"), 1)
            assert place.release(clone).code == 1
            assert command == "release" or place.release(clone).code == 0
        found = tagboat(*command.split(), "--channel", "main", cwd=clone.path, env=place.env)
        assert found.code == 0, found.stdout + found.stderr
        assert [one.request.path for one in place.front.exchanges if one.reply.status == 401] == []


@pytest.mark.parametrize("said", ['comment = "Out."\n', 'label = "released"\n'])
def test_job_token_that_may_not_comment_is_said_to_be_one(tmp_path: Path, said: str) -> None:
    with hosted(WORLDS["gitlab"], tmp_path / "hosted") as place:
        assert isinstance(place.server, GitLab)
        place.server.is_job_token = True
        clone = place.started(said)
        clone.commit("fix: b\n\nCloses #7")
        clone.git("push", "--quiet", "origin", "HEAD:main")
        job = {"GITLAB_TOKEN": "", "CI_JOB_TOKEN": GITLAB_TOKEN, "CI_SERVER_URL": place.front.url}
        ended = place.release(clone, **job)
        assert (ended.code, place.faults()) == (0, [])
        assert "takes no comment and no label from a job token" in in_one_line(ended.stderr)
        assert [one.request.path for one in place.front.exchanges if one.reply.status == 401] == []
        place.server.is_job_token = False
        assert place.release(clone).code == 0
        assert place.server.labels[7] == ["released"] * ("label" in said)
        assert len(place.server.comments) == ("comment" in said)


@pytest.mark.matrix
@pytest.mark.parametrize("rewrites", [False, True], ids=["Gitea", "Forgejo"])
def test_what_a_push_queued_does_not_stop_a_release(tmp_path: Path, *, rewrites: bool) -> None:
    with hosted(WORLDS["gitea"], tmp_path / "hosted") as place:
        clone = place.started('assets = ["a.txt"]\n', {"a.txt": "a\n"})
        place.save()
        ends = {}
        for wait in some(range(16), 4, f"queue, {rewrites}"):
            place.restore()
            assert isinstance(place.server, Gitea)
            place.server.queue = wait
            place.server.message = place.remote.message if rewrites else None
            runs = [place.release(clone).code for _ in range(2)]
            ends[wait] = [*place.faults(), *(["a run failed"] if any(runs) else [])]
        assert {wait: told for wait, told in ends.items() if told} == {}


LATE = {"status": 4, "verify 0.1.0": 4, "release": 0}
"""Commands, and how each ends where what stood on the forge was written over meanwhile."""


@pytest.mark.matrix
@pytest.mark.parametrize("command", LATE)
@pytest.mark.parametrize("rewrites", [False, True], ids=["Gitea", "Forgejo"])
def test_what_a_push_queued_after_the_run_is_told_and_mended(
    tmp_path: Path, command: str, *, rewrites: bool
) -> None:
    with hosted(WORLDS["gitea"], tmp_path / "hosted") as place:
        clone = place.started('assets = ["a.txt"]\n', {"a.txt": "a\n"})
        assert place.release(clone).code == 0
        assert isinstance(place.server, Gitea)
        place.server.queue = 0
        place.server.message = place.remote.message if rewrites else None
        found = tagboat(*command.split(), "--channel", "main", cwd=clone.path, env=place.env)
        assert found.code == (LATE[command] if rewrites else 0), found.stdout
        assert (place.release(clone).code, place.faults()) == (0, [])
        again = tagboat("verify", "0.1.0", "--channel", "main", cwd=clone.path, env=place.env)
        assert again.code == 0, again.stdout
