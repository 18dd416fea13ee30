"""Whom an order may name, and what is told of those in force."""

import pytest

from hub.cli.machine.doctor import orders_line
from hub.cli.operate.order import must_be_known, report
from hub.errors import ConfigurationError
from hub.network.order import Order, Standing

_HELD = Standing(3, (Order("hold", "pos", "budi", "its queue", "2026-01-05T01:02:03.000Z"),))


def test_an_order_names_who_is_there() -> None:
    """A slip would look like an order; what ends one is taken of whoever has left."""
    must_be_known("hold", "pos", ["pos", "bank"])
    must_be_known("release", "gone", ["pos"])
    with pytest.raises(ConfigurationError, match="no agency of the network in force is 'pso'; there are bank, pos"):
        must_be_known("hold", "pso", ["pos", "bank"])
    with pytest.raises(ConfigurationError, match="no procedure of the network in force is 'newborn@1'"):
        must_be_known("stop-openings", "newborn@1", ["newborn"])


def test_machines_are_told_what_is_in_force() -> None:
    """With who and why, and whether anything changed."""
    assert report(_HELD, changed=False) == {
        "number": 3,
        "changed": False,
        "orders": [
            {"kind": "hold", "of": "pos", "since": "2026-01-05T01:02:03.000Z", "actor": "budi", "reason": "its queue"}
        ],
    }


def test_the_doctor_names_orders_that_nobody_should_forget() -> None:
    """A warning while there is one."""
    assert orders_line(Standing()).level == "ok"
    line = orders_line(_HELD)
    assert (line.level, line.found) == ("warn", "hold pos since 2026-01-05 (budi)")
