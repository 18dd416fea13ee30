"""Agencies at the fair that keep books of money: what was paid, split, paid twice, taken back, or came too late.

The bank's own topic is its ledger; what a fee comes to is reckoned by hand. Nothing here asks the router.
"""

import contextlib
import heapq
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from random import Random
from typing import Any, Final

from hub.engine.clock import wall_ms
from hub.events.codec import parse_millis
from hub.names import CASES, JOURNAL, AgencyCode, CaseId, EventType, StepName, events_topic, tasks_topic
from hub.router.case import decode_case
from tests.kafka.city import BANK, CIVIL, DELIVERED, LOOKED, OFFICE, PARTITIONS, POST
from tests.kafka.fair import BOOTH, FEE_BACK, FEE_PAID, PAYEES, SIGNED, STALL, fee
from tests.kafka.ledger import Agencies, Saying, Story, Task, Told, Verdict
from tests.kafka.log import Log, header
from tests.kafka.until import until
from tests.kafka.world import World

#: How far from the moment at which a bill lapses its receipt may be sent, in ms.
_NEAR_MS: Final = 250
#: Whose money it is at the end of a case: the words of the journal, each with how often it is said.
_WORDS: Final = ("billed", "paid", "already paid", "paid twice", "reversed", "lapsed")
_PAY: Final = StepName("pay")
_END: Final[tuple[Told, ...]] = ((OFFICE, "hub.CaseClosed"), (AgencyCode("desk"), "hub.CaseClosed"))
_SAID: Final[Mapping[Task, tuple[EventType, Mapping[str, Any]]]] = {
    (CIVIL, "look", 1): (LOOKED, {}), (CIVIL, "sign", 1): (SIGNED, {}), (POST, "fetch", 1): (DELIVERED, {}),
}  # fmt: skip
_TASKS: Final[frozenset[Task]] = frozenset({*_SAID, (BANK, "pay", 1)})
_DONE: Final = {"look": "done", "pay": "done", "sign": "done", "fetch": "done"}


@dataclass(frozen=True)
class Deal(Story):
    """Say of a story too what its money did: the price, the words of the journal, and which receipt counts.

    ``at_last``: its second bill is paid when it is about to lapse, and only the books know whether in time.
    """

    price: int = 0
    words: Mapping[str, int] = field(default_factory=dict)
    counts: str = ""
    at_last: bool = False


def receipt(price: int, number: str, *, off: int = 0) -> tuple[EventType, dict[str, Any]]:
    """Make a receipt of a whole fee; `off` is by how much the city's share is wrong."""
    owed = fee(price)
    shares = {"province": owed["province"], "city": owed["city"] + off, "state": owed["state"]}
    return FEE_PAID, {"received": owed["total"] + off, "receipt": number, **shares}


def paid(price: int) -> Deal:
    """Pay at once."""
    return Deal(
        STALL, {**_SAID, (BANK, "pay", 1): receipt(price, "R-1")}, _TASKS, _DONE, notices=_END,
        opening={"price": price}, price=price, words={"billed": 1, "paid": 1}, counts="R-1",
    )  # fmt: skip


def early(price: int) -> Deal:
    """Pay before anybody has asked for it."""
    return replace(paid(price), at_once=((BANK, "pay", 1),))


def again(price: int, number: str, word: str) -> Deal:
    """Pay once more when it was paid: with the same receipt, or with another."""
    straight = paid(price)
    kind, data = receipt(price, number)
    return replace(
        straight, also={(CIVIL, "sign", 1): (Saying("again", BANK, kind, data),)},
        notices=(*_END, *_noted(word.replace(" ", "_"))), words={**straight.words, word: 1},
    )  # fmt: skip


def already_paid(price: int) -> Deal:
    """Send the receipt again under an id of its own."""
    return again(price, "R-1", "already paid")


def paid_twice(price: int) -> Deal:
    """Let somebody pay a second time."""
    return again(price, "R-2", "paid twice")


