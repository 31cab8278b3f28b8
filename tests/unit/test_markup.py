"""Commit texts in the formats: they stay text."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tagboat.core.changelog.entry import Contributor
from tagboat.core.changelog.markup import Html, Json, Linker, PlainText, cleaned, one_line
from tagboat.core.changelog.markup_formats import Markdown, RestructuredText
from tagboat.core.changelog.options import Tickets
from tagboat.core.forge.links import Links
from tests.growth import grows_with_the_length_alone

GITHUB = Links("github", "https://forge.example", "acme/app")
TICKETS = (Tickets(r"[A-Z]+-[0-9]+", "https://tickets.example/{}"), Tickets(r"bug[0-9]+"))
PLAIN = Markdown(Linker())
LINKED = Markdown(Linker(GITHUB, TICKETS))
REST = RestructuredText(Linker(GITHUB))
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def tokens(document: str) -> Iterator[Token]:
    for token in READER.parse(document):
        if token.type == "inline":
            yield from token.children or ()
        else:
            yield token


def shown(found: list[Token]) -> str:
    """What a reader of the rendered document sees, without blanks and backticks."""
    text = "".join(token.content for token in found if not token.type.startswith("link"))
    return "".join(text.replace("`", "").split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words, as most are (mostly).", "plain words, as most are (mostly)."),
        ("keep `code *here*` as it is", "keep `code *here*` as it is"),
        ("keep ``co`de`` too", "keep ``co`de`` too"),
        ("an open ` tick", r"an open \` tick"),
        ("snake_case_name stays", "snake_case_name stays"),
        ("__init__ and _x", r"\_\_init\_\_ and \_x"),
        ("*a* ~~b~~ [c](d) <e> f|g $h", r"\*a\* \~\~b\~\~ \[c\](d) \<e\> f\|g \$h"),
        (r"C:\new", r"C:\\new"),
        ("a & b &amp; c &#39;", r"a & b \&amp; c \&#39;"),
        ("see https://evil.example/a_b. Or www.evil.example!",
         "see `https://evil.example/a_b`. Or `www.evil.example`!"),
        ("_http://e.example<b> éftp://a<b>", r"\_`http://e.example`\<b\> é`ftp://a`\<b\>"),
        ("1HTTPS://a -http://a xhttp://a", "1`HTTPS://a` -`http://a` `xhttp://a`"),
        ("_www.a.b<b> www.(<b> http://<b>", r"\_`www.a.b`\<b\> `www.`(\<b\> `http://`\<b\>"),
        ("awww.a.b and .www.a.b", "awww.a.b and .www.a.b"),
        ("thanks @ada and @acme/team, not ada@example.org",
         "thanks `@ada` and `@acme/team`, not ada@example.org"),
        ("`@ada`", "`@ada`"),
        ("`x`@ada", "`x` `@ada`"),
        ("@ada`x`", "`@ada` `x`"),
        ("@ada@bob", "`@ada@bob`"),
        ("without {@channel}, {@link a #1}", "without `{@channel}`, `{@link a #1}`"),
        ("v{version}@{channel}", "v{version}@{channel}"),
        ("{@ada `}`", "{`@ada` `}`"),
        ("#12", "#12"),
        ("# heading", r"\# heading"),
        ("- item", r"\- item"),
        ("+", r"\+"),
        ("1. item", r"1\. item"),
        ("12) item", r"12\) item"),
        ("1.2.3 is out", "1.2.3 is out"),
        ("> quote", r"\> quote"),
        ("---", r"\---"),
        ("--- ---", r"\--- ---"),
        ("===", r"\==="),
        (":-", r"\:-"),
        ("--:", r"\--:"),
        ("--flag and -x stay", "--flag and -x stay"),
        ("#12 stays without a forge", "#12 stays without a forge"),
        ("  two\n lines\t ", "two lines"),
    ],
)  # fmt: skip
def test_markdown_is_escaped_and_stays_readable(text: str, expected: str) -> None:
    assert PLAIN.line(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see #12", "see [#12](https://forge.example/acme/app/issues/12)"),
        ("GH-1", "[GH-1](https://forge.example/acme/app/issues/1)"),
        ("o_p/q_r#1", "[o_p/q_r#1](https://forge.example/o_p/q_r/issues/1)"),
        ("ABC-1!", "[ABC-1](https://tickets.example/ABC-1)!"),
        ("oh!ABC-1", r"oh\![ABC-1](https://tickets.example/ABC-1)"),
        ("bug7", "bug7"),
        ("a/b/c#1 and !2", "a/b/c#1 and !2"),
        ("`#12`", "`#12`"),
        ("#12@ada GH-1@ada ABC-1@ada", "#12@ada GH-1@ada ABC-1@ada"),
    ],
)
def test_references_become_links(text: str, expected: str) -> None:
    assert LINKED.line(text) == expected


def test_merge_requests_are_gitlabs() -> None:
    markdown = Markdown(Linker(Links("gitlab", "https://forge.example", "a/b")))
    assert markdown.line("!2") == "[!2](https://forge.example/a/b/-/merge_requests/2)"
    assert markdown.line("GH-2") == "GH-2"
    assert markdown.line("x/y/z#2") == "[x/y/z#2](https://forge.example/x/y/z/-/issues/2)"


def test_a_tickets_address_is_encoded_and_http() -> None:
    tickets = (Tickets(r"T:\w+", "https://t.example/{}"), Tickets("J1", "javascript:{}"))
    assert (
        Markdown(Linker(tickets=tickets)).line("T:é J1") == "[T:é](https://t.example/T%3A%C3%A9) J1"
    )


def test_a_link_without_an_address_is_its_text() -> None:
    assert LINKED.link("a*b", "") == r"a\*b"
    assert LINKED.link("a]b", "https://x.example") == r"[a\]b](https://x.example)"


NOTE = """First *line*
second line.

