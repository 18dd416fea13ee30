"""An order to the whole network as the journal has it: an entry of its own, which is of no case."""

from hub.bus.record import Record
from hub.engine.outputs import Output, journaled, where_read
from hub.engine.partition import Meta
from hub.engine.reading import Ordered
from hub.events.codec import Codec
from hub.names import ORDERS_KEY


def write_order(ordered: Ordered, record: Record, codec: Codec, *, meta: Meta, partition: int) -> tuple[Output, str]:
    """Write the journal entry of an order to the network, which is of no case, and the chain's new head."""
    data = {
        "case": ORDERS_KEY.decode(), "revision": ordered.standing.number, "status": "", "outcome": "commanded",
        "at": meta.now, "kind": "command", "event_id": f"{ORDERS_KEY.decode()}/{ordered.standing.number}",
        "event_type": ordered.act, "actor": ordered.actor, "reason": ordered.reason, "applied": True,
        "bundle": meta.bundle, "state_hash": "", "orders": ordered.standing.number, **where_read(record),
    }  # fmt: skip
    return journaled(data, ORDERS_KEY, codec, chain=meta.chain, partition=partition)
