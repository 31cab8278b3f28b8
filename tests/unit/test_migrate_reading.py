"""Files of other tools are read as what they say, with lines; no program in them is run."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.config.migrate.key_rules import branches_of, types_of
from tagboat.core.config.migrate.old_file import MOST, Computed, LiteralText, read_old_file
from tagboat.core.version_files.formats.key import TextSpanError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4) | st.lists(JSON, max_size=3))
def test_json_is_read_as_json(data: object) -> None:
    for indent in (None, 2):
        assert LiteralText(json.dumps(data, indent=indent)).data == data


@given(st.text(alphabet="{}[]()`'\"\\$,:;.=> \n/*ab1", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for start in ("", "{", "module.exports = "):
        with contextlib.suppress(TextSpanError):
            LiteralText(start + text)


SCRIPT = r"""#!/usr/bin/env node
// a comment
const types /* of changes */ = [{ type: 'feat' }];
const title: string = `two`, other = 3;
let later;
module.exports = {
  'quoted': "a\u0062\x63\n\
d\u{1F600}",
  types, title,
  number: 1.5,
  none: null, no: undefined, yes: true,
  bracket: (['x']),
  typed: 'a' as const,
  sum: 'a' + 'b',
  hole: `v${version}`,
  call: require('./x.js')({ a: [1, 2] }),
  arrow: (commit) => { return [commit]; },
  method() { return 1; },
  ...spread,
  [key]: 1,
  unknown: thing,
  high: '\u{FFFFFF}',
  pair: '\ud83d\ude00', half: '\ud83d',
  big: 12345678901234567890,
};
"""


def test_a_script_is_read_as_far_as_it_is_literal() -> None:
    found = LiteralText(SCRIPT)
    data = found.data
    assert isinstance(data, dict)
    computed = {key for key, value in data.items() if isinstance(value, Computed)}
    assert computed == {
        *("sum", "hole", "call", "arrow", "method", "...spread", "[key", "unknown"),
    }
    assert {key: data[key] for key in data if key not in computed} == {
        "quoted": "abc\nd\U0001f600",
        "types": [{"type": "feat"}],
        "title": "two",
        "number": 1.5,
        "none": None,
        "no": None,
        "yes": True,
        "bracket": ["x"],
        "typed": "a",
        "high": "\ufffd",
        "pair": "\U0001f600",
        "half": "\ufffd",
        "big": 12345678901234567890.0,
    }
    assert (found.line(("quoted",)), found.line(("types", 0, "type"))) == (7, 3)
    assert found.line(("absent", "key")) == 6


@pytest.mark.parametrize(
    "text",
    [
        "export default { a: 1 } satisfies Config;",
        "const config = { a: 1 };\nexport default config;",
        "exports.default = { a: 1 }",
        "{ a: 1, }",
        "const config = { a: 1 };\nexport { config as default };",
        "export default defineConfig({ a: 1 });",
        "module.exports = () => ({ a: 1 })",
        "export default async () => ({ a: 1 });",
        "module.exports = () => { log(); return { a: 1 } }",
        "module.exports = async function named() { return { a: 1 } }",
        "module.exports = /[/}]\\/{/.test(x) ? 1 : 2;\nexport default { a: 1 }",
    ],
)
def test_what_is_exported_is_found(text: str) -> None:
    assert LiteralText(text).data == {"a": 1}


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("const p = [1];\nif (x) p.push(2);\nexport default { a: p }", {"a": Computed("p")}),
        ("let p = [1];\nexport default { a: p };\np.length = 0", {"a": Computed("p")}),
        (
            "const c = { a: [1], b: 2 };\nif (x) { c.a.unshift(2) }\nmodule.exports = c",
            {"a": Computed("c.a"), "b": 2},
        ),
        ("const c = { a: [1] };\nlog(c.a, d.c.push(1), c.a.map(f));\nexport default c", {"a": [1]}),
    ],
)
def test_what_a_statement_changes_is_computed(text: str, data: object) -> None:
    assert LiteralText(text).data == data


def test_functions_and_patterns_hide_nothing_behind_them() -> None:
    text = (
        'module.exports = { parse(c) { return c.match(/[}]\\/(.*)}"/)[1] }, '
        "write: (c, { v }) => c.replace(/{/g, v), half: 4 / 2 / 1, last: 1 }"
    )
    data = LiteralText(text).data
    assert isinstance(data, dict)
    assert ({*data}, data["last"]) == ({"parse", "write", "half", "last"}, 1)


@pytest.mark.parametrize("text", ["module.exports = function", "export default () => {}"])
def test_a_function_that_gives_nothing_back_says_nothing(text: str) -> None:
    assert not isinstance(LiteralText(text).data, dict) or LiteralText(text).data == {}


def test_tables_are_merged_as_yaml_does_it() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], z: 3}\nd: {<<: 1}\n"
    data = read_old_file("a.yaml", text).data
    assert isinstance(data, dict)
    assert (data["c"], data["d"]) == ({"x": 1, "y": 1, "z": 3}, {"<<": 1})


def test_what_is_computed_whole_is_said_in_short() -> None:
    data = LiteralText("module.exports = require('" + "x" * 90 + "')").data
    assert isinstance(data, Computed)
    assert data.source.endswith("x...")


@pytest.mark.parametrize(
    ("path", "text", "word"),
    [
        ("a.js", "let a = 1", "nothing that is exported"),
        ("a.json", '{"a": [1', "to end it"),
        ("a.json", "[" * 99, "too deeply"),
        ("a.json", "(1", "to end it"),
        ("a.json", "{]", "to end it"),
        ("a.js", "const a = [a, a]; export default a", "too deeply"),
        ("a.yaml", "[" * 99, "too deeply"),
        ("a.yaml", "a: [", "not readable as YAML"),
        ("a.toml", "a = [", "not readable as TOML"),
        ("a.toml", "#" * (MOST + 1), "more than"),
    ],
)
def test_what_is_no_document_is_refused(path: str, text: str, word: str) -> None:
    with pytest.raises(TextSpanError, match=word):
        read_old_file(path, text)


YAML = """\
base: &base {x: 1, y: "1"}
copy: *base
merged:
  <<: *base
  y: 1.10