- item
- item
1) item

    # not code

```py
# code `` `
```
````
"""


def test_notes_keep_their_paragraphs_and_fences() -> None:
    assert PLAIN.paragraphs(NOTE, 2).split("\n") == [
        "  First *line*",
        "  second line.",
        "",
        "  - item",
        "  - item",
        "  1. item",
        "",
        r"     \# not code",
        "",
        "  ```py",
        "  # code `` `",
        "  ```",
        "",
        r"  \`\`\`\`",
    ]


def test_a_fence_is_longer_than_what_it_holds() -> None:
    text = "~~~ <b> x\n````\n\n```\n~~~~"
    assert PLAIN.paragraphs(text, 0) == "`````b\n````\n\n```\n`````"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**a b**, *c* (_d_) __init__", r"**a b**, *c* (_d_) \_\_init\_\_"),
        ("**use `a` *now* at #1**", "**use `a` *now* at #1**"),
        ("*by and get* but by*", r"*by and get* but by\*"),
        ("2 * 3 * 4, a*b*c, ** d **", r"2 \* 3 \* 4, a\*b\*c, \*\* d \*\*"),
        ("**a *b** c*", r"**a \*b** c\*"),
        ("*a *b* c*", r"\*a *b* c\*"),
        ("_@ada b_ *@ada b*", r"\_@ada b\_ *`@ada` b*"),
        (r"\*a* ***b*** **", r"\\\*a\* \*\*\*b\*\*\* \*\*"),
        ("*a `b* c`", r"\*a `b* c`"),
        ('"*"a"* *"', r'"\*"a"\* \*"'),
        ("[a *b*](https://e.example/c_(d))", r"[a \*b\*](https://e.example/c_(d))"),
        ("**[`a`](http://e.example)**!", "**[`a`](http://e.example)**!"),
        ("[#1 @ada](https://e.example)", "[#1 `@ada`](https://e.example)"),
        ("see https://e.example/a_b.", "see <https://e.example/a_b>."),
        ("<https://e.example/a>", "<https://e.example/a>"),
        (
            "https://e.example/@ada http://a@e.example",
            "`https://e.example/@ada` <http://a@e.example>",
        ),
        ("<https://e.example/@ada>", r"\<`https://e.example/@ada`\>"),
        ("[x](https://e.example/@ada)", "[x](https://e.example/@ada)"),
        ("ftp://e.example www.e.example", "`ftp://e.example` `www.e.example`"),
        ("https://e.example/$a$", "`https://e.example/$a$`"),
        ("![x](https://e.example)", r"!\[x\](<https://e.example>)"),
        (r"\[x](https://e.example)", r"\\\[x\](<https://e.example>)"),
        ("[x](javascript:alert(1))", r"\[x\](javascript:alert(1))"),
        ("[x](//e.example)", r"\[x\](//e.example)"),
        ('[x](https://e.example "t")', r'\[x\](<https://e.example> "t")'),
        ("[http://a](http://b)", r"\[`http://a](http://b`)"),
        ("[ ](http://b)", r"\[ \](<http://b>)"),
        ("[x `](http://b) `", r"\[x `](http://b) `"),
        ("[x]: https://e.example", r"\[x\]: <https://e.example>"),
        ("long [x\ny](http://b)", "long [x y](http://b)"),
        ("long [x\n- y](http://b)", "long \\[x\n\n- y\\](<http://b>)"),
    ],
)
def test_a_note_keeps_emphasis_and_links_to_web_pages(text: str, expected: str) -> None:
    assert PLAIN.paragraphs(text, 0) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n- b\n* c\n+ d", "a:\n\n- b\n- c\n- d"),
        ("- a\n  - b\n    c\n\td\n - e", "- a\n  - b\n    c\n    d\n- e"),
        ("- a\n    - b\n  - c", "- a\n  - b\n  - c"),
        ("- a\n\n  b\n\n- c\n\nd", "- a\n\n  b\n\n- c\n\nd"),
        ("1. a\n   - b\n2) c\ne", "1. a\n   - b\n2. c\n   e"),
        ("10. a\n    - b", "10. a\n    - b"),
        ("- a\n2. b\n1. c", "- a\\\n  2\\. b\n1. c"),
        ("a\n1. b", "a\n\n1. b"),
        ("needs node\n14. Then", "needs node\\\n14\\. Then"),
        ("14. Then", "14. Then"),
        ("- a\n```\nb\n```\n- c", "- a\n\n```\nb\n```\n\n- c"),
        ("- # a\n- - b\n- ---\n-", "- \\# a\n- \\- b\n- \\---\\\n  \\-"),
        ("* * *", r"- \* \*"),
        ("\n".join(" " * 2 * deep + "- a" for deep in range(6)),
         "- a\n  - a\n    - a\n      - a\n      - a\n      - a"),
    ],
)  # fmt: skip
def test_a_note_keeps_its_lists(text: str, expected: str) -> None:
    assert PLAIN.paragraphs(text, 0) == expected


