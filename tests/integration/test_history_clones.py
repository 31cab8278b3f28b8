"""Clones that hold less than their remote: without tags, shallow, partial, as CI makes them."""

import shutil
from pathlib import Path

import pytest

from tagboat.adapters.git.history import GitHistory
from tagboat.adapters.git.remote import GitRemote
from tagboat.core.errors import OutsideError
from tests.commandline import Result, tagboat
from tests.gitrepo import GitRepo

MINOR = (0, "1.1.0\n", "")


@pytest.fixture
def source(repo: GitRepo) -> GitRepo:
    """What is cloned: v1.0.0, then a feature and two fixes."""
    repo.commit("chore: begin", files={"a.txt": "a"})
    repo.commit("feat: a", files={"b.txt": "b"})
    repo.tag("v0.9.0")
    repo.commit("fix: b")
    repo.tag("v1.0.0", message="v1.0.0")
    repo.commits("feat: c", "fix: d", "fix: e")
    return repo


def _next(repo: GitRepo, *options: str) -> Result:
    return tagboat("version", "next", *options, cwd=repo.path)


def _lose(source: GitRepo) -> None:
    """Remove the remote that a clone was made from."""
    shutil.rmtree(source.path)


def _is_shallow(repo: GitRepo) -> bool:
    return repo.git("rev-parse", "--is-shallow-repository") == "true"


# Without tags.


def test_a_clone_without_tags_asks_its_remote_and_says_so(source: GitRepo, tmp_path: Path) -> None:
    done = _next(source.clone(tmp_path / "clone", tags=False))
    assert (done.code, done.stdout) == (0, "1.1.0\n")
    assert "this clone has no version tags: read them from its remote" in done.stderr


def test_asking_the_remote_writes_no_tags(source: GitRepo, tmp_path: Path) -> None:
    clone = source.clone(tmp_path / "clone", tags=False)
    _next(clone)
    assert clone.git("tag", "--list") == ""


