"""The steps about the files of a release: found before the push, uploaded, kept at the end."""

from collections.abc import Iterable, Sequence
from itertools import chain, starmap
from typing import TYPE_CHECKING

from tagboat.core.errors import UsageError
from tagboat.core.forge.release import NOTES_FILE, RECORD_FILE, Asset, measure
from tagboat.core.plan.command import Point
from tagboat.core.plan.plan import PlannedRelease
from tagboat.core.record.record import plan_part, record_of
from tagboat.core.step import Finding, State
from tagboat.ports.forge import Artefacts
from tagboat.use_cases.steps.forge_release import (
    PUBLIC,
    ForgeReleaseView,
    early_finding,
    release_values,
)
from tagboat.use_cases.steps.published import PublishedRelease
from tagboat.use_cases.steps.publishing import ForgeTarget

if TYPE_CHECKING:
    from tagboat.use_cases.steps.pending import PendingRelease


class CollectAssets:
    """The files of the release are known, and kept aside, before anything is public."""

    name = "files"
    is_courtesy = False

    def __init__(self, pending: "PendingRelease", forge_target: ForgeTarget) -> None:
        self._pending = pending
        self._forge_target = forge_target
        self._paths = _patterns(pending.planned, forge_target)

    def describe(self) -> str:
        """Which files are looked for."""
        return f"the files of the release: {', '.join(self._paths)}"

    def probe(self) -> Finding:
        """Done once they are known here, or named by the public tag."""
        is_done = self._pending.assets is not None or self._pending.is_public()
        return Finding(State.DONE if is_done else State.ABSENT)

    def apply(self) -> None:
        """Find them. Raises UsageError for one that the forge would not take."""
        self._pending.assets = collected(self._forge_target, self._paths)


def collected(forge_target: ForgeTarget, paths: Sequence[str]) -> tuple[Asset, ...]:
    """The files that patterns name. Raises UsageError for one that the forge would not take."""
    found = forge_target.files.collect(paths)
    _refuse_files(forge_target, found)
    return found


def refuse_present(release: PlannedRelease, forge_target: ForgeTarget) -> None:
    """Raise UsageError where the forge takes no such files as a release would get now.

    Those that commands of the release may make are not known before they are run.
    """
    runs = forge_target.tree.release_commands
    if not runs.at(Point.COMMIT) and not runs.at(Point.PUBLISH):
        paths = _patterns(release, forge_target)
        _refuse_files(forge_target, forge_target.files.present(paths) if paths else ())


def _patterns(release: PlannedRelease, forge_target: ForgeTarget) -> list[str]:
    """The patterns of the files that a release gets."""
    rules = forge_target.rules.about(release_values(release.tag, release))
    return [rule.path for rule in rules.assets]


def _refuse_files(forge_target: ForgeTarget, found: Sequence[Asset]) -> None:
    """Raise UsageError for a file that the forge would not take."""
    if any(asset.name == RECORD_FILE for asset in found):
        hint = "name it otherwise"
        raise UsageError(f"{RECORD_FILE} is an asset of every release already", hint)
    refused = forge_target.open().refuses(found) if found else ""
    if refused:
        raise UsageError(refused)


class UploadAssets:
    """The release has its files, whole."""

    name = "assets"
    is_courtesy = False

    def __init__(self, shown: ForgeReleaseView) -> None:
        self._shown = shown

    def describe(self) -> str:
        """What is uploaded where."""
        contract = self._shown.tagged.contract
        known = [asset.name for asset in contract.assets] if contract is not None else []
        paths = known or [rule.path for rule in self._shown.forge_target.rules.assets]
        return f"{', '.join([*paths, RECORD_FILE])} on {self._shown.forge_target.name}"

    def probe(self) -> Finding:
        """Done where each is there; a conflict where a public release lacks one."""
        early = early_finding(self._shown)
        if early is not None:
            return early
        lacking = self._shown.lacking()
        said = "; ".join(f"{asset.name}: {fault}" for asset, fault in lacking.items())
        if not lacking:
            return Finding(State.DONE)
        if self._shown.state().condition in PUBLIC:
            return Finding(State.CONFLICT, f"the release is public, and {said}")
        return Finding(State.ABSENT, said)

    def apply(self) -> None:
        """Upload what is missing, and replace what is broken."""
        self._shown.upload()


class KeepArtefacts:
    """What the release is made of is kept for whoever comes after the run.

    It comes before the end of the record: a run that could not keep it is one to finish.
    """

    name = "artefacts"
    is_courtesy = False

    def __init__(
        self, tagged: PublishedRelease, artefacts: Artefacts, shown: ForgeReleaseView | None
    ) -> None:
        self._tagged = tagged
        self._artefacts = artefacts
        self._shown = shown
        self._is_kept = False

    def describe(self) -> str:
        """What is kept where."""
        return f"the notes and files of {self._tagged.name} in {self._artefacts.name}"

    def probe(self) -> Finding:
        """Done once this run has done it."""
        return Finding(State.DONE if self._is_kept else State.ABSENT)

    def apply(self) -> None:
        """Keep the notes, the part of the record that is written once, and the files.

        Raises ConflictError where the tag is gone, and what the ports raise.
        """
        tag, contract = self._tagged.promised()
        texts = {
            NOTES_FILE: contract.notes,
            RECORD_FILE: plan_part(record_of(contract, tag.name, tag.commit)),
        }
        files = self._shown.contents() if self._shown is not None else ()
        self._artefacts.keep(contract.package, chain(starmap(_text_file, texts.items()), files))
        self._is_kept = True


def _text_file(name: str, text: str) -> tuple[Asset, Iterable[bytes]]:
    """A file that holds a text."""
    data = text.encode("utf-8", "surrogateescape")
    return Asset(name, *measure([data])), [data]
