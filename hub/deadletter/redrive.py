"""Letters put back: the event on its owner's topic and the record of the act beside the letter, both or neither.

One operator at a time may put back letters of one agency, and a letter is put back once: if its event is refused again
it comes as another letter, which says how often. The event keeps its id, so that one which was taken is a duplicate.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hub.deadletter.act import REDRIVEN, Act, Redriven
from hub.deadletter.letter import Letter, LetterId, read_letter
from hub.deadletter.shelf import Shelf, missing
from hub.deadletter.verdict import Going, Verdict, decide, done_already, verdict_of
from hub.deadletter.writer import Writer
from hub.errors import ConfigurationError
from hub.events.codec import Codec
from hub.names import AgencyCode
from hub.network.plan import Plan
from hub.settings import Kafka

#: Letters, and bytes of their values, put back in one transaction: what is held in memory, and done or undone at once.
_BATCH: Final = 200
_BATCH_BYTES: Final = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Say which letters are meant: these ids, or all of a category that nobody has put back (of one agency)."""

    ids: frozenset[LetterId] = frozenset()
    category: str = ""
    agency: AgencyCode | None = None

    def takes(self, letter: Letter, done: Redriven | None) -> bool:
        """Tell whether this letter is meant; one that was put back already only if it was named."""
        return letter.id in self.ids or (not self.ids and letter.category == self.category and done is None)


class Redrive:
    """Put letters back under the rules of the network in force."""

    def __init__(self, kafka: Kafka, act: Act, *, plan: Plan, codec: Codec) -> None:
        """Keep the rules; raise ConfigurationError when the network in force has no word for a redrive."""
        if not codec.knows(REDRIVEN):
            raise ConfigurationError(f"the network in force does not have {REDRIVEN}; run `hub apply` again")
        self._kafka, self._act, self._plan, self._codec = kafka, act, plan, codec
        self._shelf = Shelf(kafka, codec)

    def look(self, choice: Choice) -> Iterator[list[Verdict]]:
        """Say what would become of the letters, batch by batch; nothing is written."""
        for agency in self._agencies(choice):
            for batch in self._batches(agency, choice):
                yield [verdict for verdict, _ in batch]

    def run(self, choice: Choice) -> Iterator[list[Verdict]]:
        """Put the letters back; each batch is given when it is done, and what came before it stays done."""
        for agency in self._agencies(choice):
            with self._writer(agency) as writer:
                for batch in self._batches(agency, choice):
                    writer.write([going for _, going in batch if going is not None])
                    yield [verdict for verdict, _ in batch]

    def may_mend(self, going: Going) -> Verdict:
        """Say what would become of one letter's mended event: it stays if the letter was put back already."""
        letter = going.letter
        done = self._shelf.stock([letter.id.place], since=letter.at, settled=True).redriven.get(letter.id)
        if done is None:
            return verdict_of(going)
        return Verdict(id=letter.id, category=letter.category, why=done_already(done))

    def mend(self, going: Going) -> Verdict:
        """Put one letter's mended event back, if it may be."""
        with self._writer(going.letter.agency) as writer:
            verdict = self.may_mend(going)
            if verdict.goes:
                writer.write([going])
        return verdict

    def _writer(self, agency: AgencyCode) -> Writer:
        return Writer(self._kafka, agency, act=self._act, codec=self._codec)

    def _agencies(self, choice: Choice) -> list[AgencyCode]:
        """List whose letters are meant, by a look that holds up nobody."""
        if choice.ids:
            return sorted({each.agency for each in choice.ids})
        stock = self._shelf.stock(self._shelf.places(choice.agency))
        return sorted({each.agency for each in stock.letters if choice.takes(each, stock.redriven.get(each.id))})

    def _batches(self, agency: AgencyCode, choice: Choice) -> Iterator[list[tuple[Verdict, Going | None]]]:
        """Decide an agency's letters in their order; named ones that are not there are told at the end."""
        places = self._shelf.places(agency)
        redriven = self._shelf.stock(
            places, settled=True
        ).redriven  # else what was put back a moment ago would go again
        unmet = {each for each in choice.ids if each.agency == agency}
        batch: list[tuple[Verdict, Going | None]] = []
        size = 0
        for record in self._shelf.records(places):
            letter = read_letter(record)
            if letter is None or not choice.takes(letter, redriven.get(letter.id)):
                continue
            unmet.discard(letter.id)
            batch.append(self._decided(letter, redriven.get(letter.id)))
            size += letter.size
            if len(batch) >= _BATCH or size >= _BATCH_BYTES:
                yield batch
                batch, size = [], 0
        batch += [(Verdict(id=each, why=missing(each)), None) for each in sorted(unmet)]
        if batch:
            yield batch

    def _decided(self, letter: Letter, done: Redriven | None) -> tuple[Verdict, Going | None]:
        found = decide(letter, done, act=self._act, plan=self._plan, codec=self._codec)
        if isinstance(found, Going):
            return verdict_of(found), found
        told = Verdict(
            id=letter.id, category=letter.category, event_type=letter.event_type, case=letter.case, times=letter.times,
            why=found,
        )  # fmt: skip
        return told, None
