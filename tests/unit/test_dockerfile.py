"""What a release has to know of a Dockerfile: whose programs run, and what it is based on."""

import pytest

from tagboat.core.images.dockerfile import Base, read_dockerfile

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("text", "target", "needs"),
    [
        ("FROM a\nRUN x", "", True),
        ("FROM a\nCOPY x y", "", False),
        ("FROM --platform=$BUILDPLATFORM a AS b\nRUN x\nFROM s\nCOPY --from=b x y", "", False),
        ("FROM --platform=$TARGETPLATFORM a\nRUN x", "", True),
        ("FROM --platform=${BUILDPLATFORM} a AS b\nFROM b\nRUN x", "", False),
        ("FROM a AS b\nRUN x\nFROM s\nCOPY --from=b x y", "", True),
        ("FROM a AS b\nRUN x\nFROM s\nCOPY --from=0 x y", "", True),
        ("FROM a AS b\nRUN x\nFROM s\nCOPY x y", "", False),
        ("FROM a AS b\nRUN x\nFROM s\nCOPY x y", "B", True),
        ("FROM a AS b\nFROM b AS c\nRUN x\nFROM b\nCOPY x y", "b", False),
        (
            "FROM a AS b\nRUN x\nFROM --platform=$BUILDPLATFORM s\nRUN --mount=from=b,target=/x y",
            "",
            True,
        ),
        ("FROM a\nCOPY <<EOF /x\nRUN y\nEOF", "", False),
        ("FROM a\nRUN <<-'A' <<\"B\"\nx\n\tA\ny\nB\nCOPY x y", "", True),
        ("FROM a\nCOPY <<A x\nRUN y", "", False),
        ("FROM a\n# RUN x\n  # RUN y\nCOPY x \\\n# RUN\n\n  RUN", "", False),
        ("FROM a\nrun x", "", True),
        ("# escape=`\nFROM a\nCOPY x `\nRUN", "", False),
        ("FROM a\nCOPY x \\", "", False),
        ("FROM a\nRUN x", "nowhere", False),
        ("FROM a AS b-arm64\nRUN x\nFROM b-$TARGETARCH", "", True),
        ("FROM a AS b-arm64\nRUN x\nFROM c-$TARGETARCH", "", False),
        ("ARG E=b\nFROM --platform=$BUILDPLATFORM a AS b\nFROM $E\nRUN x", "", False),
        ("RUN x", "", False),
        ("FROM", "", False),
        ("", "", False),
    ],
)
def test_whether_programs_of_the_target_platform_run(text: str, target: str, needs: object) -> None:
    assert read_dockerfile(text).needs_target_platform(target) is needs


@pytest.mark.parametrize(
    ("text", "target", "base"),
    [
        ("FROM alpine:3.22", "", Base("docker.io/library/alpine:3.22")),
        (f"FROM alpine@{DIGEST}", "", Base("docker.io/library/alpine", DIGEST)),
        ("FROM acme/app AS x", "", Base("docker.io/acme/app")),
        ("FROM r.example/a:1", "", Base("r.example/a:1")),
        ("FROM localhost/a", "", Base("localhost/a")),
        ("FROM r:5000/a", "", Base("r:5000/a")),
        ("FROM a AS b\nFROM c", "", Base("docker.io/library/c")),
        ("FROM a AS b\nFROM c", "b", Base("docker.io/library/a")),
        ("FROM a AS b\nFROM b AS b\nFROM B", "", Base("docker.io/library/a")),
        ("FROM a\nFROM 0", "", Base("docker.io/library/a")),
        ("FROM scratch", "", Base()),
        ("ARG V=3\nFROM alpine:$V", "", Base("docker.io/library/alpine:3")),
        ('ARG V="3"\nARG I=alpine:${V}\nFROM $I', "", Base("docker.io/library/alpine:3")),
        ("ARG V\nFROM alpine:${V:-4}${S:+-x}${V:+-y}", "", Base("docker.io/library/alpine:4")),
        ("FROM alpine:$UNKNOWN", "", Base()),
        ("ARG V=3 W='4' X Y=\nFROM alpine:$V.$W$X$Y", "", Base("docker.io/library/alpine:3.4")),
        ("ARG\nARG =\nFROM alpine", "", Base("docker.io/library/alpine")),
        ("ARG E=dev\nFROM a AS dev\nFROM b AS run\nFROM $E", "", Base("docker.io/library/a")),
        ("ARG E=dev\nFROM a AS dev-base\nFROM ${E}-base", "", Base("docker.io/library/a")),
        ("FROM a AS base-arm64\nFROM base-$TARGETARCH", "", Base()),
        ("FROM a\nARG a=b", "", Base("docker.io/library/a")),
        ("FROM a", "nowhere", Base()),
        ("", "", Base()),
    ],
)
def test_the_image_that_a_stage_is_based_on(text: str, target: str, base: Base) -> None:
    assert read_dockerfile(text).base(target) == base


