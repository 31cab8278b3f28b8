"""Which package a file belongs to."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.next_version.package import Package
from tagboat.core.packages import Owners, as_of, ownership, unmatched

ROOT = Package("root")
API = Package("api", paths=("services/api", "libs/shared"))
WEB = Package("web", paths=("services/web", "libs/shared"))
INNER = Package("inner", paths=("services/api/inner",))


def owners(file: str, *packages: Package) -> tuple[str, ...]:
    return ownership([file], packages)[file]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("services/api/a.py", ("api",)),
        ("services/api/inner/a.py", ("inner",)),
        ("services/api/inner2/a.py", ("api",)),
        ("services/apis/a.py", ("root",)),
        ("services/api", ("api",)),
        ("README.md", ("root",)),
    ],
)
def test_the_deepest_path_owns_a_file(file: str, expected: tuple[str, ...]) -> None:
    assert owners(file, ROOT, API, WEB, INNER) == expected


def test_a_file_below_a_path_that_several_name_belongs_to_all_of_them() -> None:
    assert owners("libs/shared/a.py", ROOT, API, WEB) == ("api", "web")


def test_without_a_root_a_file_elsewhere_belongs_to_nobody() -> None:
    assert owners("README.md", API, WEB) == ()


@pytest.mark.parametrize("name", ["package-lock.json", "uv.lock", "go.sum", "Cargo.lock"])
def test_a_lock_file_at_the_top_belongs_to_nobody(name: str) -> None:
    assert owners(name, ROOT, API) == ()
    assert owners(f"services/api/{name}", ROOT, API) == ("api",)


def test_a_lock_file_at_the_top_belongs_to_who_names_it() -> None:
    named = Package("tools", paths=("tools", "uv.lock"))
    assert owners("uv.lock", ROOT, named) == ("tools",)


def test_a_package_that_covers_all_has_what_deeper_ones_have_besides() -> None:
    everything = ROOT._replace(covers="all")
    assert owners("services/api/a.py", everything, API) == ("root", "api")
    assert owners("uv.lock", everything, API) == ("root",)
    assert owners("services/api/inner/a", API._replace(covers="all"), INNER) == ("api", "inner")
    assert owners("other", API._replace(covers="all"), ROOT) == ("root",)


@pytest.mark.parametrize(
    ("pattern", "file"),
    [
        ("services/api/docs", "services/api/docs/a.md"),
        ("services/api/a.md", "services/api/a.md"),
        ("services/api/*.md", "services/api/a.md"),
        ("services/*/docs", "services/api/docs/deep/a.py"),
        ("**/*.md", "services/api/deep/a.md"),
        ("services/api/**", "services/api/a.py"),
        ("services/api/?.py", "services/api/a.py"),
    ],
)
def test_what_a_package_excludes_is_left_to_who_is_above(pattern: str, file: str) -> None:
    api = API._replace(exclude=(pattern,))
    assert owners(file, ROOT, api) == ("root",)
    assert owners(file, api) == ()


@pytest.mark.parametrize(
    ("pattern", "file"),
    [("services/api/*.md", "services/api/deep/a.md"), ("services/api/doc", "services/api/docs/a")],
)
def test_a_pattern_excludes_no_more_than_it_says(pattern: str, file: str) -> None:
    assert owners(file, ROOT, API._replace(exclude=(pattern,))) == ("api",)


def test_what_covers_all_may_be_excluded() -> None:
    everything = ROOT._replace(covers="all", exclude=("services/web",))
    assert owners("services/web/a", everything, WEB) == ("web",)


def test_several_files_have_the_owners_of_each() -> None:
    assert Owners([ROOT, API]).of_all(["a", "services/api/b", "services/api/c"]) == {"root", "api"}


# Laws

FOLDERS = ("a", "b", "a/b", "a/b/c", "b/a", "uv.lock")
FILES = ("x", "a/x", "a/b/x", "a/b/c/x", "a/bc/x", "b/a/x", "b/y.md", "uv.lock", "a/uv.lock")
PATTERNS = ("a/b", "**/x", "*.md", "b/*", "a/?/c", "x")


@st.composite
def packages(draw: st.DrawFn) -> list[Package]:
    names = draw(st.lists(st.sampled_from("pqrst"), unique=True, min_size=1))
    found = [
        Package(
            name,
            paths=tuple(draw(st.lists(st.sampled_from(FOLDERS), unique=True, min_size=1))),
            exclude=tuple(draw(st.lists(st.sampled_from(PATTERNS), max_size=2))),
            covers=draw(st.sampled_from(["rest", "rest", "all"])),
        )
        for name in names
    ]
    if draw(st.booleans()):
        found[0] = found[0]._replace(paths=())
    return found


def simply(file: str, of: list[Package]) -> set[str]:
    """The same, told from the definition: of every package, how deep the path above a file is."""
    depths = {}
    for package in of:
        above = [p for p in package.paths or ("",) if not p or f"{file}/".startswith(f"{p}/")]
        if above and not any(_fits(pattern, file) for pattern in package.exclude):
            depths[package.name] = max(
                -1 if not p else p.count("/") + len(file) * (p == file) for p in above
            )
    whole = {package.name for package in of if package.covers == "all" and package.name in depths}
    if file == "uv.lock":
        depths = {
            n: d for n, d in depths.items() if any(n == p.name and file in p.paths for p in of)
        }
    deepest = max(depths.values(), default=None)
    return {name for name, depth in depths.items() if depth == deepest} | whole


def _fits(pattern: str, file: str) -> bool:
    parts, of = pattern.split("/"), file.split("/")
    return any(_matches(parts, of[:end]) for end in range(1, len(of) + 1))


def _matches(parts: list[str], of: list[str]) -> bool:
    if not parts or not of:
        return not parts and not of
    if parts[0] == "**":
        return _matches(parts[1:], of) or _matches(parts, of[1:])
    first = parts[0]
    fits = first == of[0] or (first == "?" and len(of[0]) == 1) or first == "*"
    fits = fits or (first == "*.md" and of[0].endswith(".md"))
    return fits and _matches(parts[1:], of[1:])


@given(packages())
def test_owners_are_those_of_the_definition(of: list[Package]) -> None:
    assert {f: set(names) for f, names in ownership(FILES, of).items()} == {
        file: simply(file, of) for file in FILES
    }


@given(packages())
def test_the_order_of_packages_and_files_decides_nothing(of: list[Package]) -> None:
    expected = {file: set(names) for file, names in ownership(FILES, of).items()}
    for other in list(permutations(of))[:6]:
        found = ownership(reversed(FILES), other)
        assert {file: set(names) for file, names in found.items()} == expected


@given(packages())
def test_a_file_has_several_owners_only_where_they_name_one_path_or_cover_all(
    of: list[Package],
) -> None:
    for names in ownership(FILES, of).values():
        rest = [one for one in of if one.name in names and one.covers != "all"]
        shared = set.intersection(*(set(one.paths) for one in rest)) if rest else {""}
        assert len(rest) < 2 or shared


# Earlier configurations


def test_a_package_is_where_its_configuration_had_it() -> None:
    (api,) = as_of([API], [API._replace(paths=("api",), exclude=("api/docs",))])
    assert (api.paths, api.exclude) == (("api",), ("api/docs",))


def test_an_exclusion_of_today_holds_for_the_past_too() -> None:
    (api,) = as_of([API._replace(exclude=("a", "b"))], [API._replace(exclude=("b", "c"))])
    assert api.exclude == ("a", "b", "c")


def test_a_renamed_package_is_where_it_was_under_its_old_name() -> None:
    (api,) = as_of([API._replace(was=("server",))], [Package("server", paths=("server",))])
    assert (api.name, api.paths) == ("api", ("server",))


def test_where_no_configuration_had_a_package_it_is_where_it_says() -> None:
    (api,) = as_of([WEB._replace(was_paths=("web", "services/web"))], None)
    assert api.paths == ("services/web", "libs/shared", "web")


def test_the_root_was_always_the_root() -> None:
    assert as_of([ROOT._replace(was_paths=("a",))], [Package()])[0].paths == ()


def test_a_package_that_is_gone_keeps_its_files() -> None:
    then = as_of([ROOT], [ROOT, API])
    assert owners("services/api/a", *then) == ("api",)


# What fits nothing


@pytest.mark.parametrize(
    "text", ["a", "/a/", "a/b.md", "a/*.md", "**/b.md", "a/c", "*/c", "a/**", "ü/ü", "a?b"]
)
def test_a_path_that_a_file_fits_is_fine(text: str) -> None:
    files = ["zz", "a/b.md", "a/c/d", "a.b", "ü/ü", "axb"]
    assert unmatched([Package("p", (text,)), Package("q", ("a",), exclude=(text,))], files) == []


@pytest.mark.parametrize("text", ["b", "a/b", "a/b.m", "*.md", "a/*/e", "a/c/d/e", "a/b.md/**/x"])
def test_a_path_that_no_file_fits_is_told_once(text: str) -> None:
    files = ["zz", "a/b.md", "a/c/d", "a.b"]
    packages = [Package("p", (text, "zz")), Package("q", (text,)), Package("r", exclude=(text,))]
    assert unmatched(packages, files) == [
        f"p: no file fits {text!r} of its paths",
        f"r: no file fits {text!r} of its exclude",
    ]


FILES_OF_PATTERNS = ("a", "a/b", "a/b/c", "b/a", "c.md", "x", "a/y/x", "a/q/c", "b/x.md", "ab")


@given(st.lists(st.sampled_from(FILES_OF_PATTERNS)), st.sampled_from(PATTERNS))
def test_a_path_fits_what_it_takes_from_a_package(files: list[str], text: str) -> None:
    taken = not all(ownership(files, [Package("p", exclude=(text,))]).values())
    assert (unmatched([Package("p", exclude=(text,))], files) == []) == taken
