"""docs/joining.md is worked through on a real Kafka, as its reader does it: every file, command and output on it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.local.port import free_ports
from tests.docs.page import ROOT, Block, Reader, blocks, is_seen

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

_PORTS = ("KAFKA", "CONTROLLER", "REGISTRY", "REGISTRY_MANAGEMENT", "GATEWAY", "METRICS")


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Give the page's reader a folder and ports of their own, whatever this machine's settings are."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "KAFKA_", "SCHEMA_"))}
    picked = free_ports(len(_PORTS) + 1)  # the last is for the views, whose page is beside the router's
    ports = {f"HUB_{name}_PORT": str(port) for name, port in zip(_PORTS, picked, strict=False)}
    made = Reader(tmp_path, kept | ports)
    yield made
    made.stop()


def test_a_reader_of_the_page_sees_what_it_says(reader: Reader) -> None:
    """Each file is written, each command typed and each output compared, in the page's order."""
    page = list(blocks(ROOT / "docs" / "joining.md"))
    followed: list[Block | None] = [*page[1:], None]
    for block, after in zip(page, followed, strict=True):
        if block.says.keys() & {"file", "append"}:
            reader.write(block)
        elif block.kind == "sh" and block.text.endswith("\nhub up\n"):
            reader.leave_running(block, says="the hub runs")
        elif block.kind == "sh":
            reader.type(block, until=after.text if after is not None and after.kind == "text" else None)
        else:
            assert block.kind == "text", f"line {block.line}: say what is to be done with it"
    assert reader.stop() == [0]


@pytest.mark.parametrize(
    ("shown", "seen"),
    [
        ("a 2026-01-02 09:00 (2.0 s)\nb", True),
        ("a 2027-12-31 23:59 (0.3 s)\nx\nb", False),
        ("a 2026-01-02 09:00 (2.0 s)", False),
        ("a 2026-01-02 09:00 (2.0 s)\nb\nc", False),
    ],
)
def test_output_is_compared_line_by_line(shown: str, *, seen: bool) -> None:
    """Only times may differ: a line more, a line less or another line is noticed."""
    assert is_seen("a 2026-01-02 09:00 (2.0 s)\nb", shown) is seen


def test_dots_stand_for_any_lines() -> None:
    """Where a page leaves lines out, the rest must be there all the same, in its order."""
    assert is_seen("...\nb\n...\nd", "a\nb\nc\nd")
    assert not is_seen("...\nd\n...\nb", "a\nb\nc\nd")
