"""Images that are built: what is in them, what is written on them, the same bytes each time."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from tests.commandline import tagboat_process
from tests.conftest import MakeRepo
from tests.e2e.building import (
    ALL,
    OCI,
    Picture,
    attempted,
    built,
    in_archive,
    in_registry,
    layers,
    project,
    tags,
)
from tests.engine import Engine
from tests.engine.buildkit_socket import buildkit_socket
from tests.gitrepo import GitRepo

PLATFORMS = json.dumps(ALL)


def published(engine: Engine, name: str, more: str = "") -> str:
    """Settings of an image for three platforms, in a repository of its own."""
    return f"""
[[images]]
repositories = ["{engine.open.host}/{name}"]
platforms = {PLATFORMS}
build_args = {{ VERSION = "{{version}}" }}
{more}
"""


def names_in_layers(picture: Picture, platform: str) -> set[str]:
    """The paths of all files that the layers of a platform's image bring."""
    found: set[str] = set()
    for layer in layers(picture, platform):
        with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
            found |= set(archive.getnames())
    return found


def test_an_image_is_pushed_under_its_staging_tag_and_no_other(
    engine: Engine, repo: GitRepo, name: str
) -> None:
    project(repo, engine, published(engine, name))
    [made] = built(repo)
    [reference] = made["places"]
    assert reference.startswith(f"{engine.open.host}/{name}:tagboat-")
    assert tags(engine.open.host, name) == [reference.rpartition(":")[2]]
    picture = in_registry(reference)
    assert (made["image"], made["digest"]) == (name, picture.digest)
    assert set(picture.digests) == set(made["platforms"]) == set(ALL)
    assert picture.attested == set(picture.digests.values())


def test_every_platform_runs_and_tells_its_version(
    engine: Engine, repo: GitRepo, name: str
) -> None:
    project(repo, engine, published(engine, name))
    [made] = built(repo)
    said = {
        platform: engine.docker("run", "--rm", "--platform", platform, made["places"][0])
        for platform in ALL
    }
    assert said == {
        "linux/amd64": "1.4.2 on x86_64\n",
        "linux/arm64": "1.4.2 on aarch64\n",
        "linux/arm/v7": "1.4.2 on armv7l\n",
    }


def test_what_is_printed_is_what_bake_takes(engine: Engine, repo: GitRepo, name: str) -> None:
    project(repo, engine, published(engine, name, 'description = "a ${thing} %{X}"'))
    env = {"DOCKER_HOST": "unix:///no"}
    printed = tagboat_process("image", "build", "--print", cwd=repo.path, env=env)
    assert (printed.code, printed.stderr) == (0, "")
    file = repo.path.parent / "bake.json"
    file.write_text(printed.stdout)
    taken = json.loads(engine.docker("buildx", "bake", "--print", "--file", str(file)))
    given = json.loads(printed.stdout)
    assert taken["group"] == given["group"]
    assert taken["target"][name]["labels"][f"{OCI}description"] == "a ${thing} %{X}"
    for key in ("args", "platforms", "tags", "attest"):
        assert taken["target"][name][key] == given["target"][name][key]


def test_labels_and_annotations_tell_what_the_image_is(
    engine: Engine, repo: GitRepo, name: str
) -> None:
    more = 'title = "App {major}"\ndescription = "a ${thing}, 100%{x"\nvendor = "ACME"\n'
    project(repo, engine, published(engine, name, more + 'labels = { team = "{tag}" }'))
    repo.git("remote", "add", "origin", "https://me:hunter2@github.com/acme/app.git")
    [made] = built(repo, "--offline")
    picture = in_registry(made["places"][0])
    expected = {
        f"{OCI}title": "App 1",
        f"{OCI}description": "a ${thing}, 100%{x",
        f"{OCI}url": "https://github.com/acme/app",
        f"{OCI}source": "https://github.com/acme/app",
        f"{OCI}version": "1.4.2",
        f"{OCI}revision": repo.head,
        f"{OCI}created": repo.git("show", "-s", "--format=%cd", "--date=format:%FT%TZ"),
        f"{OCI}vendor": "ACME",
        f"{OCI}base.name": engine.base(),
    }
    notes = picture.index["annotations"]
    origin = {"org.tagboat.origin": notes["org.tagboat.origin"]}
    assert notes == expected | origin
    labels = expected | {"team": "v1.4.2", f"{OCI}base.digest": ""}  # not that of the base's base
    for platform in ALL:
        assert picture.manifests[platform]["annotations"] == expected | origin
        assert picture.config(platform)["config"]["Labels"] == labels
        assert picture.config(platform)["created"] == expected[f"{OCI}created"]


