"""The component for GitLab, run by gitlab-ci-local in a project that includes it."""

from pathlib import Path

from tests.adoption.programs import ROOT, program_env, run
from tests.gitrepo import GitRepo
from tests.releasing import Remote

PIPELINE = """\
include:
  - component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/release@$CI_COMMIT_SHA
    inputs:
      source: {source}
      revision: {revision}
      author: Ada <ada@example.org>
      directory: app
      artefacts: out/kept
after:
  stage: .post
  needs: [release]
  script:
    - echo "<$released> <$version> <$tag>"
    - sed "s/^/kept -/" out/kept/notes.md
"""


def test_component_releases_and_hands_on_what_it_released(
    tmp_path: Path, tagboat_repository: GitRepo
) -> None:
    tagboat_repository.git("config", "uploadpack.allowAnySHA1InWant", "true")
    remote = Remote(tmp_path)
    pipeline = PIPELINE.format(source=tagboat_repository.path, revision=tagboat_repository.head)
    component = (ROOT / "templates" / "release.yml").read_text()
    files = {".gitlab-ci.yml": pipeline, "templates/release.yml": component, "app/a.txt": ""}
    clone = remote.started(files=files)
    clone.git("remote", "add", "gcl-origin", "https://gitlab.example.org/acme/app.git")
    command = ["gitlab-ci-local", "--force-shell-executor"]
    names = {"CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}
    variables = [text for name in names.items() for text in ("--variable", "=".join(name))]
    code, told = run(*command, *variables, cwd=clone.path, env=program_env(tmp_path))
    assert code == 0, told
    assert remote.tags == ["v0.1.0"]
    assert "<true> <0.1.0> <v0.1.0>" in told
    assert "kept -" in told
    assert "Ada <ada@example.org>" in remote.bare.git("cat-file", "tag", "v0.1.0")


def test_reader_of_pipelines_finds_no_fault(tmp_path: Path) -> None:
    job = (ROOT / "templates" / "release.yml").read_text().partition("---\n")[2]
    (tmp_path / "job.yml").write_text(job.replace("$[[ inputs.stage ]]", "deploy"))
    schema = ["check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "job.yml"]
    code, told = run(*schema, cwd=tmp_path, env=program_env(tmp_path))
    assert code == 0, told