def taken_back(price: int) -> Deal:
    """Take the money back before anything was signed, and pay again."""
    answers = {**_SAID, (BANK, "pay", 1): receipt(price, "R-1"), (BANK, "pay", 2): receipt(price, "R-2")}
    answers[CIVIL, "sign", 2] = answers.pop((CIVIL, "sign", 1))
    return replace(
        paid(price), answers=answers, tasks=_TASKS | {(BANK, "pay", 2), (CIVIL, "sign", 2)},
        also={(CIVIL, "sign", 1): (_back("R-1"),)},
        notices=(*_END, *_noted("reversed"), (CIVIL, "hub.TaskCancelled")),
        words={"billed": 2, "paid": 2, "reversed": 1}, counts="R-2",
    )  # fmt: skip


def taken_back_late(price: int) -> Deal:
    """Take the money back when it was signed: all of it is done again."""
    answers = {**_SAID, (BANK, "pay", 1): receipt(price, "R-1"), (BANK, "pay", 2): receipt(price, "R-2")}
    answers |= {(CIVIL, "sign", 2): (SIGNED, {}), (POST, "fetch", 2): answers.pop((POST, "fetch", 1))}
    return replace(
        taken_back(price), answers=answers,
        tasks=_TASKS | {(BANK, "pay", 2), (CIVIL, "sign", 2), (POST, "fetch", 2)},
        also={(POST, "fetch", 1): (_back("R-1"),)},
        notices=(*_END, *_noted("reversed"), (POST, "hub.TaskCancelled")),
    )  # fmt: skip


def wrong(price: int) -> Deal:
    """Send a receipt that is not the bill; when it has come back, the right one, and an operator retries."""
    mended = paid(price)
    kind, data = receipt(price, "R-1")
    return replace(
        mended, answers={**mended.answers, (BANK, "pay", 1): receipt(price, "R-1", off=-1)}, once=frozenset({"pay/1"}),
        also={(BANK, "hub.EventRefused"): (Saying("right", BANK, kind, data), Saying("retry"))},
        notices=(*_END, (BANK, "hub.EventRefused")), refused=1,
    )  # fmt: skip


def wrong_early(price: int) -> Deal:
    """Send it before anybody has asked: it comes back when the bill is known, though as no dead letter."""
    return replace(wrong(price), at_once=((BANK, "pay", 1),), refused=0)


def unpaid(price: int) -> Deal:
    """Let both bills lapse."""
    return Deal(
        BOOTH, {(CIVIL, "look", 1): _SAID[CIVIL, "look", 1]},
        frozenset({(CIVIL, "look", 1), (BANK, "pay", 1), (BANK, "pay", 2)}), {"look": "done", "pay": "cancelled"},
        status="expired_unpaid", opening={"price": price}, price=price, words={"billed": 2, "lapsed": 1},
        notices=(*_END, *_noted("lapsed"), *2 * ((BANK, "hub.TaskCancelled"),)),
    )  # fmt: skip


def uncollected(price: int) -> Deal:
    """Pay the second bill, and never fetch what was signed."""
    first = unpaid(price)
    return replace(
        first, answers={**first.answers, (CIVIL, "sign", 1): (SIGNED, {})}, status="uncollected",
        tasks=first.tasks | {(CIVIL, "sign", 1), (POST, "fetch", 1)},
        steps={"look": "done", "pay": "done", "sign": "done", "fetch": "cancelled"},
        notices=(*_END, *_noted("lapsed"), (BANK, "hub.TaskCancelled"), (POST, "hub.TaskCancelled")),
        words={"billed": 2, "lapsed": 1, "paid": 1}, counts="R-1", at_last=True,
    )  # fmt: skip


def too_late(price: int) -> Deal:
    """Pay the second bill when it has lapsed: the case has ended, and somebody must look at the money."""
    return replace(unpaid(price), incidents=("legal-effect",))


