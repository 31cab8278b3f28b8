"""What ``tagboat version next`` answers in a repository of several packages."""

from tagboat.core.errors import UsageError
from tagboat.core.next_version.next_version import NextVersions, VersionOverride, WhatIf
from tagboat.use_cases.next_version.package_versions import Asked
from tagboat.wiring.repository import OpenRepository, Options


def preview_packages(
    repository: OpenRepository, options: Options, override: VersionOverride, what_if: WhatIf
) -> NextVersions:
    """Decide the next versions of all packages, or of those that ``--package`` names."""
    names = tuple(filter(None, options.package.split(",")))
    is_single = len(names or repository.settings.packages) == 1
    if str(override) and not is_single:
        raise UsageError(f"{override} is for one package", "name it with --package")
    if options.tag_format and not is_single:
        raise UsageError("--tag-format is for one package", "name it with --package")
    versions = repository.versions(options)
    return versions.decide(repository.facts, Asked(names, override, what_if))