def test_a_clone_without_tags_whose_remote_has_none(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit("feat: a")
    assert _next(repo.clone(tmp_path / "clone")) == (0, "0.1.0\n", "")


def test_a_clone_without_tags_does_not_answer_when_its_remote_is_gone(
    source: GitRepo, tmp_path: Path
) -> None:
    clone = source.clone(tmp_path / "clone", tags=False)
    _lose(source)
    done = _next(clone)
    assert (done.code, done.stdout) == (1, "")
    assert "'origin' can't be asked for its tags" in done.stderr
    assert "--offline" in done.stderr


def test_a_clone_without_tags_answers_offline_and_warns(source: GitRepo, tmp_path: Path) -> None:
    clone = source.clone(tmp_path / "clone", tags=False)
    _lose(source)
    done = _next(clone, "--offline")
    assert (done.code, done.stdout) == (0, "0.1.0\n")
    assert "no version tags" in done.stderr
    assert "its remote is not asked" in done.stderr


def test_a_tag_of_the_remote_that_the_clone_does_not_reach_is_no_base(
    source: GitRepo, tmp_path: Path
) -> None:
    clone = source.clone(tmp_path / "clone", tags=False)
    source.commit("feat: newer")
    source.tag("v2.0.0-rc.1")
    source.tag("v2.0.0")
    done = _next(clone)
    assert (done.code, done.stdout) == (0, "1.1.0\n")


def test_a_prerelease_of_the_remote_that_the_clone_does_not_hold_is_not_the_newest(
    source: GitRepo, tmp_path: Path
) -> None:
    clone = source.clone(tmp_path / "clone", tags=False)
    source.commit("feat: newer")
    source.tag("v1.7.0-rc.1")
    done = tagboat("version", "current", "--channel", "next", cwd=clone.path)
    assert done.stdout == "1.0.0\n"


def test_the_followed_remote_is_asked_before_origin(source: GitRepo, tmp_path: Path) -> None:
    clone = source.clone(tmp_path / "clone", tags=False)
    clone.git("remote", "rename", "origin", "upstream")
    clone.git("remote", "add", "origin", str(tmp_path / "nowhere"))
    assert _next(clone).stdout == "1.1.0\n"


# Without every tag.


def _elsewhere(source: GitRepo, tag: str) -> None:
    """Tag a commit of another branch."""
    source.git("switch", "--quiet", "--create", "next")
    source.commit("feat: elsewhere")
    source.tag(tag)
    source.git("switch", "--quiet", "main")


@pytest.mark.parametrize("option", ["--single-branch", "--depth=100"])
def test_a_clone_of_one_branch_counts_the_versions_of_others(
    source: GitRepo, tmp_path: Path, option: str
) -> None:
    _elsewhere(source, "v1.1.0-rc.1")
    clone = source.clone(tmp_path / "clone", option)
    assert clone.git("tag", "--list") == "v0.9.0\nv1.0.0"
    assert not _is_shallow(clone)
    done = _next(clone, "--channel", "next")
    assert (done.code, done.stdout) == (0, "1.1.0-rc.2\n")
    assert "it has 1 more version tag" in done.stderr


def test_a_clone_without_tags_but_one_counts_the_others(source: GitRepo, tmp_path: Path) -> None:
    clone = source.clone(tmp_path / "clone", tags=False)
    clone.git("fetch", "--quiet", "origin", "tag", "v0.9.0")
    done = _next(clone)
    assert (done.code, done.stdout) == (0, "1.1.0\n")


def test_a_clone_of_one_branch_answers_offline_and_warns(source: GitRepo, tmp_path: Path) -> None:
    clone = source.clone(tmp_path / "clone", "--single-branch")
    _lose(source)
    assert "--offline" in _next(clone).stderr
    done = _next(clone, "--offline")
    assert (done.code, done.stdout) == (0, "1.1.0\n")
    assert "does not fetch every tag" in done.stderr


HEADS = "+refs/heads/*:refs/remotes/origin/*"
MAIN = "+refs/heads/main:refs/remotes/origin/main"


@pytest.mark.parametrize(
    ("settings", "is_narrow"),
    [
        ([], False),
        ([("fetch", HEADS)], False),
        ([("fetch", MAIN)], True),
        ([("fetch", "+refs/heads/release/*:refs/remotes/origin/release/*")], True),
        ([("fetch", MAIN), ("fetch", HEADS)], False),
        ([("fetch", MAIN), ("fetch", "+refs/tags/*:refs/tags/*")], False),
        ([("fetch", "+refs/*:refs/*")], False),
        ([("fetch", MAIN), ("tagOpt", "--tags")], False),
        ([("fetch", HEADS), ("tagOpt", "--no-tags")], True),
    ],
)
def test_which_settings_leave_tags_on_the_remote(
    repo: GitRepo, settings: list[tuple[str, str]], *, is_narrow: bool
) -> None:
    repo.git("config", "remote.origin.url", "https://example.org/a.git")
    repo.git("config", "fetch.prune", "true")
    for key, value in settings:
        repo.git("config", "--add", f"remote.origin.{key}", value)
    assert GitHistory(str(repo.path)).facts().narrow == ({"origin"} if is_narrow else set())


# Shallow.


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_shallow_clone_fetches_more_and_says_so(
    source: GitRepo, tmp_path: Path, depth: int
) -> None:
    clone = source.clone(tmp_path / "clone", depth=depth)
    done = _next(clone)
    assert (done.code, done.stdout) == (0, "1.1.0\n")
    assert "this clone is shallow: fetched" in done.stderr


def test_a_shallow_clone_that_holds_its_base_needs_no_more(source: GitRepo, tmp_path: Path) -> None:
    clone = source.clone(tmp_path / "clone", depth=5)
    assert "v1.0.0" in clone.git("tag", "--list")
    assert _next(clone) == MINOR
    assert _is_shallow(clone)


def test_a_shallow_clone_fetches_what_a_squash_may_have_taken_in(
    source: GitRepo, tmp_path: Path
) -> None:
    source.git("tag", "--delete", "v1.0.0")
    source.commit("feat: released (#1)", files={"c.txt": "c"})
    source.commit("fix: f")
    source.tag("v1.0.0")
    source.commit("Dark mode (#2)\n\n* fix: g\n\n* feat: released (#1)")
    clone = source.clone(tmp_path / "clone", depth=2)
    done = _next(clone)
    assert (done.code, done.stdout) == (0, "1.0.1\n")
    assert not _is_shallow(clone)


def test_a_shallow_clone_that_holds_only_a_lower_tag_fetches_the_higher(
    source: GitRepo, tmp_path: Path
) -> None:
    source.tag("v0.1.0", "HEAD~1")
    clone = source.clone(tmp_path / "clone", depth=3)
    assert clone.git("tag", "--list") == "v0.1.0"
    assert _next(clone).stdout == "1.1.0\n"


def test_a_shallow_clone_is_deepened_past_the_first_fetch(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    for number in range(260):
        repo.commit(f"fix: number {number}")
    done = _next(repo.clone(tmp_path / "clone", depth=1))
    assert (done.code, done.stdout) == (0, "1.0.1\n")
    assert "2000 more commits" in done.stderr


def test_fetching_more_touches_neither_files_nor_branch(source: GitRepo, tmp_path: Path) -> None:
    clone = source.clone(tmp_path / "clone", depth=1)
    head = clone.head
    _next(clone)
    assert clone.head == head
    assert clone.git("status", "--porcelain") == ""
    assert not (clone.path / ".git/FETCH_HEAD").exists()


def test_fetching_more_prunes_nothing(source: GitRepo, tmp_path: Path) -> None:
    clone = source.clone(tmp_path / "clone", depth=1)
    clone.commit("fix: mine")  # the remote can't be asked for it, so for its branches
    clone.tag("mine")
    clone.git("config", "fetch.prune", "true")
    clone.git("config", "fetch.pruneTags", "true")
    _next(clone)
    assert "mine" in clone.git("tag", "--list").split()


def test_a_shallow_clone_without_a_remote_is_refused_with_the_command(
    source: GitRepo, tmp_path: Path
) -> None:
    clone = source.clone(tmp_path / "clone", depth=1)
    clone.git("remote", "remove", "origin")
    done = _next(clone)
    assert (done.code, done.stdout) == (1, "")
    assert "no remote" in done.stderr
    assert "try: git remote add origin URL && git fetch --unshallow --tags" in done.stderr


def test_a_shallow_clone_is_refused_offline_with_the_command(
    source: GitRepo, tmp_path: Path
) -> None:
    clone = source.clone(tmp_path / "clone", depth=1)
    done = _next(clone, "--offline")
    assert (done.code, done.stdout) == (1, "")
    assert "try: git fetch --unshallow --tags" in done.stderr
    assert _is_shallow(clone)


def test_a_shallow_clone_whose_remote_is_gone_is_refused_with_the_command(
    source: GitRepo, tmp_path: Path
) -> None:
    clone = source.clone(tmp_path / "clone", depth=1)
    _lose(source)
    done = _next(clone)
    assert (done.code, done.stdout) == (1, "")
    assert "try: git fetch --unshallow --tags" in done.stderr


def test_the_command_that_is_named_helps(source: GitRepo, tmp_path: Path) -> None:
    clone = source.clone(tmp_path / "clone", depth=1)
    hint = _next(clone, "--offline").stderr.partition("try: git ")[2].strip()
    clone.git(*hint.split())
    done = _next(clone, "--offline")
    assert (done.code, done.stdout) == (0, "1.1.0\n")
    assert "shallow" not in done.stderr


def test_a_shallow_clone_with_one_root_of_many_cut_off(source: GitRepo, tmp_path: Path) -> None:
    source.switch("side", at="v0.9.0")
    source.commits("fix: one", "feat!: two", "fix: three", "fix: four")
    source.switch("main")
    source.merge("side")
    done = _next(source.clone(tmp_path / "clone", depth=3))
    assert (done.code, done.stdout) == (0, "2.0.0\n")


# As CI checks out.


def _checkout(source: GitRepo, path: Path, what: str) -> GitRepo:
    """Fetch one commit alone and go to it, as CI services do."""
    job = GitRepo.init(path)
    job.git("remote", "add", "origin", source.url)
    job.git("fetch", "--quiet", "--no-tags", "--depth=1", "origin", what)
    job.git("checkout", "--quiet", "--detach", "FETCH_HEAD")
    return job


def test_a_single_branch(source: GitRepo, tmp_path: Path) -> None:
    source.switch("other", at="HEAD")
    source.commit("feat!: elsewhere")
    source.git(
        "clone", "--quiet", "--single-branch", "-b", "main", source.url, str(tmp_path / "clone")
    )
    assert _next(GitRepo(tmp_path / "clone")) == MINOR


def test_one_commit_by_its_id(source: GitRepo, tmp_path: Path) -> None:
    job = _checkout(source, tmp_path / "job", source.head)
    done = _next(job, "--channel", "main")
    assert (done.code, done.stdout) == (0, "1.1.0\n")


def test_one_commit_that_no_branch_starts_with(source: GitRepo, tmp_path: Path) -> None:
    job = _checkout(source, tmp_path / "job", source.git("rev-parse", "HEAD~1"))
    done = _next(job, "--channel", "main")
    assert (done.code, done.stdout) == (0, "1.1.0\n")


@pytest.fixture
def pull_request(source: GitRepo) -> GitRepo:
    """The source with a pull request's merge commit, which no branch holds."""
    source.switch("topic", at="HEAD~1")
    source.commit("feat!: of the pull request")
    source.switch("main")
    before = source.head
    merged = source.merge("topic")
    source.git("update-ref", "refs/pull/7/merge", merged)
    source.git("update-ref", "refs/heads/main", before)
    source.git("branch", "--quiet", "-D", "topic")
    return source


def test_the_merge_of_a_pull_request(pull_request: GitRepo, tmp_path: Path) -> None:
    job = _checkout(pull_request, tmp_path / "job", "refs/pull/7/merge")
    done = _next(job, "--channel", "main")
    assert (done.code, done.stdout) == (0, "2.0.0\n")
    assert "fetched 200 more commits" in done.stderr
    assert "all of its history" not in done.stderr


def test_no_other_branch_is_fetched_with_what_is_missing(source: GitRepo, tmp_path: Path) -> None:
    job = _checkout(source, tmp_path / "job", source.head)
    _next(job, "--channel", "main")
    assert job.git("for-each-ref", "refs/remotes") == ""


def test_the_merge_of_a_pull_request_that_is_closed(pull_request: GitRepo, tmp_path: Path) -> None:
    job = _checkout(pull_request, tmp_path / "job", "refs/pull/7/merge")
    pull_request.git("update-ref", "-d", "refs/pull/7/merge")
    pull_request.git("config", "uploadpack.allowAnySHA1InWant", "false")
    job.git("config", "protocol.version", "0")
    done = _next(job, "--channel", "main")
    assert (done.code, done.stdout) == (0, "2.0.0\n")


def test_a_commit_that_the_remote_has_lost_is_no_lower_version(
    pull_request: GitRepo, tmp_path: Path
) -> None:
    job = _checkout(pull_request, tmp_path / "job", "refs/pull/7/merge")
    pull_request.git("update-ref", "-d", "refs/pull/7/merge")
    pull_request.git("reflog", "expire", "--all", "--expire=now")
    pull_request.git("gc", "--quiet", "--prune=now")
    done = _next(job, "--channel", "main")
    assert (done.code, done.stdout) == (1, "")
    assert "shallow" in done.stderr


# Partial.


@pytest.fixture(params=["tree:0", "blob:none"])
def partial(request: pytest.FixtureRequest, source: GitRepo, tmp_path: Path) -> GitRepo:
    """A clone without trees or blobs whose remote is gone."""
    clone = source.clone(tmp_path / "clone", filter_spec=request.param, bare=True)
    _lose(source)
    return clone


def test_a_partial_clone_needs_nothing_from_its_remote(partial: GitRepo) -> None:
    assert _next(partial) == MINOR


def test_a_partial_clone_that_has_no_remote_any_more(partial: GitRepo) -> None:
    partial.git("remote", "remove", "origin")
    assert _next(partial) == MINOR


@pytest.mark.parametrize("command", [("explain",), ("version", "list"), ("version", "current")])
def test_every_question_is_answered_in_a_partial_clone(
    partial: GitRepo, command: tuple[str, ...]
) -> None:
    done = tagboat(*command, cwd=partial.path)
    assert (done.code, done.stderr) == (0, "")


def test_a_cherry_pick_of_a_commit_that_a_partial_clone_does_not_hold(
    source: GitRepo, tmp_path: Path
) -> None:
    lost = "1234567890" * 4
    source.commit(f"feat: picked\n\n(cherry picked from commit {lost})\n")
    clone = source.clone(tmp_path / "clone", filter_spec="tree:0", bare=True)
    _lose(source)
    assert _next(clone) == MINOR


def test_a_lost_id_is_not_looked_for_at_the_remote(source: GitRepo, tmp_path: Path) -> None:
    clone = source.clone(tmp_path / "clone", filter_spec="tree:0", bare=True)
    outside = source.commit("feat: later")
    history = GitHistory(str(clone.path))
    assert history.messages([outside]) == {}
    assert clone.git("cat-file", "-e", "HEAD") == ""
    assert history.not_ancestors([outside], clone.head) == {outside}


def test_paths_of_a_package_fetch_the_trees_they_need(source: GitRepo, tmp_path: Path) -> None:
    clone = source.clone(tmp_path / "clone", filter_spec="tree:0", bare=True)
    found = GitHistory(str(clone.path)).changed_files(clone.head, (), ["b.txt"])
    touching = {commit for commit, change in found.items() if change.files}
    assert touching == {source.git("rev-parse", "v0.9.0")}


def test_paths_of_a_package_fetch_nothing_where_that_is_forbidden(
    source: GitRepo, tmp_path: Path
) -> None:
    clone = source.clone(tmp_path / "clone", filter_spec="tree:0", bare=True)
    history = GitHistory(str(clone.path), may_fetch=False)
    with pytest.raises(OutsideError, match="trees that this partial clone lacks") as error:
        history.changed_files(clone.head, (), ["b.txt"])
    assert error.value.hint == "run it without --offline"


def test_paths_of_a_package_whose_trees_the_remote_does_not_give(
    source: GitRepo, tmp_path: Path
) -> None:
    clone = source.clone(tmp_path / "clone", filter_spec="tree:0", bare=True)
    _lose(source)
    with pytest.raises(OutsideError, match="its remote does not give them: ") as caught:
        GitHistory(str(clone.path)).changed_files(clone.head, (), ["b.txt"])
    assert caught.value.hint == "see that the remote can be reached, with `git ls-remote`"


def test_trees_that_git_does_not_even_ask_for_are_told_alike(
    source: GitRepo, tmp_path: Path
) -> None:
    """As git 2.47 does without a remote; here it has forgotten whom to ask."""
    clone = source.clone(tmp_path / "clone", filter_spec="tree:0", bare=True)
    for key in ("remote.origin.promisor", "remote.origin.partialCloneFilter"):
        clone.git("config", "--unset", key)
    with pytest.raises(OutsideError, match="its remote does not give them: "):
        GitHistory(str(clone.path)).changed_files(clone.head, (), ["b.txt"])


# The remote itself.


def test_the_address_of_a_remote_is_told_without_credentials(repo: GitRepo) -> None:
    repo.git("remote", "add", "origin", "https://me:secret@127.0.0.1/group/project.git")
    assert GitRemote(str(repo.path)).url() == "https://127.0.0.1/group/project.git"


def test_the_address_of_a_remote_follows_rewritten_ones(repo: GitRepo) -> None:
    repo.git("config", "url.ssh://git@127.0.0.1/.insteadOf", "work:")
    repo.git("remote", "add", "origin", "work:project.git")
    assert GitRemote(str(repo.path)).url() == "ssh://127.0.0.1/project.git"


def test_a_repository_without_a_remote_has_no_address(repo: GitRepo) -> None:
    assert GitRemote(str(repo.path)).url() == ""


def test_of_several_remotes_none_is_guessed(repo: GitRepo) -> None:
    repo.git("remote", "add", "one", "/one")
    repo.git("remote", "add", "two", "/two")
    assert GitRemote(str(repo.path)).name() is None


def test_the_only_remote_is_the_remote(repo: GitRepo) -> None:
    repo.git("remote", "add", "elsewhere", "/one")
    assert GitRemote(str(repo.path)).name() == "elsewhere"


def test_tags_of_the_remote_are_peeled(source: GitRepo, tmp_path: Path) -> None:
    clone = source.clone(tmp_path / "clone", tags=False)
    tags = GitRemote(str(clone.path)).tags()
    assert tags is not None
    assert dict(tags) == {
        "v0.9.0": source.git("rev-parse", "v0.9.0"),
        "v1.0.0": source.git("rev-parse", "v1.0.0^{commit}"),
    }
