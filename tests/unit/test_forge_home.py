"""Which forge a remote belongs to, where its API is, and which token is for it."""

import pytest

from tagboat.core.forge.detect import ForgeSettings, Home, fault_of, home_of, token_name

GITHUB = ("GITHUB_TOKEN", "GH_TOKEN")
GITEA = ("GITEA_TOKEN", "FORGEJO_TOKEN")
GITLAB = ("GITLAB_TOKEN",)
NOTHING = ForgeSettings()
ON_GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://git.acme.example",
    "GITHUB_API_URL": "https://git.acme.example/rest",
}
ON_GITEA = ON_GITHUB | {"GITEA_ACTIONS": "true"}
ON_GITLAB = {
    "GITLAB_CI": "true",
    "CI_SERVER_URL": "https://git.acme.example",
    "CI_API_V4_URL": "https://git.acme.example/lab/api/v4",
}


@pytest.mark.parametrize(
    ("remote", "home"),
    [
        (
            "https://github.com/acme/app.git",
            Home("github", "https://api.github.com", "acme/app", GITHUB),
        ),
        (
            "git@github.com:acme/app.git",
            Home("github", "https://api.github.com", "acme/app", GITHUB),
        ),
        (
            "ssh://git@ssh.github.com:443/acme/app",
            Home("github", "https://api.github.com", "acme/app", GITHUB),
        ),
        (
            "https://github.acme.example/acme/app",
            Home("github", "https://github.acme.example/api/v3", "acme/app", GITHUB),
        ),
        (
            "https://gitlab.com/acme/team/app.git",
            Home("gitlab", "https://gitlab.com", "acme/team/app", GITLAB),
        ),
        (
            "https://codeberg.org/acme/app",
            Home("gitea", "https://codeberg.org/api/v1", "acme/app", GITEA),
        ),
        (
            "https://bitbucket.org/acme/app",
            Home("bitbucket", "https://bitbucket.org", "acme/app", ()),
        ),
        ("/srv/git/app.git", Home()),
        ("file:///srv/git/app.git", Home()),
        ("https://git.acme.example/acme/app", Home()),
        ("", Home()),
    ],
)
def test_address_of_the_remote_tells_the_forge(remote: str, home: Home) -> None:
    assert home_of(remote, NOTHING, {}) == home


def test_configuration_tells_the_forge_of_an_unknown_host() -> None:
    found = home_of("git@git.acme.example:acme/app", ForgeSettings("gitea"), {})
    assert found == Home("gitea", "https://git.acme.example/api/v1", "acme/app", GITEA)


def test_page_counts_before_the_remote() -> None:
    settings = ForgeSettings("", "https://github.com/acme/app")
    assert home_of("/srv/git/app.git", settings, {}).repository == "acme/app"


def test_data_residency_has_its_api_on_a_host_of_its_own() -> None:
    found = home_of("https://acme.ghe.com/acme/app", ForgeSettings("github"), {})
    assert (found.api, found.is_cloud) == ("https://api.acme.ghe.com", True)


def test_only_githubs_own_hosts_are_githubs() -> None:
    assert home_of("https://github.com/a/b", NOTHING, {}).is_cloud
    assert not home_of("https://github.acme.example/a/b", NOTHING, {}).is_cloud


@pytest.mark.parametrize(
    ("kind", "api", "found"),
    [
        ("github", "https://x.example/rest/", "https://x.example/rest"),
        ("gitlab", "https://x.example/api/v4/", "https://x.example"),
        ("gitlab", "https://x.example/lab", "https://x.example/lab"),
        ("gitea", "http://127.0.0.1:3000/api/v1", "http://127.0.0.1:3000/api/v1"),
    ],
)
def test_api_that_is_given_counts(kind: str, api: str, found: str) -> None:
    assert home_of("https://y.example/a/b", ForgeSettings(kind, "", api), {}).api == found


def test_path_of_the_server_is_not_one_of_the_repository() -> None:
    settings = ForgeSettings("gitlab", "", "https://x.example/lab/api/v4")
    home = home_of("https://x.example/lab/team/app.git", settings, {})
    assert (home.api, home.repository) == ("https://x.example/lab", "team/app")


@pytest.mark.parametrize(
    ("environment", "kind", "api"),
    [
        (ON_GITHUB, "github", "https://git.acme.example/rest"),
        (ON_GITEA, "gitea", "https://git.acme.example/rest"),
        (ON_GITLAB, "gitlab", "https://git.acme.example/lab"),
    ],
)
def test_forge_that_runs_the_job_is_known(environment: dict[str, str], kind: str, api: str) -> None:
    home = home_of("git@git.acme.example:acme/app", NOTHING, environment)
    assert (home.kind, home.api) == (kind, api)


