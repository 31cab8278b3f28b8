"""Images that workflows, git-cliff's and goreleaser's users make are said in our words."""

from typing import Any

import pytest

from tests.unit.migrating import Migrated, but_layout, migrated

WORKFLOW = """\
name: release
on: push
env: {{REGISTRY: ghcr.io, HELD: "${{{{ x }}}}"}}
jobs:
  other: {{runs-on: x, steps: [run: make]}}
  image:
    runs-on: x
    env: {{NAME: app}}
    {strategy}
    steps:
      - uses: actions/checkout@v4
      - uses: docker/login-action@v3
      - id: meta
        uses: docker/metadata-action@v5
        with: {{{meta}}}
      - uses: docker/build-push-action@v6
        with:
          push: true
{build}
"""


def workflow(build: str = "", meta: str = "", strategy: str = "name: image") -> Migrated:
    lines = "\n".join(f"          {line}" for line in build.splitlines())
    text = WORKFLOW.format(build=lines, meta=meta, strategy=strategy)
    return migrated("workflows", (".github/workflows/a.yml", text))


def image(build: str = "", meta: str = "", strategy: str = "name: image") -> dict[str, Any]:
    data: Any = workflow(build, meta, strategy).data
    [table] = data["images"]
    assert isinstance(table, dict)
    return table


PLAIN = "tags: ghcr.io/acme/app:1"


@pytest.mark.parametrize(
    ("build", "table"),
    [
        ("platforms: linux/amd64, linux/arm64", {"platforms": ["linux/amd64", "linux/arm64"]}),
        ("context: .\nfile: ./docker/Dockerfile", {"dockerfile": "docker/Dockerfile"}),
        ("context: ./sub/\nfile: /abs", {"context": "sub"}),
        ("target: run\nnetwork: host", {"target": "run", "network": "host"}),
        ("cache-from: type=gha\nssh: default", {"cache_from": ["type=gha"], "ssh": ["default"]}),
        (
            "build-args: |\n  V=${{ github.ref_name }}\n  # no\n  N=${{ a.X }}\n  C='a'\n  odd",
            {"build_args": {"V": "{tag}", "C": "a"}},
        ),
        ("labels: |\n  a=${{ steps.meta.outputs.version }}", {"labels": {"a": "{version}"}}),
        ("secrets: |\n  npm=${{ secrets.NPM }}\n  b=c", {"secrets": {"npm": "env:NPM"}}),
        ("pull: true\nno-cache: 'true'\nsbom: false", {"pull": True, "no_cache": True}),
        ("provenance: false", {"provenance": "off"}),
        ("provenance: mode=max", {"provenance": "max"}),
    ],
)
def test_inputs_of_a_build(build: str, table: dict[str, Any]) -> None:
    usual = {"repositories": ["ghcr.io/acme/app"], "tags": ["{version}", "1"]}
    assert image(f"{PLAIN}\n{build}") == usual | table


@pytest.mark.parametrize(
    ("lines", "tags"),
    [
        ("type=semver,pattern={{version}}", ["{version}", "latest"]),
        (
            "type=semver,pattern=v{{major}}.{{minor}}\ntype=raw,value=edge\ntype=sha",
            ["{version}", "v{major}.{minor}", "edge"],
        ),
        ("type=ref,event=tag\ntype=ref,event=branch", ["v{version}", "latest"]),
        ("type=match,pattern=v(.*),prefix=a-,suffix=-b", ["a-{version}-b", "latest"]),
        ("type=raw,value=${{ needs.x.outputs.version }}\nplain", ["{version}", "plain", "latest"]),
        ("type=raw,value=${{ x.y }}\ntype=semver,pattern={{odd}}", ["{version}"]),
    ],
)
def test_tags_of_the_metadata_action(lines: str, tags: list[str]) -> None:
    text = lines.replace("\n", "\\n")
    meta = f'images: "${{{{ env.REGISTRY }}}}/acme/${{{{ env.NAME }}}}", tags: "{text}"'
    found = image("tags: ${{ steps.meta.outputs.tags }}", meta)
    assert (found["repositories"], found["tags"]) == (["ghcr.io/acme/app"], tags)


