"""`tagboat image build --print`: the bake file, with neither Docker nor a network."""

import json
import os
from typing import Any

import pytest

from tests.commandline import Result, tagboat
from tests.gitrepo import GitRepo

SETTINGS = """
[[images]]
repositories = ["r.example/acme/app"]
platforms = ["linux/amd64", "linux/arm64"]
build_args = { VERSION = "{version}", COMMIT = "{commit}", DATE = "{date}", TAG = "{tag}" }
secrets = { npm = "env:NPM_TOKEN" }

[[images]]
name = "local"
dockerfile = "docker/local"
context = "docker"
"""
FILES = {
    "tagboat.toml": SETTINGS,
    "Dockerfile": "FROM alpine:3\nRUN x\n",
    "docker/local": "FROM scratch\n",
}


@pytest.fixture
def released(repo: GitRepo) -> GitRepo:
    """A repository at v1.4.2 with a fix on top, and images."""
    repo.commit("feat: begin", files=FILES)
    repo.tag("v1.4.2")
    repo.commit("fix: more", files={"a.txt": "a\n"})
    return repo


def printing(repo: GitRepo, *arguments: str, **env: str) -> Result:
    """What is printed with git on PATH, and nothing else."""
    return building(repo, "--print", *arguments, **env)


def building(repo: GitRepo, *arguments: str, **env: str) -> Result:
    """Run with git on PATH, and nothing else."""
    tools = repo.path.parent / "tools"
    tools.mkdir(exist_ok=True)
    for program in ("git", "env"):
        if not (tools / program).exists():
            found = next(
                one for one in os.get_exec_path() if os.access(f"{one}/{program}", os.X_OK)
            )
            (tools / program).symlink_to(f"{found}/{program}")
    path = {"PATH": str(tools)}
    return tagboat("image", "build", *arguments, cwd=repo.path, env=env | path)


def printed(repo: GitRepo, *arguments: str, **env: str) -> Any:  # noqa: ANN401 - a JSON document
    done = printing(repo, *arguments, **env)
    assert (done.code, done.stderr) == (0, "")
    return json.loads(done.stdout)


AGAIN = "it builds again what is built here"


@pytest.mark.parametrize(
    ("files", "more", "told"),
    [
        ({}, "", ""),
        ({"CHANGELOG.md": "# Changelog\n"}, "", "a release writes CHANGELOG.md in a commit"),
        (
            {"VERSION": "1.4.2\n"},
            'files = ["VERSION"]\n[[commands]]\nrun = ["x"]\nwhen = "before-commit"\nadd = ["x"]',
            "a release writes its version files and what its commands make in a commit",
        ),
    ],
)
def test_platform_that_a_release_builds_again_is_told_of_before_it_is_built(
    repo: GitRepo, files: dict[str, str], more: str, told: str
) -> None:
    settings = f"{more}\n{SETTINGS}"
    repo.commit("feat: begin", files=FILES | files | {"tagboat.toml": settings})
    done = building(repo, "--platform", "linux/amd64", "--image", "app", "--as", "1.5.0")
    assert (told in done.stderr, AGAIN in done.stderr) == (True, bool(told))
    assert AGAIN not in building(repo, "--image", "app", "--as", "1.5.0").stderr


def test_the_next_version_of_head_is_described(released: GitRepo) -> None:
    document = printed(released)
    assert document["group"]["default"]["targets"] == ["app", "local"]
    date = released.git("show", "-s", "--format=%cd", "--date=format:%FT%TZ")
    assert document["target"]["app"]["args"] == {
        "VERSION": "1.4.3",
        "COMMIT": released.head,
        "DATE": date,
        "TAG": "v1.4.3",
        "SOURCE_DATE_EPOCH": released.git("show", "-s", "--format=%ct"),
        "BUILDKIT_MULTI_PLATFORM": "1",
    }
    assert document["target"]["local"]["dockerfile"] == "local"


def test_a_version_that_is_asked_for(released: GitRepo) -> None:
    assert printed(released, "--as", "2.0.0")["target"]["app"]["args"]["VERSION"] == "2.0.0"


