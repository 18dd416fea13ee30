"""Orders to the whole network: a procedure's openings stopped, an agency's tasks held; always all that are in force."""

from typing import Any, Final, Literal, get_args

import msgspec

from hub.names import AgencyCode
from hub.network.plan import Orders

OrderKind = Literal["stop-openings", "hold"]
#: What ends an order of each kind.
ENDED_BY: Final[dict[str, OrderKind]] = {"allow-openings": "stop-openings", "release": "hold"}
KINDS: Final[tuple[OrderKind, ...]] = get_args(OrderKind)


class Order(msgspec.Struct, frozen=True):
    """Say what is stopped (a procedure's openings) or held (an agency's tasks), who ordered it, why and since when."""

    kind: OrderKind
    target: str
    actor: str
    reason: str
    since: str


class Standing(msgspec.Struct, frozen=True):
    """Hold all orders in force; ``number`` counts the changes of them, so that a later one is known."""

    number: int = 0
    orders: tuple[Order, ...] = ()

    def for_plan(self) -> Orders:
        """Give the orders as the router asks for them."""
        stopped = frozenset(each.target for each in self.orders if each.kind == "stop-openings")
        held = frozenset(AgencyCode(each.target) for each in self.orders if each.kind == "hold")
        return Orders(self.number, stopped, held)

    def after(self, act: str, order: Order) -> "Standing":
        """Give what is in force after an act: the order added or, by what ends it, taken out; itself if it is so."""
        kind = ENDED_BY.get(act)
        same = [each for each in self.orders if (each.kind, each.target) == (kind or order.kind, order.target)]
        if bool(same) == (kind is None):
            return self
        left = tuple(each for each in self.orders if each not in same)
        return Standing(self.number + 1, left if kind else (*left, order))


def read_standing(data: Any) -> Standing:
    """Read the orders of a decoded hub.NetworkOrdered; raise msgspec.ValidationError when they are none."""
    return Standing(data["number"], msgspec.convert(data["orders"], tuple[Order, ...]))