#: Kinds of cases; one in which the second bill is paid at the last moment is told apart by the books alone.
KINDS: Final[tuple[Callable[[int], Deal], ...]] = (
    paid, early, already_paid, paid_twice, taken_back, taken_back_late, wrong, wrong_early, unpaid, uncollected,
    uncollected,
)  # fmt: skip


def _noted(word: str) -> tuple[Told, Told]:
    return (OFFICE, f"hub.PaymentNoted {word}"), (BANK, f"hub.PaymentNoted {word}")


def _back(number: str) -> Saying:
    return Saying("back", BANK, FEE_BACK, {"receipt": number})


class Books:
    """The bank's own ledger, read from its topic: what it has said of money, and when it was appended."""

    def __init__(self, world: World) -> None:
        """Read all of it; of what was sent twice the first."""
        topic = events_topic(BANK)
        log = Log(world.kafka, {topic: PARTITIONS})
        log.settle()
        log.close()
        self.said: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {}
        self.appended: dict[tuple[str, str], int] = {}
        for record in log.records[topic]:
            case, event_id = (record.key or b"").decode(), header(record, "ce_id")
            said = header(record, "ce_type"), dict(world.codec.decode(record.value)[1])
            self.said.setdefault(case, {}).setdefault(event_id, said)
            self.appended.setdefault((case, event_id), record.timestamp)

    def numbers(self, case: str, kind: EventType) -> set[str]:
        """List the receipts of a case that were given out, or taken back."""
        return {data["receipt"] for each, data in self.said.get(case, {}).values() if each == kind}

    def splits(self, case: str, number: str) -> list[dict[str, int]]:
        """List how a receipt was split, as often as it was told."""
        told = [data for each, data in self.said.get(case, {}).values() if each == FEE_PAID]
        mine = [data for data in told if data["receipt"] == number]
        return [{"total": data["received"], **{payee: data[payee] for payee in PAYEES}} for data in mine]


