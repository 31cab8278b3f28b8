"""Foreign conventions: what they decide, and what they are kept from."""

import sys
from pathlib import Path

import pytest

from tagboat.adapters.conventions import load_convention
from tagboat.core.bump.assess import CommitVerdict, Convention, Ignore, Policy, assess
from tagboat.core.changes.change import Change
from tagboat.core.commits.commit import Commit, CommitGraph
from tagboat.core.errors import OutsideError, UsageError
from tests.integration import convention_differences as differences

CUSTOM_TOML = r"""
bump_pattern = "^(break|new|bug)"
bump_map = { break = "MAJOR", new = "MINOR", bug = "PATCH" }
commit_parser = '^(?P<change_type>break|new|bug)(?:\((?P<scope>[^)]+)\))?: (?P<message>.*)'
change_type_map = { new = "feat", bug = "fix" }
schema_pattern = '(break|new|bug|doc)(\([^)]+\))?: .+'
"""
CUSTOM_JSON = (
    '{"commitizen": {"customize": {"bump_pattern": "^(new)", "bump_map": {"new": "MINOR"}}}}'
)
CUSTOM_YAML = "commitizen:\n  customize:\n    bump_pattern: ^(new)\n    bump_map: {new: MINOR}\n"

PARSER = """
from dataclasses import dataclass

from semantic_release import CommitParser, LevelBump, ParsedCommit, ParseError, ParserOptions


@dataclass
class Options(ParserOptions):
    word: str = "ship"


class ShipParser(CommitParser):
    parser_options = Options

    def __init__(self, options):
        self.options = options

    def parse(self, commit):
        kind, _, text = commit.message.partition(": ")
        if kind == "print":
            print("to stdout")
        if kind == "author":
            commit.author
        if kind == "crash":
            raise ValueError("no idea")
        if kind == "exit":
            raise SystemExit(3)
        if kind == "wrong":
            return "a string"
        if kind != self.options.word:
            return ParseError(commit, "not for me")
        return ParsedCommit(LevelBump.MINOR, "ship", "", [text.strip()], [], commit)


class NoParser:
    pass
"""


def load(name: str, root: Path, *, allowed: bool = False) -> Convention:
    return load_convention(name, str(root), allow_repository_code=allowed)


def essence(change: Change) -> tuple[str | None, str, str | None, str]:
    return change.level, change.type, change.scope, change.description


def read(convention: Convention, message: str) -> list[tuple[str | None, str, str | None, str]]:
    return [essence(change) for change in convention(message).changes]


@pytest.fixture
def parser_file(tmp_path: Path) -> Path:
    path = tmp_path / "tools" / "ship.py"
    path.parent.mkdir()
    path.write_text(PARSER)
    return path


@pytest.fixture
def ship(tmp_path: Path, parser_file: Path) -> Convention:
    assert parser_file.exists()
    return load("psr:tools/ship.py:ShipParser", tmp_path, allowed=True)


class TestConventionalCommitsOfCommitizen:
    @pytest.fixture
    def convention(self, tmp_path: Path) -> Convention:
        return load("commitizen:cz_conventional_commits", tmp_path)

    @pytest.mark.parametrize(
        ("message", "expected"),
        [
            ("feat(api): add a thing", ("minor", "feat", "api", "add a thing")),
            ("fix: mend a thing\n", ("patch", "fix", None, "mend a thing")),
            ("refactor: move", ("patch", "refactor", None, "move")),
            ("docs(api): explain", ("none", "docs", "api", "explain")),
            ("hotfix!: mend", ("major", "hotfix", None, "mend")),
            ("fix: a\r\n\r\nBREAKING CHANGE: b\r\n", ("major", "fix", None, "a")),
        ],
    )
    def test_decides_bump_type_scope_and_text(
        self, convention: Convention, message: str, expected: tuple[str, str, str | None, str]
    ) -> None:
        assert read(convention, message) == [expected]

    @pytest.mark.parametrize("message", ["", "\n", "Add a thing", "chore(: x", "\ud800\x00"])
    def test_message_outside_its_schema_is_not_conventional(
        self, convention: Convention, message: str
    ) -> None:
        assert read(convention, message) == []

    def test_line_that_asks_for_the_bump_speaks_for_an_unreadable_title(
        self, convention: Convention
    ) -> None:
        message = "Merge branch 'topic'\n\nsome words\nfeat(api): add a thing"
        assert read(convention, message) == [("minor", "feat", "api", "add a thing")]

    def test_lines_of_the_first_paragraph_are_one_title(self, convention: Convention) -> None:
        assert read(convention, "docs: one\nfeat: two")[0][0] == "none"

    def test_breaking_change_keeps_its_notes_and_footers(self, convention: Convention) -> None:
        (change,) = convention("feat: a\n\nb\n\nBREAKING CHANGE: c\n\nd\nRefs: #1").changes
        assert (change.breaking, change.notes, change.body) == (True, ("c\n\nd",), "b")
        assert [footer.value for footer in change.footers] == ["c\n\nd", "#1"]


