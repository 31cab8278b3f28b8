"""What ``tagboat version next`` answers. Start-up: nothing here reads a command line."""

from tagboat.cli.output import answer, answer_json, note, warn_missed
from tagboat.core.errors import CHOOSE_REMOTE, NO_REMOTE, UsageError
from tagboat.core.next_version.next_version import NextVersions, VersionOverride, WhatIf
from tagboat.wiring.repository import OpenRepository, Options, names_asked, open_repository

_NOTHING_DUE = 3
_COMPUTED = VersionOverride()
_AS_IT_IS = WhatIf()


def answer_preview(
    options: Options,
    override: VersionOverride = _COMPUTED,
    what_if: WhatIf = _AS_IT_IS,
    *,
    exit_code: bool = False,
    as_json: bool = False,
) -> int:
    """Answer with the versions that a release of HEAD would have; the exit code."""
    repository = open_repository(options)
    if options.ask_remote and repository.remote.name() is None:
        raise UsageError(f"--remote: {NO_REMOTE}", CHOOSE_REMOTE)
    if repository.settings.is_split:
        decisions = _preview_packages(repository, options, override, what_if)
    else:
        release, notes = repository.adapters(options).next_version(override, what_if)
        decisions = NextVersions((release,), notes=notes)
    _tell_beside(decisions)
    if as_json:
        from tagboat.cli.shapes import releases_json

        answer_json(releases_json(decisions))
    else:
        _answer(decisions)
    return _NOTHING_DUE if exit_code and not decisions.due else 0


def _tell_beside(decisions: NextVersions) -> None:
    """Tell a person what is to be known beside the answer."""
    for text in decisions.notes:
        note(text)
    for release in decisions.releases:
        warn_missed(release)
    if not decisions.due:
        reasons = {release.origin for release in decisions.releases}
        several = f"none of {len(decisions.releases)} packages is due"
        note(f"nothing to release: {reasons.pop() if decisions.is_single else several}")
    if decisions.left:
        note(f"left behind, and due then: {', '.join(decisions.left)}")


def _answer(decisions: NextVersions) -> None:
    """Answer with the version of the one package that is meant, or with those that are due."""
    for release in decisions.releases:
        if decisions.is_single and release.version is not None:
            answer(str(release.version))
        elif release.due and not decisions.is_single:
            answer(f"{release.package.name} {release.version}")


def _preview_packages(
    repository: OpenRepository, options: Options, override: VersionOverride, what_if: WhatIf
) -> NextVersions:
    """Decide the next versions of all packages, or of those that ``--package`` names."""
    from tagboat.use_cases.next_version.owned_commits import begin_unmatched
    from tagboat.use_cases.next_version.package_versions import Asked

    names = names_asked(options)
    if options.tag_format and len(names or repository.settings.packages) > 1:
        raise UsageError("--tag-format is for one package", "name it with --package")
    versions = repository.versions(options)
    unmatched = begin_unmatched(repository.history, versions.among, repository.facts.head)
    if what_if.range:
        from tagboat.use_cases.inspect.check import looked_up

        what_if = looked_up(repository.history, what_if)
    decisions = versions.decide(repository.facts, Asked(names, override, what_if))
    return decisions._replace(notes=(*decisions.notes, *unmatched()))
