"""Agencies outside the hub that keep books: what they sent, what they were sent, and what must therefore have become.

Nothing here asks the router: each story says by itself which tasks it causes and how its case ends.
"""

import threading
import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, Self

from hub.engine.clock import wall_ms
from hub.engine.outputs import state_hash
from hub.events.codec import format_millis
from hub.names import (
    CASES,
    JOURNAL,
    STATUS,
    AgencyCode,
    CaseId,
    EventType,
    StepName,
    derived_id,
    sub_case_id,
    task_id,
    tasks_topic,
)
from hub.router.case import decode_case
from tests.kafka.city import (
    BANK,
    CHECK_REFUSED,
    CHECK_RETURNED,
    CHECKED,
    CIVIL,
    COMPLETED,
    DELIVERED,
    DESK,
    ERRAND,
    OFFICE,
    OPENED,
    PAID,
    POST,
    PRINTED,
    WATCHED,
)
from tests.kafka.log import Log, header
from tests.kafka.until import until
from tests.kafka.world import AGENCIES, World, new_case

#: One task: whose, of which step, the how manieth.
Task = tuple[AgencyCode, str, int]
#: One notice: whose, and of which type; what was noted of a payment also by its word.
Told = tuple[AgencyCode, str]

_LICENCE: Final[frozenset[Task]] = frozenset(
    {(CIVIL, "check", 1), (BANK, "pay", 1), (CIVIL, "print", 1), (POST, "deliver", 1)}
)
_CLOSED: Final = frozenset({(OFFICE, "hub.CaseClosed"), (DESK, "hub.CaseClosed")})
#: Of so many events one is sent twice, as a client does that missed its acknowledgement.
_TWICE: Final = 20
#: Cases open at once, from which on nobody comes until some have ended: else a busy machine falls behind for ever.
_MOST_OPEN: Final = 400


@dataclass(frozen=True)
class Saying:
    """One more thing that somebody says, under a name of its own in the case; without a type an operator retries."""

    about: str
    agency: AgencyCode = OFFICE
    type: EventType | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """Say how a kind of case goes: who answers what, and what must have become of it at the end.

    ``sub_case``: the step that opens another case, and how that goes. ``opening`` is what opens it. ``also``: what else
    is said when a task or notice is seen. ``once``: what is never sent twice. ``refused`` counts the dead letters,
    ``incidents`` are the causes of those that stay.
    """

    opens: EventType
    answers: Mapping[Task, tuple[EventType, Mapping[str, Any]]]
    tasks: frozenset[Task]
    steps: Mapping[str, str]
    status: str = "completed"
    notices: Collection[Told] = _CLOSED
    at_once: tuple[Task, ...] = ()
    sub_case: tuple[str, "Story"] | None = None
    opening: Mapping[str, Any] = field(default_factory=lambda: {"name": "N"})
    also: Mapping[Task | Told, tuple[Saying, ...]] = field(default_factory=dict)
    once: frozenset[str] = frozenset()
    refused: int = 0
    incidents: tuple[str, ...] = ()


_SAID: Final[Mapping[Task, tuple[EventType, Mapping[str, Any]]]] = {
    (CIVIL, "check", 1): (CHECKED, {"number": "N-1"}),
    (BANK, "pay", 1): (PAID, {"receipt": "R-1"}),
    (CIVIL, "print", 1): (PRINTED, {}),
    (POST, "deliver", 1): (DELIVERED, {}),
}
_DONE: Final = {"check": "done", "pay": "done", "print": "done", "deliver": "done"}
STORIES: Final[Mapping[str, Story]] = {
    "straight": Story(OPENED, _SAID, _LICENCE, _DONE),
    "early": Story(OPENED, _SAID, _LICENCE, _DONE, at_once=((BANK, "pay", 1),)),
    "refused": Story(
        OPENED, {(CIVIL, "check", 1): (CHECK_REFUSED, {"reason": "r"})}, frozenset({(CIVIL, "check", 1)}),
        {"check": "rejected"}, status="rejected",
    ),
    "returned": Story(
        OPENED,
        {
            **_SAID, (CIVIL, "check", 1): (CHECK_RETURNED, {"reason": "r"}), (OFFICE, "check", 1): (COMPLETED, {}),
            (CIVIL, "check", 2): (CHECKED, {"number": "N-2"}),
        },
        _LICENCE | {(OFFICE, "check", 1), (CIVIL, "check", 2)}, _DONE,
    ),
    "watched": Story(
        WATCHED, {(POST, "tell", 1): (DELIVERED, {})}, frozenset({(CIVIL, "look", 1), (POST, "tell", 1)}),
        {"look": "done", "tell": "done"}, notices=_CLOSED | {(CIVIL, "hub.TaskCancelled")},
    ),
}  # fmt: skip
_TOLD: Final = {(POST, "tell", 1): (DELIVERED, {})}
ERRANDS: Final[Mapping[str, Story]] = {
    "errand": Story(
        ERRAND, _TOLD, frozenset(_TOLD), {"licence": "done", "tell": "done"},
        sub_case=("licence", STORIES["straight"]),
    ),
    "errand in vain": Story(
        ERRAND, {}, frozenset(), {"licence": "rejected"}, status="rejected", sub_case=("licence", STORIES["refused"]),
    ),
    "errand with a return": Story(
        ERRAND, _TOLD, frozenset(_TOLD), {"licence": "done", "tell": "done"},
        sub_case=("licence", STORIES["returned"]),
    ),
}  # fmt: skip


