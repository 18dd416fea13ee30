"""Laws of identifiers, for every kind and any text: a normal form is its own, and what is refused is never told."""

import re
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import SchemaError
from hub.events.catalog import EventSchema
from hub.events.codec import Codec
from hub.events.value import check_value
from hub.identity.kind import KINDS
from hub.identity.money import rupiah, rupiah_text
from hub.identity.person import is_synthetic, nik
from hub.identity.shape import Refusal
from hub.names import EventType

_SAMPLES = settings(max_examples=150, deadline=None)
TYPE = EventType("law.Said")
_KINDS = st.sampled_from(sorted(KINDS))
#: Texts that are nearly numbers: digits, letters, and what people write between them.
_NEARLY = st.text(alphabet="0123456789ABKTXab .-+/,\n\u0663", max_size=30)


@_SAMPLES
@given(st.data())
def test_a_normal_form_is_its_own_and_fits_the_pattern(data: st.DataObject) -> None:
    """What the pattern draws is taken as it is, and what a check gives fits the pattern."""
    kind = KINDS[data.draw(_KINDS)]
    text = data.draw(st.from_regex(kind.pattern, fullmatch=True))
    assert kind.check(text) == text


@settings(max_examples=400, deadline=None)
@given(_KINDS, _NEARLY | st.text(max_size=30))
def test_any_text_is_brought_into_form_or_refused(name: str, text: str) -> None:
    """No text raises; checking twice is checking once; only what is in form already passes unchanged."""
    kind = KINDS[name]
    found = kind.check(text)
    if isinstance(found, Refusal):
        assert found.why.startswith("must ")
        assert kind.pattern.fullmatch(text) is None
    else:
        assert kind.pattern.fullmatch(found)
        assert kind.check(found) == found


@_SAMPLES
@given(_NEARLY.filter(lambda text: len(text.strip()) > 2))
def test_a_refusal_never_tells_what_was_refused(text: str) -> None:
    """Whatever was given, the answer is one of a few texts that stand in the code."""
    for kind in KINDS.values():
        found = kind.check(text)
        if isinstance(found, Refusal):
            assert found in {kind.check("?"), kind.check("6472059999900000")}


@_SAMPLES
@given(
    st.dates(date(1930, 1, 1), date(2026, 12, 31)), st.booleans(),
    st.integers(0, 999_999), st.integers(0, 9_999),
)  # fmt: skip
def test_everybody_who_was_born_may_have_a_nik(born: date, woman: bool, region: int, serial: int) -> None:  # noqa: FBT001
    """Every day of the calendar, for men and women, is a date of birth; only serial 0000 is nobody's."""
    text = f"{region:06}{born.day + 40 * woman:02}{born.month:02}{born.year % 100:02}{serial:04}"
    assert nik(text) == text
    assert is_synthetic(text) is (serial == 0)


@_SAMPLES
@given(st.from_regex(re.compile("[0-9]{16}"), fullmatch=True))
def test_a_nik_is_taken_exactly_when_the_calendar_has_its_day(text: str) -> None:
    """The pattern knows the calendar as the library does, in one of the two centuries."""
    day, month, year = int(text[6:8]), int(text[8:10]), int(text[10:12])
    assert isinstance(nik(text), str) is any(_is_day(century + year, month, day) for century in (1900, 2000))


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        return bool(date(year, month, day - 40 if day > 40 else day))
    except ValueError:
        return False


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_what_the_gateway_takes_the_router_takes(data: st.DataObject) -> None:
    """JSON that passes the check, once written, passes the intake; a text in form is never refused by either."""
    kind = KINDS[data.draw(_KINDS)]
    text = data.draw(st.from_regex(kind.pattern, fullmatch=True) | _NEARLY)
    may_be_empty = data.draw(st.booleans())
    field = {"name": "it", "type": "string", "identifier": kind.name} | ({"default": ""} if may_be_empty else {})
    schema = EventSchema(TYPE, 1, {"type": "record", "name": "Said", "namespace": "law", "fields": [field]})
    codec = Codec({1: schema})
    try:
        facts = check_value(schema, {"it": text})
    except SchemaError:
        assert kind.pattern.fullmatch(text) is None
        return
    value = codec.encode(TYPE, facts)
    codec.check_identifiers(value, codec.decode(value)[1])


@_SAMPLES
@given(st.integers(0, 2**63 - 1))
def test_an_amount_is_read_as_it_was_written(amount: int) -> None:
    """In digits, with dots, with cents of nothing, with the currency: the same whole rupiah."""
    shown = rupiah_text(amount)
    for said in (amount, str(amount), f"{amount}.00", shown, f"Rp {shown[2:]},-", f"{shown[2:]},00"):
        assert rupiah(said) == amount
