"""Credentials for registries, as `docker login` leaves them: in its file or a helper's care.

Looked up by the `docker` package, which knows both. What it may say about them is never passed on.
"""

import base64
import warnings
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tagboat.core.errors import UsageError


class Login(NamedTuple):
    """Who asks, and what proves it: a password, or with ``is_token`` an identity token."""

    user: str
    secret: str
    is_token: bool = False

    @property
    def basic(self) -> str:
        """User and password as HTTP's Basic authentication sends them (RFC 7617)."""
        return base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()


Logins = Callable[[str], Login | None]
"""Gives the login for a host, None where there is none. Raises UsageError."""


def docker_login(host: str) -> Login | None:
    """The login that Docker would use for a host, None where it has none.

    Raises UsageError where Docker's configuration or its credential helper is broken.
    """
    from docker.auth import load_config  # type: ignore[import-untyped] # it has no types
    from docker.errors import DockerException  # type: ignore[import-untyped] # the same

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a helper that is missing is an error soon enough
            found = load_config().resolve_authconfig(host)
    except (DockerException, ValueError, KeyError, AttributeError, OSError) as error:
        raise UsageError(
            f"Docker's configuration gives no credentials for {host}: {type(error).__name__}",
            f"check config.json and its credential helper, or run `docker login {host}` again",
        ) from None
    return _login(found or {})


def _login(found: Mapping[str, object]) -> Login | None:
    """Helpers and the configuration itself spell the same things differently."""
    told = {name.lower(): value for name, value in found.items() if isinstance(value, str)}
    if token := told.get("identitytoken"):
        return Login("", token, is_token=True)
    if told.get("username"):
        return Login(told["username"], told.get("password", ""))
    return None
