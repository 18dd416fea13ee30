"""A declared network becomes the router's plan."""

from datetime import UTC, datetime

import pytest

from hub.errors import ExpressionError
from hub.names import AgencyCode, EventType, StepName
from hub.network.compile import compile_network
from hub.network.plan import AgreementPlan, ProcedurePlan
from tests.unit.network.town import AGREEMENT, BIRTH, INSURER, NOW, OFFICE, PROCEDURE, Town


def millis(text: str) -> int:
    """Read an instant."""
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1000)


def birth(town: Town) -> ProcedurePlan:
    """Compile the town and give its procedure."""
    return compile_network(town.network(), town.catalog(), at=NOW).procedures[BIRTH]


def test_steps_stand_in_order_with_their_graph(town: Town) -> None:
    """The router finds joins, edges and resets ready."""
    plan = birth(town)
    card, advise, deliver = (plan.steps[StepName(name)] for name in ("card", "advise", "deliver"))

    assert list(plan.steps) == ["record", "card", "enrol", "advise", "deliver"]
    assert (deliver.mode, deliver.after) == ("all", ("card", "enrol", "advise"))
    assert (advise.mode, advise.after, advise.rejected_by) == ("any", (), ("enrol",))
    assert card.successors == ("deliver",)
    assert plan.steps[StepName("record")].resets == {"record"}


def test_expressions_are_compiled_and_know_their_facts(town: Town) -> None:
    """Guards, fills and deadlines together tell which facts a step uses."""
    plan = birth(town)
    card, deliver = plan.steps[StepName("card")], plan.steps[StepName("deliver")]

    assert card.uses == {("application", "wants_card"), ("application", "child_name"), ("record", "number")}
    assert [field for field, _ in deliver.fill] == ["number", "card_number", "insurance_number"]
    facts = {"record": {"number": "N1"}, "enrol": {}}
    assert [value(facts) for _, value in deliver.fill] == ["N1", "", None]
    with pytest.raises(ExpressionError):
        card.fill[1][1](facts)


def test_reason_codes_are_those_of_a_closed_set(town: Town) -> None:
    """What an enum can say may be journaled; what is free text may not."""
    answers = birth(town).steps[StepName("record")].answers
    assert answers[EventType("town.RecordingRefused")].codes == {"double", "false_papers"}
    assert answers[EventType("town.RecordingReturned")].codes == frozenset()


def test_instants_are_known_by_their_schema(town: Town) -> None:
    """A timestamp field can be reckoned with in an expression."""
    town.edit(
        PROCEDURE, "when: application.wants_card", "when: application.seen_at > timestamp('2026-11-01T00:00:00Z')"
    )
    card = birth(town).steps[StepName("card")]

    assert card.when is not None
    assert card.when({"application": {"seen_at": "2026-11-02T00:00:00.000Z"}}) is True
    assert card.when({"application": {"seen_at": "2026-10-02T00:00:00.000Z"}}) is False


def test_answers_and_completions_find_their_steps(town: Town) -> None:
    """An event's type leads to the steps it may answer or complete."""
    plan = birth(town)
    answer = plan.steps[StepName("record")].answers[EventType("town.RecordingReturned")]

    assert plan.answered_by[EventType("town.Enrolled")] == ("enrol",)
    assert plan.answered_by[EventType("town.ReportCompleted")] == ("record",)
    assert plan.completed_by == {"town.ReportCompleted": ("record",)}
    assert (answer.to, answer.completed_by, answer.complete_within) == (None, "town.ReportCompleted", 30 * 86_400_000)


def test_agencies_may_say_what_they_declare_and_what_is_the_hubs(town: Town) -> None:
    """Openings count as published; all may accept tasks, the front office may complete files."""
    agencies = compile_network(town.network(), town.catalog(), at=NOW).agencies

    assert agencies[AgencyCode("clinic")].publishes == {"town.Reported", "hub.TaskAccepted"}
    assert "hub.ApplicationCompleted" in agencies[AgencyCode("office")].publishes
    assert agencies[AgencyCode("clinic")].opens == {"town.Reported"}


def test_the_newest_version_is_opened_and_all_travel(town: Town) -> None:
    """Cases open under the newest version; older ones go on under theirs."""
    text = (town.folder / PROCEDURE).read_text()
    for version in (2, 10):
        new = text.replace("version: 1", f"version: {version}")
        (town.folder / f"town/procedures/birth.v{version}.yaml").write_text(new)

    plan = compile_network(town.network(), town.catalog(), at=NOW)

    assert set(plan.procedures) == {"birth@1", "birth@2", "birth@10"}
    assert plan.openings == {"town.Reported": "birth@10"}


