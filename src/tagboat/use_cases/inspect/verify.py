"""Verify: whether one release is what its history, its tag and its record say, and all there.

What is looked at of its images, in every registry, stands last.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from functools import cache, partial
from itertools import zip_longest
from typing import NamedTuple

from tagboat.core.errors import ConflictError, OutsideError, TagboatError
from tagboat.core.images.registry import (
    Depth,
    ExpectedContent,
    Inspection,
    Repository,
    SignatureStatus,
    TagStatus,
    content_faults,
    error,
)
from tagboat.core.next_version.next_version import VersionOverride
from tagboat.core.plan.tag_message import Contract, ReleaseFacts
from tagboat.core.record.drift import (
    Check,
    CheckOutcome,
    PendingCheck,
    Verdict,
    condition,
    differs,
    drift_if,
)
from tagboat.core.record.record import merged_records, record_of
from tagboat.core.version.version import Version
from tagboat.ports.images import InspectionRequest
from tagboat.ports.publishing import RemoteTag, UserClone
from tagboat.use_cases.plan.make_plan import PlanInputs
from tagboat.use_cases.plan.recompute import Recomputation, past_state, recompute
from tagboat.use_cases.release.context import ReleaseContext
from tagboat.use_cases.release.converge import examine
from tagboat.use_cases.release.lookup import (
    ReleaseLookup,
    not_ours,
    odd_files,
    release_checked_out,
    release_named,
    tagging_with,
)
from tagboat.use_cases.release.steps_in_order import steps_in_order
from tagboat.use_cases.steps.forge_release import ForgeReleaseView
from tagboat.use_cases.steps.published import (
    ImagePlacement,
    Inspections,
    PublishedRelease,
    ReleasedImages,
    mending,
    signature_look,
    unsigned,
)
from tagboat.use_cases.steps.publishing import PublishTargets

_REPEATED = ("commit", *ReleaseFacts.__struct_fields__, "plan", "images", "assets")
"""What a record repeats of the tag, word for word."""


class Verified(NamedTuple):
    """A release and what the checks of it found; ``condition`` is where its record says it is."""

    contract: Contract
    tag: RemoteTag
    condition: str
    checks: tuple[Check, ...]


def verify(context: ReleaseContext, version: str) -> Verified:
    """Check a release down to its history. Changes nothing.

    Raises UsageError where no tag spells the version, ConflictError where the tag is gone,
    RepositoryError where it is none of tagboat's, OutsideError where the remote can't be reached.
    """
    tagging = tagging_with(context, version)
    release = release_named(context, tagging, version)
    if release.tag is not None and release.is_foreign:
        raise not_ours(release.name)
    context.remote_state.remote.deepen()
    with release_checked_out(context, release) as (tagged, inputs):
        tag, contract = tagged.promised()
        targets = inputs.targets.for_reading()
        spelled = next(found.version for found in tagging.tags if found.name == tag.name)
        case = Case(context, release, tag, contract, str(spelled))
        work = partial(_of_history, case, inputs)
        # Where another commit was planned for, it is checked out in the place of the tag's: last.
        is_here = contract.source == tag.commit
        with inputs.workers.beside(work) if is_here else nullcontext(work) as history:
            if targets.published_images is not None:
                begin_image_looks(ReleasedImages(tagged, targets.published_images))
            found = [look.check() for look in (*_of_git(case), _files(case, inputs))]
            found += _of_steps(case, tagged, targets)
        every = (*history(), *found)
    return Verified(contract, tag, condition(release.record), every)


def _of_steps(case: "Case", tagged: PublishedRelease, targets: PublishTargets) -> list[Check]:
    """What the steps after the push find, unless nobody is to do them, and what is looked at."""
    is_ended, looks = condition(case.release.record) == "abandoned", checks(tagged, targets)
    found = [] if is_ended else examine(steps_in_order(targets, tagged))
    return [*found, *(look.check() for look in looks)]


class Case(NamedTuple):
    """A release that is verified: where, its tag, what it promises, what the tag's name spells."""

    context: ReleaseContext
    release: ReleaseLookup
    tag: RemoteTag
    contract: Contract
    spelled: str


def _of_git(case: Case) -> list[PendingCheck]:
    """The tag, its signature, where it stands, and the record."""
    name, branch = case.tag.name, case.contract.branch
    return [
        PendingCheck(
            "tag", f"{name} is an annotated tag with what it promises", partial(_tag, case)
        ),
        PendingCheck("signature", f"{name} is signed", partial(_signature, case)),
        PendingCheck("branch", f"{branch} on the remote has its commit", partial(_branch, case)),
        PendingCheck(
            "commit", "its commit holds the one it was planned for", partial(_commit, case)
        ),
        PendingCheck("promise", "the record says what the tag says", partial(_promise, case)),
    ]


def _tag(case: Case) -> CheckOutcome:
    """The tag's kind and name."""
    if case.release.contract is None:
        return Verdict.NOTE, "it was made by hand: its record tells what is promised"
    version = case.contract.version
    return drift_if(
        "" if version == case.spelled else f"it says version {version}", case.tag.object
    )


