"""Which values each key of the configuration takes, and which it refuses."""

from typing import Any

import pytest

from tagboat.core.config import ConfiguredSettings, config_of, problems


def faults(data: dict[str, Any]) -> list[str]:
    """Every problem as ``path: message``."""
    return [f"{'.'.join(map(str, found.path))}: {found.message}" for found in problems(data)]


@pytest.mark.parametrize(
    ("table", "key", "values"),
    [
        (None, "tag", ["v{version}", "{version}", "{name}@{version}", "rel/{name}/v{version}"]),
        (None, "scheme", ["semver", "pep440"]),
        (None, "convention", ["conventional", "commitizen:cz_jira", "psr:a.b:C", "psr:a/b.py:C"]),
        (None, "initial", ["0.1.0", "0.0.1", "1.0.0", "2024.1.0"]),
        (None, "squash", ["title", "all", "off"]),
        (None, "remote", ["origin", "up-stream", "team/fork"]),
        (None, "files", [["a.toml:a.b"], ["src/a b/c.py:__version__"], []]),
        ("ignore", "ids", [["abcd"], ["0" * 40, "f" * 64]]),
        ("ignore", "authors", [["*[bot] <*>"]]),
        ("ignore", "patterns", [[r"\[skip\]", "(?i)wip"]]),
        ("ignore", "tags", [["nightly-*", "v[^2]?"]]),
        ("changelog", "file", ["CHANGELOG.md", "docs/changes.rst"]),
        ("changelog", "hide", [["chore", ":bug:"]]),
        ("changelog", "locale", ["en", "zh-CN"]),
        ("release", "author", ["Bot <bot@example.org>", "Ünal Ö. <ö@example.org>", "A <b@c>"]),
        ("forge", "kind", ["github", "gitlab", "gitea", "forgejo", "bitbucket"]),
        ("forge", "url", ["https://a.example/b", "http://[::1]:3000/a/b"]),
        ("forge", "assets", [["dist/*", "a..b"]]),
        ("release", "moving_tags", [["v{major}", "{name}/{major}.{minor}", "latest", "{channel}"]]),
        ("check", "types", [["feat", "build-2", "änderung"]]),
        ("check", "header_length", [1, 100]),
    ],
)
def test_good_values_pass(table: str | None, key: str, values: list[object]) -> None:
    for value in values:
        assert faults({key: value} if table is None else {table: {key: value}}) == []


@pytest.mark.parametrize(
    ("table", "key", "values"),
    [
        (
            None,
            "tag",
            [
                *("", "v", "v{version}{version}", "v{version", "v{versoin}", "v}{version}"),
                *("v {version}", "-{version}", "/{version}", "{version}.lock", "a..{version}"),
            ],
        ),
        (None, "scheme", ["", "SemVer", "calver"]),
        (None, "convention", ["", "angular", "psr:", "commitizen: x"]),
        (None, "initial", ["", "1", "v1.0.0", "1.0", "1.0.0-rc.1", "1.0.0+b", "01.0.0"]),
        (None, "squash", ["", "Title", "none"]),
        (None, "remote", ["", "a b", "-x", "a..b", "a:b"]),
        (None, "files", [[""], [":b"], ["a:"], ["/a:b"], ["../a:b"], ["a/../../b:c"]]),
        (
            "release",
            "author",
            ["", "Bot", "bot@example.org", "<b@c>", " <b@c>", ". <b@c>", "A\nB <b@c>", "A <b@c> x"],
        ),
        ("ignore", "ids", [["abc"], ["ABCD"], ["g" * 7], ["0" * 65]]),
        ("ignore", "authors", [[""], [" "]]),
        ("ignore", "patterns", [[""], ["("], ["a{2,1}"], ["*"]]),
        ("ignore", "tags", [[""], " "]),
        ("changelog", "file", ["", "/a", "..", "a/..", "C:/a", "a\\b", "~/a", ":(top)a", "a\0"]),
        ("changelog", "hide", [["Chore"], ["feature"], [""]]),
        ("changelog", "locale", ["", "zh", "EN"]),
        ("forge", "kind", ["", "GitHub", "sourcehut"]),
        ("forge", "url", ["", "a.example", "ssh://a/b", "https://", "https://a b"]),
        ("check", "types", [["Feat"], ["feature"], ["a b"], ["a(b)"], ["feat!"], [""]]),
        ("check", "header_length", [0, -1]),
    ],
)
def test_bad_values_are_refused(table: str | None, key: str, values: list[object]) -> None:
    for value in values:
        data = {key: value} if table is None else {table: {key: value}}
        assert len(problems(data)) == 1, value


