"""What a repository brings along ends in time and bounds, with its name in the error."""

import os
import resource
from pathlib import Path

import pytest

from tagboat.adapters.limits import SECONDS, Limits, TimeBudget
from tagboat.core.errors import UsageError
from tests.commandline import Result, tagboat_process
from tests.gitrepo import GitRepo
from tests.patience import patience

TEMPLATES = {
    "format": "{{ '%2000000000s'|format('x') }}",
    "percent": "{{ '%2000000000s' % 'x' }}",
    "method": "{{ '{:>2000000000}'.format('x') }}",
    "center": "{{ 'x'|center(4000000000) }}",
    "indent": "{{ ('\n' * 900000)|indent(9000, true, true) }}",
    "nested": "{% for a in range(99999) %}{% for b in range(99999) %}"
    "{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
    "chain": "{% set n = namespace(x=999) %}{% for a in range(60) %}{% set n.x = n.x * n.x %}"
    "{% endfor %}",
    "powers": "{{ (999 ** 999) * (999 ** 999) ** 1 ** 999 }}" * 3
    + "{% set n = namespace(x=7) %}{% for a in range(40) %}{% set n.x = n.x * n.x %}{% endfor %}",
    "slice": "{{ range(99999)|slice(900000000)|list|length }}",
    "batch": "{{ [1]|batch(900000000, 'x')|list|length }}",
    "doubled": "{% set n = namespace(x='x' * 999999) %}{% for a in range(40) %}"
    "{% set n.x = n.x ~ n.x %}{% endfor %}",
    "lists": "{% set n = namespace(x=[1], y=[1]) %}{% for a in range(60) %}"
    "{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}",
    "printed": "{% for a in range(99999) %}{{ 'x' * 999999 }}{% endfor %}",
    "replaced": "{{ ('x' * 999999)|replace('x', 'y' * 999999) }}",
    "deep": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "itself": "{% include 'itself.md.j2' %}",
    "macro": "{% macro m(n) %}{{ m(n + 1) }}{{ m(n + 1) }}{% endmacro %}{{ m(1) }}",
}


@pytest.fixture
def released(repo: GitRepo) -> GitRepo:
    repo.commit("feat: start")
    repo.tag("v1.0.0")
    repo.commit("fix: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")
    return repo


def preview(repo: GitRepo, *arguments: str, seconds: float | None = None) -> Result:
    """Run a preview, which has so little time that what takes all of it ends soon."""
    env = {"TAGBOAT_PREVIEW_SECONDS": str(seconds or patience(8))}
    done = tagboat_process(*arguments, cwd=repo.path, env=env, starts=1200)
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_of_the_repository_ends(released: GitRepo, name: str) -> None:
    (released.path / f"{name}.md.j2").write_text(TEMPLATES[name])
    done = preview(released, "changelog", "--unreleased", "--template", f"{name}.md.j2")
    assert (done.code, done.stdout[:99]) == (2, "")
    assert f"{name}.md.j2" in done.stderr


def test_a_template_takes_no_more_memory_than_it_may(released: GitRepo) -> None:
    (released.path / "a.md.j2").write_text(TEMPLATES["doubled"])
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    preview(released, "changelog", "--unreleased", "--template", "a.md.j2")
    after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert after < max(before, 1_000_000), "kilobytes"


def test_more_memory_is_given_where_the_hint_says(released: GitRepo) -> None:
    # A text of 256 MB, made of two halves.
    doubled = TEMPLATES["doubled"].replace("40", "8") + "{{ n.x|length }}"
    (released.path / "a.md.j2").write_text(doubled)
    words = ("changelog", "--unreleased", "--template", "a.md.j2")
    failed = tagboat_process(*words, cwd=released.path, env={"TAGBOAT_PREVIEW_MEGABYTES": "1"})
    hint = "make it simpler, or give it more memory with TAGBOAT_PREVIEW_MEGABYTES"
    assert (failed.code, f"  try: {hint}\n" in failed.stderr) == (2, True), failed
    again = tagboat_process(*words, cwd=released.path, env={"TAGBOAT_PREVIEW_MEGABYTES": "900"})
    assert (again.code, again.stdout) == (0, "255999744\n"), again


