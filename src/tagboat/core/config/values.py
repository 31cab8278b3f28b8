"""The kinds of value that stand in the configuration, each with its check.

A kind is an annotated type: ``extra["check"]`` says what is wrong with one value (see `faults`),
``extra["distinct"]`` which key has to differ between the tables of an array; the rest describes the
value in the JSON Schema.
"""

from collections.abc import Callable, Iterable
from typing import Annotated, Any

from msgspec import Meta

from tagboat.core.bump.bump import Bump
from tagboat.core.config import faults


def checked(check: Callable[[Any], str], **schema: object) -> Meta:
    """Mark a type with its check, and with what a JSON Schema can say about it."""
    return Meta(extra={"check": check}, extra_json_schema=schema)


def like(pattern: str, what: str) -> Meta:
    """Mark a text that has to have the form of a regular expression."""
    return checked(faults.not_like(pattern, what), pattern=f"^(?:{pattern})$")


def one_of(names: Iterable[str]) -> Meta:
    """Mark a text that has to be one of some names."""
    known = tuple(names)
    return checked(faults.not_one_of(known), enum=list(known))


def distinct(key: str) -> Meta:
    """Mark an array of tables in which no two may have the same value under a key."""
    return Meta(extra={"distinct": key})


def at_least(number: int) -> Meta:
    """Mark an integer that may not be smaller."""

    def check(value: int) -> str:
        return "" if value >= number else f"{value} is less than {number}"

    return checked(check, minimum=number)


def about(description: str, example: object = None) -> Meta:
    """Describe a key, with an example of its value unless it holds tables that have their own."""
    return Meta(description=description, examples=None if example is None else [example])


_ONE_VERSION = r"^[^{}]*(?:\{name\}[^{}]*)*\{version\}[^{}]*(?:\{name\}[^{}]*)*$"
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::[0-9]+)?"
_NAME = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"

Text = Annotated[str, checked(faults.of_text, minLength=1)]
Regex = Annotated[str, checked(faults.of_regex, minLength=1)]
FirstVersion = Annotated[
    str, checked(faults.of_first_version, pattern=r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$")
]
ChangeType = Annotated[str, checked(faults.of_type, minLength=1)]
ForeignType = Annotated[str, checked(faults.of_foreign_type, minLength=1)]
BumpName = Annotated[str, one_of(str(bump) for bump in Bump)]
TagTemplate = Annotated[str, checked(faults.of_tag_format, pattern=_ONE_VERSION)]
BranchPattern = Annotated[str, checked(faults.of_branch, minLength=1)]
RemoteName = Annotated[str, checked(faults.of_ref, minLength=1)]
PrereleaseToken = Annotated[
    str, checked(faults.of_prerelease, pattern=r"^[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*$")
]
RepositoryPath = Annotated[str, checked(faults.of_path, minLength=1)]
PackagePath = Annotated[str, checked(faults.of_package_path, minLength=1)]
VersionFile = Annotated[str, checked(faults.of_version_file, pattern=r"^[^:]+(?::.+)?$")]
Url = Annotated[str, checked(faults.of_url, pattern=r"^https?://[^\s/?#@]+")]
ReferencePattern = Annotated[str, checked(faults.of_reference_pattern, minLength=1)]
ReferenceUrl = Annotated[str, checked(faults.of_reference_url, pattern=r"^https?://[^\s/?#@]+")]
CommitId = Annotated[
    str, like("[0-9a-f]{4,64}", "a commit id: 4 or more of the digits 0 to 9 and a to f")
]
ConventionName = Annotated[
    str,
    like(
        r"conventional|commitizen:\S+|psr:\S+",
        "'conventional', 'commitizen:NAME', 'psr:NAME' or 'psr:MODULE:CLASS'",
    ),
]
PackageName = Annotated[
    str, like(r"(?:@?\w[\w.-]*/)?\w[\w.-]*", "a package name: letters, digits, '.', '_' and '-'")
]
Identity = Annotated[
    str,
    like(
        r"""[^\s<>.,:;"'\\][^<>\r\n]* <[^\s<>]+>""",
        "a name and an address such as 'Release Bot <bot@acme.example>'",
    ),
]
ImageRepositoryName = Annotated[
    str,
    like(
        f"(?:(?=localhost/|[^/]*[.:]){_HOST}/)?{_NAME}(?:/{_NAME})*",
        "an image repository such as 'ghcr.io/acme/app': lower case, no tag, no digest",
    ),
]
Platform = Annotated[
    str,
    like("[a-z0-9]+/[a-z0-9_]+(?:/[a-z0-9.]+)?", "a platform such as 'linux/amd64'"),
]
ImageTag = Annotated[str, checked(faults.of_image_tag, minLength=1)]
ImageTagTemplates = Annotated[tuple[ImageTag, ...], checked(faults.of_image_tags, minItems=1)]
MovingTag = Annotated[str, checked(faults.of_moving_tag, minLength=1)]
CommandLine = Annotated[
    tuple[str, ...], checked(faults.of_command_line, minItems=1, items={"type": "string"})
]
Variable = Annotated[str, like(r"[A-Za-z_]\w*", "the name of an environment variable")]
BuildArgument = Annotated[str, like(r"[A-Za-z_]\w*", "the name of a build argument")]
BuildText = Annotated[str, checked(faults.of_build_text)]
CacheOption = Annotated[str, checked(faults.of_cache, minLength=1)]
ContextPlace = Annotated[str, checked(faults.of_context, minLength=1)]
RegistryHost = Annotated[str, like(_HOST, "a host such as 'registry.acme.example:5000'")]
DigestText = Annotated[str, like("sha256:[0-9a-f]{64}", "a digest: 'sha256:' and 64 hex digits")]
ImageName = Annotated[
    str,
    like(
        "(?!default$)[a-z0-9]+(?:(?:_|__|-+)[a-z0-9]+)*",
        "the name of an image: lower case letters, digits, '-' and '_', and not 'default'",
    ),
]
LabelName = Annotated[
    str,
    like(
        "[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?",
        "the name of a label or annotation, such as 'com.acme.team'",
    ),
]
SecretName = Annotated[str, like(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", "the id of a secret")]
SecretSource = Annotated[
    str,
    like(
        r"env:[A-Za-z_][A-Za-z0-9_]*|file:[^,\"\r\n]+",
        "the source of a secret: 'env:VARIABLE' or 'file:PATH'",
    ),
]
SshAgent = Annotated[
    str,
    like(
        r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:=[^\"\r\n]+)?",
        "an ssh agent or key: 'default' or 'ID=PATH'",
    ),
]
TagSuffix = Annotated[str, like("[._-][A-Za-z0-9_.-]*", "what may end a tag, such as '-alpine'")]
