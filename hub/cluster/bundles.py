"""The bundles that were put in force, as ``hub.network`` holds them.

Every process that needs the network reads it here; nobody asks the registry or a folder.
"""

from collections.abc import Iterable
from typing import Final

import structlog

from hub.bus.admin import Admin
from hub.bus.consumer import BEGINNING, Reader, read_all
from hub.bus.record import Place, Record
from hub.names import NETWORK
from hub.network.bundle import Bundle, decode_bundle
from hub.settings import Kafka

_LOG = structlog.get_logger("hub.cluster.bundles")

#: The topic's only partition.
PLACE: Final = Place(NETWORK, 0)
#: How keys of orders begin, before their number.
_ORDERS: Final = "orders/"
#: Digits of a sequence: more than bundles can be made in this world, and what every integer of the wire holds.
_MAX_DIGITS: Final = 9


def bundle_key(sequence: int) -> bytes:
    """Write the key under which a bundle stands on ``hub.network``."""
    return str(sequence).encode()


def sequence_of(key: bytes | None) -> int | None:
    """Read which bundle stands under a key of ``hub.network``; None for what somebody else wrote there."""
    return int(key) if key is not None and key.isdigit() and len(key) <= _MAX_DIGITS else None


def orders_key(number: int) -> bytes:
    """Write the key under which orders to the network stand beside the bundles."""
    return f"{_ORDERS}{number}".encode()


def orders_of(key: bytes | None) -> int | None:
    """Read which orders stand under a key of ``hub.network``; None for what is none."""
    text = (key or b"").decode(errors="replace")
    return sequence_of(text.removeprefix(_ORDERS).encode()) if text.startswith(_ORDERS) else None


class BundleLog:
    """Read bundles; safe to make before any network was applied."""

    def __init__(self, kafka: Kafka) -> None:
        """Keep where to ask; connects when it is asked."""
        self._kafka = kafka
        self._reader: Reader | None = None

    def all(self) -> dict[int, Bundle]:
        """Read every bundle there is, oldest first; raise NetworkError when one is not itself."""
        if NETWORK not in Admin(self._kafka).partitions():
            return {}
        found = _contents(read_all(self._kafka, NETWORK, 1, settled=True))
        return {sequence: decode_bundle(found[sequence]) for sequence in sorted(found)}

    def latest(self) -> Bundle | None:
        """Read the newest bundle; None before the first."""
        if NETWORK not in Admin(self._kafka).partitions():
            return None
        found = _contents(read_all(self._kafka, NETWORK, 1, settled=True))
        return decode_bundle(found[max(found)]) if found else None

    def follow(self, timeout_s: float) -> Bundle | None:
        """Wait for bundles not read by this log before, and give the newest of them; None when none came."""
        if self._reader is None:
            self._reader = Reader(self._kafka, "simpul-bundles", Admin(self._kafka))
            self._reader.add({PLACE: BEGINNING})
        found = _contents(self._reader.read(1_000, timeout_s))
        return decode_bundle(found[max(found)]) if found else None

    def close(self) -> None:
        """Stop following."""
        if self._reader is not None:
            self._reader.close()


def _contents(records: Iterable[Record]) -> dict[int, bytes]:
    """Keep the last record of each sequence; a bundle that was taken away is not there."""
    found: dict[int, bytes] = {}
    for record in records:
        sequence = sequence_of(record.key)
        if orders_of(record.key) is not None:
            continue
        if sequence is None:
            _LOG.warning("a foreign record on the network's topic is passed over", offset=record.offset)
        elif record.value is None:
            found.pop(sequence, None)
        else:
            found[sequence] = record.value
    return found
