"""One case of the mall in the hands of chance: what agencies, applicants, operators and time may do to it."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from hub.events.envelope import Event
from hub.names import AgencyCode, CaseId, EventType, StepName, case_id, procedure_ref
from hub.network.model import Procedure
from hub.network.plan import Plan, ProcedurePlan, StepPlan
from hub.rehearsal.sample import sample
from hub.rehearsal.world import Entry, Rehearsal
from hub.router.assignment import procedure_of
from hub.router.case import OWED, Case, encode_case
from hub.router.decision import Command, Decision, Tick
from hub.router.route import route
from tests import builders as b
from tests import networks

#: Agencies are silent for so long, in ms.
SILENCES = (1, b.HOUR, b.HOUR, 8 * b.HOUR, b.DAY, b.DAY, 3 * b.DAY, 3 * b.DAY, 10 * b.DAY, 40 * b.DAY)


class Remembering(Rehearsal):
    """Keep, for each entry of the journal, the network under which it was decided, as the journal names its bundle."""

    def __init__(self, plan: Plan) -> None:
        """Begin with nothing decided."""
        super().__init__(plan)
        self.under: list[Plan] = []

    def _take(self, case: CaseId, stimulus: Event | Command | Tick, decision: Decision) -> None:
        if decision.journal:
            self.under.append(self.plan)
        super()._take(case, stimulus, decision)


class Story:
    """Hold one case of one procedure, and do to it what is drawn."""

    def __init__(self, declared: Procedure, facts: Mapping[str, Any]) -> None:
        """Begin before the opening, whose facts these are."""
        self.declared = declared
        self.ref = procedure_ref(declared.procedure, declared.version)
        self.world = Remembering(networks.samarinda_plan())
        self.opener = next(code for code, each in self.world.plan.agencies.items() if declared.opens_on in each.opens)
        self.case_id = case_id(self.opener, "law")
        self._facts, self._known = facts, _said_in_examples(declared)

    @property
    def procedure(self) -> ProcedurePlan:
        """Give the case's procedure, with the agencies that do its steps."""
        case = self.case
        found = None if case is None else procedure_of(self.world.plan, case)
        return found or self.world.plan.procedures[self.ref]

    @property
    def case(self) -> Case | None:
        """Read the case."""
        return self.world.case(self.case_id)

    @property
    def journal(self) -> list[Entry]:
        """Give the entries of the case itself, and not of cases that its steps open and wait for."""
        return [entry for entry in self.world.journal if entry.case == self.case_id]

    @property
    def owed(self) -> list[StepName]:
        """Name the steps that wait for an answer."""
        case = self.case
        return [] if case is None else [name for name, state in case.steps.items() if state.status in OWED]

    def apply(self) -> None:
        """Open the case."""
        self.say(self.opener, self.declared.opens_on, data=self._facts)

    def say(self, agency: AgencyCode, kind: EventType, **more: Any) -> None:
        """Let an agency say something of a type, with facts that an example knows or its schema alone gives.

        What it says of a step that is done for each of several is about whom the step is.
        """
        data, about = more.pop("data", None) or self._known.get(kind, {}), more.pop("about", None)
        schema = networks.catalog().types[kind]
        named = {} if about is None else self._due_from(self.procedure.steps[about])
        given = {**data, **{field: value for field, value in named.items() if field in schema.fields}}
        self.world.say(agency, kind, self.case_id, data=sample(schema, given), **more)

    def answer(self, data: st.DataObject, name: StepName, *, done: bool = False) -> None:
        """Let whoever has a step's task answer it, naming the task or not."""
        case = self.case
        assert case is not None
        state, step = case.steps[name], self.procedure.steps[name]
        task = state.task if done or data.draw(st.booleans(), "names the task") else None
        if state.status == "returned":
            by = None if state.returned_by is None else step.answers[state.returned_by].completed_by
            self.say(self.world.plan.front_office, by or b.COMPLETED, causation=task, about=name)
            return
        kinds = [kind for kind, each in step.answers.items() if each.outcome == "done" or not done]
        self.say(
            step.agency, kinds[0] if done else data.draw(st.sampled_from(kinds), "answer"), causation=task, about=name
        )

    def send_back(self, data: st.DataObject) -> None:
        """Let somebody who has a task return it, stop at it or reject it, when such an answer is declared."""
        case = self.case
        kinds = [
            (name, kind)
            for name in self.owed
            for kind, each in self.procedure.steps[name].answers.items()
            if each.outcome != "done" and case is not None and case.steps[name].status == "active"
        ]
        if kinds and case is not None:
            name, kind = data.draw(st.sampled_from(kinds), "sent back")
            self.say(self.procedure.steps[name].agency, kind, causation=case.steps[name].task, about=name)

    def apply_otherwise(self, data: st.DataObject) -> None:
        """Open the case again, with the same facts or others."""
        openings = openings_of(self.declared)
        facts = openings[data.draw(st.integers(0, len(openings) - 1), "application")]
        self.say(self.opener, self.declared.opens_on, data=facts)

    def stray(self, data: st.DataObject) -> None:
        """Let an agency answer a step whether it was asked or not."""
        step = self.procedure.steps[data.draw(st.sampled_from(list(self.procedure.steps)), "step")]
        agency = data.draw(st.sampled_from([step.agency, step.agency, self.world.plan.front_office]), "agency")
        self.say(agency, data.draw(st.sampled_from(list(step.answers)), "answer"), about=step.name)

    def repeat(self, data: st.DataObject) -> None:
        """Let something that was said come again, as it was or with other content under its id."""
        events = [entry.stimulus for entry in self.journal if isinstance(entry.stimulus, Event)]
        said = [event for event in events if event.agency in self.world.plan.agencies]
        if said:
            again = said[data.draw(st.integers(0, len(said) - 1), "again")]
            event_id, facts = data.draw(st.sampled_from([(again.id, again.data), (None, again.data), (again.id, {})]))
            self.world.say(
                again.agency, again.type, self.case_id, data=facts, causation=again.causation, event_id=event_id
            )

    def accept(self) -> None:
        """Let the agencies' connectors acknowledge the tasks that wait."""
        case, procedure = self.case, self.procedure
        for name in self.owed if case else ():
            state = case.steps[name] if case else None
            returned = state is not None and state.status == "returned"
            agency = self.world.plan.front_office if returned else procedure.steps[name].agency
            self.world.say(agency, b.ACCEPTED, self.case_id, causation=state.task if state else None)

    def act(self, data: st.DataObject, what: str) -> None:
        """Let an operator do an act, on the step that it is likely for or on any, seen freshly or long ago."""
        steps: list[StepName] = [*self.owed * 4, *self.procedure.steps]
        name = data.draw(st.sampled_from(steps), "step")
        step, case = self.procedure.steps[name], self.case
        seen = data.draw(st.sampled_from([None, None, 1, 0 if case is None else case.revision]), "revision seen")
        to = data.draw(st.sampled_from([*step.substitutes, *list(self.world.plan.agencies)[:2]]), "agency")
        self.world.command(
            what, self.case_id, step=None if what in {"withdraw", "note", "retry"} else name, revision=seen, to=to,
            facts=self._facts_for(data, name) if what in {"amend", "skip"} else None,
        )  # fmt: skip

    def move_clock(self, name: StepName) -> None:
        """Let an operator stop a step's clock, or resume one that stands."""
        case = self.case
        stands = case is not None and case.steps[name].since is None
        self.world.command("resume" if stands else "stop-clock", self.case_id, step=name)

    def mend(self, data: st.DataObject) -> None:
        """Let an operator do something about an incident: try again, leave its step out, or put a fact right first."""
        case = self.case
        one = data.draw(st.sampled_from(list(case.incidents) if case else []), "incident")
        how = data.draw(st.sampled_from(["retry", "retry", "skip", "amend"]), "how")
        step = StepName(one.step) if one.step in self.procedure.steps else None
        facts = self._facts_for(data, step) if step and how == "amend" else None
        self.world.command(how, self.case_id, step=step, facts=facts)

    def change_calendars(self) -> None:
        """Declare a leave late, or take it back; each case is counted anew, as the engine's sweep does."""
        plans = (networks.samarinda_plan(), networks.samarinda_with_leave())
        self.world.plan = plans[self.world.plan is plans[0]]
        self.world._route(self.case_id, Tick(case=self.case_id))

    def end(self) -> None:
        """Let everybody answer and operators mend, until the case has ended or nothing more helps."""
        for _ in range(6 * len(self.procedure.steps) + 12 + len(self.world.journal)):
            case = self.case
            if case is None or (case.closed_at is not None and not case.incidents):
                return
            if case.procedure is None:
                self.world.command("withdraw", self.case_id)
            elif case.incidents:
                self.world.command("retry", self.case_id)
                for incident in getattr(self.case, "incidents", ()):
                    self.world.command("skip", self.case_id, step=incident.step or None)
            else:
                name, state = next((name, case.steps[name]) for name in self.owed)
                step = self.procedure.steps[name]
                if state.status == "returned" or step.sub_case is not None:
                    self.world.command("skip", self.case_id, step=name)
                else:
                    kind = next(kind for kind, each in step.answers.items() if each.outcome == "done")
                    self.say(step.agency, kind, causation=state.task, about=name)

    def _due_from(self, step: StepPlan) -> dict[str, Any]:
        """Give what an answer of a step must say to count: about whom it is, and what of a bill was paid."""
        case, said = self.case, {}
        if step.subject is not None:
            said[step.subject.said_in] = step.subject.code
        bill = None if step.payment is None or case is None else case.bills.get(step.payment.bill)
        if bill is not None and step.payment is not None:
            said[step.payment.amount] = bill.total
            said |= {field: bill.shares.get(payee, 0) for payee, field in step.payment.shares.items()}
        return said

    def _facts_for(self, data: st.DataObject, name: StepName) -> dict[str, Any]:
        done = [kind for kind, each in self.procedure.steps[name].answers.items() if each.outcome == "done"]
        kind = data.draw(st.sampled_from([self.declared.opens_on, *done]), "facts of")
        whole = sample(networks.catalog().types[kind], self._known.get(kind, {}))
        some = data.draw(st.sampled_from([list(whole), *([each] for each in whole)]), "facts")
        return {field: whole[field] for field in some}


def explain(world: Remembering) -> None:
    """Assert that the journal alone, with the networks it names, makes every decision and every state again."""
    cases: dict[CaseId, Case | None] = {}
    for entry, plan in zip(world.journal, world.under, strict=True):
        case = None if entry.revision == 1 else cases.get(entry.case)
        again = route(plan, case, entry.stimulus, entry.now)
        assert again.state == entry.decision.state
        assert (again.outcome, again.changes, again.tasks) == (
            entry.decision.outcome, entry.decision.changes, entry.decision.tasks,
        )  # fmt: skip
        cases[entry.case] = again.case
        assert again.case is None or encode_case(again.case) == again.state


def openings_of(declared: Procedure) -> list[Mapping[str, Any]]:
    """List the facts with which a procedure's examples open it."""
    return [said.data for example in declared.examples for said in example.given if said.event == declared.opens_on]


def _said_in_examples(declared: Procedure) -> dict[EventType, Mapping[str, Any]]:
    known: dict[EventType, Mapping[str, Any]] = {}
    for example in declared.examples:
        for said in example.given:
            if said.event is not None and said.data:
                known.setdefault(said.event, said.data)
    return known