@dataclass
class Verdict:
    """Hold every difference between the books and what the hub wrote."""

    cases: int = 0
    events: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = f"{len(self.lost)} lost, {len(self.doubled)} doubled, {len(self.wrong)} wrong"
        shown = "".join(f"\n  {each}" for each in (*self.lost, *self.doubled, *self.wrong)[:20])
        return f"{self.cases} cases, {self.events} events: {counts}{shown}"

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing differs."""
        return not (self.lost or self.doubled or self.wrong)


class Agencies:
    """Open cases and answer tasks in a thread of its own, at a steady rate, until ``finish``."""

    def __init__(
        self, world: World, *, seed: int, rate: float, log: Log | None = None,
        kinds: Mapping[str, Story] = STORIES,
    ) -> None:  # fmt: skip
        """Begin at once; `rate` is cases a second, of these `kinds`."""
        self._kinds = list(kinds.values())
        self.world, self.log = world, log or world.log()
        self.stories: dict[CaseId, Story] = {}
        self.sent: dict[CaseId, set[str]] = {}
        self._random, self._rate = Random(seed), rate  # noqa: S311 - a story needs no secret
        self._closed: set[CaseId] = set()
        self._seen: set[str] = set()
        self._opening, self._ended = threading.Event(), threading.Event()
        self._opening.set()
        self._thread = threading.Thread(target=self._run, name="agencies", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """Live in a context, so that a test that fails leaves no thread behind."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the thread."""
        self._ended.set()
        self._thread.join(30)

    @property
    def closed(self) -> int:
        """Count the cases whose end was told."""
        return len(self._closed)

    def finish(self, *, still_s: float = 60.0) -> Verdict:
        """Open no more, wait until every case has ended, or none has for so long, and compare."""
        self._opening.clear()
        pause = threading.Event()
        before, moved_s = self.closed, time.monotonic()
        while not self._is_over() and time.monotonic() - moved_s < still_s:
            pause.wait(0.1)
            if self.closed > before:
                before, moved_s = self.closed, time.monotonic()
        self._ended.set()
        self._thread.join(30)
        self.world.producer.flush(120)
        self.log.settle()
        return self._compare()

    def _is_over(self) -> bool:
        """Tell whether every case has ended and nobody has anything more to say."""
        return len(self._closed) >= len(self.stories)

    def until_moved(self, *, by: int = 1) -> None:
        """Wait until more cases have ended than have now."""
        before, pause = self.closed, threading.Event()
        until(lambda: self.closed >= before + by or pause.wait(0.01))

    # --- the life of the agencies ------------------------------------------------------------------------------------

    def _run(self) -> None:
        begun, opened = time.monotonic(), 0
        while not self._ended.is_set():
            self._turn()
            while self._may_open() and opened < (time.monotonic() - begun) * self._rate:
                self._open()
                opened += 1
            for record in self.log.look(0.01):
                if record.topic.endswith(".tasks") and record.key and record.key.decode() in self.stories:
                    self._react(AgencyCode(record.topic.split(".")[1]), CaseId(record.key.decode()), record)

    def _may_open(self) -> bool:
        return self._opening.is_set() and len(self.stories) - self.closed < _MOST_OPEN

    def _turn(self) -> None:
        """Let who has something to say at a time of their own say it."""

    def _next_story(self) -> Story:
        return self._random.choice(self._kinds)

    def _open(self) -> None:
        case, story = new_case(), self._next_story()
        self.stories[case], self.sent[case] = story, set()
        if story.sub_case is not None:
            step, child = StepName(story.sub_case[0]), story.sub_case[1]
            below = sub_case_id(case, task_id(case, step, 1))
            self.stories[below], self.sent[below] = child, {derived_id(below, "open")}
            self.sent[case].add(derived_id(below, "end"))
        data = {"since": format_millis(wall_ms())} if story.opens == WATCHED else story.opening
        self._say(DESK, story.opens, case, data, about="open")
        for task in story.at_once:
            self._say(task[0], story.answers[task][0], case, story.answers[task][1], about=f"{task[1]}/{task[2]}")

    def _react(self, agency: AgencyCode, case: CaseId, record: Any) -> None:
        if header(record, "ce_type") == "hub.CaseClosed":
            self._closed.add(case)
        if header(record, "ce_id") in self._seen:
            return
        self._seen.add(header(record, "ce_id"))
        seen: Any = self._what(agency, record)
        story = self.stories[case]
        if seen in story.answers and seen not in story.at_once:
            event_type, data = story.answers[seen]
            about = f"{seen[1]}/{seen[2]}"
            self._say(agency, event_type, case, data, about=about, causation=header(record, "ce_id"))
        for one in story.also.get(seen, ()):
            if one.type is None:
                self.world.act(case, "retry")
            else:
                self._say(one.agency, one.type, case, one.data, about=one.about)

    def _what(self, agency: AgencyCode, record: Any) -> Task | Told:
        """Tell which task or notice a record is."""
        if step := header(record, "hubstep"):
            return agency, step, int(header(record, "hubattempt"))
        kind = header(record, "ce_type")
        word = self.world.codec.decode(record.value)[1]["word"] if kind == "hub.PaymentNoted" else ""
        return agency, f"{kind} {word}".rstrip()

    def _say(
        self, agency: AgencyCode, event_type: EventType, case: CaseId, data: Mapping[str, Any], *, about: str,
        causation: str | None = None,
    ) -> None:  # fmt: skip
        event_id = f"{agency}/{about}"
        self.sent[case].add(event_id)
        for _ in range(1 + (about not in self.stories[case].once and self._random.randrange(_TWICE) == 0)):
            self.world.say(agency, event_type, case, data=data, event_id=event_id, causation=causation)

    # --- the comparison ----------------------------------------------------------------------------------------------

    def _compare(self) -> Verdict:
        verdict = Verdict(len(self.stories), sum(len(ids) for ids in self.sent.values()))
        self._compare_tasks(verdict)
        self._compare_journal(verdict)
        self._compare_states(verdict)
        letters = Counter(
            (record.key or b"").decode()
            for topic, records in self.log.records.items() if topic.endswith(".deadletters") for record in records
        )  # fmt: skip
        for case, story in self.stories.items():
            if letters[case] != story.refused:
                verdict.wrong.append(f"{case}: {letters[case]} dead letters, not {story.refused}")
        return verdict

    def _compare_tasks(self, verdict: Verdict) -> None:
        got: dict[str, Counter[Any]] = {case: Counter() for case in self.stories}
        for agency in AGENCIES:
            for record in self.log.records[tasks_topic(agency)]:
                if (case := (record.key or b"").decode()) in got:
                    got[case][self._what(agency, record)] += 1
        for case, story in self.stories.items():
            expected: Counter[Any] = Counter([*story.tasks, *story.notices])
            verdict.lost += [f"{case}: {each} never came" for each in expected - got[case]]
            for each, more in (got[case] - expected).items():
                if each in expected:
                    verdict.doubled.append(f"{case}: {each} came {more} times more")
                else:
                    verdict.wrong.append(f"{case}: {each} nobody expects")

    def _compare_journal(self, verdict: Verdict) -> None:
        entries: dict[str, list[dict[str, Any]]] = {case: [] for case in self.stories}
        for record in self.log.records[JOURNAL]:
            if (case := (record.key or b"").decode()) in entries:
                entries[case].append(self.world.entry(record))
        for case, written in entries.items():
            revisions = [each["revision"] for each in written]
            if revisions != list(range(1, len(written) + 1)):
                verdict.wrong.append(f"{case}: the journal's revisions are {revisions}")
            applied = Counter(
                each["event_id"] for each in written
                if each["kind"] == "event" and each["outcome"] not in {"orphaned", "parked"}
            )  # fmt: skip
            verdict.lost += [
                f"{case}: event {each} was not applied" for each in self.sent[CaseId(case)] - applied.keys()
            ]
            verdict.doubled += [f"{case}: event {each} applied {n} times" for each, n in applied.items() if n > 1]
            verdict.wrong += [
                f"{case}: event {each} was never sent" for each in applied.keys() - self.sent[CaseId(case)]
            ]
        self._compare_ends(verdict, entries)

    def _compare_ends(self, verdict: Verdict, entries: Mapping[str, list[dict[str, Any]]]) -> None:
        last = {
            record.key.decode(): self.world.codec.decode(record.value)
            for record in self.log.records[STATUS]
            if record.key and record.key.decode() in entries
        }
        states = {record.key.decode(): record.value for record in self.log.records[CASES] if record.key}
        for case, written in entries.items():
            state = states.get(case)
            if not written or state is None:
                continue
            if written[-1]["state_hash"] != state_hash(state) or decode_case(state).revision != len(written):
                verdict.wrong.append(f"{case}: its state is not the one that its journal ends with")
            status = last[case][1]
            if (status["revision"], status["status"]) != (len(written), self.stories[CaseId(case)].status):
                verdict.wrong.append(f"{case}: subscribers were last told {status['status']} at {status['revision']}")

    def _compare_states(self, verdict: Verdict) -> None:
        states = {record.key.decode(): record.value for record in self.log.records[CASES] if record.key}
        for case, story in self.stories.items():
            state = states.get(case)
            if state is None:
                verdict.lost.append(f"{case}: it has no state")
                continue
            found = decode_case(state)
            steps = {str(name): step.status for name, step in found.steps.items()}
            causes = tuple(sorted(each.cause for each in found.incidents))
            is_so = (found.status, causes) == (story.status, story.incidents)
            if not is_so or not story.steps.items() <= steps.items():
                verdict.wrong.append(
                    f"{case}: it is {found.status} {causes} with {steps}, not {story.status} {story.incidents} with "
                    f"{story.steps}"
                )
