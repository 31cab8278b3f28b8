"""What a digest leads to: platforms, attestations, and what is missing."""

import json

import pytest

from tagboat.core.images.oci import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    ORIGIN,
    Attestation,
    Descriptor,
    ImageConfig,
    ImageGraph,
    ManifestDocument,
    ManifestError,
    Parts,
    PlatformImage,
    content_digest,
    image_graph,
    read_config,
    read_document,
)

LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"


def named(text: str) -> str:
    return content_digest(text.encode())


def blob(name: str, size: int = 10, kind: str = LAYER_TYPE) -> Descriptor:
    return Descriptor(kind, named(name), size)


def manifest(name: str, *layers: str, **told: str) -> ManifestDocument:
    itself = Descriptor(OCI_MANIFEST, named(name), 100)
    config = blob(f"config of {name}", 5, CONFIG_TYPE)
    return ManifestDocument(itself, told, (), config, tuple(map(blob, layers)))


def index(*children: Descriptor, name: str = "index", **told: str) -> ManifestDocument:
    return ManifestDocument(Descriptor(OCI_INDEX, named(name), 100), told, children)


def child(document: ManifestDocument, platform: str, **told: str) -> Descriptor:
    return document.itself._replace(platform=platform, annotations=told)


def attested(document: ManifestDocument, subject: ManifestDocument) -> Descriptor:
    return document.itself._replace(
        platform="unknown/unknown",
        annotations={
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": subject.itself.digest,
        },
    )


def parts(*documents: ManifestDocument, lost: tuple[str, ...] = ()) -> Parts:
    configs = {
        document.config.digest: ImageConfig("linux/amd64", {"who": "tests"}, "2024-01-01T00:00:00Z")
        for document in documents
        if document.config is not None
    }
    told = dict.fromkeys(lost, "is missing")
    return Parts({one.itself.digest: one for one in documents}, configs, told)


AMD = manifest("amd", "base", "amd only")
ARM = manifest("arm", "base", "arm only")
PROOF = manifest("proof", "statement")
WHOLE = index(child(AMD, "linux/amd64"), child(ARM, "linux/arm64"), attested(PROOF, AMD))


def seen(
    *documents: ManifestDocument, lost: tuple[str, ...] = (), root: ManifestDocument = WHOLE
) -> ImageGraph:
    return image_graph(root, parts(root, *documents, lost=lost))


def test_the_platforms_are_those_of_the_index() -> None:
    assert seen(AMD, ARM, PROOF).platforms == ("linux/amd64", "linux/arm64")


def test_an_attestation_is_no_platform() -> None:
    told = seen(AMD, ARM, PROOF).attestations
    assert told == (Attestation(AMD.itself.digest, attested(PROOF, AMD)),)


def test_an_attestation_tells_its_kinds() -> None:
    slsa = "https://slsa.dev/provenance/v0.2"
    layer = blob("statement")._replace(annotations={"in-toto.io/predicate-type": slsa})
    proof = PROOF._replace(layers=(layer, blob("other")))
    assert seen(AMD, ARM, proof).attestations[0].kinds == (slsa,)


def test_a_whole_graph_has_no_gaps() -> None:
    assert seen(AMD, ARM, PROOF).gaps == ()


def test_a_manifest_that_is_not_there_is_a_gap() -> None:
    digest = ARM.itself.digest
    found = seen(AMD, PROOF)
    assert found.gaps == (f"linux/arm64: the manifest {digest} is missing",)
    assert found.platforms == ("linux/amd64", "linux/arm64")


@pytest.mark.parametrize(
    ("name", "kind"), [("config of arm", "configuration"), ("arm only", "layer")]
)
def test_a_blob_that_is_not_there_is_a_gap(name: str, kind: str) -> None:
    digest = named(name)
    found = seen(AMD, ARM, PROOF, lost=(digest,))
    assert found.gaps == (f"linux/arm64: the {kind} {digest} is missing",)


def test_an_attestation_that_is_not_there_is_a_gap() -> None:
    digest = PROOF.itself.digest
    gap = f"attestation of linux/amd64: the manifest {digest} is missing"
    assert seen(AMD, ARM).gaps == (gap,)


def test_an_attestation_of_nothing_known_is_said_to_be_that() -> None:
    root = index(attested(PROOF, ARM))
    digest = PROOF.itself.digest
    gap = f"attestation of nothing known: the manifest {digest} is missing"
    assert seen(root=root).gaps == (gap,)


def test_an_image_has_the_labels_of_its_configuration() -> None:
    image = seen(AMD, ARM, PROOF).image("linux/amd64")
    assert image is not None
    assert image.labels == {"who": "tests"}
    assert image.created == "2024-01-01T00:00:00Z"
    assert image.size == 25


def test_a_platform_without_an_image_has_none() -> None:
    assert seen(AMD, ARM, PROOF).image("linux/s390x") is None


def test_an_image_that_could_not_be_read_has_no_size() -> None:
    assert PlatformImage("linux/amd64", AMD.itself).size == 0


