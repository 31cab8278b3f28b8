"""Templates: the shipped ones, a repository's own, and what goes wrong in them."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tagboat.adapters.jinja_renderer import JinjaRenderer, template_for
from tagboat.adapters.jinja_renderer.renderer import DEFAULT_TEMPLATE
from tagboat.adapters.jinja_renderer.sandbox import HOLDERS
from tagboat.core.bump.assess import Policy, assess
from tagboat.core.changelog.changelog import Group, NewContributor, ReleaseNotes, release_notes
from tagboat.core.changelog.entry import (
    ChangelogEntry,
    Contributor,
    EntryCommit,
    LinkedReference,
)
from tagboat.core.changelog.headings import headings_of, layout_of
from tagboat.core.changelog.insert import NewNotes, inserted
from tagboat.core.changelog.options import LOCALES, ChangelogOptions
from tagboat.core.changelog.timeline import Dependency, Section
from tagboat.core.commits.commit import Commit, CommitGraph
from tagboat.core.errors import UsageError
from tagboat.core.forge.links import Links
from tagboat.core.version.version import Version
from tests.unit.test_markup import IN_NOTES, texts

LAYOUTS = {
    "psr": """# CHANGELOG

<!-- version list -->

## v1.2.0 (1970-01-01)

### Bug Fixes

- Keep `code` ([`2000000`](COMMIT/2))

### Features