def test_the_context_is_what_the_commit_holds(engine: Engine, repo: GitRepo, name: str) -> None:
    settings = published(engine, name).replace(PLATFORMS, '["linux/amd64"]')
    files = {".gitattributes": "hidden export-ignore\n", "hidden": "x", "sub/a": "x"}
    project(repo, engine, settings, **files)
    (repo.path / "untracked").touch()
    assert "not committed" not in attempted(repo).stderr
    (repo.path / "a.txt").write_text("changed\n")
    assert "changes that are not committed are not in the build" in attempted(repo).stderr
    [made] = built(repo)
    copied = {
        path
        for path in names_in_layers(in_registry(made["places"][0]), "linux/amd64")
        if path.startswith("src/")
    }
    assert copied == {
        f"src/{path}"
        for path in (".gitattributes", "Dockerfile", "a.txt", "hidden", "sub", "sub/a")
    } | {"src/tagboat.toml"}
    said = engine.docker("run", "--rm", made["places"][0], "cat", "/src/a.txt")
    assert said == "a\n"


def test_without_repositories_an_image_is_an_archive_that_others_can_read(
    engine: Engine, repo: GitRepo
) -> None:
    settings = f'[[images]]\nname = "app"\nplatforms = {PLATFORMS}\n'
    project(repo, engine, settings, **{"sub/a": "x"})
    [made] = built(repo, "-C", "sub")
    assert made["places"] == ["dist/app-1.4.2.oci.tar"]
    picture = in_archive(repo.path / made["places"][0])
    assert picture.digest == made["digest"]
    assert set(picture.digests) == set(ALL)
    assert picture.index["annotations"][f"{OCI}version"] == "1.4.2"
    assert picture.everything()
    engine.docker("load", "--input", str(repo.path / made["places"][0]))
    assert "linux" in engine.docker("image", "inspect", "--format={{.Os}}", "app:1.4.2")


def test_two_archives_of_one_commit_have_equal_platforms(
    engine: Engine, repo: GitRepo, tmp_path: Path
) -> None:
    settings = f'[[images]]\nname = "app"\nplatforms = {PLATFORMS}\nno_cache = true\n'
    project(repo, engine, settings, **{"sub/a": "x", "run": "#!/bin/sh\n"})
    other = repo.clone(tmp_path / "other")
    pictures = [in_archive(place.path / built(place)[0]["places"][0]) for place in (repo, other)]
    assert pictures[0].digests == pictures[1].digests
    assert len(pictures[0].digests) == len(ALL)


