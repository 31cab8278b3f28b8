"""What a configuration means: its tables as the values that the core works with.

A key that has the name of a field of the core's value is that field. What else there is to do to a
table stands here.
"""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from itertools import starmap
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from tagboat.core.bump.assess import Ignore, Policy, Rewrite
from tagboat.core.bump.bump import Bump, BumpRules, ChangeRule, ZeroRules
from tagboat.core.changelog.options import ChangelogOptions, Heading, Tickets
from tagboat.core.changes.squash import SquashMode
from tagboat.core.config.image_tables import ImageTable
from tagboat.core.config.release_tables import AssetTable, CommandTable, PackageTable
from tagboat.core.config.shape import Config
from tagboat.core.config.tables import ReferenceTable, RuleTable
from tagboat.core.forge.kinds import kind_of
from tagboat.core.forge.release import COMMENT, AssetRule, ForgeRules
from tagboat.core.images.image import Image
from tagboat.core.images.tags import tag_rules
from tagboat.core.next_version.package import ChangelogFile, Package
from tagboat.core.packages import MANIFESTS
from tagboat.core.plan.command import Command, Point, ReleaseRules
from tagboat.core.settings import Settings
from tagboat.core.version.channel import DEFAULT_RULES, ChannelRule
from tagboat.core.version.version import Version

if TYPE_CHECKING:
    from tagboat.core.forge.detect import ForgeSettings
    from tagboat.core.lint.header_rules import LintRules
    from tagboat.core.version_files.ranges import VersionRange

_NAMED_TAG = "{name}-v{version}"
_FACTS = ("title", "description", "url", "source", "documentation", "licenses", "vendor")
_PAIRS = ("contexts", "build_args", "secrets", "labels", "annotations")

T = TypeVar("T")
Required = Mapping[str, Mapping[str, "tuple[VersionRange, ...]"]]
"""What the manifests of packages allow of others: by package, then by the other."""


