"""The steps around images: absent, done, conflict, and applied twice."""

from hashlib import sha256

import pytest
from msgspec.structs import replace

from tagboat.core.errors import ConflictError, OutsideError, RaceError, RepositoryError, UsageError
from tagboat.core.forge.release import AssetRule, ForgeRules
from tagboat.core.images.image import Image, Origin, annotations, labels, seconds, staging_tag
from tagboat.core.images.oci import (
    OCI_INDEX,
    OCI_MANIFEST,
    Attestation,
    Descriptor,
    ImageGraph,
    PlatformImage,
)
from tagboat.core.images.registry import Repository, SignatureStatus, TagStatus, repository
from tagboat.core.images.tags import tag_rules
from tagboat.core.next_version.package import Package
from tagboat.core.plan.tag_message import ImageDigest
from tagboat.core.record.record import RecordedImage
from tagboat.core.step import State, Step
from tagboat.core.version.version import Version
from tagboat.use_cases.images.release_images import PublishedImages
from tagboat.use_cases.steps.assets import CollectAssets
from tagboat.use_cases.steps.commands import ReleaseCommands, ReleaseTree, SharedTree
from tagboat.use_cases.steps.image_tags import MoveImageTags, WriteTags
from tagboat.use_cases.steps.pending import StagedImages
from tagboat.use_cases.steps.published import PackageReleases, PublishedRelease, ReleasedImages
from tagboat.use_cases.steps.publishing import ForgeTarget
from tagboat.use_cases.steps.remote_state import RemoteState
from tagboat.use_cases.steps.stage_images import BuildImages, CopyImages, FreeTags, SignImages
from tests.fake_registry import MemoryBuilder, MemoryRegistry, MemorySigner
from tests.forge_fakes import MemoryAccess, MemoryFiles, MemoryForge
from tests.git_fakes import MemoryCommands, MemoryScratch, StandingClock
from tests.plans import Announced, contract_of_one, pending_release
from tests.unit.test_steps_commands import PLAN, RELEASED, SOURCE

FIRST, SECOND = repository("a.example/app"), repository("b.example/app")
APP = Image("app", ("a.example/app", "b.example/app"), tags=("{version}", "{major}", "latest"))
ORIGIN = Origin(Version(1, 2, 3), "v1.2.3", RELEASED, 1_700_000_000, "https://a.example/x", SOURCE)
STAGING = staging_tag(APP, ORIGIN)
OTHER = f"sha256:{'0' * 64}"
OTHER_RELEASED = "d" * 40


def digest_of(origin: Origin, salt: str = "") -> str:
    """The digest that an image has here: it depends on what it is built from."""
    return "sha256:" + sha256(f"{origin}{salt}".encode()).hexdigest()


def graph_of(image: Image, origin: Origin, digest: str) -> ImageGraph:
    """What a build of an image leads to."""
    manifest = Descriptor(OCI_MANIFEST, f"sha256:{'1' * 64}", 7, "linux/amd64")
    config = Descriptor("config", f"sha256:{'2' * 64}", 3)
    told = annotations(image, origin), labels(image, origin)
    built = PlatformImage("linux/amd64", manifest, *told, config=config)
    attested = Attestation(manifest.digest, Descriptor(OCI_MANIFEST, f"sha256:{'3' * 64}", 5))
    root = Descriptor(OCI_INDEX, digest, 9)
    return ImageGraph(root, annotations(image, origin), (built,), (attested,))


