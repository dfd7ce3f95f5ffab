"""Numbers, as phone systems write them. The Italian ones are examples; nobody is rung here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.phone import (
    LONGEST,
    CallerKind,
    LineType,
    country,
    line_type,
    read,
    time_zones,
)

US = "+12025550123"
UK = "+442079460123"
ROME = "+390669812345"
K = CallerKind

NUMBERS = [
    ("+12025550123", "", US),
    ("+1 (202) 555-0123", "", US),
    ("(202) 555-0123", "US", US),
    ("2025550123", "us", US),
    ("12025550123", "IT", US),
    ("0012025550123", "IT", US),
    ("442079460123", "", UK),
    ("011 44 20 7946 0123", "US", UK),
    ("+44 (0)20 7946 0123", "", UK),
    ("+44.20.7946.0123", "", UK),
    ("020 7946 0123", "GB", UK),
    ("+39 06 6981 2345", "", ROME),
    ("+39 (06) 6981.2345", "", ROME),
    ("06/69812345", "IT", ROME),
    ("[06] 6981 2345", "IT", ROME),
    ("0669812345", "IT", ROME),
    ("333 123 4567", "IT", "+393331234567"),
    ("393331234567", "IT", "+393331234567"),
    ("+1 202 555 0123 ext. 42", "", US),
    ("+12025550123 x42", "", US),
    ("tel:+1-202-555-0123;ext=42", "", US),
    ("whatsapp:+12025550123", "", US),
    ("whatsapp:12025550123", "IT", US),
    ("rcs:+12025550123", "", US),
    ("sip:+12025550123@trunk.example", "", US),
    ("SIPS:+12025550123;npdi@trunk.example:5061;user=phone", "", US),
    ('"Ann" <sip:+12025550123@trunk.example>;tag=1', "", US),
    ("＋１２０２５５５０１２３", "", US),  # full width
    ("+\u202a12025550123\u202c", "", US),  # as copied from a web page
    ("+١٢٠٢٥٥٥٠١٢٣", "", US),
    ("+15005550006", "", "+15005550006"),  # a test number: its length is right
    ("(737) 874-2833", "US", "+17378742833"),  # spells RESTRICTED, but is a number of Austin
]


@pytest.mark.parametrize(("raw", "region", "e164"), NUMBERS)
def test_a_number_is_read_in_every_way_it_is_written(raw: str, region: str, e164: str) -> None:
    caller = read(raw, region=region)

    assert (caller.kind, caller.e164) == (K.NUMBER, e164)
    assert caller.tail == e164[-9:]
    assert caller.raw == raw


WORDS = "anonymous Anonymous ANONYMOUS unknown Restricted unavailable private blocked <unknown>"
KEYPAD = ("266696687", "7378742833", "2562533", "8656696", "86282452253")


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "  ",
        *WORDS.split(),
        *KEYPAD,
        *(f"+{keys}" for keys in KEYPAD),
        "sip:anonymous@anonymous.invalid",
        '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1',
        "sip:+266696687@trunk.example",
        "tel:anonymous",
        "whatsapp:+86282452253",
    ],
)
@pytest.mark.parametrize("region", ["", "US", "IT"])
def test_a_withheld_number_is_nobody_s(raw: str, region: str) -> None:
    caller = read(raw, region=region)

    assert caller.kind is K.WITHHELD
    assert (caller.e164, caller.tail, caller.display) == (None, None, "")


@pytest.mark.parametrize(
    ("raw", "kind", "display"),
    [
        ("23", K.EXTENSION, "23"),
        ("2001", K.EXTENSION, "2001"),
        ("24273", K.SHORT_CODE, "24273"),
        ("242733", K.SHORT_CODE, "242733"),
        ("sip:bob@pbx.example;transport=tls", K.SIP, "bob@pbx.example"),
        ("sip:bob:secret@pbx.example", K.SIP, "bob@pbx.example"),
        ("sip:2025550123@pbx.example", K.SIP, "2025550123@pbx.example"),
        ("client:ann_1", K.CLIENT, "ann_1"),
        ("whatsapp:US.13491208655302741918", K.IDENTITY, "US.13491208655302741918"),
        ("messenger:1234567890", K.IDENTITY, "1234567890"),
        ("sim:DE123", K.IDENTITY, "DE123"),
        ("ACME Shop", K.ALPHANUMERIC, "ACME Shop"),
        ("1-800-FLOWERS, or so", K.UNREADABLE, "1-800-FLOWERS, or so"),
        ("+123", K.UNREADABLE, "+123"),
        ("+++", K.UNREADABLE, "+++"),
    ],
)
def test_what_is_no_number_is_told_apart(raw: str, kind: CallerKind, display: str) -> None:
    caller = read(raw, region="US")

    assert (caller.kind, caller.display) == (kind, display)
    assert caller.e164 is None


def test_a_valid_national_number_wins_over_the_same_digits_with_a_plus() -> None:
    assert read("442079460123", region="DE").e164 == "+49442079460123"
    assert read("442079460123", region="US").e164 == UK


def test_a_national_number_of_an_unknown_region_leaves_its_tail() -> None:
    caller = read("020 7946 0123")

    assert caller.kind is K.UNREADABLE
    assert caller.tail == "079460123"


def test_a_number_is_shown_as_people_write_it_abroad() -> None:
    assert read("2025550123", region="US").display == "+1 202-555-0123"
    assert read("02079460123", region="GB").region == "GB"


def test_a_very_long_text_is_cut_and_not_read() -> None:
    caller = read("+1202555" * 10_000)

    assert caller.kind is K.UNREADABLE
    assert len(caller.raw) == LONGEST


@given(st.text(max_size=300), st.sampled_from(["", "US", "IT", "xx"]))
def test_reading_never_raises_and_keeps_its_promises(raw: str, region: str) -> None:
    caller = read(raw, region=region)

    assert (caller.e164 is not None) == (caller.kind is K.NUMBER)
    assert caller.tail is None or 7 <= len(caller.tail) <= 9


@given(st.text(alphabet="+0123456789 ()-/.;:x#@<>siptel", max_size=40))
def test_what_looks_nearly_like_a_number_never_raises(raw: str) -> None:
    caller = read(raw, region="IT")

    assert caller.e164 is None or read(caller.e164).e164 == caller.e164


def test_the_kind_of_a_line_is_known_where_its_country_tells() -> None:
    assert line_type("+393331234567") is LineType.MOBILE
    assert line_type(ROME) is LineType.LANDLINE
    assert line_type(US) is LineType.UNKNOWN  # may be a mobile
    assert line_type("nonsense") is LineType.UNKNOWN


def test_a_number_tells_its_country_and_its_time() -> None:
    assert (country(US), country(UK), country("nonsense")) == ("US", "GB", "")
    assert country("+80012345678") == ""  # an international freephone
    assert time_zones(US) == ("America/New_York",)
    assert time_zones(UK) == ("Europe/London",)
    assert time_zones("nonsense") == ()
    assert len(time_zones("+61491570156")) > 1  # an Australian mobile may be anywhere there
