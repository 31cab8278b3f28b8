"""Git tags that move: what the configuration allows, and which tags are versions beside them."""

import pytest

from tagboat.core.config import ConfiguredSettings, config_of, problems
from tagboat.core.next_version.package import Package
from tagboat.core.version.tag import Ref
from tagboat.core.version.version import Version
from tagboat.use_cases.next_version.repository_state import tagging_of
from tests.fakes import MemoryHistory


def moved(*templates: str, **more: object) -> dict[str, object]:
    """A configuration with moving tags."""
    return {"release": {"moving_tags": list(templates)}, **more}


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{version}", "unknown placeholder {version}"),
        ("v{major}.{minor}.{patch}", "unknown placeholder {patch}"),
        ("v{minor}", "{minor} without {major}"),
        ("v {major}", "spells no valid name"),
        ("v{major", "a brace without its pair"),
    ],
)
def test_template_that_can_not_move_is_refused(template: str, message: str) -> None:
    [problem] = problems(moved("v{major}", template))
    assert problem.path == ("release", "moving_tags", 1)
    assert message in problem.message


def test_packages_do_not_share_a_moving_tag() -> None:
    several = [{"name": "a", "paths": ["a"]}, {"name": "b", "paths": ["b"]}]
    [problem] = problems(moved("{name}-v{major}", "v{major}", packages=several))
    assert problem.path == ("release", "moving_tags", 1)
    assert "add {name}" in problem.message


def test_rules_carry_the_name_of_the_package() -> None:
    config = moved("{name}-v{major}", packages=[{"name": "api"}])
    [package] = ConfiguredSettings(config_of(config)).packages
    assert [rule.spell(Version(2, 1, 0)) for rule in package.moving] == ["api-v2"]


def test_moving_tags_are_no_versions_of_pep440() -> None:
    config = moved("v{major}", "v{major}.{minor}", scheme="pep440", tag="v{version}")
    [package] = ConfiguredSettings(config_of(config)).packages
    refs = [Ref(name, "0" * 40) for name in ("v1", "v1.2", "v1.2.0", "v1.3rc1", "v2024")]
    found = tagging_of(MemoryHistory(), package, refs)
    assert [tag.name for tag in found.tags] == ["v1.2.0", "v1.3rc1"]


def test_short_versions_of_pep440_stay_versions_where_nothing_moves() -> None:
    package = Package(tag="v{version}", scheme="pep440")
    found = tagging_of(MemoryHistory(), package, [Ref("v1.2", "0" * 40)])
    assert [tag.version for tag in found.tags] == [Version(1, 2, 0)]
