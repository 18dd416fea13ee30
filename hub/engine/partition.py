"""What one worker holds of one partition: case states as bytes, parked records, due times and the meta record.

Everything since the last commit can be undone. Nothing here talks to Kafka.
"""

import heapq
from collections.abc import Iterator
from typing import Final

import msgspec

from hub.bus.parked import PARKED_MARK
from hub.engine.parking import Parking
from hub.names import COMMANDS
from hub.network.order import Standing

#: Keys of ``hub.cases`` that are no case ids; a case id never begins with a tilde.
META_KEY: Final = b"~meta"
CLAIM_KEY: Final = b"~claim"
#: How the JSON of a case that has a due time begins; its first field is ``due``.
_DUE: Final = b'{"due":'
#: What comes next in the JSON of a case that waits for an order to end.
_WAITS: Final = b'"waits":'
#: Bytes in which a case's first two fields begin.
_HEAD: Final = 40

#: Stale due times that may stand in the heap beside twice the cases; beyond it the heap is made anew.
_STALE: Final = 10_000


class Meta(msgspec.Struct, omit_defaults=True):
    """Say where a partition stands: the next offset of each input, the last clock, bundle and journal chain.

    ``epochs`` has the leader epoch of each input's last record, by which a log that was cut is known. ``orders``: all
    orders to the network in force; None: there never was one.
    """

    positions: dict[str, int] = {}
    epochs: dict[str, int] = {}
    now: int = 0
    bundle: int = 0
    chain: str = ""
    revision: int = 0
    orders: Standing | None = None


_ENCODE_META = msgspec.json.Encoder().encode
_DECODE_META = msgspec.json.Decoder(Meta).decode


def due_of(state: bytes | None) -> int | None:
    """Read a case's next due time (ms) without decoding the case."""
    if state is None or not state.startswith(_DUE):
        return None
    end = state.find(b",", len(_DUE), 40)
    return int(state[len(_DUE) : end if end > 0 else -1])


def is_waiting(state: bytes | None) -> bool:
    """Tell whether an order to the network holds a case's opening or tasks, without decoding the case."""
    return state is not None and state.find(_WAITS, 0, _HEAD) > 0


class Partition:
    """Hold one partition's state, and the way back to its last commit."""

    def __init__(self, number: int) -> None:
        """Start empty, as a partition that nobody ever routed."""
        self.number = number
        self.meta = Meta()
        self.claim: str | None = None
        self.states: dict[bytes, bytes] = {}
        self.parking = Parking()
        self._heap: list[tuple[int, bytes]] = []
        self._taken: bytes | None = None
        self._undo: dict[bytes, bytes | None] = {}
        self._undo_meta: bytes | None = None
        self.parked_schemas: dict[bytes, set[int]] = {}
        self.waiting: set[bytes] = set()

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one record of ``hub.cases`` as read from its beginning; the last of a key wins."""
        if key == META_KEY:
            self.meta = _DECODE_META(value) if value else Meta()
        elif key == CLAIM_KEY:
            self.claim = value.decode() if value else None
        elif PARKED_MARK in key:
            self.parking.restore(key, value)
        else:
            self._keep(self.states, key, value)

    def restored(self) -> None:
        """Index what was restored: due times, parked records and the schemas that those need, by case."""
        self._index_due()
        self.waiting = {key for key, state in self.states.items() if is_waiting(state)}
        self.parked_schemas = self.parking.restored()

    @property
    def is_touched(self) -> bool:
        """Tell whether anything changed since the last commit."""
        return self._undo_meta is not None

    @property
    def commands_position(self) -> int:
        """Tell the next offset of the token topic: what the group's offset is set to."""
        return self.meta.positions.get(COMMANDS, 0)

    def touch(self) -> None:
        """Remember the meta record as it was committed last; call before the first change of a transaction."""
        if self._undo_meta is None:
            self._undo_meta = _ENCODE_META(self.meta)

    def put(self, case: bytes, state: bytes | None) -> None:
        """Set or (None) delete a case's state."""
        before = self.states.get(case)
        self._undo.setdefault(case, before)
        self._keep(self.states, case, state)
        if self.waiting or is_waiting(state):
            self._note_waiting(case, state)
        due = due_of(state)
        if due is not None and (due != due_of(before) or case == self._taken):
            heapq.heappush(self._heap, (due, case))
            if len(self._heap) > 2 * len(self.states) + _STALE:
                self._index_due()

    def next_due(self) -> int | None:
        """Tell when the next timer is due (ms); stale entries are dropped on the way."""
        heap = self._heap
        while heap and due_of(self.states.get(heap[0][1])) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def take_due(self, until: int) -> bytes | None:
        """Take the case whose timer is due first, at or before `until` (ms); None when there is none."""
        due = self.next_due()
        if due is None or due > until:
            return None
        self._taken = heapq.heappop(self._heap)[1]
        return self._taken

    def pending_timers(self) -> int:
        """Count due times waiting, stale ones included."""
        return len(self._heap)

    def dirty(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Go over the records of ``hub.cases`` that this transaction must write; the meta record is the last."""
        for case in self._undo:
            yield case, self.states.get(case)
        yield from self.parking.changed()
        self.meta.revision += 1
        yield META_KEY, _ENCODE_META(self.meta)

    def committed(self) -> None:
        """Forget the way back: what is here is what is in Kafka."""
        self._undo.clear()
        self.parking.committed()
        self._undo_meta, self._taken = None, None

    def undo(self) -> None:
        """Go back to the last commit."""
        for case, state in self._undo.items():
            self._keep(self.states, case, state)
            self._note_waiting(case, state)
            due = due_of(state)
            if due is not None:
                heapq.heappush(self._heap, (due, case))
        if self._taken is not None:  # its decision may not have come as far as to be remembered
            self._index_due()
        self.parking.undo()
        if self._undo_meta is not None:
            self.meta = _DECODE_META(self._undo_meta)
        self.committed()

    def _note_waiting(self, case: bytes, state: bytes | None) -> None:
        if is_waiting(state):
            self.waiting.add(case)
        else:
            self.waiting.discard(case)

    def _index_due(self) -> None:
        """Make the heap anew, without stale entries."""
        self._heap = [(due, key) for key, state in self.states.items() if (due := due_of(state)) is not None]
        heapq.heapify(self._heap)

    @staticmethod
    def _keep(where: dict[bytes, bytes], key: bytes, value: bytes | None) -> None:
        if value is None:
            where.pop(key, None)
        else:
            where[key] = value