- **api**: Drop it ([#12](https://forge.example/acme/app/pull/12), [`1000000`](COMMIT/1))

### Breaking Changes

- **api**: It is gone.

  For good.
""",
    "release-please": """# Changelog

## [1.2.0](https://forge.example/acme/app/compare/v1.1.0...v1.2.0) (1970-01-01)


### ⚠ BREAKING CHANGES

* **api:** it is gone.

  For good.

### Features

* **api:** drop it ([#12](https://forge.example/acme/app/pull/12)) ([1000000](COMMIT/1))


### Bug Fixes

* keep `code` ([2000000](COMMIT/2)), closes [#3](https://forge.example/acme/app/issues/3)
""",
    "angular": """# [1.2.0](https://forge.example/acme/app/compare/v1.1.0...v1.2.0) (1970-01-01)


### Bug Fixes

* keep `code` ([2000000](COMMIT/2)), closes [#3](https://forge.example/acme/app/issues/3)


### Features

* **api:** drop it ([#12](https://forge.example/acme/app/pull/12)) ([1000000](COMMIT/1))


### BREAKING CHANGES

* **api:** it is gone.

  For good.
""",
    "git-cliff": """# Changelog

All notable changes to this project will be documented in this file.

## [1.2.0] - 1970-01-01

### 🚀 Features

- *(api)* [**breaking**] Drop it ([#12](https://forge.example/acme/app/pull/12))

  it is gone.

  For good.

### 🐛 Bug Fixes

- Keep `code`
""",
}

DOCUMENT = Path(__file__).parents[2] / "docs" / "templates.md"
SHIPPED = (
    "changelog.md.j2",
    "github.md.j2",
    "plain.txt.j2",
    "changelog.rst.j2",
    "changelog.json.j2",
)
LINKS = Links("github", "https://forge.example", "acme/app")
OPTIONS = ChangelogOptions()
MESSAGES = (
    "feat(api)!: drop *v1* (#12)\n\nCloses #3, #4\n\nBREAKING CHANGE: it is\ngone\n\n- for good",
    "fix: keep `code` of @bob",
    "feat: one\n\nCo-authored-by: Bob <bob@example.org>",
)
HOSTILE = (
    "feat: <script>alert(1)</script> <b> <!--",
    "feat: [click](https://evil.example) ![x](https://evil.example) https://evil.example",
    "feat: # heading\n\nBREAKING CHANGE: # heading\n\n## [9.9.9]\n===\n```\nopen\n<!--\n- item",
    "feat(a](https://evil.example)): **x** `open",
    "feat: | a | b | @everyone &#60;b&#62;",
    "feat: \u202e\x1b[31mred\x00 \\",
    "fix: x\n\nBREAKING CHANGE:\n```\n</details> # no\n```\n~~~\n\n1. item\n\n    code\n\n> quote",
)


def released(
    *messages: str, version: str = "1.2.0", options: ChangelogOptions = OPTIONS
) -> ReleaseNotes:
    commits = []
    parents: tuple[str, ...] = ()
    for number, message in enumerate(messages, 1):
        commit = Commit(f"{number:x}".ljust(40, "0"), parents, message, 0, "Ada", "ada@example.org")
        commits.append(commit._replace(author_email="7+ada@users.noreply.forge.example"))
        parents = (commit.id,)
    weighed = assess(CommitGraph(commits), Policy())
    newcomers = frozenset(("7+ada@users.noreply.forge.example",))
    parsed = Version.parse(version)
    section = Section(parsed, f"v{version}", "f" * 40, 0, "v1.1.0", weighed, newcomers)
    return release_notes(section, options, LINKS)


def unreleased() -> ReleaseNotes:
    return release_notes(Section(None, "", "f" * 40, None, "v1.1.0", ()), OPTIONS, LINKS)


@pytest.fixture
def render(tmp_path: Path) -> Callable[..., str]:
    """Write a template into a repository and render one release's notes with it."""

    def notes(text: str, name: str = "own.md.j2") -> str:
        (tmp_path / name).write_text(text)
        return JinjaRenderer(OPTIONS, LINKS, name, str(tmp_path)).notes(released(*MESSAGES))

    return notes


WITH_CORE = Section(
    Version(1, 2, 0), "v1.2.0", "f" * 40, 0, "v1.1.0", (), None, (Dependency("core", "1.4.1"),)
)


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("changelog.md.j2", "### Dependencies\n\n- core 1.4.1\n"),
        ("release-please.md.j2", "### Dependencies\n\n- core 1.4.1\n"),
        ("changelog.rst.j2", "Dependencies\n~~~~~~~~~~~~\n\n- core 1.4.1\n"),
        ("plain.txt.j2", "  Dependencies\n    - core 1.4.1\n"),
    ],
)
def test_notes_say_what_a_package_is_released_with(template: str, told: str) -> None:
    notes = JinjaRenderer(OPTIONS, LINKS, template).notes(release_notes(WITH_CORE, OPTIONS, LINKS))
    assert notes.endswith(f"\n\n{told}")
    assert "No notable changes" not in notes


def test_changes_stand_above_what_a_package_is_released_with() -> None:
    assessments = assess(CommitGraph([Commit("1" * 40, (), "feat: a")]), Policy())
    section = WITH_CORE._replace(assessments=assessments)
    renderer = JinjaRenderer(OPTIONS, LINKS, DEFAULT_TEMPLATE)
    assert renderer.notes(release_notes(section, OPTIONS, LINKS)).partition("### ")[2] == (
        "Added\n\n- a ([1111111](https://forge.example/acme/app/commit/" + "1" * 40 + "))\n\n"
        "### Dependencies\n\n- core 1.4.1\n"
    )


def test_keep_a_changelog_is_the_default() -> None:
    renderer = JinjaRenderer(OPTIONS, LINKS, DEFAULT_TEMPLATE)
    assert "".join(renderer.document([unreleased(), released(*MESSAGES)])) == (
        "# Changelog\n"
        "\n"
        "All notable changes to this project are documented in this file.\n"
        "\n"
        "## [Unreleased](https://forge.example/acme/app/compare/v1.1.0...HEAD)\n"
        "\n"
        "No notable changes.\n"
        "\n"
        "## [1.2.0](https://forge.example/acme/app/compare/v1.1.0...v1.2.0) - 1970-01-01\n"
        "\n"
        "### Breaking changes\n"
        "\n"
        r"- **api:** drop \*v1\* ([#12](https://forge.example/acme/app/pull/12)) "
        f"([1000000](https://forge.example/acme/app/commit/1{'0' * 39})), "
        "closes [#3](https://forge.example/acme/app/issues/3), "
        "[#4](https://forge.example/acme/app/issues/4)\n"
        "\n"
        "  it is\n"
        "  gone\n"
        "\n"
        "  - for good\n"
        "\n"
        "### Added\n"
        "\n"
        f"- one ([3000000](https://forge.example/acme/app/commit/3{'0' * 39}))\n"
        "\n"
        "### Fixed\n"
        "\n"
        f"- keep `code` of `@bob` ([2000000](https://forge.example/acme/app/commit/2{'0' * 39}))\n"
    )


@pytest.mark.parametrize("template", ["changelog", "github", "git-cliff", "rst", "plain.txt.j2"])
def test_what_a_title_and_its_note_say_is_said_once(template: str) -> None:
    name = "changelog.rst.j2" if template == "rst" else template
    message = "feat: drop it\n\nBREAKING CHANGE: Drop it.\n\nFor good."
    notes = JinjaRenderer(OPTIONS, LINKS, name).notes(
        released(message, "chore: 1.2.0\n\nBREAKING CHANGE: gone\n\n- a")
    )
    assert notes.lower().count("drop it") == 1
    assert notes.lower().count("gone") == 1
    assert "For good." in notes
    assert not re.search(r"(?m)^ *[-*] (?:\[\*\*breaking\*\*\] )?1\.2\.0", notes)


@pytest.mark.parametrize("template", ["psr", "release-please", "angular"])
def test_all_that_breaks_stands_in_a_section_of_its_own(template: str) -> None:
    message = "feat: drop it\n\nBREAKING CHANGE: Drop it.\nBREAKING CHANGE: And that."
    notes = JinjaRenderer(OPTIONS, LINKS, template).notes(released(message))
    section = notes.lower().partition("breaking changes\n")[2].partition("###")[0]
    assert re.findall(r"[-*] (.*)", section) == ["drop it.", "and that."]


def test_what_a_change_closes_is_said() -> None:
    notes = JinjaRenderer(OPTIONS, Links()).notes(released("fix: a\n\nCloses #3, #4"))
    assert "- a ([1000000](" in notes
    assert notes.endswith(
        ", closes [#3](https://forge.example/acme/app/issues/3),"
        " [#4](https://forge.example/acme/app/issues/4)\n"
    )


def test_what_the_title_says_to_close_is_said_once() -> None:
    notes = JinjaRenderer(OPTIONS, Links()).notes(released("fix: a, closes #3\n\nCloses #3, #4"))
    assert notes.count("#3") == 1
    assert notes.endswith(", closes [#4](https://forge.example/acme/app/issues/4)\n")


def test_notes_in_the_manner_of_github() -> None:
    notes = JinjaRenderer(OPTIONS, LINKS, "github.md.j2").notes(released(*MESSAGES))
    ada = "[@ada](https://forge.example/ada)"
    assert notes.startswith("## 1.2.0: what's changed\n\n### Breaking changes\n\n* **api:** drop ")
    assert f"by {ada} in [#12](https://forge.example/acme/app/pull/12)\n\n  it is\n" in notes
    assert f"* one by {ada}, Bob in [3000000](" in notes
    assert f"### New contributors\n\n* {ada} made their first contribution in [#12](" in notes
    assert notes.endswith(
        "\n\n**Full changelog**: "
        "[v1.1.0...v1.2.0](https://forge.example/acme/app/compare/v1.1.0...v1.2.0)\n"
    )


def test_a_squash_names_each_person_once() -> None:
    trailers = "".join(
        f"Co-authored-by: {name} <{address}@users.noreply.forge.example>\n"
        for name, address in (
            ("Ada", "7+ada"),
            ("ada", "ada"),
            ("renovate[bot]", "9+renovate[bot]"),
        )
    )
    notes = JinjaRenderer(OPTIONS, LINKS, "github").notes(released(f"feat: a (#1)\n\n{trailers}"))
    assert (
        "* a by [@ada](https://forge.example/ada), "
        "[renovate\\[bot\\]](https://forge.example/apps/renovate) in [#1]("
    ) in notes


def test_plain_text() -> None:
    renderer = JinjaRenderer(OPTIONS, LINKS, "plain.txt.j2")
    assert "".join(renderer.document([released(*MESSAGES), unreleased()])) == (
        "Changelog\n"
        "\n"
        "1.2.0 (1970-01-01)\n"
        "\n"
        "  Breaking changes\n"
        "    - api: drop *v1* (#12) (1000000)\n"
        "\n"
        "      it is\n"
        "      gone\n"
        "\n"
        "      - for good\n"
        "\n"
        "  Added\n"
        "    - one (3000000)\n"
        "\n"
        "  Fixed\n"
        "    - keep `code` of @bob (2000000)\n"
        "\n"
        "Unreleased\n"
        "\n"
        "  No notable changes.\n"
    )


def test_restructured_text() -> None:
    notes = JinjaRenderer(OPTIONS, LINKS, "changelog.rst.j2").notes(released(*MESSAGES))
    title, rule, *_ = notes.split("\n")
    assert title == "1.2.0 (1970-01-01)"
    assert set(rule) == {"-"}
    assert len(rule) >= len(title)
    assert r"- **api:** drop \*v1\* (`#12 <https://forge.example/acme/app/pull/12>`__)" in notes
    assert "`__), closes `#3 <https://forge.example/acme/app/issues/3>`__, `#4 <" in notes
    assert "\n\n  it is\n  gone\n\n" in notes
    assert "\n- keep ``code`` of \\@bob (`2000000 <" in notes


def test_json_is_json() -> None:
    renderer = JinjaRenderer(OPTIONS, LINKS, "changelog.json.j2")
    releases = [unreleased(), released(*MESSAGES, *HOSTILE)]
    document = json.loads("".join(renderer.document(releases)))
    assert document["context_version"] == 1
    assert document["releases"] == [json.loads(renderer.notes(release)) for release in releases]
    nothing, release = document["releases"]
    assert (nothing["version"], nothing["is_empty"], release["version"]) == (None, True, "1.2.0")
    assert release["breaking"][0]["notes"] == ["it is\ngone\n\n- for good"]
    assert release["groups"][1]["entries"][0]["description"] == "keep `code` of @bob"


def test_an_empty_document_of_json_is_json() -> None:
    renderer = JinjaRenderer(OPTIONS, LINKS, "changelog.json.j2")
    assert json.loads("".join(renderer.document([])))["releases"] == []


@pytest.mark.parametrize("template", SHIPPED)
def test_a_release_reads_the_same_alone_and_in_the_document(template: str) -> None:
    renderer = JinjaRenderer(OPTIONS, LINKS, template)
    releases = [unreleased(), released(*MESSAGES), released(*HOSTILE, version="1.1.0-rc.1")]
    document = "".join(renderer.document(releases))
    for release in releases:
        notes = renderer.notes(release)
        assert notes in document
        assert notes == notes.strip("\n") + "\n"
    assert "\n\n\n" not in document


@pytest.mark.parametrize("template", SHIPPED[:4])
def test_titles_come_in_the_locale(template: str) -> None:
    options = ChangelogOptions(locale="zh-CN")
    notes = JinjaRenderer(options, LINKS, template).notes(released(*MESSAGES, options=options))
    assert "破坏性变更" in notes
    assert "Breaking" not in notes


def test_templates_that_name_newcomers_need_them(
    render: Callable[..., str], tmp_path: Path
) -> None:
    render("{{ release.contributors|map(attribute='new_contributors')|list|length }}")
    render("{% include 'own.md.j2' %}", "includes.md.j2")
    render("{% extends 'github.md.j2' %}", "extends.md.j2")
    render("{% extends 'changelog.md.j2' %}", "plain.md.j2")
    needs = {
        name: JinjaRenderer(OPTIONS, LINKS, name, str(tmp_path)).needs_newcomers
        for name in ("own.md.j2", "includes.md.j2", "extends.md.j2", "plain.md.j2", *SHIPPED)
    }
    assert {name for name, needed in needs.items() if needed} == {
        "own.md.j2",
        "includes.md.j2",
        "extends.md.j2",
        "github.md.j2",
        "changelog.json.j2",
    }


def test_hostile_messages_leave_the_markdown_as_the_template_made_it() -> None:
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for template in ("changelog.md.j2", "github.md.j2"):
        release = released(*HOSTILE)
        document = "".join(JinjaRenderer(OPTIONS, LINKS, template).document([release]))
        outer = reader.parse(document)
        inner = [child for token in outer for child in token.children or ()]
        kinds = {token.type for token in (*outer, *inner)}
        assert not kinds & {"html_block", "html_inline", "image", "table_open", "s_open"}
        assert not kinds & {"em_open", "code_block", "blockquote_open"}
        headings = [
            outer[at + 1].content for at, one in enumerate(outer) if one.type == "heading_open"
        ]
        assert headings[1].startswith(("[1.2.0]", "1.2.0"))
        assert headings[2:4] == ["Breaking changes", "Added"]
        assert len(headings) == 4 + (template == "github.md.j2")
        items = sum(one.type == "list_item_open" and one.level == 1 for one in outer)
        assert items == len(release.entries) + (template == "github.md.j2")
        targets = [str(token.attrs["href"]) for token in inner if token.type == "link_open"]
        assert all(target.startswith("https://forge.example/") for target in targets)
        text = "".join(token.content for token in inner if token.type == "text")
        assert "@everyone" not in text
        assert not set(document) & set("\x00\x1b\u202e")


READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
RENDERERS = {
    name: JinjaRenderer(OPTIONS, LINKS, name)
    for name in ("changelog", "github", "release-please", "psr", "angular", "git-cliff")
}
OLDER = released("fix: a", version="1.1.0")


def structure(document: str) -> tuple[list[str], set[str], list[str]]:
    """The headings, the kinds of everything inside, and where links lead."""
    outer = READER.parse(document)
    inner = [child for token in outer for child in token.children or ()]
    opened = [at for at, token in enumerate(outer) if token.type == "heading_open"]
    pages = [str(token.attrs["href"]) for token in inner if token.type == "link_open"]
    kinds = {token.type for token in (*outer, *inner)}
    return [f"{outer[at].tag} {outer[at + 1].content}" for at in opened], kinds, pages


@given(st.sampled_from(tuple(RENDERERS)), texts.map("z{}".format) | texts.map("{}z".format))
def test_no_note_changes_what_a_changelog_is(template: str, text: str) -> None:
    renderer = RENDERERS[template]
    plain, told = (
        "".join(renderer.document([released(f"feat(a)!: x\n\nBREAKING CHANGE: {note}"), OLDER]))
        for note in ("z", text)
    )
    headings, kinds, pages = structure(told)
    assert headings == structure(plain)[0]
    assert kinds <= structure(plain)[1] | IN_NOTES
    assert all(page.startswith(("https://", "http://")) for page in pages)
    assert layout_of(told) == layout_of(plain)
    found = [one.version for one in headings_of(told.split("\n")) if one.version]
    assert found == ["1.2.0", "1.1.0"]
    newer = renderer.notes(released("fix: b", version="1.3.0"))
    joined = inserted(told, NewNotes(newer, "1.3.0"))
    assert joined.replace(newer, "", 1).split() == told.split()


def test_a_repositorys_template_overrides_a_block_of_ours(render: Callable[..., str]) -> None:
    notes = render(
        '{% extends "changelog.md.j2" %}\n'
        "{% macro shout(text) %}{{ text|upper }}{% endmacro %}\n"
        "{% block entry %}\n* {{ shout(entry.description) }}\n{% endblock %}\n"
    )
    assert "### Added\n\n* ONE\n\n### Fixed\n\n* KEEP `CODE` OF `@BOB`\n" in notes
    assert notes.startswith("## [1.2.0](")


def test_a_block_may_add_to_what_it_held_before(render: Callable[..., str]) -> None:
    whole = render('{% extends "changelog.md.j2" %}')
    more = render(
        '{% extends "changelog.md.j2" %}'
        "{% block entry %}{{ super() }}  {{ group.key }} {{ loop.index }}\n{% endblock %}"
    )
    assert [line for line in more.split("\n") if line not in whole.split("\n")] == [
        "  breaking 1",
        "  added 1",
        "  fixed 1",
    ]
    assert "/commit/3" + "0" * 39 + "))\n  added 1\n" in more


def test_blocks_of_a_repositorys_own_templates_can_be_filled_in(
    render: Callable[..., str],
) -> None:
    render(
        "{% set mark = '+' %}{% for entry in release.entries %}"
        "{% block line scoped %}{% set mark = mark ~ loop.index %}{{ mark }}{% endblock %}"
        "{% block mark scoped %}{{ self.end() }}{{ mark }}{% endblock %}{% endfor %}"
        "{% block end %}.{% endblock %}",
        "base.txt.j2",
    )
    assert render('{% extends "base.txt.j2" %}', "a.txt.j2") == "+1.++2.++3.+.\n"
    text = '{% extends "base.txt.j2" %}{% block line %}{{ entry.type }}{{ mark }}{% endblock %}'
    assert render(text, "b.txt.j2") == "feat+.+fix+.+feat+.+.\n"


def test_a_repositorys_template_of_the_same_name_may_extend_ours(
    render: Callable[..., str],
) -> None:
    text = '{% extends "changelog.md.j2" %}{% block title %}\n## Ours\n{% endblock %}'
    assert render(text, "changelog.md.j2").startswith("## Ours\n\n### Breaking")


def test_a_template_without_the_layout_is_written_once_for_each_release(tmp_path: Path) -> None:
    (tmp_path / "own.txt.j2").write_text(
        "\n{{ release.version }}: {{ release.entries|length }}\n\n"
    )
    renderer = JinjaRenderer(OPTIONS, LINKS, "own.txt.j2", str(tmp_path))
    releases = [released(*MESSAGES), released(version="1.1.0")]
    assert list(renderer.document(releases)) == ["", "1.2.0: 3\n", "\n1.1.0: 0\n", ""]


def test_a_template_may_use_the_files_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "ci" / "notes"
    folder.mkdir(parents=True)
    (folder / "own.txt.j2").write_text(
        '{% from "parts/x.j2" import x %}{% include "../y.j2" %}{{ x() }}{% include "../y.j2" %}'
    )
    (folder / "parts").mkdir()
    (folder / "parts" / "x.j2").write_text("{% macro x() %}x{% endmacro %}")
    (folder.parent / "y.j2").write_text("y")
    renderer = JinjaRenderer(OPTIONS, LINKS, "ci/notes/own.txt.j2", str(tmp_path))
    assert renderer.notes(released()) == "yxy\n"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("{{ '*' }}", r"\*"),
        ("{{ '*'|safe }}", "*"),
        ("{{ '*'|e }}", r"\*"),
        ("{{ none }}{{ 3 }}", "3"),
        ("{{ '*' ~ '<' }}", r"\*\<"),
        ("{{ '*'|safe ~ '<' }}", r"*\<"),
        ("{{ release.version ~ '*'|safe ~ '_x' }}", r"1.2.0*\_x"),
        ("{{ '*'|safe + '<' }}", r"*\<"),
        ("{{ 1 + 2 }}{{ '*' + '*' }}", r"3\*\*"),
        ("{{ '*%s*'|safe % '<' }}{{ '%s%d' % ('<', 3) }}", r"*\<*\<3"),
        ("{{ '*%s%d'|safe|format('<', 3) }}", r"*\<3"),
        ("{{ '*%(a)s'|safe|format(a='<') }}", r"*\<"),
        ("{{ '%(a)s'|format(a='<') }}", r"\<"),
        ("{{ ['<', '*'|safe]|join(', '|safe) }}", r"\<, *"),
        ("{{ ['<', '*']|join }}", r"\<\*"),
        ("{{ release.entries|join(';', attribute='type') }}", "feat;fix;feat"),
        ("{{ 'a<'|replace('a', '*'|safe) }}{{ 'ab'|replace('a', '<') }}", r"*\<\<b"),
        ("{{ '*a'|safe|replace('a', '<') }}", r"*\<"),
        ("{% set x %}**{{ '*' }}**{% endset %}{{ x }}", r"**\***"),
        ("{{ 'a*'|link('https://x.example') }}", r"[a\*](https://x.example)"),
        ("{{ 'a\n\n# b'|paragraphs(1) }}", " a\n\n \\# b"),
        ("{{ 'a' * 3 }}{{ [1] * 2 }}{{ 2 * 3 }}{{ 2 ** 3 }}", r"aaa\[1, 1\]68"),
        ("{{ 'x{}'.format('<') }}", r"x\<"),
        ("{% autoescape false %}{{ '<' }}{% endautoescape %}", r"\<"),
        ("{{ words.added }}{{ words['fixed'] }}{{ context_version }}", "AddedFixed1"),
        (
            "{% for group in release.sections %}{{ group.key }} {% endfor %}",
            "breaking added fixed ",
        ),
    ],
)
def test_expressions_print_text_of_the_format(
    render: Callable[..., str], expression: str, expected: str
) -> None:
    assert render(f"|{expression}|") == f"|{expected}|\n"


def test_json_templates_may_say_tojson(render: Callable[..., str]) -> None:
    text = '{"a": {{ release.version|tojson }}, "b": {{ "x" }}}'
    assert render(text, "own.json.j2") == '{"a": "1.2.0", "b": "x"}\n'


def test_html_templates_escape_as_html(render: Callable[..., str]) -> None:
    assert render("<p>{{ '<&' }}</p>", "own.html.j2") == "<p>&lt;&amp;</p>\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n{% for x in y %}", "own.md.j2:2: Unexpected end of template."),
        ("{{ a b }}", "own.md.j2:1: expected token"),
        ("{{ 'a'|urlize }}", "own.md.j2:1: No filter named 'urlize'"),
        (
            "\n\n{{ release.nothing }}",
            "own.md.j2:3: 'tagboat.core.changelog.changelog.ReleaseNotes object' has no",
        ),
        ("{{ nothing }}", "own.md.j2:1: 'nothing' is undefined"),
        ("{{ 1 / 0 }}", "own.md.j2:1: division by zero"),
        ("\n{{ ''.__class__ }}", "own.md.j2:2: not allowed in a template: access to attribute"),
        ("{{ release.groups[0]._asdict() }}", "own.md.j2:1: not allowed in a template: "),
        ("{{ release.entries[0]._item }}", "own.md.j2:1: not allowed in a template: "),
        ("{{ ('<'|safe).join(['a']) }}", "own.md.j2:1: not allowed in a template: "),
        ("{{ ('{}'|safe).format('<') }}", "own.md.j2:1: not allowed in a template: "),
        ("{{ 'a' * 10000000 }}", "own.md.j2:1: a text or list of more than 1,000,000 items"),
        ("{{ 10000000 * 'a' }}", "own.md.j2:1: a text or list of more than 1,000,000 items"),
        ("{{ 2 ** 100000 }}", "own.md.j2:1: a power of a number above 1,000"),
        ("{{ range(1000000) }}", "own.md.j2:1: Range too big"),
        (
            '\n{% include "other.md.j2" %}',
            "own.md.j2: there is no template 'other.md.j2' beside it",
        ),
        ("{% extends words.added %}", "own.md.j2: it extends, includes or imports a template that"),
        ('{% include "../../etc/passwd" %}', "own.md.j2: there is no template '../../etc/passwd'"),
        ('{% include "own.md.j2" %}', "own.md.j2: there is no template 'own.md.j2' beside it"),
        (
            "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
            "own.md.j2:1: it includes or calls itself",
        ),
    ],
)
def test_a_template_that_is_wrong_is_named_with_its_line(
    render: Callable[..., str], text: str, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        render(text)
    assert caught.value.message.startswith(message)


def test_the_template_that_is_wrong_is_named_not_the_one_that_uses_it(
    render: Callable[..., str],
) -> None:
    with pytest.raises(UsageError, match=r"^part\.md\.j2:2: "):
        render("a\n{{ release.nothing }}", "part.md.j2")
    with pytest.raises(UsageError, match=r"^part\.md\.j2:2: "):
        render('{% include "part.md.j2" %}')
    with pytest.raises(UsageError, match=r"^broken\.md\.j2:1: "):
        render("{% if %}", "broken.md.j2")
    with pytest.raises(UsageError, match=r"^broken\.md\.j2:1: "):
        render('{% import "broken.md.j2" as x %}')


def test_a_file_that_is_no_template_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.md.j2").write_bytes(b"\xe9")
    (tmp_path / "long.md.j2").write_bytes(b"x" * 1_000_001)
    (tmp_path / "own.j2").write_text("x")
    (tmp_path / "notes.md").write_text("x")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.md.j2").write_text("x")
    (tmp_path / "link.md.j2").symlink_to(tmp_path / ".git" / "x.md.j2")
    outside = tmp_path.parent / f"{tmp_path.name}-outside.md.j2"
    outside.write_text("x")
    for name, message in (
        ("latin.md.j2", "latin.md.j2: a template is UTF-8"),
        ("long.md.j2", "long.md.j2: it has more than 1,000,000 bytes"),
        ("own.j2", "own.j2: a template's name ends with one of .md.j2, "),
        ("notes.md", "there is no template 'notes.md'"),
        (".git/x.md.j2", "there is no template '.git/x.md.j2'"),
        ("link.md.j2", "there is no template 'link.md.j2'"),
        (str(outside), "there is no template "),
        (f"../{outside.name}", "there is no template "),
        ("nowhere.md.j2", "there is no template 'nowhere.md.j2'"),
    ):
        with pytest.raises(UsageError) as caught:
            JinjaRenderer(OPTIONS, LINKS, name, str(tmp_path))
        assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    "kind", [ReleaseNotes, Group, ChangelogEntry, LinkedReference, Contributor, NewContributor]
)
def test_every_field_is_documented(kind: type[ReleaseNotes]) -> None:
    text = DOCUMENT.read_text()
    assert [field for field in kind._fields if f"`{field}`" not in text] == []


def test_every_word_is_documented() -> None:
    text = DOCUMENT.read_text()
    for words in LOCALES.values():
        assert [key for key in words if f"| `{key}` |" not in text] == []


def test_entries_can_be_grouped_by_scope(render: Callable[..., str]) -> None:
    examples = DOCUMENT.read_text().split("```jinja\n")[1:]
    (example,) = (text.partition("```")[0] for text in examples if "groupby" in text)
    notes = render(f"{{% for group in release.sections %}}{example}{{% endfor %}}")
    assert "#### api\n\n- drop" in notes
    assert "#### \n\n- one" in notes


@pytest.mark.parametrize(
    "template", ["changelog.md.j2", "github.md.j2", "changelog.rst.j2", "plain.txt.j2", *LAYOUTS]
)
def test_notes_are_inserted_above_the_ones_before(template: str) -> None:
    renderer = JinjaRenderer(OPTIONS, LINKS, template)
    old, new = released("fix: a", version="1.1.0"), released(*MESSAGES)
    document = "".join(renderer.document([old]))
    updated = inserted(document, NewNotes(renderer.notes(new), new.version))
    assert updated == "".join(renderer.document([new, old]))
    assert inserted(updated, NewNotes(renderer.notes(new), new.version)) == updated


def in_layout(layout: str) -> tuple[JinjaRenderer, ReleaseNotes]:
    message = "feat(api)!: drop it (#12)\n\nBREAKING CHANGE: it is gone.\n\nFor good."
    return JinjaRenderer(OPTIONS, LINKS, layout), released(message, "fix: keep `code`\n\nCloses #3")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_of_other_tools(layout: str) -> None:
    renderer, release = in_layout(layout)
    address = "https://forge.example/acme/app/commit/"
    expected = LAYOUTS[layout]
    for number in "12":
        expected = expected.replace(f"COMMIT/{number}", f"{address}{number}{'0' * 39}")
    assert "".join(renderer.document([release])) == expected


@pytest.mark.parametrize("layout", [*LAYOUTS, "changelog"])
def test_the_layout_of_a_file_is_known(layout: str) -> None:
    renderer, release = in_layout(f"{layout}.md.j2")
    older = released("fix: z", version="1.1.0")
    assert renderer.layout == layout
    assert layout_of("".join(renderer.document([release, older]))) == layout


@pytest.mark.parametrize("text", ["", "# Log\n\n## 1.0.0\n\nWords.\n"])
def test_the_layout_of_other_files_is_not(text: str) -> None:
    assert layout_of(text) == ""


def test_a_patch_has_a_smaller_heading_in_angulars_layout() -> None:
    renderer, _ = in_layout("angular")
    assert renderer.notes(released("fix: a", version="1.2.1")).startswith("## [1.2.1](")


@pytest.mark.parametrize(
    ("file", "template"),
    [
        ("CHANGELOG.md", "changelog.md.j2"),
        ("CHANGES", "changelog.md.j2"),
        ("docs/CHANGES.RST", "changelog.rst.j2"),
        ("NEWS.txt", "plain.txt.j2"),
        ("changes.json", "changelog.json.j2"),
    ],
)
def test_the_template_fits_the_ending_of_the_file(file: str, template: str) -> None:
    assert template_for(file) == template


def test_an_ending_that_no_shipped_template_writes_is_refused() -> None:
    with pytest.raises(UsageError, match=r"writes \.adoc"):
        template_for("CHANGELOG.adoc")


def test_without_a_work_tree_the_shipped_templates_remain() -> None:
    with pytest.raises(UsageError) as caught:
        JinjaRenderer(OPTIONS, LINKS, "own.md.j2")
    assert "changelog.md.j2" in caught.value.hint
    assert "layout" not in caught.value.hint


RECORDS = (
    ReleaseNotes,
    Group,
    NewContributor,
    ChangelogEntry,
    EntryCommit,
    LinkedReference,
    Contributor,
)


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[2] / "templates").glob("*.j2")), ids=lambda one: one.name
)
def test_what_a_shipped_template_reads_of_a_record_is_read_without_asking(path: Path) -> None:
    parsed = jinja2.Environment(autoescape=True).parse(path.read_text())
    names = {node.attr for node in parsed.find_all(jinja2.nodes.Getattr)}
    slow = [
        f"{record.__name__}.{name}"
        for name in sorted(names)
        for record in RECORDS
        if hasattr(record, name) and record not in HOLDERS.get(name, ())
    ]
    assert slow == []
