"""The bake file: one target an image, with everything its definition says."""

import json

import pytest

from tagboat.core.images.bake import (
    BuildRequest,
    archive,
    bake,
    bake_json,
    chosen,
    placed,
    places,
    platforms,
)
from tagboat.core.images.image import Image, Origin, staging_reference
from tagboat.core.version.version import Version

ORIGIN = Origin(Version(1, 4, 2), "v1.4.2", "a" * 40, 1_700_000_000)
APP = Image("app", ("r.example/acme/app",), platforms=("linux/amd64", "linux/arm64"))
LOCAL = Image("local")


def target(image: Image, order: BuildRequest | None = None) -> dict[str, object]:
    document = bake([image], ORIGIN, order) if order else bake([image], ORIGIN)
    found: dict[str, object] = document["target"][image.name]
    return found


def test_every_image_is_a_target_and_those_to_be_built_are_in_the_group() -> None:
    document = bake([APP, LOCAL], ORIGIN, BuildRequest(names=("local",)))
    assert document["group"] == {"default": {"targets": ["local"]}}
    assert list(document["target"]) == ["app", "local"]


def test_an_image_with_a_repository_is_pushed_under_its_staging_tag() -> None:
    found = target(APP)
    assert found["tags"] == [staging_reference(APP, ORIGIN)]
    assert found["output"] == ["type=image,push=true,oci-mediatypes=true,rewrite-timestamp=true"]


def test_an_image_without_repositories_becomes_an_archive() -> None:
    found = target(LOCAL)
    assert found["tags"] == ["local:1.4.2"]
    assert found["output"] == [
        "type=oci,dest=dist/local-1.4.2.oci.tar,oci-mediatypes=true,rewrite-timestamp=true"
    ]
    assert places(LOCAL, ORIGIN) == ["dist/local-1.4.2.oci.tar"]


def test_a_version_with_build_metadata_is_spelled_as_tags_allow() -> None:
    origin = ORIGIN._replace(version=Version(1, 0, 0, (), ("b7",)))
    assert archive(LOCAL, origin) == "dist/local-1.0.0_b7.oci.tar"


def test_the_build_depends_on_the_commit_s_time_and_always_makes_an_index() -> None:
    assert target(APP)["args"] == {
        "SOURCE_DATE_EPOCH": "1700000000",
        "BUILDKIT_MULTI_PLATFORM": "1",
    }


def test_what_is_not_given_is_left_out() -> None:
    assert set(target(APP)) == {
        "context",
        "dockerfile",
        "args",
        "labels",
        "annotations",
        "platforms",
        "tags",
        "output",
        "attest",
    }


def test_what_is_given_is_handed_over() -> None:
    image = APP._replace(
        target="runtime",
        contexts=(("shared", "libs/shared"),),
        build_args=(("VERSION", "{version}"),),
        secrets=(("npm", "env:NPM_TOKEN"), ("pip", "file:pip.conf")),
        ssh=("default",),
        cache_from=("type=gha",),
        cache_to=("type=inline",),
        pull=True,
        no_cache=True,
        network="none",
    )
    found = target(image)
    assert {key: found[key] for key in ("target", "contexts", "ssh", "network")} == {
        "target": "runtime",
        "contexts": {"shared": "libs/shared"},
        "ssh": ["default"],
        "network": "none",
    }
    assert found["args"] == {"VERSION": "1.4.2"} | target(APP)["args"]  # type: ignore[operator]
    assert found["secret"] == ["id=npm,env=NPM_TOKEN", "id=pip,src=pip.conf"]
    assert (found["cache-from"], found["cache-to"]) == (["type=gha"], ["type=inline"])
    assert (found["pull"], found["no-cache"]) == (True, True)


def test_annotations_stand_on_the_index_and_on_each_manifest() -> None:
    found = target(APP)["annotations"]
    assert "index:org.opencontainers.image.version=1.4.2" in found  # type: ignore[operator]
    assert "manifest:org.opencontainers.image.version=1.4.2" in found  # type: ignore[operator]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (APP, ["type=provenance,mode=min"]),
        (APP._replace(provenance="max"), ["type=provenance,mode=max"]),
        (APP._replace(provenance="off"), ["type=provenance,disabled=true"]),
        (APP._replace(sbom=True), ["type=provenance,mode=min", "type=sbom"]),
        (
            APP._replace(sbom=True, sbom_generator="r.example/scan"),
            ["type=provenance,mode=min", "type=sbom,generator=r.example/scan"],
        ),
    ],
)
def test_attestations(image: Image, expected: list[str]) -> None:
    assert target(image)["attest"] == expected


