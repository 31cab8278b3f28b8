"""What is told of a build that failed, read off the end of what buildx says."""

import pytest

from tagboat.core.images.builder import Failure, failure_text, is_passing, read_failure

OF_A_STEP = """\
#6 [linux/amd64 2/2] RUN echo hi &&   false
#6 0.238 hi
#6 ERROR: process "/bin/sh -c echo hi &&   false" did not complete successfully: exit code: 1
------
 > [linux/amd64 2/2] RUN echo hi &&   false:
0.238 hi
0.239    there
------
Dockerfile:3
--------------------
   2 |     ARG VERSION
   3 | >>> RUN echo hi && \\
   4 | >>>   false
   5 |
--------------------
ERROR: failed to solve: process "/bin/sh -c echo hi &&   false" did not complete: exit code: 1
"""
OF_AN_EXPORT = """\
#7 ERROR: exporter option "rewrite-timestamp" conflicts with "unpack"
------
 > exporting to image:
------
ERROR: target app: failed to solve: exporter option "rewrite-timestamp" conflicts with "unpack"
"""


def test_the_step_its_platform_its_line_and_its_words_are_found() -> None:
    assert read_failure(OF_A_STEP.splitlines()) == Failure(
        target="",
        step="RUN echo hi && false",
        platform="linux/amd64",
        line=3,
        said=("hi", "   there"),
        reason='process "/bin/sh -c echo hi &&   false" did not complete: exit code: 1',
    )


def test_what_is_no_step_of_a_dockerfile_has_no_line() -> None:
    assert read_failure(OF_AN_EXPORT.splitlines()) == Failure(
        target="app",
        step="exporting to image",
        reason='exporter option "rewrite-timestamp" conflicts with "unpack"',
    )


def test_the_name_of_the_target_and_the_stage_are_no_platform() -> None:
    lines = ["------", " > [app build 2/3] RUN false:", "0.1 no", "ERROR: target app: it failed"]
    assert read_failure(lines) == Failure("app", "RUN false", "", 0, ("no", lines[-1]), "it failed")


def test_without_a_reason_the_last_line_is_one() -> None:
    assert read_failure(["#1 done", "killed ", ""]) == Failure(reason="killed")
    assert read_failure([]) == Failure()


@pytest.mark.parametrize(
    ("failure", "passes"),
    [
        (Failure(reason="unexpected status from HEAD request: 500 Internal Server Error"), True),
        (Failure(reason="429 Too Many Requests"), True),
        (Failure(reason='image "127.0.0.1:5000/app:tagboat-1": already exists'), True),
        (Failure(reason="missing content: content digest sha256:1: not found"), True),
        (Failure(reason="503 Service Unavailable", line=3), False),
        (Failure(reason="unexpected status: 403 Forbidden"), False),
        (Failure(), False),
    ],
)
def test_which_failures_pass_by_themselves(failure: Failure, passes: object) -> None:
    assert is_passing(failure) is passes


def test_a_failure_in_words() -> None:
    failure = Failure("app", "RUN make", "linux/arm64", 7, ("one", "two"), "exit code: 2")
    assert failure_text(failure, "app", "api/Dockerfile") == (
        "building app failed for linux/arm64 at api/Dockerfile:7 in RUN make: exit code: 2"
        "\n  | one\n  | two"
    )


def test_a_failure_of_which_nothing_is_known() -> None:
    assert failure_text(Failure(), "app", "Dockerfile") == (
        "building app failed: docker buildx bake said nothing"
    )


def test_only_the_last_lines_are_told() -> None:
    text = failure_text(Failure(said=tuple(map(str, range(100)))), "app", "Dockerfile")
    assert text.split("\n")[1:] == [f"  | {number}" for number in range(80, 100)]
