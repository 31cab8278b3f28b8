"""What the documents show is what happens."""

import doctest
import re
import shlex
from pathlib import Path

import pytest

from demo import history
from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.project.transcripts import DOCUMENTS, ROOT, Session, replayed, sessions

SESSIONS = [
    pytest.param(session, id=f"{name}:{session.line}")
    for name in DOCUMENTS
    for session in sessions((ROOT / name).read_text())
]
README = (ROOT / "README.md").read_text()
ROW = re.compile(r"(?m)^\| (none|`v[^`]*`) \| (`.*`) \| `([^`]*)` \| .*\|$")


@pytest.mark.parametrize("session", SESSIONS)
def test_commands_print_what_the_document_shows(session: Session, tmp_path: Path) -> None:
    assert replayed(session, tmp_path) == session.text


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_block_of_commands_belongs_to_a_session(name: str) -> None:
    text = (ROOT / name).read_text()
    assert text.count("```console") == sum(s.text.count("```console") for s in sessions(text))


@pytest.mark.parametrize(
    ("last", "messages", "version"), ROW.findall((ROOT / "docs/versions.md").read_text())
)
def test_rows_of_the_rules_hold(last: str, messages: str, version: str, repo: GitRepo) -> None:
    if last != "none":
        repo.commit("chore: begin")
        repo.tag(last.strip("`"))
    for message in messages.strip("`").split("`, `"):
        repo.commit(message.replace("⏎", "\n"))
    assert tagboat("version", "next", cwd=repo.path).stdout == f"{version}\n"


def test_rules_have_rows() -> None:
    text = (ROOT / "docs/versions.md").read_text()
    rows = re.findall(r"(?m)^\| (?:none|`v[^`]*`) \| .* \| .* \| .*\|$", text)
    assert len(ROW.findall(text)) == len(rows) > 20


def test_python_example_gives_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [example] = re.findall(r"(?ms)^```python\n(.*?)^```", README)
    monkeypatch.chdir(history.build(tmp_path).path)
    test = doctest.DocTestParser().get_doctest(example, {}, "README", "README.md", 0)
    assert doctest.DocTestRunner().run(test) == (0, len(test.examples))


def test_command_previews_a_pull_request_that_will_be_squashed(tmp_path: Path) -> None:
    """In the clone that the checkout action makes of the base branch: depth 1, no tags."""
    [command] = re.findall(r"ask `(tagboat version next .*)` instead", README)
    clone = history.build(tmp_path).clone(tmp_path / "clone", depth=1, tags=False)
    arguments = shlex.split(command.replace("$TITLE", "feat!: berths have names"))[1:]
    env = {"GITHUB_REF": "refs/pull/7/merge", "GITHUB_BASE_REF": "main"}
    assert tagboat(*arguments, cwd=clone.path, env=env).stdout == "2.0.0\n"


def test_workflow_previews_a_pull_request_that_will_be_merged(tmp_path: Path) -> None:
    """In what the checkout action fetches by default: the forge's own merge, detached."""
    repo = history.build(tmp_path)
    repo.switch("merge", at="main")
    merge = repo.merge("next", message="Merge 1 into 2")
    repo.git("push", "--quiet", "origin", f"{merge}:refs/pull/7/merge")
    clone = GitRepo.init(tmp_path / "clone")
    clone.git("remote", "add", "origin", (tmp_path / "harbour.git").as_uri())
    clone.git("fetch", "--quiet", "--no-tags", "--depth=1", "origin", "refs/pull/7/merge")
    clone.detach("FETCH_HEAD")
    env = {"GITHUB_REF": "refs/pull/7/merge", "GITHUB_BASE_REF": "main"}
    assert tagboat("version", "next", cwd=clone.path, env=env).stdout == "2.0.0\n"
