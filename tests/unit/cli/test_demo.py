"""What a demonstration leaves for whoever looks at it."""

import json
from pathlib import Path

import pytest

from hub.cli.exit import Exit
from hub.cli.machine.demo import _make_empty, _own, _Show
from hub.local.parts import parts_of
from hub.settings import Settings, shipped
from tests import networks
from tests.unit.demo.mall import Lines, Mall, tallied


def test_its_folder_leads_to_the_parts_that_it_uses(tmp_path: Path) -> None:
    """A command that is given the demonstration's HUB_HOME alone finds what is there, also after the parts moved."""
    for parts in (None, tmp_path / "elsewhere"):
        given = Settings(home=tmp_path / "home", parts=parts)
        demo = _own(given, once=False)
        _make_empty(demo)
        assert parts_of(Settings(home=demo.home)).folder == parts_of(given).folder


def test_it_ends_well_only_if_nothing_was_lost_or_doubled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One task too few or too many in the agencies' books is a failure, whatever else went well; so is an open case."""
    folder = shipped("deploy/samarinda")
    network, catalog = networks.samarinda(), networks.catalog()
    lines = Mall(network, catalog, seed=7).live(10)
    last = max(number for number, (_, entry) in enumerate(lines) if entry.what == "asked")
    show = _Show(Settings(home=tmp_path), folder, network, catalog, once=True, begun=0.0)

    def ends(name: str, books: Lines, *, expected: int = 10) -> Exit:
        return show.tell(tallied(tmp_path / name, network, catalog, books), as_json=True, expected=expected)

    assert ends("whole", lines) == Exit.OK
    assert json.loads(capsys.readouterr().out)["tasks_lost"] == 0
    assert ends("lost", [*lines[:last], *lines[last + 1 :]]) == Exit.FAILED
    assert json.loads(capsys.readouterr().out)["tasks_lost"] > 0
    assert ends("doubled", [*lines, lines[last]]) == Exit.FAILED
    assert json.loads(capsys.readouterr().out)["tasks_duplicated"] == 1
    assert ends("open", lines, expected=11) == Exit.FAILED
    assert show.tell(None, as_json=True, expected=10) == Exit.INTERRUPTED
