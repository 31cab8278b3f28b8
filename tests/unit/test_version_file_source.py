"""Where versions stand in source files, in prose and in files of their own."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.errors import UsageError
from tagboat.core.version.pep440 import WRITTEN, read_version, spelled
from tagboat.core.version.version import Version
from tagboat.core.version_files.formats.key import TextSpanError
from tagboat.core.version_files.formats.source_text import find_pattern, find_variable, whole_text
from tagboat.core.version_files.locate import locate_versions
from tests.unit.version_documents import NEW, OLD, assert_only_the_version_changes


def marked(text: str) -> tuple[str, tuple[int, int]]:
    """A text without the one pair of brackets that shows a place, and the place."""
    before, _, rest = text.partition("«")
    inside, _, after = rest.partition("»")
    return before + inside + after, (len(before), len(before) + len(inside))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("__version__", '__version__ = "«1.2.3»"\r\n'),
        ("__version__", "__version__: Final[str] = '«1.2.3»'"),
        ("__version__", '__version__ = u"«1.2.3rc1»"  # 1.2.2'),
        ("VERSION", "const VERSION = '«1.2.3»';"),
        ("VERSION", "export const VERSION: string = `«1.2.3»`;"),
        ("VERSION", 'pub const VERSION: &str = "«v1.2.3»";'),
        ("VERSION", 'static const char VERSION[] = "«1.2.3»";'),
        ("VERSION", "our $VERSION = '«1.2.3»';"),
        ("Version", 'var Version string = "«v1.2.3»"'),
        ("version", '  version: "«1.2.3»",'),
        ("version", '{ "version": "«1.2.3»", // jsonc'),
        ("version", "version => '«1.2.3»',"),
        ("version", "version '«1.2.3»'"),
        ("version", '  @version "«1.2.3»"'),
        ("s.version", "  s.version = '«1.2.3»'"),
        ("s.version", 'ss.version = "1.0.0"\nsxversion = "1.0.0"\ns.version = "«1.2.3»"'),
        ("VERSION", "VERSION=«1.2.3»\n"),
        ("VERSION", "VERSION := «1.2.3» # x"),
        ("VERSION", "VERSION ?= «1.2.3»"),
        ("VERSION", "export VERSION=«1.2.3»;"),
        ("VERSION", "ARG VERSION=«1.2.3»\n"),
        ("VERSION", "ENV VERSION «1.2.3»\n"),
        ("VERSION", "env  VERSION=«1.2.3»\\\n"),
        ("version", 'LABEL a=b version="«1.2.3»"'),
        ("org.x.version", 'LABEL org.x.version="«1.2.3»"'),
        ("VERSION", '#define VERSION "«1.2.3»"'),
        ("VERSION", "#  define VERSION «1.2.3»\n#define VERSION_MAJOR 1"),
        ("APP_VERSION", "set(APP_VERSION «1.2.3»)"),
        ("VERSION", "project(app VERSION «1.2.3» LANGUAGES C)"),
        ("VERSION", "project(app\n  VERSION «1.2.3»\n)"),
        # What only looks like it.
        ("version", 'if version == "1.0.0":\n    version = "«1.2.3»"'),
        ("VERSION", 'VERSION = get()\nVERSION = "«1.2.3»"'),
        ("VERSION", 'MY_VERSION = "1.0.0"\nVERSION_2 = "1.0.0"\nVERSION = "«1.2.3»"'),
        ("VERSION", '--VERSION=1.0.0\nself.VERSION = "1.0.0"\nVERSION = "«1.2.3»"'),
        ("v", '# v = "1.0.0"\n// v = "1.0.0"\nv = "«1.2.3»"'),
        ("v", "Since v 1.0.0\nv = '«1.2.3»'"),
        # A comment counts where nothing else does.
        ("Version", "/*\n * Version: «1.2.3»\n */"),
    ],
)
def test_a_variable_is_recognised(name: str, text: str) -> None:
    bare, span = marked(text)
    place = find_variable(bare, name)
    assert ((place.start, place.end), place.value) == (span, bare[slice(*span)])


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("v", "w = '1.2.3'", "there is no variable 'v' that is given a value"),
        ("v", "", "there is no variable 'v'"),
        ("v", "x.v = '1.2.3'", "there is no variable 'v'"),
        ("v", 'v = "soon"', "'v' is 'soon', which is no version"),
        ("v", "v = read('1.2.3')", "'v' is 'read', which is no version"),
        ("v", "v = '1.2.3'\n\nv = '1.2.3'", "'v' is given a version on lines 1, 3"),
        ("v", "# v = 1.2.3\n# v = 1.2.4", "'v' is given a version on lines 1, 2"),
        ("a+", "aa = '1.2.3'", "there is no variable 'a+'"),
    ],
)
def test_a_variable_that_is_not_certain_is_refused(name: str, text: str, problem: str) -> None:
    with pytest.raises(TextSpanError) as caught:
        find_variable(text, name)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("acme/app:{version}", "pull acme/app:1.2.3, or acme/app:v1.2.4.", ["1.2.3", "v1.2.4"]),
        ("acme/app:{version}", "docker.io/acme/app:1.2.3 myacme/app:1.0.0", ["1.2.3"]),
        ("app:{version}", "app:1.2.3-alpine app:1.2.3 app:latest app:1.2", ["1.2.3-alpine", OLD]),
        ("app:{version}-alpine", "app:1.2.3-alpine app:1.2.3", ["1.2.3"]),
        ("app-{version}.tar.gz", "app-1.2.3.tar.gz app-1.2.3rc1.tar.gz", ["1.2.3", "1.2.3rc1"]),
        ("@v{version}", "uses: acme/x@v1.2.3", ["1.2.3"]),
        ("{version}", "1.2.3 1.2.3.4 x1.2.3 1.2.3x 1.2.3+5 01.2.3", ["1.2.3", "1.2.3+5"]),
        ("{version}", "1.2.3.post1 1.2.3.dev4 1.2.3a1", ["1.2.3.post1", "1.2.3.dev4", "1.2.3a1"]),
        ("{version}...{version}", "v1.2.2...v1.2.3", ["v1.2.2", "v1.2.3"]),
        (".*[{version}]", "x [1.2.3] .*[1.2.3]", ["1.2.3"]),
    ],
)
def test_a_pattern_finds_every_version(pattern: str, text: str, found: list[str]) -> None:
    assert [place.value for place in find_pattern(text, pattern)] == found


def test_a_pattern_tells_where() -> None:
    assert [place[:2] for place in find_pattern("é: 1.2.3, é: 1.2.3", "é: {version}")] == [
        (3, 8),
        (13, 18),
    ]


def test_a_pattern_that_occurs_nowhere_is_refused() -> None:
    with pytest.raises(TextSpanError, match=r"'app:\{version\}' occurs nowhere"):
        find_pattern("app:latest", "app:{version}")


@pytest.mark.parametrize(
    "text", ["«1.2.3»", "«v1.2.3»\n", "\ufeff«1.2.3»\r\n", "\n  «1.2.3rc1»\t\n\n"]
)
def test_a_file_may_hold_nothing_but_the_version(text: str) -> None:
    bare, span = marked(text)
    place = whole_text(bare)
    assert ((place.start, place.end), place.value) == (span, bare[slice(*span)])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is empty"),
        ("\ufeff\n", "it is empty"),
        ("1.2.3\n1.2.4", "it holds more than a version"),
        ("1.2.3\r1.2.4", "it holds more than a version"),
    ],
)
def test_a_file_with_more_or_less_than_a_version_is_refused(text: str, problem: str) -> None:
    with pytest.raises(TextSpanError) as caught:
        whole_text(text)
    assert problem in str(caught.value)


around = st.text(st.characters(exclude_characters="Vv"), max_size=30)


@given(around, around, st.sampled_from(["VERSION = '%s'", "ARG VERSION=%s", '"VERSION": "%s"']))
def test_a_version_changes_alone(before: str, after: str, line: str) -> None:
    text = f"{before}\n{line % OLD}\n{after}"

    assert_only_the_version_changes(
        text,
        find_variable(text, "VERSION"),
        lambda changed: changed.splitlines(keepends=True),
        f"{before}\n{line % NEW}\n{after}".splitlines(keepends=True),
    )


numbers = st.integers(0, 30)
prereleases = st.just(()) | st.tuples(
    st.sampled_from(["alpha", "beta", "rc", "dev"]), numbers.map(str)
)
versions = st.builds(Version, numbers, numbers, numbers, prereleases)


@given(versions, st.sampled_from(["", "v", "V"]), st.sampled_from(["semver", "pep440"]))
def test_what_is_written_is_read_and_found(version: Version, prefix: str, scheme: str) -> None:
    text = prefix + spelled(version, scheme)

    assert read_version(text) == (prefix, version)
    assert find_pattern(f"({text})", "{version}")[0].value == text


@pytest.mark.parametrize(
    "text",
    ["", "v", "x1.2.3", "vv1.2.3", " 1.2.3", "1.2.3 ", "1.2.3.4", "1.2.3.post1", "1!1.2.3", "one"],
)
def test_what_is_no_version_is_not_read(text: str) -> None:
    assert read_version(text) is None


def test_missing_numbers_are_zero_as_in_pep440() -> None:
    assert read_version("1.2") == ("", Version(1, 2, 0))


def test_what_is_found_in_prose_has_no_groups() -> None:
    assert re.compile(WRITTEN).groups == 0


MARKED = """\
a = "1.2.3"  # x-tagboat-version
b = "1.2.3"
<!-- x-tagboat-start-version -->
pip install app==1.2.3 and 2.0.0
none
c 1.2.3rc1
<!-- x-tagboat-end -->
d 1.2.3
"""


def test_lines_that_are_marked_hold_the_version() -> None:
    spots = locate_versions("a.txt", MARKED, "x-tagboat-version")
    assert [(spot.line, spot.written) for spot in spots] == [
        (1, "1.2.3"),
        (4, "1.2.3"),
        (6, "1.2.3rc1"),
    ]


def test_a_marker_that_is_on_no_line_is_a_fault() -> None:
    with pytest.raises(UsageError, match="no line with x-release-please-version"):
        locate_versions("a.txt", MARKED, "x-release-please-version")
