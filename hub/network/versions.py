"""What a version of a procedure says otherwise than another: steps that come, go or are renamed, and all that changes.

Goes by what is declared, not by how it is written; that a step was renamed is a guess, and told as one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, Literal

from hub.errors import ExpressionSyntaxError
from hub.names import StepName
from hub.network.expression import parse, read_paths
from hub.network.model import Procedure, Step
from hub.network.span import span_text

Kind = Literal["step added", "step removed", "step renamed", "changed", "fact read", "fact not read"]

#: From this likeness on (of 1) a step that went and one that came are held to be the same.
ALIKE: Final = 0.6
#: Keys whose number is a length of time in ms.
_SPANS: Final = frozenset({"within", "complete_within", "accept_within", "retention"})
#: What every version says for itself, or says to nobody who runs by it.
_OWN: Final = frozenset({"version", "examples", "evidence", "sources", "steps"})


@dataclass(frozen=True, slots=True)
class Difference:
    """Say one thing that is otherwise; ``step`` is empty for the procedure, else the new version's name if it has one.

    ``what`` is the path of keys in the file, by words; ``before`` and ``after`` are as people declare them.
    """

    kind: Kind
    step: str
    what: str = ""
    before: str = ""
    after: str = ""


def differences(old: Procedure, new: Procedure) -> tuple[Difference, ...]:
    """List what the new version says otherwise: the procedure, then its steps in their order, then the facts."""
    renamed = guess_renamed(old, new)
    came = {after: before for before, after in renamed.items()}
    found = [*_changed("", _own(old), _own(new))]
    for name, step in new.steps.items():
        before = came.get(name, name)
        if before not in old.steps:
            found.append(Difference("step added", name, after=_titled(step)))
            continue
        if before != name:
            found.append(Difference("step renamed", name, before=before, after=name))
        found += _changed(name, _step(old.steps[before], renamed), _step(step, {}))
    gone = (name for name in old.steps if name not in new.steps and name not in renamed)
    found += (Difference("step removed", name, before=_titled(old.steps[name])) for name in gone)
    return (*found, *_facts(old, new, renamed))


def guess_renamed(old: Procedure, new: Procedure) -> dict[StepName, StepName]:
    """Pair the steps that went with those that came and are alike, the most alike first."""
    gone = [name for name in old.steps if name not in new.steps]
    come = [name for name in new.steps if name not in old.steps]
    pairs = [(_likeness(old.steps[a], new.steps[b]), -i, -j) for i, a in enumerate(gone) for j, b in enumerate(come)]
    found: dict[StepName, StepName] = {}
    for likeness, i, j in sorted(pairs, reverse=True):
        before, after = gone[-i], come[-j]
        if likeness >= ALIKE and before not in found and after not in found.values():
            found[before] = after
    return found


def read_facts(procedure: Procedure) -> frozenset[str]:
    """Name the facts that a procedure's steps and its result read, as "source.field"."""
    texts = chain.from_iterable(_expressions(step) for step in procedure.steps.values())
    texts = chain(texts, procedure.result.fill.values() if procedure.result else ())
    return frozenset(".".join(path) for text in texts for path in _paths(text))


def _expressions(step: Step) -> Iterator[str]:
    yield from step.fill.values()
    yield from (text for text in (step.when, step.deadline and step.deadline.start) if text)
    yield from step.bill.expressions if step.bill is not None else ()


def _paths(text: str) -> frozenset[tuple[str, str]]:
    try:
        return read_paths(parse(text.strip()))
    except ExpressionSyntaxError:  # the check's finding
        return frozenset()


def _likeness(old: Step, new: Step) -> float:
    """Compare what an agency sees of a step: who does it, by which request, with which answers and data."""
    same = (old.request == new.request) * 0.4 + (old.agency == new.agency) * 0.2
    return same + 0.25 * _overlap(set(old.answers), set(new.answers)) + 0.15 * _overlap(set(old.fill), set(new.fill))


def _overlap(one: set[Any], other: set[Any]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0


def _facts(old: Procedure, new: Procedure, renamed: Mapping[StepName, StepName]) -> Iterator[Difference]:
    before = {in_new_names(fact, renamed) for fact in read_facts(old)}
    after = read_facts(new)
    yield from (Difference("fact read", "", fact) for fact in sorted(after - before))
    yield from (Difference("fact not read", "", fact) for fact in sorted(before - after))


def _changed(step: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    for what in dict.fromkeys((*before, *after)):
        if before.get(what) != after.get(what):
            yield Difference("changed", step, what, before.get(what, ""), after.get(what, ""))


def _own(procedure: Procedure) -> dict[str, str]:
    said = procedure.model_dump(mode="json", by_alias=True, exclude=set(_OWN))
    return dict(_flat(said, ()))


def _step(step: Step, renamed: Mapping[StepName, StepName]) -> dict[str, str]:
    said = step.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {what: in_new_names(text, renamed) for what, text in _flat(said, ())}


def in_new_names(text: str, renamed: Mapping[StepName, StepName]) -> str:
    """Write a text of the old version in the names of the new one."""
    if not renamed:
        return text
    names = "|".join(re.escape(name) for name in sorted(renamed, key=len, reverse=True))
    return re.sub(rf"(?<![\w.])({names})(?![\w-])", lambda found: renamed[StepName(found[1])], text)


def _flat(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, (*path, str(key)))
    elif value not in (None, "", []):
        yield " ".join(path), _text(value, path[-1] if path else "")


def _text(value: Any, key: str) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return span_text(value) if key in _SPANS and isinstance(value, int) else str(value)


def _titled(step: Step) -> str:
    return f"{step.title.en} ({step.agency})"
