"""Runs each command of the demonstration and shows what a user would see."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from demo import history, release
from tests.gitrepo import GitRepo

QUESTIONS = (("version", "next"), ("explain",), ("changelog", "--unreleased"))
MOST_LINES = 24
SHORTENED_TO = 16


def show(*arguments: str, folder: Path) -> None:
    """Print ``tagboat *arguments``, run it in ``folder``, and print how its answer begins.

    Raises:
        subprocess.CalledProcessError: the command failed.
    """
    print(f"\n$ tagboat {' '.join(arguments)}", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "tagboat", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    lines = done.stdout.splitlines()
    shown = lines if done.returncode or len(lines) <= MOST_LINES else lines[:SHORTENED_TO]
    print("\n".join(shown))
    if len(shown) < len(lines):
        print(f"... and {len(lines) - len(shown)} more lines")
    done.check_returncode()


def title(text: str, *more: str) -> None:
    """Print a heading, and lines that say what is to be seen."""
    print("\n" + "\n".join([f"=== {text} ===", *more]), flush=True)


def throw_away(folder: Path) -> None:
    """Show everything on a repository made for it."""
    repo = history.build(folder)
    title(
        "1. A throw-away repository",
        "Two releases, then on main: fixes, a squash merge, a feature that was reverted.",
    )
    for question in QUESTIONS:
        show(*question, folder=repo.path)
    repo.switch("next")
    title(
        "2. The same repository, on branch next",
        "It releases candidates, has one already, and a breaking change.",
    )
    show("version", "next", folder=repo.path)
    show("changelog", "2.0.0-rc.1", folder=repo.path)
    repo.switch("main")
    made(repo, folder)


def made(repo: GitRepo, folder: Path) -> None:
    """Show a release that is killed half-way, and what the same command makes of that."""
    release.prepare(repo)
    title(
        "3. The release itself, on main",
        "It is killed once its push is through. The same command sees what is there, and goes on.",
    )
    show("plan", folder=repo.path)
    print("\n$ tagboat release", flush=True)
    code = release.killed(repo, folder)
    if not release.is_killed(code):
        raise subprocess.CalledProcessError(code, "tagboat release")
    print(f"Killed (exit code {code})")
    show("release", folder=repo.path)
    show("release", folder=repo.path)
    show("status", folder=repo.path)


def main() -> int:
    """Run the demonstration; the exit code is that of the first command that failed."""
    os.environ["PYTHONIOENCODING"] = "utf-8"
    try:
        with tempfile.TemporaryDirectory(prefix="tagboat-demo-") as folder:
            throw_away(Path(folder))
    except subprocess.CalledProcessError as error:
        print(f"\nThe demonstration failed: exit code {error.returncode}", file=sys.stderr)
        return error.returncode
    program = os.path.relpath(Path(sys.executable).with_name("tagboat"))
    print(f"\nNow in a repository of yours: {program} -C PATH version next")
    return 0


if __name__ == "__main__":
    sys.exit(main())