def test_a_single_manifest_has_the_platform_of_its_configuration() -> None:
    found = seen(root=AMD)
    assert found.platforms == ("linux/amd64",)
    assert found.root == AMD.itself


def test_a_manifest_without_a_platform_is_named_by_its_digest() -> None:
    digest = AMD.itself.digest
    root = index(AMD.itself)
    assert seen(root=root).gaps == (f"{digest}: the manifest {digest} is missing",)


def test_an_index_in_an_index_is_looked_into() -> None:
    inner = index(child(AMD, "linux/amd64"), name="inner")
    root = index(inner.itself)
    assert seen(inner, AMD, root=root).platforms == ("linux/amd64",)


def test_an_index_in_an_index_that_is_not_there_is_a_gap() -> None:
    inner = index(name="inner")
    digest = inner.itself.digest
    root = index(inner.itself)
    assert seen(root=root).gaps == (f"{digest}: the index {digest} is missing",)


def test_the_origin_is_that_of_the_index() -> None:
    root = index(child(AMD, "linux/amd64"), **{ORIGIN: "sha256:a"})
    assert seen(AMD, root=root).origin == "sha256:a"


def test_the_origin_is_that_of_all_images_where_the_index_tells_none() -> None:
    amd, arm = (one._replace(annotations={ORIGIN: "sha256:a"}) for one in (AMD, ARM))
    assert seen(amd, arm, PROOF).origin == "sha256:a"


@pytest.mark.parametrize("told", [{}, {ORIGIN: "sha256:b"}])
def test_images_of_several_origins_have_none(told: dict[str, str]) -> None:
    amd = AMD._replace(annotations={ORIGIN: "sha256:a"})
    arm = ARM._replace(annotations=told)
    assert seen(amd, arm, PROOF).origin == ""


def test_a_layer_that_registries_don_t_keep_is_not_needed() -> None:
    kinds = (
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
    )
    layers = tuple(blob(kind, kind=kind) for kind in kinds)
    document = AMD._replace(layers=(*layers, blob("base"), blob("base")))
    assert document.blobs == (document.config, blob("base"))


def test_a_manifest_without_a_configuration_has_its_layers() -> None:
    assert AMD._replace(config=None).blobs == AMD.layers


def text(media_type: str, **told: object) -> bytes:
    return json.dumps({"schemaVersion": 2, "mediaType": media_type} | told).encode()


def entry(name: str, **told: object) -> dict[str, object]:
    return {"mediaType": OCI_MANIFEST, "digest": named(name), "size": 7} | told


@pytest.mark.parametrize("kind", [OCI_INDEX, DOCKER_INDEX])
def test_an_index_is_read(kind: str) -> None:
    arm = {"os": "linux", "architecture": "arm", "variant": "v7"}
    content = text(kind, manifests=[entry("arm", platform=arm)], annotations={"a": "b"})
    found = read_document(content)
    assert found.itself == Descriptor(kind, content_digest(content), len(content))
    assert found.annotations == {"a": "b"}
    assert found.manifests == (Descriptor(OCI_MANIFEST, named("arm"), 7, "linux/arm/v7"),)


@pytest.mark.parametrize("kind", [OCI_MANIFEST, DOCKER_MANIFEST])
def test_a_manifest_is_read(kind: str) -> None:
    found = read_document(text(kind, config=entry("config"), layers=[entry("layer")]))
    assert found.config is not None
    assert found.config.digest == named("config")
    assert [layer.digest for layer in found.layers] == [named("layer")]


def test_a_manifest_may_lack_everything() -> None:
    found = read_document(text(OCI_MANIFEST))
    assert (found.config, found.layers) == (None, ())


def test_the_type_may_be_told_by_the_registry_alone() -> None:
    content = json.dumps({"schemaVersion": 2, "manifests": []}).encode()
    assert read_document(content, f"{OCI_INDEX}; charset=utf-8").itself.is_index


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html>", "it is no manifest"),
        (b"[]", "it is no manifest"),
        (b'{"x": ' + b"[" * 100_000, "it is no manifest"),
        (b'{"schemaVersion": 1}', "schema 1, not 2"),
        (text("application/json"), "which is no image's"),
        (text(OCI_INDEX, manifests=[{"digest": 1}]), "it is no manifest"),
    ],
)
def test_what_is_no_manifest_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(ManifestError, match=said):
        read_document(content)


def test_a_configuration_is_read() -> None:
    content = json.dumps(
        {"os": "linux", "architecture": "amd64", "created": "x", "config": {"Labels": {"a": "b"}}}
    ).encode()
    assert read_config(content) == ImageConfig("linux/amd64", {"a": "b"}, "x")


def test_the_variant_of_arm64_goes_without_saying() -> None:
    content = b'{"os": "linux", "architecture": "arm64", "variant": "v8"}'
    assert read_config(content) == ImageConfig("linux/arm64", {})


def test_what_is_no_configuration_is_refused() -> None:
    with pytest.raises(ManifestError, match="no image configuration"):
        read_config(b"[]")
