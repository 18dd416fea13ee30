"""How processes log."""

import json
import logging

import pytest
import structlog
from structlog.testing import capture_logs

from hub.cli.machine.log import write_logs
from hub.settings import Settings


def test_production_writes_one_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines of ours and of libraries have the same form; an error carries where it came from."""
    write_logs(Settings(env="production"))
    structlog.get_logger("hub.test").warning("met", case="rs.1")
    logging.getLogger("hub.kafka").error("lost %s", "broker")
    nik = "6472055205950000"
    try:
        int(nik[:0])
    except ValueError:
        structlog.get_logger("hub.test").exception("failed")
    said = capsys.readouterr()
    lines = [json.loads(line) for line in said.err.splitlines()]
    assert said.out == ""
    assert [(each["event"], each["level"], each["logger"]) for each in lines] == [
        ("met", "warning", "hub.test"),
        ("lost broker", "error", "hub.kafka"),
        ("failed", "error", "hub.test"),
    ]
    assert lines[0]["case"] == "rs.1"
    assert lines[2]["exception"][0]["exc_type"] == "ValueError"
    assert nik not in said.err


def test_a_desk_gets_lines_to_read(capsys: pytest.CaptureFixture[str]) -> None:
    """No colours where nobody looks, and no values of variables: they may be a person's."""
    write_logs(Settings(env="desk"))
    nik = "6472055205950000"
    try:
        int(nik[:0])
    except ValueError:
        structlog.get_logger("hub.test").exception("failed")
    structlog.get_logger("hub.test").info("the views follow", page="http://x")
    said = capsys.readouterr().err
    assert "the views follow" in said
    assert "ValueError" in said
    assert "\x1b" not in said
    assert nik not in said


def test_a_logger_that_spoke_follows_what_is_set_next() -> None:
    """Otherwise it would write for ever to where the first command of a process sent it."""
    said = structlog.get_logger("hub.test")
    write_logs(Settings(env="production"))
    said.info("first")
    with capture_logs() as lines:
        said.info("second")
    assert [each["event"] for each in lines] == ["second"]
