"""Which tags count, whatever kind they are and whatever they lead to."""

import pytest

from tagboat.adapters.git.history import GitHistory
from tests.commandline import tagboat
from tests.conftest import MakeRepo
from tests.gitrepo import GitRepo, Node

PATCH = (0, "1.0.1\n", "")


def _listed(repo: GitRepo) -> list[str]:
    done = tagboat("version", "list", cwd=repo.path)
    assert (done.code, done.stderr) == (0, "")
    return done.stdout.split()


SIGNATURE = """\
-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgdGFnYm9hdCB0aHJvdy1hd2F5IGtleSAxMjM0AAAA
A2dpdAAAAAAAAAAGc2hhNTEyAAAAUwAAAAtzc2gtZWQyNTUxOQAAAEA=
-----END SSH SIGNATURE-----
"""
"""What signing adds to an object; git reads past it without checking, so any key will do."""


@pytest.mark.parametrize("message", [None, "v1.0.0", "two\n\nlines\n"])
def test_a_lightweight_and_an_annotated_tag_mean_the_same(
    repo: GitRepo, message: str | None
) -> None:
    repo.commit("feat: a")
    repo.tag("v1.0.0", message=message)
    repo.commit("fix: b")
    assert tagboat("version", "next", cwd=repo.path) == PATCH


