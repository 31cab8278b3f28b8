"""Platforms built on several machines, or by several nodes, meet in the registry."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commandline import Result, tagboat_process
from tests.e2e.building import Picture, attempted, built, in_registry, project, tags
from tests.e2e.image_release import ImageRelease
from tests.engine import Engine, running
from tests.engine.buildkit_socket import buildkit_socket
from tests.gitrepo import GitRepo

BOTH = ("linux/amd64", "linux/arm64")


def settings(engine: Engine, name: str, more: str = "") -> str:
    return f"""
[[images]]
name = "app"
repositories = ["{engine.open.host}/{name}"]
platforms = {json.dumps(BOTH)}
build_args = {{ VERSION = "{{version}}" }}
{more}
"""


def merged(repo: GitRepo) -> Result:
    return tagboat_process("image", "merge", "--json", cwd=repo.path)


def annotations(picture: Picture) -> object:
    return picture.index["annotations"]


def test_two_machines_meet_in_the_registry_alone(
    engine: Engine, repo: GitRepo, name: str, tmp_path: Path
) -> None:
    project(repo, engine, settings(engine, name))
    machines = [repo.clone(tmp_path / platform[-5:]) for platform in BOTH]
    alone = [
        in_registry(built(machine, "--platform", platform)[0]["places"][0])
        for machine, platform in zip(machines, BOTH, strict=True)
    ]
    done = merged(repo.clone(tmp_path / "third"))
    assert done.code == 0, done.stderr
    [made] = json.loads(done.stdout)
    joined = in_registry(made["places"][0])
    assert joined.digest == made["digest"]
    assert joined.digests == alone[0].digests | alone[1].digests
    assert set(joined.digests) == set(BOTH)
    assert joined.attested == set(joined.digests.values())
    assert annotations(joined) == annotations(alone[0]) == annotations(alone[1])
    assert {run(engine, made["places"][0], platform) for platform in BOTH} == {
        "1.4.2 on x86_64\n",
        "1.4.2 on aarch64\n",
    }


def run(engine: Engine, reference: str, platform: str) -> str:
    return engine.docker("run", "--rm", "--platform", platform, reference)


def test_joining_again_changes_nothing(engine: Engine, repo: GitRepo, name: str) -> None:
    project(repo, engine, settings(engine, name))
    for platform in BOTH:
        built(repo, "--platform", platform)
    first, second = merged(repo), merged(repo)
    assert json.loads(first.stdout) == json.loads(second.stdout)


def test_a_platform_that_is_missing_is_named(engine: Engine, repo: GitRepo, name: str) -> None:
    project(repo, engine, settings(engine, name))
    built(repo, "--platform", "linux/amd64")
    done = merged(repo)
    assert (done.code, done.stdout) == (1, "")
    assert "app lacks linux/arm64: there is no " in done.stderr
    assert "try: tagboat image build --platform linux/arm64" in done.stderr
    assert len(tags(engine.open.host, name)) == 1


def test_platforms_of_another_commit_are_not_joined(
    engine: Engine, repo: GitRepo, name: str
) -> None:
    project(repo, engine, settings(engine, name))
    built(repo, "--platform", "linux/amd64")
    repo.commit("fix: other", files={"a.txt": "b\n"})
    built(repo, "--platform", "linux/arm64")
    assert "app lacks linux/amd64: " in merged(repo).stderr


def test_a_registry_that_does_not_answer_is_no_missing_platform(
    engine: Engine, repo: GitRepo
) -> None:
    given = settings(engine, "x").replace(engine.open.host, "127.0.0.1:9")
    done = merged(project(repo, engine, given))
    assert done.code == 1
    assert "lacks" not in done.stderr
    assert "127.0.0.1:9" in done.stderr


def test_a_registry_with_a_password_is_pushed_to_and_joined_in(
    engine: Engine, repo: GitRepo, name: str
) -> None:
    project(repo, engine, settings(engine, name).replace(engine.open.host, engine.closed.host, 1))
    for platform in BOTH:
        built(repo, "--platform", platform)
    [made] = json.loads(merged(repo).stdout)
    raw = engine.docker("buildx", "imagetools", "inspect", "--raw", made["places"][0])
    assert {one["platform"]["architecture"] for one in json.loads(raw)["manifests"]} == {
        "amd64",
        "arm64",
        "unknown",
    }


def test_a_registry_that_refuses_is_no_missing_platform(
    engine: Engine, repo: GitRepo, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project(repo, engine, settings(engine, name).replace(engine.open.host, engine.closed.host, 1))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    done = merged(repo)
    assert done.code == 1
    assert "lacks" not in done.stderr
    assert "401" in done.stderr or "authorization" in done.stderr


def test_an_image_of_a_released_version_is_built_from_its_commit(
    engine: Engine, repo: GitRepo, name: str
) -> None:
    project(repo, engine, settings(engine, name))
    [before] = built(repo, "--platform", "linux/amd64")
    repo.commit("feat: more", files={"Dockerfile": "FROM nowhere\n", "tagboat.toml": ""})
    [after] = built(repo, "1.4.2", "--platform", "linux/amd64")
    assert after["places"] == before["places"]


@pytest.fixture(scope="module")
def nodes(engine: Engine) -> Iterator[tuple[str, str]]:
    """The addresses of two engines, for platforms of their own."""
    with (
        running() as other,
        buildkit_socket(engine.socket, engine.folder) as one,
        buildkit_socket(other.socket, other.folder) as two,
    ):
        yield one, two


@pytest.fixture
def pair(
    engine: Engine, nodes: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """The setting of a builder of two nodes, each a daemon of its own."""
    monkeypatch.setenv("BUILDX_CONFIG", str(tmp_path / "buildx"))
    create = ("buildx", "create", "--name=pair", "--driver=remote")
    engine.docker(*create, "--platform=linux/amd64", nodes[0])
    engine.docker(*create, "--append", "--platform=linux/arm64", nodes[1])
    return 'builder = "pair"\n'


def test_several_nodes_build_one_image(engine: Engine, repo: GitRepo, name: str, pair: str) -> None:
    project(repo, engine, settings(engine, name, pair))
    [made] = built(repo)
    picture = in_registry(made["places"][0])
    assert set(picture.digests) == set(BOTH)
    assert picture.attested == set(picture.digests.values())
    assert picture.digest == made["digest"]


def test_what_several_nodes_built_is_released_once_and_verified(
    image_release: ImageRelease, pair: str
) -> None:
    clone = image_release.started(image_release.settings(image=pair, platforms=BOTH))
    result = image_release.release(clone)
    assert (result.code, image_release.builds) == (0, 1), result.stderr
    digest = image_release.digest("v0.1.0")
    assert image_release.held("0.1.0") == image_release.held("latest") == [digest, digest]
    picture = in_registry(f"{image_release.repositories[0]}:0.1.0")
    assert picture.attested == set(picture.digests.values())
    assert set(picture.digests) == set(BOTH)
    verified = tagboat_process("verify", "0.1.0", cwd=clone.path)
    assert verified.code == 0, verified
    assert (image_release.release(clone).code, image_release.builds) == (0, 1)


def test_a_node_that_does_not_answer_is_named(
    engine: Engine, repo: GitRepo, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILDX_CONFIG", str(tmp_path / "buildx"))
    project(repo, engine, settings(engine, name, 'builder = "far"'))
    engine.docker("buildx", "create", "--name=far", "--driver=remote", f"unix://{tmp_path}/nothing")
    done = attempted(repo)
    assert (done.code, done.stdout) == (1, "")
    assert "the builder far does not answer: " in done.stderr
    assert "`docker buildx inspect --bootstrap far` starts it" in done.stderr
