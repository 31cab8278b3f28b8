"""What helps where a command is given what does not fit: the words, and that they do help."""

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.hints import NEXT, Refused, followed, written
from tests.releasing import Remote, push

PACKAGES = '[[packages]]\nname = "a"\npaths = [{paths}]\n'
PLAN = ("plan", "--channel", "main")


def in_shell(repo: GitRepo, hint: str) -> None:
    """Do what a hint says, which is a command of git."""
    program, *words = shlex.split(hint)
    assert program == "git"
    repo.git(*words)


def with_a_workflow(repo: GitRepo) -> None:
    (repo.path / ".github/workflows").mkdir(parents=True)
    written(".github/workflows/release.yml", "on: push\n")(repo)


def without_a_workflow(repo: GitRepo) -> None:
    (repo.path / ".github/workflows/release.yml").unlink()


REFUSED = {
    "a workflow that is there": Refused(
        with_a_workflow,
        "move it away, or add the lines by hand",
        without_a_workflow,
        ("init", "--ci", "github"),
    ),
    "a plan of this clone to keep": Refused(
        bool,
        "leave -o out",
        command=(*PLAN, "--local", "-o", "plan.json"),
        again=(*PLAN, "--local"),
    ),
    "a plan without the remote": Refused(
        bool,
        "--local plans with this clone alone",
        command=(*PLAN, "--offline"),
        again=(*PLAN, "--offline", "--local"),
    ),
    "the remote and no remote": Refused(
        bool, "leave one out", command=(*NEXT, "--remote", "--offline"), again=(*NEXT, "--offline")
    ),
}


@pytest.fixture
def begun(repo: GitRepo) -> GitRepo:
    """A repository with a release and a fix since."""
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    repo.commit("fix: b")
    return repo


@pytest.mark.parametrize("case", REFUSED)
def test_what_fails_goes_once_its_hint_is_followed(case: str, begun: GitRepo) -> None:
    followed(REFUSED[case], begun)


def test_paths_that_fit_nothing_are_taken_out(begun: GitRepo) -> None:
    words = ("doctor", "--offline", "--channel", "main")
    written("tagboat.toml", PACKAGES.format(paths='"lib", "gone"'))(begun)
    begun.commit("chore: configure", files={"lib/a": "a"})
    failed = tagboat(*words, cwd=begun.path)
    assert (failed.code, "no file fits 'gone'" in failed.stdout) == (1, True), failed
    assert "try: take them out, or spell them as the files are\n" in failed.stdout
    written("tagboat.toml", PACKAGES.format(paths='"lib"'))(begun)
    assert tagboat(*words, cwd=begun.path).code == 0


@pytest.fixture
def released(tmp_path: Path) -> GitRepo:
    """A clone whose remote is not called origin, with a release."""
    clone = Remote(tmp_path).started()
    push(clone, "feat: b")
    clone.git("remote", "rename", "origin", "upstream")
    tagboat("release", cwd=clone.path)
    return clone


def lacks_a_tag(clone: GitRepo) -> None:
    clone.git("tag", "--delete", "v0.1.0")


def has_moved_a_tag(clone: GitRepo) -> None:
    clone.git("tag", "--force", "v0.1.0", "HEAD~1")


def has_a_tag_of_its_own(clone: GitRepo) -> None:
    clone.git("tag", "--force", "v3.0.0")


@pytest.mark.parametrize(
    ("spoil", "hint"),
    [
        (lacks_a_tag, "git fetch --tags upstream"),
        (has_moved_a_tag, "git fetch --tags --force upstream"),
        (has_a_tag_of_its_own, "git push upstream v3.0.0, or git tag --delete v3.0.0"),
    ],
)
def test_tags_that_differ_from_those_of_the_remote(
    released: GitRepo, spoil: Callable[[GitRepo], object], hint: str
) -> None:
    words = ("doctor", "--channel", "main")
    for way in reversed(hint.split(", or ")):
        spoil(released)
        failed = tagboat(*words, cwd=released.path)
        assert f"try: {hint}\n" in failed.stdout, failed
        in_shell(released, way)
        assert hint not in tagboat(*words, cwd=released.path).stdout


def test_a_plan_that_is_nowhere_is_made(tmp_path: Path) -> None:
    clone = Remote(tmp_path).started()
    failed = tagboat("release", "--plan", "p.json", cwd=clone.path)
    assert "  try: make one with `tagboat plan -o FILE`\n" in failed.stderr
    assert tagboat("plan", "-o", "p.json", cwd=clone.path).code == 0
    assert tagboat("release", "--plan", "p.json", cwd=clone.path).code == 0


def test_an_end_without_a_reason_says_what_one_looks_like(tmp_path: Path) -> None:
    clone = Remote(tmp_path).started()
    tagboat("release", cwd=clone.path)
    failed = tagboat("abandon", "0.1.0", "--reason", " ", cwd=clone.path)
    assert '  try: say why, like --reason "the base image is gone"\n' in failed.stderr


@pytest.mark.parametrize("command", [("release",), ("image", "build", "--print")])
def test_a_repository_without_commits(tmp_path: Path, command: tuple[str, ...]) -> None:
    remote = Remote(tmp_path)
    clone = remote.clone("empty")
    written("tagboat.toml", IMAGES)(clone)
    failed = tagboat(*command, "--channel", "main", cwd=clone.path)
    assert "  try: commit something first\n" in failed.stderr, failed


IMAGES = '[[images]]\nrepositories = ["r.example/acme/app"]\n'


def test_an_image_without_a_version_to_build(repo: GitRepo) -> None:
    files = {"Dockerfile": "FROM scratch\n", "tagboat.toml": IMAGES}
    repo.commit("docs: nothing to release", files=files)
    failed = tagboat("image", "build", "--print", cwd=repo.path)
    assert "  try: name one with --as\n" in failed.stderr, failed
    assert tagboat("image", "build", "--print", "--as", "1.0.0", cwd=repo.path).code == 0


def test_a_repository_without_files_to_write_in(begun: GitRepo, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    begun.git("clone", "--quiet", "--bare", str(begun.path), str(bare))
    failed = tagboat("init", cwd=bare)
    assert "  try: run it in a clone\n" in failed.stderr
    failed = tagboat("changelog", "--next", "--update", cwd=bare)
    assert "  try: name a file with -o\n" in failed.stderr, failed
