"""Steps that open a case of another procedure and wait for it: which one, with what, and what its end means.

Also what a procedure hands back when a case of it is completed.
"""

from collections.abc import Iterator
from typing import Final

from hub.names import AgencyCode, EventType, StepName
from hub.network.check.actors import check_type
from hub.network.check.part import PartCheck
from hub.network.flow import Flow
from hub.network.folder.finding import meant
from hub.network.folder.yaml import Path
from hub.network.model import SUB_CASE_ENDS, After, Procedure, Step
from hub.network.sub_case import newest

#: Stands for the result among the steps while its data are checked; no step can be called so.
RESULT: Final = StepName("~result")


class SubCaseCheck(PartCheck):
    """Check the sub-cases that one procedure opens, and the result that it hands back."""

    def run(self) -> None:
        """Report everything that is wrong."""
        self._check_result()
        for name, step in self._procedure.steps.items():
            if step.sub_case is None:
                continue
            child = newest(self._network, step.sub_case)
            if child is None:
                message = f"step {name} opens a case of {step.sub_case!r}, which is no procedure here"
                known = {each.procedure for each in self._network.procedures.values()}
                fix = meant(step.sub_case, known, otherwise="add the procedure")
                self._report.at(("steps", name, "sub_case"), "unknown-procedure", message, fix=fix)
                continue
            self._check_step(name, step, child)
            self._check_ends(name, step, child)
            self._check_ring(name, step)

    def _check_step(self, name: StepName, step: Step, child: Procedure) -> None:
        path = ("steps", name)
        if step.request != child.opens_on:
            message = f"step {name} opens a case of {child.procedure} with {step.request}, which does not open it"
            self._report.at((*path, "request"), "sub-case-request", message, fix=f"write {child.opens_on}")
        if step.agency not in self._taking_part(child):
            message = f"{step.agency} answers for the sub-case of step {name}, but takes no part in {child.procedure}"
            fix = "name the agency that does its steps, or whose service it is"
            self._report.at((*path, "agency"), "sub-case-agency", message, fix=fix)
        wrong = {
            "accept_within": (step.accept_within is not None, "nobody accepts a sub-case"),
            "bill": (step.bill is not None, "a sub-case asks for its own payment"),
            "payment": (step.payment is not None, "a sub-case takes its own payment"),
            "on_cancel": (step.on_cancel == "compensate", "a case that is completed cannot be undone"),
        }
        for key, (is_wrong, why) in wrong.items():
            if is_wrong:
                self._report.at((*path, key), "sub-case-option", f"step {name}: {why}", fix="take it out")

    def _taking_part(self, child: Procedure) -> set[AgencyCode]:
        owner = self._network.services.get(child.service)
        return {each.agency for each in child.steps.values()} | ({owner.owner} if owner else set())

    def _check_ends(self, name: StepName, step: Step, child: Procedure) -> None:
        path = ("steps", name, "answers")
        done = child.result.type if child.result else SUB_CASE_ENDS["completed"]
        wanted = {**SUB_CASE_ENDS, "completed": done}
        for ends, event_type in wanted.items():
            answer = step.answers.get(event_type)
            self._check_said_by_nobody(event_type, ("steps", name, "sub_case"))
            if answer is None:
                message = f"step {name} does not say what follows when its sub-case is {ends}"
                self._report.at_key(path, "sub-case-ends", message, fix=f"add {event_type}:")
            elif answer.outcome not in ({"done"} if ends == "completed" else {"rejected", "returned"}):
                message = f"a sub-case that is {ends} cannot make step {name} {answer.outcome}"
                fix = "write done" if ends == "completed" else "write rejected or returned"
                self._report.at((*path, event_type), "sub-case-ends", message, fix=fix)
        for event_type in step.answers.keys() - set(wanted.values()):
            message = f"no case of {child.procedure} ends with {event_type}"
            fix = meant(event_type, wanted.values(), otherwise="take it out")
            self._report.at_key((*path, event_type), "sub-case-answer", message, fix=fix)

    def _check_ring(self, name: StepName, step: Step) -> None:
        ring = self._ring([self._procedure.procedure, str(step.sub_case)])
        if ring:
            message = f"these procedures open cases of each other: {' > '.join(ring)}"
            self._report.at(("steps", name, "sub_case"), "sub-case-ring", message, fix="let one of them wait for less")

    def _ring(self, path: list[str]) -> list[str]:
        """Follow sub-cases, over every version, until the first procedure comes again; empty when it never does."""
        if path[-1] in path[:-1]:
            return path if path[-1] == path[0] else []
        opened = {
            step.sub_case
            for each in self._network.procedures.values()
            for step in each.steps.values()
            if each.procedure == path[-1] and step.sub_case is not None
        }
        return next((ring for each in sorted(opened) if (ring := self._ring([*path, each]))), [])

    def _check_result(self) -> None:
        result = self._procedure.result
        if result is None:
            result_type = None
        elif not check_type(self._types, result.type, self._report, path=("result", "type")):
            return
        else:
            result_type = result.type
            self._check_said_by_nobody(result.type, ("result", "type"))
        last = newest(self._network, self._procedure.procedure)
        other = last.result.type if last and last.result else None
        if last is not None and other != result_type:
            message = f"version {last.version} hands back {other or 'nothing'}, this one {result_type or 'nothing'}"
            fix = "let all versions hand back the same type: a step may wait for a case of any of them"
            self._report.at_key(("result",) if result else ("procedure",), "result-differs", message, fix=fix)

    def _check_said_by_nobody(self, event_type: EventType, path: Path) -> None:
        for agency in self._network.agencies.values():
            if event_type in {*agency.publishes, *agency.opens}:
                message = f"{agency.agency} may publish {event_type}, which only the end of a case says"
                self._report.at(path, "result-published", message, fix="let no agency publish it")


def with_result(procedure: Procedure) -> Iterator[Procedure]:
    """Give a procedure, and if it has a result once more with a last step that asks for that."""
    yield procedure
    result, flow = procedure.result, Flow(procedure)
    if result is None:
        return
    last = tuple(name for name in procedure.steps if not flow.successors(name))
    step = Step(
        title=procedure.title, agency=AgencyCode("nobody"), request=result.type, after=After(all=last),
        fill=result.fill, answers={},
    )  # fmt: skip
    yield procedure.model_copy(update={"steps": {**procedure.steps, RESULT: step}})