class ConfiguredSettings(Settings):
    """What a configuration says."""

    __slots__ = ("_config", "_packages", "_required", "_written")

    def __init__(
        self, config: Config, written: Config | None = None, required: Required | None = None
    ) -> None:
        """``written`` is what the file says, where that declares many packages at once.

        ``required`` is what manifests allow of other packages, by the package whose they are.
        """
        self._config = config
        self._written = written or config
        self._packages: tuple[Package, ...] = ()
        self._required = required or {}

    @property
    def is_configured(self) -> bool:
        """That there is a configuration."""
        return True

    @property
    def remote(self) -> str:
        """The git remote that counts; empty: the usual one."""
        return self._config.remote

    @property
    def convention(self) -> str:
        """The name of the convention that messages follow."""
        return self._config.convention

    @property
    def packages(self) -> tuple[Package, ...]:
        """The packages of the repository; where none are given, the one at its root."""
        config = self._config
        if not self._packages:
            only = PackageTable(name="", files=config.files)
            tables = [(table, tag_template(config, table)) for table in config.packages]
            images: dict[str, list[Image]] = {}
            for image in config.images:
                images.setdefault(_owner(config, image), []).append(_image(image))
            shared = {"scheme": config.scheme, "policy": _policy(config, self.changelog.hidden)}
            found = [
                self._package(*one, {**shared, "images": tuple(images.get(one[0].name, ()))})
                for one in tables or [(only, config.tag)]
            ]
            given = tuple(one for one in found if one.tag is not None)
            self._packages = tuple(
                one._replace(others=given) if one.tag is None else one for one in found
            )
        return self._packages

    @property
    def is_split(self) -> bool:
        """Whether there are several packages, or one that does not have all of the repository."""
        packages = self._config.packages
        return len(packages) > 1 or any(not is_root(one) or one.exclude for one in packages)

    def _package(
        self, table: PackageTable, tag: str | None, shared: Mapping[str, object]
    ) -> Package:
        """What a table means; ``shared`` is what other tables say of the package."""
        config = self._config
        reads = table.needs == MANIFESTS
        channels = channel_rules(config, table)
        moving = (text.replace("{name}", table.name) for text in config.release.moving_tags)
        return _value(
            Package,
            table,
            paths=() if is_root(table) else tuple(map(plain_path, table.paths)),
            exclude=tuple(map(plain_path, table.exclude)),
            was=(table.was,) if isinstance(table.was, str) else table.was,
            was_paths=tuple(map(plain_path, table.was_paths)),
            needs=tuple(self._required.get(table.name, ()) if reads else table.needs),
            requires=self._required.get(table.name) if reads else None,
            tag=tag,
            initial=Version.parse(table.initial or config.initial),
            moving=tag_rules(moving, channels),
            channels=channels,
            ignored_tags=config.ignore.tags,
            changelog=_changelog_file(config, table),
            commands=tuple(map(_command, (*config.commands, *table.commands))),
            **shared,
        )

    @property
    def insecure_registries(self) -> tuple[str, ...]:
        """The registries without TLS, or with a certificate that nobody vouches for."""
        return self._config.registries.insecure

    @property
    def changelog(self) -> ChangelogOptions:
        """How releases are written down."""
        table = self._config.changelog
        default = ChangelogOptions()
        named = {name for section in table.sections for name in section.types}
        hidden = tuple(name for name in default.hidden if name not in named)
        sections = tuple(_value(Heading, section) for section in table.sections)
        sections = sections or default.sections
        titles = {heading.title for heading in sections}
        ruled = dict.fromkeys(rule.section for rule in self._config.rules if rule.section)
        return _value(
            ChangelogOptions,
            table,
            sections=(*sections, *(Heading(name, ()) for name in ruled if name not in titles)),
            hidden=hidden if table.hide is None else table.hide,
            tickets=tuple(map(_tickets, self._config.references)),
        )

    @property
    def release(self) -> ReleaseRules:
        """How a release is made."""
        return _value(ReleaseRules, self._config.release)

    @property
    def forge(self) -> "ForgeSettings":
        """Where the repository is hosted, as far as the configuration says."""
        from tagboat.core.forge.detect import ForgeSettings

        table = self._config.forge
        return _value(ForgeSettings, table, kind=kind_of(table.kind or ""))

    @property
    def forge_rules(self) -> ForgeRules | None:
        """How releases are shown on a forge; None where none are wanted."""
        table = self._config.forge
        if not table.release or table.kind == "none":
            return None
        usual = COMMENT if table.comment else ""
        return _value(
            ForgeRules,
            table,
            assets=tuple(map(_asset_rule, table.assets)),
            is_draft=table.draft,
            comment=table.comment if isinstance(table.comment, str) else usual,
        )

    @property
    def lint(self) -> "LintRules":
        """What is asked of messages."""
        from tagboat.core.lint.header_rules import LintRules

        return _value(LintRules, self._config.check, allow_fixup=self._config.check.fixup)

    @property
    def digest(self) -> str:
        """The digest that plans know the configuration by."""
        from tagboat.core.plan.plan import value_digest

        return value_digest(self._written)


def tag_template(config: Config, package: PackageTable) -> str | None:
    """The tag format of a package, None to infer it from the tags that are there."""
    if package.tag is not None:
        return package.tag
    if is_root(package) or (config.tag is not None and "{name}" in config.tag):
        return config.tag
    return _NAMED_TAG


def channel_rules(config: Config, package: PackageTable) -> tuple[ChannelRule, ...]:
    """Which branches are which channel of a package: by its own list, that of all, or usage."""
    tables = package.channels or config.channels
    return tuple(_value(ChannelRule, table) for table in tables) or DEFAULT_RULES


def is_pattern(package: PackageTable) -> bool:
    """Whether a table stands for many packages, one in each folder that its path fits."""
    return any("*" in path or "?" in path for path in package.paths)


