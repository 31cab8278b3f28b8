"""The shape of ``[tool.tagboat]`` and ``tagboat.toml``: its top, with the `tables` below it.

``meaning`` turns it into the values the core works with, ``check`` says what is wrong with a file.
`json_schema` describes it: https://json-schema.org/draft/2020-12.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import NODEFAULT, Struct, convert, field, json, structs

from tagboat.core.bump.assess import Policy
from tagboat.core.changes.squash import SquashMode
from tagboat.core.config import faults, image_tables, release_tables, tables
from tagboat.core.config.image_tables import ImageTable, RegistriesTable
from tagboat.core.config.release_tables import (
    CommandTable,
    ForgeTable,
    PackageTable,
    ReleaseTable,
)
from tagboat.core.config.tables import (
    ChangelogTable,
    ChannelTable,
    CheckTable,
    IgnoreTable,
    ReferenceTable,
    RewriteTable,
    RuleTable,
    ZeroTable,
)
from tagboat.core.config.values import (
    BumpName,
    ChangeType,
    ConventionName,
    FirstVersion,
    RemoteName,
    TagTemplate,
    VersionFile,
    about,
    checked,
    distinct,
    one_of,
)
from tagboat.core.next_version.package import Package
from tagboat.core.version.channel import DEFAULT_RULES

_POLICY = Policy()
_PACKAGE = Package()
Schema = dict[str, Any]

_TABLES = vars(tables) | vars(image_tables) | vars(release_tables)


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Configuration of tagboat: the table `[tool.tagboat]` in pyproject.toml, or tagboat.toml."""

    tag: Annotated[
        TagTemplate | None,
        about(
            "How versions are spelled as git tags: `{version}` once, `{name}` for the package's "
            "name. Without it the format is inferred from the tags that are there.",
            "v{version}",
        ),
    ] = _PACKAGE.tag
    scheme: Annotated[
        str,
        one_of(("semver", "pep440")),
        about("How versions are spelled in files and tags: `1.2.0-rc.1` or `1.2.0rc1`.", "pep440"),
    ] = _PACKAGE.scheme
    convention: Annotated[
        ConventionName,
        about(
            "How messages are read: `conventional`, a plugin of commitizen (`commitizen:NAME`) or "
            "a parser of python-semantic-release (`psr:NAME`, `psr:MODULE:CLASS`).",
            "commitizen:cz_conventional_commits",
        ),
    ] = "conventional"
    initial: Annotated[
        FirstVersion, about("The first version of a repository without version tags.", "1.0.0")
    ] = str(_PACKAGE.initial)
    bump: Annotated[
        dict[ChangeType, BumpName],
        about(
            "What each type of change bumps. Types that are not named keep their default; those "
            "without one release nothing.",
            {"perf": "minor", "docs": "patch"},
        ),
    ] = field(default_factory=lambda: {k: str(b) for k, b in _POLICY.rules.types.items()})
    rules: Annotated[
        tuple[Annotated[RuleTable, checked(faults.of_rule)], ...],
        about("What some changes ask for, other than their type says, and where they are written."),
    ] = ()
    zero: Annotated[ZeroTable, about("What changes mean while the major version is 0.")] = field(
        default_factory=ZeroTable
    )
    squash: Annotated[
        str,
        one_of(mode.value for mode in SquashMode),
        about(
            "Which parts of a squashed commit count: its `title` (or its list of headers where the "
            "title is not conventional), `all` of them (title, list, and plain lines of usual "
            "types that open a paragraph or follow one), or with `off` the title alone.",
            "all",
        ),
    ] = _POLICY.squash.value
    ignore: Annotated[IgnoreTable, about("Commits to leave out.")] = field(
        default_factory=IgnoreTable
    )
    rewrite: Annotated[
        tuple[Annotated[RewriteTable, checked(faults.of_rewrite)], ...],
        about("Corrections made to messages before they are read, in this order."),
    ] = ()
    files: Annotated[
        tuple[VersionFile, ...],
        about(
            "The files that spell the version: `PATH:KEY`, `PATH:PATTERN` with `{version}`, `PATH` "
            "where the version is all there is, or a preset such as `cargo`.",
            ["pyproject.toml:project.version", "src/app/__init__.py:__version__"],
        ),
    ] = ()
    references: Annotated[
        tuple[ReferenceTable, ...],
        about("Tickets of trackers that are not the forge's own, which messages refer to."),
    ] = ()
    remote: Annotated[
        RemoteName,
        about(
            "The git remote that counts. Without it the one the branch follows, else `origin`, "
            "else the only one there is.",
            "upstream",
        ),
    ] = ""
    channels: Annotated[
        tuple[ChannelTable, ...],
        distinct("branch"),
        about(
            "Which branches release what; the first that fits counts. Without any: "
            + ", ".join(f"`{rule.branch}`" for rule in DEFAULT_RULES if not rule.prerelease)
            + " for stable versions, "
            + ", ".join(f"`{rule.branch}`" for rule in DEFAULT_RULES if rule.prerelease)
            + " for prereleases."
        ),
    ] = ()
    changelog: Annotated[ChangelogTable, about("How the changelog is written.")] = field(
        default_factory=ChangelogTable
    )
    release: Annotated[ReleaseTable, about("How a release is made.")] = field(
        default_factory=ReleaseTable
    )
    commands: Annotated[
        tuple[CommandTable, ...], about("The programs that every release runs, in order.")
    ] = ()
    forge: Annotated[ForgeTable, about("Where the repository is hosted.")] = field(
        default_factory=ForgeTable
    )
    images: Annotated[
        tuple[ImageTable, ...],
        distinct("name"),
        about("The container images to build and publish."),
    ] = ()
    registries: Annotated[RegistriesTable, about("How registries are talked to.")] = field(
        default_factory=RegistriesTable
    )
    packages: Annotated[
        tuple[PackageTable, ...],
        distinct("name"),
        about("The packages of a repository that has several versions."),
    ] = ()
    check: Annotated[CheckTable, about("What `tagboat check` asks of a message.")] = field(
        default_factory=CheckTable
    )