class ImageRelease:
    """A fleet of one image, with all that it touches held in memory."""

    def __init__(self, image: Image = APP) -> None:
        self.registry = self.pushed_to = MemoryRegistry()
        self.builder = MemoryBuilder(make=self._make)
        self.signer = MemorySigner()
        self.built_from, self.salt = ORIGIN, ""
        self.heard: list[str] = []
        self.origin: Origin | None = ORIGIN
        self.scratch = MemoryScratch(main=SOURCE)
        for commit in (SOURCE, RELEASED, OTHER_RELEASED):
            self.scratch.files[commit] = {"Dockerfile": "FROM scratch\n"}
            self.scratch.times[commit] = ORIGIN.time
        self.remote_state = RemoteState(self.scratch, self.scratch, "main", StandingClock())
        self.kept = False
        self.published_images = PublishedImages(
            (image,),
            {image.name: tag_rules(image.tags)},
            self.registry,
            {image.name: self.signer},
            lambda: self.builder,
            self.scratch,
            ORIGIN.page,
            self.heard.append,
        )
        self.image = image
        self.staged_images = StagedImages(self.published_images, lambda: self.origin)

    def _make(self, image: Image) -> None:
        digest = digest_of(self.built_from, self.salt)
        self.pushed_to.push(FIRST, staging_tag(image, self.built_from), digest)
        self.pushed_to.graphs[digest] = graph_of(image, self.built_from, digest)

    def is_public(self) -> bool:
        return "v1.2.3" in self.scratch.tags

    def keep(self) -> None:
        self.kept = True

    @property
    def build(self) -> BuildImages:
        return BuildImages(self.staged_images, self.is_public, self.keep, self.staged_images.unused)

    @property
    def copy(self) -> CopyImages:
        return CopyImages(self.staged_images, self.is_public)

    @property
    def sign(self) -> SignImages:
        return SignImages(self.staged_images, self.is_public)

    @property
    def free(self) -> FreeTags:
        return FreeTags(self.staged_images, "1.2.3", self.is_public)

    def released_images(self) -> ReleasedImages:
        """The images once the release is public; they are staged first where they are not."""
        if self.build.probe().state is State.ABSENT:
            self.build.apply()
        contract = replace(contract_of_one(PLAN), images=self.staged_images.digests())
        self.scratch.public("v1.2.3", RELEASED, contract)
        self.remote_state.forget()
        return ReleasedImages(PublishedRelease(self.remote_state, "v1.2.3"), self.published_images)

    def held(self, place: Repository = FIRST) -> dict[str, str]:
        """What the tags of a repository hold, but for staging tags."""
        held = self.registry.held.get(place, {})
        return {tag: digest for tag, digest in held.items() if not tag.startswith("tagboat-")}


@pytest.fixture
def image_release() -> ImageRelease:
    return ImageRelease()


def twice(step: Step) -> None:
    """Apply a step two times, as after a kill that came too late to be seen."""
    step.apply()
    step.apply()


STEPS = ("build", "copy", "sign", "free")


@pytest.mark.parametrize("name", STEPS)
def test_nothing_is_staged_any_more_once_the_release_is_public(
    image_release: ImageRelease, name: str
) -> None:
    image_release.released_images()
    assert getattr(image_release, name).probe().state is State.DONE


# Build


def test_image_is_built_once(image_release: ImageRelease) -> None:
    assert image_release.build.probe().state is State.ABSENT
    image_release.build.apply()
    assert (image_release.heard, image_release.kept) == (["#1 done"], True)
    assert [(names, folder) for names, _, folder in image_release.builder.built] == [
        (("app",), "export of b")
    ]
    assert image_release.build.probe().state is State.DONE
    assert image_release.staged_images.digests() == (ImageDigest("app", digest_of(ORIGIN)),)


def test_nothing_is_built_before_there_is_a_commit(image_release: ImageRelease) -> None:
    image_release.origin = None
    assert image_release.build.probe().state is State.ABSENT
    assert image_release.build.describe() == "app for linux/amd64 in a.example/app"


def test_what_an_earlier_run_staged_of_the_same_commit_is_taken(
    image_release: ImageRelease,
) -> None:
    image_release.build.apply()
    staged = StagedImages(image_release.published_images, lambda: ORIGIN)
    again = BuildImages(staged, bool, image_release.keep, staged.unused)
    assert again.probe().state is State.DONE


def test_what_was_staged_of_another_release_commit_is_built_again(
    image_release: ImageRelease,
) -> None:
    image_release.built_from = ORIGIN._replace(commit=OTHER_RELEASED)
    image_release.build.apply()
    finding = image_release.build.probe()
    assert (finding.state, "it is of dddddddddd" in finding.detail) == (State.ABSENT, True)


def test_own_build_is_taken_though_another_run_staged_one_under_the_same_tag(
    image_release: ImageRelease,
) -> None:
    image_release.builder.told = {"app": digest_of(ORIGIN)}
    image_release.build.apply()
    other = ImageRelease()
    other.pushed_to, other.salt = image_release.registry, "another"
    other.build.apply()
    assert image_release.staged_images.digests() == (ImageDigest("app", digest_of(ORIGIN)),)


