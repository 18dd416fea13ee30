"""Simulated people fill in any form, and never with a person's data."""

from datetime import date, datetime
from random import Random

import pytest

from hub.events.catalog import Catalog
from hub.events.codec import Codec
from hub.mall.form import fill_form
from hub.names import EventType
from hub.network.mall import Spread

NOW = 1_795_492_800_000  # 24 November 2026
DAY = 86_400_000
BIRTH = EventType("id.mpp.civil.BirthNotified")


@pytest.mark.parametrize("seed", range(5))
def test_every_form_can_be_sent(catalog: Catalog, seed: int) -> None:
    """What is filled in fits the schema and can be read back as it was, whatever chance says."""
    codec, random = Codec.over(catalog), Random(seed)  # noqa: S311 - a story
    for event_type, schema in catalog.types.items():
        facts = fill_form(schema, random, now=NOW)
        assert codec.decode(codec.encode(event_type, facts))[1].keys() == facts.keys()


def test_the_same_chance_fills_in_the_same(catalog: Catalog) -> None:
    """A demonstration can be repeated."""
    schema = catalog.types[BIRTH]
    assert fill_form(schema, Random(1), now=NOW) == fill_form(schema, Random(1), now=NOW)  # noqa: S311 - a story
    assert fill_form(schema, Random(1), now=NOW) != fill_form(schema, Random(2), now=NOW)  # noqa: S311 - a story


def test_a_child_was_born_these_days_and_nobody_has_its_parents_numbers(catalog: Catalog) -> None:
    """Deadlines count from the birth; identity numbers have serial 0000, which no person has."""
    facts = fill_form(catalog.types[BIRTH], Random(3), now=NOW)  # noqa: S311 - a story
    assert 0 <= (date(2026, 11, 24) - date.fromisoformat(facts["birth_date"])).days <= 3
    assert len(facts["mother_nik"]) == 16
    assert facts["mother_nik"].endswith("0000")


def test_what_the_task_said_is_repeated_where_it_fits(catalog: Catalog) -> None:
    """A field of the task's name keeps the task's value; one that does not fit is filled in anew."""
    schema = catalog.types[EventType("id.mpp.payment.Billed")]
    facts = fill_form(schema, Random(1), now=NOW, given={"amount_rupiah": 30_000, "billing_code": 7})  # noqa: S311 - a story
    assert facts["amount_rupiah"] == 30_000
    assert isinstance(facts["billing_code"], str)


def test_what_is_declared_to_lie_ahead_does(catalog: Catalog) -> None:
    """A wedding is announced before its day and a slot is given for another; all other dates are of these days."""
    ahead = {name: Spread(usual=10 * DAY, longest=20 * DAY) for name in ("wedding_date", "slot_at", "venue")}
    for seed in range(20):
        random = Random(seed)  # noqa: S311 - a story
        asked = fill_form(catalog.types[EventType("id.mpp.marriage.MarriageRequested")], random, now=NOW, ahead=ahead)
        slot = fill_form(catalog.types[EventType("id.mpp.immigration.SlotConfirmed")], random, now=NOW, ahead=ahead)
        assert 2 <= (date.fromisoformat(asked["wedding_date"]) - date(2026, 11, 24)).days <= 20
        assert asked["venue"] in catalog.types[EventType("id.mpp.marriage.MarriageRequested")].fields["venue"].symbols
        assert NOW + DAY < datetime.fromisoformat(slot["slot_at"]).timestamp() * 1000 <= NOW + 20 * DAY