def is_root(package: PackageTable) -> bool:
    """Whether everything in the repository belongs to a package."""
    return not all(plain_path(path) for path in package.paths) or not package.paths


def image_name(table: ImageTable) -> str:
    """What an image is called: as given, or after its first repository."""
    if table.name is not None:
        return table.name
    last = table.repositories[0].rpartition("/")[2] if table.repositories else "image"
    return (last + table.suffix).lower().replace(".", "-")


def _value(kind: Callable[..., T], table: Struct, /, **others: object) -> T:
    """A value with what a table has under the names of its fields, and with other fields.

    A key that is not given, and has no default, leaves the default of the field.
    """
    shared = {name: getattr(table, name) for name in _in_both(kind, type(table))}
    return kind(**{name: value for name, value in shared.items() if value is not None} | others)


@cache
def _in_both(kind: Callable[..., object], table: type[Struct]) -> tuple[str, ...]:
    """The names that fields of a value and keys of a table share."""
    return tuple(name for name in table.__struct_fields__ if name in kind.__annotations__)


def _policy(config: Config, hidden: tuple[str, ...]) -> Policy:
    """How commits are read. A convention of others is loaded and put in by who runs it."""
    types = {name: _bump(level) for name, level in config.bump.items()}
    zero = ZeroRules(_bump(config.zero.breaking), _bump(config.zero.feature))
    return Policy(
        rules=BumpRules(
            Policy().rules.types | types, zero, tuple(starmap(_rule, enumerate(config.rules, 1)))
        ),
        squash=SquashMode(config.squash),
        ignore=_value(Ignore, config.ignore),
        rewrite=tuple(_value(Rewrite, rule) for rule in config.rewrite),
        hidden=hidden,
    )


def _rule(number: int, table: RuleTable) -> ChangeRule:
    """A rule; what it hides is in no section."""
    bump = None if table.bump is None else _bump(table.bump)
    section = "" if table.hidden else table.section
    return _value(ChangeRule, table, number=number, bump=bump, section=section)


def _changelog_file(config: Config, package: PackageTable) -> ChangelogFile:
    """The file that holds the changelog of a package; it is made only where it is named.

    Where none is, it is the one in the package's first folder.
    """
    file = package.changelog.file or config.changelog.file
    template = package.changelog.template or config.changelog.template or ""
    if file is not None:
        return ChangelogFile(file, config.changelog.begin, template)
    folder = "" if is_root(package) else plain_path(package.paths[0])
    usual = ChangelogFile().path
    path = f"{folder}/{usual}" if folder and "*" not in folder else usual
    return ChangelogFile(path, template=template)


def _bump(name: str) -> Bump:
    return Bump[name.upper()]


@lru_cache(maxsize=4096)  # asked for each path again and again
def plain_path(path: str) -> str:
    """A path without the parts that lead nowhere; empty for the top of the repository."""
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def _command(table: CommandTable) -> Command:
    return _value(Command, table, point=Point(table.when))


def _tickets(reference: ReferenceTable) -> Tickets:
    return Tickets(reference.pattern, (reference.url or "").replace("{id}", "{}"))


def _asset_rule(entry: str | AssetTable) -> AssetRule:
    return AssetRule(entry) if isinstance(entry, str) else _value(AssetRule, entry)


def _owner(config: Config, table: ImageTable) -> str:
    """The name of the package whose version an image has; empty in a repository without any."""
    if config.packages and table.package is not None:
        return table.package
    named = [one for one in config.packages if len(config.packages) == 1 or is_root(one)]
    return named[0].name if named else ""


def _image(table: ImageTable) -> Image:
    facts = {name: getattr(table, name) for name in _FACTS}
    facts |= {"base.name": table.base_name, "base.digest": table.base_digest}
    pairs = {name: tuple(getattr(table, name).items()) for name in _PAIRS}
    given = tuple((name, value) for name, value in facts.items() if value)
    return _value(Image, table, name=image_name(table), facts=given, **pairs)
