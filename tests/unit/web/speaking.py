"""A small vocabulary over the project's own schemas, and events in it: what the tests of the gateway speak."""

from typing import Any

from hub.events.catalog import Catalog
from hub.names import AgencyCode, EventType
from hub.settings import shipped
from hub.web.network import Vocabulary, Voice

CIVIL = AgencyCode("disdukcapil")
HOSPITAL = AgencyCode("rs")
RECORDED = EventType("id.mpp.civil.BirthRecorded")
NOTIFIED = EventType("id.mpp.civil.BirthNotified")
ACCEPTED = EventType("hub.TaskAccepted")
CASE = "rs.5b0c7a52-9f0e-5d0b-8a3c-5c1b2f1f7a10"
TASK = "0d4c3f0e-8f0c-5d43-9a54-6a3c3f6b1c11"
CATALOG = Catalog.load(shipped("schemas"))
IDS = dict(enumerate(CATALOG, start=101))


def vocabulary() -> Vocabulary:
    """Let the civil registry record births, and the hospital notify them."""
    voices = {
        CIVIL: Voice(frozenset({RECORDED, ACCEPTED}), frozenset()),
        HOSPITAL: Voice(frozenset({NOTIFIED, ACCEPTED}), frozenset({NOTIFIED})),
    }
    return Vocabulary.make("testing", 7, voices=voices, schemas=IDS)


def recorded(**changes: Any) -> dict[str, Any]:
    """Say that a birth was recorded, as a CloudEvent in structured form; None takes a member away."""
    event = {
        "specversion": "1.0",
        "id": "birth-1",
        "source": "/agency/disdukcapil/siak",
        "type": RECORDED,
        "time": "2026-01-31T08:00:00+08:00",
        "subject": "SMD-7K2M-4",
        "correlationid": CASE,
        "causationid": TASK,
        "datacontenttype": "application/json",
        "data": data(),
    }
    return {name: value for name, value in (event | changes).items() if value is not None}


def data(**changes: Any) -> dict[str, Any]:
    """Give the facts of a recorded birth; None takes one away."""
    facts = {
        "nik": "6472010101260000",
        "name": "Siti",
        "birth_date": "2026-01-30",
        "family_card_number": "6472010102200000",
    }
    return {name: value for name, value in (facts | changes).items() if value is not None}
