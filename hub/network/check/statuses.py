"""Whether each status of a foreign system is listed once and moves the clock as the procedures' answers do."""

from collections.abc import Iterator, Mapping

from hub.events.catalog import EventSchema
from hub.names import EventType, ProcedureRef, StepName
from hub.network.check.actors import check_agency, check_type
from hub.network.check.report import FileReport, Report
from hub.network.folder.yaml import Path
from hub.network.load import DeclaredNetwork
from hub.network.model import Answer, Procedure, Step
from hub.network.status import Status
from hub.network.supply import completion_of


class StatusCheck:
    """Check the files of ``statuses/``."""

    def __init__(self, network: DeclaredNetwork, types: Mapping[EventType, EventSchema], report: Report) -> None:
        """Keep what is checked against what."""
        self._network = network
        self._types = types
        self._report = report

    def run(self) -> None:
        """Report everything that is wrong."""
        for statuses in self._network.statuses.values():
            report, seen = self._report.of(statuses), set[str]()
            check_agency(self._network, statuses.agency, report, path=("agency",))
            for i, status in enumerate(statuses.codes):
                if status.code in seen:
                    message = f"status {status.code!r} is listed twice"
                    report.at(("codes", i, "code"), "status-twice", message, fix="keep the one that is right")
                seen.add(status.code)
                if status.event is not None:
                    self._check_event(status, status.event, report, path=("codes", i))

    def _check_event(self, status: Status, event: EventType, report: FileReport, *, path: Path) -> None:
        if not check_type(self._types, event, report, path=(*path, "event")):
            return
        answers = list(self._answers(event))
        if not answers and not self._is_taken(event):
            message = f"{event}, for status {status.code!r}, answers no step"
            report.at((*path, "event"), "status-event", message, fix="name an answer of a step, or take it out")
        for ref, name, step, answer in answers:
            if status.clock is not None and status.clock not in _moves(step, answer):
                message = f"status {status.code!r} has clock {status.clock!r}, but {event} in {name} of {ref} has not"
                report.at((*path, "clock"), "status-clock", message, fix="mend it here, or the answer there")

    def _answers(self, event: EventType) -> Iterator[tuple[ProcedureRef, StepName, Step, Answer]]:
        for ref, procedure in self._network.procedures.items():
            for name, step in procedure.steps.items():
                if event in step.answers:
                    yield ref, name, step, step.answers[event]

    def _is_taken(self, event: EventType) -> bool:
        """Tell whether an event opens a case or completes what an applicant was asked for: then the clock just runs."""
        return any(event == each.opens_on or event in _completions(each) for each in self._network.procedures.values())


def _completions(procedure: Procedure) -> set[EventType | None]:
    return {completion_of(answer) for step in procedure.steps.values() for answer in step.answers.values()}


def _moves(step: Step, answer: Answer) -> set[str]:
    """Say what an answer may be called that does this to the agencies' clock."""
    if answer.clock is not None:
        return {{"stopped": "stop", "resumed": "resume", "reset": "reset"}[answer.clock]}
    if answer.outcome == "returned" or (answer.outcome == "progress" and step.holder != "agency"):
        return {"stop"}
    ends = {"done": {"run", "end"}, "rejected": {"end"}, "provisional": {"end"}, "revoked": {"end"}}
    return ends.get(answer.outcome, {"run"})
