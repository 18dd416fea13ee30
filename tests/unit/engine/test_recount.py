"""Deadlines that a changed calendar has moved, counted anew in cases in which nothing happens."""

from dataclasses import replace

import pytest

from hub.engine.routing import Rules
from hub.events.codec import parse_millis
from hub.names import JOURNAL, ProcedureRef, StepName
from hub.network.compile import compile_network
from hub.network.model import Calendar, Deadline
from tests.kafka.city import CIVIL, DESK, OPENED, catalog, city
from tests.unit.engine.test_routing import CASE, CODEC, Desk


@pytest.fixture
def desk() -> Desk:
    """Give an empty partition."""
    return Desk()


def _counting(*closed: str) -> Rules:
    """Let the registry have two working days for a check, by a calendar that is closed on some days."""
    network = city()
    hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-16:00")
    calendar = Calendar.model_validate(
        {
            "calendar": "c", "title": {"id": "-", "en": "-"}, "zone": "UTC", "week": hours, "evidence": "I",
            "closed": [{"on": day, "reason": "leave"} for day in closed],
        }
    )  # fmt: skip
    licence = network.procedures[ProcedureRef("licence@1")]
    check = licence.steps[StepName("check")].model_copy(
        update={"deadline": Deadline.model_validate({"within": "2 working days", "warn": []})}
    )
    counted = licence.model_copy(update={"steps": {**licence.steps, StepName("check"): check}})
    civil = network.agencies[CIVIL].model_copy(update={"calendar": "c"})
    changed = replace(
        network, agencies={**network.agencies, CIVIL: civil}, calendars={"c": calendar},
        procedures={**network.procedures, ProcedureRef("licence@1"): counted},
    )  # fmt: skip
    return Rules(4, compile_network(changed, catalog(), at=0, sequence=4), CODEC)


def test_a_changed_calendar_moves_a_case_in_which_nothing_happens(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The due time is counted anew once, journaled, and indexed for its timer: from Friday to Monday."""
    monkeypatch.setattr("tests.unit.engine.test_routing.RULES", _counting())
    desk.say(DESK, OPENED, name="SITI")
    assert desk.partition.next_due() == parse_millis("1970-01-02T16:00:00Z")
    before = len(desk.sent)

    leave = _counting("1970-01-02")
    assert desk.routing.recount(CASE.encode(), partition=desk.partition, force=leave)
    assert desk.routing.recount(CASE.encode(), partition=desk.partition, force=leave)

    (entry,) = [CODEC.decode(output.value)[1] for output in desk.sent[before:] if output.topic == JOURNAL]
    assert (entry["outcome"], entry["why"]) == ("fired", "its calendar has changed")
    assert [(each["step"], each["due"]) for each in entry["changes"]] == [("check", "1970-01-05T16:00:00.000Z")]
    assert desk.partition.next_due() == parse_millis("1970-01-05T16:00:00Z")


def test_what_is_due_is_left_to_its_timer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A timer fires when all inputs are read, and only then: counting anew decides nothing before."""
    monkeypatch.setattr("tests.unit.engine.test_routing.RULES", _counting())
    desk.say(DESK, OPENED, name="SITI")
    desk.partition.meta.now = parse_millis("1970-01-02T16:00:00Z")
    before = len(desk.sent)

    assert not desk.routing.recount(CASE.encode(), partition=desk.partition, force=_counting("1970-01-02"))
    assert not desk.routing.recount(b"desk.gone", partition=desk.partition, force=_counting())
    assert desk.sent[before:] == []