PINNED = f"docker-image://r.example/alpine:3@sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("text", "contexts", "base"),
    [
        ("FROM alpine", {"alpine": PINNED}, Base("r.example/alpine:3", f"sha256:{'a' * 64}")),
        ("FROM alpine:latest", {"alpine": "docker-image://b"}, Base("docker.io/library/b")),
        ("FROM alpine", {"docker.io/library/alpine:latest": "../alpine"}, Base()),
        ("FROM alpine:3", {"alpine": "../alpine"}, Base("docker.io/library/alpine:3")),
        ("FROM alpine", {"alpine": "target:base"}, Base()),
        ("FROM a AS b\nFROM b", {"b": "docker-image://c"}, Base("docker.io/library/c")),
        ("FROM a AS b\nFROM b", {"a": "docker-image://c"}, Base("docker.io/library/c")),
        ("FROM a@sha256:0", {"b": "../b"}, Base("docker.io/library/a@sha256:0")),
    ],
)
def test_context_takes_the_place_of_the_base(
    text: str, contexts: dict[str, str], base: Base
) -> None:
    assert read_dockerfile(text).base(contexts=contexts) == base


def test_build_arguments_choose_what_defaults_are_made_of() -> None:
    text = (
        "ARG V=3\nARG I=alpine:$V\nFROM $I AS alpine\nFROM debian AS debian\nFROM ${I%:*}\nFROM $I"
    )
    assert read_dockerfile(text).base("", {"V": "4"}) == Base("docker.io/library/alpine:4")
    assert read_dockerfile(text).base("", {"I": "debian"}) == Base("docker.io/library/debian")


def test_build_arguments_choose_the_stage_whose_programs_run() -> None:
    text = "ARG E=dev\nFROM a AS dev\nRUN x\nFROM a AS prod\nFROM $E"
    found = read_dockerfile(text)
    assert found.needs_target_platform("", {"E": "dev"})
    assert not found.needs_target_platform("", {"E": "prod"})


def test_build_arguments_choose_the_base() -> None:
    found = read_dockerfile("ARG V=3\nFROM alpine:${V}${S:+-slim}").base("", {"V": "4", "S": "1"})
    assert found == Base("docker.io/library/alpine:4-slim")


@pytest.mark.parametrize(
    ("text", "target", "labels"),
    [
        ("FROM a\nLABEL x=1 y=\"a b=c\" 'z'='d e' \"w\"=$V", "", {"x", "y", "z", "w"}),
        ("FROM a\nLABEL x a b", "", {"x"}),
        ("FROM a\nLABEL x https://host/?a=b", "", {"x"}),
        ('FROM a\nlabel x=1 \\\\\n  # y=2\n  z=\\\\"', "", {"x", "z"}),
        ("FROM a AS b\nLABEL x=1\nFROM b AS c\nLABEL y=1\nFROM c AS d\nFROM a", "d", {"x", "y"}),
        ("FROM a AS b\nLABEL x=1\nFROM a\nCOPY --from=b x y", "", set()),
        ("ARG E=b\nFROM a AS b\nLABEL x=1\nFROM $E", "", {"x"}),
        ("FROM a\nLABEL", "", set()),
        ("", "", set()),
    ],
)
def test_labels_that_a_file_gives_to_a_stage(text: str, target: str, labels: set[str]) -> None:
    assert read_dockerfile(text).labels(target) == labels
