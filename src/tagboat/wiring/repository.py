"""Wiring: builds what the use cases need from a folder and its configuration."""

import os
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tagboat.adapters.git.history import GitHistory
from tagboat.adapters.git.remote import GitRemote
from tagboat.core.commits.commit import RepositoryInfo, WalkProgress
from tagboat.core.errors import TagboatError, UsageError
from tagboat.core.next_version.next_version import VersionOverride, WhatIf
from tagboat.core.next_version.package import Package
from tagboat.core.settings import Settings
from tagboat.use_cases.next_version.repository_state import BaseFinder, Query

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tagboat.adapters.limits import TimeBudget
    from tagboat.core.bump.assess import Convention, Policy
    from tagboat.core.changes.squash import Reading
    from tagboat.core.forge.links import Links
    from tagboat.core.next_version.next_version import NextVersion, Start
    from tagboat.core.next_version.package import PackageSet
    from tagboat.use_cases.changelog.changelog import Changelog, Style
    from tagboat.use_cases.next_version.package_versions import PackageVersions

_COMPUTED = VersionOverride()
_AS_IT_IS = WhatIf()
_budget: ContextVar["TimeBudget | None"] = ContextVar("budget", default=None)


class Options(NamedTuple):
    """What a person asks for beside the question itself; the command line's common options.

    ``settings_root`` is where a configuration is looked for instead of the repository's top;
    ``ask_remote`` asks the remote for its tags first.
    """

    directory: str = "."
    config: str = ""
    package: str = ""
    channel: str = ""
    tag_format: str = ""
    offline: bool = False
    allow_repository_code: bool = False
    settings_root: str = ""
    ask_remote: bool = False


class RepositoryAdapters(NamedTuple):
    """The adapters and settings for one repository and package.

    ``facts`` is the first look at the repository.
    """

    history: GitHistory
    remote: GitRemote
    facts: RepositoryInfo
    package: Package
    place: Query
    settings: Settings

    def finder(self) -> BaseFinder:
        """What looks at the repository for the package."""
        return BaseFinder(self.history, self.remote, self.package, self.place, self._declared)

    def next_version(
        self, override: VersionOverride = _COMPUTED, what_if: WhatIf = _AS_IT_IS
    ) -> "tuple[NextVersion, tuple[str, ...]]":
        """The next version of the package in a release of all that is due; notes.

        Raises as `preview` does.
        """
        among, name = self.package.among, self.package.name
        if among is None:
            from tagboat.use_cases.next_version.next_version import preview

            return preview(self.finder(), self.facts, override, what_if.title)
        from tagboat.use_cases.next_version.package_versions import Asked

        asked = Asked((name,), override, what_if, beside=True)
        decisions = _versions_of(self, among).decide(self.facts, asked)
        return decisions.of(name), decisions.notes

    def _declared(self, head: str) -> "Start | None":
        """What the version files of the package say at a commit."""
        return _declared_by(self.history, [self.package], head)[0]


class OpenRepository(NamedTuple):
    """The adapters and settings for one repository, whichever of its packages is meant."""

    history: GitHistory
    remote: GitRemote
    facts: RepositoryInfo
    place: Query
    settings: Settings

    def adapters(self, options: Options) -> RepositoryAdapters:
        """The same for the package that is meant. Raises UsageError where it is not clear which."""
        return self.of(package_of(self.settings, self.history.root, options))

    def of(self, package: Package) -> RepositoryAdapters:
        """The same for one of its packages."""
        return RepositoryAdapters(
            self.history, self.remote, self.facts, package, self.place, self.settings
        )

    def versions(self, options: Options) -> "PackageVersions":
        """What decides the versions of all packages."""
        return _versions_of(self, package_set(self.settings, self.history.root, options))


def _versions_of(
    place: "RepositoryAdapters | OpenRepository", among: "PackageSet"
) -> "PackageVersions":
    from tagboat.use_cases.next_version.package_versions import PackageVersions

    declare = partial(_declared_by, place.history)
    return PackageVersions(place.history, place.remote, among, place.place, declare)


def _declared_by(
    history: GitHistory, packages: "Sequence[Package]", head: str
) -> "list[Start | None]":
    """What the version files of a commit say, where the configuration names any."""
    if not any(one.files for one in packages):
        return [None] * len(packages)
    from tagboat.use_cases.next_version.next_version import declared_starts

    with history.committed_files() as past:
        return declared_starts(past, [one.files for one in packages], head)


def repository_adapters(options: Options) -> RepositoryAdapters:
    """Open the repository that holds a folder, for one package.

    Raises as `open_repository`, and UsageError where it is not clear which package is meant.
    """
    return open_repository(options).adapters(options)


