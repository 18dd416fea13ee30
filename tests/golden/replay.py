"""A golden file told again: its story to a new world, and what was decided, as the file writes it."""

import json
from pathlib import Path
from typing import Any

import msgspec

from hub.rehearsal.world import Rehearsal
from hub.router.decision import Decision, Task
from tests import builders as b
from tests.golden.plans import PLANS

#: Members of a task that came after the first golden files.
LATER = {"about", "priority", "again"}
FOLDER = Path(__file__).parent / "decided"


def replay(golden: dict[str, Any]) -> tuple[Rehearsal, list[dict[str, Any]]]:
    """Tell a story and write what was decided in it, one entry per journaled or refused stimulus."""
    world = Rehearsal(PLANS[golden["plan"]]())
    decided: list[dict[str, Any]] = []
    take = world._take

    def taken(case: Any, stimulus: Any, decision: Decision) -> None:
        decided.append(_written(decision))
        take(case, stimulus, decision)

    world._take = taken  # type: ignore[method-assign]
    for line in golden["story"]:
        _happens(world, dict(line))
    return world, decided


def record(path: Path) -> None:
    """Write what a story decides now into its file; look at the difference before you commit it."""
    golden = json.loads(path.read_text(encoding="utf-8"))
    world, golden["decided"] = replay(golden)
    golden["state"] = json.loads(world.states.get(b.CASE, b"null"))
    path.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _happens(world: Rehearsal, line: dict[str, Any]) -> None:
    if "wait_h" in line:
        world.wind(line["wait_h"] * b.HOUR)
    elif "act" in line:
        world.command(line.pop("act"), b.CASE, **line)
    else:
        answers = line.pop("answers", None)
        task = None if answers is None else world.active_task(b.CASE, answers)
        world.say(line.pop("agency"), line.pop("type"), b.CASE, causation=task, **line)


def _written(decision: Decision) -> dict[str, Any]:
    entry = {
        "outcome": decision.outcome,
        "revision": None if decision.case is None else decision.case.revision,
        "status": None if decision.case is None else decision.case.status,
        "due": None if decision.case is None else decision.case.due,
        "holder": None if decision.case is None else decision.case.holder,
        "changes": [f"{each.step or 'case'}: {each.before} > {each.after} ({each.why})" for each in decision.changes],
        "tasks": [_task(task) for task in decision.tasks],
        "notices": [f"{each.type} > {each.agency}: {json.dumps(dict(each.data))}" for each in decision.notices],
        "elements": list(decision.elements),
        "refusal": decision.refusal and decision.refusal.category,
        "why": decision.why,
        "applied": decision.applied,
        "park": decision.park,
        "release": decision.release,
    }
    return {key: value for key, value in entry.items() if value not in (None, [], "", False)}


def _task(task: Task) -> dict[str, Any]:
    """Write a task; what was not there when most files were written only where it says something."""
    return {name: value for name, value in msgspec.to_builtins(task).items() if value or name not in LATER}


if __name__ == "__main__":
    for each in sorted(FOLDER.glob("*.json")):
        record(each)