@pytest.mark.parametrize(
    ("branch", "is_good"),
    [
        ("main", True),
        ("release/*", True),
        ("{major}.x", True),
        ("v{major}.{minor}.x", True),
        ("", False),
        ("a b", False),
        ("-main", False),
        ("{minor}.x", False),
        ("{major}.{major}", False),
        ("{patch}", False),
        ("{major", False),
    ],
)
def test_branch_patterns(branch: str, is_good: bool) -> None:  # noqa: FBT001 - a table of cases
    assert (faults({"channels": [{"branch": branch}]}) == []) is is_good


@pytest.mark.parametrize("branch", ["main", "release/*", "{major}.x", "v{major}.{minor}.x"])
def test_every_branch_pattern_that_passes_can_be_matched(branch: str) -> None:
    [rule] = ConfiguredSettings(config_of({"channels": [{"branch": branch}]})).channels

    assert rule.channel("nothing like it") is None


@pytest.mark.parametrize(
    ("token", "is_good"),
    [
        ("rc", True),
        ("beta.hotfix", True),
        ("x-1", True),
        ("", False),
        ("rc.1", False),
        ("1", False),
        ("rc..a", False),
        ("01.a", False),
        ("r_c", False),
    ],
)
def test_prerelease_tokens(token: str, is_good: bool) -> None:  # noqa: FBT001 - a table of cases
    data = {"channels": [{"branch": "next", "prerelease": token}]}

    assert (faults(data) == []) is is_good


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        (
            "repositories",
            ["app", "acme/app", "ghcr.io/acme/app", "localhost:5000/a/b_c-d"],
            ["", "App", "acme/app:1", "acme/app@sha256:0", "https://ghcr.io/a", "a//b", "a/"],
        ),
        (
            "platforms",
            ["linux/amd64", "linux/arm/v7", "windows/amd64"],
            ["", "linux", "Linux/amd64", "linux/", "linux/arm/v7/x"],
        ),
        (
            "tags",
            ["latest", "{version}", "v{major}.{minor}", "{version}-alpine", "{major}-{channel}"],
            ["", "{name}", "{version", "-{version}", "a b", "a:b", "x" * 129, "{major}{minor}"],
        ),
        ("ssh", ["default", "deploy=~/.ssh/id_ed25519"], ["", "a b", "=x", 'a="b"']),
        (
            "cache_from",
            ["ghcr.io/acme/app:cache", "type=gha,scope=main"],
            ["", "type=gha,token=abc", "type=s3,secret_access_key=abc", "TOKEN=x"],
        ),
    ],
)
def test_images(key: str, good: list[str], bad: list[str]) -> None:
    image: dict[str, object] = {"repositories": ["app"]}

    assert faults({"images": [image | {key: good}]}) == []
    assert len(problems({"images": [image | {key: bad}]})) == len(bad)


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("{minor}", "'{minor}' has {minor} without {major}"),
        ("{major}.{patch}", "'{major}.{patch}' has {patch} without {minor}"),
    ],
)
def test_image_tag_needs_the_larger_number_before_the_smaller(tag: str, message: str) -> None:
    image = {"repositories": ["app"], "tags": ["{version}", tag]}

    assert faults({"images": [image]}) == [f"images.0.tags.1: {message}"]


@pytest.mark.parametrize(
    ("tags", "is_good"),
    [
        (["{version}-alpine"], True),
        (["v{major}.{minor}.{patch}"], True),
        (["latest", "{major}.{minor}"], False),
        (["{major}.{minor}.{patch}-{channel}"], False),
        ([], False),
    ],
)
def test_image_needs_a_tag_with_the_whole_version(tags: list[str], is_good: bool) -> None:  # noqa: FBT001 - a table of cases
    found = faults({"images": [{"repositories": ["app"], "tags": tags}]})

    assert found == (
        [] if is_good else ["images.0.tags: no tag tells the whole version: add '{version}'"]
    )


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("contexts", "libs/shared", "../libs"),
        ("contexts", "docker-image://alpine:3", "/etc"),
        ("contexts", "https://git.acme.example/a.git#main", "https://me:x@git.acme.example/a.git"),
        ("build_args", "v{version} of {date}", "{verison}"),
        ("build_args", 'JSON {"a": 1}, shell ${name} and {}', "{name}"),
        ("labels", "{tag} {commit} {major}.{minor}.{patch}", "{secret}"),
        ("annotations", "", "{x}"),
        ("secrets", "env:NPM_TOKEN", "NPM_TOKEN"),
        ("secrets", "file:~/.npmrc", "file:"),
        ("secrets", "file:a b", "env:A-B"),
    ],
)
def test_values_of_the_tables_of_an_image(key: str, good: str, bad: str) -> None:
    assert faults({"images": [{key: {"a": good}}]}) == []
    assert [problem.path for problem in problems({"images": [{key: {"a": bad}}]})] == [
        ("images", 0, key, "a")
    ]


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("name", ["app", "app-web_2"], ["", "default", "App", "a.b", "-a"]),
        ("suffix", ["-alpine", ".debug"], ["", "alpine", "-a b"]),
        ("network", ["none", "host", "default"], ["", "bridge"]),
        ("provenance", ["min", "max", "off"], ["", "true"]),
        ("base_digest", ["sha256:" + "0" * 64], ["", "sha256:0", "0" * 64]),
        ("staging", ["ghcr.io/acme/staging"], ["", "ghcr.io/acme/staging:tag"]),
        ("url", ["https://acme.example"], ["acme.example", "https://me:x@acme.example"]),
    ],
)
def test_single_values_of_an_image(key: str, good: list[str], bad: list[str]) -> None:
    assert [faults({"images": [{key: value}]}) for value in good] == [[] for _ in good]
    assert [len(faults({"images": [{key: value}]})) for value in bad] == [1 for _ in bad]


