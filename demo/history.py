"""The throw-away repository of the demonstration: a few weeks of a small project."""

from pathlib import Path

from tests.gitrepo import GitRepo

CONFIGURATION = """\
[[channels]]
branch = "main"

[[channels]]
branch = "next"
prerelease = "rc"
"""

SQUASHED = """\
Harbour page (#17)

* feat(web): show the harbour's depth on its page
* fix(web): keep the map where the reader left it
* docs: describe the page
"""

BREAKING = """\
feat(api)!: berths are numbered from one (#21)

The harbour's own signs count from one.

BREAKING CHANGE: `berth` in every answer is one higher than it was.
Stored berths are converted by `harbour migrate`.

Refs: #9
Co-authored-by: Grace Hopper <grace@example.org>
"""


def build(folder: Path) -> GitRepo:
    """Make the repository ``harbour`` in ``folder``, pushed to the bare ``harbour.git`` beside it.

    ``main`` has changes since v1.1.0; ``next`` is ahead of it with a release candidate.
    """
    remote = GitRepo.init(folder / "harbour.git", bare=True)
    repo = GitRepo.init(folder / "harbour")
    repo.git("remote", "add", "origin", remote.url)
    _released(repo)
    _unreleased(repo)
    _candidate(repo)
    repo.git("push", "--quiet", "--all", "origin")
    repo.git("push", "--quiet", "--tags", "origin")
    repo.git("fetch", "--quiet", "origin")
    return repo


def _released(repo: GitRepo) -> None:
    repo.commit("chore: begin", files={"README.md": "# Harbour\n", "tagboat.toml": CONFIGURATION})
    repo.commit("feat: list the boats of a harbour (#3)", files={"boats.txt": "Tug\n"})
    repo.tag("v1.0.0", message="v1.0.0")
    repo.commit("feat(search): find a boat by its name (#8)")
    repo.commit("fix(search): read names with accents (#11)")
    repo.tag("v1.1.0", message="v1.1.0")


def _unreleased(repo: GitRepo) -> None:
    repo.commit("fix: count a boat once when it is moored twice (#14)")
    guess = repo.commit("feat: guess the weather from the swell (#15)")
    repo.commit("docs: explain how tides are read")
    repo.revert(guess)
    repo.commit(SQUASHED)
    repo.switch("ropes", at="HEAD~2")
    repo.commit("perf(ropes): splice without copying (#19)", files={"ropes.txt": "hemp\n"})
    repo.switch("main")
    repo.merge("ropes", message="Merge branch 'ropes'")
    repo.commit("tidy the pier")


def _candidate(repo: GitRepo) -> None:
    repo.switch("next", at="main")
    repo.commit(BREAKING, files={"berths.txt": "1\n"})
    repo.tag("v2.0.0-rc.1", message="v2.0.0-rc.1")
    repo.commit("fix(api): refuse berth zero (#22)")
    repo.switch("main")
