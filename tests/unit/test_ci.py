"""The branch that a CI system says it builds."""

import os

import pytest

from tagboat.adapters.ci import branch


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start from a machine that is no CI system."""
    for name in tuple(os.environ):
        monkeypatch.delenv(name)


def _branch(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> str:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return branch()


def test_outside_ci_there_is_none() -> None:
    assert branch() == ""


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"GITHUB_REF": "refs/heads/feature/x"}, "feature/x"),
        ({"GITHUB_REF": "refs/heads/main", "GITHUB_BASE_REF": ""}, "main"),
        ({"CI_COMMIT_BRANCH": "main"}, "main"),
        ({"BRANCH_NAME": "release/1.x"}, "release/1.x"),
        ({"GIT_BRANCH": "origin/main"}, "main"),
        ({"GIT_BRANCH": "main"}, "main"),
        ({"BITBUCKET_BRANCH": "main"}, "main"),
        ({"CIRCLE_BRANCH": "main"}, "main"),
        ({"BUILD_SOURCEBRANCH": "refs/heads/main"}, "main"),
        ({"TRAVIS_BRANCH": "main"}, "main"),
        ({"DRONE_BRANCH": "main"}, "main"),
        ({"BUILDKITE_BRANCH": "main"}, "main"),
    ],
)
def test_a_push_builds_its_branch(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str
) -> None:
    assert _branch(monkeypatch, variables) == expected


@pytest.mark.parametrize(
    "variables",
    [
        {"GITHUB_REF": "refs/pull/7/merge", "GITHUB_BASE_REF": "1.x", "GITHUB_HEAD_REF": "topic"},
        {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "1.x"},
        {"BRANCH_NAME": "PR-7", "CHANGE_TARGET": "1.x", "CHANGE_BRANCH": "topic"},
        {"BITBUCKET_BRANCH": "topic", "BITBUCKET_PR_DESTINATION_BRANCH": "1.x"},
        {
            "BUILD_SOURCEBRANCH": "refs/pull/7/merge",
            "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/1.x",
        },
        {"TRAVIS_BRANCH": "1.x", "TRAVIS_PULL_REQUEST_BRANCH": "topic"},
        {"DRONE_BRANCH": "1.x", "DRONE_SOURCE_BRANCH": "topic"},
        {"BUILDKITE_BRANCH": "topic", "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "1.x"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_a_pull_request_builds_the_branch_it_is_for(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    assert _branch(monkeypatch, variables) == "1.x"


@pytest.mark.parametrize(
    "variables",
    [
        {"GITHUB_REF": "refs/tags/v1.0.0", "GITHUB_REF_NAME": "v1.0.0"},
        {"CI_COMMIT_TAG": "v1.0.0"},
        {"BUILD_SOURCEBRANCH": "refs/tags/v1.0.0"},
        {"GITHUB_REF": "refs/pull/7/merge"},
        {"TRAVIS_BRANCH": "v1.0.0", "TRAVIS_TAG": "v1.0.0"},
        {"BUILDKITE_BRANCH": "v1.0.0", "BUILDKITE_TAG": "v1.0.0"},
        {"GIT_BRANCH": "detached"},
        {"TAG_NAME": "v1.0.0", "BRANCH_NAME": "v1.0.0"},
    ],
    ids="+".join,
)
def test_a_tag_is_no_branch(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    assert _branch(monkeypatch, variables) == ""
