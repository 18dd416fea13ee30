"""Every procedure of a network, by itself and beside the others: openings, services, and all that its steps say."""

from collections.abc import Iterator, Mapping
from datetime import date

from hub.events.catalog import EventSchema
from hub.names import EventType, StepName
from hub.network.agreements import Grants
from hub.network.check.actors import check_type
from hub.network.check.answers import AnswerCheck
from hub.network.check.calendars import longest, working_calendars
from hub.network.check.dataflow import DataCheck
from hub.network.check.examples import ExampleCheck
from hub.network.check.joins import JoinCheck
from hub.network.check.payments import PaymentCheck
from hub.network.check.report import FileReport, Report
from hub.network.check.sub_cases import SubCaseCheck, with_result
from hub.network.check.subjects import SubjectCheck
from hub.network.flow import Flow
from hub.network.folder.finding import meant
from hub.network.folder.yaml import Path
from hub.network.load import DeclaredNetwork
from hub.network.model import Predecessor, Priority, Procedure, Step
from hub.network.span import WorkingTime, span_text
from hub.network.subject import standing_for


class ProcedureCheck:
    """Check the procedures of a network."""

    def __init__(
        self, network: DeclaredNetwork, types: Mapping[EventType, EventSchema], report: Report, *, today: date
    ) -> None:
        """Keep what is checked against what; calendars in which errors are reported already count nothing."""
        self._network = network
        self._types = types
        self._report = report
        self._today = today
        self._grants = Grants(network.agreements.values())
        self._calendars = working_calendars(network, report)
        self._longest: dict[tuple[str, WorkingTime], int] = {}
        self._sub_cases = {step.sub_case for each in network.procedures.values() for step in each.steps.values()}

    def run(self) -> None:
        """Report everything that is wrong."""
        opened: dict[EventType, Procedure] = {}
        for procedure in self._network.procedures.values():
            report = self._report.of(procedure)
            self._check_opening(procedure, report)
            first = opened.setdefault(procedure.opens_on, procedure)
            if first.procedure != procedure.procedure:
                message = f"{procedure.opens_on} also opens procedure {first.procedure!r}"
                report.at(("opens_on",), "opened-twice", message, fix="give each procedure an opening of its own")
            self._check_steps(procedure, report)
            self._check_times(procedure, report)

    def _check_opening(self, procedure: Procedure, report: FileReport) -> None:
        if procedure.service not in self._network.services:
            message = f"service {procedure.service!r} is not in this network"
            fix = meant(procedure.service, self._network.services, otherwise=f"add services/{procedure.service}.yaml")
            report.at(("service",), "unknown-service", message, fix=fix)
        known = check_type(self._types, procedure.opens_on, report, path=("opens_on",))
        if known and procedure.priority:
            self._check_priority(procedure, procedure.priority, report)
        if known and procedure.predecessor:
            self._check_predecessor(procedure, procedure.predecessor, report)
        is_opened = procedure.procedure in self._sub_cases or any(
            procedure.opens_on in agency.opens for agency in self._network.agencies.values()
        )
        if known and not is_opened:
            message = f"no agency may open with {procedure.opens_on}"
            report.at(("opens_on",), "nobody-opens", message, fix="add it to the opens of the agency that may")

    def _check_priority(self, procedure: Procedure, priority: Priority, report: FileReport) -> None:
        """Report a ground that the opening cannot record."""
        fields = self._types[procedure.opens_on].fields
        field = fields.get(priority.ground)
        if field is None or field.kind != "enum":
            message = f"{procedure.opens_on} records no ground of the priority lane: it has no enum {priority.ground!r}"
            fix = meant(priority.ground, fields, otherwise="add the field to the schema")
            report.at(("priority", "ground"), "priority-ground", message, fix=fix)
            return
        also = [self._check_recorded(procedure, fact, ("priority", "answers", i), report)
                for i, fact in enumerate(priority.answers)]  # fmt: skip
        known = dict.fromkeys((*field.symbols, *(symbol for symbols in also for symbol in symbols)))
        for ground in priority.classes:
            if ground not in known:
                said = f"{priority.ground!r} of {procedure.opens_on}"
                message = f"{', '.join((said, *priority.answers))} cannot say {ground!r}"
                fix = meant(ground, known, otherwise="take it out")
                report.at_key(("priority", "classes", ground), "priority-ground", message, fix=fix)

    def _check_recorded(self, procedure: Procedure, fact: str, path: Path, report: FileReport, /) -> tuple[str, ...]:
        """Report a fact that is to record a ground of the lane and cannot; give the grounds that it can say."""
        source, _, name = fact.partition(".")
        steps = standing_for(procedure, StepName(source))
        if not steps:
            message = f"step {source!r} is not in this procedure"
            report.at(path, "unknown-step", message, fix=meant(source, procedure.steps, otherwise="add the step"))
            return ()
        types = [self._types[kind] for step in steps for kind in procedure.steps[step].answers if kind in self._types]
        fields = [schema.fields[name] for schema in types if name in schema.fields]
        symbols = tuple(symbol for each in fields if each.kind == "enum" for symbol in each.symbols)
        if not symbols:
            message = f"no answer of step {source} records a ground of the priority lane: none has an enum {name!r}"
            known = dict.fromkeys(each for schema in types for each in schema.fields)
            fix = "name an enum" if name in known else meant(name, known, otherwise="add the field to the schema")
            report.at(path, "priority-ground", message, fix=fix)
        return symbols

    def _check_predecessor(self, procedure: Procedure, predecessor: Predecessor, report: FileReport) -> None:
        """Report what the opening cannot say of the case that it follows, and steps that are not there."""
        fields = self._types[procedure.opens_on].fields
        said = {"case": (predecessor.case,), "proof": (predecessor.proof,), "applicant": predecessor.applicant}
        for key, name in ((key, name) for key, names in said.items() for name in names):
            if name not in fields or fields[name].kind != "string":
                message = f"{procedure.opens_on} has no text {name!r}"
                fix = "name a text" if name in fields else meant(name, fields, otherwise="add the field to the schema")
                report.at(("predecessor", key), "predecessor-field", message, fix=fix)
        for name in predecessor.reuses:
            if name not in procedure.steps:
                message = f"step {name!r} is not in this procedure"
                fix = meant(name, procedure.steps, otherwise="add the step")
                report.at_key(("predecessor", "reuses", name), "unknown-step", message, fix=fix)
            elif kept := _not_again(procedure.steps[name]):
                message = f"step {name} {kept}, which no other case can have done for this one"
                report.at_key(("predecessor", "reuses", name), "predecessor-step", message, fix="take it out")

    def _check_steps(self, procedure: Procedure, report: FileReport) -> None:
        network, types, flow = self._network, self._types, Flow(procedure)
        if not SubjectCheck(types, procedure=procedure, report=report).run():
            return  # what its steps are is not known
        joined = JoinCheck(procedure, flow, report).run()
        answers = AnswerCheck(network, types, procedure=procedure, flow=flow, report=report)
        answers.run()
        SubCaseCheck(network, types, procedure=procedure, flow=flow, report=report).run()
        ExampleCheck(network, types, procedure=procedure, flow=flow, report=report).run()
        if joined:
            answers.run_together()
            PaymentCheck(network, types, procedure=procedure, flow=flow, report=report).run()
            for checked in with_result(procedure):
                DataCheck(
                    network,
                    types,
                    procedure=checked,
                    flow=Flow(checked),
                    grants=self._grants,
                    today=self._today,
                    report=report,
                ).run(only_result=checked is not procedure)

    def _check_times(self, procedure: Procedure, report: FileReport) -> None:
        """Report working time that no calendar counts, and every time to answer that is longer than tasks are kept.

        Whoever comes last would find no task in its topic.
        """
        kept = self._network.network.tasks_retention
        for path, step, time in _times(procedure):
            agency = self._network.agencies.get(step.agency)
            if isinstance(time, WorkingTime) and agency and agency.calendar is None:
                message = f"only a calendar counts {span_text(time)}, and agency {agency.agency!r} works by none"
                fix = f"write calendar: in agencies/{agency.agency}.yaml, or a time by the clock such as 2 days"
                report.at(path, "no-calendar", message, fix=fix)
                continue
            span = self._by_clock(step, time)
            if span is not None and span > kept:
                lasts = f", which may last {span_text(span)}" if isinstance(time, WorkingTime) else ""
                message = (
                    f"the answer may come after {span_text(time)}{lasts}, but tasks are kept for {span_text(kept)}"
                )
                fix = f"set tasks_retention in network.yaml to {span_text(span)} or more, or shorten this"
                report.at(path, "task-not-kept", message, fix=fix)

    def _by_clock(self, step: Step, time: int | WorkingTime) -> int | None:
        """Tell how many ms of the clock a time may last; None when its calendar is not known or wrong."""
        if not isinstance(time, WorkingTime):
            return time
        agency = self._network.agencies.get(step.agency)
        calendar = self._calendars.get(str(agency.calendar)) if agency else None
        if calendar is None:
            return None
        known = self._longest.get((calendar.name, time))
        if known is None:
            known = self._longest[calendar.name, time] = longest(calendar, time, today=self._today)
        return known


def _not_again(step: Step) -> str:
    """Say what a step does that must be done in each case; empty when it may count again."""
    if step.payment is not None or step.bill is not None:
        return "asks for money or takes it"
    return "opens a case" if step.sub_case is not None else ""


def _times(procedure: Procedure) -> Iterator[tuple[Path, Step, int | WorkingTime]]:
    """Go over the times that agencies and applicants have, with where each is written and whose step it is."""
    for name, step in procedure.steps.items():
        if step.deadline is not None:
            yield ("steps", name, "deadline", "within"), step, step.deadline.within
        for event_type, answer in step.answers.items():
            if answer.complete_within is not None:
                yield ("steps", name, "answers", event_type, "complete_within"), step, answer.complete_within
