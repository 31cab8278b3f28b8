"""What strangers write, as its reader shows it."""

import json

import pytest

from tagboat.core.escape import in_json, in_log, in_shell, in_terminal, without_commands


def test_no_character_steers_a_terminal() -> None:
    assert in_terminal("a\x1b[31m\x9b\u202e\u2028 ü\n") == "a\\x1b[31m\\x9b\\u202e\\u2028 ü\n"


def test_half_a_character_is_shown_as_one_that_is_not_known() -> None:
    assert in_terminal("\udc80") == "?"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::set-output name=a::b", "\\x3a:set-output name=a::b"),
        ("  ::add-mask::a", "  \\x3a:add-mask::a"),
        ("a ##[set-output]", "a \\x23#[set-output]"),
        ("##vso[task]", "\\x23#vso[task]"),
        ("section_start:1:a", "section\\x5fstart:1:a"),
        ("a :: b", "a :: b"),
    ],
)
def test_no_line_is_a_command_to_a_ci_system(text: str, shown: str) -> None:
    assert without_commands(text) == in_log(text) == shown


def test_json_means_the_same_and_steers_nothing() -> None:
    value = {"a": "\x1b\u202e ##[group]b"}
    document = in_json(json.dumps(value, ensure_ascii=False))
    assert json.loads(document) == value
    assert document.isprintable()
    assert "##[" not in document


def test_a_name_is_one_word_of_a_shell() -> None:
    assert in_shell("v1.0.0 $(id)") == "'v1.0.0 $(id)'"