def test_a_suffix_and_no_latest() -> None:
    meta = 'images: a/b, tags: "type=semver", flavor: "latest=false\\nsuffix=-slim,onlatest=true"'
    found = image("tags: ${{ steps.meta.outputs.tags }}", meta)
    assert (found["tags"], found["suffix"]) == (["{version}"], "-slim")


def test_the_name_of_the_repository_is_known() -> None:
    found = image("tags: ghcr.io/${{ github.repository }}:${{ github.sha }}")
    assert (found["repositories"], found["tags"]) == (["ghcr.io/acme/app"], ["{version}"])


@pytest.mark.parametrize(
    ("matrix", "platforms"),
    [
        ("{platform: [linux/amd64, linux/arm64]}", ["linux/amd64", "linux/arm64"]),
        ("{include: [{platform: linux/amd64}, {platform: linux/arm64}]}", None),
        ("{platform: [linux/amd64], include: [{platform: linux/amd64, x: 1}]}", ["linux/amd64"]),
        ("{platform: [linux/amd64], include: [{platform: linux/arm64}]}", None),
    ],
)
def test_a_matrix_of_platforms_is_one_image(matrix: str, platforms: list[str] | None) -> None:
    build = f"{PLAIN}\nplatforms: ${{{{ matrix.platform }}}}"
    found = image(build, strategy=f"strategy: {{matrix: {matrix}}}")
    assert found["platforms"] == (platforms or ["linux/amd64", "linux/arm64"])


def test_a_matrix_of_images_is_several() -> None:
    matrix = "strategy: {matrix: {image: [{name: a, file: A}, {name: b, file: B}]}}"
    data: Any = workflow("tags: x/${{ matrix.image.name }}:1", strategy=matrix).data
    assert [table["repositories"] for table in data["images"]] == [["x/a"], ["x/b"]]


def test_what_is_not_known_is_left() -> None:
    found = workflow("tags: ${{ vars.X }}/a:1")
    assert "not known" in found.left["jobs.image.steps[3]"]
    found = workflow(f"{PLAIN}\nallow: x\ntarget: ' '", "tags: 'type=sha', images: ''")
    assert "nothing like it" in found.left["jobs.image.steps[3].with.allow"]
    found = workflow("tags: |\n  ${{ steps.meta.outputs.tags }}\n  a/b:1", "tags: type=sha")
    assert "come later" in found.left["jobs.image.steps[2].with.tags"]
    found = workflow(f"{PLAIN}\nnetwork: odd")
    assert "network" in found.left["jobs.image.steps[3]"]
    lines = "build-args: |\n  A=1\n  B=${{ odd.x }}\nfile: ${{ odd.y }}\nsecrets: a=${{ odd.z }}"
    found = workflow(f"{PLAIN}\n{lines}", "images: '${{ odd.i }}/a'")
    assert found.left == {
        "jobs.image.steps[3].with.build-args": ": not known here: B=${{ odd.x }}",
        "jobs.image.steps[3].with.file": ": not known here: ${{ odd.y }}",
    }
    found = workflow(
        f"{PLAIN}\nlabels: ${{{{ steps.meta.outputs.labels }}}}", "images: '${{ odd.i }}/a'"
    )
    assert found.left == {"jobs.image.steps[2].with.images": ": not known here: ${{ odd.i }}/a"}


def test_the_default_context_has_folders() -> None:
    assert image(f"{PLAIN}\ncontext: '{{{{defaultContext}}}}:sub'")["context"] == "sub"


def test_a_secret_may_stand_in_quotes() -> None:
    line = 'secrets: |\n  "npm=${{ secrets.NPM }}"'
    assert image(f"{PLAIN}\n{line}")["secrets"] == {"npm": "env:NPM"}


def test_what_is_not_pushed_is_none_and_what_is_there_counts_once() -> None:
    text = WORKFLOW.format(build="          tags: a/b:1", meta="", strategy="name: image")
    twice = (
        text + text[text.rindex("      - uses") :] + "      - uses: docker/build-push-action@v6\n"
    )
    found = migrated("workflows", (".github/workflows/a.yml", twice))
    assert "there already" in found.changed["jobs.image.steps[4]"]
    assert "not pushed" in found.changed["jobs.image.steps[5]"]