def test_build_of_another_run_is_taken_where_the_digest_that_is_told_is_no_image(
    image_release: ImageRelease,
) -> None:
    image_release.registry.push(FIRST, "part", OTHER)
    image_release.registry.graphs[OTHER] = graph_of(APP, ORIGIN, OTHER)._replace(attestations=())
    image_release.builder.told = {"app": OTHER}
    image_release.build.apply()
    assert image_release.build.probe().state is State.DONE
    assert image_release.staged_images.digests() == (ImageDigest("app", digest_of(ORIGIN)),)


def test_build_that_the_registry_shows_late_is_found(image_release: ImageRelease) -> None:
    image_release.build.apply()
    hidden = image_release.registry.held.pop(FIRST)
    assert image_release.build.probe().state is State.ABSENT
    image_release.registry.held[FIRST] = hidden
    assert image_release.build.probe().state is State.DONE


def test_registry_that_is_down_is_told_in_a_plan_and_stops_a_run(
    image_release: ImageRelease,
) -> None:
    image_release.registry.conditions["a.example"] = TagStatus.UNREACHABLE
    finding = image_release.build.probe()
    assert (finding.state, "unreachable" in finding.detail) == (State.ABSENT, True)
    with pytest.raises(OutsideError, match="can't be reached"):
        image_release.build.apply()


def test_time_of_what_is_staged_is_found_by_a_run_that_has_no_commit_yet(
    image_release: ImageRelease,
) -> None:
    source = ORIGIN._replace(commit=SOURCE, time=5)
    assert image_release.staged_images.staged_time(source) is None
    image_release.build.apply()
    assert image_release.staged_images.staged_time(source) == ORIGIN.time


def test_everything_that_stands_in_the_way_is_found_at_once(image_release: ImageRelease) -> None:
    assert image_release.staged_images.faults(ORIGIN) == []
    image_release.builder.found.append("there is no engine")
    image_release.registry.conditions["b.example"] = TagStatus.UNAUTHORISED
    engine, closed = image_release.staged_images.faults(ORIGIN)
    assert engine == "there is no engine"
    assert "b.example/app is closed to these credentials" in closed


def test_files_of_a_tag_alone_are_named_before_its_images_are_staged(
    image_release: ImageRelease,
) -> None:
    plan = replace(PLAN, message=None, source=RELEASED)
    rules = ForgeRules(assets=(AssetRule("{tag}.zip"),))
    releases = PackageReleases(image_release.scratch.history, Package())
    tree = ReleaseTree(SharedTree(image_release.scratch), ReleaseCommands((), MemoryCommands()))
    forge_target = ForgeTarget(MemoryAccess(MemoryForge()), MemoryFiles(), rules, releases, tree)
    step = CollectAssets(
        pending_release(
            plan, image_release.remote_state, Announced(image_release.published_images)
        ),
        forge_target,
    )
    assert step.describe() == "the files of the release: v1.2.3.zip"


def test_nothing_is_promised_of_an_image_that_is_not_staged(image_release: ImageRelease) -> None:
    with pytest.raises(OutsideError, match="is not there"):
        image_release.staged_images.digests()


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_label_without_a_date_tells_no_time(date: str) -> None:
    assert seconds(date) is None


# Copy


def test_image_is_copied_to_the_other_registry(image_release: ImageRelease) -> None:
    image_release.build.apply()
    assert image_release.copy.probe().state is State.ABSENT
    twice(image_release.copy)
    assert image_release.copy.probe().state is State.DONE
    assert image_release.registry.writes == [SECOND.at(STAGING)]


def test_second_registry_that_is_down_stops_the_run_and_asks_for_no_second_build(
    image_release: ImageRelease,
) -> None:
    image_release.build.apply()
    image_release.registry.conditions["b.example"] = TagStatus.UNREACHABLE
    with pytest.raises(OutsideError, match="b\\.example"):
        image_release.copy.apply()
    assert image_release.build.probe().state is State.DONE


def test_nothing_is_copied_before_there_is_a_commit(image_release: ImageRelease) -> None:
    image_release.origin = None
    assert image_release.copy.probe().state is State.ABSENT
    assert image_release.copy.describe() == "app to b.example/app"


