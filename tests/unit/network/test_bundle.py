"""What is in force travels as one value."""

import json
from datetime import date

import pytest

from hub.calendar import DAY
from hub.errors import NetworkError
from hub.names import StepName
from hub.network.bundle import Bundle, bundled_schemas, decode_bundle, pack, unpack
from hub.network.compile import compile_network
from tests.unit.network.town import BIRTH, CALENDAR, NOW, PROCEDURE, Town

RECORD = StepName("record")


def packed(town: Town, previous: Bundle | None = None) -> Bundle:
    """Pack the town with ids counted from 1."""
    network, catalog = town.network(), town.catalog()
    ids = {(each.type, each.version): i for i, each in enumerate(bundled_schemas(network, catalog), start=1)}
    return pack(network, catalog, ids=ids, created=NOW, previous=previous)


def test_a_bundle_comes_out_as_it_went_in(town: Town) -> None:
    """Unpacking gives the same bundle, and a plan that is the one compiled from the files, under its digest."""
    bundle = packed(town)

    found = unpack(bundle.encode())

    whole = compile_network(town.network(), town.catalog(), at=NOW, sequence=1, digest=bundle.digest)
    assert found.bundle == bundle
    assert (found.plan.sequence, found.plan.digest) == (1, bundle.digest)
    assert found.plan.agencies == whole.agencies
    for ref, procedure in whole.procedures.items():
        again = found.plan.procedures[ref]
        assert list(again.steps) == list(procedure.steps)
        assert (again.agreements, again.answered_by) == (procedure.agreements, procedure.answered_by)
        assert [step.uses for step in again.steps.values()] == [step.uses for step in procedure.steps.values()]
    assert {schema.type for schema in found.schemas.values()} == set(found.catalog.types)


def test_the_same_network_gives_the_same_bytes(town: Town) -> None:
    """Packing is canonical: the digest names what is said, not how it was made."""
    assert packed(town).encode() == packed(town).encode()


def test_bundles_form_a_chain(town: Town) -> None:
    """Each names the one before; the same content is known as the same."""
    first = packed(town)
    second = packed(town, first)
    town.edit(PROCEDURE, "deadline: 2 days", "deadline: 3 days")
    third = packed(town, second)

    assert (first.sequence, second.sequence, third.sequence) == (1, 2, 3)
    assert (first.previous, second.previous, third.previous) == ("", first.digest, second.digest)
    assert second.says_same(first)
    assert not third.says_same(second)


def test_examples_stay_at_home(town: Town) -> None:
    """What tells of persons, even made-up ones, does not travel."""
    assert b"Melati" not in packed(town).encode()


def test_holidays_travel_as_dates(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle names no country: whoever unpacks it later, with other holidays known, gets the days of that time."""
    town.edit(CALENDAR, "closed:\n", "holidays: {country: ID, years: [2026], joint_leave: true}\nclosed:\n")
    town.edit(PROCEDURE, "deadline: 2 days", "deadline: 2 working days")
    bundle = packed(town)
    here = compile_network(town.network(), town.catalog(), at=NOW)

    monkeypatch.setattr("hub.network.calendars.expand", _none)
    there = unpack(bundle.encode())

    deadlines = [plan.procedures[BIRTH].steps[RECORD].deadline for plan in (here, there.plan)]
    assert deadlines[0] is not None
    assert deadlines[0] == deadlines[1]
    assert (deadlines[0].within, deadlines[0].measure) == (2 * DAY, "days")
    office = deadlines[0].calendar
    assert office is not None
    assert (office.days[date(2026, 3, 20)], office.days[date(2026, 12, 27)]) == ((), ((540, 720),))
    assert {"on": "2026-08-17", "reason": "Hari Kemerdekaan Republik Indonesia"} in _closed(bundle)
    assert there.network.calendars["townhall"].holidays is None


def _none(*_: object, **__: object) -> dict[date, str]:
    raise AssertionError("a bundle asks nobody for holidays")


def _closed(bundle: Bundle) -> list[dict[str, str]]:
    (calendar,) = bundle.network["calendars"]
    found: list[dict[str, str]] = calendar["closed"]
    return found


def test_a_changed_bundle_is_refused(town: Town) -> None:
    """Whoever changes a bundle on its way is noticed; signatures may be added."""
    content = json.loads(packed(town).encode())

    content["network"]["network"]["front_office"] = "clinic"
    with pytest.raises(NetworkError, match="bundle 1 is not what its digest says"):
        decode_bundle(json.dumps(content).encode())

    content["network"]["network"]["front_office"] = "office"
    content["signatures"] = [{"party": "clinic", "key": "k", "signature": "s"}]
    assert decode_bundle(json.dumps(content).encode()).signatures[0].party == "clinic"


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"form": "x"}'])
def test_what_is_no_bundle_is_refused(content: bytes) -> None:
    """Foreign bytes on the topic are one clear error."""
    with pytest.raises(NetworkError, match="this is no bundle"):
        unpack(content)


def test_a_bundle_of_a_newer_hub_is_refused(town: Town) -> None:
    """An old worker says that it must be updated instead of guessing."""
    content = json.loads(packed(town).encode()) | {"form": 2}

    with pytest.raises(NetworkError, match="bundle 1 has form 2, this hub knows 1; update the hub"):
        decode_bundle(json.dumps(content).encode())


def test_every_schema_needs_its_id(town: Town) -> None:
    """A schema that the registry does not know cannot travel."""
    with pytest.raises(NetworkError, match=r"register them first: town\.AdviceGiven v1, "):
        pack(town.network(), town.catalog(), ids={}, created=NOW)