HOSTILE = (
    "# h", "## h", "h\n===", "h\n---", "---", "h\n-- --", "- item", "* item", "+ item",
    "1. item", "> quote",
    "```", "~~~", "```\ncode", "    code", "<script>x</script>", "<!--", "-->",
    "<https://e.example>", "<a@e.example>", "[x](https://e.example)", "![x](https://e.example)",
    "[x]: https://e.example",
    "[x][y]", "https://e.example", "www.e.example", "@ada", "@acme/team", "a|b\n-|-", "| a |",
    "&lt;b&gt;", "&#60;b>", "**b**", "__b__", "*e*", "_e_", "~~s~~", "`c`", "``", "`", "\\", "\\`",
    "\\[", "!", "!ABC-1", "#12", "a/b#1", "\r\n", "\n\n", "\t", "\u202ex", "\x1b[31m", "\x00",
    "\x85# h", "\u2028# h", "mailto:x@e.example",
    "_", "a_b", "word", " ", "é", "\udcff",
    "\n- ", "\n  - ", "\n      - ", "\n2. ", "\n   1) ", "\n    ", "**", "*", "(", ")", '"', ".",
    "[", "]", "](https://e.example/", "[x](javascript:x)", "[`x`](http://e.example/a_(b))",
    "<http://e.example/`>",
    "<img src=x>", "http://", "www.", "ftp://a", "_@ada", "1",
    "[x\ny](http://e.example)", "[![x](http://e.example)](http://e.example)", "{@ada}",
)  # fmt: skip
texts = st.lists(st.sampled_from(HOSTILE), max_size=8).map("".join) | st.text(max_size=40)
markdowns = st.sampled_from((PLAIN, LINKED))
MENTION = re.compile(r"(?<![A-Za-z0-9_])@\w")
LINKED_BARE = re.compile(r"(?i:(?<![a-z])(?:https?|ftp)://)|(?<![^\s*_~(])www\.")
"""What GitHub links wherever it stands, up to a blank or ``<``, backslashes included."""
HARMLESS = {
    *("text", "code_inline", "text_special", "link_open", "link_close", "softbreak", "hardbreak"),
    *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
    *("paragraph_open", "paragraph_close", "fence"),
}
IN_NOTES = {"em_open", "em_close", "strong_open", "strong_close"}
IN_NOTES |= HARMLESS | {"ordered_list_open", "ordered_list_close"}
OURS = ("https://forge.example/", "https://tickets.example/")


