"""Random declared networks, compiled as a real one is: CEL guards and fills, schemas, closures by the compiler."""

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from hub.events.catalog import Catalog, EventSchema
from hub.names import AgencyCode, EventType, ServiceName, procedure_ref
from hub.network.compile import compile_network
from hub.network.load import DeclaredNetwork
from hub.network.model import Agency, Network, Procedure
from hub.network.plan import Plan
from tests import builders as b
from tests.laws.procedures import FLAGS

_HUB = tuple(Catalog.load(Path(__file__).parents[2] / "schemas" / "hub"))
_OUTCOMES = ("done", "returned", "rejected", "progress", "back")


@st.composite
def declared_plans(draw: st.DrawFn) -> Plan:
    """Draw a declared procedure and compile it."""
    names = [f"s{number}" for number in range(draw(st.integers(1, 6)))]
    steps = {name: _step(draw, name, before=names[:number]) for number, name in enumerate(names)}
    procedure = Procedure.model_validate(
        {
            "procedure": "test", "version": 1, "service": "test", "title": _TEXT, "opens_on": b.OPENS, "steps": steps,
            "max_rounds": draw(st.integers(1, 3)), "evidence": "I",
        }
    )  # fmt: skip
    network = DeclaredNetwork(
        network=Network.model_validate(
            {
                "network": "test", "title": _TEXT, "time_zone": "Asia/Makassar", "coordinator": b.COORDINATOR,
                "front_office": b.FRONT, "evidence": "I",
            }
        ),
        agencies={code: _agency(code, publishes) for code, publishes in _speakers(names).items()},
        services={ServiceName("test"): None},  # type: ignore[dict-item] # the router needs no service
        procedures={procedure_ref("test", 1): procedure},
        agreements={},
    )  # fmt: skip
    return compile_network(network, Catalog([*_HUB, *_schemas(names)]), at=b.NOW)


_TEXT = {"id": "uji", "en": "test"}


def _step(draw: st.DrawFn, name: str, *, before: list[str]) -> dict[str, Any]:
    after: list[str] = draw(st.lists(st.sampled_from(before), unique=True, max_size=3)) if before else []
    answers: dict[str, Any] = {
        f"test.{name}.done": "done",
        f"test.{name}.rejected": "rejected",
        f"test.{name}.returned": {"outcome": "returned", "to": "applicant", "complete_within": "1 day"},
        f"test.{name}.progress": {"outcome": "progress"},
    }
    if before:
        answers[f"test.{name}.back"] = {"outcome": "returned", "to": draw(st.sampled_from(before))}
    declared: dict[str, Any] = {
        "title": _TEXT, "agency": name, "request": f"test.{name}.Request", "answers": answers,
        "after": _after(draw, sorted(after)), "fill": _fill(draw, after),
        "on_cancel": draw(st.sampled_from(["cancel", "let_finish", "compensate"])),
    }  # fmt: skip
    guard = draw(st.sampled_from([None, None, *_guards(after)]))
    deadline = draw(st.sampled_from([None, "1 day", {"within": "2 hours", "on_missed": "deemed"}]))
    return declared | {key: value for key, value in (("when", guard), ("deadline", deadline)) if value is not None}


def _after(draw: st.DrawFn, names: list[str]) -> dict[str, Any]:
    mode = draw(st.sampled_from(["all", "any", "of"]))
    if not names:
        return {}
    return {mode: names} | ({"at_least": draw(st.integers(1, len(names)))} if mode == "of" else {})


def _guards(after: list[str]) -> list[str]:
    return [f"application.{flag} || application.f2" for flag in FLAGS] + [
        f"!has({name}.value) || {name}.value" for name in after
    ]


def _fill(draw: st.DrawFn, after: list[str]) -> dict[str, str]:
    choices = ["application.f0", "application.f1 && !application.f2"]
    choices += [f"has({name}.value) ? {name}.value : false" for name in after]
    return {f"field{number}": draw(st.sampled_from(choices)) for number in range(draw(st.integers(0, 2)))}


def _speakers(names: list[str]) -> dict[AgencyCode, list[str]]:
    own = {AgencyCode(name): [f"test.{name}.{outcome}" for outcome in _OUTCOMES] for name in names}
    return {b.FRONT: [], b.COORDINATOR: [], b.OPENER: [str(b.OPENS)], **own}


def _agency(code: AgencyCode, publishes: list[str]) -> Agency:
    return Agency.model_validate(
        {
            "agency": code, "title": _TEXT, "kind": "city", "level": "events", "publishes": publishes,
            "opens": [str(b.OPENS)] if code == b.OPENER else [], "evidence": "I",
        }
    )  # fmt: skip


def _schemas(names: list[str]) -> list[EventSchema]:
    found = [_schema(str(b.OPENS), dict.fromkeys(FLAGS, "boolean"))]
    for name in names:
        found.append(_schema(f"test.{name}.Request", {f"field{number}": "boolean" for number in range(2)}))
        found += [_schema(f"test.{name}.{outcome}", {"value": "boolean"}) for outcome in _OUTCOMES]
    return found


def _schema(full: str, fields: dict[str, str]) -> EventSchema:
    namespace, _, name = full.rpartition(".")
    avro = {
        "type": "record", "name": name, "namespace": namespace,
        "fields": [{"name": each, "type": kind, "element": each} for each, kind in fields.items()],
    }  # fmt: skip
    return EventSchema(EventType(full), 1, avro)
