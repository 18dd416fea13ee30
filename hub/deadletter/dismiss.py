"""Letters dismissed: an operator says that nothing is to come of them any more, and why.

Nothing is put back and nothing deleted. What tells of it stands beside the letter, as of one that was put back, and in
the journal of its case; a letter that was put back or dismissed before stays as it is.
"""

from collections.abc import Iterator
from typing import Final

from hub.deadletter.act import REDRIVEN, Act, Redriven
from hub.deadletter.letter import Letter
from hub.deadletter.redrive import Choice
from hub.deadletter.shelf import Shelf, missing
from hub.deadletter.verdict import Verdict, done_already
from hub.deadletter.writer import Writer
from hub.errors import ConfigurationError
from hub.events.codec import Codec
from hub.names import AgencyCode
from hub.settings import Kafka

#: Letters dismissed in one transaction.
_BATCH: Final = 500


class Dismissal:
    """Dismiss letters, one operator at a time for each agency."""

    def __init__(self, kafka: Kafka, act: Act, codec: Codec) -> None:
        """Keep who and why; raise ConfigurationError when the network in force has no word for it."""
        if not codec.knows(REDRIVEN):
            raise ConfigurationError(f"the network in force does not have {REDRIVEN}; run `hub apply` again")
        self._kafka, self._act, self._codec = kafka, act, codec
        self._shelf = Shelf(kafka, codec)

    def look(self, choice: Choice) -> Iterator[list[Verdict]]:
        """Say what would become of the letters, agency by agency; nothing is written."""
        for agency in self._agencies(choice):
            yield [verdict for verdict, _ in self._decided(agency, choice)]

    def run(self, choice: Choice) -> Iterator[list[Verdict]]:
        """Dismiss the letters; each batch is given when it is done, and what came before it stays done."""
        for agency in self._agencies(choice):
            with Writer(self._kafka, agency, act=self._act, codec=self._codec) as writer:
                decided = list(self._decided(agency, choice))
                for start in range(0, len(decided), _BATCH):
                    batch = decided[start : start + _BATCH]
                    writer.dismiss([letter for _, letter in batch if letter is not None])
                    yield [verdict for verdict, _ in batch]

    def _agencies(self, choice: Choice) -> list[AgencyCode]:
        """List whose letters are meant, by a look that holds up nobody."""
        if choice.ids:
            return sorted({each.agency for each in choice.ids})
        stock = self._shelf.stock(self._shelf.places(choice.agency))
        return sorted({each.agency for each in stock.letters if choice.takes(each, stock.redriven.get(each.id))})

    def _decided(self, agency: AgencyCode, choice: Choice) -> Iterator[tuple[Verdict, Letter | None]]:
        """Say of each letter that is meant whether it goes; named ones that are not there are told at the end."""
        stock = self._shelf.stock(self._shelf.places(agency), settled=True)
        unmet = {each for each in choice.ids if each.agency == agency}
        for letter in stock.letters:
            done = stock.redriven.get(letter.id)
            if choice.takes(letter, done):
                unmet.discard(letter.id)
                yield _verdict(letter, done), letter if done is None else None
        yield from ((Verdict(id=each, why=missing(each)), None) for each in sorted(unmet))


def _verdict(letter: Letter, done: Redriven | None) -> Verdict:
    return Verdict(
        id=letter.id, category=letter.category, event_type=letter.event_type, case=letter.case, times=letter.times,
        why="" if done is None else done_already(done),
    )  # fmt: skip
