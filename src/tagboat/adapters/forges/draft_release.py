"""Releases on forges that have drafts: one draft, its assets, then one publication.

Comments and labels on issues and requests are made once each.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, repeat
from typing import BinaryIO, Protocol

from tagboat.adapters.clock import Budget
from tagboat.adapters.forges.errors import (
    AlreadyThereError,
    ForgeRepository,
    MissingError,
    UnsettledError,
    retry_until_done,
)
from tagboat.core.errors import ConflictError, UsageError
from tagboat.core.forge.release import (
    Asset,
    ForgeRelease,
    Item,
    ReleaseDraft,
    ReleaseState,
    ReleaseStatus,
    StoredAsset,
    TextLimit,
    asset_fault,
    body,
    comments_on,
    foreign_text,
    is_edited,
    marked,
    measure,
    missing_assets,
    state,
    superfluous,
)
from tagboat.ports.forge import Source

_BLOCK = 1 << 18


class CommentApi(Protocol):
    """What a forge's API can do with one issue. Each raises what `answers` defines."""

    def comments(self, item: Item) -> list[tuple[str, str]]:
        """The comments by id and text, oldest first."""
        ...

    def say(self, item: Item, text: str) -> None:
        """Add a comment."""
        ...

    def unsay(self, item: Item, comment: str) -> None:
        """Delete a comment; one that is gone already is no error."""
        ...

    def put_label(self, item: Item, label: str) -> None:
        """Add a label; one that is there already is no error."""
        ...


class Comments:
    """The part of a forge that talks on issues."""

    def __init__(self, talk: CommentApi, budget: Budget) -> None:
        self._talk = talk
        self._budget = budget

    def comment(self, item: Item, text: str, tag: str) -> bool:
        """See `tagboat.ports.forge.Forge`."""
        return self._unless_missing(lambda: self._commented(item, text, tag))

    def label(self, item: Item, label: str) -> bool:
        """See `tagboat.ports.forge.Forge`."""
        return self._unless_missing(lambda: self._labelled(item, label))

    def _unless_missing(self, work: Callable[[], bool | None]) -> bool:
        try:
            return retry_until_done(work, self._budget)
        except MissingError:
            return False

    def _commented(self, item: Item, text: str, tag: str) -> bool | None:
        """Look for our comment; True once it stands there alone, None after a change."""
        ours, doubles = comments_on(tag, self._talk.comments(item))
        for double in doubles:
            self._talk.unsay(item, double)
        if ours:
            return True
        self._talk.say(item, marked(text, tag))
        return None

    def _labelled(self, item: Item, label: str) -> bool:
        self._talk.put_label(item, label)
        return True


class ForgeApi(CommentApi, Protocol):
    """What a forge's API can do with releases. Each raises what `answers` defines."""

    @property
    def place(self) -> ForgeRepository:
        """Where this is."""
        ...

    @property
    def body_limit(self) -> TextLimit:
        """The longest text a release may have."""
        ...

    @property
    def most_assets(self) -> int:
        """The most files a release may have; 0 where nothing is known."""
        ...

    @property
    def is_alone(self) -> bool:
        """Whether a tag can have one release only, drafts among them."""
        ...

    def check_access(self, tag: str) -> None:
        """Raise OutsideError where a release of a tag can't be made, as far as can be asked."""
        ...

    def releases(self, tag: str) -> list[ForgeRelease]:
        """All releases of a tag, drafts among them."""
        ...

    def release(self, number: str) -> ForgeRelease:
        """One release, as it is now."""
        ...

    def looked_at(self, release: ForgeRelease) -> ForgeRelease:
        """A release before a file is uploaded: looked at once more, as far as one request tells."""
        ...

    def create(self, wanted: ReleaseDraft, text: str) -> ForgeRelease:
        """Make a draft."""
        ...

    def delete(self, release: ForgeRelease) -> None:
        """Delete a draft; one that is gone already is no error."""
        ...

    def make_public(self, release: ForgeRelease, wanted: ReleaseDraft, text: str) -> None:
        """Publish a draft, in one request."""
        ...

    def latest(self) -> str | None:
        """The tag of the latest release, empty without any; None where the forge chooses it."""
        ...

    def show_latest(self, release: ForgeRelease) -> None:
        """Show a public release as the latest; nothing where the forge chooses it."""
        ...

    def fault(self, asset: Asset) -> str:
        """Why the forge would refuse or rename a file, whatever it holds; empty where it won't."""
        ...

    def attach(self, release: ForgeRelease, asset: Asset, stream: BinaryIO) -> StoredAsset:
        """Upload a file, and give it as the forge says that it has it."""
        ...

    def detach(self, release: ForgeRelease, stored: StoredAsset) -> None:
        """Delete a file; one that is gone already is no error."""
        ...

    def content(self, stored: StoredAsset) -> Iterator[bytes]:
        """Download a file."""
        ...

    def has_tag(self, tag: str) -> bool:
        """Whether the repository on the forge has a git tag."""
        ...