@pytest.mark.parametrize("text", ["jobs:\n", "jobs: 1\n", "a: 1\n"])
def test_a_workflow_without_jobs_stays(text: str) -> None:
    assert len(migrated("workflows", (".github/workflows/a.yml", text)).changed) == 1


def cliff(text: str) -> Migrated:
    return migrated("git-cliff", ("cliff.toml", text))


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('changelog.body = "x"', {}),
        ('changelog.output = "C.md"', {"changelog": {"file": "C.md"}}),
        ("git.conventional_commits = true", {}),
        ("git.conventional_commits = false", {}),
        ("git.filter_unconventional = true", {}),
        ("git.filter_unconventional = false", {"changelog": {"unconventional": "group"}}),
        ("git.split_commits = false", {}),
        ("git.split_commits = true", {"squash": "all"}),
        ('git.sort_commits = "newest"', {}),
        ('git.sort_commits = "oldest"', {}),
        ('git.tag_pattern = "v[0-9].*"', {"tag": "v{version}"}),
        ('git.tag_pattern = "v?[0-9]+"', {}),
        ('git.skip_tags = ""\ngit.ignore_tags = "rc"', {"ignore": {"tags": ["*rc*"]}}),
        ("git.skip_tags = '^v(1|2\\.0).+-a$'", {"ignore": {"tags": ["v1?*-a", "v2.0?*-a"]}}),
        (
            "git.ignore_tags = '.*(a|b).*|^v\\d.[0-9]x'",
            {"ignore": {"tags": ["*a*", "*b*", "v[0-9]?[0-9]x*"]}},
        ),
        ("git.ignore_tags = 'v[0-9]+'", {}),
        ("git.ignore_tags = 'a|b|(c|d?)'", {}),
        (f"git.ignore_tags = '{'(a|b)' * 8}'", {}),
        (f"git.ignore_tags = '{'|'.join('abcdefgh' * 8)}'", {}),
        ("bump.features_always_bump_minor = false", {"zero": {"feature": "patch"}}),
        ("bump.breaking_always_bump_major = true", {"zero": {"breaking": "major"}}),
        ('bump.initial_tag = "v1.0.0"', {"initial": "1.0.0"}),
        (
            (
                "git.commit_preprocessors = [{pattern = 'a(.)', replace = '${1}b\\'}, "
                "{pattern = 'c', replace_command = 'x'}, {pattern = '\\p{Han}', replace = ''}]"
            ),
            {"rewrite": [{"pattern": "a(.)", "text": "\\g<1>b\\\\"}]},
        ),
    ],
)
def test_each_key_of_git_cliff(text: str, data: dict[str, Any]) -> None:
    assert but_layout(cliff(text), "git-cliff") == data


def test_a_layout_of_git_cliff_that_names_authors_is_that_of_github() -> None:
    body = 'changelog.body = "{{ commit.remote.username }}"\n'
    assert cliff(body).data == {"changelog": {"template": "github", "logins": True}}
    gitlab = cliff(f'{body}remote.gitlab.owner = "a"')
    assert gitlab.data == {"changelog": {"template": "github"}}


PARSERS = """\
[git]
commit_parsers = [
  {message = "^Merge", skip = true},
  {message = "^chore", skip = true},
  {message = "^fix", group = "<!-- 2 -->Fixes"},
  {message = "^feat|^fix", group = "<!-- 1 -->New"},
  {message = '^feat\\(api\\)', group = "API"},
  {message = "^docs", scope = "a", group = "Docs"},
  {message = "^perf"},
  {body = "security", group = "Security"},
  {message = ".*", group = "Rest"},
]
"""


def test_parsers_are_headings_in_their_order() -> None:
    found = cliff(PARSERS)
    assert found.data == {
        "changelog": {
            "hide": ["chore"],
            "template": "git-cliff",
            "unconventional": "group",
            "sections": [
                {"types": ["feat"], "title": "New"},
                {"types": ["fix"], "title": "Fixes"},
                {"types": ["docs"], "title": "Docs"},
                {"types": ["perf"], "title": "Other"},
                {"types": [], "title": "Security"},
            ],
        },
        "rules": [
            {"type": "chore", "hidden": True},
            {"type": "fix", "section": "Fixes"},
            {"type": "feat", "section": "New"},
            {"type": "docs", "section": "Docs"},
            {"type": "perf", "section": "Other"},
            {"type": "*", "pattern": "(?s:\\n.*)(?:security)", "section": "Security"},
        ],
    }
    assert (found.left, "git.commit_parsers[5]" in found.changed) == ({}, True)


