"""Registry: where images are kept, what a name there should hold, and what was seen.

Names are spelled as Docker does: ``HOST[:PORT]/PATH``, where a name without a host is Docker Hub's.
https://github.com/opencontainers/distribution-spec says what paths and tags may hold.
"""

import enum
import re
from collections.abc import Mapping
from typing import NamedTuple

from tagboat.core.errors import ConflictError, OutsideError, TagboatError, UsageError
from tagboat.core.images.image import told_faults
from tagboat.core.images.oci import ImageGraph, usual_platform

KEYLESS = "keyless"
"""Stands in place of a key where cosign asks an identity provider who signs."""


class Signing(NamedTuple):
    """By what images are signed, and what their signatures are verified by.

    ``key`` is a file below the repository or elsewhere, an address that cosign knows
    (``awskms://...``, ``env://NAME``), or `KEYLESS`. ``public_key`` is the file to verify by; where
    it is empty, that of the key. ``identity`` and ``issuer`` say whose keyless signatures count;
    where they are empty, anybody's.
    """

    key: str
    public_key: str = ""
    identity: str = ""
    issuer: str = ""

    @property
    def is_keyless(self) -> bool:
        """Whether there is no key."""
        return self.key == KEYLESS


class SignatureStatus(enum.Enum):
    """What verifying the signatures of a digest says."""

    SIGNED = "signed"
    """One of them is by the key or the identity that is wanted."""
    UNSIGNED = "unsigned"
    """There is none."""
    UNTRUSTED = "untrusted"
    """None of them is by the key or the identity that is wanted."""


def signature_tag(digest: str) -> str:
    """The tag that holds the signatures of a digest."""
    return f"{digest.replace(':', '-')}.sig"


HUB = "docker.io"
_HUB_NAMES = (HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com")
_PATH = re.compile(
    r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
)
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::[0-9]+)?")
_LOST_PART = re.compile(r": the [a-z]+ ([^ ]+:[0-9a-f]+) ")
"""In a sentence of `ImageGraph.gaps`."""
_LOOPBACK = re.compile(r"(?:(?:[^:]*\.)?localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]+)?")


class Repository(NamedTuple):
    """Where the images of one name are kept."""

    host: str
    path: str

    def __str__(self) -> str:
        return f"{self.host}/{self.path}"

    def at(self, reference: str) -> str:
        """The name of what a tag or a digest stands for."""
        return f"{self}{'@' if ':' in reference else ':'}{reference}"


class TagStatus(enum.Enum):
    """What a name in a registry was seen to hold."""

    ABSENT = "absent"
    """Nothing."""
    PUBLISHED = "published"
    """What is wanted, as far as it was looked at."""
    INCOMPLETE = "incomplete"
    """What is wanted, but a platform, manifest, configuration or layer of it is missing."""
    CONFLICT = "conflict"
    """An image of ours, but another one than is wanted."""
    FOREIGN = "foreign"
    """Another image than is wanted, which does not say that it is ours."""
    UNREACHABLE = "unreachable"
    """No telling: the registry gave no answer."""
    FAILING = "failing"
    """No telling: the registry, or what stands before it, failed at answering."""
    LIMITED = "limited"
    """No telling: the registry was asked too often for now."""
    STRANGE = "strange"
    """What the registry answered, no registry answers."""
    UNAUTHORISED = "unauthorised"
    """No telling: the registry wants other credentials, or ones that may do more."""
    DENIED = "denied"
    """What it held before: the registry does not let the tag be written, whoever asks."""
    REFUSED = "refused"
    """What it held before: the registry refuses what was asked for, and says why."""
    NO_REPOSITORY = "no repository"
    """Nothing: the registry has no such repository, and makes none on a push."""


class Depth(enum.IntEnum):
    """How much is looked at: the digest alone, all documents, or the presence of layers too."""

    DIGEST = 0
    DOCUMENTS = 1
    LAYERS = 2


class ExpectedContent(NamedTuple):
    """What a name should hold; what is empty is not looked at.

    ``origin`` is the value of the annotation that `image_graph.ORIGIN` names; ``is_attested`` asks
    for an attestation, which the image of one platform alone, without its index, does not have.
    ``told`` is what all labels and annotations have to say, by OCI key.
    """

    digest: str = ""
    origin: str = ""
    platforms: tuple[str, ...] = ()
    is_attested: bool = False
    told: Mapping[str, str] = {}


ANYTHING = ExpectedContent()


class Inspection(NamedTuple):
    """What was seen under one name.

    ``content`` is the bytes of the index or manifest, and ``graph`` what it leads to, where that
    was looked at. ``detail`` is a sentence that says more than the condition.
    """

    name: str
    condition: TagStatus
    digest: str = ""
    detail: str = ""
    graph: ImageGraph | None = None
    content: bytes = b""

    @property
    def is_seen(self) -> bool:
        """Whether the registry told what the name holds."""
        return self.condition not in _UNSEEN


