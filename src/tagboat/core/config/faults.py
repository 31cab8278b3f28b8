"""Faults: what is wrong with one value of the configuration, as a sentence, or an empty text."""

import re
from collections.abc import Callable, Iterable

from tagboat.core.changes.change import parse
from tagboat.core.images.image import FREE_TEXT, PLACEHOLDERS
from tagboat.core.version.version import InvalidVersion, Version, quoted

ValueCheck = Callable[[str], str]

# Few configurations need all of these: left as text, each is compiled where it is needed first.
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# https://git-scm.com/docs/git-check-ref-format; a leading hyphen would read as an option.
_NO_REF = r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|(?:^|/)\.|\.lock(?:/|$)|^[-/]|[/.]$|^@?$"
_NO_PATH = r"^$|[\x00-\x1f\x7f\\]|^[/~:]|^[A-Za-z]:|(?:^|/)\.\.(?:/|$)"
_URL = r"https?://(?P<host>[^\s/?#]+)(?:[/?#]\S*)?"
# https://github.com/distribution/reference: the grammar of repository names and tags.
_ELSEWHERE = r"(?:docker-image|oci-layout|ssh|git)://\S|target:[a-z0-9]|git@\S"
_CREDENTIAL = r"(?i)(?:^|,)\w*(?:token|secret|password|access_key|account_key)\w*="
_IMAGE_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"


def nearest(word: str, names: Iterable[str]) -> str:
    """The name that a word was probably meant to be, or an empty text."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, list(names), 1)), "")


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """The question to end a message with, or an empty text."""
    name = nearest(word, names)
    return f" (did you mean {name!r}?)" if name else ""


def not_one_of(names: Iterable[str]) -> ValueCheck:
    """Check that a text is one of some names."""
    known = tuple(names)

    def check(text: str) -> str:
        if text in known:
            return ""
        return f"{quoted(text)} is not one of {', '.join(known)}{did_you_mean(text, known)}"

    return check


def not_like(pattern: str, what: str) -> ValueCheck:
    """Check that a whole text has the form of a regular expression; ``what`` says it in words."""
    # Compiled for the first text: there are many forms, and a configuration has few of them.
    return lambda text: (
        "" if re.fullmatch(pattern, text, re.ASCII) else f"{quoted(text)} is not {what}"
    )


def of_text(text: str) -> str:
    """An empty text says nothing where one is asked for."""
    return "" if text.strip() else "the text is empty"


def of_regex(text: str) -> str:
    """A regular expression has to compile, and one that is empty would match everything."""
    if not text:
        return "an empty regular expression matches everything"
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        return f"{quoted(text)} is not a regular expression: {error}"
    return ""


def of_rule(rule: dict[str, object]) -> str:
    """A rule says of which changes it is, and something of them."""
    found = []
    if not rule.keys() & {"type", "scope", "pattern", "breaking"}:
        found.append("it is about every change: add type, scope, pattern or breaking")
    if not (rule.keys() & {"bump", "section"} or rule.get("hidden")):
        found.append("it says nothing: add bump, section or hidden")
    if "section" in rule and rule.get("hidden"):
        found.append("what is hidden has no section")
    return "; ".join(found)


def of_rewrite(rule: dict[str, str]) -> str:
    """What replaces a match may refer only to groups that the pattern has."""
    try:
        re.sub(rule["pattern"], rule["text"], "")
    except (re.error, IndexError) as error:
        return f"the text {quoted(rule['text'])} does not fit the pattern: {error}"
    return ""


def of_first_version(text: str) -> str:
    """The first version is a stable one: a channel adds its prerelease."""
    try:
        version = Version.parse(text)
    except InvalidVersion as error:
        return str(error)
    if version.prerelease or version.build:
        return f"{quoted(text)} is more than MAJOR.MINOR.PATCH: channels add prereleases"
    return ""


def of_type(text: str) -> str:
    """A type has to be one that the grammar of commit messages can read."""
    change = parse(f"{text}: x")
    if change is None or change.scope or change.breaking:
        return f"{quoted(text)} is not a type of commit such as 'feat'"
    return of_foreign_type(text)


def of_foreign_type(text: str) -> str:
    """Other conventions have types of any form; ours reads them in lower case."""
    change = parse(f"{text}: x")
    if change is not None and change.type != text:
        return f"commits of type {quoted(text)} are read as {change.type!r}: write that"
    return of_text(text)


def of_ref(text: str) -> str:
    """A branch, tag or remote has to be a name that git accepts."""
    return f"{quoted(text)} is not a name that git accepts" if re.search(_NO_REF, text) else ""


def of_tag_format(text: str) -> str:
    """A tag format holds the version exactly once, and spells a name that git accepts."""
    fault = of_template(text, ("version", "name"))
    if fault:
        return fault
    if text.count("{version}") != 1:
        return f"{quoted(text)} needs {{version}} exactly once"
    return _of_filled(text, {"version": "1.2.3-rc.1", "name": "name"}, of_ref)


def of_branch(text: str) -> str:
    """A branch pattern holds each number at most once, and no minor without its major."""
    fault = of_template(text, ("major", "minor"))
    if fault:
        return fault
    majors, minors = text.count("{major}"), text.count("{minor}")
    if majors > 1 or minors > 1:
        return f"{quoted(text)} has a placeholder twice"
    if minors > majors:
        return f"{quoted(text)} has {{minor}} without {{major}}"
    return _of_filled(
        text, {"major": "1", "minor": "2"}, lambda name: of_ref(name.replace("*", "x"))
    )


def of_prerelease(text: str) -> str:
    """A prerelease token is one or more of SemVer's identifiers; the number is counted."""
    try:
        Version(0, 0, 0, tuple(text.split(".")))
    except InvalidVersion as error:
        return f"{quoted(text)} is not a prerelease token: {error}"
    if text.rpartition(".")[2].isdigit():
        return f"{quoted(text)} ends in a number, which is counted up for you: leave it out"
    return ""


