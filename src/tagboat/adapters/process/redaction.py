"""What programs say, without credentials."""

import os
import re
from collections.abc import Iterable

_CREDENTIALS = re.compile(r"(?<=://)[^\s/'\"]*@")
_TOKEN = re.compile(r"((?:token|password|secret)=)[^\s&'\"]+", re.IGNORECASE)
_HEADER = re.compile(r"(authorization: *(?:\w+ +)?)[^\s'\"]+", re.IGNORECASE)
_SECRET_NAME = re.compile(r"TOKEN|PASSWORD|PASSWD|SECRET|API_?KEY", re.IGNORECASE)
_SHORTEST = 8
"""How many characters a secret has at least: shorter ones are words of every text."""
_ADVICE = re.compile(r"hint:|Please make sure you have the correct|and the repository exists\.")


def redacted(text: str) -> str:
    """A text without credentials: those of web addresses and headers, tokens in the environment."""
    clean = _HEADER.sub(r"\1***", _TOKEN.sub(r"\1***", _CREDENTIALS.sub("***@", text)))
    return without(clean, (os.environ[name] for name in os.environ if _SECRET_NAME.search(name)))


def without(text: str, secrets: Iterable[str]) -> str:
    """A text in which asterisks stand for some secrets, unless these are too short to be one."""
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, "***")
    return text


def summary(stderr: str) -> str:
    """What a program said on standard error as one line, without git's general advice."""
    lines = (line.strip() for line in redacted(stderr).splitlines())
    told = [line for line in lines if line and not _ADVICE.match(line)]
    return "; ".join(line.removeprefix("fatal: ").removeprefix("error: ") for line in told)
