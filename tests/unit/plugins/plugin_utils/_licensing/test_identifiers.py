# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers and codes as people copy them from paper."""

from __future__ import annotations

import string

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import identifiers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.identifiers import Shape, canonical
from hypothesis import given
from hypothesis import strategies as st

CODE = "AB12CDE34FGH56IJK78LMN90P"
LONG = "AB12CDE34FGH56IJK78LMN90PQRST123456"

ALL_SHAPES = [shape for shape in vars(identifiers).values() if isinstance(shape, Shape)]
# Shape to how many characters it has, and whether they are digits only.
EXACT_SHAPES = {
    identifiers.LICENSE_CODE: (25, False),
    identifiers.OPEN_LICENSE_NUMBER: (8, True),
    identifiers.AUTHORIZATION_NUMBER: (15, False),
    identifiers.AGREEMENT_NUMBER: (7, True),
    identifiers.LICENSE_KEY_PACK_ID: (35, False),
    identifiers.LICENSE_SERVER_ID: (35, False),
}
HYPHENS = "-\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{FIGURE DASH}\N{EN DASH}\N{EM DASH}\N{HORIZONTAL BAR}"
HYPHENS += "\N{MINUS SIGN}\N{SOFT HYPHEN}\N{SMALL HYPHEN-MINUS}\N{FULLWIDTH HYPHEN-MINUS}\N{HYPHEN BULLET}"
BLANKS = " \t\n\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
BLANKS += (
    "\N{ZERO WIDTH SPACE}\N{WORD JOINER}\N{ZERO WIDTH NO-BREAK SPACE}\N{LEFT-TO-RIGHT MARK}\N{POP DIRECTIONAL ISOLATE}"
)


@pytest.mark.parametrize(
    ("text", "shape", "wanted"),
    [
        ("AB12C-DE34F-GH56I-JK78L-MN90P", identifiers.LICENSE_CODE, CODE),
        ("ab12c de34f gh56i jk78l mn90p", identifiers.LICENSE_CODE, CODE),
        ("  AB12CDE34FGH56IJK78LMN90P\n", identifiers.LICENSE_CODE, CODE),
        ("AB12C\N{EN DASH}DE34F\N{NO-BREAK SPACE}GH56I - JK78L-MN90P", identifiers.LICENSE_CODE, CODE),
        ("1234 5678", identifiers.OPEN_LICENSE_NUMBER, "12345678"),
        (12345678, identifiers.OPEN_LICENSE_NUMBER, "12345678"),
        ("12345-abcde-67890", identifiers.AUTHORIZATION_NUMBER, "12345ABCDE67890"),
        ("123-4567", identifiers.AGREEMENT_NUMBER, "1234567"),
        ("0123456", identifiers.AGREEMENT_NUMBER, "0123456"),
        ("1234567", identifiers.SERVICE_PROVIDER_NUMBER, "1234567"),
        ("12345678", identifiers.SERVICE_PROVIDER_NUMBER, "12345678"),
        ("ov-1234", identifiers.OTHER_AGREEMENT_NUMBER, "OV1234"),
        ("AB12C-DE34F-GH56I-JK78L-MN90P-QRST1-23456", identifiers.LICENSE_KEY_PACK_ID, LONG),
        ("ab12c-de34f-gh56i-jk78l-mn90p-qrst1-23456", identifiers.LICENSE_SERVER_ID, LONG),
        ("12-34", identifiers.CONFIRMATION_CODE, "1234"),
    ],
)
def test_as_printed_on_paper(text: object, shape: Shape, wanted: str) -> None:
    assert canonical(text, shape, "option") == wanted


@pytest.mark.parametrize("shape", ALL_SHAPES, ids=lambda shape: shape.name)
@pytest.mark.parametrize(
    "text",
    ["", "  - ", "1_2", "12/34567", "A" * 65, "1" * 65, "ZÜRICH", "\N{ARABIC-INDIC DIGIT ONE}" * 7, "None!"],
)
def test_what_is_no_identifier_of_any_kind(text: str, shape: Shape) -> None:
    with pytest.raises(InvalidOption):
        canonical(text, shape, "option")


@pytest.mark.parametrize(("shape", "count"), [(shape, count) for shape, (count, _unused) in EXACT_SHAPES.items()])
@pytest.mark.parametrize("too_many", [-1, 1])
def test_one_character_too_few_or_too_many(shape: Shape, count: int, too_many: int) -> None:
    assert canonical("1" * count, shape, "option") == "1" * count
    with pytest.raises(InvalidOption, match=f"got {count + too_many} characters"):
        canonical("1" * (count + too_many), shape, "option")


@pytest.mark.parametrize("shape", [shape for shape, (_unused, digits) in EXACT_SHAPES.items() if digits])
def test_letters_where_only_digits_belong(shape: Shape) -> None:
    count = EXACT_SHAPES[shape][0]
    with pytest.raises(InvalidOption, match=f"an {shape.name} has {count} digits"):
        canonical("A" * count, shape, "option")


