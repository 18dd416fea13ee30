"""A golden file told again: its story to a new world, and what was decided, as the file writes it."""

import json
from pathlib import Path
from typing import Any

from hub.rehearsal.world import Rehearsal
from hub.router.decision import Decision
from tests import builders as b
from tests.golden.plans import PLANS
from tests.golden.written import lines_of

FOLDER = Path(__file__).parent / "decided"


def files() -> list[Path]:
    """List the golden files."""
    return sorted(FOLDER.glob("*.json"))


def replay(golden: dict[str, Any]) -> tuple[Rehearsal, list[str]]:
    """Tell a story and write what was decided in it, in lines."""
    world = Rehearsal(PLANS[golden["plan"]]())
    decided: list[str] = []
    take = world._take

    def taken(case: Any, stimulus: Any, decision: Decision) -> None:
        decided.extend(lines_of(stimulus, decision, world.now))
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
    elif "order" in line:
        world.order(**line["order"])
    elif "act" in line:
        world.command(line.pop("act"), b.CASE, **line)
    else:
        answers = line.pop("answers", None)
        task = None if answers is None else world.active_task(b.CASE, answers)
        world.say(line.pop("agency"), line.pop("type"), b.CASE, causation=task, **line)
