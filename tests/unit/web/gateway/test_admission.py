"""Who may say what, and the record that it becomes."""

from typing import Any

import pytest

from hub.events.envelope import MAX_VALUE_BYTES, read_headers
from hub.names import AgencyCode
from hub.web.gateway.admission import Outgoing, admit
from hub.web.gateway.cloudevent import Said, read_structured
from hub.web.problem import Problem
from tests.unit.web.speaking import CASE, CIVIL, HOSPITAL, NOTIFIED, RECORDED, TASK, data, recorded, vocabulary

_VOCABULARY = vocabulary()
_NOW = "2026-02-01T00:00:00.000Z"


def _admit(agency: AgencyCode = CIVIL, **changes: Any) -> Outgoing | Problem:
    said = read_structured(recorded(**changes), {})
    assert isinstance(said, Said)
    return admit(said, agency, vocabulary=_VOCABULARY, now=_NOW)


def _refused(found: Outgoing | Problem) -> Problem:
    assert isinstance(found, Problem)
    return found


def test_an_event_becomes_a_record_of_its_agency() -> None:
    """Topic by the key's agency, key by the case, value in Avro by the newest schema, headers as the wire has them."""
    record = _admit()

    assert isinstance(record, Outgoing)
    assert (record.topic, record.key) == ("agency.disdukcapil.events", CASE.encode())
    assert _VOCABULARY.codec.decode(record.value)[:2] == (
        RECORDED,
        data(entry_number="") | {"recorded_at": None},
    )
    assert read_headers(record.headers) == {
        "ce_specversion": "1.0",
        "ce_id": "birth-1",
        "ce_source": "/agency/disdukcapil/siak",
        "ce_type": RECORDED,
        "ce_time": "2026-01-31T08:00:00+08:00",
        "ce_correlationid": CASE,
        "ce_causationid": TASK,
        "ce_subject": "SMD-7K2M-4",
        "content-type": "application/avro",
    }


def test_an_event_without_a_time_gets_the_gateways() -> None:
    """The wire wants a time."""
    record = _admit(time=None)

    assert isinstance(record, Outgoing)
    assert read_headers(record.headers)["ce_time"] == _NOW


def test_an_agency_says_only_its_types() -> None:
    """A type of another agency, and one that nobody has, are refused in the same way."""
    assert _refused(_admit(HOSPITAL, source="/agency/rs/his")).status == 403
    assert _refused(_admit(type=NOTIFIED)).status == 403
    assert _refused(_admit(type="id.mpp.Unknown")) == _refused(_admit(type=NOTIFIED))


def test_a_slip_in_a_types_name_is_told() -> None:
    """Which of its own types is meant; never another agency's."""
    (told,) = _refused(_admit(type=RECORDED.replace("Recorded", "Recored"))).errors
    assert f"did you mean {RECORDED!r}?" in told[1]
    (told,) = _refused(_admit(type=NOTIFIED)).errors
    assert "did you mean" not in told[1]


def test_an_agency_outside_the_network_says_nothing() -> None:
    """A key that outlives its agency opens nothing."""
    assert _refused(_admit(AgencyCode("gone"), source="/x")).status == 403


def test_an_agency_opens_only_its_own_cases() -> None:
    """The case id's first part is the opener's code."""
    other = CASE.replace("rs.", "disdukcapil.")
    found = _refused(_admit(HOSPITAL, type=NOTIFIED, source="/agency/rs/his", correlationid=other))

    assert found.status == 403
    assert [path for path, _ in found.errors] == ["correlationid"]


def test_an_answer_may_speak_of_anyones_case() -> None:
    """Only openings are bound to the opener."""
    assert isinstance(_admit(correlationid=CASE), Outgoing)


@pytest.mark.parametrize("source", ["/agency/polresta/x", "/agency/", "/agency/disdukcapil2/siak"])
def test_an_agency_does_not_claim_to_be_another(source: str) -> None:
    """The source must not mislead people, though the hub believes the topic only."""
    assert _refused(_admit(source=source)).status == 403


def test_a_source_of_ones_own_scheme_is_taken() -> None:
    """CloudEvents lets sources be any URI."""
    assert isinstance(_admit(source="https://siak.example/events"), Outgoing)


def test_each_misfit_is_told_by_its_path() -> None:
    """All wrong fields at once, with what fits there, never with what stood there."""
    found = _refused(_admit(data=data(nik=6472010101260000, birth_date="30-01-2026", name=None, extra="secret")))

    assert found.status == 422
    assert dict(found.errors) == {
        "data.nik": "must be a text",
        "data.birth_date": "must be a date like 2026-01-31",
        "data.name": "is missing",
        "data.extra": "is no field of this type",
    }
    assert "6472010101260000" not in str(found)
    assert "secret" not in str(found)


def test_a_malformed_identifier_is_refused_by_its_path() -> None:
    """A NIK of thirteen digits, or with no day in it, is told as any other misfit is."""
    found = _refused(_admit(data=data(nik="6472010101260", family_card_number="KK 12")))

    assert dict(found.errors) == {"data.nik": "must have 16 digits", "data.family_card_number": "must have 16 digits"}
    assert "6472010101260" not in str(found)


def test_an_identifier_is_published_in_its_normal_form() -> None:
    """What people write between digits does not travel: two ways of writing are one content."""
    spaced, plain = _admit(data=data(nik="6472 0101 0126 0000")), _admit(data=data(nik="6472010101260000"))

    assert isinstance(spaced, Outgoing)
    assert isinstance(plain, Outgoing)
    assert spaced.value == plain.value


def test_data_that_is_no_object_is_a_misfit_of_the_whole() -> None:
    """The path of the whole is data."""
    assert _refused(_admit(data=[1])).errors == (("data", "must be an object"),)


def test_an_event_larger_than_the_hub_takes_is_refused_here() -> None:
    """It would be a dead letter otherwise, long after the client has gone."""
    assert _refused(_admit(data=data(name="x" * MAX_VALUE_BYTES))).status == 413
