"""Steps that open a case of another procedure: what is refused, what flows, and what the router gets."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from hub.names import AgencyCode, EventType, ProcedureRef, ServiceName, StepName
from hub.network.agreements import Need
from hub.network.compile import compile_network, needs_of
from hub.network.model import SUB_CASE_ENDS, Bill
from hub.network.sub_case import readers_of
from hub.network.supply import Supply, used_types
from tests.unit.network.town import AGREEMENT, BIRTH, NOW, PROCEDURE, SERVICE, Town

_HUB = Path(__file__).parents[3] / "schemas" / "hub"
_LOOK = """  look:
    title: {id: Cari, en: Look up}
    agency: registry
    sub_case: lookup
    request: town.LookupRequested
    fill: {child_name: application.child_name}
    answers:
      town.Found: done
      hub.SubCaseRejected: rejected
      hub.SubCaseWithdrawn: rejected
      hub.SubCaseExpired: rejected
    deadline: 3 days
"""
_LOOKUP = """procedure: lookup
version: 1
service: lookup
title: {id: Pencarian, en: Lookup}
opens_on: town.LookupRequested
evidence: I
result: {type: town.Found, fill: {number: search.number}}
steps:
  search:
    title: {id: Cari, en: Search}
    agency: registry
    request: town.SearchRequest
    fill: {child_name: application.child_name}
    answers:
      town.Searched: done
    deadline: 1 day
"""
_LOOKUP_FILE = "town/procedures/lookup.v1.yaml"
_GRANTS = """  - {from: clinic, to: registry, service: lookup, purpose: look up, elements: [name]}
  - {from: office, to: registry, service: lookup, purpose: look up, elements: [name]}
"""


def waiting(town: Town) -> Town:
    """Let the town's births wait for a lookup."""
    town.edit(PROCEDURE, "  record:\n", f"{_LOOK}  record:\n")
    town.edit(PROCEDURE, "[card, enrol, advise]", "[card, enrol, advise, look]")
    town.edit(
        PROCEDURE, "      number: record.number\n      card_number", "      number: look.number\n      card_number"
    )
    text = (town.folder / PROCEDURE).read_text()
    (town.folder / PROCEDURE).write_text(text.partition("examples:")[0])
    (town.folder / _LOOKUP_FILE).write_text(_LOOKUP)
    service = (town.folder / SERVICE).read_text().replace("service: birth", "service: lookup")
    (town.folder / "town/services/lookup.yaml").write_text(service)
    town.edit(AGREEMENT, "evidence: I", f"{_GRANTS}evidence: I")
    town.edit("town/agencies/registry.yaml", "publishes:\n", "publishes:\n  - town.Searched\n")
    for name, field, element in (
        ("LookupRequested", "child_name", "name"), ("SearchRequest", "child_name", "name"),
        ("Searched", "number", "number"), ("Found", "number", "number"),
    ):  # fmt: skip
        fields = [{"name": field, "type": "string", "element": element, "class": "general", "doc": f"{field}."}]
        avro = {"type": "record", "name": name, "namespace": "town", "doc": f"{name}.", "fields": fields}
        (town.folder / "schemas" / f"{name}.v1.avsc").write_text(json.dumps(avro))
    for path in _HUB.glob("SubCase*.avsc"):
        shutil.copy(path, town.folder / "schemas")
    return town


def test_a_step_that_waits_for_a_case_is_right(town: Town) -> None:
    """Nothing is said of a sub-case whose data may flow and whose ends all mean something."""
    assert waiting(town).lines() == []


