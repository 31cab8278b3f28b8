"""Follows README.md word for word, in a home directory of its own: ``make readme``.

Its blocks of ``sh`` below "Install" and "Shell completion" are run as they stand, then its sessions
and its example of Python, with the tagboat that was installed by them. What the README says of
``make``, of a container engine and of other systems is for others to run.
"""

import difflib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from demo import history
from tests import environment
from tests.project.transcripts import ROOT, replayed, sessions

README = (ROOT / "README.md").read_text()


def blocks(heading: str, kind: str) -> list[str]:
    """The fenced blocks of a kind in a section, in order."""
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(rf"(?ms)^```{kind}\n(.*?)^```$", section)


def installed(home: Path) -> dict[str, str]:
    """Install tagboat as the README says; the environment of the shell that did."""
    told = {"PATH", "CI", *(name for name in environment.CALLER if name.startswith("PIP_"))}
    env = {name: text for name, text in environment.CALLER.items() if name in told}
    shell = f"set -eu\n{blocks('Install', 'sh')[0]}\nenv -0 >&3\n"
    with tempfile.TemporaryFile() as file:
        command = ["bash", "-c", f"exec 3>&{file.fileno()}\n{shell}"]
        env |= {"HOME": str(home)}
        subprocess.run(command, cwd=ROOT, env=env, check=True, pass_fds=[file.fileno()])
        file.seek(0)
        pairs = (entry.partition("=") for entry in file.read().decode().split("\0") if entry)
        return {name: text for name, _, text in pairs}


def followed(env: dict[str, str]) -> list[str]:
    """What is not as the README shows it, once it is installed."""
    faults: list[str] = []
    for session in sessions(README):
        with tempfile.TemporaryDirectory() as folder:
            now = replayed(session, Path(folder), env["PATH"]).splitlines()
        faults += difflib.unified_diff(session.text.splitlines(), now, "README.md", "now", n=1)
    [example] = blocks("From Python", "python")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "example.txt")
        file.write_text(example)
        python = Path(env["HOME"], ".local/share/tagboat/bin/python")
        told = _run(env, history.build(Path(folder)).path, str(python), "-m", "doctest", str(file))
        faults += told.splitlines()
    completion = f"{blocks('Shell completion', 'sh')[0]}\n. ~/.bashrc; complete -p tagboat"
    told = _run(env, ROOT, "bash", "-c", completion)
    return [*faults, *([] if told.startswith("complete ") else [told])]


def _run(env: dict[str, str], folder: Path, *command: str) -> str:
    """All that a command says."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=env,
        text=True,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.stdout


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        found = followed(installed(Path(home)))
    for line in found:
        sys.stderr.write(f"{line}\n")
    sys.stdout.write(f"README.md, word for word: {len(found)} lines are not as it says\n")
    sys.exit(bool(found))
