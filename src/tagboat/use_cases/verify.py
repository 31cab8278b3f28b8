"""Verify: whether one release is what its history, its tag and its record say, and all there."""

from functools import partial
from itertools import zip_longest
from typing import NamedTuple

from tagboat.core.contract import Contract
from tagboat.core.drift import Check, Found, Look, Verdict, condition, differs, fault
from tagboat.core.errors import ConflictError, OutsideError, TagboatError
from tagboat.core.record import merged_records, record_of
from tagboat.core.release import Wish
from tagboat.core.version import Version
from tagboat.ports import RemoteTag
from tagboat.use_cases.announce import announcement, checks
from tagboat.use_cases.converge import examine
from tagboat.use_cases.plan import Desk
from tagboat.use_cases.recount import Recount, recount, then
from tagboat.use_cases.released import (
    Released,
    named,
    not_ours,
    odd_files,
    tagged_at,
    tagging_there,
)
from tagboat.use_cases.site import Site

_REPEATED = ("commit", *(name for name in Contract._fields if name != "notes"))
"""What a record repeats of the tag, word for word."""


class Verified(NamedTuple):
    """A release and what the checks of it found; ``condition`` is where its record says it is."""

    contract: Contract
    tag: RemoteTag
    condition: str
    checks: tuple[Check, ...]


def verify(site: Site, version: str) -> Verified:
    """Check a release down to its history. Changes nothing.

    Raises UsageError where no tag spells the version, ConflictError where the tag is gone,
    RepositoryError where it is none of tagboat's, OutsideError where the remote can't be reached.
    """
    tagging = tagging_there(site)
    release = named(site, tagging, version)
    if release.tag is not None and release.is_foreign:
        raise not_ours(release.name)
    site.world.workshop.deepen()
    tagged, desk = tagged_at(site, release)
    tag, contract = tagged.promised()
    spelled = next(found.version for found in tagging.tags if found.name == tag.name)
    case = Case(site, release, tag, contract, str(spelled))
    looks = [*_of_git(case), _files(case, desk)]
    found = [look.check() for look in looks]
    stands = condition(release.record)
    outlet = desk.outlet.for_reading()
    if stands != "abandoned":
        found += examine(announcement(tagged, outlet))
    found += [look.check() for look in checks(tagged, outlet)]
    # Last, as it takes the work tree away to the commit that was planned for.
    history = _of_history(case, desk)
    return Verified(contract, tag, stands, (*history, *found))


class Case(NamedTuple):
    """A release that is verified: where, its tag, what it promises, what the tag's name spells."""

    site: Site
    release: Released
    tag: RemoteTag
    contract: Contract
    spelled: str


def _of_git(case: Case) -> list[Look]:
    """The tag, its signature, where it stands, and the record."""
    name, branch = case.tag.name, case.contract.branch
    return [
        Look("tag", f"{name} is an annotated tag with what it promises", partial(_tag, case)),
        Look("signature", f"{name} is signed", partial(_signature, case)),
        Look("branch", f"{branch} on the remote has its commit", partial(_branch, case)),
        Look("commit", "its commit holds the one it was planned for", partial(_commit, case)),
        Look("promise", "the record says what the tag says", partial(_promise, case)),
    ]


def _tag(case: Case) -> Found:
    """The tag's kind and name."""
    if case.release.contract is None:
        return Verdict.NOTE, "it was made by hand: its record tells what is promised"
    version = case.contract.version
    return fault("" if version == case.spelled else f"it says version {version}", case.tag.object)


def _signature(case: Case) -> Found:
    """What git says about the signature."""
    is_signed, is_good, said = case.site.world.workshop.signature(case.tag)
    if not is_signed:
        return Verdict.NOTE, "unsigned"
    if is_good is None:
        return Verdict.UNKNOWN, said
    return (Verdict.OK if is_good else Verdict.DRIFT), said


def _branch(case: Case) -> Found:
    """Whether the branch that was released has the tag's commit."""
    branch, workshop = case.contract.branch, case.site.world.workshop
    tip = case.site.world.refs.tip
    if branch != case.site.course.branch:
        tip = workshop.branches(lambda name: name == branch).get(branch)
    if tip is None:
        return Verdict.NOTE, "the branch is not there any more"
    held = workshop.reaches(tip, case.tag.commit)
    return fault("" if held else f"{case.tag.commit} is not in it", case.tag.commit)


def _commit(case: Case) -> Found:
    source = case.contract.source
    held = case.site.world.workshop.reaches(case.tag.commit, source)
    return fault("" if held else f"{source} is not in it", source)


def _promise(case: Case) -> Found:
    """Compare the record with what the tag promises."""
    record = case.release.record
    if record is None:
        return Verdict.DRIFT, "there is no record"
    if case.release.contract is None:
        wrong = "" if record.commit == case.tag.commit else f"it tells of {record.commit}"
        return fault(wrong)
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


def _files(case: Case, desk: Desk) -> Look:
    """Whether the version files at the tagged commit hold the version."""

    def find() -> Found:
        wrong = odd_files(desk, Version.parse(case.contract.version))
        return fault(f"another one is in {', '.join(wrong)}" if wrong else "")

    return Look("files", "the version files hold the version", find)


def _of_history(case: Case, desk: Desk) -> list[Check]:
    """What the version, its base, its bump and its notes had to be."""
    contract, asks = case.contract, "its commits ask for the version"
    try:
        again = _recounted(case, desk)
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


def _recounted(case: Case, desk: Desk) -> Recount:
    """Compute the release again where it was planned."""
    site, contract = case.site, case.contract
    tags = site.world.refs.tags.values()
    seen = then(site.history, tags, case.tag.name, contract.source, contract)
    wish = Wish.parse(contract.asked)
    there = desk if contract.source == case.tag.commit else site.desk(contract.source)
    return recount(there, case.tag.name, wish, seen)


def _version(again: Recount, contract: Contract) -> Found:
    """Compare versions, and say where the right one comes from."""
    if again.version == contract.version:
        asked = f", {contract.asked} was asked for" if contract.asked else ""
        return Verdict.OK, f"{again.reason}{asked}"
    if not again.version:
        return Verdict.DRIFT, f"nothing was to be released: {again.reason}"
    return differs(contract.version, f"{again.version}, {again.reason}")


def _notes(found: str, wanted: str) -> Found:
    """Compare notes byte for byte, and name the first line that differs."""
    if found == wanted:
        return Verdict.OK, ""
    pairs = zip_longest(found.split("\n"), wanted.split("\n"), fillvalue="")
    number, (line, other) = next((n, p) for n, p in enumerate(pairs, 1) if p[0] != p[1])
    return Verdict.DRIFT, f"line {number} is {line!r}, and it should be {other!r}"
