"""Several packages released in one run, on the command line and in git."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmarks.package_histories import PackagesSpec, build_packages
from benchmarks.releases import prepared
from tagboat.adapters.git.command import GitCommand
from tagboat.adapters.git.scratch_clone.push import make_tags
from tests.commandline import tagboat, tagboat_process
from tests.environment import lacking
from tests.gitrepo import GitRepo, counting
from tests.releasing import PACKAGES, Remote

TAGS = ["api-v0.1.0", "core-v0.1.0", "web-v0.1.0"]
NAMES = ["api", "core", "web"]


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def clone(remote: Remote) -> GitRepo:
    """A clone with three packages, none of which was released."""
    return remote.started(files=PACKAGES)


def answer(clone: GitRepo, *arguments: str) -> Any:  # noqa: ANN401 - a JSON document
    found = tagboat(*arguments, "--json", cwd=clone.path)
    assert found.code == 0, found.stderr
    return json.loads(found.stdout)


def changed(clone: GitRepo, message: str, *packages: str) -> None:
    """Change some packages, and push."""
    clone.commit(message, files={f"{package}/file": message for package in packages})
    clone.git("push", "--quiet", "origin", "main")


def outputs(path: Path) -> dict[str, str]:
    """The outputs that a step of GitHub Actions wrote."""
    lines = path.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_all_that_is_due_is_released_with_one_commit(clone: GitRepo, remote: Remote) -> None:
    found = tagboat("release", cwd=clone.path)
    assert (found.code, found.stdout) == (0, "core 0.1.0\napi 0.1.0\nweb 0.1.0\n")
    assert remote.tags == TAGS
    assert {remote.commit(tag) for tag in TAGS} == {remote.commit("main")}
    title, _, body = remote.bare.git("show", "--no-patch", "--format=%B", "main").partition("\n")
    assert title == "chore(release): core 0.1.0, api 0.1.0, web 0.1.0"
    assert "Tagboat-Tag: core-v0.1.0\nTagboat-Tag: api-v0.1.0\nTagboat-Tag: web-v0.1.0" in body
    assert remote.bare.git("show", "main:core/package.json") == '{"version": "0.1.0"}'
    assert "- begin" in remote.bare.git("show", "main:web/CHANGELOG.md").lower()


def test_each_package_has_a_folder_for_what_its_release_is_made_of(clone: GitRepo) -> None:
    assert tagboat("release", "--artefacts", "../out", cwd=clone.path).code == 0
    out = clone.path.parent / "out"
    kept = sorted(one.relative_to(out).as_posix() for one in out.glob("*/*"))
    assert kept == [f"{name}/{file}" for name in NAMES for file in ("notes.md", "record.json")]
    for name in NAMES:
        notes = tagboat("changelog", "0.1.0", "--package", name, cwd=clone.path).stdout
        assert (out / name / "notes.md").read_text() == notes


def test_notes_of_a_dependent_say_with_what_it_is_released(clone: GitRepo, remote: Remote) -> None:
    tagboat("release", cwd=clone.path)
    changed(clone, "fix: a", "core")
    assert tagboat("release", cwd=clone.path).stdout == "core 0.1.1\napi 0.1.1\n"
    notes = tagboat("changelog", "0.1.1", "--package", "api", cwd=clone.path).stdout
    assert notes.endswith("\n\n### Dependencies\n\n- core 0.1.1\n")
    assert remote.message("api-v0.1.1").startswith(notes)
    whole = tagboat("changelog", "--package", "api", cwd=clone.path).stdout
    assert notes in whole
    assert tagboat("verify", "api-v0.1.1", cwd=clone.path).code == 0


def test_version_next_has_nothing_to_say_of_a_release_commit(clone: GitRepo) -> None:
    tagboat("release", cwd=clone.path)
    found = tagboat("version", "next", "--exit-code", cwd=clone.path)
    assert (found.code, found.stdout) == (3, "")


def test_plan_has_one_shape_for_one_package_and_for_many(clone: GitRepo) -> None:
    many, one = answer(clone, "plan"), answer(clone, "plan", "--package", "web")
    assert many["plan"].keys() == one["plan"].keys()
    assert many["plan"]["releases"][0].keys() == one["plan"]["releases"][0].keys()
    assert [release["tag"] for release in one["plan"]["releases"]] == ["web-v0.1.0"]


def test_plan_tells_whose_notes_are_whose(clone: GitRepo) -> None:
    found = tagboat("plan", cwd=clone.path)
    _, *notes = found.stdout.split("\n# ")
    assert [text.partition("\n")[0] for text in notes] == ["core", "api", "web"]
    assert all("0.1.0" in text for text in notes)


def test_plan_in_a_file_is_released_as_it_is(clone: GitRepo, remote: Remote) -> None:
    tagboat("plan", "-o", "plan.json", cwd=clone.path)
    found = tagboat("release", "--plan", "plan.json", cwd=clone.path)
    assert (found.code, remote.tags) == (0, TAGS)


def test_named_packages_are_released_and_the_rest_stays_due(clone: GitRepo) -> None:
    tagboat("release", cwd=clone.path)
    changed(clone, "feat: more", "core", "web")
    found = tagboat("release", "--package", "core", cwd=clone.path)
    assert (found.code, found.stdout) == (0, "0.2.0\n")
    assert "left behind, and due then: api" in found.stderr
    found = tagboat("release", cwd=clone.path)
    assert (found.code, found.stdout) == (0, "api 0.1.1\nweb 0.2.0\n")


@pytest.mark.parametrize("options", [("--as", "2.0.0"), ("--tag-format", "x{version}")])
def test_wish_for_several_packages_is_refused(clone: GitRepo, options: tuple[str, ...]) -> None:
    found = tagboat("release", *options, cwd=clone.path)
    assert (found.code, "name it with --package" in found.stderr) == (2, True)
    found = tagboat("release", "--package", "web", "--as", "2.0.0", cwd=clone.path)
    assert (found.code, found.stdout) == (0, "2.0.0\n")


def test_answer_tells_each_release(clone: GitRepo) -> None:
    shape = answer(clone, "release")
    assert [release["name"] for release in shape["releases"]] == ["core", "api", "web"]
    assert (shape["released"], shape["version"], shape["tag"]) == (True, None, None)
    assert shape["releases"][0]["notes"].startswith("## 0.1.0")


def test_outputs_are_ready_for_a_matrix(clone: GitRepo, tmp_path: Path) -> None:
    file, summary = tmp_path / "outputs", tmp_path / "summary"
    env = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(file)}
    tagboat("release", cwd=clone.path, env=env | {"GITHUB_STEP_SUMMARY": str(summary)})
    found = outputs(file)
    assert (found["released"], found["version"], found["bump"]) == ("true", "", "minor")
    first = json.loads(found["releases"])[0]
    assert first == {
        "name": "core",
        "version": "0.1.0",
        "prerelease": False,
        "previous": None,
        "tag": "core-v0.1.0",
        "paths": ["core"],
        "images": [],
        "bump": "minor",
        "reason": "the first version",
    }
    assert "| Package | Version | Tag | Previous | Why |" in summary.read_text()


BETA = """
[[packages]]
name = "core"
paths = ["core"]
[[packages]]
name = "web"
paths = ["web"]
channels = [{branch = "main", prerelease = "beta"}, {branch = "web"}]
"""
"""`web` has betas on `main`, and stable versions on a branch of its own."""


def test_packages_are_released_from_one_branch_as_their_own_channels_say(remote: Remote) -> None:
    clone = remote.started(files={"tagboat.toml": BETA, "core/a": "", "web/a": ""})
    planned = answer(clone, "plan")["plan"]["releases"]
    assert [one["channel"] for one in planned] == ["stable", "prerelease beta"]
    found = answer(clone, "release")
    assert [one["prerelease"] for one in found["releases"]] == [False, True]
    assert remote.tags == ["core-v0.1.0", "web-v0.1.0-beta.1"]
    assert remote.record("web-v0.1.0-beta.1")["channel"] == "prerelease beta"
    assert tagboat("verify", "web-v0.1.0-beta.1", cwd=clone.path).code == 0

    clone.git("checkout", "--quiet", "-b", "web")
    clone.git("push", "--quiet", "origin", "web")
    assert tagboat("release", cwd=clone.path).stdout == "0.1.0\n"
    assert not answer(clone, "version", "next")["channel"]["assumed"]
    kept = answer(clone, "status")["channels"]
    told = [(one["channel"]["branch"], one["package"], one["latest"]["tag"]) for one in kept]
    assert told == [
        ("main", "core", "core-v0.1.0"),
        ("main", "web", "web-v0.1.0-beta.1"),
        ("web", "web", "web-v0.1.0"),
    ]
    doctor = answer(clone, "doctor")["findings"]
    assert "stable for web (branch web)" in [one["found"] for one in doctor]
    explained = tagboat("explain", "--package", "core", cwd=clone.path).stdout
    assert "web is none of its channels" in explained


def test_release_of_one_of_them_by_its_tag(clone: GitRepo, remote: Remote) -> None:
    tagboat("release", cwd=clone.path)
    changed(clone, "fix: web", "web")
    clone.git("tag", "web-v0.1.1")
    clone.git("push", "--quiet", "origin", "web-v0.1.1")
    found = tagboat("release", "--tag", "web-v0.1.1", cwd=clone.path)
    assert (found.code, found.stdout) == (0, "0.1.1\n")
    assert remote.record("web-v0.1.1")["package"] == "web"


def test_each_of_them_verifies(clone: GitRepo) -> None:
    tagboat("release", cwd=clone.path)
    changed(clone, "feat: more", "core")
    tagboat("release", cwd=clone.path)
    for package, version in (("core", "0.2.0"), ("api", "0.1.1"), ("web", "0.1.0")):
        found = tagboat("verify", version, "--package", package, cwd=clone.path)
        assert found.code == 0, found.stdout
        found = tagboat("verify", f"{package}-v{version}", cwd=clone.path)
        assert found.code == 0, found.stdout


def test_release_asks_the_remote_as_often_for_three_packages(clone: GitRepo) -> None:
    found = tagboat("release", "-v", cwd=clone.path)
    assert found.stderr.count("in one push") == 1


def test_changelogs_that_are_one_file_are_refused(clone: GitRepo) -> None:
    shared = '[changelog]\nfile = "CHANGELOG.md"\n' + PACKAGES["tagboat.toml"]
    clone.commit("chore: one", files={"tagboat.toml": shared, "CHANGELOG.md": "# Changelog\n"})
    clone.git("push", "--quiet", "origin", "main")
    for command in ("release", "doctor"):
        found = tagboat(command, cwd=clone.path)
        assert found.code != 0
        told = "tagboat.toml:2: changelog.file: api and core would write to 'CHANGELOG.md'"
        assert told in found.stdout + found.stderr


def test_changelogs_in_a_first_folder_that_two_packages_share_are_refused(
    clone: GitRepo,
) -> None:
    table = '[[packages]]\nname = "{0}"\npaths = ["all", "{0}"]\n'
    files = {"tagboat.toml": "".join(map(table.format, "ab")), "all/CHANGELOG.md": "# Changelog\n"}
    clone.commit("feat: all", files=files)
    clone.git("push", "--quiet", "origin", "main")
    found = tagboat("release", cwd=clone.path)
    assert (found.code, found.stdout) == (2, "")
    assert "a and b would both write to all/CHANGELOG.md" in found.stderr
    assert "give each a file of its own" in found.stderr


LIMIT = """\
#!/bin/sh
echo "error: GH013: Repository rule violations found for refs/tags/core-v0.1.0." >&2
test "$(wc -l)" -le 3 && exit 0
echo "- Pushes can not update more than 3 branches or tags." >&2
exit 1
"""
"""A repository of GitHub's that limits the refs of one push (github.com/ejoffe/spr/issues/422)."""


