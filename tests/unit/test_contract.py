"""The message of a release's tag: notes and trailers, read back as they were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tagboat.core.forge.release import Asset
from tagboat.core.plan.tag_message import Contract, ImageDigest, contract_of

CONTRACT = Contract(
    version="1.4.0",
    package="api",
    previous="v1.3.0",
    source="0" * 40,
    branch="main",
    channel="prerelease rc",
    bump="minor",
    time=1_704_067_200,
    tool="tagboat 1",
    plan="sha256:ab",
    notes="## 1.4.0\n\n- a\n",
)
SIGNATURE = "-----BEGIN {0}-----\n\nabc\n=def\n-----END {0}-----\n"
KINDS = ("PGP SIGNATURE", "PGP MESSAGE", "SSH SIGNATURE", "SIGNED MESSAGE")


def test_message_begins_with_the_notes() -> None:
    assert CONTRACT.message().startswith("## 1.4.0\n\n- a\n\nTagboat-Release: 1\n")


def test_what_is_empty_has_no_trailer() -> None:
    message = replace(CONTRACT, package="", previous="").message()
    assert "Tagboat-Package" not in message
    assert "Tagboat-Previous" not in message
    assert "Tagboat-Asked" not in message


def test_what_was_asked_for_is_told() -> None:
    contract = replace(CONTRACT, asked="--as 1.4.0")
    assert "\nTagboat-Asked: --as 1.4.0\n" in contract.message()
    assert contract_of(contract.message()) == contract


def test_notes_without_a_line_end_get_one() -> None:
    assert contract_of(replace(CONTRACT, notes="a").message()) == replace(CONTRACT, notes="a\n")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_message_is_read_as_it_was_written(notes: str) -> None:
    whole = notes if not notes or notes.endswith("\n") else notes + "\n"
    contract = replace(CONTRACT, notes=notes)
    assert contract_of(contract.message()) == replace(contract, notes=whole)


HOSTILE = st.lists(
    st.sampled_from(
        [
            "Tagboat-Release: 1\n",
            "Tagboat-Version: 9.0.0\n",
            "Tagboat-Time: 1\n",
            f"Tagboat-Image: evil@sha256:{'0' * 64}\n",
            "Signed-off-by: a <b>\n",
            "-----BEGIN PGP SIGNATURE-----\n",
            "-----END PGP SIGNATURE-----\n",
            "\n",
            "words\n",
            "no line end",
            "\r\n",
            "\u2028",
        ]
    ),
    max_size=12,
).map("".join)
IMAGES = st.lists(
    st.builds(
        ImageDigest,
        st.from_regex(r"[a-z0-9@][a-z0-9:/@._-]{0,20}[a-z0-9]", fullmatch=True),
        st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True),
    ),
    unique_by=lambda image: image.name,
    max_size=4,
).map(tuple)


@given(HOSTILE, IMAGES, st.sampled_from(["", *(SIGNATURE.format(kind) for kind in KINDS)]))
def test_no_notes_change_what_the_trailers_say(
    notes: str, images: tuple[ImageDigest, ...], signature: str
) -> None:
    whole = notes if not notes or notes.endswith("\n") else notes + "\n"
    contract = replace(CONTRACT, notes=notes, images=images)
    assert contract_of(contract.message() + signature) == replace(contract, notes=whole)


def test_each_image_has_a_trailer_in_the_order_given() -> None:
    images = (ImageDigest("b", f"sha256:{'0' * 64}"), ImageDigest("a", f"sha256:{'1' * 64}"))
    assert (
        replace(CONTRACT, images=images)
        .message()
        .endswith(
            f"\nTagboat-Image: b@sha256:{'0' * 64}\nTagboat-Image: a@sha256:{'1' * 64}\n",
        )
    )


@pytest.mark.parametrize("kind", KINDS)
def test_signature_is_no_part_of_it(kind: str) -> None:
    assert contract_of(CONTRACT.message() + SIGNATURE.format(kind)) == CONTRACT


@pytest.mark.parametrize("kind", KINDS)
def test_signature_inside_the_notes_stays(kind: str) -> None:
    contract = replace(CONTRACT, notes=SIGNATURE.format(kind) + "more\n")
    assert contract_of(contract.message()) == contract


def test_marker_inside_the_notes_is_not_the_contract() -> None:
    other = replace(CONTRACT, version="9.0.0", plan="sha256:00").message()
    contract = replace(CONTRACT, notes=other)
    assert contract_of(contract.message()) == contract


@pytest.mark.parametrize(
    "message",
    [
        "",
        "v1.4.0\n",
        "## 1.4.0\n\nTagboat-Release: 2\nTagboat-Time: 1\n",
        "## 1.4.0\n\nTagboat-Release: 1\nTagboat-Version: 1.4.0\n",
        "## 1.4.0\n\nTagboat-Release: 1\nTagboat-Time: soon\n",
        "## 1.4.0\n\nTagboat-Release: 1\nTagboat-Time: 1\nand more words\n",
        "## 1.4.0\n\nTagboat-Release: 1\nTagboat-Time: 1\nTagboat-Time: 1\n",
        "## 1.4.0\n\nTagboat-Release: 1\nTagboat-Time: \u00b2\n",
        "## 1.4.0\n\nTagboat-Release: 1\nTagboat-Time: 1\nTagboat-Image: a@sha256:00\n",
        (
            "## 1.4.0\n\nTagboat-Release: 1\nTagboat-Time: 1\n"
            f"Tagboat-Image: a@sha256:{'0' * 64}\nTagboat-Image: a@sha256:{'1' * 64}\n"
        ),
        "about Tagboat-Release: 1\nTagboat-Time: 1\n",
        "## 1.4.0\n\nTagboat-Release: 1\nTagboat-Time: 1\nTagboat-Words\n",
        "begun\nTagboat-Release: 1\nTagboat-Time: 1\n",
    ],
    ids=[
        "empty",
        "of others",
        "later format",
        "without a time",
        "time that is none",
        "words after it",
        "said twice",
        "time in no digits",
        "image without a digest",
        "image said twice",
        "inside a line",
        "line without a value",
        "no paragraph of its own",
    ],
)
def test_other_messages_hold_no_contract(message: str) -> None:
    assert contract_of(message) is None


ASSETS = (Asset("app 1.zip", 3, "a" * 64), Asset("b: c", 0, "0" * 64))


def test_assets_have_a_trailer_each() -> None:
    message = replace(CONTRACT, assets=ASSETS).message()
    assert f"\nTagboat-Asset: sha256:{'a' * 64} 3 app 1.zip\n" in message
    assert contract_of(message) == replace(CONTRACT, assets=ASSETS)


@pytest.mark.parametrize("told", ["sha256:aa 1 a", f"sha256:{'a' * 64} x a", f"{'a' * 64} 1 a"])
def test_asset_that_can_not_be_read_makes_it_no_contract(told: str) -> None:
    assert contract_of(f"{CONTRACT.message()}Tagboat-Asset: {told}\n") is None
