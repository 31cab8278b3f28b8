"""What the action takes and gives is what the documents and the command line say."""

import re
from pathlib import Path

import yaml

from tagboat.cli.ci import _NAMES

ROOT = Path(__file__).parent.parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
PAGE = (ROOT / "docs" / "ci.md").read_text()


def test_action_gives_every_output_of_the_command_line() -> None:
    assert list(ACTION["outputs"]) == list(_NAMES)


def test_every_input_of_the_action_is_documented() -> None:
    table = PAGE.partition("| input of the action |")[2].partition("\n\n")[0]
    named = re.findall(r"`([a-z]+)`", " ".join(re.findall(r"(?m)^\| ([^|]*) \|", table)))
    assert sorted(named) == sorted(ACTION["inputs"])


def test_no_input_is_pasted_into_a_script() -> None:
    steps = ACTION["runs"]["steps"]
    assert [step["name"] for step in steps if "${{" in step["run"]] == []


def test_the_page_shows_the_job_of_the_example() -> None:
    job = PAGE.partition("The job of the first:\n\n```yaml\n")[2].partition("```")[0]
    shown = yaml.safe_load(job)["jobs"]["release"]
    whole = yaml.safe_load((ROOT / "examples" / "release.yml").read_text())["jobs"]["release"]
    assert shown == {key: value for key, value in whole.items() if key != "outputs"}


def test_the_readme_shows_the_example_of_a_preview() -> None:
    shown = (ROOT / "README.md").read_text().partition("A preview on every")[2]
    block = shown.partition("```yaml\n")[2].partition("```")[0]
    example = (ROOT / "examples" / "preview.yml").read_text()
    assert block == "on:\n" + example.partition("\non:\n")[2]


def test_the_job_of_the_readme_is_that_of_the_example() -> None:
    shown = (ROOT / "README.md").read_text().partition("The job that releases")[2]
    job = yaml.safe_load(shown.partition("```yaml\n")[2].partition("```")[0])
    whole = yaml.safe_load((ROOT / "examples" / "release.yml").read_text())["jobs"]["release"]
    steps = [{key: step[key] for key in step if key != "id"} for step in whole["steps"]]
    assert job == {"permissions": whole["permissions"], "steps": steps}


def test_the_job_without_the_component_is_the_same() -> None:
    _, spec, text = re.split(r"(?s)\A(.*?)---\n", (ROOT / "templates" / "release.yml").read_text())
    for name, one in yaml.safe_load(spec)["spec"]["inputs"].items():
        text = text.replace(f"$[[ inputs.{name} ]]", str(one.get("default", "")))
    [component] = yaml.safe_load(text).values()
    block = PAGE.partition("Without the component")[2].partition("```yaml\n")[2].partition("```")[0]
    job = yaml.safe_load(block)["release"]
    same = job.keys() - {"script", "variables"}
    assert {key: job[key] for key in same} == {key: component[key] for key in same}
    assert job.keys() == component.keys()
    assert job["variables"]["GIT_DEPTH"] == component["variables"]["GIT_DEPTH"]


def test_the_page_gives_the_component_what_it_asks_for() -> None:
    block = PAGE.partition("## GitLab CI")[2].partition("```yaml\n")[2].partition("```")[0]
    inputs = yaml.safe_load(block)["include"][0]["inputs"]
    component = (ROOT / "templates" / "release.yml").read_text().partition("---\n")[0]
    spec = yaml.safe_load(component)["spec"]["inputs"]
    asked = {name for name, one in spec.items() if "default" not in one}
    assert asked <= set(inputs) <= set(spec)
    assert re.fullmatch(spec["revision"]["regex"], inputs["revision"])


def test_every_example_is_named_by_the_page() -> None:
    names = {path.name for path in (ROOT / "examples").glob("*.yml")}
    assert set(re.findall(r"\.\./examples/([\w.-]+)\)", PAGE)) == names
