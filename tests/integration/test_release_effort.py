"""What a run asks of git and of a forge: nothing twice that can't have changed."""

from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import CHANGELOG, Remote, push
from tests.servers.front import refusal
from tests.servers.worlds import WORLDS
from tests.showing import TAG, Hosted, hosted
from tests.wrapped_git import wrapped_git


@pytest.fixture
def clone(tmp_path: Path) -> GitRepo:
    """A clone that lacks the records of its releases."""
    remote = Remote(tmp_path / "remotes")

    def make() -> GitRepo:
        released = remote.started(files={"CHANGELOG.md": CHANGELOG})
        for message in ("fix: a", "fix: b"):
            assert tagboat("release", cwd=released.path).code == 0
            push(released, message)
        return released

    remote.prepared("effort: 0.1.1", "clone", make)
    return remote.clone("fresh")


def asked(clone: GitRepo, folder: Path, *command: str) -> list[str]:
    """The commands that git gets from a release, or from another command."""
    log = folder / "log"
    path = wrapped_git(folder / "bin", f'echo "$*" >> {log}')
    assert tagboat(*(command or ("release",)), cwd=clone.path, env=path).code == 0
    return log.read_text().splitlines()


MOST = {"verify 0.1.1": 30, "status": 23, "plan": 24, "release": 51}
"""How many commands of git a run may start: they are most of its time."""


@pytest.mark.parametrize("command", MOST)
def test_git_is_asked_few_times(clone: GitRepo, tmp_path: Path, command: str) -> None:
    lines = asked(clone, tmp_path, *command.split())
    assert len(lines) <= MOST[command], "\n".join(lines)


def test_tree_that_was_only_read_is_not_checked_out_again(clone: GitRepo, tmp_path: Path) -> None:
    lines = asked(clone, tmp_path, "plan")
    assert len([line for line in lines if line.startswith(("checkout", "clean"))]) == 1


def test_refs_of_the_remote_are_written_at_once(clone: GitRepo, tmp_path: Path) -> None:
    clone.git("switch", "--quiet", "--detach", "v0.1.0")
    clone.git("switch", "--quiet", "-C", "main")
    lines = asked(clone, tmp_path)
    assert [line for line in lines if line.startswith("update-ref")] == []


def test_remote_is_looked_up_once_for_a_commit_that_is_checked_out(
    clone: GitRepo, tmp_path: Path
) -> None:
    lines = asked(clone, tmp_path)
    lookups = [line for line in lines if line.startswith("remote get-url -- ")]
    assert len(lookups) <= sum(line.startswith("checkout") for line in lines)


def with_files(place: Hosted, files: int) -> GitRepo:
    """A clone with so many files to release."""
    place.restore()
    clone = place.remote.clone(f"with-{files}")
    clone.commit("fix: b", files={f"{number}.bin": f"{number}\n" for number in range(files)})
    clone.git("push", "--quiet", "origin", "HEAD:main")
    return clone


def requests_of(place: Hosted, files: int) -> list[str]:
    """What a whole release with so many files asks of a forge."""
    clone = with_files(place, files)
    place.front.exchanges.clear()
    assert place.release(clone).code == 0
    return asked_of(place)


def asked_of(place: Hosted) -> list[str]:
    """What a forge was asked; where it keeps files elsewhere, that is led to and not asked."""
    lines = (f"{one.request.method} {one.request.path}" for one in place.front.exchanges)
    return [line for line in lines if "/storage/" not in line]


@pytest.mark.matrix
@pytest.mark.parametrize("name", WORLDS)
def test_requests_to_a_forge_are_bounded(name: str, tmp_path: Path) -> None:
    """A file takes two; 1,000 releases of others, all of them drafts, take a list for each look."""
    with hosted(WORLDS[name], tmp_path / "hosted") as place:
        place.started('assets = ["*.bin"]\n', {"0.bin": "0\n"})
        place.save()
        few = requests_of(place, 1)
        many = requests_of(place, 21)
        place.restore()
        place.server.fill(1_000)
        place.save()
        crowded = requests_of(place, 1)
        lists = sum(line.endswith("/releases") and line.startswith("GET") for line in crowded)
    print(
        f"{name}: {len(few)} requests, {len(many) - len(few)} more for 20 more files, "
        f"{len(crowded)} among 1,000 releases, {lists} of them pages of lists"
    )
    assert len(many) - len(few) <= 2 * 20
    assert len(crowded) - len(few) <= 3 * 20


def requests_of_runs(place: Hosted, files: int) -> dict[str, int]:
    """How many requests a run takes that can't publish, the next one, and a look at the release."""
    clone, counts = with_files(place, files), {}
    publish = place.remote_state.publish.replace(r"\d+", r"[1-9]\d*")
    for name, command, code in (
        ("broken off", "release", 1),
        ("finished", "release", 0),
        ("repeated", "release", 0),
        ("seen", "status", 0),
        ("verified", f"verify {TAG}", 0),
    ):
        if code:
            place.refuse(publish, refusal(403, "no"))
        place.front.exchanges.clear()
        ended = tagboat(*command.split(), "--channel", "main", cwd=clone.path, env=place.env)
        assert ended.code == code, ended.stderr
        counts[name] = len(asked_of(place))
        place.front.faults.clear()
    return counts


@pytest.mark.matrix
@pytest.mark.parametrize("tells", [True, False], ids=["digests", "no digests"])
@pytest.mark.parametrize("name", WORLDS)
def test_a_file_takes_two_requests_at_most_in_every_run(
    name: str, tmp_path: Path, *, tells: bool
) -> None:
    with hosted(WORLDS[name], tmp_path / "hosted") as place:
        vars(place.server).update(gives_digests=tells)
        place.started('assets = ["*.bin"]\n', {"0.bin": "0\n"})
        place.save()
        few, many = requests_of_runs(place, 1), requests_of_runs(place, 11)
    more = {run: (many[run] - few[run]) / 10 for run in few}
    assert all(one <= 2 for one in more.values()), more
    assert tells or more["verified"] == 1, more
    assert name == "gitea" or not tells or more["verified"] == 0, more