_UNSEEN = (
    TagStatus.UNREACHABLE,
    TagStatus.FAILING,
    TagStatus.LIMITED,
    TagStatus.STRANGE,
    TagStatus.UNAUTHORISED,
    TagStatus.DENIED,
    TagStatus.REFUSED,
    TagStatus.NO_REPOSITORY,
)


def repository(text: str) -> Repository:
    """Read the name of a repository. Raises UsageError."""
    first, slash, rest = text.partition("/")
    is_host = slash and (first == "localhost" or set(".:[") & set(first))
    host, path = (first, rest) if is_host else (HUB, text)
    if host in _HUB_NAMES:
        host = HUB
        path = path if "/" in path else f"library/{path}"
    if not (_HOST.fullmatch(host) and _PATH.fullmatch(path)):
        raise UsageError(
            f"{text!r} is not the name of an image repository",
            "write it as HOST/PATH, in lower case and without a tag: ghcr.io/acme/app",
        )
    return Repository(host, path)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself, whom Docker asks without encryption."""
    return _LOOPBACK.fullmatch(host) is not None


def judged(seen: Inspection, wanted: ExpectedContent) -> Inspection:
    """An inspection of something, with the condition that it has beside what is wanted.

    The graph decides where it was looked at; without one, nothing is known to be foreign or to be
    incomplete.
    """
    if seen.condition is not TagStatus.PUBLISHED:
        return seen
    if wanted.digest:
        return _with_gaps(seen, wanted) if seen.digest == wanted.digest else _other(seen, wanted)
    if not wanted.origin or seen.graph is None or seen.graph.origin == wanted.origin:
        return _with_gaps(seen, wanted)
    return _other(seen, wanted)


def error(seen: Inspection) -> TagboatError:
    """What an inspection means to who wanted to go on with what it names."""
    said = f"{seen.name} {_MEANING[seen.condition]}"
    if seen.detail:
        said = f"{said}: {seen.detail}"
    host, _, path = seen.name.partition("/")
    path = path.partition("@")[0].rpartition(":")[0] or path.partition("@")[0]
    return _KINDS[seen.condition](said, hint_for(seen.condition, Repository(host, path)))


def hint_for(condition: TagStatus, place: Repository) -> str:
    """What helps where something in a repository was seen to be in a condition."""
    rights = _RIGHTS.get(place.host, _ANY_RIGHTS)
    return _HINTS[condition].format(host=place.host, path=place.path, rights=rights)


def nowhere_whole(seen: Inspection) -> TagboatError:
    """The error for a public image that no repository has all of."""
    return OutsideError(
        f"{error(seen).message}, and no repository of the image has all of it",
        "push it again by its digest from where it still is, or withdraw the version: release "
        "another one, and `tagboat rollback` to the one before until then",
    )


def kept_damaged(seen: Inspection) -> TagboatError:
    """The error for an image that a repository got all of, and still has not."""
    gaps = () if seen.graph is None else seen.graph.gaps
    lost = dict.fromkeys(digest for gap in gaps for digest in _LOST_PART.findall(gap))
    return OutsideError(
        f"{error(seen).message}, though all of it was sent there again",
        "what a registry has, even damaged, some never write again: let whoever runs it delete "
        f"{', '.join(lost) or 'that digest'} from its storage, then run the same command again",
    )


_ANY_RIGHTS = "some registries say the same of a project that is not there"
"""Harbor does to everybody: https://github.com/goharbor/harbor/issues/966"""
_RIGHTS = {
    "ghcr.io": "a job of GitHub Actions needs `packages: write`, and a package that is there the "
    "role Write for its repository"
}
"""GitHub's has rights of its own for each package, beside those of a job's token:

https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility
"""
_MEANING = {
    TagStatus.ABSENT: "is not there",
    TagStatus.PUBLISHED: "is there",
    TagStatus.INCOMPLETE: "is incomplete",
    TagStatus.CONFLICT: "holds another image",
    TagStatus.FOREIGN: "holds an image that tagboat did not make",
    TagStatus.UNREACHABLE: "can't be reached",
    TagStatus.FAILING: "meets a failure of its registry",
    TagStatus.LIMITED: "meets a limit of its registry",
    TagStatus.STRANGE: "gets an answer that is no registry's",
    TagStatus.UNAUTHORISED: "is closed to these credentials",
    TagStatus.DENIED: "can't be written",
    TagStatus.REFUSED: "is refused by its registry",
    TagStatus.NO_REPOSITORY: "has no repository to be in",
}
_KINDS: dict[TagStatus, type[TagboatError]] = {
    TagStatus.ABSENT: OutsideError,
    TagStatus.PUBLISHED: ConflictError,
    TagStatus.INCOMPLETE: OutsideError,
    TagStatus.CONFLICT: ConflictError,
    TagStatus.FOREIGN: ConflictError,
    TagStatus.UNREACHABLE: OutsideError,
    TagStatus.FAILING: OutsideError,
    TagStatus.LIMITED: OutsideError,
    TagStatus.STRANGE: OutsideError,
    TagStatus.UNAUTHORISED: UsageError,
    TagStatus.DENIED: UsageError,
    TagStatus.REFUSED: OutsideError,
    TagStatus.NO_REPOSITORY: OutsideError,
}
_HINTS = {
    TagStatus.ABSENT: "run the same command again: it makes what is missing",
    TagStatus.PUBLISHED: "",
    TagStatus.INCOMPLETE: "run the same command again: it makes or copies what is missing",
    TagStatus.CONFLICT: "a version's tag is never overwritten: release another version",
    TagStatus.FOREIGN: "look at who wrote that tag; release another version, or delete the tag",
    TagStatus.UNREACHABLE: "check the address and the network, then run the same command again",
    TagStatus.FAILING: "look at the state of {host} and of what stands before it; once it answers, "
    "run the same command again, which goes on where this one ended",
    TagStatus.LIMITED: "wait until {host} takes more requests, or `docker login {host}` as someone "
    "who may send more; then run the same command again, which goes on where this one ended",
    TagStatus.STRANGE: "check that {host} is the registry, and what stands between; then run the "
    "same command again",
    TagStatus.UNAUTHORISED: "run `docker login {host}` as someone who may push to {path}; {rights}",
    TagStatus.DENIED: "let that tag be overwritten there, or take it out of the image's tags",
    TagStatus.REFUSED: "look at the rules that {host} has for {path} and at what the login may do "
    "there; then run the same command again, which goes on where this one ended",
    TagStatus.NO_REPOSITORY: "{host} makes no repository on a push: create {path} there, then run "
    "the same command again",
}