def config_of(data: Mapping[str, object]) -> Config:
    """The configuration that parsed TOML holds, once `check.problems` finds nothing wrong with it.

    Raises `msgspec.ValidationError`, at the first fault, for anything else.
    """
    return convert(data, Config)


def json_schema() -> Schema:
    """The schema of ``tagboat.toml``; ``[tool.tagboat]`` in pyproject.toml is the same.

    It says of each value what a schema can. Whether a regular expression compiles, or whether two
    values go together, only loading tells.
    """
    _, components = json.schema_components([Config])
    top = components.pop(Config.__name__)
    _complete(top, Config)
    for name, schema in components.items():
        _complete(schema, _TABLES[name])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **top,
        "title": "tagboat",
        "$defs": components,
    }


def _complete(schema: Schema, table: type) -> None:
    """Fit the schema of a table to TOML, which has no null, and give all defaults.

    None and an empty text are what the core has for a key that is not there: nobody may write them.
    """
    properties = schema["properties"]
    for one in structs.fields(table):
        found = _without_null(properties[one.encode_name])
        default = one.default
        if one.default_factory is not NODEFAULT:
            default = one.default_factory()
        found.pop("default", None)
        if default not in (NODEFAULT, None, "") and "$ref" not in found:
            found["default"] = json.decode(json.encode(default))
        properties[one.encode_name] = found


def _without_null(schema: Schema) -> Schema:
    """The schema of an optional key, which is left out where it has no value."""
    if "anyOf" not in schema:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    wanted = [one for one in schema["anyOf"] if one.get("type") != "null"]
    return {**wanted[0], **rest} if len(wanted) == 1 else {"anyOf": wanted, **rest}
