"""What the documents tell a reader to type exists, and so do the places they link to."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tagboat.core.config import problems
from tagboat.core.version.version import Version
from tagboat.core.version_files.edits import Target, edited, edits, parse_entry
from tagboat.core.version_files.locate import locate_versions

ROOT = Path(__file__).parent.parent.parent
MAKEFILE = (ROOT / "Makefile").read_text()
CI = (ROOT / ".ci" / "run").read_text()
TARGETS = set(re.findall(r"^([a-z][a-z0-9-]*):", MAKEFILE, re.MULTILINE))
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/*.md"))
DOCUMENTS = ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", "ARCHITECTURE.md", *PAGES]


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


@pytest.mark.parametrize("document", [*DOCUMENTS, "Makefile"])
def test_nobody_is_told_to_install_a_name_that_nobody_owns(document: str) -> None:
    path = ROOT / document
    text = path.read_text() if path.exists() else ""
    assert (
        re.findall(r"(?:pip|pipx|uvx?|poetry|conda)\b[^\n|`]*?[ =]tagboat(?![-\w/.])", text) == []
    )


def test_what_the_readme_installs_is_found(tmp_path: Path) -> None:
    """Its commands, with a Python that makes an environment of stubs."""
    section = (ROOT / "README.md").read_text().partition("## Install")[2]
    commands = section.partition("```sh\n")[2].partition("```")[0]
    made = f"{tmp_path}/.local/share/tagboat/bin"
    stub = f"mkdir -p {made}; for name in pip tagboat; do echo '#!/bin/sh' > {made}/$name; done"
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "python3").write_text(f"#!/bin/sh\n{stub}\nchmod +x {made}/*\n")
    (tools / "python3").chmod(0o755)
    done = subprocess.run(
        ["sh", "-ec", f"{commands}\ncommand -v tagboat"],
        env={"HOME": str(tmp_path), "PATH": f"{tools}:/usr/bin:/bin"},
        capture_output=True,
        check=False,
    )
    assert done.stdout.decode().strip() == f"{tmp_path}/.local/bin/tagboat"


def test_the_configuration_for_wallos_changes_the_version_that_the_application_shows() -> None:
    page = (ROOT / "docs" / "wallos.md").read_text()
    settings = tomllib.loads(page.partition("```toml\n")[2].partition("```")[0])
    assert problems(settings) == ()
    (entry,) = map(parse_entry, settings["files"])
    text = '<?php\n    $version = "v4.1.1";\n?>'
    spots = locate_versions(entry.path, text, entry.key)
    (change,) = edits(spots, Target(Version(4, 1, 2), "semver", (Version(4, 1, 1),)))
    assert edited(text, [change]) == text.replace("4.1.1", "4.1.2")


def test_readme_names_the_two_commands() -> None:
    assert {"demo", "test"} <= make_commands("README.md")


def test_ci_runs_what_the_readme_names() -> None:
    stages = re.findall(r"(?m)^(?:timed |    \"|at_once .*\")\d+m make (.*)$", CI)
    called = set(" ".join(stages).replace('"', " ").split())
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