class TestJiraOfCommitizen:
    def test_leaves_the_bump_to_tagboat(self, tmp_path: Path) -> None:
        convention = load("commitizen:cz_jira", tmp_path)
        assert read(convention, "JRA-34 #comment corrected") == [
            (None, "other", None, "JRA-34 #comment corrected")
        ]

    def test_message_without_an_issue_is_not_conventional(self, tmp_path: Path) -> None:
        assert read(load("commitizen:cz_jira", tmp_path), "feat: add a thing") == []


class TestCustomizedCommitizen:
    @pytest.fixture
    def convention(self, tmp_path: Path) -> Convention:
        settings = f"[tool.commitizen.customize]\n{CUSTOM_TOML}"
        (tmp_path / "pyproject.toml").write_text(settings)
        return load("commitizen:cz_customize", tmp_path)

    @pytest.mark.parametrize(
        ("message", "expected"),
        [
            ("new(cli): colours", [("minor", "feat", "cli", "colours")]),
            ("bug: no crash", [("patch", "fix", None, "no crash")]),
            ("break: no flag", [("major", "break", None, "no flag")]),
            ("doc: words", [("none", "doc", None, "words")]),
            ("feat: unknown here", []),
        ],
    )
    def test_settings_decide(
        self,
        convention: Convention,
        message: str,
        expected: list[tuple[str | None, str, str | None, str]],
    ) -> None:
        assert read(convention, message) == expected

    @pytest.mark.parametrize(
        ("name", "settings"),
        [
            (".cz.toml", f"[tool.commitizen.customize]\n{CUSTOM_TOML}"),
            ("cz.json", CUSTOM_JSON),
            (".cz.yaml", CUSTOM_YAML),
        ],
    )
    def test_settings_are_read_from_the_root_in_every_format(
        self, tmp_path: Path, name: str, settings: str
    ) -> None:
        (tmp_path / name).write_text(settings)
        assert read(load("commitizen:cz_customize", tmp_path), "new: x")[0][0] == "minor"

    def test_file_without_a_section_is_passed_over(self, tmp_path: Path) -> None:
        (tmp_path / ".cz.json").write_text("{}")
        (tmp_path / "cz.yaml").write_text(CUSTOM_YAML)
        assert read(load("commitizen:cz_customize", tmp_path), "new: x")[0][0] == "minor"

    def test_without_a_schema_what_its_changelog_lists_is_conventional(
        self, tmp_path: Path
    ) -> None:
        settings = "commitizen: {customize: {changelog_pattern: '^(new|doc)'}}"
        (tmp_path / "cz.yaml").write_text(settings)
        convention = load("commitizen:cz_customize", tmp_path)
        assert read(convention, "doc words") == [("none", "other", None, "doc words")]
        assert read(convention, "words") == []

    @pytest.mark.parametrize(
        "settings",
        [
            "",
            "[tool.commitizen]\nname = 'cz_customize'",
            "[tool.commitizen",
            "[tool.commitizen.customize]\nbump_pattern = '('",
        ],
    )
    def test_missing_or_wrong_settings_are_a_usage_error(
        self, tmp_path: Path, settings: str
    ) -> None:
        (tmp_path / "pyproject.toml").write_text(settings)
        with pytest.raises(UsageError, match="commitizen:cz_customize"):
            load("commitizen:cz_customize", tmp_path)

    def test_wrong_bump_is_an_error_that_names_the_commit(self, tmp_path: Path) -> None:
        (tmp_path / "cz.yaml").write_text(CUSTOM_YAML.replace("MINOR", "HUGE"))
        convention = load("commitizen:cz_customize", tmp_path)
        with pytest.raises(
            OutsideError, match=r"commitizen:cz_customize.*'new: x'.*HUGE"
        ) as caught:
            convention("new: x\n\nbody")
        assert caught.value.hint == (
            "report it to the convention's authors; the commit can be left out with `ignore`"
        )

    def test_commit_that_it_fails_on_can_be_left_out(self, tmp_path: Path) -> None:
        (tmp_path / "cz.yaml").write_text(CUSTOM_YAML.replace("MINOR", "HUGE"))
        convention = load("commitizen:cz_customize", tmp_path)
        graph = CommitGraph([Commit("a" * 40, (), "new: x")])
        with pytest.raises(OutsideError):
            assess(graph, Policy(convention=convention))
        (left,) = assess(graph, Policy(convention=convention, ignore=Ignore(ids=("a" * 7,))))
        assert left.verdict is CommitVerdict.IGNORED


