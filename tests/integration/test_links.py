"""Where the links of a changelog lead: what the configuration says beats the remote."""

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo


@pytest.mark.parametrize(
    ("forge", "link"),
    [
        ("", ""),
        ('url = "https://git.acme.example/team/app"\nkind = "gitlab"', "/team/app/-/commit/"),
        ('url = "https://git.acme.example/team/app"\nkind = "forgejo"', "/team/app/commit/"),
    ],
)
def test_the_forge_of_the_configuration_is_linked(repo: GitRepo, forge: str, link: str) -> None:
    head = repo.commit("feat: one")
    (repo.path / "tagboat.toml").write_text(f"[forge]\n{forge}\n")

    text = tagboat("changelog", "--unreleased", cwd=repo.path).stdout

    assert (f"https://git.acme.example{link}{head}" in text) == bool(link)


def test_a_package_without_packages_is_a_usage_error(repo: GitRepo) -> None:
    repo.commit("feat: one")
    (repo.path / "tagboat.toml").write_text("")

    done = tagboat("version", "next", "--package", "api", cwd=repo.path)

    assert (done.code, "add it to [[packages]]" in done.stderr) == (2, True)
