"""Image diffs: which layers differ, and what there is to download."""

from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.images.image import Layer, PlatformDiff, image_diff

BASE, OLD, NEW, EMPTY = Layer("base", 100), Layer("old", 20), Layer("new", 30), Layer("empty", 1)
AMD, ARM = "linux/amd64", "linux/arm64"
LAYERS = st.lists(st.sampled_from([BASE, OLD, NEW, EMPTY]), max_size=6)
IMAGES = st.dictionaries(st.sampled_from([AMD, ARM]), LAYERS)


def test_only_layers_that_are_not_there_are_downloaded() -> None:
    [found] = image_diff({AMD: [BASE, OLD]}, {AMD: [BASE, NEW]})
    assert found == PlatformDiff(AMD, (BASE,), (OLD,), (NEW,))
    assert found.download == 30


def test_equal_images_need_no_download() -> None:
    [found] = image_diff({AMD: [BASE, OLD]}, {AMD: [BASE, OLD]})
    assert (found.kept, found.removed, found.added) == ((BASE, OLD), (), ())
    assert found.download == 0


def test_layer_that_an_image_has_twice_is_downloaded_once() -> None:
    [found] = image_diff({AMD: [BASE]}, {AMD: [BASE, EMPTY, NEW, EMPTY]})
    assert (found.added, found.download) == ((EMPTY, NEW), 31)


def test_layer_that_moves_inside_an_image_is_kept() -> None:
    [found] = image_diff({AMD: [BASE, OLD]}, {AMD: [OLD, BASE]})
    assert (found.kept, found.download) == ((OLD, BASE), 0)


def test_layers_of_another_platform_do_not_help() -> None:
    amd, arm = image_diff({AMD: [BASE]}, {AMD: [BASE], ARM: [BASE]})
    assert (amd.download, arm.download, arm.is_new) == (0, 100, True)


def test_platform_that_is_gone_is_told() -> None:
    [amd, arm] = image_diff({ARM: [BASE], AMD: [BASE]}, {AMD: [BASE]})
    assert (amd.is_gone, arm.is_gone, arm.removed, arm.download) == (False, True, (BASE,), 0)


@given(IMAGES, IMAGES)
def test_way_back_adds_what_the_way_there_removed(
    before: dict[str, list[Layer]], after: dict[str, list[Layer]]
) -> None:
    there, back = image_diff(before, after), image_diff(after, before)
    assert [(one.platform, one.added, one.is_new) for one in there] == [
        (one.platform, one.removed, one.is_gone) for one in back
    ]


@given(IMAGES, IMAGES)
def test_kept_and_added_layers_are_the_whole_image(
    before: dict[str, list[Layer]], after: dict[str, list[Layer]]
) -> None:
    for found in image_diff(before, after):
        assert {*found.kept, *found.added} == {*after.get(found.platform, [])}
        assert {*found.kept, *found.removed} == {*before.get(found.platform, [])}