def test_limit_of_refs_in_one_push_is_named_with_the_way_out(
    clone: GitRepo, remote: Remote
) -> None:
    hook = remote.bare.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(LIMIT)
    hook.chmod(0o755)
    before = remote.refs
    found = tagboat("release", cwd=clone.path)
    assert (found.code, remote.refs) == (1, before)
    assert "takes 3 branches and tags in one push, and this release has 5" in found.stderr
    assert "public: nothing" in found.stderr
    assert (
        "  try: raise that limit (on GitHub: Settings, Pushes, how many branches and tags can be "
        "updated in a single push), or release fewer packages at a time with --package"
    ) in found.stderr
    assert tagboat("release", "--package", "core", cwd=clone.path).code == 0


def test_status_looks_at_the_latest_release_of_each(clone: GitRepo) -> None:
    tagboat("release", "--package", "core", cwd=clone.path)
    found = tagboat("status", cwd=clone.path)
    assert found.code == 0
    rows = [line.split() for line in found.stdout.splitlines() if line.startswith("main")]
    assert [row[2:] for row in rows] == [
        ["-", "api", "nothing", "released"],
        ["core-v0.1.0", "published"],
        ["-", "web", "nothing", "released"],
    ]
    shape = answer(clone, "status", "--package", "core,web")
    assert [one["package"] for one in shape["channels"]] == ["core", "web"]


