"""What a CI system says about the branch it builds, from the environment it sets."""

import os
from typing import NamedTuple

_HEADS = "refs/heads/"
_NO_BRANCH = ("", "HEAD", "detached")


class _System(NamedTuple):
    """The variables of one system.

    ``branch`` names the branch or reference that is built, ``target`` the branch that a pull
    request is for where that is told apart; ``tag`` is set when a tag is built.
    """

    branch: str
    target: str = ""
    tag: str = ""


# As each system documents them. Gitea and Forgejo set what GitHub sets; Jenkins sets BRANCH_NAME in
# multibranch jobs only; Travis CI and Drone name a pull request's target as the branch.
_SYSTEMS = (
    _System("GITHUB_REF", "GITHUB_BASE_REF"),
    _System("CI_COMMIT_BRANCH", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CI_COMMIT_TAG"),
    _System("BRANCH_NAME", "CHANGE_TARGET", "TAG_NAME"),
    _System("GIT_BRANCH", tag="TAG_NAME"),
    _System("BITBUCKET_BRANCH", "BITBUCKET_PR_DESTINATION_BRANCH", "BITBUCKET_TAG"),
    _System("CIRCLE_BRANCH", tag="CIRCLE_TAG"),
    _System("BUILD_SOURCEBRANCH", "SYSTEM_PULLREQUEST_TARGETBRANCH"),
    _System("TRAVIS_BRANCH", tag="TRAVIS_TAG"),
    _System("DRONE_BRANCH", tag="DRONE_TAG"),
    _System("BUILDKITE_BRANCH", "BUILDKITE_PULL_REQUEST_BASE_BRANCH", "BUILDKITE_TAG"),
)


def branch() -> str:
    """The branch a CI job builds, or the one its pull request is to be merged into; else empty.

    Knows GitHub Actions, GitLab CI, Jenkins, Bitbucket Pipelines, CircleCI, Azure Pipelines,
    Travis CI, Drone and Buildkite.
    """
    for system in _SYSTEMS:
        if found := _branch_of(system):
            return found
    return ""


def is_pull_request() -> bool:
    """Whether a CI job is about a pull request, where the system tells that apart."""
    return any(os.environ.get(system.target) for system in _SYSTEMS if system.target)


def _branch_of(system: _System) -> str:
    """What one system says, or an empty text."""
    if target := os.environ.get(system.target):
        return target.removeprefix(_HEADS)
    name = os.environ.get(system.branch, "").removeprefix(_HEADS)
    if name in _NO_BRANCH or name.startswith("refs/") or os.environ.get(system.tag):
        return ""
    # Jenkins names the branch as its clone does.
    return name.removeprefix("origin/") if system.branch == "GIT_BRANCH" else name
