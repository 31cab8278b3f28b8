"""README.zh-CN.md says what README.md says."""

from tests.project.translation import ORIGINAL, TRANSLATION, faults, sections, with_blocks

ENGLISH = "# A\n\nSee [b](b.md).\n\n## Try\n\nType `a`:\n\n```sh\n# no heading\na\n```\n"
CHINESE = "# A\n\n看 [b](b.md)。\n\n## 试\n\n输入 `a`。\n\n```sh\n# no heading\na\n```\n"


def translated(english: str = ENGLISH, chinese: str = CHINESE) -> str:
    """The Chinese text with comments that say it was translated from the English one."""
    for source, section in zip(sections(english), sections(chinese), strict=True):
        comment = f'<!-- README.md "{source.heading}": {source.hash} -->'
        chinese = chinese.replace(f" {section.heading}\n", f" {section.heading}\n{comment}\n", 1)
    return chinese


def test_the_chinese_readme_is_in_step() -> None:
    assert list(faults(ORIGINAL.read_text(), TRANSLATION.read_text())) == []


def test_a_translation_of_what_it_says_is_in_step() -> None:
    assert list(faults(ENGLISH, translated())) == []


def test_a_section_that_changed_is_named_with_what_to_write() -> None:
    changed = ENGLISH.replace("Type", "Please type")
    new = sections(changed)[1].hash
    (said,) = faults(changed, translated())
    assert said == (
        '"Try" of README.md changed: translate that in "试" of README.zh-CN.md, then write below'
        f' its heading: <!-- README.md "Try": {new} -->'
    )


def test_a_block_that_changed_asks_for_no_translation_and_can_be_copied() -> None:
    changed, before = ENGLISH.replace("\na\n", "\nb\n"), translated()
    assert list(faults(changed, before)) == [
        'the blocks of "试" of README.zh-CN.md differ: run python -m tests.project.translation'
    ]
    assert list(faults(changed, with_blocks(changed, before))) == []


def test_code_and_links_of_the_text_are_the_same() -> None:
    other = translated(chinese=CHINESE.replace("`a`", "`b`").replace("(b.md)", "(c.md)"))
    assert list(faults(ENGLISH, other)) == [
        "\"A\" of README.zh-CN.md has other links: ['b.md', 'c.md']",
        "\"试\" of README.zh-CN.md has other code in its text: ['`a`', '`b`']",
    ]


def test_a_section_without_a_translation_is_told() -> None:
    added = f"{ENGLISH}\n## More\n\nWords.\n"
    assert list(faults(added, translated())) == [
        "README.zh-CN.md has the sections ['A', 'Try'], README.md has ['A', 'Try', 'More']"
    ]