def findings(clone: GitRepo) -> dict[str, Any]:
    found = tagboat("doctor", "--json", cwd=clone.path)
    return {one["name"]: one for one in json.loads(found.stdout)["findings"]}


def test_doctor_looks_at_all_packages(clone: GitRepo) -> None:
    tagboat("release", "--package", "core", cwd=clone.path)
    seen = findings(clone)
    assert [one for one in seen.values() if not one["ok"]] == []
    assert seen["tags"]["found"] == "1 version tag of 3 packages"
    assert seen["next version"]["found"] == "api 0.1.0, web 0.1.0; 2 of 3 packages are due"


def test_doctor_looks_at_the_images_of_all_packages(clone: GitRepo) -> None:
    image = '[[images]]\npackage = "{0}"\nrepositories = ["registry.example/{0}"]\n'
    files = {"tagboat.toml": PACKAGES["tagboat.toml"] + "".join(map(image.format, NAMES))}
    clone.commit("feat: images", files=files)
    found = tagboat("doctor", "--offline", cwd=clone.path)
    (line,) = (one for one in found.stdout.splitlines() if one.startswith("FAIL"))
    assert line.startswith("FAIL  images         Dockerfile, which api is built from, is not in")


def test_doctor_warns_of_workflows_that_wait_for_many_tags(clone: GitRepo) -> None:
    workflow = "on:\n  push:\n    branches: [main]\n    tags: ['*']\njobs: {}\n"
    clone.commit("ci: publish", files={".github/workflows/publish.yml": workflow})
    clone.git("push", "--quiet", "origin", "main")
    assert "workflows" not in findings(clone)
    more = PACKAGES["tagboat.toml"] + '[[packages]]\nname = "docs"\npaths = ["docs"]\n'
    clone.commit("feat: docs", files={"tagboat.toml": more, "docs/a": "x\n"})
    clone.git("push", "--quiet", "origin", "main")
    told = (
        "note  workflows      .github/workflows/publish.yml waits for tags, and 4 packages can be"
    )
    assert told in tagboat("doctor", cwd=clone.path).stdout