def test_a_signed_tag(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.tag("v1.0.0", message=f"v1.0.0\n\n{SIGNATURE}")
    repo.commit("fix: b")
    assert "SSH SIGNATURE" in repo.git("tag", "--list", "--format=%(contents:signature)")
    assert tagboat("version", "next", cwd=repo.path) == PATCH


def test_a_signed_commit_is_read_without_its_signature(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    header, _, message = repo.git("cat-file", "commit", repo.commit("fix: b")).partition("\n\n")
    signature = SIGNATURE.strip().replace("\n", "\n ")
    raw = f"{header}\ngpgsig {signature}\n\n{message}\n"
    signed = repo.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw)
    repo.git("update-ref", "HEAD", signed)
    repo.git("config", "log.showSignature", "true")
    assert tagboat("version", "next", cwd=repo.path) == PATCH


def test_packed_and_loose_tags_count_alike(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.tag("v1.0.0", message="v1.0.0")
    repo.commit("feat: b")
    repo.tag("v1.1.0")
    repo.git("pack-refs", "--all")
    repo.commit("feat: c")
    repo.tag("v1.2.0", message="v1.2.0")
    assert _listed(repo) == ["1.2.0", "1.1.0", "1.0.0"]


def test_thousands_of_tags(repo: GitRepo) -> None:
    nodes = [
        Node(
            message="feat: more",
            parents=(number - 1,) if number else (),
            tags=(f"v1.{number}.0",) if number % 2 else (),
            annotated_tags=() if number % 2 else (f"v1.{number}.0",),
        )
        for number in range(3000)
    ]
    repo.graph([*nodes, Node(message="fix: b", parents=(2999,))])
    repo.git("pack-refs", "--all")
    assert tagboat("version", "next", cwd=repo.path) == (0, "1.2999.1\n", "")


def test_thousands_of_tags_on_side_branches_count_nothing(repo: GitRepo) -> None:
    side = [
        Node(message="feat: aside", parents=(0,), tags=(f"v2.{number}.0",))
        for number in range(2000)
    ]
    repo.graph(
        [
            Node(message="feat: a", tags=("v1.0.0",)),
            *side,
            Node(message="fix: b", parents=(0,), branches=("main",)),
        ]
    )
    assert tagboat("version", "next", cwd=repo.path) == PATCH


@pytest.mark.parametrize("target", ["HEAD^{tree}", "HEAD:a.txt"])
def test_a_version_tag_on_something_else_than_a_commit_is_no_base(
    repo: GitRepo, target: str
) -> None:
    repo.commit("feat: a", files={"a.txt": "a"})
    repo.tag("v1.0.0")
    repo.tag("v3.0.0", target, message="v3.0.0")
    repo.commit("fix: b")
    done = tagboat("version", "next", cwd=repo.path)
    assert (done.code, done.stdout) == (0, "1.0.1\n")


@pytest.mark.parametrize("target", ["HEAD^{tree}", "HEAD:a.txt"])
def test_a_prerelease_tag_on_something_else_than_a_commit_is_not_the_newest(
    repo: GitRepo, target: str
) -> None:
    repo.commit("feat: a", files={"a.txt": "a"})
    repo.tag("v1.0.0")
    repo.tag("v1.9.0-rc.4", target)
    repo.commit("fix: b")
    done = tagboat("version", "current", "--channel", "next", cwd=repo.path)
    assert done.stdout == "1.0.0\n"


def test_a_tag_of_a_tag_leads_to_the_commit(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.tag("inner", message="inner")
    repo.git("-c", "advice.nestedTag=false", "tag", "-a", "-m", "outer", "v1.0.0", "inner")
    repo.commit("fix: b")
    assert tagboat("version", "next", cwd=repo.path) == PATCH


def test_of_two_versions_on_one_commit_the_higher_is_the_base(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    repo.tag("v1.0.0-rc.1")
    repo.tag("v0.9.9")
    repo.commit("fix: b")
    assert tagboat("version", "next", cwd=repo.path) == PATCH


@pytest.mark.parametrize("names", [("v1.0.0", "1.0.0"), ("1.0.0", "v1.0.0")])
def test_one_version_spelled_with_and_without_v(repo: GitRepo, names: tuple[str, str]) -> None:
    repo.commit("feat: a")
    for name in names:
        repo.tag(name)
    repo.commit("fix: b")
    assert tagboat("version", "next", cwd=repo.path) == PATCH


def test_one_version_spelled_twice_is_listed_once(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    repo.tag("1.0.0")
    assert _listed(repo) == ["1.0.0"]


def test_where_spellings_mix_the_newest_tag_decides(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.tag("v1.0.0", message="v1.0.0")
    repo.commit("feat: b")
    repo.tag("1.1.0", message="1.1.0")
    repo.commit("fix: c")
    done = tagboat("version", "next", "--json", cwd=repo.path)
    assert '"1.1.1"' in done.stdout
    assert '"v1.1.1"' not in done.stdout


def test_the_newest_of_tags_is_the_one_made_last(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.commit("feat: b", date=4_102_444_800)
    repo.tag("v2.0.0", "HEAD~1")
    repo.tag("1.0.0")
    assert GitHistory(str(repo.path)).newest_tag(["v2.0.0", "1.0.0"]) == "1.0.0"


@pytest.mark.parametrize(
    "name",
    [
        "refs/tags/v9.0.0",
        "v1.0.0\N{LINE SEPARATOR}v9.0.0",
        "v9.0.0\N{NEXT LINE}x",
        "v9\N{NO-BREAK SPACE}0",
        "--upload-pack=touch",
        "--output=x",
        "v{9}.0.0",
    ],
)
def test_an_odd_name_is_no_version(repo: GitRepo, name: str) -> None:
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    repo.git("update-ref", f"refs/tags/{name}", "HEAD")
    repo.commit("fix: b")
    assert [tag.name for tag in GitHistory(str(repo.path)).facts().tags] == sorted(
        [name, "v1.0.0"], key=lambda text: text.encode()
    )
    assert tagboat("version", "next", "--tag-format", "v{version}", cwd=repo.path) == PATCH


def test_a_name_that_is_not_utf_8_can_be_handed_back_to_git(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.git("update-ref", b"refs/tags/caf\xe9-1.0.0".decode(errors="surrogateescape"), "HEAD")
    history = GitHistory(str(repo.path))
    (tag,) = history.facts().tags
    assert history.resolve(f"refs/tags/{tag.name}") == repo.head


def test_a_version_tag_whose_name_steers_the_terminal_is_shown_harmlessly(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.git("update-ref", "refs/tags/\x9b31m\N{RIGHT-TO-LEFT OVERRIDE}-v1.0.0", "HEAD")
    repo.commit("fix: b")
    done = tagboat("explain", cwd=repo.path)
    assert done.code == 0
    assert "v1.0.0" in done.stdout
    assert not set("\x9b\N{RIGHT-TO-LEFT OVERRIDE}") & set(done.stdout + done.stderr)


def test_a_tag_on_a_missing_object_is_an_error_and_not_a_lower_version(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    (repo.path / ".git/refs/tags/v2.0.0").write_text("2" * 40 + "\n")
    done = tagboat("version", "next", cwd=repo.path)
    assert (done.code, done.stdout) == (1, "")
    assert "refs/tags/v2.0.0" in done.stderr
    assert "git fsck" in done.stderr


def test_tags_of_a_sha_256_repository(make_repo: MakeRepo) -> None:
    repo = make_repo("sha256", object_format="sha256")
    repo.commit("feat: a")
    repo.tag("v1.0.0", message="v1.0.0")
    repo.commit("fix: b")
    assert len(repo.head) == 64
    assert tagboat("version", "next", cwd=repo.path) == PATCH
