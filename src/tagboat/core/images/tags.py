"""Image tag: how the tags of a release are spelled, and which of them move.

A rule is a template over the version.

    {version}                  written once: it spells the whole version, and so does
    {major}.{minor}.{patch}    this one, for stable versions alone
    {major}.{minor}  {major}   move to the highest stable version that they spell
    latest                     moves to the highest stable version; so does any other fixed text
    {channel}                  moves to the highest prerelease under that token: rc of 1.3.0-rc.2

Text around the placeholders makes prefixes and variants: ``v{major}``, ``{version}-alpine``.
Only templates with ``{version}`` or ``{channel}`` spell anything for a prerelease, and those with
``{channel}`` spell nothing for a stable version, nor for a prerelease that no channel releases. A
fixed text that is the token or the branch of a prerelease channel follows the prereleases of that
channel. ``{major}`` without ``{minor}`` spells nothing below 1.0.0: every minor version breaks
something there, so nobody should follow a tag 0.

A tag can't hold the ``+`` of build metadata; it is spelled ``_``, which no version holds, so that
tags can be read back: 1.2.3+a.1 is ``1.2.3_a.1``. The same rules serve git's tags ``v1`` and
``v1.2``, and the fixed text ``latest`` is what a forge shows as the latest release.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple

from tagboat.core.errors import UsageError
from tagboat.core.version.channel import ChannelRule, token_of
from tagboat.core.version.tag import semver
from tagboat.core.version.version import Version, quoted

_NUMBERS = frozenset({"major", "minor", "patch"})
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# https://github.com/opencontainers/distribution-spec: what a tag may be.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


_PARTS: dict[str, Callable[[Version], str]] = {
    "version": lambda version: str(version).replace("+", "_"),
    "major": lambda version: str(version.major),
    "minor": lambda version: str(version.minor),
    "patch": lambda version: str(version.patch),
    "channel": token_of,
}


class TagRule(NamedTuple):
    """A template, and the tokens of the prereleases that it is for; none where that is no matter.

    Make it with `parse`.
    """

    template: str
    tokens: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, template: str, channels: Iterable[ChannelRule] = ()) -> "TagRule":
        """The rule of a template that the configuration's checks let pass.

        ``channels`` tell which prereleases there are, and which fixed texts follow them.
        """
        names = _placeholders(template)
        return cls(
            template,
            frozenset(
                channel.prerelease
                for channel in channels
                if channel.prerelease
                and ("channel" in names or template in (channel.prerelease, channel.branch))
            ),
        )

    @property
    def placeholders(self) -> frozenset[str]:
        """The names in braces."""
        return _placeholders(self.template)

    @property
    def is_once(self) -> bool:
        """Whether its tags tell the whole version, and so are written once."""
        names = self.placeholders
        return "version" in names or ("patch" in names and "channel" not in names)

    @property
    def is_latest(self) -> bool:
        """Whether it is one tag for all stable versions, which maintenance releases leave alone."""
        return not self.placeholders and not self.tokens

    @property
    def width(self) -> int:
        """How much of a version its tags tell: of two tags the one that tells more is narrower."""
        return len(self.placeholders) or int(bool(self.tokens))

    def spell(self, version: Version) -> str | None:
        """The tag of a version; None where the rule has none for it."""
        if not self._covers(version):
            return None
        return self.template.format_map({name: _PARTS[name](version) for name in self.placeholders})

    def spelled_once(self, version: Version) -> str:
        """The tag that is written once for a version; empty where the rule has none."""
        return (self.spell(version) or "") if self.is_once else ""

    def _covers(self, version: Version) -> bool:
        names = self.placeholders
        if version.major == 0 and "major" in names and "minor" not in names:
            return False
        if self.tokens or "channel" in names:
            return token_of(version) in self.tokens
        return "version" in names or not version.is_prerelease

    def read(self, tag: str) -> Version | None:
        """The version that a tag written once spells by this rule, else None."""
        match = _tag_pattern(self.template).fullmatch(tag) if self.is_once else None
        if match is None:
            return None
        found = match.groupdict()
        text = found.get("version") or "{major}.{minor}.{patch}".format_map(found)
        version = semver(text.replace("_", "+", 1))
        return version if version is not None and self.spell(version) == tag else None


class ImageTagSet(NamedTuple):
    """The tags of one version: those that are written once, and those that move."""

    once: tuple[str, ...]
    moving: tuple[str, ...]


def tag_rules(
    templates: Iterable[str], channels: Iterable[ChannelRule] = ()
) -> tuple[TagRule, ...]:
    """The rules of an image's templates, each once, in order."""
    known = tuple(channels)
    return tuple(TagRule.parse(template, known) for template in dict.fromkeys(templates))