class Till(Agencies):
    """Agencies whose stories are deals, and whose verdict is also one about money."""

    def __init__(self, world: World, *, seed: int, rate: float) -> None:
        """Begin at once; `rate` is cases a second."""
        self._soon: list[tuple[int, CaseId, str]] = []
        self._dice = Random(seed)  # noqa: S311 - a price needs no secret
        super().__init__(world, seed=seed, rate=rate)

    @property
    def ends(self) -> Counter[str]:
        """Count how its cases end, by the books."""
        return Counter(story.status for story in self.stories.values())

    # --- the life of the agencies ------------------------------------------------------------------------------------

    def _next_story(self) -> Story:
        return self._dice.choice(KINDS)(self._dice.randrange(1, 50_000_000))

    def _react(self, agency: AgencyCode, case: CaseId, record: Any) -> None:
        is_new = header(record, "ce_id") not in self._seen
        super()._react(agency, case, record)
        if is_new and self._what(agency, record) == (BANK, "pay", 2) and self._deal(case).at_last:
            at = parse_millis(header(record, "hubdue")) + self._dice.randint(-_NEAR_MS, _NEAR_MS)
            heapq.heappush(self._soon, (at, case, header(record, "ce_id")))

    def _turn(self) -> None:
        while self._soon and self._soon[0][0] <= wall_ms():
            _, case, task = heapq.heappop(self._soon)
            kind, data = receipt(self._deal(case).price, "R-1")
            self._say(BANK, kind, case, data, about="pay/2", causation=task)

    def _is_over(self) -> bool:
        return super()._is_over() and not self._soon

    def _deal(self, case: CaseId) -> Deal:
        story = self.stories[case]
        assert isinstance(story, Deal)
        return story

    # --- the comparison ----------------------------------------------------------------------------------------------

    def _compare(self) -> Verdict:
        self._until_all_routed()
        books, due = Books(self.world), self._due_of_second_bills()
        for case in self.stories:
            deal, at = self._deal(case), books.appended.get((case, f"{BANK}/pay/2"))
            if deal.at_last and (at is None or at >= due[case]):
                self.stories[case] = (unpaid if at is None else too_late)(deal.price)
        verdict = super()._compare()
        words, asked, states = self._words(), self._asked(), self._states()
        for case in self.stories:
            deal = self._deal(case)
            if words[case] != Counter(deal.words):
                verdict.wrong.append(f"{case}: its money is told as {dict(words[case])}, not {deal.words}")
            is_split = all(sum(each[payee] for payee in PAYEES) == each["total"] for each in asked[case])
            if asked[case] != deal.words["billed"] * [fee(deal.price)] or not is_split:
                verdict.wrong.append(f"{case}: it was asked for {asked[case]}, not {fee(deal.price)}")
            verdict.wrong += [f"{case}: {each}" for each in self._unsettled(case, deal, books, states.get(case, ""))]
        return verdict

    def _unsettled(self, case: CaseId, deal: Deal, books: Books, mark: str, /) -> list[str]:
        """Say in what the bank's books and the bill of a case differ."""
        given, back, found = books.numbers(case, FEE_PAID), books.numbers(case, FEE_BACK), []
        if mark != (_mark(deal.counts) if deal.counts else ""):
            found.append(f"its bill is paid by another receipt than {deal.counts!r}")
        if deal.counts and (deal.counts not in given or deal.counts in back):
            found.append(f"{deal.counts} counts, but the bank gave {given} and took {back} back")
        if deal.counts and fee(deal.price) not in books.splits(case, deal.counts):
            found.append(f"{deal.counts} was split otherwise: {books.splits(case, deal.counts)}")
        if len(given - back) > deal.words.get("paid twice", 0) + 1:
            found.append(f"more receipts stay than were told of: {given - back}")
        return found

    def _until_all_routed(self) -> None:
        """Wait until the journal has all that was said: what comes after a case's end too."""
        missing = {(str(case), each) for case, ids in self.sent.items() for each in ids}
        read = 0

        def is_routed() -> bool:
            nonlocal read
            self.log.look(0.1)
            for record in self.log.records[JOURNAL][read:]:
                missing.discard(((record.key or b"").decode(), self.world.entry(record)["event_id"]))
                read += 1
            return not missing

        with contextlib.suppress(AssertionError):  # what is missing is the verdict's to tell
            until(is_routed)
        self.log.settle()

    def _due_of_second_bills(self) -> dict[str, int]:
        bills = [each for each in self.log.records[tasks_topic(BANK)] if header(each, "hubattempt") == "2"]
        return {(each.key or b"").decode(): parse_millis(header(each, "hubdue")) for each in bills}

    def _words(self) -> dict[str, Counter[str]]:
        """Count, by case, what the journal says of its bill."""
        found: dict[str, Counter[str]] = {case: Counter() for case in self.stories}
        for record in self.log.records[JOURNAL]:
            if (case := (record.key or b"").decode()) in found:
                changes = self.world.entry(record)["changes"]
                found[case].update(each["after"] for each in changes if each["after"] in _WORDS)
        return found

    def _asked(self) -> dict[str, list[dict[str, Any]]]:
        """List, by case, what the bank was asked to take."""
        found: dict[str, list[dict[str, Any]]] = {case: [] for case in self.stories}
        for record in self.log.records[tasks_topic(BANK)]:
            if header(record, "hubstep") == _PAY and (case := (record.key or b"").decode()) in found:
                found[case].append(dict(self.world.codec.decode(record.value)[1]))
        return found

    def _states(self) -> dict[str, str]:
        """Give, by case, the mark of the receipt that its bill was paid by."""
        states = {record.key.decode(): record.value for record in self.log.records[CASES] if record.key}
        cases = {case: decode_case(states[case]) for case in self.stories if states.get(case)}
        return {case: found.bills[_PAY].paid for case, found in cases.items() if _PAY in found.bills}


def _mark(number: str) -> str:
    """Make the mark that the hub keeps of a receipt: four bytes."""
    return blake2b(number.encode(), digest_size=4).hexdigest()