class TestParsersOfPythonSemanticRelease:
    @pytest.mark.parametrize(
        ("name", "message", "expected"),
        [
            ("conventional", "feat(api): a", ("minor", "feat", "api", "a")),
            ("conventional", "perf: a", ("patch", "perf", None, "a")),
            ("conventional", "docs: a", ("none", "docs", None, "a")),
            ("conventional", "fix: a\n\nBREAKING CHANGE: b", ("major", "fix", None, "a")),
            ("conventional", "fix: a (#12)\n", ("patch", "fix", None, "a (#12)")),
            ("angular", "fix: a (#12)\n", ("patch", "fix", None, "a (#12)")),
            ("emoji", ":sparkles: a", ("minor", ":sparkles:", None, ":sparkles: a")),
            ("emoji", ":boom: a", ("major", ":boom:", None, ":boom: a")),
            ("emoji", "a", ("none", "other", None, "a")),
            ("scipy", "ENH: a", ("minor", "feat", None, "a")),
            ("scipy", "BUG: api: a", ("patch", "fix", "api", "a")),
            ("scipy", "DEP: a", ("major", "breaking", None, "a")),
            ("tag", ":nut_and_bolt: a", ("patch", "fix", None, "a")),
        ],
    )
    def test_decide_bump_type_scope_and_text(
        self,
        tmp_path: Path,
        name: str,
        message: str,
        expected: tuple[str | None, str, str | None, str],
    ) -> None:
        assert read(load(f"psr:{name}", tmp_path), message) == [expected]

    @pytest.mark.parametrize("name", ["conventional", "angular", "scipy", "tag"])
    @pytest.mark.parametrize("message", ["", "\n", "Add a thing", "\ud800\x00"])
    def test_parse_error_is_not_conventional(self, tmp_path: Path, name: str, message: str) -> None:
        assert read(load(f"psr:{name}", tmp_path), message) == []

    def test_squashed_commits_are_changes_of_their_own(self, tmp_path: Path) -> None:
        message = "Add (#7)\n\n* fix(api): mend it\n\n  why\n\n* feat: add it\n\nRefs: #1"
        changes = load("psr:conventional", tmp_path)(message).changes
        assert [essence(change) for change in changes] == [
            ("patch", "fix", "api", "mend it (#7)"),
            ("minor", "feat", None, "add it (#7)"),
        ]
        assert [(change.body, len(change.footers)) for change in changes] == [("why", 0), ("", 1)]

    def test_merge_commit_is_left_out(self, tmp_path: Path) -> None:
        convention = load("psr:conventional", tmp_path)
        assert convention("feat: add", merge=True).changes == ()

    def test_breaking_change_keeps_its_note(self, tmp_path: Path) -> None:
        (change,) = load("psr:conventional", tmp_path)("feat!: a\n\nBREAKING CHANGE: b").changes
        assert (change.breaking, change.notes) == (True, ("b",))


