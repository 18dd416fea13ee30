"""The laws over the ten real procedures: whatever is said, done or left undone, in whatever order, for however long.

``HUB_LAWS_EXAMPLES`` says how many stories are told (80), and ``HUB_LAWS_STEPS`` how much happens in each (30).
"""

import os
from typing import Any, get_args

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hub.names import StepName
from hub.router.case import ENDS, OWED
from hub.router.decision import Act
from tests import networks
from tests.laws import invariants
from tests.laws.service import SILENCES, Story, explain, openings_of

_PROCEDURES = {str(ref): procedure for ref, procedure in sorted(networks.samarinda().procedures.items())}
_ACTS = get_args(Act)
_EXAMPLES, _STEPS = int(os.environ.get("HUB_LAWS_EXAMPLES", "80")), int(os.environ.get("HUB_LAWS_STEPS", "30"))


class MallCase(RuleBasedStateMachine):
    """Let chance play a case of one of the mall's services."""

    def __init__(self) -> None:
        """Begin before anything is said."""
        super().__init__()
        self.story: Story
        self.ended: str | None = None

    @initialize(data=st.data(), comes_first=st.booleans())
    def somebody_comes(self, data: st.DataObject, *, comes_first: bool) -> None:
        """Let somebody bring an application; an agency may have answered it before it is read."""
        declared = _PROCEDURES[data.draw(st.sampled_from(list(_PROCEDURES)), "procedure")]
        openings = openings_of(declared)
        self.story = Story(declared, openings[data.draw(st.integers(0, len(openings) - 1), "application")])
        if comes_first:
            self.story.stray(data)
        self.story.apply()

    @precondition(lambda self: self.story.owed)
    @rule(data=st.data())
    def somebody_answers(self, data: st.DataObject) -> None:
        """Let whoever owes an answer give one that the step takes."""
        self.story.answer(data, data.draw(st.sampled_from(self.story.owed), "step"))

    @precondition(lambda self: self.story.owed)
    @rule(data=st.data())
    def all_do_what_they_are_asked(self, data: st.DataObject) -> None:
        """Let the case come forward, so that its later steps are seen too."""
        for name in self.story.owed:
            if name in self.story.owed:
                self.story.answer(data, name, done=True)

    @precondition(lambda self: self.story.owed)
    @rule(data=st.data())
    def somebody_sends_back(self, data: st.DataObject) -> None:
        """Let somebody return, hold or reject what was asked."""
        self.story.send_back(data)

    @rule(data=st.data())
    def somebody_applies_again(self, data: st.DataObject) -> None:
        """Let the opener open the case once more, as it was or otherwise."""
        self.story.apply_otherwise(data)

    @rule(data=st.data())
    def an_answer_comes_unasked(self, data: st.DataObject) -> None:
        """Let an answer come early, late, or from the wrong agency."""
        self.story.stray(data)

    @rule(data=st.data())
    def something_comes_again(self, data: st.DataObject) -> None:
        """Let a producer send twice."""
        self.story.repeat(data)

    @rule()
    def tasks_are_acknowledged(self) -> None:
        """Let connectors acknowledge."""
        self.story.accept()

    @rule(span=st.sampled_from(SILENCES))
    def nobody_says_anything(self, span: int) -> None:
        """Let the agencies be silent for hours or days."""
        self.story.world.wind(span)

    @rule(data=st.data(), act=st.sampled_from(_ACTS))
    def an_operator_acts(self, data: st.DataObject, act: str) -> None:
        """Let an operator do something, wise or not."""
        self.story.act(data, act)

    @precondition(lambda self: self.story.owed)
    @rule(data=st.data())
    def an_operator_moves_a_clock(self, data: st.DataObject) -> None:
        """Let an operator stop or resume the clock of a step that somebody is at."""
        self.story.move_clock(data.draw(st.sampled_from(self.story.owed), "step"))

    @precondition(lambda self: self.story.case is not None and self.story.case.incidents)
    @rule(data=st.data())
    def an_operator_mends(self, data: st.DataObject) -> None:
        """Let an operator do something about an incident."""
        self.story.mend(data)

    @rule()
    def a_leave_is_declared_late(self) -> None:
        """Let the calendars change while the case runs."""
        self.story.change_calendars()

    @invariant()
    def every_promise_is_kept(self) -> None:
        """Owner, accounting of time, facts, generations, and that what has ended stays so."""
        story = getattr(self, "story", None)
        if story is None:
            return
        invariants.hold(story.world, story.procedure, of=story.case_id)
        invariants.generations_are_whole(story.world, of=story.case_id)
        _starts_are_sent_once(story)
        _nothing_was_exceptional(story)
        self._ends_stay(story)

    def _ends_stay(self, story: Story) -> None:
        case = story.case
        if case is None or case.procedure is None:
            self.ended = None  # deleted when its retention was over
            return
        assert self.ended in (None, case.status)
        if case.status in ENDS:
            self.ended = case.status
            assert not case.facts
            assert not any(state.status in OWED for state in case.steps.values())

    def teardown(self) -> None:
        """Explain every decision from the journal; then let everybody answer: the case must end."""
        story = getattr(self, "story", None)
        if story is None:
            return
        story.end()
        case = story.case
        assert case is None or (case.closed_at is not None and not case.incidents), case
        self.every_promise_is_kept()
        explain(story.world)


def _starts_are_sent_once(story: Story) -> None:
    """Assert that each start of a step sent its task once, and that attempts count from one without gaps."""
    started: dict[StepName, list[int]] = {}
    for entry in story.journal:
        if entry.revision == 1:
            started = {}
        for change in entry.decision.changes:
            if change.after == "active":
                started.setdefault(StepName(change.step), []).append(change.attempt)
                step = story.procedure.steps[StepName(change.step)]
                sent = [(task.step, task.attempt, task.type) for task in entry.decision.tasks]
                opened = [signal.type for signal in entry.decision.signals]
                by_task = sent.count((step.name, change.attempt, step.request))
                assert (by_task if step.sub_case is None else opened.count(step.request)) == 1
    for attempts in started.values():
        assert attempts == list(range(1, len(attempts) + 1))


def _nothing_was_exceptional(story: Story) -> None:
    """Assert that no decision failed, and that nothing that people read holds what an applicant said."""
    for entry in story.world.journal:
        decision = entry.decision
        read: list[Any] = [decision.why, *(change.why for change in decision.changes)]
        read += [letter.refusal.reason for letter in story.world.dead_letters]
        assert not any(str(each).startswith("exception") for each in read), read
        assert not any("CONTOH" in str(each) or "contoh" in str(each) for each in read), read


TestMallCase = MallCase.TestCase
TestMallCase.settings = settings(
    max_examples=_EXAMPLES, stateful_step_count=_STEPS, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
