"""Runs workflows as GitHub would, with act, on a repository and its remote in a folder.

Jobs run on this machine, in the copy of the clone that act makes for ``actions/checkout``. Other
foreign actions are replaced by stubs:

- ``actions/checkout`` with ``path``: tagboat's own repository is copied there.
- ``actions/upload-artifact``, ``actions/download-artifact``: a folder beside the repository.
"""

import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.adoption.programs import program_env, run
from tests.gitrepo import GitRepo
from tests.releasing import Remote

STUBS = {
    "actions/checkout": 'cp -r "$TAGBOAT_STUBS/tagboat" "$GIVEN"',
    "actions/upload-artifact": 'mkdir "$TAGBOAT_STUBS/kept"; test -d "$GIVEN" && GIVEN+=/.; '
    'cp -r "$GIVEN" "$TAGBOAT_STUBS/kept"',
    "actions/download-artifact": 'mkdir -p "./$GIVEN"; cp -r "$TAGBOAT_STUBS/kept/." "./$GIVEN"',
}
"""The foreign actions that workflows may use, and what is run in place of each."""
PROGRAMS = ("docker", "pipx", "sudo")
"""The programs that say how they are called, and do nothing."""
_OWN = r"actions/checkout@\S+(?!(?:(?!\n *- ).)*\bpath: )"
_USES = re.compile(rf"(?s)(uses: )(?!{_OWN})([\w-]+/[\w-]+)@\S+")
_ACTION = """\
name: stub
description: stands for {name}
inputs:
  path: {{ description: a path, default: "" }}
  name: {{ description: a name, default: "" }}
  ref: {{ description: a ref, default: "" }}
  repository: {{ description: a repository, default: "" }}
  fetch-depth: {{ description: a number, default: "" }}
  filter: {{ description: a filter, default: "" }}
  persist-credentials: {{ description: true or false, default: "" }}
runs:
  using: composite
  steps:
    - shell: bash
      env: {{ GIVEN: "${{{{ inputs.path }}}}" }}
      run: {command}
"""


class Actions:
    """A project on a remote, of which workflows are run."""

    def __init__(self, folder: Path, tagboat: GitRepo, files: Mapping[str, str]) -> None:
        self.remote = Remote(folder)
        self.clone = self.remote.started(files=dict(files))
        self._folder, self._tagboat = folder, tagboat

    def run(
        self, workflow: str, event: str = "push", payload: Mapping[str, Any] | None = None
    ) -> tuple[int, str]:
        """The exit code of a workflow on an event, and what it printed."""
        stubs = self._folder / "stubs"
        shutil.rmtree(stubs, ignore_errors=True)
        shutil.copytree(
            self._tagboat.path, stubs / "tagboat", ignore=shutil.ignore_patterns(".git")
        )
        for name, command in STUBS.items():
            action = self.clone.path / ".stubs" / name / "action.yml"
            action.parent.mkdir(parents=True, exist_ok=True)
            action.write_text(_ACTION.format(name=name, command=json.dumps(command)))
        file, event_file = self._folder / "workflow.yml", self._folder / "event.json"
        file.write_text(_USES.sub(r"\1./.stubs/\2", workflow))
        event_file.write_text(json.dumps(dict(payload or {})))
        programs = self._stubbed_programs()
        env = program_env(self._folder, TAGBOAT_STUBS=str(stubs), HOME=str(self._folder / "home"))
        env["PATH"] = f"{programs}{os.pathsep}{env['PATH']}"
        settings = ["--pull=false", "--no-cache-server"]
        arguments = ["act", event, "-W", str(file), "-P", "ubuntu-latest=-self-hosted", *settings]
        kept = f"TAGBOAT_ENVIRONMENT={self._tagboat.path.parent / 'environment'}"
        names = ["--env", kept, "-s", "GITHUB_TOKEN=none", "-e", str(event_file)]
        return run(*arguments, *names, cwd=self.clone.path, env=env)

    def _stubbed_programs(self) -> Path:
        """A folder with programs that only say how they were called."""
        folder = self._folder / "programs"
        folder.mkdir(exist_ok=True)
        for name in PROGRAMS:
            (folder / name).write_text('#!/bin/sh\necho "stub: $(basename "$0") $*"\n')
            (folder / name).chmod(0o755)
        return folder
