"""What can be done about an incident: for every cause the router knows, as the operators' page says it too."""

import re
from pathlib import Path
from typing import get_args

import pytest

from hub.cli.operate.act import verb
from hub.router.case import Cause
from hub.views.remedy import REMEDIES, remedy_of

PAGE = Path(__file__).parents[3] / "docs" / "operating.md"


def test_every_cause_has_an_owner_acts_and_a_row_on_the_page() -> None:
    """Nobody is shown an incident without whose it is and what helps."""
    text = PAGE.read_text(encoding="utf-8")
    told = re.search(r"\| cause \| what to do \|\n(.*?)\n\n", text, re.DOTALL)
    assert told is not None
    assert set(get_args(Cause)) == REMEDIES.keys()
    assert {word for row in told[1].splitlines()[1:] for word in re.findall(r"`([a-z-]+)`", row.split("|")[1])} == set(
        get_args(Cause)
    )


@pytest.mark.parametrize("cause", get_args(Cause))
def test_what_can_be_done_is_a_command(cause: str) -> None:
    """Each act is one of `hub case`."""
    commands = Path(str(verb.__file__)).read_text(encoding="utf-8")
    remedy = remedy_of(cause)
    assert remedy.acts
    assert remedy.advice
    assert [act for act in remedy.acts if f'"{act}"' not in commands] == []


def test_a_cause_that_is_not_known_is_told_as_such() -> None:
    """A command line that is older than the hub says so, and hides nothing."""
    assert remedy_of("newer").owner == "keeper"
    assert "upgrade" in remedy_of("newer").advice