def _signature(case: Case) -> CheckOutcome:
    """What git says about the signature."""
    is_signed, is_good, said = case.context.remote_state.remote.signature(case.tag)
    if not is_signed:
        return Verdict.NOTE, "unsigned"
    if is_good is None:
        return Verdict.UNKNOWN, said
    return (Verdict.OK if is_good else Verdict.DRIFT), said


def _branch(case: Case) -> CheckOutcome:
    """Whether the branch that was released has the tag's commit."""
    branch, remote = case.contract.branch, case.context.remote_state.remote
    tip = case.context.remote_state.refs.tip
    if branch != case.context.release_target.branch:
        tip = remote.branches(lambda name: name == branch).get(branch)
    if tip is None:
        return Verdict.NOTE, "the branch is not there any more"
    held = remote.reaches(tip, case.tag.commit)
    return drift_if("" if held else f"{case.tag.commit} is not in it", case.tag.commit)


def _commit(case: Case) -> CheckOutcome:
    source = case.contract.source
    held = case.context.remote_state.remote.reaches(case.tag.commit, source)
    return drift_if("" if held else f"{source} is not in it", source)


def _promise(case: Case) -> CheckOutcome:
    """Compare the record with what the tag promises."""
    record = case.release.record
    if record is None:
        return Verdict.DRIFT, "there is no record"
    if case.release.contract is None:
        wrong = "" if record.commit == case.tag.commit else f"it tells of {record.commit}"
        return drift_if(wrong)
    wanted = record_of(case.contract, case.tag.name, case.tag.commit)
    try:
        merged_records(record, wanted)
    except ConflictError as error:
        told = [
            f"{name}: {getattr(record, name)}"
            for name in _REPEATED
            if getattr(record, name) != getattr(wanted, name)
        ]
        return Verdict.DRIFT, "; ".join(told) or error.message
    return Verdict.OK, ""


def _files(case: Case, inputs: PlanInputs) -> PendingCheck:
    """Whether the version files at the tagged commit hold the version."""

    def find() -> CheckOutcome:
        wrong = odd_files(inputs, Version.parse(case.contract.version))
        return drift_if(f"another one is in {', '.join(wrong)}" if wrong else "")

    return PendingCheck("files", "the version files hold the version", find)


def _of_history(case: Case, inputs: PlanInputs) -> list[Check]:
    """What the version, its base, its bump and its notes had to be."""
    contract, asks = case.contract, "its commits ask for the version"
    try:
        again = _recounted(case, inputs)
    except TagboatError as error:
        is_unknown = isinstance(error, OutsideError)
        return [
            Check("version", asks, Verdict.UNKNOWN if is_unknown else Verdict.DRIFT, str(error))
        ]
    before, bump = "it counts from the release before", "its commits ask for the bump"
    return [
        Check("version", asks, *_version(again, contract)),
        Check("previous", before, *differs(contract.previous, again.previous)),
        Check("bump", bump, *differs(contract.bump, again.bump)),
        Check("notes", "its notes are what its commits say", *_notes(contract.notes, again.notes)),
    ]


def _recounted(case: Case, inputs: PlanInputs) -> Recomputation:
    """Compute the release again where it was planned."""
    context, contract = case.context, case.contract
    tags = context.remote_state.refs.tags.values()
    planned = _planned_with(case)
    seen = past_state(context.history, tags, planned, contract.source, contract)
    override, name, names = VersionOverride.parse(contract.asked), case.tag.name, planned.values()
    if contract.source == case.tag.commit:
        return recompute(inputs, name, override, seen, tuple(names))
    with context.checked_out(contract.source) as there:
        return recompute(there.of(contract.package), name, override, seen, tuple(names))


def _planned_with(case: Case) -> dict[str, str]:
    """The tags of the releases of the same plan, with their packages; its own is one of them."""
    state, own = case.context.remote_state, {case.tag.name: case.contract.package}
    beside = [tag for tag in state.refs.tags.values() if tag.commit == case.tag.commit]
    told = [(tag.name, state.contract(tag)) for tag in beside]
    plan = case.contract.plan
    return own | {name: one.package for name, one in told if one and one.plan == plan}


def _version(again: Recomputation, contract: Contract) -> CheckOutcome:
    """Compare versions, and say where the right one comes from."""
    if again.version == contract.version:
        asked = f", {contract.asked} was asked for" if contract.asked else ""
        return Verdict.OK, f"{again.reason}{asked}"
    if not again.version:
        return Verdict.DRIFT, f"nothing was to be released: {again.reason}"
    return differs(contract.version, f"{again.version}, {again.reason}")


def _notes(found: str, wanted: str) -> CheckOutcome:
    """Compare notes byte for byte, and name the first line that differs."""
    if found == wanted:
        return Verdict.OK, ""
    pairs = zip_longest(found.split("\n"), wanted.split("\n"), fillvalue="")
    number, (line, other) = next((n, p) for n, p in enumerate(pairs, 1) if p[0] != p[1])
    return Verdict.DRIFT, f"line {number} is {line!r}, and it should be {other!r}"