@pytest.mark.parametrize(
    ("table", "pattern"),
    [
        ("[ignore]\npatterns = ['(a+)+$']", "ignore.patterns '(a+)+$'"),
        ("[[rules]]\npattern = '(a+)+$'\nbump = 'none'", "rules '(a+)+$'"),
        ("[[rewrite]]\npattern = '(a|a)*b$'\ntext = 'c'", "rewrite '(a|a)*b$'"),
        (
            "[[references]]\npattern = '(?:a|aa)+b'\nurl = 'https://x.example/{id}'",
            "references '(?:a|aa)+b'",
        ),
    ],
)
@pytest.mark.parametrize("command", [("changelog",), ("changelog", "--json")])
def test_a_pattern_of_the_configuration_ends(
    released: GitRepo, table: str, pattern: str, command: tuple[str, ...]
) -> None:
    (released.path / "tagboat.toml").write_text(table + "\n")
    done = preview(released, *command)
    assert (done.code, "not done within" in done.stderr) == (2, True)
    assert pattern in done.stderr
    assert f"make it simpler, or give it more time with {SECONDS}" in done.stderr


@pytest.mark.parametrize("command", ["next", "list"])
def test_a_version_needs_no_patience_either(released: GitRepo, command: str) -> None:
    (released.path / "tagboat.toml").write_text("[ignore]\npatterns = ['(a+)+$']\n")
    done = preview(released, "version", command)
    assert done.code == (2 if command == "next" else 0)


def test_a_pattern_of_a_convention_of_others_ends(released: GitRepo) -> None:
    (released.path / "tagboat.toml").write_text("convention = 'commitizen:cz_customize'\n")
    (released.path / ".cz.toml").write_text(
        "[tool.commitizen]\nname = 'cz_customize'\n[tool.commitizen.customize]\n"
        "schema_pattern = '^fix: (a+)+$'\nbump_pattern = '^fix: (a+)+$'\n"
        "bump_map = { fix = 'PATCH' }\n"
    )
    done = preview(released, "version", "next")
    assert (done.code, "commitizen:cz_customize" in done.stderr) == (2, True)


def test_patterns_see_the_beginning_of_a_long_message(released: GitRepo) -> None:
    released.commit("fix: b\n\n" + "x" * 300_000 + "\n\nskip")
    (released.path / "tagboat.toml").write_text("[ignore]\npatterns = ['skip']\n")
    assert preview(released, "version", "next", seconds=patience(1200)).stdout == "1.0.1\n"


def test_a_caller_may_give_more(released: GitRepo) -> None:
    text = "{% for a in range(999) %}{% for b in range(3000) %}{% endfor %}{% endfor %}x"
    (released.path / "a.txt.j2").write_text(text)
    options = ("changelog", "--unreleased", "--template", "a.txt.j2")
    assert preview(released, *options, seconds=0.01).code == 2
    assert preview(released, *options, seconds=patience(1200)).stdout == "x\n"


@pytest.mark.parametrize("text", ["0", "-1", "x", "nan", "inf"])
def test_a_limit_is_a_number_above_zero(text: str) -> None:
    with pytest.raises(UsageError, match="TAGBOAT_PREVIEW_SECONDS"):
        Limits.of({"TAGBOAT_PREVIEW_SECONDS": text})


def test_time_is_shared_with_forked_processes() -> None:
    budget = TimeBudget(Limits(seconds=5))
    child = os.fork()
    if not child:
        budget.spend(2)
        os._exit(0)
    os.waitpid(child, 0)
    assert budget.left == pytest.approx(3)


def test_a_template_of_the_repository_writes_what_it_did(released: GitRepo, tmp_path: Path) -> None:
    enough = patience(1200)
    shipped = preview(released, "changelog", seconds=enough).stdout
    (released.path / "a.md.j2").write_text('{% extends "changelog.md.j2" %}')
    assert preview(released, "changelog", "--template", "a.md.j2", seconds=enough).stdout == shipped
    out = tmp_path / "a.md"
    assert (
        preview(released, "changelog", "--template", "a.md.j2", "-o", str(out), seconds=enough).code
        == 0
    )
    assert out.read_text() == shipped
