"""Forge home: which repository on which forge a remote belongs to, and where its API is.

Read off the remote's address, the configuration, and what a CI system says about its own forge.
What a CI system says counts only where its forge is the remote's: the variables of a job may be
about another one. Its token is sent nowhere else either.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from tagboat.core.forge.kinds import FORGES, JobVariables
from tagboat.core.forge.links import Links

Environment = Mapping[str, str]

_ADDRESS = re.compile(r"(?P<scheme>https?)://(?P<host>\[[^\]]*\]|[^/:?#]*)(?P<port>:[0-9]*)?(.*)")
_LOOPBACK = re.compile(r"localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]")
_TOKEN = re.compile(r"[!-~]+")
_VERSION = re.compile(r"/api/v[0-9]+$")


class ForgeSettings(NamedTuple):
    """What the configuration says: the forge's kind, the repository's page and the API's address.

    An empty text leaves it open. ``kind`` is one of `FORGES`.
    """

    kind: str = ""
    url: str = ""
    api: str = ""


class Home(NamedTuple):
    """A repository on a forge.

    ``kind`` is empty where no forge is known; ``api`` is the API's address as docs/forges.md has
    it, ``repository`` the path of the repository. ``tokens`` are the names of the variables that
    may hold the token; the first that is set counts.
    """

    kind: str = ""
    api: str = ""
    repository: str = ""
    tokens: tuple[str, ...] = ()

    @property
    def has_releases(self) -> bool:
        """Whether there is a forge that has releases."""
        return self.kind in FORGES and bool(FORGES[self.kind].tokens)

    @property
    def name(self) -> str:
        """The forge's name."""
        return FORGES[self.kind].name if self.kind else ""

    @property
    def is_cloud(self) -> bool:
        """Whether its API has a host of its own, as it has where the forge's makers run it."""
        forge, host = FORGES[self.kind], _host(self.api)
        is_public = host in [f"api.{public}" for public in forge.hosts]
        return bool(forge.cloud) and (is_public or host.endswith(forge.cloud))


def home_of(remote: str, settings: ForgeSettings, environment: Environment) -> Home:
    """The repository on a forge that a remote's address and the configuration lead to."""
    page = settings.url or remote
    # Any kind will do to read an address whose host does not give its forge away.
    host = Links.from_remote(page, next(iter(FORGES))).host
    kind = settings.kind or Links.from_remote(page).kind or _kind_by_ci(host, environment)
    if not kind:
        return Home()
    links = Links.from_remote(page, kind)
    server, api = links.host, settings.api.rstrip("/")
    api = api or _api_by_ci(kind, server, environment) or _usual_api(kind, server)
    if not FORGES[kind].api:
        api = _VERSION.sub("", api)
    return Home(kind, api, _inside(links.path, api), _token_names(kind, server or api, environment))


def fault_of(home: Home, environment: Environment, *, reads: bool = False) -> str:
    """Why no release can be made on a forge that has them; empty where nothing is known to.

    Where it only ``reads``, a forge may answer without a token.
    """
    if not home.repository or _is_no_path(home):
        return (
            f"which repository of {home.name} is meant is not known: "
            "give the address of its page as forge.url"
        )
    if home.api.startswith("http://") and not _LOOPBACK.fullmatch(_host(home.api)):
        return (
            f"{home.api} would get the token unencrypted: give an address with https as forge.api"
        )
    name = token_name(home, environment)
    if not name and reads:
        return ""
    if not name:
        return (
            f"a release on {home.name} ({home.repository}) needs a token: "
            f"set {' or '.join(home.tokens)}, or forge.release = false to do without"
        )
    if not _TOKEN.fullmatch(environment[name].strip()):
        return f"{name} holds something that is no token"
    return ""


def token_name(home: Home, environment: Environment) -> str:
    """The variable that holds the token, or an empty text."""
    return next((name for name in home.tokens if environment.get(name, "").strip()), "")


def _token_names(kind: str, server: str, environment: Environment) -> tuple[str, ...]:
    """The variables that may hold the token; a job's own only where the job's forge is meant."""
    names, job = FORGES[kind].tokens, FORGES[kind].job
    return (*names, job.token) if job.token and _is_of(job, server, environment) else names


def _kind_by_ci(host: str, environment: Environment) -> str:
    """The forge that runs this job, where it is the one at a host."""
    return next(
        (
            kind
            for kind, forge in FORGES.items()
            if environment.get(forge.job.mark)
            and _is_meant(forge.job, environment)
            and _is_of(forge.job, host, environment)
        ),
        "",
    )


def _api_by_ci(kind: str, server: str, environment: Environment) -> str:
    """The address of the API that a job's own forge gives."""
    job = FORGES[kind].job
    if _is_meant(job, environment) and _is_of(job, server, environment):
        return environment.get(job.api, "").rstrip("/")
    return ""


def _is_of(job: JobVariables, server: str, environment: Environment) -> bool:
    """Whether a job's variables are about the forge at an address."""
    return _is_at(environment.get(job.server, ""), server)


def _is_meant(job: JobVariables, environment: Environment) -> bool:
    """Whether a job is one of this forge, of all those whose jobs have the same mark."""
    alike = (forge.job for forge in FORGES.values() if forge.job.mark == job.mark)
    told = [one for one in alike if any(map(environment.get, one.only))]
    return job in told if told else not job.only


def _usual_api(kind: str, server: str) -> str:
    """Where a forge at an address usually has its API."""
    forge, host = FORGES[kind], _host(server)
    if forge.cloud and (host in ("", *forge.hosts) or host.endswith(forge.cloud)):
        return f"https://api.{host or forge.hosts[0]}"
    return f"{server}{forge.api}"


def _is_no_path(home: Home) -> bool:
    """Whether a repository's path has more or fewer parts than the forge gives it."""
    return not FORGES[home.kind].has_groups and home.repository.count("/") != 1


def _inside(path: str, api: str) -> str:
    """A repository's path without the one that the forge itself has on its server."""
    match = _ADDRESS.fullmatch(_VERSION.sub("", api))
    prefix = match[4].strip("/") if match is not None else ""
    return path.removeprefix(f"{prefix}/") if prefix else path


def _is_at(address: str, other: str) -> bool:
    """Whether two addresses are on one host."""
    return bool(_host(address)) and _host(address) == _host(other)


def _host(address: str) -> str:
    match = _ADDRESS.fullmatch(address)
    return match["host"].lower() if match is not None else ""
