"""The two environments that tagboat is tested in: a quiet one, and the worst a user may have."""

import os
from pathlib import Path
from typing import NoReturn

import pytest

HOSTILE_CONFIG = Path(__file__).with_name("hostile.gitconfig")
SOURCE = Path(__file__).parent.parent / "src"

CALLER = dict(os.environ)
"""What the tests were started with, for the few that ask a package index."""

IS_CI = bool(CALLER.get("CI"))


def lacking(what: str) -> NoReturn:
    """End a test for which something is missing on this machine: skipped, but failed under CI."""
    if IS_CI:
        pytest.fail(what)
    pytest.skip(what)


def quiet(home: Path) -> dict[str, str]:
    """A machine without git configuration, CI variables or a locale."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": str(SOURCE),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }


def hostile(home: Path) -> dict[str, str]:
    """Everything that changes what git prints or reads: configuration, locale, leaked variables."""
    nowhere = str(home / "nowhere")
    return quiet(home) | {
        "LC_ALL": "tr_TR.ISO-8859-9",
        "LANGUAGE": "tr:de",
        "TZ": "Pacific/Apia",
        "PAGER": "false",
        "GIT_PAGER": "false",
        "GIT_EDITOR": "false",
        "GIT_CONFIG_GLOBAL": str(HOSTILE_CONFIG),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "log.showSignature",
        "GIT_CONFIG_VALUE_0": "true",
        "GIT_CONFIG_PARAMETERS": "'color.ui'='always'",
        "GIT_DIR": nowhere,
        "GIT_WORK_TREE": nowhere,
        "GIT_INDEX_FILE": nowhere,
        "GIT_OBJECT_DIRECTORY": nowhere,
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": nowhere,
        "GIT_COMMON_DIR": nowhere,
        "GIT_GRAFT_FILE": nowhere,
        "GIT_SHALLOW_FILE": nowhere,
        "GIT_NAMESPACE": "elsewhere",
        "GIT_REPLACE_REF_BASE": "refs/nowhere/",
        "GIT_PREFIX": "nowhere/",
        "GIT_CEILING_DIRECTORIES": "/",
        "GIT_DEFAULT_HASH": "sha256",
        "GIT_EXTERNAL_DIFF": "false",
        "GIT_ICASE_PATHSPECS": "1",
        "GIT_TRACE": "1",
    }
