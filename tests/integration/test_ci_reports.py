"""What GitHub Actions and GitLab CI are told of a release, read as those systems read it."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tagboat.adapters.ci import annotation, dotenv, put_outputs
from tests.commandline import Result, tagboat
from tests.gitrepo import GitRepo
from tests.releasing import Remote

NAMES = [
    *("released", "version", "tag", "previous", "bump", "prerelease", "commit", "notes", "url"),
    "releases",
]
HOSTILE = """\
feat: a `tick` | pipe <b>bold</b> ::error::boo

EOF
released=maybe
tagboat_00000000000000000000000000000000
::set-output name=x::y
</details>

BREAKING CHANGE: one
evil=1
EOF
url<<EOF
\u2028then
"""


def outputs(text: str) -> dict[str, str]:
    """The outputs in a file, by the rules of GitHub's runner."""
    found, lines = {}, text.split("\n")[:-1]
    while lines:
        line = lines.pop(0)
        name, between, value = re.split(r"(=|<<)", line, maxsplit=1)
        if between == "<<":
            end = lines.index(value)
            found[name] = "\n".join(lines[:end])
            lines = lines[end + 1 :]
        else:
            found[name] = value
    return found


class Job:
    """A job of GitHub Actions: its files, and the variables that name them."""

    def __init__(self, path: Path) -> None:
        self.output, self.summary = path / "output", path / "summary"
        self.env = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "TMPDIR": str(path),
        }

    def run(self, clone: GitRepo, *args: str) -> Result:
        """Run tagboat in the job."""
        return tagboat(*args, cwd=clone.path, env=self.env)

    def told(self) -> dict[str, str]:
        """The outputs so far."""
        return outputs(self.output.read_text())


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


def test_release_tells_its_outputs(job: Job, remote: Remote) -> None:
    clone = remote.started()
    shape = json.loads(job.run(clone, "release", "--json").stdout)
    told = job.told()
    assert list(told) == NAMES
    notes, releases = told.pop("notes"), json.loads(told.pop("releases"))
    assert [release["tag"] for release in releases] == ["v0.1.0"]
    assert told == {
        "released": "true",
        "version": "0.1.0",
        "tag": "v0.1.0",
        "previous": "",
        "bump": "minor",
        "prerelease": "false",
        "commit": remote.commit("v0.1.0"),
        "url": "",
    }
    assert notes == shape["notes"]


def test_nothing_due_is_told(job: Job, remote: Remote) -> None:
    clone = remote.started()
    tagboat("release", cwd=clone.path)
    job.run(clone, "release")
    assert (job.told()["released"], job.told()["version"]) == ("false", "")
    assert job.summary.read_text().startswith("## Nothing to release\n")


@pytest.mark.parametrize("command", ["plan", "release"])
def test_hostile_notes_add_no_output_of_their_own(command: str, job: Job, remote: Remote) -> None:
    clone = remote.started()
    clone.commit(HOSTILE)
    clone.git("push", "--quiet", "origin", "main")
    answer = json.loads(job.run(clone, command, "--json").stdout)
    told = job.told()
    assert list(told) == NAMES
    assert told["released"] == ("true" if command == "release" else "false")
    releases = (answer if command == "release" else answer["plan"])["releases"]
    assert [told["notes"]] == [release["notes"] for release in releases]


def test_each_value_of_several_lines_ends_differently(job: Job, remote: Remote) -> None:
    clone = remote.started()
    job.run(clone, "plan")
    job.run(clone, "plan")
    ends = re.findall(r"(?m)^notes<<(\S+)$", job.output.read_text())
    assert len(set(ends)) == 2


def test_value_that_looks_like_the_end_stays_a_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "output"
    monkeypatch.setenv("GITHUB_OUTPUT", str(file))
    value = "a\r\nb<<c\n\nnotes=1\n"
    put_outputs({"x": value, "y": "é", "z": "a=b<<c"})
    assert outputs(file.read_bytes().decode()) == {"x": value, "y": "é", "z": "a=b<<c"}


def test_address_of_the_tag_is_told_where_there_is_one(
    job: Job, remote: Remote, tmp_path: Path
) -> None:
    clone = remote.started()
    (tmp_path / "clone" / "tagboat.toml").write_text(
        '[forge]\nkind = "bitbucket"\nurl = "https://git.acme.example/acme/app"\n'
    )
    clone.git("add", "tagboat.toml")
    clone.git("commit", "--quiet", "-m", "ci: forge")
    clone.git("push", "--quiet", "origin", "main")
    answer = json.loads(job.run(clone, "release", "--json").stdout)
    assert answer["url"] == job.told()["url"] == "https://git.acme.example/acme/app/src/v0.1.0"


def test_summary_shows_version_steps_and_notes(job: Job, remote: Remote) -> None:
    job.run(remote.started(), "release")
    text = job.summary.read_text()
    assert text.startswith("## Released `v0.1.0`\n\n|  |  |\n")
    assert "| Version | **0.1.0**, `the first version` |" in text
    assert "| push | made | `v0.1.0 on origin, in one push` |" in text
    assert "### Added" in text