def test_a_released_version_has_its_own_commit_and_configuration(released: GitRepo) -> None:
    commit = released.git("rev-parse", "v1.4.2")
    released.commit("feat: no images", files={"tagboat.toml": ""})
    document = printed(released, "v1.4.2")
    assert document["target"]["app"]["args"]["COMMIT"] == commit
    assert document["target"]["app"]["args"]["VERSION"] == "1.4.2"


def test_one_image_and_one_platform(released: GitRepo) -> None:
    document = printed(released, "--image", "app", "--platform", "linux/arm64")
    assert document["group"]["default"]["targets"] == ["app"]
    assert document["target"]["app"]["platforms"] == ["linux/arm64"]
    assert document["target"]["app"]["tags"][0].endswith("-linux-arm64")


def test_secrets_stand_there_by_name_alone(released: GitRepo) -> None:
    value = "hunter2"
    done = printing(released, NPM_TOKEN=value)
    assert '"id=npm,env=NPM_TOKEN"' in done.stdout
    assert value not in done.stdout + done.stderr


def test_a_detached_head_s_images_are_those_of_its_channel(released: GitRepo) -> None:
    before = printed(released)
    released.detach()
    assert printed(released, "--channel", "main") == before


def test_another_clone_describes_the_same(released: GitRepo) -> None:
    clone = released.clone(released.path.parent / "clone")
    assert printed(clone) == printed(released)


def test_changes_that_are_not_committed_change_nothing(released: GitRepo) -> None:
    before = printed(released)
    (released.path / "Dockerfile").write_text("FROM other\n")
    assert printed(released) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--image", "ap"], "there is no image 'ap'\n  try: choose app or local"),
        (["--platform", "linux/s390x"], "no image is built for 'linux/s390x'"),
        (["9.9.9"], "no tag spells version 9.9.9"),
    ],
)
def test_what_is_not_there_is_named(released: GitRepo, arguments: list[str], said: str) -> None:
    done = printing(released, *arguments)
    assert (done.code, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_repository_without_images(repo: GitRepo) -> None:
    repo.commit("feat: begin")
    done = printing(repo)
    assert (done.code, done.stdout) == (2, "")
    assert "there are no images to build\n  try: add [[images]] to tagboat.toml" in done.stderr


def test_a_dockerfile_that_is_not_committed(repo: GitRepo) -> None:
    repo.commit("feat: begin", files={"tagboat.toml": SETTINGS})
    done = printing(repo)
    assert done.code == 2
    assert "Dockerfile, which app is built from, is not in the commit" in done.stderr


def test_a_repository_that_has_no_version_yet(repo: GitRepo) -> None:
    repo.commit("chore: begin", files=FILES)
    done = printing(repo)
    assert (done.code, done.stdout) == (1, "")
    assert "there is no version to build" in done.stderr
    assert printed(repo, "--as", "0.1.0")["target"]["app"]["args"]["VERSION"] == "0.1.0"


def test_images_of_packages_have_the_version_of_their_package(repo: GitRepo) -> None:
    settings = """
[[packages]]
name = "api"
paths = ["api"]
[[packages]]
name = "web"
paths = ["web"]
[[images]]
name = "web"
package = "web"
context = "web"
"""
    files = {"tagboat.toml": settings, "web/Dockerfile": "FROM scratch\n", "api/a": "a\n"}
    repo.commit("feat: begin", files=files)
    repo.tag("web-v3.0.0")
    document = printed(repo, "--package", "web")
    assert document["target"]["web"]["tags"] == ["web:3.0.0"]
    assert printing(repo, "--package", "api").code == 2


def test_a_checkout_that_asks_for_secrets_is_not_built(repo: GitRepo) -> None:
    config = '[[images]]\nname = "app"\nsecrets = { x = "file:~/.docker/config.json" }\n'
    repo.commit("feat: a", files={"tagboat.toml": config, "Dockerfile": "FROM scratch\n"})
    done = tagboat("image", "build", cwd=repo.path)
    assert (done.code, "--allow secrets" in done.stderr) == (2, True)