def test_an_agreement_is_in_force_from_midnight_to_midnight_in_the_town(town: Town) -> None:
    """Both days count whole, in the network's time zone."""
    (window,) = birth(town).agreements

    assert window == AgreementPlan(
        "pks-town", millis("2026-01-01T00:00:00+08:00"), millis("2031-01-01T00:00:00+08:00"), "finish"
    )


def test_a_renewal_without_a_gap_is_one_window(town: Town) -> None:
    """An agreement that takes over on the next day goes on; its own word counts at the end."""
    renew(town, since="2031-01-01", until="2032-12-31")

    (window,) = birth(town).agreements

    assert (window.name, window.on_expiry) == ("pks-town+pks-next", "hold")
    assert window.until == millis("2033-01-01T00:00:00+08:00")


def test_a_renewal_after_a_gap_counts_when_its_time_comes(town: Town) -> None:
    """Between two agreements nothing flows; under which one is decided by the bundle's time."""
    renew(town, since="2031-01-02", until="2032-12-31")
    network, catalog = town.network(), town.catalog()

    (now,) = compile_network(network, catalog, at=NOW).procedures[BIRTH].agreements
    (then,) = compile_network(network, catalog, at=millis("2031-06-01T00:00:00+08:00")).procedures[BIRTH].agreements

    assert (now.name, then.name) == ("pks-town", "pks-next")


def test_another_agency_may_do_a_step_when_it_says_its_answers_and_gets_its_data(town: Town) -> None:
    """What no agreement grants it is named; with all granted the step is compiled as if it were declared for it."""
    enrol, office = StepName("enrol"), AgencyCode("office")
    assert birth(town).steps[enrol].substitutes == {}

    town.edit(OFFICE, "publishes:", "publishes:\n  - town.Enrolled\n  - town.EnrolRefused")
    found = birth(town).steps[enrol].substitutes
    assert {agency: each.lacks for agency, each in found.items()} == {office: ("birth_date from clinic to office",)}

    town.edit(AGREEMENT, "grants:\n", f"grants:\n  - {_BIRTH_DATE}\n")
    (declared, given) = birth(town).steps[enrol], birth(town).steps[enrol].substitutes[office]
    assert (given.lacks, set(given.steps)) == ((), {"enrol", "advise", "deliver"})
    assert (given.steps[enrol].agency, given.steps[enrol].uses) == (office, declared.uses)
    assert [each.name for each in given.steps[enrol].agreements] == ["pks-town"]


def test_working_time_needs_a_substitute_with_a_calendar(town: Town) -> None:
    """An agency that works by no calendar cannot be held to working days; one that does is held to its own."""
    town.edit(PROCEDURE, "{within: 28 days, from: application.born_on}", "5 working days")
    town.edit(INSURER, "evidence: I", "evidence: I\ncalendar: townhall")
    town.edit(OFFICE, "publishes:", "publishes:\n  - town.Enrolled\n  - town.EnrolRefused")
    assert birth(town).steps[StepName("enrol")].substitutes == {}

    town.edit(OFFICE, "evidence: I", "evidence: I\ncalendar: townhall")
    (found,) = birth(town).steps[StepName("enrol")].substitutes.values()
    deadline = found.steps[StepName("enrol")].deadline
    assert deadline is not None
    assert (deadline.measure, deadline.calendar is not None) == ("days", True)


def test_who_reads_a_substitutes_facts_needs_them_granted_too(town: Town) -> None:
    """The hub does not let facts flow on that the new agency may not give."""
    town.edit(INSURER, "publishes: [", "publishes: [town.CardPrinted, ")
    (found,) = birth(town).steps[StepName("card")].substitutes.values()

    assert found.lacks == (
        "card_number from insurer to office", "card_wish from clinic to insurer", "name from clinic to insurer",
        "name from office to insurer",
    )  # fmt: skip


_BIRTH_DATE = "{from: clinic, to: office, service: birth, purpose: enrol the child, elements: [birth_date]}"


def renew(town: Town, *, since: str, until: str) -> None:
    """Write a second agreement that grants the same for other days."""
    text = (town.folder / AGREEMENT).read_text().replace("agreement: pks-town", "agreement: pks-next\non_expiry: hold")
    text = text.replace("2026-01-01, until: 2030-12-31", f"{since}, until: {until}")
    (town.folder / "town/agreements/pks-next.yaml").write_text(text)


def test_working_time_goes_to_agencies_with_a_calendar(town: Town) -> None:
    """A step counted in working days cannot be given to an agency whose days nobody knows."""
    town.edit(INSURER, "publishes: [", "publishes: [town.CardPrinted, ")
    assert set(birth(town).steps[StepName("card")].substitutes) == {"insurer"}

    town.edit(PROCEDURE, "    deadline: 1 day\n  enrol", "    deadline: 1 working day\n  enrol")

    assert birth(town).steps[StepName("card")].substitutes == {}