def test_second_registry_that_takes_nothing_stops_the_run(image_release: ImageRelease) -> None:
    image_release.build.apply()
    image_release.registry.closed["b.example"] = TagStatus.DENIED
    with pytest.raises(UsageError, match=r"b\.example/app:tagboat-\w+ can't be written"):
        image_release.copy.apply()


# Sign


@pytest.fixture
def signing() -> ImageRelease:
    return ImageRelease(APP._replace(sign="cosign.key"))


def test_image_is_signed_everywhere(signing: ImageRelease) -> None:
    assert signing.sign.probe().state is State.ABSENT
    signing.build.apply()
    signing.copy.apply()
    assert signing.sign.probe().detail == "a.example/app, b.example/app"
    twice(signing.sign)
    assert signing.sign.probe().state is State.DONE
    digest = digest_of(ORIGIN)
    assert signing.signer.signed == [FIRST.at(digest), SECOND.at(digest)]
    assert signing.sign.describe() == "app"


def test_key_that_is_missing_is_found_before_anything_is_built(signing: ImageRelease) -> None:
    signing.signer.is_missing = True
    assert signing.staged_images.faults(ORIGIN) == ["there is no key"]


def test_signature_that_counts_for_nothing_is_not_done(signing: ImageRelease) -> None:
    signing.build.apply()
    signing.copy.apply()
    signing.signer.seals[FIRST.at(digest_of(ORIGIN))] = SignatureStatus.UNTRUSTED
    assert signing.sign.probe().state is State.ABSENT


# Free tags


def test_version_tags_that_nobody_has_are_free(image_release: ImageRelease) -> None:
    assert image_release.free.probe().state is State.DONE
    assert image_release.free.describe() == "a.example/app:1.2.3, b.example/app:1.2.3, to be free"


def test_version_tag_of_somebody_else_is_a_conflict(image_release: ImageRelease) -> None:
    image_release.registry.push(SECOND, "1.2.3", OTHER)
    finding = image_release.free.probe()
    assert finding.state is State.CONFLICT
    assert finding.detail == f"b.example/app:1.2.3 holds {OTHER}"


def test_version_tag_that_holds_what_is_staged_is_as_good_as_free(
    image_release: ImageRelease,
) -> None:
    image_release.build.apply()
    image_release.registry.push(FIRST, "1.2.3", digest_of(ORIGIN))
    assert image_release.free.probe().state is State.DONE


def test_registry_that_does_not_tell_leaves_tags_unknown(image_release: ImageRelease) -> None:
    image_release.registry.conditions["b.example"] = TagStatus.UNREACHABLE
    assert image_release.free.probe().state is State.ABSENT
    with pytest.raises(OutsideError):
        image_release.free.apply()


def test_registry_that_answers_again_leaves_nothing_to_say(image_release: ImageRelease) -> None:
    image_release.free.apply()
    assert image_release.free.probe().state is State.DONE


# Version tags


def test_version_tags_are_written_once_and_the_image_is_copied_where_it_lacks(
    image_release: ImageRelease,
) -> None:
    write = WriteTags(image_release.released_images())
    assert write.probe().state is State.ABSENT
    twice(write)
    assert write.probe().state is State.DONE
    digest = digest_of(ORIGIN)
    assert (image_release.held(FIRST), image_release.held(SECOND)) == (
        {"1.2.3": digest},
        {"1.2.3": digest},
    )


def test_version_tag_that_holds_something_else_is_never_overwritten(
    image_release: ImageRelease,
) -> None:
    image_release.registry.push(SECOND, "1.2.3", OTHER)
    write = WriteTags(image_release.released_images())
    assert write.probe().state is State.CONFLICT
    with pytest.raises(ConflictError):
        write.apply()
    assert image_release.held(SECOND) == {"1.2.3": OTHER}


def test_image_that_is_nowhere_any_more_is_told(image_release: ImageRelease) -> None:
    released_images = image_release.released_images()
    image_release.registry.digests.clear()
    image_release.registry.held.clear()
    with pytest.raises(OutsideError, match="is not there"):
        WriteTags(released_images).apply()


def test_tags_are_described_before_the_release_is_public(image_release: ImageRelease) -> None:
    released_images = ReleasedImages(
        PublishedRelease(image_release.remote_state, "v1.2.3"), image_release.published_images
    )
    places = "a.example/app, b.example/app"
    assert WriteTags(released_images).describe() == f"the version's tags in {places}, written once"
    assert WriteTags(released_images).probe().state is State.ABSENT
    move = MoveImageTags(released_images, StandingClock())
    assert move.describe() == f"the tags that follow in {places}, moved forward"
    assert move.probe().state is State.ABSENT


