"""What the configuration says about a release on a forge."""

import pytest

from tagboat.core.config import ConfiguredSettings, config_of, problems
from tagboat.core.forge.detect import ForgeSettings
from tagboat.core.forge.release import COMMENT, Asset, AssetRule, ForgeRules, with_values
from tagboat.core.settings import Settings

RULES = ForgeRules(
    assets=(
        AssetRule("dist/*.whl", "Wheel"),
        AssetRule("docs/manual.pdf", "Manual", "application/x-manual"),
        AssetRule("dist/*"),
    )
)


def settings(**keys: object) -> Settings:
    """What a configuration with a table `forge` means."""
    return ConfiguredSettings(config_of({"forge": keys}))


def asset(name: str) -> Asset:
    return Asset(name, 1, "00")


def test_first_rule_for_a_name_dresses_an_asset() -> None:
    assert RULES.dressed(asset("app.whl")) == asset("app.whl")._replace(label="Wheel")
    manual = RULES.dressed(asset("manual.pdf"))
    assert (manual.label, manual.content_type) == ("Manual", "application/x-manual")


def test_asset_without_a_rule_stays_as_it_is() -> None:
    assert ForgeRules().dressed(asset("record.json")) == asset("record.json")


def test_rules_of_one_release_hold_its_values() -> None:
    rules = ForgeRules("{name} {version}", (AssetRule("a-{version}.zip"),), comment="{tag} {url}")
    own = rules.about({"name": "app", "version": "1.2.0", "tag": "v1.2.0"})
    assert (own.title, own.assets[0].path, own.comment) == (
        "app 1.2.0",
        "a-1.2.0.zip",
        "v1.2.0 {url}",
    )


def test_other_braces_stay() -> None:
    assert with_values("{a} {b} {", {"a": "1"}) == "1 {b} {"


def test_every_key_has_its_meaning() -> None:
    table = {
        "title": "App {version}",
        "draft": True,
        "assets": ["a", {"path": "b", "label": "B"}, {"path": "c", "content_type": "text/x"}],
        "comment": "out",
        "label": "released",
    }
    rules = (AssetRule("a"), AssetRule("b", "B"), AssetRule("c", "", "text/x"))
    assert settings(**table).forge_rules == ForgeRules(
        "App {version}", rules, is_draft=True, comment="out", label="released"
    )


@pytest.mark.parametrize(("given", "meant"), [(True, COMMENT), (False, "")])
def test_usual_comment_is_there_by_true(meant: str, *, given: bool) -> None:
    assert settings(comment=given).forge_rules == ForgeRules(comment=meant)


def test_releases_on_a_forge_can_be_turned_off() -> None:
    assert settings(release=False).forge_rules is None
    assert settings(kind="none").forge_rules is None


def test_forgejo_is_a_gitea() -> None:
    table = {"kind": "forgejo", "url": "https://x.example/a/b", "api": "https://x.example/api/v1"}
    found = ForgeSettings("gitea", "https://x.example/a/b", "https://x.example/api/v1")
    assert settings(**table).forge == found


def test_value_of_the_wrong_type_names_all_that_fit() -> None:
    data = {"forge": {"assets": [1, "a", {"label": "x"}], "comment": 1}}
    assert [(".".join(map(str, one.path)), one.message) for one in problems(data)] == [
        ("forge.assets.0", "expected a string or a table, found an integer"),
        ("forge.assets.2", "the key 'path' is missing"),
        ("forge.comment", "expected true or false or a string, found an integer"),
    ]


def test_value_of_a_type_that_fits_is_checked() -> None:
    data = {"forge": {"assets": ["../a", {"path": "/b"}], "comment": ""}}
    assert [".".join(map(str, one.path)) for one in problems(data)] == [
        "forge.assets.0",
        "forge.assets.1.path",
        "forge.comment",
    ]