_ENDS = "      hub.SubCaseExpired: rejected\n"


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (PROCEDURE, "sub_case: lookup", "sub_case: lokup",
         ("procedures/birth.v1.yaml:11:15: error "
         "[unknown-procedure] step look opens a case of 'lokup', which is no procedure here; did you mean 'lookup'? "
            "If not, add the procedure")),
        (PROCEDURE, "request: town.LookupRequested", "request: town.SearchRequest",
         ("procedures/birth.v1.yaml:12:14: error "
         "[sub-case-request] step look opens a case of lookup with town.SearchRequest, which does not open it; "
         "write town.LookupRequested")),
        (PROCEDURE, "    agency: registry\n    sub_case", "    agency: insurer\n    sub_case",
         ("procedures/birth.v1.yaml:10:13: error "
         "[sub-case-agency] insurer answers for the sub-case of step look, but takes no part in lookup; "
         "name the agency that does its steps, or whose service it is")),
        (PROCEDURE, "    deadline: 3 days\n  record", "    deadline: 3 days\n    accept_within: 1 day\n  record",
         ("procedures/birth.v1.yaml:20:20: error "
         "[sub-case-option] step look: nobody accepts a sub-case; take it out")),
        (PROCEDURE, "    deadline: 3 days\n  record", "    deadline: 3 days\n    on_cancel: compensate\n  record",
         ("procedures/birth.v1.yaml:20:16: error "
         "[sub-case-option] step look: a case that is completed cannot be undone; take it out")),
        (PROCEDURE, _ENDS, "",
         ("procedures/birth.v1.yaml:14:5: error "
         "[sub-case-ends] step look does not say what follows when its sub-case is expired; add hub.SubCaseExpired:")),
        (PROCEDURE, _ENDS, _ENDS.replace("rejected\n", "done\n"),
         ("procedures/birth.v1.yaml:18:27: error "
         "[sub-case-ends] a sub-case that is expired cannot make step look done; write rejected or returned")),
        (PROCEDURE, _ENDS, f"{_ENDS}      hub.SubCaseCompleted: done\n",
         ("procedures/birth.v1.yaml:19:7: error "
         "[sub-case-answer] no case of lookup ends with hub.SubCaseCompleted; did you mean 'hub.SubCaseRejected'? If "
            "not, take it out")),
        ("town/agencies/registry.yaml", "publishes:\n", "publishes:\n  - town.Found\n",
         ("procedures/birth.v1.yaml:11:15: error "
         "[result-published] registry may publish town.Found, which only the end of a case says; "
         "let no agency publish it")),
        (PROCEDURE, "fill: {child_name: application.child_name}", "fill: {child_name: application.weight}",
         ("procedures/birth.v1.yaml:13:24: error "
         "[type-misfit] child_name is of type int, not string; convert it, or read another field")),
        (PROCEDURE, "fill: {child_name: application.child_name}", "fill: {}",
         ("procedures/birth.v1.yaml:13:5: error "
         "[request-not-filled] step look does not fill 'child_name' of town.LookupRequested; "
         "add child_name: with an expression")),
        (_LOOKUP_FILE, "fill: {number: search.number}", "fill: {}",
         ("procedures/lookup.v1.yaml:7:28: error "
         "[request-not-filled] the result does not fill 'number' of town.Found; add number: with an expression")),
        (_LOOKUP_FILE, "fill: {number: search.number}", "fill: {number: search.nummer}",
         ("procedures/lookup.v1.yaml:7:43: error "
         "[unknown-field] number reads search.nummer, which is no field there; did you mean 'number'? If not, "
            "add it to the schema")),
        (AGREEMENT, "{from: clinic, to: registry, service: lookup, purpose: look up, elements: [name]}",
         "{from: clinic, to: registry, service: lookup, purpose: look up, elements: [birth_date]}",
         ("procedures/birth.v1.yaml:13:24: error "
         "[not-granted] child_name reads application.child_name: no agreement in force grants 'name' from clinic to "
         "registry for lookup; grant it in an agreement of both, or take it out")),
        (AGREEMENT, "to: office, service: birth, purpose: hand over, elements: [number, card_number]",
         "to: office, service: birth, purpose: hand over, elements: [card_number]",
         ("procedures/birth.v1.yaml:81:15: error "
         "[not-granted] number reads look.number: no agreement in force grants 'number' from registry to office for "
         "birth; grant it in an agreement of both, or take it out")),
    ],
)  # fmt: skip
def test_a_wrong_sub_case_is_told(town: Town, file: str, old: str, new: str, expected: str) -> None:
    """Each mistake is told with its place and what to do."""
    waiting(town).edit(file, old, new)
    assert expected in town.lines()