def image_tag_set(rules: Iterable[TagRule], version: Version) -> ImageTagSet:
    """The tags of a version, in the order of the rules.

    A moving tag is among them whether or not the version is the highest.

    Raises UsageError where the version has no tag that is written once, so that nothing would tell
    that its image is there, and where a tag is longer than a registry takes.
    """
    spelled = [(rule.is_once, rule.spell(version)) for rule in rules]
    once = tuple(dict.fromkeys(tag for is_once, tag in spelled if is_once and tag))
    moving = tuple(dict.fromkeys(tag for is_once, tag in spelled if not is_once and tag))
    if not once:
        raise UsageError(
            f"version {version} needs an image tag that is written once, and no template has one",
            "add '{version}' to the image's tags",
        )
    for tag in (*once, *moving):
        if not _NAME.fullmatch(tag):
            raise UsageError(
                f"{quoted(tag)} can't be an image tag: registries take up to 128 letters, digits, "
                "'.', '_' and '-'",
                "shorten the version's prerelease or build metadata, or the image's tags",
            )
    return ImageTagSet(once, moving)


def read_tags(tags: Iterable[str], rules: Sequence[TagRule]) -> dict[str, tuple[TagRule, Version]]:
    """Which of a repository's tags spell a version, by which rule.

    ``rules`` are those of all images in the repository: where several could have spelled a tag, the
    one with the most text of its own did. So ``1.2.3-alpine`` is version 1.2.3 of the variant, and
    no prerelease.
    """
    ordered = sorted(rules, key=lambda rule: -len(_PLACEHOLDER.sub("", rule.template)))
    found = {}
    for tag in tags:
        readings = ((rule, rule.read(tag)) for rule in ordered)
        for rule, version in readings:
            if version is not None:
                found[tag] = rule, version
                break
    return found


def version_tags(
    tags: Iterable[str], rules: Sequence[TagRule], own: Sequence[TagRule]
) -> dict[Version, str]:
    """The tag of each version of an image, among those of a repository.

    ``rules`` are those of all images there, ``own`` this image's. Other tools may have written a
    ``v`` where the rules have none, or none where they have one: what is spelled by the rules
    counts before that, and the version itself before one with build metadata.
    """
    names = tuple(tags)
    read = read_tags(names, rules)
    unread = (tag for tag in names if tag not in read)  # one that is read is an image's already
    others = {tag[1:] if tag.startswith("v") else f"v{tag}": tag for tag in unread}
    found = [(True, tag, *one) for tag, one in read.items()]
    found += [(False, others[told], *one) for told, one in read_tags(others, rules).items()]
    ranked = [(is_told, not of.build, tag, of) for is_told, tag, rule, of in found if rule in own]
    best = {version: (version, tag) for _, _, tag, version in sorted(ranked, key=_rank)}
    return dict(best.values())


def _rank(one: tuple[bool, bool, str, Version]) -> tuple[bool, bool, str]:
    return one[:3]


@cache
def _placeholders(template: str) -> frozenset[str]:
    return frozenset(_PLACEHOLDER.findall(template))


@cache
def _tag_pattern(template: str) -> re.Pattern[str]:
    """A regular expression for the tags of a template, each placeholder a group."""
    known: set[str] = set()
    parts = []
    for index, part in enumerate(_PLACEHOLDER.split(template)):
        if index % 2 == 0:
            parts.append(re.escape(part))
        elif part in known:
            parts.append(f"(?P={part})")
        else:
            known.add(part)
            parts.append(f"(?P<{part}>[0-9]+)" if part in _NUMBERS else f"(?P<{part}>.+)")
    return re.compile("".join(parts))