@pytest.mark.parametrize("environment", [ON_GITHUB, ON_GITEA, ON_GITLAB])
def test_forge_that_runs_the_job_says_nothing_about_another(environment: dict[str, str]) -> None:
    assert home_of("https://other.example/acme/app", NOTHING, environment) == Home()
    for host in ("github.com", "gitlab.com", "codeberg.org"):
        page = f"https://{host}/acme/app"
        assert home_of(page, NOTHING, environment) == home_of(page, NOTHING, {})


def test_api_of_a_job_counts_for_its_own_kind_alone() -> None:
    remote = "https://git.acme.example/acme/app"
    assert home_of(remote, ForgeSettings("gitea"), ON_GITHUB).api.endswith("/api/v1")
    assert home_of(remote, ForgeSettings("github"), ON_GITEA).api.endswith("/api/v3")


def test_token_of_a_job_counts_for_the_jobs_forge_alone() -> None:
    remote = "https://git.acme.example/acme/app"
    own = home_of(remote, ForgeSettings("gitlab"), ON_GITLAB)
    assert own.tokens == ("GITLAB_TOKEN", "CI_JOB_TOKEN")
    own = home_of(remote, ForgeSettings("gitea"), ON_GITEA)
    assert own.tokens == ("GITEA_TOKEN", "FORGEJO_TOKEN", "GITHUB_TOKEN")
    assert home_of("https://gitlab.com/a/b", NOTHING, ON_GITLAB).tokens == GITLAB
    assert home_of("https://codeberg.org/a/b", NOTHING, ON_GITEA).tokens == GITEA


def test_first_token_that_is_set_counts() -> None:
    home = home_of("https://github.com/acme/app", NOTHING, {})
    assert token_name(home, {"GH_TOKEN": "x"}) == "GH_TOKEN"
    assert token_name(home, {"GH_TOKEN": "x", "GITHUB_TOKEN": "y"}) == "GITHUB_TOKEN"
    assert token_name(home, {"GH_TOKEN": "x", "GITHUB_TOKEN": " "}) == "GH_TOKEN"
    assert token_name(home, {}) == ""


def fault(remote: str, settings: ForgeSettings, token: str = "x") -> str:  # noqa: S107 - none
    environment = dict.fromkeys(("GITHUB_TOKEN", "GITLAB_TOKEN", "GITEA_TOKEN"), token)
    return fault_of(home_of(remote, settings, environment), environment)


def test_missing_token_names_the_variables() -> None:
    said = fault("https://github.com/acme/app", NOTHING, "")
    assert "GitHub (acme/app) needs a token" in said
    assert "GITHUB_TOKEN or GH_TOKEN" in said
    assert "forge.release = false" in said


@pytest.mark.parametrize("token", ["a b", "a\nb", "é"])
def test_what_is_no_token_is_told_without_showing_it(token: str) -> None:
    said = fault("https://github.com/acme/app", NOTHING, token)
    assert said == "GITHUB_TOKEN holds something that is no token"


def test_blanks_around_a_token_do_not_matter() -> None:
    assert fault("https://github.com/acme/app", NOTHING, "x\n") == ""


@pytest.mark.parametrize(
    ("api", "is_refused"),
    [
        ("http://git.acme.example/api/v1", True),
        ("http://127.0.0.1.acme.example", True),
        ("http://127.0.0.1:3000/api/v1", False),
        ("http://localhost:3000", False),
        ("http://[::1]:3000", False),
        ("https://git.acme.example/api/v1", False),
    ],
)
def test_token_goes_nowhere_unencrypted(api: str, *, is_refused: bool) -> None:
    said = fault("https://git.acme.example/a/b", ForgeSettings("gitea", "", api))
    assert ("unencrypted" in said) == is_refused


@pytest.mark.parametrize(
    ("remote", "kind"),
    [("/srv/app.git", "github"), ("https://github.com/a/b/c", ""), ("", "gitlab")],
)
def test_repository_that_is_not_known_is_told(remote: str, kind: str) -> None:
    said = fault(remote or "/srv/app.git", ForgeSettings(kind, "", "https://x.example"))
    assert "forge.url" in said


def test_gitlab_has_groups_in_groups() -> None:
    assert fault("https://gitlab.com/a/b/c/d", NOTHING) == ""


def test_bitbucket_has_no_releases() -> None:
    home = home_of("https://bitbucket.org/acme/app", NOTHING, {})
    assert (home.has_releases, home.name) == (False, "Bitbucket")


def test_reading_needs_no_token() -> None:
    home = home_of("https://github.com/acme/app", NOTHING, {})
    assert fault_of(home, {}, reads=True) == ""
    assert "is no token" in fault_of(home, {"GITHUB_TOKEN": "a b"}, reads=True)
