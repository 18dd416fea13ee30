"""A procedure's steps as a graph: what comes before what, what is surely over when a step starts, what a return undoes.

Takes any procedure, also a wrong one: names that are no steps are left out, and ``cycle`` says where it runs round.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

from hub.names import StepName
from hub.network.model import APPLICANT, Answer, Procedure, Step

#: How a step's attempt ended, for those who use its facts: it was done, or rejected with a way left open.
Ending = tuple[StepName, Literal["done", "rejected"]]
Mode = Literal["start", "all", "any", "of"]

_Member = TypeVar("_Member")
_Names = frozenset[StepName]
_NONE: _Names = frozenset()


@dataclass(frozen=True)
class _Fate:
    """What is sure of one step: when it starts, when it is done, and when it is closed otherwise (None: never)."""

    entry: frozenset[Ending]
    done: frozenset[Ending]
    closed: frozenset[Ending] | None

    @property
    def settled(self) -> frozenset[Ending]:
        return self.done if self.closed is None else self.done & self.closed


class Flow:
    """Answer what follows from how a procedure's steps are joined."""

    def __init__(self, procedure: Procedure) -> None:
        """Read the joins; everything else is found when it is asked for."""
        self._steps: Mapping[StepName, Step] = procedure.steps
        self.after: dict[StepName, tuple[StepName, ...]] = {
            name: tuple(each for each in named_before(step) if each in procedure.steps)
            for name, step in procedure.steps.items()
        }
        self.rejected_by: dict[StepName, tuple[StepName, ...]] = {
            name: tuple(each for each, step in procedure.steps.items() if step.on_rejected == name)
            for name in procedure.steps
        }

    def mode(self, name: StepName) -> Mode:
        """Tell how a step waits for those before it; "any" of none for one that only a rejection reaches."""
        after = self._steps[name].after
        if not named_before(self._steps[name]):
            return "any" if self.rejected_by[name] else "start"
        return "all" if after.all else "any" if after.any else "of"

    def successors(self, name: StepName) -> tuple[StepName, ...]:
        """Name the steps to look at when this one ends, in the order of the file."""
        return tuple(each for each in self._steps if name in self.after[each] or name in self.rejected_by[each])

    @cached_property
    def order(self) -> tuple[StepName, ...]:
        """Sort the steps so that each stands after those before it; those in a cycle are left out."""
        found: dict[StepName, None] = {}
        waiting = dict.fromkeys(self._steps)
        while ready := [name for name in waiting if all(each in found for each in self._before(name))]:
            found |= dict.fromkeys(ready)
            for name in ready:
                del waiting[name]
        return tuple(found)

    @cached_property
    def cycle(self) -> tuple[StepName, ...]:
        """Name the steps of one cycle, in order; empty when there is none."""
        left = [name for name in self._steps if name not in self.order]
        if not left:
            return ()
        path = [left[0]]
        while True:
            following = next(each for each in self._before(path[-1]) if each in left)
            if following in path:
                return tuple(reversed(path[path.index(following) :]))
            path.append(following)

    @cached_property
    def ancestors(self) -> Mapping[StepName, _Names]:
        """Name for each step all that come before it, over rejections too."""
        found: dict[StepName, _Names] = {}
        for name in self.order:
            found[name] = _union((found[each] | {each} for each in self._before(name)), _NONE)
        return found

    @cached_property
    def descendants(self) -> Mapping[StepName, _Names]:
        """Name for each step all that come after it, over rejections too."""
        return {name: frozenset(each for each in self.order if name in self.ancestors[each]) for name in self.order}

    @cached_property
    def resets(self) -> Mapping[StepName, _Names]:
        """Name for each step all that a return during it may make pending again, closed over further returns."""
        direct = {
            name: _union((self.undone(name, to) for to in self.return_targets(name)), self._revocable(name))
            for name in self.order
        }
        reopened = self._reopened
        direct = {name: some | reopened for name, some in direct.items()}
        found = dict(direct)
        for name in self.order:
            while (more := _union((direct[each] for each in found[name]), found[name])) != found[name]:
                found[name] = more
        return found

    def _revocable(self, name: StepName) -> _Names:
        """Name the steps that begin on a provisional outcome, and are taken back with it."""
        step = self._steps[name]
        outcomes = {answer.outcome for answer in step.answers.values()}
        is_revocable = bool(outcomes & {"revoked", "returned"}) or (step.on_rejected and "rejected" in outcomes)
        return self.descendants[name] if "provisional" in outcomes and is_revocable else _NONE

    @cached_property
    def _reopened(self) -> _Names:
        """Name the steps that a payment taken back may make pending again, whichever step is at work then."""
        paid = [name for name in self.order if (step := self._steps[name]).payment and step.payment.reversed_by]
        return _union((self.undone(name, name) for name in paid), _NONE)

    def return_targets(self, name: StepName) -> tuple[str, ...]:
        """Name to where a step's answers return it: steps, or the applicant; unknown ones are left out."""
        answers = self._steps[name].answers.values()
        targets = [answer.to or APPLICANT for answer in answers if _returns(answer)]
        if renewed := renewed_by(name, self._steps[name]):
            targets.append(renewed)
        return tuple(to for to in dict.fromkeys(targets) if to == APPLICANT or to in self.order)

    def undone(self, name: StepName, to: str) -> _Names:
        """Name the steps that become pending when a step is returned to another or to the applicant."""
        return frozenset({name}) if to == APPLICANT else self.descendants[StepName(to)] | {StepName(to)}

    def usable(self, name: StepName) -> _Names:
        """Name the steps whose facts may be there when this one starts: those before it or returning to it."""
        returning = {each for each in self.order for to in self.return_targets(each) if name in self._redone(each, to)}
        return self.ancestors[name] | returning

    def sure(self, name: StepName) -> frozenset[Ending]:
        """Name the endings that have surely happened when this step starts."""
        return self._fates[name].entry

    @cached_property
    def over(self) -> Mapping[StepName, _Names]:
        """Name for each step those that are surely not owed any more when it starts."""
        found: dict[StepName, _Names] = {}
        for name in self.order:
            ways = [found[each] | {each} for each in self.rejected_by[name]]
            if self.mode(name) == "start" or self.after[name]:
                standing = self._steps[name].after.provisional
                over = [found[each] if each in standing else found[each] | {each} for each in self.after[name]]
                ways.append(self._joined(name, over))
            found[name] = frozenset.intersection(*ways) if ways else _NONE
        return found

    def together(self, first: StepName, second: StepName) -> bool:
        """Tell whether two steps may be owed at the same time."""
        return first != second and first not in self.over[second] and second not in self.over[first]

    def _before(self, name: StepName) -> tuple[StepName, ...]:
        return (*self.after[name], *self.rejected_by[name])

    def _redone(self, name: StepName, to: str) -> _Names:
        """Name the steps that start again, before the returned one is over, after a return."""
        if to == APPLICANT:
            return frozenset({name})
        return (self.undone(name, to) & self.ancestors[name]) | {StepName(to), name}

    @cached_property
    def _fates(self) -> Mapping[StepName, _Fate]:
        found: dict[StepName, _Fate] = {}
        for name in self.order:
            entry = self._entry(name, found)
            found[name] = _Fate(entry, entry | _ending(name, "done"), self._closed(name, entry, fates=found))
        return found

    def _entry(self, name: StepName, fates: Mapping[StepName, _Fate]) -> frozenset[Ending]:
        ways = [fates[each].entry | _ending(each, "rejected") for each in self.rejected_by[name]]
        before = [fates[each] for each in self.after[name]]
        if self.mode(name) == "all" and before:
            one_of_them = frozenset.intersection(*(each.done for each in before))
            ways.append(one_of_them.union(*(each.settled for each in before)))
        elif before and any(each.closed is not None for each in before):
            ways.append(frozenset.intersection(*(each.done for each in before)))
        elif before or self.mode(name) == "start":
            ways.append(self._joined(name, [each.done for each in before]))
        return frozenset.intersection(*ways) if ways else frozenset()

    def _joined(self, name: StepName, sets: list[frozenset[_Member]]) -> frozenset[_Member]:
        """Keep what is in every choice of predecessors with which a step may start."""
        if not sets:
            return frozenset()
        least = {"all": len(sets), "of": self._steps[name].after.at_least or len(sets)}.get(self.mode(name), 1)
        every = frozenset[_Member]().union(*sets)
        return frozenset(each for each in every if sum(each in some for some in sets) > len(sets) - least)

    def _closed(
        self, name: StepName, entry: frozenset[Ending], *, fates: Mapping[StepName, _Fate]
    ) -> frozenset[Ending] | None:
        """Say what is sure when a step is skipped, or rejected with a way left open; None when it never is."""
        step = self._steps[name]
        ways: list[frozenset[Ending]] = []
        if step.when is not None:
            ways.append(entry)
        if step.on_rejected is not None:
            ways.append(entry | _ending(name, "rejected"))
        closed = [fates[each].closed for each in self.after[name]]
        if self.mode(name) != "start" and None not in closed:
            ways.append(frozenset[Ending]().union(*(each for each in closed if each is not None)))
        return frozenset.intersection(*ways) if ways else None


def named_before(step: Step) -> tuple[StepName, ...]:
    """List the steps that a step's ``after`` names, as they are written."""
    return (*step.after.all, *step.after.any, *step.after.of)


def _returns(answer: Answer) -> bool:
    return answer.outcome == "returned" or (answer.outcome == "revoked" and answer.then == "return")


def renewed_by(name: StepName, step: Step) -> StepName | None:
    """Name the other step by which a lapsed bill is issued anew; None when the step does it itself, or takes none."""
    payment = step.payment
    target = None if payment is None else payment.renewed_by or payment.bill
    return None if target == name else target


def _ending(name: StepName, how: Literal["done", "rejected"]) -> frozenset[Ending]:
    return frozenset({(name, how)})


def _union(sets: Iterable[AbstractSet[StepName]], start: _Names) -> _Names:
    return start.union(*sets)
