"""A golden file of the mall told again: a story of one of the reference network's procedures, and what was decided.

The story stands in the file, so that it stays as it was when the procedure's own examples change.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hub.events.envelope import Event
from hub.names import AgencyCode, CaseId, StepName, case_id
from hub.network.folder.yaml import read_yaml
from hub.network.plan import Plan
from hub.network.span import parse_span
from hub.rehearsal.sample import sample
from hub.rehearsal.world import Rehearsal
from hub.router.decision import Command, Decision, Tick
from tests import networks
from tests.golden.written import end_of, lines_of

FOLDER = Path(__file__).parent / "mall"
#: Where in a file what was decided begins; whatever is above is written by hand and kept as it is.
MARK = "decided: |\n"


def story_of(path: Path) -> Mapping[str, Any]:
    """Read a golden file."""
    document, findings = read_yaml(path.name, path.read_bytes())
    assert not findings, findings
    story: Mapping[str, Any] = document.value
    return story


def tell(story: Mapping[str, Any]) -> "Telling":
    """Tell a story to a new world."""
    telling = Telling(str(story["about"]), str(story["opener"]))
    for line in story["given"]:
        telling.say(line)
    return telling


def decided(story: Mapping[str, Any]) -> str:
    """Write what is decided in a story, and how its case stands at the end."""
    telling = tell(story)
    return "\n".join([*telling.world.lines, *end_of(telling.world.case(telling.case), telling.world.now)]) + "\n"


def record(path: Path) -> None:
    """Write what a story decides now into its file; look at the difference before you commit it."""
    head, _, _ = path.read_text(encoding="utf-8").partition(MARK)
    shown = "".join(f"  {line}\n" for line in decided(story_of(path)).splitlines())
    path.write_text(f"{head}{MARK}{shown}", encoding="utf-8")


class Telling:
    """Let what a story gives happen, line by line, and keep what was decided."""

    def __init__(self, name: str, opener: str) -> None:
        """Begin on a Monday morning; the case's id follows from the story's name."""
        self.world = _Written(networks.samarinda_plan())
        self.case = case_id(AgencyCode(opener), name)

    def say(self, line: Mapping[str, Any]) -> None:
        """Let one line happen: a wait, an operator's act, or what an agency says."""
        if "wait" in line:
            span = parse_span(line["wait"])
            assert isinstance(span, int)
            self.world.wind(span)
        elif "act" in line:
            more = {key: line[key] for key in ("step", "facts", "revision", "to") if key in line}
            self.world.command(line["act"], self.case, reason=line.get("reason", "as the story has it"), **more)
        else:
            schema = networks.catalog().types.get(line["event"])
            assert schema is not None, f"{line['event']} is no event type any more: tell the story anew"
            self.world.say(
                line["agency"], line["event"], self.case, data=sample(schema, line.get("data")),
                causation=self._task(line.get("answers")), event_id=line.get("id"),
            )  # fmt: skip

    def _task(self, step: str | None) -> str | None:
        """Name the task that a step waits for, else the last one it waited for."""
        if step is None:
            return None
        sent = [each.task.id for each in self.world.tasks if each.task.step == StepName(step)]
        return self.world.active_task(self.case, step) or (sent[-1] if sent else None)


class _Written(Rehearsal):
    """Write every decision down as it is made."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.lines: list[str] = []

    def _take(self, case: CaseId, stimulus: Event | Command | Tick, decision: Decision) -> None:
        self.lines += lines_of(stimulus, decision, self.now)
        super()._take(case, stimulus, decision)


def files() -> Iterator[Path]:
    """Go over the golden files of the mall."""
    yield from sorted(FOLDER.glob("*/*.yaml"))