def test_procedures_that_open_each_other_are_told(town: Town) -> None:
    """A ring would open cases for ever."""
    step = _LOOK.replace("  look:", "  again:").replace("sub_case: lookup", "sub_case: birth")
    waiting(town).edit(_LOOKUP_FILE, "  search:\n", f"{step}  search:\n")
    rings = [line for line in town.lines() if "[sub-case-ring]" in line]
    assert rings == [
        (
            "procedures/birth.v1.yaml:11:15: error "
            "[sub-case-ring] these procedures open cases of each other: birth > lookup > birth; "
            "let one of them wait for less"
        ),
        (
            "procedures/lookup.v1.yaml:12:15: error "
            "[sub-case-ring] these procedures open cases of each other: lookup > birth > lookup; "
            "let one of them wait for less"
        ),
    ]


def test_versions_that_hand_back_differently_are_told(town: Town) -> None:
    """A step may wait for a case of an older version."""
    older = _LOOKUP.replace("result: {type: town.Found, fill: {number: search.number}}\n", "")
    waiting(town)
    (town.folder / "town/procedures/lookup.v2.yaml").write_text(_LOOKUP.replace("version: 1", "version: 2"))
    (town.folder / _LOOKUP_FILE).write_text(older)
    assert [line for line in town.lines() if "[result-differs]" in line] == [
        (
            "procedures/lookup.v1.yaml:1:1: error [result-differs] version 2 hands back town.Found, this one nothing; "
            "let all versions hand back the same type: a step may wait for a case of any of them"
        )
    ]


def test_the_plan_says_what_is_opened_and_handed_back(town: Town) -> None:
    """The router finds the request, the ends and the result, and no other agency for the step."""
    plan = compile_network(waiting(town).network(), town.catalog(), at=NOW)
    look, lookup = plan.procedures[BIRTH].steps[StepName("look")], plan.procedures[ProcedureRef("lookup@1")]
    assert (look.sub_case, look.request, look.substitutes) == ("lookup", "town.LookupRequested", {})
    assert look.answers.keys() == {"town.Found", *(kind for end, kind in SUB_CASE_ENDS.items() if end != "completed")}
    assert [each.name for each in look.agreements] == ["pks-town"]
    assert lookup.result is not None
    assert (lookup.result.type, lookup.result.uses) == ("town.Found", {("search", "number")})
    assert lookup.needed(frozenset()) == {"search": {"number"}}
    assert plan.openings[EventType("town.LookupRequested")] == "lookup@1"


def test_what_opens_a_sub_case_is_read_by_its_agencies_for_its_service(town: Town) -> None:
    """Those who brought a fact must be granted to give it to whoever reads it there."""
    network = waiting(town).network()
    procedure = network.procedures[BIRTH]
    supply = Supply(network, town.catalog().types, procedure)
    step = procedure.steps[StepName("look")]
    found = needs_of(procedure, step, uses=[("application", "child_name")], supply=supply)
    registry, lookup = AgencyCode("registry"), ServiceName("lookup")
    assert {(each.provider, each.receiver, each.service) for each in found} == {
        ("clinic", registry, lookup), ("office", registry, lookup),
    }  # fmt: skip
    assert all(isinstance(each, Need) and each.element == "name" for each in found)


def test_a_result_travels_with_the_network_and_the_hubs_own_ends_do_not(town: Town) -> None:
    """What agencies never say is still a type that readers need; the hub's types go along anyway."""
    used = used_types(waiting(town).network())
    assert "town.Found" in used
    assert not {kind for kind in used if kind.startswith("hub.")}


def test_what_a_bill_of_the_sub_case_is_reckoned_from_is_read_there(town: Town) -> None:
    """An element needs a grant to whoever bills by it, as it does where no case stands between."""
    network, ref = waiting(town).network(), ProcedureRef("lookup@1")
    search = network.procedures[ref].steps[StepName("search")]
    billed = search.model_copy(update={"fill": {}, "bill": Bill(amounts={"city": "application.child_name"})})
    child = network.procedures[ref].model_copy(update={"steps": {StepName("search"): billed}})
    changed = replace(network, procedures={**network.procedures, ref: child})
    birth = changed.procedures[BIRTH]

    read = readers_of(changed, birth, birth.steps[StepName("look")], ("application", "child_name"))
    assert (AgencyCode("registry"), ServiceName("lookup")) in set(read)