def open_repository(options: Options, known: RepositoryInfo | None = None) -> OpenRepository:
    """Open the repository that holds a folder, and read its configuration if there is any.

    Where what it says is ``known``, the folder is the top of one with a work tree.

    Raises UsageError where there is none or its configuration is wrong, OutsideError where git
    can't read it.
    """
    history = GitHistory(options.directory, may_fetch=not options.offline)
    if known is not None:
        history.root, history.folder = options.directory, f"{options.directory}/.git"
    facts = known or history.facts()
    settings = settings_of(history.root, options)
    branch = options.channel or facts.branch
    place = Query(
        options.channel,
        "" if branch else _ci_branch(),
        options.offline,
        ask_remote=options.ask_remote,
    )
    remote = GitRemote(options.directory, settings.remote)
    return OpenRepository(history, remote, facts, place, settings)


def _ci_branch() -> str:
    from tagboat.adapters.ci import branch

    return branch()


def channel_branches(options: Options) -> tuple[str, ...]:
    """The branches of a repository and of its remotes that are channels."""
    from tagboat.adapters.git.user_clone import GitUserClone
    from tagboat.core.version.channel import channel_of

    opened = open_repository(options)
    rules = opened.settings.channels
    names = GitUserClone(options.directory, opened.remote.name() or "").branches()
    return tuple(name for name in names if not channel_of(name, rules).assumed)


def top_of(options: Options) -> str:
    """The top of the work tree that holds a folder; the folder itself where none does."""
    history = GitHistory(options.directory, may_fetch=False)
    try:
        return history.locate() or options.directory
    except TagboatError:
        return options.directory


def configured_packages(options: Options) -> tuple[str, ...]:
    """The names of a repository's packages, in the order of its configuration."""
    settings = settings_of(top_of(options), options)
    return tuple(package.name for package in settings.packages if package.name)


def settings_of(root: str | None, options: Options) -> Settings:
    """What the configuration says that is given, or that is at the top of the work tree."""
    if not options.config and root is None:
        return Settings()
    from tagboat.adapters.config_file import load_config

    return load_config(options.settings_root or root or ".", options.config or None)


def package_of(settings: Settings, root: str | None, options: Options) -> Package:
    """The package to answer for, with the convention its commits follow. Raises UsageError."""
    if options.package and not settings.is_configured:
        raise UsageError("--package needs a configuration with [[packages]]")
    package = _chosen(settings.packages, options.package)
    among = package_set(settings, root, options) if settings.is_split else None
    package = package._replace(policy=_policy_of(package, settings, root, options), among=among)
    return package._replace(tag=options.tag_format) if options.tag_format else package


def packages_of(settings: Settings, root: str | None, options: Options) -> tuple[Package, ...]:
    """All packages, or those that are asked for, each as `package_of` gives it."""
    asked = names_asked(options) or tuple(one.name for one in settings.packages)
    known = {one.name for one in settings.packages}
    unknown = [name for name in asked if name not in known]
    if not settings.is_split or unknown:
        names = unknown[:1] or [options.package]
        return (package_of(settings, root, options._replace(package=names[0])),)
    among = package_set(settings, root, options)
    return tuple(one._replace(among=among) for one in among.packages if one.name in asked)


def names_asked(options: Options) -> tuple[str, ...]:
    """The names of the packages that are asked for; none where all are."""
    return tuple(filter(None, map(str.strip, options.package.split(","))))


def package_set(settings: Settings, root: str | None, options: Options) -> "PackageSet":
    """The packages of a repository, and what reads those of earlier configurations."""
    from tagboat.adapters.config_file import OWN, SHARED, packages_of_text
    from tagboat.core.next_version.package import PackageSet

    packages = settings.packages
    policy = _policy_of(packages[0], settings, root, options)
    files: tuple[str, ...] = (OWN, SHARED)
    if options.config:
        path = os.path.relpath(options.config, root or options.directory)
        files = () if path.startswith("..") else (path.replace(os.sep, "/"),)
    alike = tuple(package._replace(policy=policy) for package in packages)
    if options.tag_format:
        tag, name = options.tag_format, options.package or packages[0].name
        alike = tuple(one._replace(tag=tag) if one.name == name else one for one in alike)
    return PackageSet(alike, files, packages_of_text)


def _policy_of(
    package: Package, settings: Settings, root: str | None, options: Options
) -> "Policy":
    """How the commits of a package are read, with their convention and within limits."""
    policy = package.policy
    if policy.ignore.patterns or policy.rewrite or policy.rules.has_patterns:
        policy = policy._replace(within=budget().within)
    if settings.convention != "conventional":
        from tagboat.adapters.conventions import load_convention

        convention = load_convention(
            settings.convention, root or ".", allow_repository_code=options.allow_repository_code
        )
        limited = _limited_convention(convention, settings.convention)
        policy = policy._replace(convention=limited)
    return policy


def _limited_convention(convention: "Convention", name: str) -> "Convention":
    """The same convention, whose patterns may be the repository's, within limits."""

    def read(text: str, *, merge: bool = False) -> "Reading":
        with budget().within(f"the convention {name}"):
            return convention(text, merge=merge)

    return read