def of_path(text: str) -> str:
    """A path leads from the top of the repository to something in it, with forward slashes."""
    is_wrong = re.search(_NO_PATH, text) is not None
    return f"{quoted(text)} is not a path inside the repository" if is_wrong else ""


def of_package_path(text: str) -> str:
    """A file, a folder or a pattern: an exclusion would be taken as a name."""
    if text.startswith("!"):
        return f"{quoted(text)} is a pattern of what to leave out: that is 'exclude'"
    return of_path(text)


def of_version_file(text: str) -> str:
    """A file that spells the version: its path, a colon and where in it; or a path or preset."""
    path, colon, key = text.partition(":")
    if not path or (colon and not key.strip()):
        return f"{quoted(text)} is not PATH:KEY, such as 'pyproject.toml:project.version'"
    if "*" in path or "?" in path:
        return f"{quoted(path)} is a pattern: name the files one by one"
    return of_path(path)


def of_command_line(words: list[str]) -> str:
    """A command line names a program; no word of it holds what ends an argument."""
    if not words or not words[0].strip():
        return "there is no program to run: write it like ['make', 'build']"
    broken = [word for word in words if "\0" in word]
    return f"{quoted(broken[0])} holds a null character" if broken else ""


def of_url(text: str) -> str:
    """An address people can open, without credentials (which are not shown in the message)."""
    match = re.fullmatch(_URL, text)
    if match is not None and "@" in match["host"]:
        return "the address holds a user name or password: keep credentials out of this file"
    return "" if match else f"{quoted(text)} is not an address that starts with https:// or http://"


def of_reference_pattern(text: str) -> str:
    """A pattern for names is put into a larger one, where groups and flags of its own go wrong."""
    fault = of_regex(text)
    if not fault and re.compile(text).groups:
        return f"{quoted(text)} has a group: write (?:...) instead of (...)"
    return fault or of_regex(f"x(?:{text})")


def of_reference_url(text: str) -> str:
    """An address that differs by what was found."""
    fault = of_template(text, ("id",)) or of_url(text)
    if fault or "{id}" in text:
        return fault
    return f"{quoted(text)} needs {{id}}, or every reference leads to the same page"


def of_image_tag(text: str) -> str:
    """An image tag is fixed or holds parts of the version, so that one can be told from another."""
    values = {"version": "1.2.3", "major": "1", "minor": "2", "patch": "3", "channel": "rc"}
    fault = of_template(text, tuple(values))
    if fault:
        return fault
    if "}{" in text:
        return f"{quoted(text)} has placeholders with nothing between: 1.11 and 11.1 look the same"
    for inner, outer in (("minor", "major"), ("patch", "minor")):
        if f"{{{inner}}}" in text and f"{{{outer}}}" not in text:
            return f"{quoted(text)} has {{{inner}}} without {{{outer}}}"
    return _of_filled(text, values, not_like(_IMAGE_TAG, "an image tag"))


def of_moving_tag(text: str) -> str:
    """A git tag that follows releases is none of a version, and a name that git accepts."""
    values = {"major": "1", "minor": "2", "channel": "rc", "name": "app"}
    fault = of_template(text, tuple(values))
    if fault:
        return fault
    if "{minor}" in text and "{major}" not in text:
        return f"{quoted(text)} has {{minor}} without {{major}}"
    return _of_filled(text, values, of_ref)


def of_image_tags(templates: list[str]) -> str:
    """Some tag of an image has to tell the whole version, and so stay what it is for ever."""
    if any("{version}" in text or _has_numbers_alone(text) for text in templates):
        return ""
    return "no tag tells the whole version: add '{version}'"


def _has_numbers_alone(text: str) -> bool:
    return "{patch}" in text and "{channel}" not in text

    """An image tag is fixed or holds parts of the version."""
    known = ("version", "major", "minor", "patch", "channel")
    fault = of_template(text, known)
    if fault:
        return fault
    numbers = dict.fromkeys(known, "1")
    shape = not_like(_IMAGE_TAG, "an image tag")
    return _of_filled(text, numbers, shape)


def of_build_text(text: str) -> str:
    """A text with known placeholders; braces around anything but a word are text."""
    for name in FREE_TEXT.findall(text):
        if name not in PLACEHOLDERS:
            choice = ", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
            return f"{quoted(text)} has the unknown placeholder {{{name}}}: there are {choice}"
    return ""


def of_context(text: str) -> str:
    """A folder of the repository, an image, or an address without credentials."""
    if text.startswith(("http://", "https://")):
        return of_url(text)
    return "" if re.match(_ELSEWHERE, text) else of_path(text)


def of_cache(text: str) -> str:
    """Where build steps are kept: options of buildx, none of which may be a credential."""
    if re.search(_CREDENTIAL, text):
        return "it holds a credential: give that to the builder or in the environment"
    return of_text(text)


def of_template(text: str, known: tuple[str, ...]) -> str:
    """Only known placeholders may stand in a template."""
    for name in _PLACEHOLDER.findall(text):
        if name not in known:
            choice = " and ".join(f"{{{one}}}" for one in known)
            return f"{quoted(text)} has the unknown placeholder {{{name}}}: there are {choice}"
    if re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
        return f"{quoted(text)} has a brace without its pair"
    return ""


def _of_filled(text: str, values: dict[str, str], check: ValueCheck) -> str:
    """What is wrong with a template once its placeholders have values."""
    filled = _PLACEHOLDER.sub(lambda match: values[match[1]], text)
    return f"{quoted(text)} spells no valid name" if check(filled) else ""