def test_explain_says_of_each_package_why_it_is_due(clone: GitRepo) -> None:
    tagboat("release", cwd=clone.path)
    changed(clone, "fix: harbour", "core")
    found = tagboat("explain", cwd=clone.path)
    assert found.stdout.count("package  ") == 3
    assert "version  0.1.1: patch bump from core-v0.1.0" in found.stdout
    assert "version  0.1.1: patch bump from api-v0.1.0, with core" in found.stdout
    assert "version  0.1.0: nothing to release (no commits since web-v0.1.0)" in found.stdout
    shape = answer(clone, "explain")
    assert [one["package"] for one in shape["releases"] if one["due"]] == ["api", "core"]


def test_explain_says_why_a_package_was_released(clone: GitRepo) -> None:
    tagboat("release", cwd=clone.path)
    grouped = PACKAGES["tagboat.toml"].replace('name = "web"', 'name = "web"\ngroup = "g"')
    more = '[[packages]]\nname = "docs"\npaths = ["docs"]\ngroup = "g"\ninitial = "3.0.0"\n'
    clone.commit("feat: docs", files={"tagboat.toml": grouped + more, "docs/a": "x\n"})
    changed(clone, "fix: harbour", "core")
    assert tagboat("release", cwd=clone.path).code == 0
    for tag, why in (
        ("api-v0.1.1", "patch bump from api-v0.1.0, with core"),
        ("docs-v0.2.0", "minor bump from 0.1.0, the highest, in group g"),
        ("web-v0.2.0", "minor bump from web-v0.1.0, with docs, in group g"),
    ):
        found = tagboat("explain", tag, cwd=clone.path)
        assert f"as its commits ask for ({why})" in found.stdout
    assert answer(clone, "explain", "api-v0.1.1")["because"] == ["core"]


