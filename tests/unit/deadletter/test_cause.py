"""Dead letters are told by what is to be mended."""

from hub.deadletter.cause import by_cause
from hub.names import AgencyCode
from tests.kafka.city import BANK
from tests.unit.deadletter.shelved import letter

_CIVIL = AgencyCode("civil")


def test_letters_of_one_cause_are_one() -> None:
    """Reasons that differ in numbers only are the same to whoever mends them; the newest is told."""
    (found,) = by_cause([letter(reason=f"schema id {n} is unknown", offset=n, at=n) for n in (17, 3, 8)], ())

    assert (found.agency, found.category, found.reason) == (BANK, "schema", "schema id 17 is unknown")
    assert [each.id.offset for each in found.letters] == [3, 8, 17]
    assert found.oldest is not None
    assert found.oldest.id.short == "bank@3"


def test_agency_category_type_and_reason_part_causes() -> None:
    """Each has another who mends it, or another way."""
    letters = [
        letter(offset=1),
        letter(offset=2, category="decode"),
        letter(offset=3, reason="another"),
        letter(None, ("ce_type", b"city.Other"), offset=4),
        letter(offset=5, agency=_CIVIL, topic="agency.civil.events"),
    ]
    assert len(by_cause(letters, ())) == 5


def test_what_was_put_back_does_not_wait() -> None:
    """It is counted, and not offered again; age is that of what waits."""
    first, second = letter(offset=1, at=1), letter(offset=2, at=2)
    (found,) = by_cause([second, first], {first.id})

    assert (len(found.letters), found.waiting, found.oldest) == (2, (second,), second)
    (found,) = by_cause([second, first], {first.id, second.id})
    assert (found.waiting, found.oldest) == ((), None)


def test_what_waits_most_comes_first() -> None:
    """Whoever mends one thing mends that."""
    letters = [letter(offset=1, category="decode"), letter(offset=2), letter(offset=3)]
    assert [cause.category for cause in by_cause(letters, ())] == ["schema", "decode"]