words: [yes, Off, ~, 2024-01-01, -3, 'no']
*base : 1
? [a]
: b
text: &t hello
same: *t
"on": x
"""


def test_yaml_is_read_with_aliases_and_versions_as_texts() -> None:
    file = read_old_file(".releaserc", YAML)
    assert file.data == {
        "base": {"x": 1, "y": "1"},
        "copy": {"x": 1, "y": "1"},
        "merged": {"x": 1, "y": "1.10"},
        "words": [True, False, None, "2024-01-01", -3, "no"],
        "{'x': 1, 'y': '1'}": 1,
        "?": "b",
        "text": "hello",
        "same": "hello",
        "on": "x",
    }
    assert (file.line(("merged", "y")), file.line(("merged", "z", "deep"))) == (5, 3)


@pytest.mark.parametrize(("text", "data"), [("", None), ("a", "a"), ("--- a\n--- b\n", "a")])
def test_small_yaml_is_read(text: str, data: object) -> None:
    assert read_old_file("a.yml", text).data == data


def test_a_bomb_of_aliases_costs_nothing() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert read_old_file("a.yaml", "\n".join(lines)).line(("a29",)) == 30


def test_a_table_of_a_file_is_found() -> None:
    file = read_old_file("pyproject.toml", "[tool.x]\na = 1\n")
    assert file.at("tool", "y") is None
    found = file.at("tool", "x")
    assert found is not None
    assert (found.data, found.top, found.line(("tool", "x", "a"))) == ({"a": 1}, ("tool", "x"), 2)


@pytest.mark.parametrize(
    ("pattern", "names", "is_whole"),
    [
        ("^(build|ci)", ("build", "ci"), True),
        ("^chore|^ci", ("chore", "ci"), True),
        ("^doc", ("docs",), True),
        ("^[Rr]evert", ("revert",), True),
        (r"tests?(?:\([^)]*?\))?: .+", ("test",), True),
        (r"^chore\(deps\)", ("chore",), False),
        (".*", (), False),
        ("^Merge", (), False),
        ("a" * 400, (), False),
    ],
)
def test_patterns_name_types(pattern: str, names: tuple[str, ...], *, is_whole: bool) -> None:
    found, whole = types_of(pattern)
    assert (set(names) <= set(found), whole) == (True, is_whole)
    assert bool(found) == bool(names)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("main", (("main",), True)),
        ("^(main|master)$", (("main", "master"), True)),
        (r"v?\d+\.x", (("v*.x", "*.x"), False)),
        ("(?!main$)", (("*",), False)),
        ("feat/(a|b(c)?)", (("feat/a", "feat/bc", "feat/b"), True)),
        ("a(b)*", (("ab", "a"), False)),
        ("release/.+|dev", (("release/*", "dev"), True)),
        (r"a\sb", ((), False)),
        ("(a|b)" * 200, ((), True)),
        ("[a]" * 99, (("*",), False)),
    ],
)
def test_patterns_name_branches(pattern: str, found: object) -> None:
    assert branches_of(pattern) == found