def test_package_that_is_not_there_is_named_alone(clone: GitRepo) -> None:
    found = tagboat("release", "--package", "core, nope", cwd=clone.path)
    assert (found.code, "there is no package 'nope'" in found.stderr) == (2, True)


# Versions that are named by their tags


def said(clone: GitRepo, *arguments: str) -> str:
    found = tagboat(*arguments, cwd=clone.path)
    assert found.code == 0, found.stderr
    return found.stdout


def test_tag_tells_which_package_is_meant(clone: GitRepo) -> None:
    tagboat("release", cwd=clone.path)
    changed(clone, "fix: less", "core")
    tagboat("release", cwd=clone.path)
    clone.git("fetch", "--quiet", "--tags")
    tags = ("core-v0.1.0", "core-v0.1.1")
    for command in (("changelog", tags[1]), ("changelog", "..".join(tags)), ("diff", *tags)):
        text = said(clone, *command)
        assert text == said(clone, *command, "--package", "core")
        assert "less" in text
    assert "less" in said(clone, "explain", tags[1])
    refused = tagboat("explain", "0.1.1", cwd=clone.path)
    assert (refused.code, "several packages" in refused.stderr) == (2, True)
    moving = tagboat("rollback", tags[0], "--dry-run", cwd=clone.path)
    assert "no tag follows the releases here" in moving.stderr


def test_package_has_a_template_of_its_own(clone: GitRepo) -> None:
    config = (clone.path / "tagboat.toml").read_text()
    own = 'name = "web"\nchangelog.template = "templates/web.md.j2"'
    files = {
        "tagboat.toml": 'changelog.template = "templates/all.md.j2"\n'
        + config.replace('name = "web"', own),
        "templates/web.md.j2": "web alone\n",
        "templates/all.md.j2": "all the others\n",
    }
    clone.commit("build: templates", files=files)
    assert said(clone, "changelog", "--package", "web") == "web alone\n"
    assert said(clone, "changelog", "--package", "core") == "all the others\n"


def test_changelogs_of_all_packages(clone: GitRepo) -> None:
    tagboat("release", cwd=clone.path)
    changed(clone, "fix: less", "core")
    text = said(clone, "changelog", "--next")
    sections = dict(part.split("\n", 1) for part in text.removeprefix("# ").split("\n# "))
    assert sections.keys() == {"core", "api"}
    assert "0.1.1" in sections["core"]
    assert "0.1.1" in sections["api"]  # it needs core
    assert said(clone, "changelog").count("\n# web\n") == 1
    said(clone, "changelog", "--next", "--update")
    assert clone.git("status", "--porcelain").split()[1::2] == [
        "api/CHANGELOG.md",
        "core/CHANGELOG.md",
    ]
    for options in (("-o", "ALL.md"), ("--json",)):
        refused = tagboat("changelog", *options, cwd=clone.path)
        assert (refused.code, refused.stdout) == (2, "")
        assert "each package has a changelog of its own" in refused.stderr


