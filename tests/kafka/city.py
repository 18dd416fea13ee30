"""A small network in which everything can be reckoned by hand: what each event must cause is plain to see.

A licence is checked by the registry, then paid at the bank and printed beside it, then delivered. A watch is looked at
until its own deadline, which counts as done. An errand opens a licence and waits for it. A guarded case has a
guard that a fact can make raise or be slow. Where money moves is in `fair`.
"""

from typing import Any, Final

from hub.events.catalog import Catalog, EventSchema
from hub.names import AgencyCode, EventType
from hub.network.load import KINDS, DeclaredNetwork, assemble
from hub.network.model import Network
from hub.settings import shipped
from tests.kafka import fair

OFFICE: Final = AgencyCode("office")
DESK: Final = AgencyCode("desk")
CIVIL: Final = AgencyCode("civil")
BANK: Final = AgencyCode("bank")
POST: Final = AgencyCode("post")

OPENED: Final = EventType("city.Opened")
CHECKED: Final = EventType("city.Checked")
CHECK_REFUSED: Final = EventType("city.CheckRefused")
CHECK_RETURNED: Final = EventType("city.CheckReturned")
COMPLETED: Final = EventType("hub.ApplicationCompleted")
PAID: Final = EventType("city.Paid")
PRINTED: Final = EventType("city.Printed")
DELIVERED: Final = EventType("city.Delivered")
WATCHED: Final = EventType("city.Watched")
LOOKED: Final = EventType("city.Looked")
GUARDED: Final = EventType("city.Guarded")
ERRAND: Final = EventType("city.Errand")
NEW_VERSION: Final = EventType("city.Surveyed")
FILED: Final = EventType("city.Filed")
MATCHED: Final = EventType("city.Matched")

PARTITIONS: Final = 4
#: Longest deadline of a watch, from the moment its opening names, in ms.
WATCH_MS: Final = 1_000

_TEXT: Final = {"id": "-", "en": "-"}
#: Event types with their fields.
_TYPES: Final[dict[str, dict[str, Any]]] = {
    "Opened": {"name": "string"},
    "CheckRequest": {"name": "string"},
    "Checked": {"number": "string"},
    "CheckRefused": {"reason": "string"},
    "CheckReturned": {"reason": "string"},
    "PaymentRequest": {"number": "string"},
    "Paid": {"receipt": "string"},
    "PrintRequest": {"name": "string"},
    "Printed": {},
    "DeliveryRequest": {"number": "string", "receipt": "string"},
    "Delivered": {},
    "Watched": {"since": {"type": "long", "logicalType": "timestamp-millis"}},
    "LookRequest": {},
    "Looked": {},
    "TellRequest": {},
    "Guarded": {"size": "long", "work": {"type": "array", "items": "long"}},
    "GuardedRequest": {},
    "Surveyed": {},
    "Errand": {"name": "string"},
    "Filed": {"name": "string", "ground": "string", "previous": "string", "proof": "string"},
    "MatchRequest": {"person": "string"},
    "Matched": {"person": "string"},
    **fair.TYPES,
}


def schema(name: str, fields: dict[str, Any]) -> EventSchema:
    """Make an event type of the city; every field is an element of its own name."""
    written = [{"name": each, "type": kind, "element": each, "class": "none"} for each, kind in fields.items()]
    avro = {"type": "record", "name": name, "namespace": "city", "fields": written}
    return EventSchema(EventType(f"city.{name}"), 1, avro)


def catalog() -> Catalog:
    """Give the city's types and the hub's own."""
    return Catalog([*Catalog.load(shipped("schemas") / "hub"), *(schema(*each) for each in _TYPES.items())])


