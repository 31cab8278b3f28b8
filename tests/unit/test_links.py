"""Where things can be seen on a forge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.forge.links import Links

GITHUB = Links("github", "https://github.com", "acme/app")


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/acme/app.git",
        "https://github.com/acme/app",
        "https://github.com/acme/app/",
        "https://user:secret@github.com/acme/app.git",
        "https://x-access-token:a%40b@github.com/acme/app.git",
        "https://us@er:secret@github.com/acme/app.git",
        "ssh://git@github.com/acme/app.git",
        "ssh://git@github.com:22/acme/app.git",
        "ssh://git@ssh.github.com:443/acme/app.git",
        "git+ssh://git@github.com/acme/app",
        "git://github.com/acme/app.git",
        "git@github.com:acme/app.git",
        "git@github.com:/acme/app.git",
        "github.com:acme/app",
        "git@GitHub.com:acme/app.git\n",
    ],
)
def test_every_spelling_of_a_remote_leads_to_the_same_links(remote: str) -> None:
    assert Links.from_remote(remote) == GITHUB


@pytest.mark.parametrize(
    "remote",
    [
        "",
        "/srv/git/app.git",
        "../app.git",
        "file:///srv/git/app.git",
        "C:/git/app.git",
        r"C:\git\app.git",
        "javascript://github.com/acme/app",
        "https://github.com",
        "https://github.com/",
        "https://github.com/acme//app",
        "https://github.com/acme/../app",
        "https://git.example.org/acme/app",
        "https://gitlabs.example.org/acme/app",
        "https://exa mple.org/acme/app",
        "ext::sh -c 'evil'",
        "bundle.bundle",
    ],
)
def test_what_is_no_forge_has_no_links(remote: str) -> None:
    links = Links.from_remote(remote)
    assert links == Links()
    assert links.commit("1") == links.repository == links.user("ada") == ""


@pytest.mark.parametrize(
    ("remote", "kind", "repository"),
    [
        ("https://gitlab.com/a/b/c/app.git", "gitlab", "https://gitlab.com/a/b/c/app"),
        ("git@gitlab.acme.example:a/app.git", "gitlab", "https://gitlab.acme.example/a/app"),
        ("https://codeberg.org/a/app", "gitea", "https://codeberg.org/a/app"),
        ("https://forgejo.acme.example/a/app", "gitea", "https://forgejo.acme.example/a/app"),
        ("git@bitbucket.org:a/app.git", "bitbucket", "https://bitbucket.org/a/app"),
        ("git@altssh.bitbucket.org:a/app.git", "bitbucket", "https://bitbucket.org/a/app"),
    ],
)
def test_a_host_gives_its_forge_away(remote: str, kind: str, repository: str) -> None:
    links = Links.from_remote(remote)
    assert (links.kind, links.repository) == (kind, repository)


@pytest.mark.parametrize(
    ("remote", "repository"),
    [
        ("https://git.acme.example:8443/a/app.git", "https://git.acme.example:8443/a/app"),
        ("https://git.acme.example:/a/app.git", "https://git.acme.example/a/app"),
        ("http://git.acme.example/a/app.git", "http://git.acme.example/a/app"),
        ("ssh://git@git.acme.example:2222/a/app.git", "https://git.acme.example/a/app"),
        ("https://[2001:db8::1]:3000/a/app.git", "https://[2001:db8::1]:3000/a/app"),
        ("git@[2001:db8::1]:a/app.git", "https://[2001:db8::1]/a/app"),
        ("https://git.acme.example/~ada/ä pp%20", "https://git.acme.example/~ada/%C3%A4%20pp%20"),
    ],
)
def test_a_configured_kind_serves_any_host(remote: str, repository: str) -> None:
    assert Links.from_remote(remote, "gitea").repository == repository


def test_an_unknown_kind_has_no_links() -> None:
    assert Links.from_remote("https://github.com/acme/app", "sourcehut") == Links()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("github", "/commit/c1 /issues/1 /pull/2 /compare/v1...v2 /releases/tag/v1"),
        (
            "gitlab",
            "/-/commit/c1 /-/issues/1 /-/merge_requests/2 /-/compare/v1...v2 /-/tags/v1",
        ),
        ("gitea", "/commit/c1 /issues/1 /pulls/2 /compare/v1...v2 /releases/tag/v1"),
        (
            "bitbucket",
            "/commits/c1 /issues/1 /pull-requests/2 /branches/compare/v2%0Dv1 /src/v1",
        ),
    ],
)
def test_each_forge_has_its_paths(kind: str, expected: str) -> None:
    links = Links(kind, "https://h", "a/app")
    found = [
        links.commit("c1"),
        links.issue("1"),
        links.pull_request("2"),
        links.compare("v1", "v2"),
        links.tag("v1"),
    ]
    assert links.user("ada") == "https://h/ada"
    assert [url.removeprefix("https://h/a/app") for url in found] == expected.split()


def test_another_repository_of_the_same_forge() -> None:
    assert GITHUB.issue("3", "other/lib") == "https://github.com/other/lib/issues/3"
    assert GITHUB.pull_request("3", "a b/c") == "https://github.com/a%20b/c/pull/3"


def test_names_are_encoded() -> None:
    assert GITHUB.tag("app@1/ü)(").endswith("/app%401%2F%C3%BC%29%28")
    assert GITHUB.tag("\udcff").endswith("/%3F")


@given(st.text(), st.sampled_from(["", "github", "gitlab", "gitea", "bitbucket"]))
def test_links_hold_nothing_but_an_encoded_address(text: str, kind: str) -> None:
    for remote in (text, f"https://{text}/a/b", f"git@host:{text}", f"https://u:{text}@h.x/a/b"):
        url = Links.from_remote(remote, kind).commit(text)
        assert not url or url.startswith(("https://", "http://"))
        assert url.isascii()
        assert not set(url) & set(" ()<>\"'`\\@\n")
