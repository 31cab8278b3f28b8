"""What a configuration means: its tables as the values that the core works with."""

from itertools import chain

from tagboat.core.bump.assess import Ignore, Policy, Rewrite
from tagboat.core.bump.bump import Bump, BumpRules, ZeroRules
from tagboat.core.changelog.changelog import ChangelogOptions, Heading
from tagboat.core.changelog.markup import Tickets
from tagboat.core.changes.squash import SquashMode
from tagboat.core.config.command_table import CommandTable
from tagboat.core.config.shape import Config
from tagboat.core.config.tables import AssetTable, PackageTable, ReferenceTable
from tagboat.core.forge.detect import ForgeSettings
from tagboat.core.forge.options import COMMENT, AssetRule, ForgeRules
from tagboat.core.images.tags import TagRule, tag_rules
from tagboat.core.next_version.package import Package
from tagboat.core.plan.command import Command, Point
from tagboat.core.version.channel import DEFAULT_RULES, ChannelRule
from tagboat.core.version.version import Version

_NAMED_TAG = "{name}-v{version}"


def policy(config: Config) -> Policy:
    """How commits are read. A convention of others is loaded and put in by who runs it."""
    default = Policy()
    types = {name: _bump(level) for name, level in config.bump.items()}
    zero = ZeroRules(_bump(config.zero.breaking), _bump(config.zero.feature))
    ignore = config.ignore
    return Policy(
        rules=BumpRules(default.rules.types | types, zero),
        squash=SquashMode(config.squash),
        ignore=Ignore(ignore.ids, ignore.authors, ignore.patterns),
        rewrite=tuple(Rewrite(rule.pattern, rule.text) for rule in config.rewrite),
    )


def channel_rules(config: Config) -> tuple[ChannelRule, ...]:
    """Which branches are which channel; the default rules where none are given."""
    rules = tuple(ChannelRule(table.branch, table.prerelease) for table in config.channels)
    return rules or DEFAULT_RULES


def changelog_options(config: Config) -> ChangelogOptions:
    """How releases are written down."""
    default = ChangelogOptions()
    table = config.changelog
    named = {name for section in table.sections for name in section.types}
    hidden = tuple(name for name in default.hidden if name not in named)
    return ChangelogOptions(
        sections=tuple(Heading(one.title, one.types) for one in table.sections) or default.sections,
        hidden=hidden if table.hide is None else table.hide,
        unconventional=table.unconventional,
        prereleases=table.prereleases,
        locale=table.locale,
        tickets=tuple(_tickets(reference) for reference in config.references),
    )


def forge_settings(config: Config) -> ForgeSettings:
    """Where the repository is hosted, as far as the configuration says."""
    table = config.forge
    kind = "gitea" if table.kind == "forgejo" else table.kind or ""
    return ForgeSettings(kind, table.url or "", table.api or "")


def forge_rules(config: Config) -> ForgeRules | None:
    """How releases are shown on a forge; None where none are wanted."""
    table = config.forge
    if not table.release or table.kind == "none":
        return None
    usual = COMMENT if table.comment else ""
    return ForgeRules(
        title=table.title,
        assets=tuple(map(_asset_rule, table.assets)),
        is_draft=table.draft,
        comment=table.comment if isinstance(table.comment, str) else usual,
        label=table.label or "",
    )


def changelog_file(config: Config, package: str = "") -> str:
    """The file that holds the changelog of a package, relative to the top of the repository."""
    for table in config.packages:
        if table.name == package and table.changelog.file is not None:
            return table.changelog.file
    return config.changelog.file


def version_files(config: Config, package: str = "") -> tuple[str, ...]:
    """The entries of `files` of a package, or of the repository where it has no packages."""
    for table in config.packages:
        if table.name == package:
            return table.files
    return config.files


def commands(config: Config, package: str = "") -> tuple[Command, ...]:
    """The programs that a release of a package runs: those of every release, then its own."""
    own = (table.commands for table in config.packages if table.name == package)
    return tuple(map(_command, [*config.commands, *chain.from_iterable(own)]))


def packages(config: Config) -> tuple[Package, ...]:
    """The packages of the repository; where none are given, the one at its root."""
    if not config.packages:
        return (_package(config, PackageTable(name=""), config.tag),)
    return tuple(_package(config, table, tag_template(config, table)) for table in config.packages)


def tag_template(config: Config, package: PackageTable) -> str | None:
    """The tag format of a package, None to infer it from the tags that are there."""
    if package.tag is not None:
        return package.tag
    if is_root(package) or (config.tag is not None and "{name}" in config.tag):
        return config.tag
    return _NAMED_TAG


def is_root(package: PackageTable) -> bool:
    """Whether everything in the repository belongs to a package."""
    return not all(_plain(path) for path in package.paths) or not package.paths


def _package(config: Config, table: PackageTable, tag: str | None) -> Package:
    return Package(
        name=table.name,
        paths=() if is_root(table) else tuple(_plain(path) for path in table.paths),
        tag=tag,
        scheme=config.scheme,
        initial=Version.parse(table.initial or config.initial),
        policy=policy(config),
        moving=_moving(config, table.name),
    )


def _moving(config: Config, name: str) -> tuple[TagRule, ...]:
    """The rules of a package's moving git tags."""
    templates = (text.replace("{name}", name) for text in config.release.moving_tags)
    return tag_rules(templates, channel_rules(config))


def _plain(path: str) -> str:
    """A path without the parts that lead nowhere; empty for the top of the repository."""
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def _command(table: CommandTable) -> Command:
    point = Point(table.when)
    return Command(table.run, point, table.timeout, table.add, table.env, table.tokens)


def _tickets(reference: ReferenceTable) -> Tickets:
    return Tickets(reference.pattern, (reference.url or "").replace("{id}", "{}"))


def _asset_rule(entry: str | AssetTable) -> AssetRule:
    if isinstance(entry, str):
        return AssetRule(entry)
    return AssetRule(entry.path, entry.label or "", entry.content_type or "")


def _bump(name: str) -> Bump:
    return Bump[name.upper()]
