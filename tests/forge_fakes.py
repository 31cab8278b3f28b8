"""Fakes of what the steps of a release on a forge look at: a remote, a forge, files."""

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tagboat.core.errors import ConflictError, OutsideError, UsageError
from tagboat.core.forge.release import (
    Asset,
    ForgeRelease,
    Item,
    ReleaseDraft,
    ReleaseState,
    ReleaseStatus,
    StoredAsset,
    asset_fault,
    marked,
    state,
)
from tagboat.core.plan.tag_message import Contract
from tagboat.ports.forge import Artefacts, AssetFiles, Forge, ForgeAccess, LoginSource, Source
from tests.fakes import Effects

TAG = "v1.4.0"
COMMIT = "1" * 40
CONTRACT = Contract(
    version="1.4.0",
    package="app",
    previous="v1.3.0",
    source="0" * 40,
    branch="main",
    channel="stable",
    bump="minor",
    time=1_704_067_200,
    tool="tagboat 1",
    plan="sha256:ab",
    notes="## 1.4.0\n\n- a\n",
)


def asset(name: str, content: bytes) -> Asset:
    return Asset(name, len(content), hashlib.sha256(content).hexdigest())


class MemoryFiles(AssetFiles):
    """Files by their paths; a pattern is the path of one."""

    def __init__(self, **contents: bytes) -> None:
        self.contents = contents
        self.collected = 0

    def collect(self, patterns: Sequence[str]) -> tuple[Asset, ...]:
        self.collected += 1
        missing = [path for path in patterns if path not in self.contents]
        if missing:
            raise UsageError(f"no file is there for {missing}")
        return tuple(asset(path, self.contents[path]) for path in patterns)

    def present(self, patterns: Sequence[str]) -> tuple[Asset, ...]:
        there = (path for path in patterns if path in self.contents)
        return tuple(Asset(path, len(self.contents[path]), "") for path in there)

    def source(self, patterns: Sequence[str], asset: Asset) -> Source | None:
        if asset.name not in patterns or asset.name not in self.contents:
            return None
        content = self.contents[asset.name]
        return (lambda: io.BytesIO(content)) if len(content) == asset.size else None

    def content_type(self, name: str) -> str:
        return f"type of {name}"

    def written(self, name: str, text: str) -> tuple[Asset, Source]:
        return asset(name, text.encode()), lambda: io.BytesIO(text.encode())


