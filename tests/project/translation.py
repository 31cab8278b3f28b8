"""Keeps README.zh-CN.md in step with README.md, section by section.

Below each heading of the translation a comment names the section of README.md that it comes from,
and the hash of what that was then. What stands in fenced blocks is the same in both, byte for byte,
and so is code in the text, in whatever order the other language wants it.

``python -m tests.project.translation`` copies the fenced blocks anew. Hashes are written by people,
once they have translated what changed; what fails says which.
"""

import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
ORIGINAL, TRANSLATION = ROOT / "README.md", ROOT / "README.zh-CN.md"

_FENCED = re.compile(r"(?ms)^```\w*\n.*?^```$")
_PLACE = "~~~"
"""What stands in a section's text where a fenced block is."""
_HEADING = re.compile(r"(?m)^##? (.*)\n")
_ORIGIN = re.compile(r'\A<!-- README\.md "(.*)": ([0-9a-f]{12}) -->\n')
_LINK = re.compile(r"\]\(([^)]+)\)")


class Section(NamedTuple):
    """A section of a document: its heading, its text without the fenced blocks, and those."""

    heading: str
    text: str
    blocks: list[str]

    @property
    def hash(self) -> str:
        """What the section says, without the fenced blocks, as twelve letters."""
        return hashlib.sha256(f"{self.heading}\n{self.text}".encode()).hexdigest()[:12]

    @property
    def origin(self) -> tuple[str, str]:
        """Of a translation: which section it was made from, and that one's hash."""
        found = _ORIGIN.match(self.text)
        return (found[1], found[2]) if found else ("", "")

    @property
    def code(self) -> list[str]:
        """The code in the text."""
        return sorted(re.findall(r"`[^`]+`", self.text))

    @property
    def links(self) -> list[str]:
        """Where the links and pictures lead; each README leads to the other one."""
        return sorted(_LINK.findall(self.text.replace("(README.zh-CN.md)", "(README.md)")))


def sections(document: str) -> list[Section]:
    """The sections of a document, in order; a ``#`` in a fenced block is no heading."""
    blocks = iter(_FENCED.findall(document))
    _, *parts = _HEADING.split(_FENCED.sub(_PLACE, document))
    return [
        Section(heading, text, [next(blocks) for _ in range(text.count(_PLACE))])
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
    ]


def faults(original: str, translation: str) -> Iterator[str]:
    """Where the translation is not in step, a line each: what to do, and in which section."""
    theirs, ours = sections(original), sections(translation)
    names = [section.heading for section in theirs]
    if (origins := [section.origin[0] for section in ours]) != names:
        yield f"README.zh-CN.md has the sections {origins}, README.md has {names}"
        return
    for source, translated in zip(theirs, ours, strict=True):
        yield from _faults_of(source, translated)


def _faults_of(source: Section, translated: Section) -> Iterator[str]:
    where = f'"{translated.heading}" of README.zh-CN.md'
    if source.hash != translated.origin[1]:
        yield (
            f'"{source.heading}" of README.md changed: translate that in {where}, then write below'
            f' its heading: <!-- README.md "{source.heading}": {source.hash} -->'
        )
    if source.blocks != translated.blocks:
        yield f"the blocks of {where} differ: run python -m tests.project.translation"
    if source.code != translated.code:
        yield f"{where} has other code in its text: {_odd(source.code, translated.code)}"
    if source.links != translated.links:
        yield f"{where} has other links: {_odd(source.links, translated.links)}"


def _odd(one: list[str], other: list[str]) -> list[str]:
    """What only one of both has, or has more often."""
    return [item for item in sorted({*one, *other}) if one.count(item) != other.count(item)]


def with_blocks(original: str, translation: str) -> str:
    """The translation with the fenced blocks of the original, which has as many in each section."""
    blocks = iter(_FENCED.findall(original))
    return _FENCED.sub(lambda old: next(blocks, old[0]), translation)


if __name__ == "__main__":
    TRANSLATION.write_text(with_blocks(ORIGINAL.read_text(), TRANSLATION.read_text()))
    sys.exit("\n".join(faults(ORIGINAL.read_text(), TRANSLATION.read_text())))