@pytest.mark.parametrize(
    ("parsers", "rules"),
    [
        (
            "{message = '^chore\\(d.*\\)', skip = true}, {message = '^feat\\(a\\)', group = 'A'}",
            [
                {"type": "chore", "scope": "d*", "hidden": True},
                {"type": "feat", "scope": "a", "section": "A"},
            ],
        ),
        (
            "{message = '^chore\\(deps', skip = true}",
            [{"type": "chore", "scope": "deps*", "hidden": True}],
        ),
        (
            "{message = '^chore\\(release\\): prepare', skip = true}",
            [{"type": "*", "pattern": "^chore\\(release\\): prepare", "hidden": True}],
        ),
        (
            "{message = '^fix\\(deps\\)', group = 'D', scope = ''}",
            [{"type": "fix", "scope": "deps", "section": "D"}],
        ),
        (
            "{field = 'message', pattern = 'x y', skip = true}",
            [{"type": "*", "pattern": "x y", "hidden": True}],
        ),
        (
            (
                "{message = '^fix', group = 'F'}, {message = '^feat', group = 'N'}, "
                "{message = '^(fix|perf)\\(a\\)x', skip = true}"
            ),
            [
                {"type": "fix", "section": "F"},
                {"type": "*", "pattern": "^(fix|perf)\\(a\\)x", "hidden": True},
            ],
        ),
    ],
)
def test_what_is_more_than_types_is_a_rule(parsers: str, rules: list[object]) -> None:
    found = cliff(f"[git]\ncommit_parsers = [{parsers}]")
    assert (found.data["rules"], found.left) == (rules, {})


def test_a_pattern_is_about_all_messages_where_all_are_told() -> None:
    found = cliff(
        "git.filter_unconventional = false\ngit.commit_parsers = [{message = 'x y', skip = true}]"
    )
    assert found.data["rules"] == [{"pattern": "x y", "hidden": True}]


def test_parsers_that_say_nothing_here_are_kept() -> None:
    found = cliff("git.commit_parsers = [{message = '!:', group = 'Breaking'}]")
    assert (found.data["changelog"]["sections"], found.left) == ([], {})


def test_numbers_need_not_be_made_links() -> None:
    found = cliff(
        "git.commit_preprocessors = [{pattern = '\\((\\w+\\s)?#([0-9]+)\\)', "
        "replace = '([#${2}](<REPO>/issues/${2}))'}]"
    )
    assert ("rewrite" in found.data, found.left) == (False, {})
    assert found.carried["git.commit_preprocessors[0]"].endswith("are links anyway")


def test_a_commit_that_is_skipped_is_ignored() -> None:
    found = cliff("git.commit_parsers = [{sha = 'abcdef1', skip = true}]")
    assert found.data["ignore"] == {"ids": ["abcdef1"]}


@pytest.mark.parametrize(
    "parser",
    [
        "{message = '\\p{Han}', skip = true}",
        "{field = 'author.name', pattern = 'x', skip = true}",
        "{body = '^x', skip = true}",
        "{footer = 'x', message = 'y', skip = true}",
        "{sha = 'abcdef1', group = 'A'}",
        "1",
    ],
)
def test_parsers_that_rules_do_not_say_are_left(parser: str) -> None:
    found = cliff(f"git.commit_parsers = [{parser}]")
    assert ("rules" in found.data, list(found.left)) == (False, ["git.commit_parsers[0]"])


def test_headings_that_can_not_be_are_left() -> None:
    found = cliff('[git]\ncommit_parsers = [{message = "^feat", group = "  "}]')
    assert (but_layout(found, "git-cliff"), set(found.left)) == ({}, {"git.commit_parsers"})


def goreleaser(text: str) -> Migrated:
    return migrated("goreleaser", (".goreleaser.yml", text))


TWICE = """\
dockers:
  - {image_templates: ["acme/app:{{ .Version }}", "acme/app:latest"], dockerfile: A, goarch: amd64}
  - {image_templates: ["acme/app:{{ .Version }}", "acme/app:latest"], dockerfile: B, goarch: arm64}
  - {image_templates: ["acme/b:{{ .Version }}"], dockerfile: C}
"""


