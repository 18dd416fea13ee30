"""A golden file of the mall told again: a story of one of the reference network's procedures, and what was decided.

The story stands in the file, so that it stays as it was when the procedure's own examples change. A line is of the
story's own case, of the one that a step of it has opened (``sub_case: <step>``), or of another (``case: <name>``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hub.events.envelope import Event
from hub.names import AgencyCode, CaseId, ProcedureRef, StepName, case_id, sub_case_id, task_id
from hub.network.folder.yaml import read_yaml
from hub.network.plan import Plan
from hub.network.span import parse_span
from hub.rehearsal.sample import sample
from hub.rehearsal.world import Rehearsal
from hub.router.control import CASE_CLOSED
from hub.router.decision import Command, Decision, Tick
from tests import networks
from tests.golden.written import end_of, lines_of

FOLDER = Path(__file__).parent / "mall"
#: Where in a file what was decided begins; whatever is above is written by hand and kept as it is.
MARK = "decided: |\n"
#: Seals proofs in stories of cases that follow others.
_KEY = b"the key of the golden stories, which seals nothing else"


def story_of(path: Path) -> Mapping[str, Any]:
    """Read a golden file."""
    document, findings = read_yaml(path.name, path.read_bytes())
    assert not findings, findings
    story: Mapping[str, Any] = document.value
    return story


def tell(story: Mapping[str, Any]) -> "Telling":
    """Tell a story to a new world."""
    telling = Telling(story)
    for line in story["given"]:
        telling.say(line)
    return telling


def decided(story: Mapping[str, Any]) -> str:
    """Write what is decided in a story, and how its cases stand at the end."""
    telling = tell(story)
    world = telling.world
    ends = [line for case, name in world.named.items() for line in end_of(world.case(case), world.now, where=name)]
    return "\n".join([*world.lines, *ends]) + "\n"


def record(path: Path) -> None:
    """Write what a story decides now into its file; look at the difference before you commit it."""
    head, _, _ = path.read_text(encoding="utf-8").partition(MARK)
    shown = "".join(f"  {line}\n" for line in decided(story_of(path)).splitlines())
    path.write_text(f"{head}{MARK}{shown}", encoding="utf-8")


class Telling:
    """Let what a story gives happen, line by line, and keep what was decided."""

    def __init__(self, story: Mapping[str, Any]) -> None:
        """Begin on a Monday morning; the case's id follows from the story's name."""
        self._about, self._opener = str(story["about"]), AgencyCode(str(story["opener"]))
        plan = networks.samarinda_plan()
        if any("follows" in line for line in story["given"]):
            plan = replace(plan, evidence_keys=(_KEY,))
        self.case = case_id(self._opener, self._about)
        self.world = _Written(plan, self.case)

    def say(self, line: Mapping[str, Any]) -> None:
        """Let one line happen: a wait, an order to the network, an operator's act, or what an agency says."""
        case = self._where(line)
        if "wait" in line:
            span = parse_span(line["wait"])
            assert isinstance(span, int)
            self.world.wind(span)
        elif "order" in line:
            self.world.order(**line["order"])
        elif "act" in line:
            more = {key: line[key] for key in ("step", "facts", "revision", "to") if key in line}
            if line["act"] == "merge":
                more["to"] = self._other(str(line["to"]))
            self.world.command(line["act"], case, reason=line.get("reason", "as the story has it"), **more)
        else:
            schema = networks.catalog().types.get(line["event"])
            assert schema is not None, f"{line['event']} is no event type any more: tell the story anew"
            data = {**line.get("data", {}), **self._followed(line)}
            self.world.say(
                line["agency"], line["event"], case, data=sample(schema, data),
                causation=self._task(case, line.get("answers")), event_id=line.get("id"),
            )  # fmt: skip

    def _where(self, line: Mapping[str, Any]) -> CaseId:
        """Find the case that a line is of."""
        if "case" in line:
            return self._other(str(line["case"]))
        if "sub_case" not in line:
            return self.case
        step, found = StepName(line["sub_case"]), self.world.case(self.case)
        assert found is not None
        child = sub_case_id(self.case, task_id(self.case, step, found.steps[step].attempt))
        assert child in self.world.named, f"step {step} has opened no sub-case"
        return child

    def _other(self, name: str) -> CaseId:
        other = case_id(self._opener, f"{self._about}: {name}")
        self.world.named[other] = name
        return other

    def _followed(self, line: Mapping[str, Any]) -> dict[str, str]:
        """Say in an opening which case it follows, and prove it with what was told at that one's end."""
        if "follows" not in line:
            return {}
        before, plan = self._other(str(line["follows"])), self.world.plan
        declared = plan.procedures[ProcedureRef(plan.openings[line["event"]])].predecessor
        told = [
            sent.notice.data for sent in self.world.notices if (sent.case, sent.notice.type) == (before, CASE_CLOSED)
        ]
        assert declared is not None
        return {declared.case: before, declared.proof: str(told[0]["proof"])}

    def _task(self, case: CaseId, step: str | None) -> str | None:
        """Name the task that a step waits for, else the last one it waited for."""
        if step is None:
            return None
        sent = [each.task.id for each in self.world.tasks if (each.case, each.task.step) == (case, StepName(step))]
        return self.world.active_task(case, step) or (sent[-1] if sent else None)


class _Written(Rehearsal):
    """Write every decision down as it is made."""

    def __init__(self, plan: Plan, case: CaseId) -> None:
        super().__init__(plan)
        self.lines: list[str] = []
        self.named: dict[CaseId, str] = {case: ""}

    def _take(self, case: CaseId, stimulus: Event | Command | Tick, decision: Decision) -> None:
        for signal in decision.signals:
            if signal.kind == "open":
                self.named.setdefault(signal.case, f"sub-case of {signal.step}")
        self.lines += lines_of(stimulus, decision, self.now, where=self.named[case])
        super()._take(case, stimulus, decision)


def files() -> Iterator[Path]:
    """Go over the golden files of the mall."""
    yield from sorted(FOLDER.glob("*/*.yaml"))
