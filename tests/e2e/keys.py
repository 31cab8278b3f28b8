"""Keys that images are signed with in tests."""

import os
import subprocess
from pathlib import Path

SECRET = "a-password-for-tests"  # noqa: S105 - of keys made here


def make_keys(folder: Path, *names: str) -> None:
    """Make a pair of keys of each name, locked by `SECRET`."""
    env = os.environ | {"COSIGN_PASSWORD": SECRET}
    for name in names:
        command = ["cosign", "generate-key-pair", "--output-key-prefix", name]
        subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True)