class TestCustomParser:
    def test_reads_with_its_default_options(self, ship: Convention) -> None:
        assert read(ship, "ship: it\n") == [("minor", "ship", None, "it")]
        assert read(ship, "sink: it") == []

    def test_in_a_file_is_refused_unless_allowed(self, tmp_path: Path, parser_file: Path) -> None:
        parser_file.write_text("raise SystemExit('ran')")
        with pytest.raises(UsageError, match=r"tools/ship\.py is a file") as caught:
            load("psr:tools/ship.py:ShipParser", tmp_path)
        assert "--allow-repository-code" in caught.value.hint

    def test_leaves_no_bytecode_in_the_repository(
        self, tmp_path: Path, parser_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "dont_write_bytecode", False)
        load("psr:tools/ship.py:ShipParser", tmp_path, allowed=True)
        assert list(parser_file.parent.iterdir()) == [parser_file]

    @pytest.mark.parametrize(
        "name", ["tools/ship.py:Missing", "tools/ship.py:NoParser", "tools/none.py:ShipParser"]
    )
    @pytest.mark.usefixtures("parser_file")
    def test_that_is_not_there_is_a_usage_error(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(UsageError, match="can't be loaded"):
            load(f"psr:{name}", tmp_path, allowed=True)

    @pytest.mark.parametrize("code", ["raise SystemExit(3)", "import no_such_module", "1 / 0", "("])
    def test_that_fails_to_load_is_a_usage_error(
        self, tmp_path: Path, parser_file: Path, code: str
    ) -> None:
        parser_file.write_text(code)
        with pytest.raises(UsageError, match=r"psr:tools/ship\.py:ShipParser"):
            load("psr:tools/ship.py:ShipParser", tmp_path, allowed=True)

    @pytest.mark.parametrize("title", ["crash: it", "exit: it", "wrong: it", "author: it"])
    def test_that_fails_names_itself_and_the_commit(self, ship: Convention, title: str) -> None:
        with pytest.raises(OutsideError, match=rf"ship\.py:ShipParser .*'{title}'"):
            ship(f"{title}\n\nbody")

    def test_prints_to_stderr(self, ship: Convention, capsys: pytest.CaptureFixture[str]) -> None:
        ship("print: it")
        assert capsys.readouterr() == ("", "to stdout\n")


class TestUncountedBreakingChange:
    @pytest.mark.parametrize(
        ("name", "message", "hidden"),
        [
            (
                "psr:conventional",
                "fix: a\n\nRefs #1\nBREAKING CHANGE: b",
                ("fix!: a",),
            ),
            ("psr:emoji", "feat!: a", ("feat!: a",)),
            ("commitizen:cz_jira", "JRA-1 #close x\n\nBREAKING CHANGE: y", ("BREAKING CHANGE: y",)),
            ("commitizen:cz_conventional_commits", "feat: a\n\n* fix!: b", ("fix!: b",)),
            ("psr:conventional", "feat: a\n\n* fix!: b that breaks", ()),
            ("commitizen:cz_conventional_commits", "feat!: a", ()),
        ],
    )
    def test_is_named(
        self, tmp_path: Path, name: str, message: str, hidden: tuple[str, ...]
    ) -> None:
        assert load(name, tmp_path)(message).hidden_breaking == hidden


class TestUnknownName:
    @pytest.mark.parametrize(
        ("name", "nearest"),
        [
            ("conventinal", "conventional"),
            ("psr:emojis", "psr:emoji"),
            ("cz_jira", "commitizen:cz_jira"),
            ("commitizen:cz_conventional_commit", "commitizen:cz_conventional_commits"),
        ],
    )
    def test_is_answered_with_the_nearest(self, tmp_path: Path, name: str, nearest: str) -> None:
        with pytest.raises(UsageError) as caught:
            load(name, tmp_path)
        assert caught.value.hint == f"did you mean '{nearest}'?"

    def test_is_answered_with_what_there_is(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"'zzz'; available: .*cz_jira.*psr:scipy") as caught:
            load("zzz", tmp_path)
        assert caught.value.hint == ""

    def test_module_that_is_nowhere_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="no_such_module") as caught:
            load("psr:no_such_module:Class", tmp_path)
        assert caught.value.hint == (
            "install what it needs into the environment that tagboat runs in"
        )


@pytest.fixture(scope="module")
def found() -> list[differences.Row]:
    return differences.rows()


class TestTableOfDifferences:
    def test_on_the_page_is_up_to_date(self, found: list[differences.Row]) -> None:
        page = differences.PAGE.read_text(encoding="utf-8")
        assert differences.with_table(page, differences.table(found)) == page

    def test_has_a_reason_for_each_difference_and_no_other(
        self, found: list[differences.Row]
    ) -> None:
        assert [row for row in found if row.agrees == bool(row.case.reason)] == []