class MemoryForge(Forge):
    """A forge with drafts, unless it ``hides`` them.

    ``log`` has what was asked for beside looking.
    """

    def __init__(self, *releases: ForgeRelease, refuses: str = "") -> None:
        self.releases = {release.id: release for release in releases}
        self.comments: list[tuple[int, str]] = []
        self.labels: list[tuple[int, str]] = []
        self.contents: dict[str, bytes] = {}
        """What was uploaded, by digest."""
        self.latest: str | None = ""
        self.looks = 0
        self.hides = False
        self.denies = ""
        """Why nothing may be written."""
        self.log: list[str] = []
        self.effects = Effects()
        self._refuses = refuses

    def refuses(self, assets: Sequence[Asset]) -> str:
        names = [asset.name for asset in assets]
        return f"no {self._refuses}" if self._refuses in names else ""

    def check_writing(self, tag: str) -> None:
        if self.denies:
            raise OutsideError(self.denies)
        if self.find(tag).condition is ReleaseStatus.FOREIGN:
            raise ConflictError(f"a forge has a release {tag} that tagboat did not make")

    def find(self, tag: str) -> ReleaseState:
        self.looks += 1
        shown = [one for one in self.releases.values() if not (self.hides and one.is_draft)]
        return state(shown, tag)

    def draft(self, wanted: ReleaseDraft) -> ReleaseState:
        self.log.append("draft")
        seen = self.find(wanted.tag)
        if seen.condition is ReleaseStatus.FOREIGN:
            raise ConflictError("not ours")
        for spare in seen.spares:
            del self.releases[spare.id]
        if seen.release is None:
            text = marked(wanted.notes, wanted.tag)
            made = ForgeRelease(str(len(self.releases) + 1), wanted.tag, text, is_draft=True)
            self.releases[made.id] = made
        self.effects("draft")
        return self.find(wanted.tag)

    def holds(self, release: ForgeRelease, asset: Asset) -> bool:
        stored = {one.name: one for one in self.releases[release.id].assets}
        return asset.name in stored and not asset_fault(asset, stored[asset.name])

    def content(self, release: ForgeRelease, asset: Asset) -> Iterator[bytes]:
        self.log.append(f"content {asset.name}")
        assert self.holds(release, asset)
        yield self.contents[asset.sha256]

    def upload(self, release: ForgeRelease, asset: Asset, source: Source) -> None:
        self.log.append(f"upload {asset.name}")
        content = source().read()
        assert len(content) == asset.size
        self.contents[asset.sha256] = content
        self.put(release.id, stored(asset))
        self.effects(f"upload {asset.name}")

    def publish(self, release: ForgeRelease, wanted: ReleaseDraft) -> ReleaseState:
        self.log.append("publish")
        seen = self.releases[release.id]
        self.releases[release.id] = seen._replace(is_draft=False, url=f"https://x/{wanted.tag}")
        self.latest = wanted.tag if wanted.is_latest else self.latest
        self.effects("publish")
        return self.find(wanted.tag)

    def latest_tag(self) -> str | None:
        return self.latest

    def make_latest(self, release: ForgeRelease) -> None:
        self.log.append(f"latest {release.tag}")
        self.latest = release.tag
        self.effects(f"latest {release.tag}")

    def comment(self, item: Item, text: str, tag: str) -> bool:  # noqa: ARG002 - of the port
        if (item.number, text) not in self.comments:
            self.comments.append((item.number, text))
            self.effects(f"comment {item.number}")
        return True

    def label(self, item: Item, label: str) -> bool:
        if (item.number, label) not in self.labels:
            self.labels.append((item.number, label))
            self.effects(f"label {item.number}")
        return True

    def put(self, number: str, *assets: StoredAsset) -> None:
        """Give a release files."""
        seen = self.releases[number]
        names = {one.name for one in assets}
        kept = [one for one in seen.assets if one.name not in names]
        self.releases[number] = seen._replace(assets=(*kept, *assets))

    def names(self, number: str = "1") -> list[str]:
        """The files of a release."""
        return [one.name for one in self.releases[number].assets]


class MemoryArtefacts(Artefacts):
    """What is kept of releases, by package and name."""

    name = "out"

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, bytes]] = {}

    def keep(self, package: str, files: Iterable[tuple[Asset, Iterable[bytes]]]) -> None:
        self.kept[package] = {asset.name: b"".join(blocks) for asset, blocks in files}


class MemoryAccess(ForgeAccess):
    """The way to a forge; with a ``fault`` there is none but to look at what is ``open``."""

    name = "a forge"

    def __init__(self, forge: MemoryForge, fault: str = "", *, is_open: bool = False) -> None:
        self._fault = fault
        self._forge = forge
        self._is_open = is_open

    @property
    def fault(self) -> str:
        return self._fault

    def to_change(self) -> Forge:
        if self._fault:
            raise UsageError(self._fault)
        return self._forge

    def to_read(self) -> Forge:
        return self._forge if self._is_open else self.to_change()


class MemoryLogins(LoginSource):
    """Logins by commit; with a ``fault`` nobody can be asked."""

    def __init__(self, **logins: str) -> None:
        self.known = logins
        self.fault = ""
        self.asked: list[str] = []
        self._told: dict[str, str] = {}

    def logins(self, authors: Mapping[str, str], *, afresh: bool = False) -> dict[str, str]:
        if self.fault:
            raise OutsideError(self.fault)
        recalled = {} if afresh else self._told
        self.asked += (commit for email, commit in authors.items() if email not in recalled)
        found = {
            email: recalled.get(email) or self.known.get(commit, "")
            for email, commit in authors.items()
        }
        self._told |= {email: login for email, login in found.items() if login}
        return {authors[email]: login for email, login in found.items() if login}


def stored(asset: Asset) -> StoredAsset:
    """An asset as a forge keeps it."""
    return StoredAsset("9", asset.name, asset.size, asset.sha256, is_complete=True)


def ours(number: str, *, is_draft: bool, assets: Iterable[Asset] = ()) -> ForgeRelease:
    """A release of ours with some files."""
    text = marked(CONTRACT.notes, TAG)
    kept = tuple(map(stored, assets))
    return ForgeRelease(number, TAG, text, is_draft, url=f"https://x/{TAG}", assets=kept)
