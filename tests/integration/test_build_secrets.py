"""Secrets of a build: found where they are said to be, and never shown."""

from pathlib import Path

import pytest

from tagboat.adapters.buildx import SecretMasking, secret_faults
from tagboat.adapters.repository_files import beside
from tagboat.core.images.image import Image


def image(**secrets: str) -> Image:
    return Image("app", secrets=tuple(secrets.items()))


def test_values_of_variables_and_files_are_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIDDEN", "first-secret")
    (tmp_path / "key").write_text("-- begin --\nsecond-secret\n\n")
    hide = SecretMasking([image(a="env:HIDDEN", b="file:key")], str(tmp_path))
    assert hide("a first-secret, -- begin -- second-secret!") == "a ***, *** ***!"


def test_the_longest_value_is_hidden_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHORT", "secret")
    monkeypatch.setenv("LONG", "secret-and-more")
    assert SecretMasking([image(a="env:SHORT", b="env:LONG")], "/")("secret-and-more") == "***"


def test_lines_that_are_no_secret_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINY", "1")
    hide = SecretMasking([image(a="env:TINY", b="env:NOT_SET", c="file:/none")], "/")
    assert hide("RUN step 1 of 10") == "RUN step 1 of 10"


def test_secrets_that_can_t_be_read_are_told_once(tmp_path: Path) -> None:
    one = image(a="env:NOT_SET", b="file:none")
    assert secret_faults([one, one], str(tmp_path)) == [
        "the secret a is read from NOT_SET, which is not set: export it",
        "the secret b is read from none, which can't be read",
    ]


def test_secrets_that_are_there_are_no_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMPTY", "")
    (tmp_path / "key").touch()
    assert secret_faults([image(a="env:EMPTY", b="file:key")], str(tmp_path)) == []


@pytest.mark.parametrize(
    ("path", "place"), [("a/b", "/home/a/b"), ("/run/a", "/run/a"), ("~/a", "/root/a")]
)
def test_files_are_seen_from_the_repository_or_the_user_s_folder(
    path: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/root")
    assert beside("/home", path) == place
