"""What programs say, without credentials."""

import os
import re
from collections.abc import Iterable
from functools import cache

_CREDENTIALS = r"(?<=://)[^\s/'\"]*@"
_PARAMETER = r"(?i)((?:token|password|secret)=)[^\s&'\"]+"
_HEADER = r"(?i)(authorization: *(?:\w+ +)?)[^\s'\"]+"
_VARIABLE = r"(?i)TOKEN|PASSWORD|PASSWD|SECRET|API_?KEY"
_OPENING = (
    r"(?i)^(?:http\b.*\.(?:extraheader|cookiefile|sslkey|proxy.*)|credential\b.*"
    r"|include(?:if)?\b.*)$"
)
_LOGIN = r"(\w://)[^\s/@]*@"
_SHORTEST = 8
"""How many characters a secret has at least: shorter ones are words of every text."""
_FOR_ADDRESSES = str.maketrans("+/", "-_")
_ADVICE = r"hint:|Please make sure you have the correct|and the repository exists\."


def redacted(text: str) -> str:
    """A text without credentials: those of web addresses and headers, tokens in the environment."""
    text = re.sub(_CREDENTIALS, "***@", text)
    for pattern in (_PARAMETER, _HEADER):
        text = re.sub(pattern, r"\1***", text)
    secrets = (value for name, value in os.environ.items() if re.search(_VARIABLE, name))
    return without(text, secrets)


def without(text: str, secrets: Iterable[str]) -> str:
    """A text in which asterisks stand for some secrets, unless these are too short to be one."""
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            for spelling in spellings(secret):
                text = text.replace(spelling, "***")
    return text


def opens_remote(key: str, value: str) -> bool:
    """Whether a setting of git holds what opens a remote: a header, a cookie, a login."""
    return any((re.search(_OPENING, key), re.search(_LOGIN, key), re.search(_LOGIN, value)))


def without_login(text: str) -> str:
    """A text without what stands before the host of an address in it."""
    return re.sub(_LOGIN, r"\1", text)


@cache
def spellings(secret: str) -> tuple[str, ...]:
    """A secret as it is, and as what is encoded around it spells it.

    That is base64 with something before it (RFC 4648, 4 and 5: the characters that it alone
    decides), hexadecimal digits and percent-encoding.
    """
    from base64 import b64encode
    from urllib.parse import quote

    data = secret.encode("utf-8", "surrogateescape")
    found = [secret, data.hex(), data.hex().upper(), quote(data, safe="")]
    for before in range(3):
        encoded = b64encode(bytes(before) + data).decode()
        own = encoded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        found += [own, own.translate(_FOR_ADDRESSES)]
    return tuple(dict.fromkeys(found))


def summary(stderr: str) -> str:
    """What a program said on standard error as one line, without git's general advice."""
    lines = (line.strip() for line in redacted(stderr).splitlines())
    told = [line for line in lines if line and not re.match(_ADVICE, line)]
    return "; ".join(line.removeprefix("fatal: ").removeprefix("error: ") for line in told)