def test_registry_that_takes_no_version_tag_is_told(image_release: ImageRelease) -> None:
    released_images = image_release.released_images()
    image_release.registry.closed["a.example"] = TagStatus.DENIED
    with pytest.raises(UsageError, match=r"a\.example/app:1\.2\.3 can't be written"):
        WriteTags(released_images).apply()


def test_registry_that_takes_no_copy_is_told(image_release: ImageRelease) -> None:
    released_images = image_release.released_images()
    image_release.registry.closed["b.example"] = TagStatus.DENIED
    with pytest.raises(UsageError, match=r"b\.example/app:tagboat-\w+ can't be written"):
        WriteTags(released_images).apply()


# Moving tags


def moved(image_release: ImageRelease) -> MoveImageTags:
    """The step, once the version tags are written."""
    released_images = image_release.released_images()
    WriteTags(released_images).apply()
    return MoveImageTags(released_images, StandingClock())


def test_moving_tags_are_made_and_stay(image_release: ImageRelease) -> None:
    move = moved(image_release)
    assert move.probe().state is State.ABSENT
    twice(move)
    assert move.probe().state is State.DONE
    digest = digest_of(ORIGIN)
    assert image_release.held() == {"1.2.3": digest, "1": digest, "latest": digest}


def test_tag_of_a_higher_version_stays(image_release: ImageRelease) -> None:
    for tag in ("2.0.0", "latest"):
        image_release.registry.push(FIRST, tag, OTHER)
    move = moved(image_release)
    move.apply()
    assert image_release.held()["latest"] == OTHER
    assert image_release.held()["1"] == digest_of(ORIGIN)


def test_unexplained_tag_moves_to_the_highest_version_with_a_warning(
    image_release: ImageRelease,
) -> None:
    image_release.registry.push(FIRST, "latest", OTHER)
    move = moved(image_release)
    finding = move.probe()
    assert f"no version explains what latest of a.example/app holds: {OTHER}" in finding.detail
    move.apply()
    assert move.probe().is_notable
    assert image_release.held()["latest"] == digest_of(ORIGIN)


def test_registry_that_is_down_stops_the_moves(image_release: ImageRelease) -> None:
    move = moved(image_release)
    image_release.registry.conditions["b.example"] = TagStatus.UNREACHABLE
    with pytest.raises((OutsideError, RepositoryError)):
        move.apply()


def test_registry_that_lets_no_tag_be_moved_is_told(image_release: ImageRelease) -> None:
    move = moved(image_release)
    image_release.registry.closed["a.example"] = TagStatus.DENIED
    with pytest.raises(UsageError, match=r"a\.example/app:1 can't be written"):
        move.apply()


def test_tag_that_others_moved_first_is_looked_at_again(image_release: ImageRelease) -> None:
    move = moved(image_release)
    image_release.registry.contested[FIRST.at("latest")] = 1
    move.apply()
    assert image_release.held()["latest"] == digest_of(ORIGIN)


def test_tag_that_others_always_move_is_a_lost_race(image_release: ImageRelease) -> None:
    move = moved(image_release)
    image_release.registry.contested[FIRST.at("latest")] = 100
    with pytest.raises(RaceError, match=r"the tags of a\.example/app are moved all the time"):
        move.apply()


# What is recorded and told


def test_repository_without_the_image_is_not_recorded(image_release: ImageRelease) -> None:
    found = image_release.released_images().recorded()["app"]
    assert list(found.repositories) == [str(FIRST)]


def test_record_and_notes_tell_what_there_is_of_each_image(image_release: ImageRelease) -> None:
    released_images = image_release.released_images()
    WriteTags(released_images).apply()
    found = released_images.recorded()["app"]
    digest = digest_of(ORIGIN)
    assert isinstance(found, RecordedImage)
    assert found.repositories == {str(FIRST): digest, str(SECOND): digest}
    assert {name: one.size for name, one in found.platforms.items()} == {"linux/amd64": 3}
    assert f"docker pull a.example/app:1.2.3@{digest}\n" in released_images.notes()