def assert_harmless(found: list[Token], items: int, kinds: set[str]) -> None:
    assert {token.type for token in found} <= kinds
    assert sum(token.type == "list_item_open" and token.level == 1 for token in found) == items
    pages = OURS if kinds is HARMLESS else ("https://", "http://")
    for token in found:
        target = str(token.attrs.get("href", OURS[0]))
        assert target.startswith(pages)
        assert token.type != "text" or not MENTION.search(token.content)
    assert not LINKED_BARE.search(outside_links(found))


def outside_links(found: list[Token]) -> str:
    """The text that is neither code nor a link's; what begins emphasis has no letters before it."""
    depth, text = 0, ""
    for token in found:
        depth += token.type.startswith("link_") * token.nesting
        is_shown = token.type == "text" and not depth
        text += token.content if is_shown else " "
    return text


def letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


def said(found: list[Token]) -> str:
    """The letters that a reader sees, and those of the addresses that links lead to."""
    text = ""
    for token in found:
        page = str(token.attrs.get("href", OURS[0]))
        numbers = token.info if token.type == "list_item_open" else ""
        text += token.content + numbers * (token.level > 1)
        after = "" if token.markup == "autolink" or page.startswith(OURS) else page
        pending = after if token.type == "link_open" else ""
        text += pending
    return "".join(sorted(letters(text)))


@given(markdowns, texts)
def test_no_text_breaks_out_of_its_line(markdown: Markdown, text: str) -> None:
    found = list(tokens(f"- start\n- {markdown.line(text)}\n- end\n\npara\n"))
    assert_harmless(found, 3, HARMLESS)
    assert shown(found) == "start" + "".join(one_line(text).replace("`", "").split()) + "endpara"


@given(markdowns, texts)
def test_no_note_breaks_out_of_its_item(markdown: Markdown, text: str) -> None:
    found = list(tokens(f"- start\n\n{markdown.paragraphs(text, 2)}\n\n- end\n\npara\n"))
    assert_harmless(found, 2, IN_NOTES)
    assert found[-2].content == "para"
    if not any(token.type == "fence" for token in found):
        assert said(found) == "".join(sorted(letters(f"start{cleaned(text)}endpara")))


@given(markdowns, texts)
def test_a_note_is_laid_out_as_it_was(markdown: Markdown, text: str) -> None:
    once = markdown.paragraphs(text, 0)
    assert [token.type for token in tokens(markdown.paragraphs(f"\n\n{text}\n", 2))] == [
        token.type for token in tokens(once)
    ]


@given(texts)
def test_what_is_invisible_is_taken_out(text: str) -> None:
    for markup in (PlainText(Linker()), PLAIN, REST, Html(Linker())):
        line = markup.line(text)
        assert not set(line) & set("\x00\x1b\x85\u2028\u202e\udcff\n\r\t")
    assert "\ufffd" in cleaned("\udcff")