class DraftReleaseForge(Comments):
    """A forge with drafts; keeps the promises of `tagboat.ports.forge.Forge`."""

    def __init__(self, drafts: ForgeApi, budget: Budget) -> None:
        super().__init__(drafts, budget)
        self._drafts = drafts
        self._tells_digests = True

    def refuses(self, assets: Sequence[Asset]) -> str:
        """See `tagboat.ports.forge.Forge`."""
        most = self._drafts.most_assets
        if most and len(assets) > most:
            forge = self._drafts.place.forge
            return f"{len(assets)} files are too many: {forge} takes {most} for a release"
        fault = self._drafts.fault
        return retry_until_done(lambda: next(filter(None, map(fault, assets)), ""), self._budget)

    def check_writing(self, tag: str) -> None:
        """See `tagboat.ports.forge.Forge`."""
        retry_until_done(lambda: self._checked(tag), self._budget)

    def find(self, tag: str) -> ReleaseState:
        """See `tagboat.ports.forge.Forge`."""
        return retry_until_done(lambda: self._seen(tag), self._budget)

    def draft(self, wanted: ReleaseDraft) -> ReleaseState:
        """See `tagboat.ports.forge.Forge`."""
        return retry_until_done(lambda: self._drafted(wanted), self._budget)

    def holds(self, release: ForgeRelease, asset: Asset) -> bool:
        """See `tagboat.ports.forge.Forge`."""
        return retry_until_done(lambda: self._good(release, asset) is not None, self._budget)

    def content(self, release: ForgeRelease, asset: Asset) -> Iterator[bytes]:
        """See `tagboat.ports.forge.Forge`."""
        found = retry_until_done(lambda: self._good(release, asset), self._budget)
        return self._drafts.content(found)

    def upload(self, release: ForgeRelease, asset: Asset, source: Source) -> None:
        """See `tagboat.ports.forge.Forge`."""
        if fault := self.refuses([asset]):
            raise UsageError(fault)
        check_source(asset, source)
        look = partial(self._drafts.looked_at, release) if self._tells_digests else lambda: release
        looks = chain([look], repeat(None))

        def again() -> bool | None:
            """Begin with what the caller saw, alone if files are read back; then see all of it."""
            return self._uploaded(self._again(release, next(looks)), asset, source)

        retry_until_done(again, self._budget)

    def publish(self, release: ForgeRelease, wanted: ReleaseDraft) -> ReleaseState:
        """See `tagboat.ports.forge.Forge`."""
        return retry_until_done(lambda: self._published(release, wanted), self._budget)

    def latest_tag(self) -> str | None:
        """See `tagboat.ports.forge.Forge`."""
        return retry_until_done(lambda: (self._drafts.latest(),), self._budget)[0]

    def make_latest(self, release: ForgeRelease) -> None:
        """See `tagboat.ports.forge.Forge`."""
        retry_until_done(lambda: self._is_latest(release), self._budget)

    def _checked(self, tag: str) -> ReleaseState:
        self._drafts.check_access(tag)
        return self._ours(tag)

    def _is_latest(self, release: ForgeRelease) -> bool | None:
        """True once the release is the latest, None after a change."""
        if self._drafts.latest() in (None, release.tag):
            return True
        self._drafts.show_latest(release)
        return None

    def _drafted(self, wanted: ReleaseDraft) -> ReleaseState:
        seen = self._ours(wanted.tag)
        if seen.release is None:
            made = self._drafts.create(wanted, body(wanted, self._drafts.body_limit))
            # A listing may lag behind: what was just made counts although it is not listed yet.
            others = () if self._drafts.is_alone else self._drafts.releases(wanted.tag)
            listed = {release.id: release for release in others}
            seen = state((listed | {made.id: made}).values(), wanted.tag)
        for spare in seen.spares:
            self._drafts.delete(spare)
        return seen._replace(spares=())

    def _seen(self, tag: str) -> ReleaseState:
        """What is there for a tag."""
        return state(self._drafts.releases(tag), tag, is_alone=self._drafts.is_alone)

    def _ours(self, tag: str) -> ReleaseState:
        """What is there for a tag. Raises ConflictError where it is somebody else's."""
        seen = self._seen(tag)
        if seen.condition is ReleaseStatus.FOREIGN and seen.release is not None:
            raise ConflictError(*foreign_text(str(self._drafts.place), seen.release, tag))
        return seen

    def _uploaded(self, seen: ForgeRelease, asset: Asset, source: Source) -> bool | None:
        """Make sure of an asset; True once it is there whole, None to look again after a change."""
        faults = self._named(seen, asset)
        is_there = "" in faults.values()
        if is_there and len(faults) == 1:
            return True
        if not (is_there or seen.is_draft):
            raise self._refused_change(seen, asset)
        for stored in superfluous(faults):
            self._drafts.detach(seen, stored)
        if is_there:
            return None
        with source() as stream:
            stored = self._drafts.attach(seen, asset, stream)
        self._tells_digests = bool(stored.sha256)
        if said := self._fault(asset, stored):
            raise UnsettledError(
                f"{self._drafts.place} did not store the asset {asset.name} as it was sent: {said}",
                "run the same command again: it uploads what is missing",
            )
        return True

    def _named(self, release: ForgeRelease, asset: Asset) -> dict[StoredAsset, str]:
        """The files of an asset's name, with what is wrong with each."""
        same_name = (stored for stored in release.assets if stored.name == asset.name)
        return {stored: self._fault(asset, stored) for stored in same_name}

    def _good(self, release: ForgeRelease, asset: Asset) -> StoredAsset | None:
        """A file that is the asset, among those that the caller saw, else among those of now."""
        views = (seen or self._again(release) for seen in (release, None))
        named = chain.from_iterable(self._named(seen, asset).items() for seen in views)
        return next((stored for stored, fault in named if not fault), None)

    def _refused_change(self, release: ForgeRelease, asset: Asset) -> ConflictError:
        wanted = ReleaseDraft(release.tag, "", "", "", (asset,))
        return ConflictError(
            f"the release {release.tag} on {self._drafts.place} is public and "
            f"{'; '.join(missing_assets(wanted, release))}",
            "a public release's files are never changed: make a new version",
        )

    def _fault(self, asset: Asset, stored: StoredAsset) -> str:
        """Why a stored file is not the asset, read from its content where no digest is given."""
        said = asset_fault(asset, stored)
        if said or stored.sha256:
            return said
        try:
            size, sha256 = measure(self._drafts.content(stored))
        except MissingError:
            return "it is gone"
        return asset_fault(asset, stored._replace(size=size, sha256=sha256))

    def _published(self, release: ForgeRelease, wanted: ReleaseDraft) -> ReleaseState | None:
        """Look at the draft; its state once it is public, None after a change."""
        seen = self._again(release)
        names = Counter(stored.name for stored in seen.assets)
        doubles = [asset for asset in wanted.assets if names[asset.name] > 1]
        spare = [one for asset in doubles for one in superfluous(self._named(seen, asset))]
        for stored in spare:
            # Even of a public release: an upload that was on its way when another run published it.
            self._drafts.detach(seen, stored)
        if spare:
            return None
        if not seen.is_draft:
            return state([seen], wanted.tag)
        self._check_ready(seen, wanted)
        text = seen.body if is_edited(seen.body) else body(wanted, self._drafts.body_limit)
        try:
            self._drafts.make_public(seen, wanted, text)
        except AlreadyThereError:
            return self._overtaken(seen)
        return None

    def _check_ready(self, release: ForgeRelease, wanted: ReleaseDraft) -> None:
        """Raise ConflictError where publishing would make something else than what is wanted."""
        if faults := missing_assets(wanted, release):
            raise ConflictError(
                f"the draft of {wanted.tag} on {self._drafts.place} lacks assets: "
                f"{'; '.join(faults)}",
                "run the same command again: it uploads what is missing",
            )
        if not self._drafts.has_tag(wanted.tag):
            raise ConflictError(
                f"{self._drafts.place} does not have the tag {wanted.tag}",
                "push the tag first; publishing without it would make one at another commit",
            )

    def _overtaken(self, release: ForgeRelease) -> ReleaseState:
        """Another run published its own draft of this release first: end ours."""
        seen = self._ours(release.tag)
        if seen.condition in {ReleaseStatus.ABSENT, ReleaseStatus.DRAFT}:
            raise AlreadyThereError(
                f"{self._drafts.place} says that a release {release.tag} exists, and shows none",
                "run the same command again; if that does not help, look for it on the forge",
            )
        self._drafts.delete(release)
        return seen._replace(spares=())

    def _again(
        self, release: ForgeRelease, look: Callable[[], ForgeRelease] | None = None
    ) -> ForgeRelease:
        """A release as it is now, looked at in some way. Raises ConflictError where it is gone."""
        try:
            return look() if look else self._drafts.release(release.id)
        except MissingError as error:
            raise ConflictError(
                f"the release {release.tag} on {self._drafts.place} was deleted meanwhile",
                "run the same command again: another run may have made its own",
            ) from error


def check_source(asset: Asset, source: Source) -> None:
    """Make sure that what will be sent is the asset. Raises ConflictError."""
    with source() as stream:
        size, sha256 = measure(iter(lambda: stream.read(_BLOCK), b""))
    if (size, sha256) != (asset.size, asset.sha256):
        raise ConflictError(
            f"the asset {asset.name!r} has changed: {size} bytes with SHA-256 {sha256}, not "
            f"{asset.size} with {asset.sha256}",
            "build it once, before the release is planned",
        )
