"""What ``tagboat version next`` answers. Start-up: nothing here reads a command line."""

from tagboat.cli.output import answer, answer_json, note, warn_missed
from tagboat.core.errors import UsageError
from tagboat.core.next_version.next_version import VersionOverride
from tagboat.use_cases.next_version.next_version import preview
from tagboat.wiring.repository import Options, repository_adapters

_NOTHING_DUE = 3
_COMPUTED = VersionOverride()


def answer_preview(
    options: Options,
    override: VersionOverride = _COMPUTED,
    title: str = "",
    *,
    exit_code: bool = False,
    as_json: bool = False,
) -> int:
    """Answer with the version that a release of HEAD would have; the exit code."""
    adapters = repository_adapters(options)
    if options.ask_remote and adapters.remote.name() is None:
        raise UsageError("--remote: this repository has no remote", "add one with `git remote add`")
    release, notes = preview(adapters.finder(), adapters.facts, override, title)
    for text in notes:
        note(text)
    warn_missed(release)
    if not release.due:
        note(f"nothing to release: {release.origin}")
    if as_json:
        from tagboat.cli.shapes import release_json

        answer_json(release_json(release))
    elif release.version is not None:
        answer(str(release.version))
    return _NOTHING_DUE if exit_code and not release.due else 0
