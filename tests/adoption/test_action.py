"""The action, run by act in workflows, and what reads it as GitHub would."""

from pathlib import Path

import pytest

from tests.adoption.programs import ROOT, program_env, run
from tests.adoption.workflow import Actions
from tests.gitrepo import GitRepo

WORKFLOW = """\
on: push
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/checkout@v4
        with: { path: .tagboat }
      - id: tagboat
        uses: ./.tagboat
        with: { %s }
      - run: printf '<%%s>\\n' "$RELEASED" "$VERSION" "$TAG" "$COMMIT"
        env:
          RELEASED: ${{ steps.tagboat.outputs.released }}
          VERSION: ${{ steps.tagboat.outputs.version }}
          TAG: ${{ steps.tagboat.outputs.tag }}
          COMMIT: ${{ steps.tagboat.outputs.commit }}
      - run: tagboat --version
"""


@pytest.fixture
def actions(tmp_path: Path, tagboat_repository: GitRepo) -> Actions:
    return Actions(tmp_path, tagboat_repository, {"a.txt": "a"})


def test_action_releases_and_tells_its_outputs(actions: Actions) -> None:
    code, told = actions.run(WORKFLOW % "author: 'Ada <ada@example.org>'")
    assert code == 0, told
    assert actions.remote.tags == ["v0.1.0"]
    for value in ("true", "0.1.0", "v0.1.0", actions.remote.commit("v0.1.0")):
        assert f"<{value}>" in told
    assert "tagboat 0.1.0" in told
    assert "Ada <ada@example.org>" in actions.remote.bare.git("cat-file", "tag", "v0.1.0")


def test_inputs_are_words_and_no_code(actions: Actions) -> None:
    code, told = actions.run(WORKFLOW % "as: '1.0.0 --force; touch broken $(touch broken)'")
    assert code
    assert "--as: " in told
    assert actions.remote.tags == []
    assert not list(actions.clone.path.parent.rglob("broken"))


def test_readers_of_actions_find_no_fault(tmp_path: Path) -> None:
    env, file = program_env(tmp_path), str(ROOT / "action.yml")
    schema = ["check-jsonschema", "--builtin-schema", "vendor.github-actions", file]
    assert run(*schema, cwd=tmp_path, env=env)[0] == 0
    code, told = run("zizmor", "--offline", "--no-progress", file, cwd=tmp_path, env=env)
    assert code == 0, told
