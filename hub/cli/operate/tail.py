"""The end of a topic, for people: its last records, and those that come."""

from collections import deque
from collections.abc import Iterator

from hub.bus.admin import Admin
from hub.bus.consumer import Reader
from hub.bus.record import Place, Record
from hub.errors import ConfigurationError
from hub.settings import Settings


def last_records(settings: Settings, topic: str, count: int) -> list[Record]:
    """Read the last records of a topic, read_committed, oldest first by append time."""
    places = _places(settings, topic)  # first: it says in one line that nobody answers
    reader = Reader(settings.kafka, "simpul-tail")
    try:
        ends, begins = reader.ends_now(places), reader.offsets_at(dict.fromkeys(places, 0))
        found = [record for place in places for record in _last(reader, place, begins[place], ends[place], count)]
    finally:
        reader.close()
    return sorted(found, key=lambda each: each.timestamp)[-count:] if count else []


def coming_records(settings: Settings, topic: str) -> Iterator[Record]:
    """Read what is committed to a topic from now on; never ends by itself."""
    places = _places(settings, topic)
    reader = Reader(settings.kafka, "simpul-tail", Admin(settings.kafka))
    try:
        reader.add(reader.ends_now(places))
        while True:
            yield from reader.read(1_000, 1.0)
    finally:
        reader.close()


def _places(settings: Settings, topic: str) -> list[Place]:
    partitions = Admin(settings.kafka).partitions().get(topic, 0)
    if not partitions:
        raise ConfigurationError(
            f"there is no topic {topic!r}; see that the agency's code is right and `hub apply` was run"
        )
    return [Place(topic, number) for number in range(partitions)]


def _last(reader: Reader, place: Place, begin: int, end: int, count: int) -> Iterator[Record]:
    """Read backwards in growing steps: how many offsets are markers of transactions nobody knows."""
    step = max(100, 2 * count)
    while True:
        start = max(begin, end - step)
        found = _range(reader, place, start=start, end=end, most=count)
        if len(found) == count or start == begin:
            yield from found
            return
        step *= 4


def _range(reader: Reader, place: Place, *, start: int, end: int, most: int) -> deque[Record]:
    found: deque[Record] = deque(maxlen=most)
    reader.add({place: start})
    while start < end and reader.ends.get(place, -1) < end:
        found.extend(record for record in reader.read(10_000, 0.5) if record.offset < end)
    reader.drop([place])
    return found
