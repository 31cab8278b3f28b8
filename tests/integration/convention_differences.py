"""Where tagboat, commitizen and python-semantic-release read a message differently, as a table.

``python -m tests.integration.convention_differences`` writes the table into
``docs/conventions.md``; a test fails while the page shows another one.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tagboat.adapters.conventions import load_convention
from tagboat.core.bump.bump import BumpRules
from tagboat.core.changes.change import Change
from tagboat.core.changes.squash import Reading, read_commit

PAGE = Path(__file__).parents[2] / "docs" / "conventions.md"
BEGIN = "<!-- differences: written by `python -m tests.integration.convention_differences` -->"
END = "<!-- end of differences -->"

FOREIGN = ("commitizen:cz_conventional_commits", "psr:conventional")


class Case(NamedTuple):
    """A message, and why the three do not agree on it; without a reason they do."""

    message: str
    reason: str = ""
    merge: bool = False


_FENCED = "docs: how to commit\n\n```\nfeat: add a thing\n```"
_FENCED_PARAGRAPH = "docs: how to commit\n\n```\n\nfeat!: drop a thing\n\n```"
_TWO_PARAGRAPHS = "fix: mend a thing\n\nBREAKING CHANGE: the flag is gone\n\nuse the option"
_SIGNED = "fix: mend a thing\n\nBREAKING CHANGE: gone\nCo-authored-by: Ada <ada@example.org>"

ANY_WORD = "A type is any word, also to commitizen where `!` follows it; psr knows a fixed list"
WHOLE_BODY = "commitizen asks every line of a message"
PARAGRAPHS = "psr takes each paragraph that opens with a header for a commit that was squashed"
TITLE_RULES = "Only the header of a message makes a change"

CASES = (
    Case("feat: add a thing"),
    Case("fix(api): mend a thing"),
    Case("perf: think less"),
    Case("feat!: drop a thing"),
    Case("chore(deps)!: need a newer Python"),
    Case("fix: mend a thing\n\nBREAKING CHANGE: the flag is gone"),
    Case("fix: mend a thing\n\nBREAKING-CHANGE: the flag is gone"),
    Case("fix: mend a thing\n\nbreaking change: the flag is gone"),
    Case("fix: mend a thing\n\n> BREAKING CHANGE: is what they said"),
    Case("docs: explain a thing"),
    Case(" feat: a blank before the header"),
    Case("feat (api): a blank before the scope"),
    Case("Add a thing"),
    Case("Merge branch 'topic'", merge=True),
    Case("refactor: move a thing", "commitizen releases a patch for a refactoring"),
    Case("revert: feat: add a thing", "psr has no type `revert`"),
    Case("revert!: take the thing back", ANY_WORD),
    Case("hotfix: mend a thing", "commitizen's schema and psr know fixed lists of types"),
    Case("hotfix!: mend a thing", ANY_WORD),
    Case("Feat: add a thing", "The specification reads types without regard to case"),
    Case(
        "feature: add a thing", "tagboat takes it for `feat`; to commitizen it begins like `feat`"
    ),
    Case("fixup: add a thing", "To commitizen it begins like `fix`"),
    Case("feat:add a thing", "The specification asks for a space; commitizen's bump rule does not"),
    Case("feat:  two blanks"),
    Case(
        "docs(api): explain f(x)!: and y",
        "A scope ends at its own parenthesis; for the others it runs on to the last one",
    ),
    Case(
        "BREAKING CHANGE: the flag is gone",
        "To the specification it is a footer, not a type; tagboat warns",
    ),
    Case(
        "fix: mend a thing\n\nBREAKING CHANGE:the flag is gone",
        "The specification asks for the space; tagboat warns",
    ),
    Case(
        "fix: mend a thing\n\nBREAKING CHANGE #12",
        "A footer's separator may be ` #`; the others want the colon",
    ),
    Case(
        "fix: mend a thing\nBREAKING CHANGE: no blank line before",
        "tagboat forgives the missing blank line; to git, and so to commitizen, it is all title",
    ),
    Case(
        "fix: mend a thing\n\nRefs #133\nBREAKING CHANGE: the flag is gone",
        "psr sees a breaking note at the start of a paragraph only; tagboat then warns",
    ),
    Case(_TWO_PARAGRAPHS, "A note runs on to the next footer; psr keeps its first paragraph"),
    Case(_SIGNED, "psr's note ends with the paragraph and swallows the trailer"),
    Case("docs: how to commit\n\nfeat: add a thing", f"{TITLE_RULES}; {WHOLE_BODY}; {PARAGRAPHS}"),
    Case("docs: how to commit\n\nsome words\nfeat: add a thing", f"{TITLE_RULES}; {WHOLE_BODY}"),
    Case(_FENCED, f"What is quoted never counts; {WHOLE_BODY}"),
    Case(_FENCED_PARAGRAPH, f"What is quoted never counts; {WHOLE_BODY}; {PARAGRAPHS}"),
    Case("ci: run less\n\nfix: #12", f"{TITLE_RULES}; {WHOLE_BODY}"),
    Case(
        "Add a thing (#7)\n\n* fix: mend a part\n\n* feat: add another",
        "commitizen does not look into lists; psr passes the pull request's number on",
    ),
    Case(
        "feat: add a thing (#7)\n\n* fix: mend a part\n\n* feat!: drop a part",
        'psr counts title and list, as tagboat does with `squash = "all"`; by default the title'
        " rules and tagboat warns of what it hides",
    ),
    Case(
        "Merge branch 'topic'\n\nfeat: add a thing",
        f"{TITLE_RULES}; {WHOLE_BODY}; psr leaves merge commits out",
        merge=True,
    ),
    Case("feat: merge the thing", "psr leaves merge commits out", merge=True),
)


class Row(NamedTuple):
    """A case and what each convention, tagboat's own first, makes of its message."""

    case: Case
    readings: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether all of them make the same of it."""
        return len(set(self.readings)) == 1


def rows() -> list[Row]:
    """Read every case with every convention."""
    with TemporaryDirectory() as root:
        foreign = [load_convention(each, root, allow_repository_code=False) for each in FOREIGN]
    return [
        Row(
            case,
            (
                _shown(read_commit(case.message, merge=case.merge)),
                *(_shown(each(case.message, merge=case.merge)) for each in foreign),
            ),
        )
        for case in CASES
    ]


def table(found: list[Row]) -> str:
    """Both tables as Markdown: where the conventions differ and why, and where they agree."""
    lines = ["| message | " + " | ".join(("tagboat", *FOREIGN)) + " | why |", "| --- " * 5 + "|"]
    lines += [
        _line(_message(row.case), *row.readings, row.case.reason) for row in found if not row.agrees
    ]
    lines += ["", "They agree on these:", "", "| message | all three |", "| --- " * 2 + "|"]
    lines += [_line(_message(row.case), row.readings[0]) for row in found if row.agrees]
    return "\n".join(lines)


def with_table(page: str, new: str) -> str:
    """The page with everything between its two markers replaced by the table."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{new}\n\n{END}{after}"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _message(case: Case) -> str:
    return _code(case.message.replace("\n", "⏎")) + (" (a merge commit)" if case.merge else "")


def _shown(reading: Reading) -> str:
    return ", ".join(_change(change) for change in reading.changes) or "not conventional"


def _change(change: Change) -> str:
    notes = "".join(f", note {_code(note.replace(chr(10), '⏎'))}" for note in change.notes)
    return f"**{BumpRules().of(change)}** {_code(change.header)}{notes}"


def _code(text: str) -> str:
    """A code span, also of a text that holds backticks."""
    return f"```` {text} ````" if "`" in text else f"`{text}`"


if __name__ == "__main__":
    shown = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_table(shown, table(rows())), encoding="utf-8")