# What does not grow with the packages


def test_as_many_processes_release_many_packages_as_some(tmp_path: Path) -> None:
    assert _released(tmp_path, 5) == _released(tmp_path, 40)


def _released(folder: Path, count: int) -> list[str]:
    """The commands of git that are started to release so many packages."""
    made = build_packages(PackagesSpec(count, 20 * count, 10 * count), folder)
    place = prepared(made.path, folder / f"place{count}", {"NOTICE": "Of no package.\n"})
    place.restart()
    log, env = counting(folder / f"git{count}")
    found = tagboat_process("release", cwd=place.clone, env=env)
    assert found.code == 0, found.stderr
    assert len(found.stdout.splitlines()) > count // 2
    return sorted(line for line in log.read_text().split() if not line.startswith("--git-dir"))


def tagger(repo: GitRepo) -> GitCommand:
    """What makes tags, and knows by whom."""
    return GitCommand(str(repo.path), settings=["user.name=Äda", "user.email=ada@example.org"])


def test_tags_that_are_made_at_once_are_those_that_git_makes(repo: GitRepo) -> None:
    commit = repo.commit("feat: begin")
    messages = {f"{name}-v1.0.0": f"Ünd {name}\n\n" for name in ("a", "b/c", "#")}
    command = tagger(repo).at(1_700_000_000)
    apart = {
        name: make_tags(command, commit, {name: text})[name] for name, text in messages.items()
    }
    repo.git("tag", "--delete", *messages)
    assert make_tags(command, commit, messages) == apart
    assert repo.git("cat-file", "tag", "a-v1.0.0").endswith("Ünd a\n")


@pytest.mark.needs("ssh-keygen")
def test_all_tags_are_signed_where_git_is_set_up_for_it(repo: GitRepo, tmp_path: Path) -> None:
    if shutil.which("ssh-keygen") is None:
        lacking("ssh-keygen is not installed")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    for name, value in (("gpg.format", "ssh"), ("user.signingKey", key), ("tag.gpgSign", "true")):
        repo.git("config", name, str(value))
    commit = repo.commit("feat: begin")
    made = make_tags(tagger(repo), commit, {"a1.0.0": "a\n", "b1.0.0": "b\n"})
    for tag in made.values():
        assert "BEGIN SSH SIGNATURE" in repo.git("cat-file", "tag", tag)


def test_versions_and_messages_of_all_packages(clone: GitRepo) -> None:
    assert said(clone, "version", "current") == ""
    tagboat("release", cwd=clone.path)
    changed(clone, "fix: less", "core")
    tagboat("release", cwd=clone.path)
    clone.git("pull", "--quiet")
    assert said(clone, "version", "current") == "api 0.1.1\ncore 0.1.1\nweb 0.1.0\n"
    assert said(clone, "version", "current", "--package", "core") == "0.1.1\n"
    assert said(clone, "version", "list").splitlines() == [
        *("api 0.1.1", "api 0.1.0", "core 0.1.1", "core 0.1.0", "web 0.1.0")
    ]
    assert said(clone, "version", "list", "--package", "api,web").splitlines()[2:] == ["web 0.1.0"]
    tags = [tag["tag"] for tag in answer(clone, "version", "current")]
    assert tags == ["api-v0.1.1", "core-v0.1.1", "web-v0.1.0"]
    assert len(answer(clone, "version", "list")) == 5
    clone.commit("Fix : one", files={"core/a": "1"})
    clone.commit("feat: both", files={"core/b": "1", "web/b": "1"})
    found = tagboat("check", cwd=clone.path)
    assert (found.code, found.stdout.count("Fix : one")) == (1, 2)
    assert "2 messages checked" in found.stderr
    assert "1 message checked" in tagboat("check", "--package", "web", cwd=clone.path).stderr
    assert "2 messages checked" in tagboat("check", "HEAD~2..", cwd=clone.path).stderr
