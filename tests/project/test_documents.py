"""What the documents tell a reader to type exists, and so do the places they link to."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
MAKEFILE = (ROOT / "Makefile").read_text()
CI = (ROOT / ".ci" / "run").read_text()
TARGETS = set(re.findall(r"^([a-z][a-z0-9-]*):", MAKEFILE, re.MULTILINE))
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/*.md"))
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", *PAGES]


def make_commands(document: str) -> set[str]:
    """The targets of every ``make NAME`` in code of the document."""
    text = (ROOT / document).read_text()
    code = "\n".join(re.findall(r"`[^`]+`|^```.*?^```", text, re.MULTILINE | re.DOTALL))
    return set(re.findall(r"\bmake ([a-z][a-z0-9-]*)", code))


def anchors(text: str) -> set[str]:
    """The anchors that forges give the headings of a document."""
    headings = re.findall(r"(?m)^#+ (.*)$", text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(document: str) -> list[str]:
    """The links to files and headings of this repository that lead nowhere."""
    path = ROOT / document
    broken = []
    prose = re.sub(r"(?ms)^```.*?^```$", "", path.read_text())
    for link in re.findall(r"\]\(([^):]+)\)", prose):
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if not target.exists() or (anchor and anchor not in anchors(target.read_text())):
            broken.append(link)
    return broken


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documented_commands_are_in_the_makefile(document: str) -> None:
    assert make_commands(document) <= TARGETS


def test_readme_names_the_two_commands() -> None:
    assert {"demo", "test"} <= make_commands("README.md")


def test_ci_runs_what_the_readme_names() -> None:
    called = set(" ".join(re.findall(r"(?m)^timed (.*)$", CI)).split())
    assert make_commands("README.md") <= called


def test_lock_files_name_no_index() -> None:
    locks = "".join(path.read_text() for path in (ROOT / "requirements").glob("*.txt"))
    assert "://" not in locks


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    assert broken_links(document) == []


def test_index_names_every_page() -> None:
    index = (ROOT / "docs" / "index.md").read_text()
    missing = [page for page in PAGES if f"]({Path(page).name})" not in index]
    assert missing == ["docs/index.md"]
