"""The letters' topics of a cluster, read: which letters there are, and which were put back already."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hub.bus.admin import Admin
from hub.bus.consumer import Reader, read_to_end
from hub.bus.record import Place, Record
from hub.deadletter.act import Redriven, read_redriven
from hub.deadletter.letter import Letter, LetterId, read_letter
from hub.errors import ConfigurationError
from hub.events.codec import Codec
from hub.names import AgencyCode, agency_of, deadletters_topic
from hub.settings import Kafka


@dataclass(frozen=True, slots=True)
class Stock:
    """Hold what was read: letters without their values, in their order, and what became of which."""

    letters: list[Letter] = field(default_factory=list)
    redriven: dict[LetterId, Redriven] = field(default_factory=dict)


class Shelf:
    """Look at dead letters; the codec reads what tells of redrives."""

    def __init__(self, kafka: Kafka, codec: Codec) -> None:
        """Keep where to ask; connects when it is asked."""
        self._kafka, self._codec = kafka, codec

    def places(self, agency: AgencyCode | None = None) -> list[Place]:
        """List where letters stand, of one agency or of all; raise ConfigurationError when an agency has no topic."""
        found = {
            topic: count for topic, count in Admin(self._kafka).partitions().items()
            if (owner := agency_of(topic)) and topic == deadletters_topic(owner) and agency in {None, owner}
        }  # fmt: skip
        if agency is not None and not found:
            raise ConfigurationError(
                f"there is no topic {deadletters_topic(agency)!r}; see that the agency's code is right and `hub apply` "
                "was run"
            )
        return [Place(topic, number) for topic in sorted(found) for number in range(found[topic])]

    def stock(self, places: Collection[Place], *, since: int = 0, settled: bool = False) -> Stock:
        """Read what stands there, appended at or after a time (ms), without values.

        With `settled` what stands behind a transaction that a router has open at this moment is waited for.
        """
        stock = Stock()
        by_text: dict[str, Redriven] = {}
        for record in self.records(places, since=since, settled=settled):
            letter = read_letter(record, keep=False)
            if letter is not None:
                stock.letters.append(letter)
            elif (told := read_redriven(record, self._codec)) is not None:
                by_text[told.letter] = told
        ours = ((letter.id, by_text.get(str(letter.id))) for letter in stock.letters)
        stock.redriven.update((letter, told) for letter, told in ours if told is not None)
        return stock

    def records(self, places: Collection[Place], *, since: int = 0, settled: bool = False) -> Iterator[Record]:
        """Read the records that stand there, appended at or after a time (ms)."""
        return read_to_end(self._kafka, self._begins(places, since), settled=settled) if places else iter(())

    def letter(self, wanted: LetterId) -> Letter:
        """Read one letter with its value; raise ConfigurationError when it is not there."""
        for place in self.places(wanted.agency):
            if place == wanted.place and (record := self._record(wanted)) and (letter := read_letter(record)):
                return letter
        raise ConfigurationError(missing(wanted))

    def _begins(self, places: Iterable[Place], since: int) -> Mapping[Place, int]:
        """Find the first offsets: what is past its time is gone, and may be asked for by nobody."""
        reader = Reader(self._kafka, "simpul-letters")
        try:
            return reader.offsets_at(dict.fromkeys(places, since))
        finally:
            reader.close()

    def _record(self, wanted: LetterId) -> Record | None:
        reader = Reader(self._kafka, "simpul-letters")
        try:
            begin = reader.offsets_at({wanted.place: 0})[wanted.place]
            end = reader.ends_now([wanted.place])[wanted.place]
        finally:
            reader.close()
        if not 0 <= begin <= wanted.offset < end:
            return None
        found = next(read_to_end(self._kafka, {wanted.place: wanted.offset}), None)
        return found if found is not None and found.offset == wanted.offset else None


def missing(wanted: LetterId) -> str:
    """Say that there is no such letter."""
    return f"there is no dead letter {wanted.short}; they are kept for 30 days; see `hub deadletter list --each`"