def _chosen(packages: tuple[Package, ...], name: str) -> Package:
    """The package of a name; without one the only package, or the one that covers everything."""
    if name:
        found = [package for package in packages if package.name == name]
    else:
        found = [package for package in packages if len(packages) == 1 or not package.paths]
    if found:
        return found[0]
    names = ", ".join(package.name for package in packages if package.name)
    if name and not names:
        raise UsageError(f"there is no package {name!r}", "add it to [[packages]]")
    if name:
        raise UsageError(f"there is no package {name!r}", f"choose one of {names}")
    raise UsageError("this repository has several packages", f"choose one with --package: {names}")


class ChangelogRequest(NamedTuple):
    """How a changelog is to be written; ``template`` and ``locale`` beat the configuration.

    ``file`` is where it goes to if not to its usual place; ``as_next`` puts what is unreleased
    under the version it would be, which ``due`` is where it is decided already; ``watch`` wraps a
    walk over all history, and ``tell`` hears of versions that have no section.
    """

    template: str = ""
    locale: str = ""
    as_next: bool = False
    watch: WalkProgress = iter
    file: str = ""
    due: "NextVersion | None" = None
    tell: "Callable[[str], None] | None" = None


def changelog_writer(
    adapters: RepositoryAdapters, ask: ChangelogRequest
) -> tuple["Changelog", tuple[str, ...]]:
    """What writes the changelog of a package, with notes for a person.

    Raises UsageError for a template or a locale that is not there.
    """
    from tagboat.adapters.clock import SystemClock
    from tagboat.use_cases.changelog.changelog import Changelog
    from tagboat.use_cases.changelog.sections import SectionOptions, Sections
    from tagboat.use_cases.next_version.next_version import upcoming

    how = style(adapters, ask)
    finder = adapters.finder()
    repository_state = finder.repository_state(adapters.facts)
    folded = how.options.prereleases == "fold"
    newcomers = how.renderer.needs_newcomers
    wanted = SectionOptions(folded, newcomers, ask.watch, how.options.logins, ask.tell)
    sections = Sections(adapters.history, adapters.package, wanted)
    among, due = adapters.package.among, ask.due
    if ask.as_next and due is None and among is not None:
        due, _ = adapters.next_version()
    elif ask.as_next and due is None:
        due = upcoming(finder, repository_state)
    release = None if due is None else (due, SystemClock().now(), "")
    return Changelog(sections, repository_state, how, release), repository_state.notes


def links_of(adapters: RepositoryAdapters) -> "Links":
    """Where what a changelog names can be seen."""
    from tagboat.core.forge.links import Links

    forge = adapters.settings.forge
    return Links.from_remote(forge.url or adapters.remote.url(), forge.kind)


def changelog_path(adapters: RepositoryAdapters) -> str:
    """The file that holds the package's changelog. Raises UsageError where it may hold none."""
    from tagboat.adapters.repository_files import RepositoryFiles

    if adapters.history.root is None:
        raise UsageError("this repository has no work tree to write in", "name a file with -o")
    return RepositoryFiles(adapters.history.root).absolute(adapters.package.changelog.path)


def template_of(adapters: RepositoryAdapters, ask: ChangelogRequest) -> str:
    """The name or the path of the template that a changelog is written with."""
    from tagboat.adapters.jinja_renderer import template_for

    template = ask.template or adapters.package.changelog.template
    return template or template_for(ask.file or adapters.package.changelog.path)


def style(adapters: RepositoryAdapters, ask: ChangelogRequest) -> "Style":
    """The renderer, what it may say and where links lead."""
    from tagboat.adapters.jinja_renderer import JinjaRenderer, is_of_repository
    from tagboat.core.changelog.options import LOCALES
    from tagboat.use_cases.changelog.changelog import Style

    options = adapters.settings.changelog
    if ask.locale:
        if ask.locale not in LOCALES:
            raise UsageError(f"there is no locale {ask.locale!r}", f"choose {' or '.join(LOCALES)}")
        options = options._replace(locale=ask.locale)
    links = links_of(adapters)
    root, patterns = adapters.history.root, options.patterns
    template = template_of(adapters, ask)
    make = partial(JinjaRenderer, options, links, template, root)
    if not (patterns or is_of_repository(template, root)):
        return Style(make(), options, links)
    from tagboat.adapters.limits import LimitedRenderer

    what = template + f" with {patterns}" * bool(patterns)
    return Style(LimitedRenderer(make, what, budget()), options, links, budget().within)


def budget() -> "TimeBudget":
    """The time that patterns and templates of this run have together."""
    from tagboat.adapters.limits import Limits, TimeBudget

    found = _budget.get()
    if found is None:
        found = TimeBudget(Limits.of(os.environ))
        _budget.set(found)
    return found
