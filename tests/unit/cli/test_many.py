"""Acts in bulk: which words go together, and what is told of what became of them."""

from dataclasses import replace

import pytest
import typer

from hub.cli.exit import Exit
from hub.cli.operate.act.decided import command_of
from hub.cli.operate.act.many import Became, Result, carry_out, exit_of, report
from hub.cli.operate.act.option import Act, Chosen
from hub.errors import ConfigurationError
from hub.events.envelope import MAX_REASON_CHARS

_ACT = Act(act="retry", actor="budi", reason="mended")
_FOUND = Result(case="rs.1", number="MPP-1", procedure="newborn@1", step="pay", since="2026-01-05", revision=3)


@pytest.mark.parametrize(
    ("case", "chosen"),
    [
        (None, Chosen()),
        (None, Chosen(every=True)),
        (None, Chosen(cause="guard")),
        ("rs.1", Chosen(every=True, cause="guard")),
        ("rs.1", Chosen(dry_run=True)),
        ("rs.1", Chosen(procedure="newborn")),
    ],
)
def test_an_act_is_on_one_case_or_on_all_of_a_cause(case: str | None, chosen: Chosen) -> None:
    """Half of the words for the one with half of those for the other is no command: nothing is guessed."""
    with pytest.raises(typer.BadParameter, match="--all"):
        carry_out(case, _ACT, chosen)


def test_a_cause_that_is_none_is_told_from_an_empty_list() -> None:
    """A misspelt cause finds no case, which would look as if all were well."""
    with pytest.raises(ConfigurationError, match="guard, fill"):
        carry_out(None, _ACT, Chosen(every=True, cause="gaurd"))


@pytest.mark.parametrize(
    ("became", "code"),
    [
        (["applied", "applied"], Exit.OK),
        (["applied", "refused"], Exit.FAILED),
        (["refused", "undecided"], Exit.UNREACHABLE),
        (["applied", "not sent"], Exit.UNREACHABLE),
        ([], Exit.OK),
    ],
)
def test_the_exit_code_says_the_worst(became: list[Became], code: Exit) -> None:
    """A script sees whether all was done, some was refused, or nobody decided."""
    assert exit_of([replace(_FOUND, became=each) for each in became]) == code


def test_machines_are_told_counts_and_cases() -> None:
    """Each word that an act may end in is counted, also those that nothing became; each case is there."""
    results = [_FOUND, replace(_FOUND, case="rs.2", became="refused", why="look again", revision=5)]
    told = report(_ACT, Chosen(every=True, cause="guard", dry_run=True), results)

    assert {name: told[name] for name in ("act", "cause", "dry_run", "found")} == {
        "act": "retry", "cause": "guard", "dry_run": True, "found": 2,
    }  # fmt: skip
    assert [told[name] for name in ("applied", "refused", "undecided", "not_sent")] == [0, 1, 0, 1]
    assert told["cases"][1] == {
        "case": "rs.2", "number": "MPP-1", "procedure": "newborn@1", "step": "pay", "since": "2026-01-05",
        "revision": 5, "became": "refused", "why": "look again",
    }  # fmt: skip


def test_a_reason_that_no_router_takes_is_refused_at_once() -> None:
    """Else the act would be passed over, and nobody be told why."""
    command_of(replace(_ACT, reason="x" * MAX_REASON_CHARS))
    with pytest.raises(ConfigurationError, match="at most 2,000 characters"):
        command_of(replace(_ACT, reason="x" * (MAX_REASON_CHARS + 1)))
