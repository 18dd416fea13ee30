"""Steps that open a case of another procedure: which one that is, and who reads what opens it.

Takes any network, also a wrong one: procedures that open each other in a ring are followed once.
"""

from collections.abc import Iterator

from hub.errors import ExpressionSyntaxError
from hub.names import APPLICATION, AgencyCode, ServiceName
from hub.network.expression import parse, read_paths
from hub.network.load import DeclaredNetwork
from hub.network.model import Procedure, Step
from hub.network.plan import FactPath

#: Who reads a fact, and for which service.
Reader = tuple[AgencyCode, ServiceName]


def newest(network: DeclaredNetwork, name: str) -> Procedure | None:
    """Find the version of a procedure that cases are opened with; None when there is no such procedure."""
    versions = [each for each in network.procedures.values() if each.procedure == name]
    return max(versions, key=lambda each: each.version, default=None)


def readers_of(network: DeclaredNetwork, procedure: Procedure, step: Step, path: FactPath, /) -> Iterator[Reader]:
    """Go over those who read a fact that opens a step's sub-case; its guard and deadline are the step's agency's."""
    own = [step.when, step.deadline.start if step.deadline else None]
    if any(path in paths_of(text) for text in own if text is not None):
        yield step.agency, procedure.service
    yield from _readers(network, step, path, above=frozenset({procedure.procedure}))


def paths_of(text: str) -> frozenset[FactPath]:
    """Read which facts an expression uses; none when it is no expression."""
    try:
        return read_paths(parse(text.strip()))
    except ExpressionSyntaxError:
        return frozenset()


def _readers(network: DeclaredNetwork, step: Step, path: FactPath, *, above: frozenset[str]) -> Iterator[Reader]:
    child = None if step.sub_case is None or step.sub_case in above else newest(network, step.sub_case)
    if child is None:
        return
    handed = {(APPLICATION, field) for field, text in step.fill.items() if path in paths_of(text)}
    for each in child.steps.values():
        texts = [each.when, each.deadline.start if each.deadline else None]
        texts += [] if each.sub_case else each.fill.values()
        texts += each.bill.expressions if each.bill is not None else ()
        if any(not handed.isdisjoint(paths_of(text)) for text in texts if text is not None):
            yield each.agency, child.service
        for fact in handed if each.sub_case else ():
            yield from _readers(network, each, fact, above=above | {child.procedure})