@pytest.mark.parametrize("number", ["123456", "123456789"])
def test_service_provider_number_of_another_length(number: str) -> None:
    with pytest.raises(InvalidOption, match="7 digits \\(8 are accepted\\)"):
        canonical(number, identifiers.SERVICE_PROVIDER_NUMBER, "option")


@pytest.mark.parametrize("letter", ["\N{LATIN SMALL LETTER SHARP S}", "\N{LATIN SMALL LIGATURE FI}"])
def test_letters_that_only_upper_case_turns_into_plain_ones(letter: str) -> None:
    """Upper case would make two plain letters of either."""
    with pytest.raises(InvalidOption, match="neither letters nor digits"):
        canonical("A" * 23 + letter, identifiers.LICENSE_CODE, "option")


def test_dotless_i_is_not_read_as_i() -> None:
    with pytest.raises(InvalidOption):
        canonical("A" * 24 + "\N{LATIN SMALL LETTER DOTLESS I}", identifiers.LICENSE_CODE, "option")


def test_refusal_says_which_option_and_which_shape() -> None:
    with pytest.raises(InvalidOption) as caught:
        canonical("AB12C-DE34F", identifiers.LICENSE_CODE, "purchases[1].license_code")
    assert str(caught.value) == (
        "purchases[1].license_code: a license code has 25 letters and digits, in 5 groups of 5; got 10 characters "
        "(hyphens and spaces not counted)."
    )


@pytest.mark.parametrize(
    ("letter", "name"),
    [
        ("\N{CYRILLIC CAPITAL LETTER ES}", "number 25 is CYRILLIC CAPITAL LETTER ES (U+0421)"),
        ("!", "number 25 is EXCLAMATION MARK (U+0021)"),
        ("\ue000", "number 25 is unnamed (U+E000)"),
    ],
)
def test_a_character_that_only_looks_right_is_named(letter: str, name: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        canonical("A" * 24 + letter, identifiers.LICENSE_CODE, "option")
    assert name in str(caught.value)


def test_refusal_of_nothing_says_so() -> None:
    with pytest.raises(InvalidOption, match="7 digits; got nothing"):
        canonical(" - ", identifiers.AGREEMENT_NUMBER, "agreement_number")


@given(st.text(string.printable, min_size=4), st.sampled_from(ALL_SHAPES))
def test_refusal_never_repeats_the_value(text: str, shape: Shape) -> None:
    secret = f"<{text}>"
    with pytest.raises(InvalidOption) as caught:
        canonical(secret, shape, "option")
    assert secret not in str(caught.value)
    assert "\n" not in str(caught.value)


@st.composite
def printed(draw: st.DrawFn) -> tuple[Shape, str, str]:
    """A shape, an identifier of it, and a way to print it: any case, hyphens and blanks anywhere."""
    shape = draw(st.sampled_from(list(EXACT_SHAPES)))
    count, digits_only = EXACT_SHAPES[shape]
    alphabet = string.digits if digits_only else string.digits + string.ascii_uppercase
    plain = draw(st.text(alphabet, min_size=count, max_size=count))
    separators = st.text(HYPHENS + BLANKS, max_size=2)
    letters = [draw(separators) + draw(st.sampled_from([letter, letter.lower()])) for letter in plain]
    return shape, plain, "".join(letters) + draw(separators)


@given(printed())
def test_every_way_to_print_an_identifier_reads_the_same(case: tuple[Shape, str, str]) -> None:
    shape, plain, text = case
    assert canonical(text, shape, "option") == plain
    assert canonical(plain, shape, "option") == plain


@pytest.mark.parametrize(
    ("secret", "shown"),
    [("1234567", "****4567"), ("12345", "****2345"), ("1234", "****"), ("12", "****"), ("", "****")],
)
def test_mask(secret: str, shown: str) -> None:
    assert identifiers.mask(secret) == shown


@given(st.text(min_size=5))
def test_mask_shows_the_last_four_characters_alone(secret: str) -> None:
    assert identifiers.mask(secret) == "****" + secret[-4:]


@given(st.lists(st.text()), st.lists(st.text()))
def test_fingerprints_differ_unless_every_part_is_the_same(first: list[str], second: list[str]) -> None:
    same = identifiers.fingerprint(*first) == identifiers.fingerprint(*second)
    assert same == (first == second)


def test_fingerprint_is_a_sha256_that_never_changes() -> None:
    """Records on servers hold it: another value would make every recorded purchase unknown."""
    assert (
        identifiers.fingerprint("enterprise", "1234567")
        == "2a26ae714dbf7ada693745ac44fa755b0b6c249be62043aaeaba7f31ec0c0984"
    )


def test_in_groups_of_five() -> None:
    assert identifiers.in_groups(LONG) == "AB12C-DE34F-GH56I-JK78L-MN90P-QRST1-23456"
    assert identifiers.in_groups("") == ""
