"""What a demonstration leaves for whoever looks at it."""

from pathlib import Path

from hub.cli.machine.demo import _make_empty, _own
from hub.local.parts import parts_of
from hub.settings import Settings


def test_its_folder_leads_to_the_parts_that_it_uses(tmp_path: Path) -> None:
    """A command that is given the demonstration's HUB_HOME alone finds what is there, also after the parts moved."""
    for parts in (None, tmp_path / "elsewhere"):
        given = Settings(home=tmp_path / "home", parts=parts)
        demo = _own(given, once=False)
        _make_empty(demo)
        assert parts_of(Settings(home=demo.home)).folder == parts_of(given).folder