def checks(tagged: PublishedRelease, targets: PublishTargets) -> list[PendingCheck]:
    """What is looked at beside the steps when a release is verified."""
    here = f"{tagged.name} in this clone is that of the remote"
    looks = [PendingCheck("local", here, partial(_in_clone, tagged, targets.clone))]
    forge = targets.forge_target
    if forge is not None:
        what = f"the files on {forge.name} are those that the tag promises, byte for byte"
        looks.append(
            PendingCheck("digests", what, partial(_whole, ForgeReleaseView(tagged, forge)))
        )
    if targets.published_images is not None:
        looks += image_looks(ReleasedImages(tagged, targets.published_images))
    return looks


def _whole(shown: ForgeReleaseView) -> CheckOutcome:
    """Whether every file of a release on a forge has the bytes that were promised."""
    spoilt = shown.spoilt()
    return drift_if(f"not so: {', '.join(spoilt)}" if spoilt else "")


def _in_clone(tagged: PublishedRelease, clone: UserClone) -> CheckOutcome:
    """The tag of the user's clone is the remote's, if it has one."""
    tag, _ = tagged.promised()
    here = clone.tag(tag.name)
    if not here:
        return Verdict.NOTE, "this clone does not have it"
    return drift_if("" if here == tag.object else f"it is {here}, the remote has {tag.object}")


def image_looks(released_images: ReleasedImages) -> list[PendingCheck]:
    """One look at each image in each registry, and one at its signature if it is to be signed."""
    looks = []
    wanted = [(one.repository, released_images.expected(one)) for one in released_images.landings()]
    inspections = cache(partial(_inspections, released_images, wanted))
    for placement in released_images.landings():
        name = f"{placement.image.name} in {placement.repository}"
        what = f"{name} is whole, and what was promised"
        looks.append(
            PendingCheck("image", what, partial(_intact, released_images, placement, inspections))
        )
        if placement.image.sign:
            signed = partial(_signed, released_images, placement)
            looks.append(PendingCheck("image-signature", f"{name} is signed", signed))
    return looks


def begin_image_looks(released_images: ReleasedImages) -> None:
    """Let registries be asked for what the images promise, while git is asked for the rest."""
    images, placements = released_images.published_images, released_images.landings()
    asked = [
        InspectionRequest(one.repository, one.digest, depth=Depth.LAYERS) for one in placements
    ]
    with suppress(TagboatError):  # the step whose tags these are says what is wrong
        asked += [
            InspectionRequest(one.repository, tag, depth=Depth.DIGEST)
            for one in placements
            for tags in [images.tags(one.image, released_images.version)]
            for tag in (*tags.once, *tags.moving)
        ]
        asked += [signature_look(one) for one in placements if one.image.sign]
    images.registry.begin(asked)


def _inspections(
    released_images: ReleasedImages, wanted: Sequence[tuple[Repository, ExpectedContent]]
) -> Inspections:
    """What all repositories have of what was promised; they are asked at the same time."""
    seen = released_images.published_images.are_whole(wanted)
    return {(place, one.digest): found for (place, one), found in zip(wanted, seen, strict=True)}


def _intact(
    released_images: ReleasedImages,
    placement: ImagePlacement,
    inspections: Callable[[], Inspections],
) -> CheckOutcome:
    """Everything that the digest leads to is there, for every platform, and says what it is."""
    seen = inspections()[placement.repository, placement.digest]
    if not seen.is_seen:
        raise error(seen)
    if seen.graph is None or seen.graph.gaps:
        mended = mending(released_images, placement, inspections())
        return drift_if(_missing(seen) and f"{_missing(seen)}; {mended}")
    faults = content_faults(seen.graph, released_images.expected(placement))
    faults += tuple(_record_faults(released_images, placement))
    return drift_if("; ".join(faults), placement.digest)


def _missing(seen: Inspection) -> str:
    """What is missing of an image; empty where nothing is that a look can tell."""
    if seen.condition is TagStatus.PUBLISHED:
        return ""
    return seen.detail or seen.condition.value


def _record_faults(released_images: ReleasedImages, placement: ImagePlacement) -> Iterator[str]:
    """Where the record tells of another digest in that repository."""
    record = released_images.tagged.record()
    image = None if record is None else record.images.get(placement.image.name)
    known = "" if image is None else image.repositories.get(str(placement.repository), "")
    if known and known != placement.digest:
        yield f"the record tells of {known}"


def _signed(released_images: ReleasedImages, placement: ImagePlacement) -> CheckOutcome:
    """Its signature is there, and is by whom it should be."""
    signer = released_images.published_images.signer(placement.image)
    signature_status = (
        SignatureStatus.SIGNED
        if signer is None
        else signer.verify(placement.repository, placement.digest)
    )
    if signature_status is SignatureStatus.SIGNED:
        return Verdict.OK, ""
    return Verdict.DRIFT, unsigned(released_images, placement, signature_status)
