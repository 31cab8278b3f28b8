"""Secrets of a build: whether they are there, and how their values are kept from being shown."""

import os
import re
from collections.abc import Iterable

from tagboat.adapters.repository_files import beside, read_text
from tagboat.core.errors import UsageError
from tagboat.core.images.image import Image

_SHORTEST = 4
"""The fewest characters of a line of a secret that is looked for in what a build says."""


def secret_faults(images: Iterable[Image], home: str) -> list[str]:
    """The secrets that can't be read, each once."""
    faults = []
    for image in images:
        for name, source in image.secrets:
            kind, _, place = source.partition(":")
            if kind == "env" and place not in os.environ:
                faults.append(
                    f"the secret {name} is read from {place}, which is not set: export it"
                )
            elif kind == "file" and (fault := _fault(home, place)):
                faults.append(f"the secret {name} is read from {place}, {fault}")
    return list(dict.fromkeys(faults))


class SecretMasking:
    """Puts stars in the place of the values of secrets."""

    def __init__(self, images: Iterable[Image], home: str) -> None:
        lines = {
            line.strip()
            for image in images
            for _, source in image.secrets
            for line in _secret_value(source, home).splitlines()
        }
        known = sorted((line for line in lines if len(line) >= _SHORTEST), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, known)) or r"(?!)")

    def __call__(self, text: str) -> str:
        """A text without the values of secrets."""
        return self._pattern.sub("***", text)


def _secret_value(source: str, home: str) -> str:
    """The value of a secret; empty where it can't be read."""
    kind, _, place = source.partition(":")
    if kind == "env":
        return os.environ.get(place, "")
    try:
        return read_text(beside(home, place)) or ""
    except UsageError:
        return ""


def _fault(home: str, place: str) -> str:
    """Why a file can't hold a secret; empty where it can."""
    try:
        found = read_text(beside(home, place))
    except UsageError as error:
        return f"which can't be one: {error.message}"
    return "which can't be read" if found is None else ""