def content_faults(graph: ImageGraph, wanted: ExpectedContent) -> tuple[str, ...]:
    """What an image lacks, or has that it should not have: it is whole where that is nothing.

    What it says is not looked at where parts of it are missing.
    """
    there, asked = set(graph.platforms), dict.fromkeys(map(usual_platform, wanted.platforms))
    faults = [f"{one}: there is no image" for one in asked if one not in there]
    if asked and there - asked.keys():
        listed = ", ".join(sorted(there))
        faults = [f"it is for {listed}, and should be for {', '.join(sorted(asked))}"]
    for one in asked:
        images = {image.manifest.digest for image in graph.images if image.platform == one}
        faults += [f"{one}: there are {len(images)} images"] if len(images) > 1 else []
    if wanted.is_attested:
        faults += _attestation_faults(graph)
    return (*faults, *(graph.gaps or told_faults(graph, wanted.told)))


def _attestation_faults(graph: ImageGraph) -> list[str]:
    """What an image lacks of which something is to be attested for each platform."""
    subjects = {one.subject for one in graph.attestations}
    if not subjects:
        return ["there is no attestation"]
    bare = [one for one in graph.images if one.manifest.digest not in subjects]
    return [f"{one.platform}: there is no attestation" for one in bare if "" not in subjects]


def lacks_index_annotations(seen: Inspection, wanted: ExpectedContent) -> bool:
    """Whether all that an image lacks are annotations of its index."""
    graph = seen.graph
    if graph is None or not graph.root.is_index or not content_faults(graph, wanted):
        return False
    annotated = graph._replace(annotations={**graph.annotations, **wanted.told})
    return not content_faults(annotated, wanted)


def _with_gaps(seen: Inspection, wanted: ExpectedContent) -> Inspection:
    """The right image, of which something may be missing."""
    faults = () if seen.graph is None else content_faults(seen.graph, wanted)
    if not faults:
        return seen
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return seen._replace(condition=TagStatus.INCOMPLETE, detail=faults[0] + more)


def _other(seen: Inspection, wanted: ExpectedContent) -> Inspection:
    """Another image, which may be one of ours."""
    origin = "" if seen.graph is None else seen.graph.origin
    found = f"it is {seen.digest}"
    if wanted.digest:
        found += f", not {wanted.digest}"
    if seen.graph is not None and not origin:
        return seen._replace(condition=TagStatus.FOREIGN, detail=f"{found}, and names no origin")
    if origin and wanted.origin and origin == wanted.origin:
        found += ", another build of the same commit"
    elif origin and wanted.origin:
        found += f"; its origin is {origin}, not {wanted.origin}"
    return seen._replace(condition=TagStatus.CONFLICT, detail=found)