def test_two_pushes_of_one_commit_have_equal_platforms(
    engine: Engine, repo: GitRepo, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a builder that sets times: the one inside Docker 26 does not, BuildKit on its own does."""
    monkeypatch.setenv("BUILDX_CONFIG", str(tmp_path / "buildx"))
    project(repo, engine, published(engine, name, 'builder = "far"\nno_cache = true\n'))
    other = repo.clone(tmp_path / "other")
    with buildkit_socket(engine.socket, engine.folder) as address:
        engine.docker("buildx", "create", "--name=far", "--driver=remote", address)
        pictures = [in_registry(built(place)[0]["places"][0]) for place in (repo, other)]
    assert pictures[0].digests == pictures[1].digests
    assert set(pictures[0].digests) == set(ALL)


def test_commits_of_one_second_are_not_taken_for_each_other(
    engine: Engine, make_repo: MakeRepo, name: str
) -> None:
    said = []
    for text in ("one\n", "two\n"):
        repo = project(make_repo(text.strip()), engine, published(engine, name), **{"a.txt": text})
        [made] = built(repo)
        said.append(engine.docker("run", "--rm", made["places"][0], "cat", "/src/a.txt"))
    assert said == ["one\n", "two\n"]


def test_contexts_are_folders_other_images_and_images_of_a_registry(
    engine: Engine, repo: GitRepo
) -> None:
    settings = f"""
[[images]]
name = "tools"
dockerfile = "docker/tools"

[[images]]
name = "app"
context = "app"
dockerfile = "docker/app"
target = "last"
contexts = {{ tools = "target:tools", libs = "libs", busy = "docker-image://{engine.base()}" }}
"""
    files = {
        "docker/tools": "FROM scratch\nCOPY a.txt /tool\n",
        "docker/app": (
            "FROM busy AS last\nCOPY --from=tools /tool /tool\nCOPY --from=libs / /libs\n"
            "COPY mine /mine\nRUN cat /tool /libs/x /mine > /all\nFROM scratch\n"
        ),
        "libs/x": "x\n",
        "app/mine": "mine\n",
    }
    project(repo, engine, settings, **files)
    [made] = built(repo, "--image", "app")
    assert made["image"] == "app"
    engine.docker("load", "--input", str(repo.path / made["places"][0]))
    assert engine.docker("run", "--rm", "app:1.4.2", "cat", "/all") == "a\nx\nmine\n"


def test_a_scanner_of_one_s_own_attests_what_the_image_holds(
    engine: Engine, repo: GitRepo, name: str
) -> None:
    scanner = f"{engine.open.host}/{name}-scanner:1"
    folder = repo.path.parent / "scanner"
    folder.mkdir()
    script = (
        'd=$BUILDKIT_SCAN_DESTINATION; n=$(basename "$BUILDKIT_SCAN_SOURCE");'
        'echo \'{"predicateType":"https://spdx.dev/Document","predicate":{"name":"mine"}}\' '
        '> "$d/$n.spdx.json"'
    )
    (folder / "scan.sh").write_text(script)
    (folder / "Dockerfile").write_text(
        f'FROM {engine.base()}\nCOPY scan.sh /\nENTRYPOINT ["sh", "/scan.sh"]\n'
    )
    engine.push(scanner, folder)
    more = f'sbom = true\nsbom_generator = "{scanner}"'
    project(repo, engine, published(engine, name, more).replace(PLATFORMS, '["linux/amd64"]'))
    [made] = built(repo)
    picture = in_registry(made["places"][0])
    attestation = picture.manifests["unknown/unknown"]
    kinds = {one["annotations"]["in-toto.io/predicate-type"] for one in attestation["layers"]}
    assert kinds == {"https://spdx.dev/Document", "https://slsa.dev/provenance/v0.2"}


def test_secrets_are_used_and_written_nowhere(engine: Engine, repo: GitRepo, name: str) -> None:
    more = 'provenance = "max"\nsecrets = { env = "env:HIDDEN", file = "file:secret.txt" }'
    settings = published(engine, name, more).replace(PLATFORMS, '["linux/amd64"]')
    dockerfile = (
        f"FROM {engine.base()}\nRUN --mount=type=secret,id=env --mount=type=secret,id=file "
        "cat /run/secrets/env /run/secrets/file && "
        "cat /run/secrets/env /run/secrets/file | wc -c > /size\n"
    )
    project(repo, engine, settings, Dockerfile=dockerfile, **{".gitignore": "secret.txt\n"})
    (repo.path / "secret.txt").write_text("hunter2-of-a-file\n")
    env = {"HIDDEN": "hunter2-of-a-variable"}
    done = attempted(repo, "--allow", "secrets", **env)
    assert done.code == 0, done.stderr
    reference = done.stdout.split()[1]
    assert engine.docker("run", "--rm", reference, "cat", "/size") == "39\n"
    printed = tagboat_process("image", "build", "--print", cwd=repo.path, env=env)
    everything = in_registry(reference).everything()
    assert b"/run/secrets/env" in everything
    assert b"hunter2" not in everything
    assert "hunter2" not in done.stdout + done.stderr + printed.stdout + printed.stderr
    assert "***" in done.stderr
