"""Links: where a repository's commits, issues and tags can be seen on its forge.

Derived from the address git fetches from, in any of git's spellings (``git help fetch``, section
"GIT URLS"). What comes out is http or https, percent-encoded as RFC 3986 asks, and never holds the
credentials or the ssh port that the remote's address may have.
"""

import re
from typing import NamedTuple

from tagboat.core.forge.kinds import FORGES, kind_at

_SSH_HOSTS = {name: host for forge in FORGES.values() for name, host in forge.ssh_hosts.items()}
_URL = re.compile(
    r"(?P<scheme>https?|ssh|git|git\+ssh|ssh\+git|git\+https?)://"
    r"(?:[^/?#]*@)?(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?P<port>:[0-9]*)?"
    r"/+(?P<path>[^?#]*)"
)
_SCP = re.compile(
    r"(?:[^/@:]+@)?(?P<host>[A-Za-z0-9.-]{2,}|\[[0-9A-Fa-f:.]+\]):(?!//)(?P<path>[^?#]+)"
)
_OUTSIDE_PATH = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9._~%/-]")
_OUTSIDE_PART = re.compile(r"[^A-Za-z0-9._~-]")


class Links(NamedTuple):
    """The addresses of one repository on its forge.

    ``kind`` is one of `FORGES` or empty, ``host`` is ``https://host`` and ``path`` ``owner/name``.
    Without a kind every address is an empty text. Numbers, ids and names may be any text: they are
    encoded.
    """

    kind: str = ""
    host: str = ""
    path: str = ""

    @classmethod
    def from_remote(cls, remote: str, kind: str = "") -> "Links":
        """Read a remote's address; ``kind`` names the forge where its host does not give it away.

        An address that is no forge's (a path, a bundle, an unknown scheme) gives no links.
        """
        match = _URL.fullmatch(remote.strip()) or _SCP.fullmatch(remote.strip())
        if match is None:
            return cls()
        groups = match.groupdict()
        host = groups["host"].lower()
        host = _SSH_HOSTS.get(host, host)
        kind = kind or kind_at(host)
        path = _encoded_path(groups["path"].strip("/").removesuffix(".git").strip("/"))
        segments = path.split("/")
        if kind not in FORGES or not all(segments) or {".", ".."} & set(segments):
            return cls()
        return cls(kind, _site(groups.get("scheme") or "ssh", host, groups.get("port") or ""), path)

    @property
    def repository(self) -> str:
        """Where the repository itself can be seen."""
        return f"{self.host}/{self.path}" if self.kind else ""

    def commit(self, commit_id: str) -> str:
        """Where one commit can be seen."""
        return self._at("commit", commit_id)

    def issue(self, number: str, repository: str = "") -> str:
        """Where an issue can be seen, of this or of another repository on the same forge."""
        return self._at("issue", number, repository=repository)

    def pull_request(self, number: str, repository: str = "") -> str:
        """Where a pull request (GitLab: merge request) can be seen."""
        return self._at("pull_request", number, repository=repository)

    def compare(self, old: str, new: str) -> str:
        """Where everything between two tags, branches or commits can be seen."""
        return self._at("compare", old, new)

    def tag(self, name: str) -> str:
        """Where a tag or the release it names can be seen."""
        return self._at("tag", name)

    def user(self, name: str) -> str:
        """Where a person's page is."""
        return f"{self.host}/{encoded(name)}" if self.kind else ""

    def application(self, name: str) -> str:
        """Where an application's page is, on a forge that has such pages."""
        return f"{self.host}/apps/{encoded(name)}" if self.kind == "github" else ""

    def _at(self, what: str, *parts: str, repository: str = "") -> str:
        if not self.kind:
            return ""
        path = _encoded_path(repository) if repository else self.path
        below: str = getattr(FORGES[self.kind].paths, what)
        return f"{self.host}/{path}{below.format(*map(encoded, parts))}"


def encoded(part: str) -> str:
    """One part of an address's path, percent-encoded."""
    if part.isalnum() and part.isascii():
        return part
    return _OUTSIDE_PART.sub(_percent, part)


def _site(scheme: str, host: str, port: str) -> str:
    """The forge's own address; a port counts only where it is a web server's."""
    scheme = scheme.removeprefix("git+")
    if scheme not in ("http", "https"):
        return f"https://{host}"
    return f"{scheme}://{host}{port.rstrip(':')}"


def _encoded_path(path: str) -> str:
    """A path, percent-encoded where it is not yet."""
    return _OUTSIDE_PATH.sub(_percent, path)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace"))