@pytest.mark.parametrize(
    ("context", "dockerfile", "expected"),
    [
        (".", "", "Dockerfile"),
        ("api", "", "Dockerfile"),
        (".", "docker/api", "docker/api"),
        ("api", "api/Dockerfile.debug", "Dockerfile.debug"),
        ("services/api", "docker/Dockerfile", "../../docker/Dockerfile"),
        ("./services/api/", "services/Dockerfile", "../Dockerfile"),
    ],
)
def test_the_dockerfile_is_named_as_seen_from_the_context(
    context: str, dockerfile: str, expected: str
) -> None:
    assert target(APP._replace(context=context, dockerfile=dockerfile))["dockerfile"] == expected


def test_a_run_for_some_platforms_has_a_name_for_each() -> None:
    order = BuildRequest(platforms=("linux/arm64",))
    assert target(APP, order)["platforms"] == ["linux/arm64"]
    assert target(APP, order)["tags"] == [staging_reference(APP, ORIGIN, "linux/arm64")]
    assert places(APP, ORIGIN, order) == [staging_reference(APP, ORIGIN, "linux/arm64")]


def test_an_archive_of_some_platforms_says_which() -> None:
    image = LOCAL._replace(platforms=APP.platforms)
    assert archive(image, ORIGIN, BuildRequest(platforms=("linux/arm64",))) == (
        "dist/local-1.4.2-linux-arm64.oci.tar"
    )


def test_a_run_for_all_platforms_is_no_run_for_some() -> None:
    order = BuildRequest(platforms=("linux/arm64", "linux/amd64"))
    assert platforms(APP, order) == APP.platforms
    assert target(APP, order)["tags"] == [staging_reference(APP, ORIGIN)]


def test_images_without_the_platform_of_a_run_are_not_built() -> None:
    order = BuildRequest(platforms=("linux/arm64",))
    assert chosen([APP, LOCAL], order) == (APP,)
    assert bake([APP, LOCAL], ORIGIN, order)["target"]["local"]["platforms"] == ["linux/amd64"]


def test_times_of_files_are_not_set_where_the_builder_can_t() -> None:
    order = BuildRequest(loose=frozenset({"app"}))
    assert target(APP, order)["output"] == ["type=image,push=true,oci-mediatypes=true"]


def test_a_registry_without_tls_is_told() -> None:
    order = BuildRequest(insecure=("r.example",))
    assert target(APP, order)["output"] == [
        "type=image,push=true,oci-mediatypes=true,rewrite-timestamp=true,registry.insecure=true"
    ]


def test_nothing_is_left_for_bake_to_evaluate() -> None:
    image = APP._replace(labels=(("a", "${HOME} %{if} {x}"),), build_args=(("A", "$${B}"),))
    found = target(image)
    assert found["labels"]["a"] == "$${HOME} %%{if} {x}"  # type: ignore[index]
    assert found["args"]["A"] == "$$${B}"  # type: ignore[index]


def test_contexts_are_placed_in_the_checkout_and_secrets_found_elsewhere() -> None:
    image = APP._replace(
        context="api",
        contexts=(
            ("lib", "libs/shared"),
            ("base", "docker-image://alpine"),
            ("other", "target:local"),
            ("far", "https://git.example/a.git"),
        ),
        secrets=(
            ("env", "env:TOKEN"),
            ("here", "file:secret.txt"),
        ),
        ssh=("default", "deploy=one,two"),
    )
    found = placed(
        bake([image, LOCAL], ORIGIN), lambda path: f"/tree/{path}", lambda path: f"/home/{path}"
    )["target"]
    assert found["app"]["context"] == "/tree/api"
    assert found["local"]["context"] == "/tree/."
    assert found["app"]["contexts"] == {
        "lib": "/tree/libs/shared",
        "base": "docker-image://alpine",
        "other": "target:local",
        "far": "https://git.example/a.git",
    }
    assert found["app"]["secret"] == [
        "id=env,env=TOKEN",
        "id=here,src=/home/secret.txt",
    ]
    assert found["app"]["ssh"] == ["default", "deploy=/home/one,/home/two"]


def test_the_file_is_json_that_ends_in_a_line_end() -> None:
    document = bake([APP, LOCAL], ORIGIN)
    assert json.loads(bake_json(document)) == document
    assert bake_json(document).endswith("}\n")