def city(*more: AgencyCode) -> DeclaredNetwork:
    """Declare the network, with some more agencies that open licences."""
    declared = {
        "agencies": [
            _agency(OFFICE),
            _agency(DESK, opens=[OPENED, WATCHED, GUARDED, ERRAND, fair.STALL, fair.BOOTH, fair.TENT]),
            _agency(CIVIL, CHECKED, CHECK_REFUSED, CHECK_RETURNED, PRINTED, LOOKED, fair.SIGNED),
            _agency(BANK, PAID, fair.FEE_PAID, fair.FEE_BACK),
            _agency(POST, DELIVERED),
            *(_agency(code, opens=[OPENED]) for code in more),
        ],
        "services": [],
        "procedures": [
            _licence(), _watch(), _guarded(), _errand(), _procedure("stall", fair.STALL, fair.steps("30 days")),
            _procedure("booth", fair.BOOTH, fair.steps(fair.HASTE_MS)),
            _procedure("tent", fair.TENT, fair.steps(fair.TENT_MS)),
        ],
        "agreements": [],
        "tariffs": [fair.tariff()],
    }  # fmt: skip
    network = {
        "network": "city", "title": _TEXT, "time_zone": "Asia/Makassar", "coordinator": OFFICE, "front_office": OFFICE,
        "partitions": PARTITIONS, "evidence": "I",
    }  # fmt: skip
    models = {kind: [kind.model_validate(each) for each in declared.get(name, [])] for name, kind in KINDS.items()}
    return assemble(Network.model_validate(network), models)


def _agency(code: AgencyCode, *publishes: EventType, opens: list[EventType] | None = None) -> dict[str, Any]:
    return {
        "agency": code, "title": _TEXT, "kind": "city", "level": "events", "publishes": publishes,
        "opens": opens or [], "evidence": "I",
    }  # fmt: skip


def _procedure(name: str, opens_on: EventType, steps: dict[str, Any]) -> dict[str, Any]:
    return {
        "procedure": name, "version": 1, "service": name, "title": _TEXT, "opens_on": opens_on, "evidence": "I",
        "steps": {step: {"title": _TEXT, **what} for step, what in steps.items()},
    }  # fmt: skip


def _licence() -> dict[str, Any]:
    check = {
        CHECKED: "done", CHECK_REFUSED: "rejected",
        CHECK_RETURNED: {"outcome": "returned", "to": "applicant", "complete_within": "30 days"},
    }  # fmt: skip
    return _procedure(
        "licence", OPENED,
        {
            "check": {
                "agency": CIVIL, "request": "city.CheckRequest", "fill": {"name": "application.name"},
                "answers": check, "deadline": "30 days",
            },
            "pay": {
                "agency": BANK, "request": "city.PaymentRequest", "after": ["check"],
                "fill": {"number": "check.number"}, "answers": {PAID: "done"},
            },
            "print": {
                "agency": CIVIL, "request": "city.PrintRequest", "after": ["check"],
                "fill": {"name": "application.name"}, "answers": {PRINTED: "done"},
            },
            "deliver": {
                "agency": POST, "request": "city.DeliveryRequest", "after": {"all": ["pay", "print"]},
                "fill": {"number": "check.number", "receipt": "pay.receipt"}, "answers": {DELIVERED: "done"},
            },
        },
    )  # fmt: skip


def _errand() -> dict[str, Any]:
    """Declare what opens a licence as a sub-case and waits for it."""
    ends = {
        "hub.SubCaseCompleted": "done", "hub.SubCaseRejected": "rejected", "hub.SubCaseWithdrawn": "rejected",
        "hub.SubCaseExpired": "rejected",
    }  # fmt: skip
    return _procedure(
        "errand", ERRAND,
        {
            "licence": {
                "agency": CIVIL, "sub_case": "licence", "request": OPENED, "fill": {"name": "application.name"},
                "answers": ends, "deadline": "30 days",
            },
            "tell": {
                "agency": POST, "request": "city.TellRequest", "after": ["licence"], "answers": {DELIVERED: "done"},
            },
        },
    )  # fmt: skip


def _watch() -> dict[str, Any]:
    deadline = {"within": WATCH_MS, "from": "application.since", "warn": [], "on_missed": "deemed"}
    return _procedure(
        "watch", WATCHED,
        {
            "look": {"agency": CIVIL, "request": "city.LookRequest", "answers": {LOOKED: "done"}, "deadline": deadline},
            "tell": {"agency": POST, "request": "city.TellRequest", "after": ["look"], "answers": {DELIVERED: "done"}},
        },
    )  # fmt: skip


def _guarded() -> dict[str, Any]:
    slow = "application.work.all(a, application.work.all(b, application.work.all(c, a + b + c >= 0)))"
    return _procedure(
        "guarded", GUARDED,
        {
            "first": {
                "agency": CIVIL, "request": "city.GuardedRequest", "when": f"1 / application.size > 0 && {slow}",
                "answers": {LOOKED: "done"},
            },
        },
    )  # fmt: skip