@pytest.mark.matrix
@pytest.mark.parametrize(
    "unit",
    [
        *("_ ", "`", "*", "``` ", "a_b_", "\n- x", "@a ", "{@a", "https://a.b ", "!ABC-1"),
        *("*a ", "*a* ", "[", "[a\n", "[a](https://b/(", "[`a`](https://b) ", "<https://@"),
    ],
)
@pytest.mark.parametrize("markup", [LINKED, REST], ids=["markdown", "rst"])
def test_escaping_is_linear(markup: PlainText, unit: str) -> None:
    def escaping(length: int) -> Callable[[], object]:
        text = unit * (length // len(unit))
        return lambda: (markup.line(text), markup.paragraphs(text, 2))

    assert grows_with_the_length_alone(escaping, 200_000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words", "plain words"),
        ("10\u00a0km", "10 km"),
        ("a *b* `c` _d e_f g_", r"a \*b\* ``c`` \_d e_f g\_"),
        ("x`c`y", r"x\ ``c``\ y"),
        ("an open ` tick", r"an open \` tick"),
        ("`` ` ``", r"\`\` \` \`\`"),
        ("`a``b` and `c\\`", r"\`a\`\`b\` and \`c\\\`"),
        ("see #1!", r"see `#1 <https://forge.example/acme/app/issues/1>`__\ !"),
        ("a|b <c> d::", r"a\|b \<c\> d\:\:"),
        ("https://e.example x@e.example", r"https\://e.example x\@e.example"),
        ("- item", r"\- item"),
        ("1. item", r"\1. item"),
        ("iv) item", r"\iv) item"),
        (".. note::", r"\.. note\:\:"),
        ("====", r"\===="),
        ("\\", r"\ " + r"\\"),
        ("", ""),
    ],
)
def test_restructured_text_is_escaped(text: str, expected: str) -> None:
    assert REST.line(text) == expected


def test_restructured_text_has_paragraphs_and_directives() -> None:
    text = "one\n===\n\n```py\nx\n\n  y\n```\n```\n```\n~~~\nz\n~~~"
    assert REST.paragraphs(text, 2).rstrip().split("\n") == [
        "  one",
        r"  \===",
        "",
        "  .. code-block:: py",
        "",
        "      x",
        "",
        "        y",
        "",
        "",
        "",
        "  .. code-block:: text",
        "",
        "      z",
    ]


def test_restructured_links_to_addresses_that_end_with_an_underscore() -> None:
    assert REST.link("x_", "https://e.example/a_") == r"`x\_ <https://e.example/a\_>`__"
    assert REST.link("x_", "") == r"x\_"


def test_plain_text_is_cleaned() -> None:
    plain = PlainText(Linker())
    assert plain.value("a\x1b[31m\n b\u202e*") == "a[31m b*"
    assert plain.value(None) == ""
    assert plain.value(3) == "3"
    assert plain.link("a", "https://x.example") == "a <https://x.example>"
    assert plain.link("a", "") == "a"
    assert plain.paragraphs("a\n\n```\nb\n\n```", 1) == " a\n\n b\n"


def test_html_is_escaped() -> None:
    html = Html(Linker(GITHUB))
    assert html.line("<b>\"'& `<c>` #1 @ada") == (
        "&lt;b&gt;&#34;&#39;&amp; <code>&lt;c&gt;</code> "
        '<a href="https://forge.example/acme/app/issues/1">#1</a> @ada'
    )
    assert html.link("<", 'https://x.example/"') == '<a href="https://x.example/&#34;">&lt;</a>'
    assert html.link("<", "") == "&lt;"
    assert html.paragraphs("a\nb\n\n```\n<\n  c\n```", 2) == (
        "  <p>a b</p>\n<pre><code>&lt;\n  c</code></pre>"
    )


def test_json_prints_values() -> None:
    form = Json(Linker())
    person = Contributor("Ada \u202e\udcff", "a@e.example")
    value = {"a": (1, None, True, 2.5), "b": [person], 3: object}
    assert json.loads(form.value(value)) == {
        "a": [1, None, True, 2.5],
        "b": [{"name": "Ada \u202e\ufffd", "email": "a@e.example", "login": "", "url": ""}],
        "3": str(object),
    }
    assert form.line('"é\n') == r'"\"é\n"'


@pytest.mark.parametrize("text", ["#12", "!12"])
def test_number_that_leads_nowhere_stays_as_it_is(text: str) -> None:
    assert PLAIN.line(text) == text


@pytest.mark.parametrize("markdown", [PLAIN, LINKED], ids=["plain", "linked"])
def test_words_stay_as_they_are(markdown: Markdown) -> None:
    assert markdown.line("add a thing (again)") == "add a thing (again)"
