"""What the check calls surely there is there when the router needs it, in whatever order agencies speak."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.events.catalog import Catalog, EventSchema
from hub.names import AgencyCode, EventType, ServiceName, procedure_ref
from hub.network.compile import compile_network
from hub.network.flow import Flow
from hub.network.load import DeclaredNetwork
from hub.network.model import Agency, Network, Procedure, Service
from hub.network.plan import Plan
from hub.network.supply import Supply
from hub.rehearsal.world import Rehearsal
from tests import builders as b
from tests.laws import stories
from tests.laws.procedures import law

_TEXT = {"id": "uji", "en": "test"}
_FLAGS = ("f0", "f1", "f2")
_OUTCOMES = ("done", "rejected", "returned")


@st.composite
def plans_that_read_all_that_is_sure(draw: st.DrawFn) -> Plan:
    """Draw a procedure of every kind of join, then let each step read, without has(), every fact called sure."""
    names = [f"s{number}" for number in range(draw(st.integers(2, 7)))]
    steps = {name: _step(draw, name, names[:number]) for number, name in enumerate(names)}
    for number, name in enumerate(names[:-1]):
        if draw(st.integers(0, 3)) == 0:
            steps[name]["on_rejected"] = draw(st.sampled_from(names[number + 1 :]))
    network, catalog = _network(names, steps), Catalog(_schemas(names))
    (procedure,) = network.procedures.values()
    flow, supply = Flow(procedure), Supply(network, catalog.types, procedure)
    for name in flow.order:
        sure = [source for source in names if supply.is_sure((source, "value"), flow.sure(name))]
        steps[name]["fill"] = {f"from_{source}": f"{source}.value" for source in sure}
    return compile_network(_network(names, steps), catalog, at=b.NOW)


@given(data=st.data(), plan=plans_that_read_all_that_is_sure(), flags=st.tuples(*[st.booleans()] * 3))
@law(150)
def test_a_fact_called_sure_is_never_missed(data: st.DataObject, plan: Plan, flags: tuple[bool, ...]) -> None:
    """No step is stopped because a fact that it may read without has() is not there."""
    world, (procedure,) = Rehearsal(plan), plan.procedures.values()
    world.publish(b.event(b.OPENS, b.OPENER, data=dict(zip(_FLAGS, flags, strict=True))))
    for _ in range(data.draw(st.integers(0, 20))):
        if data.draw(st.integers(0, 5)) == 0:
            world.wind(data.draw(st.sampled_from([b.HOUR, 3 * b.DAY])))
        else:
            stories.agency_answers(data, world, procedure)

    changes = [change for entry in world.journal for change in entry.decision.changes]
    missed = [
        change.why for change in changes if change.after == "incident" and change.why.startswith(("fill", "guard"))
    ]
    assert missed == []


def _step(draw: st.DrawFn, name: str, before: list[str]) -> dict[str, Any]:
    after: list[str] = sorted(draw(st.lists(st.sampled_from(before), unique=True, max_size=3))) if before else []
    answers: dict[str, Any] = {
        f"test.{name}.done": "done",
        f"test.{name}.rejected": "rejected",
        f"test.{name}.returned": {"outcome": "returned", "to": draw(st.sampled_from(["applicant", *after]))},
    }
    mode = draw(st.sampled_from(["all", "any", "of"]))
    joins = {mode: after} | ({"at_least": draw(st.integers(1, len(after)))} if mode == "of" and after else {})
    declared: dict[str, Any] = {
        "title": _TEXT, "agency": name, "request": f"test.{name}.Request", "answers": answers,
        "after": joins if after else {},
        "deadline": draw(st.sampled_from([
            "1 day", {"within": "1 day", "on_missed": "deemed"},
            {"within": "1 day", "on_missed": "deemed", "facts": {"value": True}},
        ])),
    }  # fmt: skip
    guard = draw(st.sampled_from([None, None, "application.f0", "application.f1 || application.f2"]))
    return declared | ({"when": guard} if guard else {})


def _network(names: list[str], steps: dict[str, Any]) -> DeclaredNetwork:
    procedure = {
        "procedure": "test", "version": 1, "service": "test", "title": _TEXT, "opens_on": b.OPENS, "steps": steps,
        "evidence": "I",
    }  # fmt: skip
    town = {
        "network": "test", "title": _TEXT, "time_zone": "Asia/Makassar", "coordinator": b.COORDINATOR,
        "front_office": b.FRONT, "evidence": "I",
    }  # fmt: skip
    services: dict[ServiceName, Service] = {}
    return DeclaredNetwork(
        network=Network.model_validate(town),
        agencies={AgencyCode(code): _agency(code) for code in (b.FRONT, b.COORDINATOR, b.OPENER, *names)},
        services=services,
        procedures={procedure_ref("test", 1): Procedure.model_validate(procedure)},
        agreements={},
    )


def _agency(code: str) -> Agency:
    said = [f"test.{code}.{outcome}" for outcome in _OUTCOMES]
    opens = [str(b.OPENS)] if code == b.OPENER else []
    declared = {"agency": code, "title": _TEXT, "kind": "city", "level": "events", "evidence": "I"}
    return Agency.model_validate({**declared, "publishes": said, "opens": opens})


def _schemas(names: list[str]) -> list[EventSchema]:
    found = [_schema(str(b.OPENS), list(_FLAGS), nullable=False)]
    for name in names:
        found.append(_schema(f"test.{name}.Request", [f"from_{each}" for each in names], nullable=False))
        found += [
            _schema(f"test.{name}.{each}", ["value"], nullable=False) for each in ("done", "rejected", "returned")
        ]
    return found


def _schema(full: str, fields: list[str], *, nullable: bool) -> EventSchema:
    namespace, _, name = full.rpartition(".")
    kind: Any = ["null", "boolean"] if nullable else "boolean"
    typed = [{"name": each, "type": kind, "element": each, "class": "none"} for each in fields]
    return EventSchema(EventType(full), 1, {"type": "record", "name": name, "namespace": namespace, "fields": typed})
