"""A procedure's examples are told to the router, and what ends otherwise is said."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hub.network.load import DeclaredNetwork
from hub.network.model import Example
from hub.rehearsal.examples import check_examples
from tests.unit.network.town import BIRTH, PROCEDURE, Town

OPENED = {"agency": "clinic", "event": "town.Reported", "data": {"born_on": "2026-01-02", "wants_card": False}}
RECORDED = {"answers": "record", "event": "town.Recorded"}
ENROLLED = {"answers": "enrol", "event": "town.Enrolled"}
RETURNED = {"answers": "record", "event": "town.RecordingReturned", "data": {"items": ["name"]}}
COMPLETED = {"answers": "record", "event": "town.ReportCompleted"}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """Copy the small network."""
    return Town.copied(tmp_path)


def rehearsed(town: Town, *given: dict[str, Any], begins: str | None = None, **then: Any) -> list[str]:
    """Give the small town's procedure one example and rehearse it."""
    network = town.network()
    example = Example.model_validate({"name": "told", "begins": begins, "given": given, "then": then})
    procedure = network.procedures[BIRTH].model_copy(update={"examples": (example,)})
    changed = DeclaredNetwork(
        network.network,
        network.agencies,
        network.services,
        {BIRTH: procedure},
        network.agreements,
        network.documents,
        calendars=network.calendars,
    )
    return [finding.message for finding in check_examples(changed, town.catalog())]


@pytest.mark.parametrize(
    ("begins", "done"),
    [
        (None, ["record"]),  # Monday 5 January 2026, 08:00: two of the town hall's days are over on Tuesday
        ("2026-12-22T08:00+08:00", []),  # a Tuesday before Christmas: the next opening is on Sunday the 27th
        ("2026-12-18T08:00+08:00", ["record"]),
    ],
)
def test_an_example_begins_when_it_says(town: Town, begins: str | None, done: list[str]) -> None:
    """A deadline in working days is rehearsed over weekends and holidays, on the day that an example names."""
    town.edit(PROCEDURE, "deadline: 2 days", "deadline: {within: 2 working days, on_missed: withdrawn}")
    outcome = "deemed_withdrawn" if done else "open"

    assert rehearsed(town, OPENED, {"wait": "5 days"}, begins=begins, outcome=outcome) == []


def test_an_example_that_ends_as_it_says_is_no_finding(town: Town) -> None:
    """Nothing is said of what is right."""
    assert check_examples(town.network(), town.catalog()) == ()
    then: dict[str, Any] = {"outcome": "open", "tasks": ["record", "enrol"], "active": ["enrol"], "skipped": ["card"]}
    assert rehearsed(town, OPENED, RECORDED, **then) == []


def test_what_ends_otherwise_is_said_with_what_the_case_waits_for(town: Town) -> None:
    """A clerk reads what is, what was expected, and what is missing."""
    (message,) = rehearsed(town, OPENED, RECORDED, outcome="completed", skipped=[], tasks=["record"], active=[])
    assert "the case is open, not completed" in message
    assert "skipped are card, not none" in message
    assert "tasks were sent for record, enrol, not for record" in message
    assert "waiting for enrol" in message


def test_a_finding_names_the_file_and_line_of_the_example(town: Town) -> None:
    """The finding leads to what must be mended."""
    town.edit("town/procedures/birth.v1.yaml", "then: {outcome: completed", "then: {outcome: rejected")
    (finding,) = check_examples(town.network(), town.catalog())
    lines = (town.folder / "town" / finding.file).read_text().splitlines()
    assert lines[finding.line - 1].strip().startswith("then:")


def test_an_answer_without_event_is_the_steps_only_done(town: Town) -> None:
    """An example needs to say only what matters: type, agency and data follow from the step."""
    assert rehearsed(town, OPENED, {"answers": "record"}, outcome="open", active=["enrol"]) == []


def test_a_completion_comes_from_the_front_office(town: Town) -> None:
    """The applicant's word needs no agency in the example."""
    assert rehearsed(town, OPENED, RETURNED, {"wait": "5 days"}, COMPLETED, outcome="open", active=["record"]) == []


def test_time_passes_in_an_example(town: Town) -> None:
    """A wait lets timers fire: a file not completed in time is withdrawn."""
    assert rehearsed(town, OPENED, RETURNED, {"wait": "30 days"}, outcome="deemed_withdrawn") == []


def test_an_operator_acts_in_an_example(town: Town) -> None:
    """An example may tell what an operator does."""
    act = {"operator": "withdraw", "reason": "asked by the family"}
    assert rehearsed(town, OPENED, act, RECORDED, outcome="withdrawn", tasks=["record"]) == []


def test_dead_letters_and_incidents_are_counted(town: Town) -> None:
    """What the hub could not take is part of how a story ends, and its reason is said."""
    stray = {"agency": "insurer", "event": "town.Recorded"}
    assert rehearsed(town, OPENED, stray, outcome="open", dead_letters=1) == []
    (message,) = rehearsed(town, OPENED, stray, outcome="open", incidents=1)
    assert "there are 1 dead letters, not 0" in message
    assert "insurer may not publish town.Recorded" in message


def test_a_late_answer_names_the_last_task_of_its_step(town: Town) -> None:
    """An example can tell of an answer that comes twice."""
    again = {**RECORDED, "id": "again"}
    assert rehearsed(town, OPENED, RECORDED, again, outcome="open", active=["enrol"]) == []


def test_an_example_that_cannot_be_told_is_a_finding(town: Town) -> None:
    """Wrong data, an unclear event and an unknown type are said, not raised."""
    wrong = {**RECORDED, "data": {"number": 7}}
    unclear = {"answers": "nowhere"}
    unheard = {"agency": "clinic", "event": "town.Unheard"}
    speechless = {"event": "town.Reported"}
    for line, why in ((wrong, "number"), (unclear, "not clear"), (unheard, "not known"), (speechless, "who publishes")):
        (message,) = rehearsed(town, OPENED, line, outcome="open")
        assert why in message


def test_examples_do_not_depend_on_the_calendar(town: Town) -> None:
    """An agreement that has run out is a finding of its own; the examples still test the procedure."""
    network = town.network()
    over = {
        name: each.model_copy(update={"valid": each.valid.model_copy(update={"until": date(2020, 1, 1)})})
        for name, each in network.agreements.items()
    }
    old = DeclaredNetwork(
        network.network, network.agencies, network.services, network.procedures, over, network.documents
    )
    assert check_examples(old, town.catalog()) == ()