def test_summary_of_a_plan_says_that_it_is_one(job: Job, remote: Remote) -> None:
    clone = remote.started()
    before = remote.refs
    job.run(clone, "plan")
    text = job.summary.read_text()
    assert text.startswith("## To be released: `v0.1.0`\n")
    assert "| push | to do |" in text
    assert remote.refs == before


def failing(remote: Remote, script: str) -> GitRepo:
    """A clone whose release fails before the push."""
    command = json.dumps(["sh", "-c", script])
    config = f'[[commands]]\nrun = {command}\nwhen = "before-publish"\n'
    return remote.started(files={"tagboat.toml": config})


def test_failure_is_annotated_and_summed_up(job: Job, remote: Remote) -> None:
    result = job.run(failing(remote, "echo '```' 100%; exit 1"), "release")
    [line] = [line for line in result.stderr.split("\n") if line.startswith("::")]
    assert line.startswith("::error title=tagboat::`sh -c")
    assert "%0A" in line
    assert "100%25" in line
    text = job.summary.read_text()
    assert text.startswith("## The release failed\n\n````text\n")
    assert "This run released nothing." in text
    assert "| before-publish | not done |" in text
    assert not job.output.exists()


def test_output_of_a_command_is_no_order_to_the_runner(job: Job, remote: Remote) -> None:
    result = job.run(failing(remote, "echo ::add-mask::x; echo '  ::stop'; exit 1"), "release")
    orders = [line for line in result.stderr.split("\n") if line.lstrip().startswith("::")]
    assert [order.split(" ")[0] for order in orders] == ["::error"]


def test_failure_after_the_push_says_that_it_is_public(job: Job, remote: Remote) -> None:
    config = 'tag = "v{version}"\n[release]\nmoving_tags = ["v0.0.9"]\n'
    clone = remote.started(files={"tagboat.toml": config})
    clone.git("tag", "v0.0.9")
    clone.git("push", "--quiet", "origin", "v0.0.9")
    clone.commit("feat: more")
    clone.git("push", "--quiet", "origin", "main")
    assert job.run(clone, "release").code == 4
    assert "The release is public in git, and not complete" in job.summary.read_text()


def test_nothing_is_written_outside_of_ci(remote: Remote, tmp_path: Path) -> None:
    result = tagboat("release", cwd=remote.started().path)
    assert result.code == 0
    assert "::" not in result.stderr
    left = sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("."))
    assert left == ["clone", "remote.git"]


def test_file_that_can_not_be_written_does_not_fail_the_release(
    remote: Remote, tmp_path: Path
) -> None:
    env = {"GITHUB_OUTPUT": str(tmp_path / "no" / "such")}
    result = tagboat("release", cwd=remote.started().path, env=env)
    assert (result.code, result.stdout) == (0, "0.1.0\n")
    assert "GITHUB_OUTPUT can't be written to" in result.stderr


@pytest.mark.parametrize("way", ["option", "variable"])
def test_dotenv_holds_every_value_on_one_line(way: str, remote: Remote, tmp_path: Path) -> None:
    clone, file = remote.started(), tmp_path / "release.env"
    clone.commit(HOSTILE)
    clone.git("push", "--quiet", "origin", "main")
    args = ["--dotenv", str(file)] if way == "option" else []
    env = {"TAGBOAT_DOTENV": str(file)} if way == "variable" else {}
    answer = json.loads(tagboat("release", "--json", *args, cwd=clone.path, env=env).stdout)
    pairs = [line.split("=", 1) for line in file.read_text().split("\n")[:-1]]
    assert [name for name, _ in pairs] == NAMES
    notes = dict(pairs)["notes"]
    back = subprocess.run(["printf", "%b", notes], capture_output=True, check=True).stdout
    assert back.decode() == answer["notes"]


def test_dotenv_is_never_larger_than_gitlab_takes() -> None:
    values = {"version": "1.0.0", "notes": "- é\\ \n" * 3000, "url": "https://a.example"}
    text = dotenv(values)
    assert 4500 < len(text.encode()) <= 5 * 1024
    assert text.count("\n") == 3
    assert text.endswith("\nurl=https://a.example\n")


def test_dotenv_has_all_releases_or_none() -> None:
    values = {"notes": "- a\n", "releases": json.dumps(["x" * 100] * 100)}
    assert dotenv(values) == "notes=- a\\n\nreleases=\n"
    assert dotenv({"releases": "[1]"}) == "releases=[1]\n"


def test_annotation_is_one_line() -> None:
    assert annotation("50%\r\nlost") == "::error title=tagboat::50%25%0D%0Alost"


def test_large_notes_are_cut_at_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "output"
    monkeypatch.setenv("GITHUB_OUTPUT", str(file))
    put_outputs({"notes": "- a line\n" * 200_000})
    notes = outputs(file.read_text())["notes"]
    assert os.path.getsize(file) < 1_048_576  # noqa: PTH202 - what GitHub takes
    assert notes.endswith("- a line\n...")
