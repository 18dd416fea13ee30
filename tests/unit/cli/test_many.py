"""Acts in bulk: which words go together, and what is told of what became of them."""

from dataclasses import replace

import pytest
import typer

from hub.cli.exit import Exit
from hub.cli.operate.act.decided import command_of
from hub.cli.operate.act.many import Became, Result, carry_out, exit_of, must_be_an_agency, report, step_of
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


@pytest.mark.parametrize("chosen", [Chosen(every=True), Chosen(agency="pos"), Chosen(dry_run=True)])
@pytest.mark.parametrize("act", ["reassign", "stop-clock", "resume"])
def test_what_an_agency_owes_is_chosen_by_the_agency(act: str, chosen: Chosen) -> None:
    """An outage is no incident: there is no cause by which its cases could be found."""
    with pytest.raises(typer.BadParameter, match="--all with --agency, such as --agency pos"):
        carry_out(None, replace(_ACT, act=act, step="pay"), chosen)


def test_one_case_is_not_also_an_agencys() -> None:
    """Who names a case means that one."""
    with pytest.raises(typer.BadParameter, match="--all, --agency, --procedure"):
        carry_out("rs.1", replace(_ACT, act="resume", step="pay"), Chosen(every=True, agency="pos"))


def test_an_agency_that_is_none_is_told_from_one_that_owes_nothing() -> None:
    """A misspelt code finds no case, which would look as if all were well."""
    must_be_an_agency("pos", ["rs", "pos"])
    with pytest.raises(ConfigurationError, match=r"'post'; there are pos, rs$"):
        must_be_an_agency("post", ["rs", "pos"])


@pytest.mark.parametrize(
    ("act", "cause", "step"), [("skip", "fill", "pay"), ("skip", "stuck", None), ("amend", "fill", None)]
)
def test_an_incident_stands_at_the_acts_step_where_that_is_its_step(act: str, cause: str, step: str | None) -> None:
    """The step of an amendment is the one whose answer was wrong; the incident is at the one that reads it."""
    assert step_of(replace(_ACT, act=act, step="pay"), Chosen(every=True, cause=cause)) == step


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
