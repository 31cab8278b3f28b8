"""What the configuration says about images, as definitions."""

import pytest

from tagboat.core.config import ConfiguredSettings, config_of, problems
from tagboat.core.images.image import Image


def images(data: dict[str, object], name: str = "") -> tuple[Image, ...]:
    """The images of a package."""
    packages = ConfiguredSettings(config_of(data)).packages
    return next(package.images for package in packages if package.name == name)


def names(*tables: dict[str, object]) -> list[str]:
    return [image.name for image in images({"images": list(tables)})]


def messages(data: dict[str, object]) -> list[tuple[str, str]]:
    return [(".".join(map(str, path)), message) for path, message in problems(data)]


def test_without_keys_an_image_is_what_the_core_says() -> None:
    assert images({"images": [{}]}) == (Image("image"),)


def test_keys_become_a_definition() -> None:
    table = {
        "repositories": ["r.example/acme/app"],
        "staging": "r.example/staging",
        "target": "runtime",
        "contexts": {"a": "b"},
        "build_args": {"V": "{version}"},
        "secrets": {"npm": "env:NPM"},
        "title": "App",
        "vendor": "ACME",
        "base_name": "alpine",
        "labels": {"a": "1"},
        "annotations": {"b": "2"},
    }
    assert images({"images": [table]}) == (
        Image(
            "app",
            ("r.example/acme/app",),
            "r.example/staging",
            target="runtime",
            contexts=(("a", "b"),),
            build_args=(("V", "{version}"),),
            secrets=(("npm", "env:NPM"),),
            facts=(("title", "App"), ("vendor", "ACME"), ("base.name", "alpine")),
            labels=(("a", "1"),),
            annotations=(("b", "2"),),
        ),
    )


@pytest.mark.parametrize("host", ["[::1]:5000", "[2001:db8::1]", "r.example:5000", "localhost"])
def test_registries_may_be_named_by_address(host: str) -> None:
    assert messages({"registries": {"insecure": [host]}}) == []
    if host != "localhost":
        assert messages({"images": [{"repositories": [f"{host}/acme/app"]}]}) == []


def test_name_in_upper_case_is_no_host() -> None:
    [(path, message)] = messages({"images": [{"repositories": ["Acme/app"]}]})
    assert path == "images.0.repositories.0"
    assert "lower case" in message


def test_names_are_given_or_derived() -> None:
    assert names(
        {"name": "web"},
        {"repositories": ["r.example/acme/my.app", "acme/other"]},
        {"repositories": ["acme/app"], "suffix": "-Alpine3.22"},
        {},
    ) == ["web", "my-app", "app-alpine3-22", "image"]


@pytest.mark.parametrize(
    "tables",
    [
        [{}, {}],
        [{"name": "app"}, {"repositories": ["acme/app"]}],
        [{"repositories": ["acme/app"]}, {"name": "app"}],
    ],
)
def test_two_images_of_one_name_are_refused(tables: list[dict[str, object]]) -> None:
    [(path, message)] = messages({"images": tables})
    assert path == "images.1"
    assert "already: give it a name" in message


def test_two_images_that_are_given_one_name_are_refused_once() -> None:
    data: dict[str, object] = {"images": [{"name": "app"}, {"name": "app"}]}
    assert messages(data) == [("images.1.name", "'app' is there already")]


def test_a_context_is_another_image() -> None:
    base, app = {"name": "base"}, {"name": "app", "contexts": {"base": "target:base"}}
    assert messages({"images": [base, app]}) == []
    app["contexts"] = {"base": "target:bsae", "self": "target:app"}
    assert messages({"images": [base, app]}) == [
        ("images.1.contexts.base", "there is no other image 'bsae' (did you mean 'base'?)"),
        ("images.1.contexts.self", "there is no other image 'app'"),
    ]


PACKAGES = [{"name": "api", "paths": ["api"]}, {"name": "web", "paths": ["web"]}]


def test_images_belong_to_packages() -> None:
    tables = [{"name": "a", "package": "api"}, {"name": "w", "package": "web"}]
    config: dict[str, object] = {"images": tables, "packages": PACKAGES}
    assert [image.name for image in images(config, "web")] == ["w"]


def test_an_image_of_no_package_belongs_to_the_one_that_covers_everything() -> None:
    config: dict[str, object] = {"images": [{}], "packages": [*PACKAGES, {"name": "all"}]}
    assert [image.name for image in images(config, "all")] == ["image"]
    assert images(config, "api") == ()


def test_an_image_of_the_only_package_need_not_name_it() -> None:
    config: dict[str, object] = {"images": [{}], "packages": PACKAGES[:1]}
    assert [image.name for image in images(config, "api")] == ["image"]


def test_with_several_packages_an_image_says_whose_version_it_has() -> None:
    assert messages({"images": [{}], "packages": PACKAGES}) == [
        ("images.0", "say whose version it has: package = 'api'")
    ]
    assert images({"images": [{}], "packages": PACKAGES}, "api") == ()


def test_an_image_of_a_package_that_is_not_there() -> None:
    data: dict[str, object] = {"images": [{"package": "apj"}], "packages": PACKAGES}
    assert messages(data) == [
        ("images.0.package", "there is no package 'apj' (did you mean 'api'?)")
    ]
