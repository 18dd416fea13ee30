"""Orders to the whole network as ``hub.network`` holds them, and how one is given: to every partition, or to none.

One record holds all orders in force and no difference, so that a partition needs no other to know them.
"""

import time
from typing import Final

from hub.bus.admin import Admin
from hub.bus.consumer import read_all
from hub.bus.producer import TransactionalProducer
from hub.cluster.bundles import PLACE, orders_key, orders_of
from hub.errors import ConfigurationError, FencedError
from hub.events.codec import Codec, format_millis
from hub.events.envelope import MAX_ID_CHARS, MAX_REASON_CHARS, to_headers
from hub.names import COMMANDS, NETWORK, ORDERS_KEY, EventType, derived_id
from hub.network.bundle import InForce
from hub.network.order import ENDED_BY, Order, Standing, read_standing
from hub.settings import Kafka

ORDERED: Final = EventType("hub.NetworkOrdered")
#: One at a time: whoever orders later fences whoever still does.
_TRANSACTIONAL_ID: Final = "simpul-orders"
_TRANSACTION_TIMEOUT_MS: Final = 10_000


def standing_orders(kafka: Kafka, codec: Codec) -> Standing:
    """Read the orders in force; raise UnreachableError."""
    if NETWORK not in Admin(kafka).partitions():
        return Standing()
    found: dict[int, bytes] = {}
    for record in read_all(kafka, NETWORK, 1, settled=True):
        number = orders_of(record.key)
        if number is not None and record.value is not None:
            found[number] = record.value
    return read_standing(codec.decode(found[max(found)])[1]) if found else Standing()


def give(kafka: Kafka, force: InForce, act: str, target: str, *, actor: str, reason: str) -> tuple[Standing, bool]:
    """Give or end an order on every partition at once; tell what is in force then, and whether that changed anything.

    Raise ConfigurationError for what is too long to be kept and when somebody else orders at this moment,
    UnreachableError when nothing was done.
    """
    _must_fit(actor, reason)
    codec, now = Codec(force.schemas), time.time_ns() // 1_000_000
    producer = TransactionalProducer(kafka, _TRANSACTIONAL_ID, timeout_ms=_TRANSACTION_TIMEOUT_MS)
    try:
        producer.init()
        before = standing_orders(kafka, codec)
        order = Order(ENDED_BY.get(act, act), target, actor, reason, format_millis(now))  # type: ignore[arg-type]
        after = before.after(act, order)
        if after is before:
            return before, False
        _publish(producer, codec, after, act=f"{act} {target}", by=order, now=now, partitions=force.plan.partitions)
    except FencedError as fenced:
        raise ConfigurationError("somebody else orders at this moment; look again at what is in force") from fenced
    finally:
        producer.close()
    return after, True


def _must_fit(actor: str, reason: str) -> None:
    """Refuse what is too long to be kept with every partition, and told in each one's journal."""
    if len(actor) > MAX_ID_CHARS or len(reason) > MAX_REASON_CHARS:
        told = f"say who orders in at most {MAX_ID_CHARS} characters, and why in at most {MAX_REASON_CHARS:,}"
        raise ConfigurationError(told)


def _publish(
    producer: TransactionalProducer, codec: Codec, after: Standing, *, act: str, by: Order, now: int, partitions: int
) -> None:
    orders = [
        {"kind": each.kind, "target": each.target, "actor": each.actor, "reason": each.reason, "since": each.since}
        for each in after.orders
    ]
    data = {"number": after.number, "orders": orders, "act": act, "actor": by.actor, "reason": by.reason}
    value = codec.encode(ORDERED, data)
    producer.begin()
    producer.produce(PLACE.topic, value, key=orders_key(after.number), partition=PLACE.partition)
    for number in range(partitions):
        headers = to_headers(
            derived_id("orders", str(after.number), str(number)), ORDERED, source="/hub/cli", time=format_millis(now),
            case=ORDERS_KEY.decode(),
        )  # fmt: skip
        producer.produce(COMMANDS, value, key=ORDERS_KEY, headers=headers, partition=number)
    producer.commit()
