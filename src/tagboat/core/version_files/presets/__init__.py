"""Presets: where the package managers keep a project's version, lock files included.

| preset | manifest | lock file |
| --- | --- | --- |
| `pep621` | pyproject.toml: `project.version` | |
| `poetry` | pyproject.toml: `project.version`, `tool.poetry.version` or both | |
| `uv` | pyproject.toml: `project.version` | uv.lock |
| `cargo` | Cargo.toml: `package.version`, else `workspace.package.version` | Cargo.lock |
| `npm` | package.json: `version` | package-lock.json, npm-shrinkwrap.json |
| `composer` | composer.json: `version` | |

A lock file is looked for in the manifest's folder and then in those around it, where workspaces
have it. Only what it says of the project's own packages counts. A project without one is fine.
"""

from collections.abc import Callable

from tagboat.core.version_files.locate import Folder, VersionLocation
from tagboat.core.version_files.presets.cargo import cargo
from tagboat.core.version_files.presets.manifest import composer, npm
from tagboat.core.version_files.presets.python import pep621, poetry, uv

Preset = Callable[[Folder, str], tuple[VersionLocation, ...]]
"""Finds the spots of the project in a folder (empty: the top). Raises UsageError."""

PRESETS: dict[str, Preset] = {
    "cargo": cargo,
    "composer": composer,
    "npm": npm,
    "pep621": pep621,
    "poetry": poetry,
    "uv": uv,
}
