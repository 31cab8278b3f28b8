"""Several packages in one repository, on the command line and in git."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.package_histories import PackagesSpec, build_packages
from tagboat.adapters.git.history import GitHistory
from tagboat.core.commits.commit import FileChanges
from tests.commandline import tagboat, tagboat_process
from tests.gitrepo import GitRepo, counting

CONFIG = """
[[packages]]
name = "api"
paths = ["services/api"]
needs = ["core"]

[[packages]]
name = "core"
paths = ["libs/core"]

[[packages]]
name = "all"
tag = "v{version}"
"""


def next_versions(repo: GitRepo, *options: str) -> list[str]:
    """What is due, a line each."""
    found = tagboat("version", "next", *options, cwd=repo.path)
    assert found.code == 0, found.stderr
    return found.stdout.splitlines()


@pytest.fixture
def packages(repo: GitRepo) -> GitRepo:
    files = {"tagboat.toml": CONFIG, "services/api/a": "1", "libs/core/a": "1", "readme": "1"}
    repo.commit("feat: all", files=files)
    for tag in ("api-v1.0.0", "core-v1.0.0", "v1.0.0"):
        repo.tag(tag)
    return repo


def test_what_is_due_is_listed_with_its_version(packages: GitRepo) -> None:
    packages.commit("feat: a", files={"libs/core/a": "2"})
    packages.commit("fix: b", files={"readme": "2"})
    assert next_versions(packages) == ["api 1.0.1", "core 1.1.0", "all 1.0.1"]


def test_the_tags_of_a_root_are_inferred_from_those_of_nobody_else(packages: GitRepo) -> None:
    inferred = {"tagboat.toml": CONFIG.replace('tag = "v{version}"\n', "")}
    packages.commit("fix: a", files={**inferred, "readme": "2"})
    packages.git("reset", "--quiet", "--hard")
    assert next_versions(packages) == ["all 1.0.1"]
    found = tagboat("version", "list", cwd=packages.path)
    assert found.stdout.splitlines() == ["api 1.0.0", "core 1.0.0", "all 1.0.0"]
    found = tagboat("plan", "--local", "--json", cwd=packages.path)
    assert json.loads(found.stdout)["plan"]["releases"][0]["tag"] == "v1.0.1"
    assert "3 version tags of 3 packages" in tagboat("doctor", cwd=packages.path).stdout


def test_one_package_is_told_as_a_repository_with_one(packages: GitRepo) -> None:
    packages.commit("feat: a", files={"libs/core/a": "2"})
    found = tagboat("version", "next", "--package", "core", cwd=packages.path)
    assert (found.code, found.stdout) == (0, "1.1.0\n")
    assert found.stderr == "tagboat: left behind, and due then: api\n"


def test_some_packages_may_be_named(packages: GitRepo) -> None:
    packages.commit("fix: a", files={"libs/core/a": "2", "readme": "2"})
    assert next_versions(packages, "--package", "core,api") == ["api 1.0.1", "core 1.0.1"]


def test_where_nothing_is_due_that_is_said(packages: GitRepo) -> None:
    found = tagboat("version", "next", "--exit-code", cwd=packages.path)
    assert found == (3, "", "tagboat: nothing to release: none of 3 packages is due\n")


def test_json_has_one_shape_for_one_package_and_for_many(packages: GitRepo) -> None:
    packages.commit("feat: a", files={"libs/core/a": "2"})
    many = json.loads(tagboat("version", "next", "--json", cwd=packages.path).stdout)
    one = json.loads(
        tagboat("version", "next", "--json", "--package", "core", cwd=packages.path).stdout
    )
    assert many.keys() == one.keys()
    assert [(r["package"], r["version"], r["because"]) for r in many["releases"]] == [
        ("api", "1.0.1", ["core"]),
        ("core", "1.1.0", []),
    ]
    assert [r["package"] for r in many["not_due"]] == ["all"]
    assert (many["due"], many["bump"], many["version"]) == (True, "minor", None)
    assert (one["version"], one["tag"], one["left"]) == ("1.1.0", "core-v1.1.0", ["api"])
    assert one["releases"] == [r for r in many["releases"] if r["package"] == "core"]


@pytest.mark.parametrize("options", [("--as", "2.0.0"), ("--bump", "major")])
def test_a_version_by_hand_is_for_one_package(packages: GitRepo, options: tuple[str, ...]) -> None:
    found = tagboat("version", "next", *options, cwd=packages.path)
    assert (found.code, "name it with --package" in found.stderr) == (2, True)
    assert next_versions(packages, *options, "--package", "core") == ["2.0.0"]


def test_a_tag_format_by_hand_is_for_one_package(packages: GitRepo) -> None:
    found = tagboat("version", "next", "--tag-format", "x{version}", cwd=packages.path)
    assert found.code == 2
    packages.tag("x7.0.0")
    packages.commit("fix: a", files={"libs/core/a": "2"})
    options = ("--tag-format", "x{version}", "--package", "core")
    assert next_versions(packages, *options) == ["7.0.1"]


def test_what_a_commit_would_make_due(packages: GitRepo) -> None:
    options = ("--title", "feat: a", "--paths", "libs/core/x", "--paths", "readme")
    assert next_versions(packages, *options) == ["api 1.0.1", "core 1.1.0", "all 1.1.0"]
    found = tagboat("version", "next", "--paths", "x", cwd=packages.path)
    assert (found.code, "add --title" in found.stderr) == (2, True)


def test_a_moved_package_loses_nothing(repo: GitRepo) -> None:
    config = '[[packages]]\nname = "api"\npaths = ["{}"]\n'
    repo.commit(
        "chore: begin", files={"tagboat.toml": config.format("services/api"), "services/api/a": "1"}
    )
    repo.tag("api-v1.0.0")
    repo.commit("feat: a", files={"services/api/b": "1"})
    (repo.path / "packages").mkdir()
    repo.git("reset", "--hard", "--quiet")
    repo.git("mv", "services/api", "packages/api")
    (repo.path / "tagboat.toml").write_text(config.format("packages/api"))
    repo.git("commit", "--quiet", "--all", "-m", "refactor: move")
    assert next_versions(repo) == ["1.1.0"]


def test_what_if_a_range_of_commits_were_squashed(packages: GitRepo) -> None:
    packages.switch("side", at=packages.head)
    packages.commit("wip", files={"services/api/b": "1"})
    packages.switch("main")
    packages.commit("docs: a", files={"readme": "3"})
    packages.switch("side")
    packages.merge("main")
    packages.git("switch", "--quiet", "--force", "main")
    options = ("--title", "feat: api", "--range", "main..side")
    assert next_versions(packages, *options) == ["api 1.1.0"]
    found = tagboat("explain", *options, cwd=packages.path)
    assert "version  1.1.0: minor bump from api-v1.0.0" in found.stdout
    for wrong, told in (("main...side", "symmetric"), ("main..no", "'no' names no commit")):
        found = tagboat("version", "next", *options[:-1], wrong, cwd=packages.path)
        assert (found.code, told in found.stderr) == (2, True)
    found = tagboat("version", "next", *options[2:], cwd=packages.path)
    assert "--range says what the commit of --title changes" in found.stderr


def test_a_package_of_a_shared_configuration_file_loses_nothing(repo: GitRepo) -> None:
    config = '[[tool.tagboat.packages]]\nname = "api"\npaths = ["{}"]\n'
    repo.commit("chore: begin", files={"pyproject.toml": config.format("old"), "old/a": "1"})
    repo.tag("api-v1.0.0")
    repo.commit("feat: a", files={"old/b": "1"})
    repo.commit("feat: no configuration", files={"pyproject.toml": "[tool.other]\n"})
    repo.commit("refactor: move", files={"pyproject.toml": config.format("api"), "api/b": "1"})
    repo.git("reset", "--hard", "--quiet")
    assert next_versions(repo) == ["1.1.0"]


def test_a_commit_with_a_broken_configuration_is_read_with_that_of_today(repo: GitRepo) -> None:
    config = '[[packages]]\nname = "api"\npaths = ["api"]\n'
    repo.commit("chore: begin", files={"tagboat.toml": config, "api/a": "1"})
    repo.tag("api-v1.0.0")
    repo.commit("feat: a", files={"tagboat.toml": "[[", "api/b": "1"})
    repo.commit("fix: a", files={"tagboat.toml": "packages = 1", "api/b": "1"})
    repo.commit("chore: mend", files={"tagboat.toml": config})
    repo.git("reset", "--hard", "--quiet")
    assert next_versions(repo) == ["1.1.0"]


def test_a_configuration_elsewhere_has_a_past_too(repo: GitRepo, tmp_path: Path) -> None:
    config = '[[packages]]\nname = "api"\npaths = ["{}"]\n'
    repo.commit("chore: begin", files={"ci/boat.toml": config.format("old"), "old/a": "1"})
    repo.tag("api-v1.0.0")
    repo.commit("feat: a", files={"old/b": "1"})
    repo.commit("refactor: move", files={"ci/boat.toml": config.format("api"), "api/b": "1"})
    repo.git("reset", "--hard", "--quiet")
    assert next_versions(repo, "--config", "ci/boat.toml") == ["1.1.0"]
    outside = tmp_path / "outside.toml"
    outside.write_text(config.format("api"))
    found = tagboat("version", "next", "--config", str(outside), cwd=repo.path)
    assert found.stdout == "1.0.0\n"


def test_a_release_of_ours_leaves_its_dependents_due(packages: GitRepo) -> None:
    packages.commit("feat: a", files={"libs/core/a": "2"})
    packages.tag("core-v1.1.0")
    assert next_versions(packages) == []
    packages.git("tag", "-d", "core-v1.1.0")
    packages.tag("core-v1.1.0", message="notes\n\nTagboat-Release: 1\nTagboat-Version: 1.1.0\n")
    assert next_versions(packages) == ["api 1.0.1"]


def test_the_number_of_processes_does_not_depend_on_that_of_packages(tmp_path: Path) -> None:
    one, few, many = (_processes(tmp_path, count, max(count, 20)) for count in (1, 10, 300))
    assert one == few == many


def test_no_more_processes_look_at_many_releases_above_head(tmp_path: Path) -> None:
    few, many = (_above_head(tmp_path, count) for count in (10, 100))
    assert many <= few  # what is remembered of many need not be asked


def test_the_number_of_processes_does_not_depend_on_that_of_packages_without_a_tag(
    tmp_path: Path,
) -> None:
    one, few, many = (_first_adoption(tmp_path, count) for count in (1, 10, 30))
    assert one == few == many


def _first_adoption(folder: Path, count: int) -> list[str]:
    """The commands of git that are started for so many packages that declare a version."""
    repo = GitRepo.init(folder / str(count))
    names = [f"p{number}" for number in range(count)]
    table = '[[packages]]\nname = "{0}"\npaths = ["{0}"]\nfiles = ["{0}/package.json:version"]\n'
    config = {"tagboat.toml": "".join(map(table.format, names))}
    for text in ("1.0.0", "2.0.0", '2.0.0", "private": "'):
        files = {f"{name}/package.json": f'{{"version": "{text}"}}' for name in names}
        repo.commit("feat: a", files={**config, **files})
    repo.git("reset", "--hard", "--quiet")
    log, env = counting(folder / f"git{count}")
    found = tagboat_process("version", "next", cwd=repo.path, env=env)
    assert found.stdout.split()[-1] == "2.1.0"
    return sorted(log.read_text().split())


def _above_head(folder: Path, count: int) -> int:
    """How often git is started where each of so many packages has a release above HEAD."""
    made = build_packages(PackagesSpec(count, 4 * count, count), folder)
    repo = GitRepo(made.path)
    repo.git("checkout", "--quiet", "--detach", f"p{count - 1:03}-v1.0.0")
    log, env = counting(folder / f"git{count}")
    found = tagboat_process("version", "next", "--channel", "main", cwd=made.path, env=env)
    assert found.code == 0, found.stderr
    assert found.stdout == ""
    assert "nothing to release" in found.stderr
    return len(log.read_text().split())


def _processes(folder: Path, count: int, spread: int) -> list[str]:
    """The commands of git that are started where so many packages are looked at."""
    made = build_packages(PackagesSpec(count, 2 * count + 50, spread), folder)
    log, env = counting(folder / f"git{count}")
    found = tagboat_process("version", "next", cwd=made.path, env=env)
    assert found.code == 0, found.stderr
    return sorted(log.read_text().split())


def test_a_path_that_fits_nothing_is_told_and_is_a_fault_for_doctor(repo: GitRepo) -> None:
    text = '[[packages]]\nname = "a"\npaths = ["a"]\nexclude = ["a/docs/**"]\n'
    repo.commit("feat: a", files={"tagboat.toml": text, "a/x": "1"})
    told = "a: no file fits 'a/docs/**' of its exclude"
    for command in (("version", "next"), ("plan", "--local")):
        assert told in tagboat(*command, cwd=repo.path).stderr
    found = tagboat("doctor", "--offline", cwd=repo.path)
    assert found.code == 1
    assert f"FAIL  configuration  {told}" in found.stdout
    repo.commit("docs: a", files={"a/docs/x": "1"})
    assert told not in tagboat("version", "next", cwd=repo.path).stderr
    assert tagboat("doctor", "--offline", cwd=repo.path).code == 0


# What git says of files


def test_names_of_files_are_read_as_they_are(repo: GitRepo) -> None:
    names = ("a b", "\n", "\nx", "ü", '"q"', "\x01" + "a" * 40, "d/e f")
    first = repo.commit("one", files=dict.fromkeys(names, "1"))
    second = repo.commit("two")
    third = repo.commit("three", files={"a b": "2"})
    assert GitHistory(str(repo.path)).changed_files("HEAD") == {
        third: FileChanges((second,), ("a b",)),
        second: FileChanges((first,), ()),
        first: FileChanges((), tuple(sorted(names, key=str.encode))),
    }


@pytest.mark.parametrize("seed", range(3))
def test_what_changed_many_files_is_what_git_lists_for_each(seed: int, tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "repo")
    chance = random.Random(seed)  # noqa: S311 - a test wants the same chance each time
    names = ("a", "b/c", "ü \n")
    repo.git("fast-import", "--quiet", stdin=_any_history(chance, names[:2]))
    repo.git("symbolic-ref", "HEAD", "refs/heads/c50")
    with GitHistory(str(repo.path)).committed_files() as past:
        found = [list(one) for one in past.changes(repo.head, names)]
    listed = [repo.git("rev-list", "HEAD", "--", f":(literal){name}").split() for name in names]
    assert found == listed
    assert any(len(repo.git("show", "-s", "--format=%P", one).split()) > 1 for one in listed[0])


def _any_history(chance: random.Random, names: Sequence[str]) -> bytes:
    """What git imports as 50 commits with merges, whose files have few contents."""
    texts = []
    for number in range(1, 51):
        behind = range(max(1, number - 6), number)
        parents = chance.sample(behind, min(len(behind), chance.choice((1, 1, 2, 3))))
        head = f"commit refs/heads/c{number}\nmark :{number}\n"
        date = f"{1_700_000_000 + chance.randrange(number + 3)} +0000"
        texts.append(f"{head}committer A <a@example.org> {date}\ndata 0\n")
        texts += [f"{'merge' if at else 'from'} :{one}\n" for at, one in enumerate(parents)]
        texts.append("deleteall\n")
        there = [name for name in names if chance.random() < 0.9]
        texts += [f"M 644 inline {name}\ndata 1\n{chance.randrange(2)}\n" for name in there]
    return "".join(texts).encode()


def test_commits_are_read_with_their_files_as_they_are_without(repo: GitRepo) -> None:
    base = repo.commit("base", files={"base": "1"})
    repo.switch("side", at=base)
    repo.commit(b"feat: \xff", files={"side/a": "1"}, author="J\u00e4n <j@example.org>")
    repo.commit("", files={"ü": "1", "side/b": "2"})
    repo.switch("main")
    repo.commit("fix: one\n\n\nbody\n\n")
    repo.merge("side")
    history = GitHistory(str(repo.path))
    found = list(history.walk_with_files(repo.head, [base]))
    assert [visit for visit, _ in found] == list(history.walk(repo.head, [base], edges=True))
    changed = {visit.commit.id: files for visit, files in found if not visit.is_boundary}
    assert changed == history.changed_files(repo.head, [base])
    assert [visit.commit.message for visit, _ in found if visit.is_boundary] == ["base"]


def test_a_merge_changes_what_it_brings_to_its_first_parent(repo: GitRepo) -> None:
    base = repo.commit("base", files={"base": "1"})
    repo.switch("side", at=base)
    side = repo.commit("side", files={"side/a": "1"})
    repo.switch("main")
    main = repo.commit("main", files={"main/a": "1"})
    repo.git("reset", "--hard", "--quiet")
    merge = repo.merge("side")
    history = GitHistory(str(repo.path))
    assert history.changed_files("HEAD", [base])[merge] == FileChanges((main, side), ("side/a",))
    assert history.changed_files("HEAD", [base], ["side"])[merge].files == ("side/a",)
    assert history.changed_files("HEAD", [base], ["side"])[main].files == ()


def test_a_moved_file_is_there_under_both_names(repo: GitRepo) -> None:
    repo.commit("one", files={"a/x": "1" * 100})
    repo.git("reset", "--hard", "--quiet")
    (repo.path / "b").mkdir()
    repo.git("mv", "a/x", "b/x")
    repo.git("commit", "--quiet", "-m", "two")
    assert GitHistory(str(repo.path)).changed_files("HEAD")[repo.head].files == ("a/x", "b/x")


def test_objects_and_texts_that_are_not_there_are_told_from_those_that_are(repo: GitRepo) -> None:
    repo.commit("one", files={"a/x": "one\ntwo", "a/y z": ""})
    history = GitHistory(str(repo.path))
    assert history.texts(["HEAD:a/x", "HEAD:b", "HEAD:a/y z", "refs/tags/v1"]) == [
        "one\ntwo",
        None,
        "",
        None,
    ]
    found = history.objects(["HEAD:a", "HEAD:b", "HEAD:a/x"])
    assert found == [repo.git("rev-parse", "HEAD:a"), "", repo.git("rev-parse", "HEAD:a/x")]


def test_the_oldest_and_the_common_ancestor_of_commits(repo: GitRepo) -> None:
    base, one = repo.commits("base", "one")
    repo.switch("side", at=base)
    side = repo.commit("side")
    history = GitHistory(str(repo.path))
    assert history.oldest([side, one, base]) == base
    assert history.common_ancestor([side, one]) == base
    repo.git("switch", "--quiet", "--orphan", "other")
    assert history.common_ancestor([side, repo.commit("other")]) == ""


def test_commits_that_are_based_on_another(repo: GitRepo) -> None:
    base, one, two = repo.commits("base", "one", "two")
    repo.switch("side", at=base)
    side = repo.commit("side")
    merge = repo.merge("main")
    asked = [base, one, two, side, merge, "f" * 40]
    assert GitHistory(str(repo.path)).descendants(asked, one) == {one, two, merge}
    assert GitHistory(str(repo.path)).descendants([base], one) == set()


def test_many_packages_are_declared_at_once(repo: GitRepo) -> None:
    repo.commit(
        "feat: all",
        files={
            "tagboat.toml": '[[packages]]\npaths = ["packages/*"]\nneeds = ["core"]\n'
            '[[packages]]\nname = "core"\npaths = ["core"]\n',
            "packages/web/package.json": '{"name": "@acme/web"}',
            "packages/api/a": "1",
            "core/a": "1",
        },
    )
    repo.git("reset", "--hard", "--quiet")
    for name in ("@acme/web", "api", "core"):
        repo.tag(f"{name}-v1.0.0")
    repo.commit("feat: a", files={"core/a": "2"})
    assert next_versions(repo) == ["api 1.0.1", "@acme/web 1.0.1", "core 1.1.0"]


def test_what_many_packages_get_wrong_together_is_told(repo: GitRepo) -> None:
    config = '[[packages]]\npaths = ["packages/*"]\nneeds = ["cord"]\n'
    repo.commit("feat: all", files={"tagboat.toml": config, "packages/api/a": "1"})
    repo.git("reset", "--hard", "--quiet")
    found = tagboat("version", "next", cwd=repo.path)
    assert (found.code, "there is no package 'cord'" in found.stderr) == (2, True)
