"""Records that wait beside the cases of one partition, as bytes, and how much room each case and agency has left.

What is here follows from what was committed alone, so that whoever owns the partition next decides the same. Everything
since the last commit can be undone.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from hub.bus.origin import owner_of
from hub.bus.parked import decode_parked, encode_parked, parked_beside, parked_key
from hub.bus.record import Record
from hub.events.codec import schema_id_of

#: Bytes that wait beside one case; beyond it a record is a dead letter, so that one case cannot fill a worker.
MAX_CASE_BYTES: Final = 4 * 1024 * 1024
#: Bytes of one agency that wait in one partition, beside whichever cases, made up or not: protects the other agencies.
MAX_AGENCY_BYTES: Final = 64 * 1024 * 1024
#: Bytes that a record costs beside its own: its place in memory, and the state of a case that only it may be of.
BESIDE_BYTES: Final = 1_024


class Parking:
    """Hold the parked records of one partition."""

    def __init__(self) -> None:
        """Start empty."""
        self.kept: dict[bytes, bytes] = {}
        self._numbers: dict[bytes, list[int]] = {}
        self._cost: dict[bytes, tuple[bytes, str, int]] = {}
        self._undo: dict[bytes, bytes | None] = {}
        self.bytes_of_case: Counter[bytes] = Counter()
        self.bytes_of_agency: Counter[str] = Counter()

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one record of ``hub.cases`` as read from its beginning; the last of a key wins."""
        if value is None:
            self.kept.pop(key, None)
        else:
            self.kept[key] = value

    def restored(self) -> dict[bytes, set[int]]:
        """Index what was restored; give the schemas that each case's records need."""
        self._index()
        schemas: dict[bytes, set[int]] = {}
        for key, value in self.kept.items():
            record = decode_parked(value)
            self._count(key, value, record)
            if beside := parked_beside(key):
                schemas.setdefault(beside[0], set()).add(schema_id_of(record.value or b""))
        return schemas

    def why_full(self, case: bytes, owner: str) -> str | None:
        """Say why no more of an agency can wait beside a case; None while there is room."""
        if self.bytes_of_case[case] >= MAX_CASE_BYTES:
            return (
                f"events of {MAX_CASE_BYTES} bytes wait beside this case already; publish it again once they are "
                "taken, or ask for its redrive"
            )
        if self.bytes_of_agency[owner] >= MAX_AGENCY_BYTES:
            return (
                f"events of {MAX_AGENCY_BYTES} bytes of {owner} wait already; publish it again once they are "
                "taken, or ask for its redrive"
            )
        return None

    def put(self, case: bytes, record: Record) -> None:
        """Keep a record beside its case, after those already there."""
        numbers = self._numbers.setdefault(case, [])
        number = numbers[-1] + 1 if numbers else 0
        numbers.append(number)
        key, value = parked_key(case, number), encode_parked(record)
        self._undo.setdefault(key, self.kept.get(key))
        self._set(key, value, record)

    def take(self, case: bytes) -> list[Record]:
        """Take all records kept beside a case, oldest first."""
        keys = [parked_key(case, number) for number in self._numbers.pop(case, ())]
        records = [decode_parked(self.kept[key]) for key in keys]
        for key in keys:
            self._undo.setdefault(key, self.kept.get(key))
            self._set(key, None)
        return records

    def changed(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Go over the records of ``hub.cases`` that this transaction must write."""
        return ((key, self.kept.get(key)) for key in self._undo)

    def committed(self) -> None:
        """Forget the way back."""
        self._undo.clear()

    def undo(self) -> None:
        """Go back to the last commit."""
        for key, value in self._undo.items():
            self._set(key, value)
        if self._undo:
            self._index()
        self._undo.clear()

    def _set(self, key: bytes, value: bytes | None, record: Record | None = None) -> None:
        self.restore(key, value)
        self._count(key, value, record)

    def _count(self, key: bytes, value: bytes | None, record: Record | None) -> None:
        if counted := self._cost.pop(key, None):
            self._add(*counted[:2], -counted[2])
        beside = parked_beside(key)
        if value is not None and beside is not None:
            owner = owner_of(record or decode_parked(value)) or ""
            self._cost[key] = beside[0], owner, len(value) + BESIDE_BYTES
            self._add(*self._cost[key])

    def _add(self, case: bytes, owner: str, cost: int) -> None:
        self.bytes_of_case[case] += cost
        self.bytes_of_agency[owner] += cost
        if not self.bytes_of_case[case]:
            del self.bytes_of_case[case]

    def _index(self) -> None:
        self._numbers = {}
        for key in sorted(self.kept):
            if beside := parked_beside(key):
                self._numbers.setdefault(beside[0], []).append(beside[1])
