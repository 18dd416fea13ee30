"""All orders in force, as one value that counts its changes."""

from hub.network.order import Order, Standing


def _order(kind: str = "hold", target: str = "pos") -> Order:
    return Order(kind, target, "budi", "x", "2026-01-05T00:00:00.000Z")  # type: ignore[arg-type]


def test_orders_come_and_go_and_each_change_counts() -> None:
    """One of another kind or target stays as it is."""
    first = Standing().after("hold", _order())
    both = first.after("stop-openings", _order("stop-openings", "newborn"))
    left = both.after("release", _order())
    assert (first.number, both.number, left.number) == (1, 2, 3)
    assert (both.for_plan().held, both.for_plan().stopped) == ({"pos"}, {"newborn"})
    assert [(each.kind, each.target) for each in left.orders] == [("stop-openings", "newborn")]


def test_what_is_so_already_is_no_change() -> None:
    """Given twice, or ended where there is none: the same value, and no number is used."""
    first = Standing().after("hold", _order())
    assert first.after("hold", _order()) is first
    assert first.after("release", _order(target="bank")) is first
    assert first.after("allow-openings", _order("stop-openings", "pos")) is first