def test_an_image_that_would_have_anothers_tags_is_left_as_a_whole() -> None:
    found = goreleaser(TWICE)
    assert [one["dockerfile"] for one in found.data["images"]] == ["A", "C"]
    assert (set(found.left), set(found.changed)) == ({"dockers[1]"}, {"dockers[0]", "dockers[2]"})
    assert "another image has this tag in acme/app" in found.left["dockers[1]"]


DOCKERS = """\
project_name: app
dockers:
  - image_templates: ["acme/{{ .ProjectName }}:{{ .Tag }}-amd64-slim", "acme/app:latest-amd64-slim"]
    use: buildx
    dockerfile: D
    build_flag_templates:
      ["--platform=linux/amd64", "--pull", "--label=a=b", "--build-arg=V={{.Version}}", "x"]
  - image_templates: ["acme/{{ .ProjectName }}:{{ .Tag }}-armv7-slim", "acme/app:latest-armv7-slim"]
    dockerfile: D
    goarch: arm
    goarm: 7
    extra_files: [a]
    build_flag_templates: ["--pull", "--label=a=b", "--build-arg=V={{.Version}}"]
docker_manifests:
  - name_template: "acme/app:v{{ .Major }}-slim"
builds: [{}]
release: {draft: true}
docker_signs: [{cmd: cosign, args: [sign, --key=cosign.key]}]
"""


def test_dockers_of_goreleaser_are_one_image_of_platforms() -> None:
    found = goreleaser(DOCKERS)
    assert found.data == {
        "images": [
            {
                "repositories": ["acme/app"],
                "platforms": ["linux/amd64", "linux/arm/v7"],
                "tags": ["v{version}-slim", "latest-slim", "v{major}-slim"],
                "dockerfile": "D",
                "pull": True,
                "build_args": {"V": "{version}"},
                "labels": {"a": "b"},
                "sign": "cosign.key",
            }
        ]
    }
    assert set(found.left) == {"release", "dockers[1].extra_files"}


SECOND = """\
dockers_v2:
  - {images: [a/b], tags: [latest], platforms: [linux/arm64], annotations: {x: y, z: "{{.A}}"}}
  - {images: [a/b], tags: ["{{ .Version }}-debug"], flags: ["--target=run"], dockerfile: /abs}
  - {images: ["{{ .Env.X }}/b"], tags: [latest]}
docker_signs: [{cmd: cosign}]
"""


def test_second_dockers_of_goreleaser() -> None:
    found = goreleaser(SECOND)
    assert found.data == {
        "images": [
            {
                "repositories": ["a/b"],
                "platforms": ["linux/arm64"],
                "tags": ["{version}", "latest"],
                "annotations": {"x": "y"},
                "sign": "keyless",
            },
            {
                "name": "b-2",
                "repositories": ["a/b"],
                "platforms": ["linux/amd64"],
                "tags": ["{version}-debug"],
                "target": "run",
                "sign": "keyless",
            },
        ]
    }
    assert {"dockers_v2[1]", "dockers_v2[2]"} <= set(found.left)


def test_templates_of_goreleaser_that_are_not_known_are_named() -> None:
    found = goreleaser(
        "dockers_v2: [{images: [a/b, '{{ .Env.X }}/c'], tags: ['v{{ .Version }}'], id: '{{ x }}'}]"
    )
    assert found.left == {"dockers_v2[0].images": ": not known here: {{ .Env.X }}/c"}


def test_empty_lists_of_goreleaser_say_nothing() -> None:
    found = goreleaser("dockers:\ndockers_v2: []\nrelease: {}\n")
    assert set(found.carried) == {"dockers", "dockers_v2", "release"}


def test_signatures_need_an_image() -> None:
    assert "docker_signs" in goreleaser("docker_signs: [{cmd: cosign}]\n").left


def test_images_of_two_tools_with_the_same_tags_are_taken_apart() -> None:
    text = "dockers_v2:\n  - {images: [a/b], tags: [x]}\n  - {images: [c/b, a/b], tags: [x]}\n"
    data: Any = goreleaser(text).data
    assert [len(table["repositories"]) for table in data["images"]] == [1]
