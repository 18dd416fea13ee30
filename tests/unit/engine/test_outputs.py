"""What the hub writes of a decision, as records."""

from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace

from hub.engine.outputs import Decided, write_entry, write_task
from hub.events.catalog import Catalog
from hub.events.codec import Codec
from hub.router.clock import owed
from hub.router.decision import Act, Command
from tests import builders as b
from tests.acts import READY

_CODEC = Codec.over(Catalog.load(Path(__file__).parents[3] / "schemas" / "hub"))


@pytest.mark.parametrize("stale", [False, True], ids=["seen", "stale"])
@pytest.mark.parametrize("act", get_args(Act))
def test_every_act_is_journaled_with_who_why_and_whether(act: str, *, stale: bool) -> None:
    """Done or refused: the entry names the act, the actor, the reason, and says what became of it."""
    world, more = READY[act]()
    seen = b.case_of(world).revision
    decision = world.command(act, b.CASE, revision=seen - 1 if stale else seen, reason="asked", **more)
    command = [each.stimulus for each in world.journal if isinstance(each.stimulus, Command)][-1]
    assert decision.case is not None
    decided = Decided(decision.case, owed(decision.case), decision, command, None, decision.state, world.now)
    output, _ = write_entry(decided, _CODEC, bundle=1, chain="", partition=0)
    entry = _CODEC.decode(output.value)[1]

    assert (entry["kind"], entry["event_type"], entry["event_id"]) == ("command", act, command.id)
    assert (entry["actor"], entry["reason"], entry["applied"]) == ("operator", "asked", not stale)
    assert (entry["revision"], bool(entry["why"])) == (seen + 1, stale)


@pytest.mark.parametrize(("about", "header"), [("bride", b"bride"), ("", None)])
def test_a_task_says_in_a_header_of_whom_it_is(about: str, header: bytes | None) -> None:
    """Where a step is of one of several subjects the task names which; other tasks have no such header."""
    world = b.opened(b.step("check", answers=[b.answer("check", "returned")]))
    (task,) = b.answers(world, "check", "returned").tasks
    output = write_task(replace(task, about=about), b.CASE.encode(), _CODEC, world.now)
    assert dict(output.headers).get("hubsubject") == header


def test_what_is_missing_reaches_the_front_office() -> None:
    """The task by which a file is completed is read back with code, name and remedy of each item."""
    back = b.answer("check", "returned", items="missing", text="note")
    world = b.opened(b.step("check", answers=[back]), requirements={"photo": ("Pasfoto", "Latar merah.")})
    (task,) = b.answers(world, "check", "returned", missing=["photo", "hat"], note="Bawa hari Senin.").tasks
    output = write_task(task, b.CASE.encode(), _CODEC, world.now)
    read = _CODEC.decode(output.value)[1]
    assert output.topic == "agency.front.tasks"
    assert (read["items"], read["text"]) == (["photo", "hat"], "Bawa hari Senin.")
    assert read["missing"] == [
        {"code": "photo", "document": "Pasfoto", "text": "Latar merah."},
        {"code": "hat", "document": "", "text": ""},
    ]


@pytest.mark.parametrize(("priority", "header"), [(True, b"1"), (False, None)])
def test_a_task_of_the_priority_lane_says_so_in_a_header(priority: bool, header: bytes | None) -> None:  # noqa: FBT001
    """That it goes first, not why; a task of the ordinary lane has no such header."""
    world = b.opened(b.step("check", answers=[b.answer("check", "returned")]))
    (task,) = b.answers(world, "check", "returned").tasks
    output = write_task(replace(task, priority=priority), b.CASE.encode(), _CODEC, world.now)
    assert dict(output.headers).get("hubpriority") == header


def test_a_task_that_is_sent_again_says_so_in_a_header() -> None:
    """With the same id, so that nothing is done twice; the first time there is no such header."""
    world = b.opened(b.step("check", answers=[b.answer("check", "returned")]))
    (task,) = b.answers(world, "check", "returned").tasks
    (again,) = world.command("resend", b.CASE, step="check").tasks
    told = [dict(write_task(each, b.CASE.encode(), _CODEC, world.now).headers) for each in (task, again)]
    assert [each.get("hubresent") for each in told] == [None, b"1"]
    assert told[0]["ce_id"] == told[1]["ce_id"]
