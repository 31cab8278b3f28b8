"""Random documents for the tests of version files, and the law that holds for every format."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from tagboat.core.version.version import Version
from tagboat.core.version_files.edits import Target, edited, edits
from tagboat.core.version_files.formats.key import KeyPath, TextSpan
from tagboat.core.version_files.locate import locate_version

OLD, NEW = "1.2.3", "1.3.0-rc.1"

# The version itself, and more of it, so that a search for its text alone would go wrong.
words = st.sampled_from([OLD, "version", "a.b", "é ☃", "", "1.2.33", "x\ty", '"', "'", "\\", "#"])
texts = words | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6)
scalars = texts | st.integers(-9, 9) | st.booleans()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)


@st.composite
def documents(draw: st.DrawFn) -> tuple[dict[str, Any], KeyPath]:
    """A table, and the path in it to one text, which is the old version."""
    data: dict[str, Any] = draw(st.dictionaries(texts, values, max_size=4))
    data = deepcopy(data)
    if not paths(data):
        data["version"] = ""
    path = draw(st.sampled_from(paths(data)))
    return replaced(data, path, OLD), path


def paths(value: object) -> list[KeyPath]:
    """The paths of all texts in a value."""
    if isinstance(value, str):
        return [()]
    if isinstance(value, dict):
        return [(key, *path) for key, inner in value.items() for path in paths(inner)]
    if isinstance(value, list):
        return [(index, *path) for index, inner in enumerate(value) for path in paths(inner)]
    return []


def replaced(data: Any, path: KeyPath, text: str) -> Any:  # noqa: ANN401 documents are of any shape
    """A copy of a document with another text under a path; True and 1 stay apart."""
    if not path:
        return text
    data = deepcopy(data)
    inner = data
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = text
    return data


def assert_only_the_version_changes(
    text: str, place: TextSpan, parse: Callable[[str], object], expected: object
) -> None:
    """The law: the place is replaced, all around it stays, and a parser reads the new version."""
    version = Version.parse(NEW)
    made = edits([locate_version("file", text, "key", place)], Target(version))
    after = edited(text, made)

    assert (after[: place.start], after[place.start : place.start + len(NEW)]) == (
        text[: place.start],
        NEW,
    )
    assert after[place.start + len(NEW) :] == text[place.end :]
    assert repr(parse(after)) == repr(expected)
