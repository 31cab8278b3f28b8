"""Records a session on the demonstration's repository as an image: ``python -m demo.recording``."""

import re
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from demo import history, release
from tests.gitrepo import GitRepo

PICTURE = Path(__file__).parent.parent / "docs" / "tagboat.svg"
COMMANDS = (("version", "next"), ("explain",), ("release",), ("status",), ("release",))
_WIDTH = 110
_FONTS = re.compile(r"@font-face \{[^}]*\}\s*")


def recorded(folder: Path) -> list[tuple[str, str]]:
    """Each command line that was typed, with what it printed."""
    repo = history.build(folder)
    release.prepare(repo)
    return [(_typed(command), _said(command, repo)) for command in COMMANDS]


def picture(session: list[tuple[str, str]]) -> str:
    """A session as an SVG document."""
    from rich.console import Console
    from rich.text import Text

    console = Console(width=_WIDTH, record=True, file=StringIO())
    for typed, said in session:
        console.print(Text(f"$ {typed}", style="bold"))
        console.print(Text(said.rstrip("\n")))
    whole = console.export_svg(title="tagboat", unique_id="tagboat")
    return _FONTS.sub("", whole)  # whoever shows an image fetches none


def _typed(command: tuple[str, ...]) -> str:
    return " ".join(("tagboat", *command))


def _said(command: tuple[str, ...], repo: GitRepo) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tagboat", *command],
        cwd=repo.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    return done.stdout


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="tagboat-demo-") as name:
        PICTURE.write_text(picture(recorded(Path(name))))