def test_hosts_of_registries() -> None:
    data = {"registries": {"insecure": ["r.example", "r.example:5000", "http://r.example", ""]}}

    assert [problem.path[-1] for problem in problems(data)] == [2, 3]


def test_build_arguments_are_named_like_variables() -> None:
    image = {"build_args": {"PYTHON_3": "", "a-b": "", "C": 1}}

    assert [problem.path[-1] for problem in problems({"images": [image]})] == ["a-b", "C"]


def test_a_url_with_credentials_is_refused_and_not_repeated() -> None:
    [problem] = problems({"forge": {"url": "https://me:hunter2@a.example/b"}})

    assert "credentials" in problem.message
    assert "hunter2" not in problem.message


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"scope": "deps", "bump": "none"}, ""),
        ({"pattern": "^x", "hidden": True}, ""),
        ({"bump": "none"}, "it is about every change: add type, scope, pattern or breaking"),
        ({"scope": "deps", "hidden": False}, "it says nothing: add bump, section or hidden"),
        ({"scope": "deps", "section": "D", "hidden": True}, "what is hidden has no section"),
    ],
)
def test_a_rule_says_something_of_some_changes(rule: dict[str, Any], message: str) -> None:
    assert faults({"rules": [rule]}) == ([f"rules.0: {message}"] if message else [])


def test_all_that_is_wrong_with_rules_is_found_at_once() -> None:
    rules = [{"type": "feature", "bump": "huge"}, {"pattern": "(", "section": ""}]

    assert [problem.path for problem in problems({"rules": rules})] == [
        ("rules", 0, "type"),
        ("rules", 0, "bump"),
        ("rules", 1, "pattern"),
        ("rules", 1, "section"),
    ]


@pytest.mark.parametrize(
    ("pattern", "text", "is_good"),
    [
        ("^x", "", True),
        ("(a)(?P<b>c)", r"\1\g<b>", True),
        ("a", r"\1", False),
        ("a", r"\g<b>", False),
        ("a", "\\", False),
    ],
)
def test_a_rewritten_text_refers_to_groups_of_its_pattern(
    pattern: str,
    text: str,
    is_good: bool,  # noqa: FBT001 - a table of cases
) -> None:
    assert (faults({"rewrite": [{"pattern": pattern, "text": text}]}) == []) is is_good


@pytest.mark.parametrize(
    ("pattern", "is_good"),
    [
        (r"JIRA-\d+", True),
        (r"(?:A|B)-\d+", True),
        ("(?i:jira)-1", True),
        ("(A)-1", False),
        ("(?P<address>A)", False),
        ("(?i)jira-1", False),
        ("", False),
    ],
)
def test_a_reference_pattern_fits_into_a_larger_one(
    pattern: str,
    is_good: bool,  # noqa: FBT001 - a table of cases
) -> None:
    data = {"references": [{"pattern": pattern, "url": "https://a.example/{id}"}]}

    assert (faults(data) == []) is is_good


@pytest.mark.parametrize(
    "url",
    ["", "https://a.example", "https://a.example/{name}", "{id}", "https://u:p@a.example/{id}"],
)
def test_the_address_of_a_reference_holds_its_name(url: str) -> None:
    assert len(problems({"references": [{"pattern": "A-1", "url": url}]})) == 1


@pytest.mark.parametrize("name", ["api", "my.pkg_1", "@acme/api"])
def test_package_names(name: str) -> None:
    assert faults({"packages": [{"name": name}]}) == []


@pytest.mark.parametrize("name", ["", "a b", "-a", "a/b/c", "{name}"])
def test_bad_package_names(name: str) -> None:
    assert len(problems({"packages": [{"name": name}]})) == 1
