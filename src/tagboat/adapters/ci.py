"""CI systems: what each says of the branch it builds, and where it looks for what a run tells it.

GitHub Actions (Gitea and Forgejo do the same) names files in the environment to which outputs and a
summary are added: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands.
GitLab reads a dotenv file that a job keeps as its report:
https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv.
"""

import os
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tagboat.core.errors import OutsideError

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


_PLAIN = re.compile(r"[ -~]*")
_LARGEST = 1_000_000
"""How many bytes of an output or a summary the system takes, with some to spare."""
_DOTENV = 5 * 1024
_CUT = "\n..."


def is_github_actions() -> bool:
    """Whether this runs in GitHub Actions, or in what does the same."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def put_outputs(values: Mapping[str, str]) -> None:
    """Add outputs of this step, where the system has such. Raises OutsideError."""
    _append("GITHUB_OUTPUT", (_output(name, value) for name, value in values.items()))


def put_summary(markdown: str) -> None:
    """Add to the summary of this job, where the system has such. Raises OutsideError."""
    _append("GITHUB_STEP_SUMMARY", [_fitting(markdown, _LARGEST).rstrip("\n") + "\n\n"])


def dotenv(values: Mapping[str, str]) -> str:
    """The text of a dotenv file, each value on one line.

    Line ends and backslashes are spelled as ``printf %b`` reads them. Where the text would be too
    large the end of its longest value is left out, of a JSON array all of it.
    """
    kept = {name: _one_line(value) for name, value in values.items()}
    longest = max(values, key=lambda name: len(values[name]), default="")
    if _size(kept) > _DOTENV and values[longest].startswith("["):
        return dotenv({**values, longest: ""})
    if _size(kept) > _DOTENV:
        rest = _size({**kept, longest: ""})
        kept[longest] = _fitting_line(values[longest], _DOTENV - rest)
    return "".join(f"{name}={line}\n" for name, line in kept.items())


def _size(lines: Mapping[str, str]) -> int:
    return sum(len(f"{name}={line}\n".encode("utf-8", "replace")) for name, line in lines.items())


def annotation(message: str) -> str:
    """The line that makes an error stand out in the log of GitHub Actions."""
    escaped = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::error title=tagboat::{escaped}"


def _output(name: str, value: str) -> str:
    """One output; what has several lines ends at a line that nobody can have written before."""
    if _PLAIN.fullmatch(value):
        return f"{name}={value}\n"
    import secrets

    end = f"tagboat_{secrets.token_hex(16)}"
    return f"{name}<<{end}\n{_fitting(value, _LARGEST)}\n{end}\n"


def _append(variable: str, pieces: Iterable[str]) -> None:
    path = os.environ.get(variable)
    if not path:
        return
    try:
        with open(path, "a", encoding="utf-8", errors="replace", newline="") as file:
            file.writelines(pieces)
    except OSError as error:
        raise OutsideError(f"{variable} can't be written to: {error.strerror}") from error


def _fitting(text: str, size: int) -> str:
    """A text, cut at a line's end where it is larger than a number of bytes."""
    data = text.encode("utf-8", "replace")
    if len(data) <= size:
        return text
    kept = data[: size - len(_CUT)].decode("utf-8", "ignore")
    return (kept.rpartition("\n")[0] or kept) + _CUT


def _one_line(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def _fitting_line(text: str, size: int) -> str:
    """As much of a text as has room on one line, spelled so."""
    kept = text
    while len(line := _one_line(kept + _CUT).encode("utf-8", "replace")) > size:
        # Each round takes away what is too much, at least one character.
        kept = kept[: -max(1, (len(line) - size) // 4)]
    return line.decode("utf-8")
