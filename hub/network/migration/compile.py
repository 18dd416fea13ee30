"""A declared migration made into the router's plan: steps paired, expressions compiled, needs found.

Expects a network that ``check`` found no error in.
"""

from collections.abc import Iterator, Mapping

from hub.events.catalog import EventSchema
from hub.names import EventType, ProcedureRef, StepName, procedure_ref
from hub.network.expression import compile_expression, field_types, parse, path_of, reads
from hub.network.flow import Flow
from hub.network.load import DeclaredNetwork
from hub.network.migration.declared import Migration
from hub.network.migration.subjects import written_out
from hub.network.model import Procedure, Step
from hub.network.plan import FactPath, GonePlan, MigrationPlan
from hub.network.supply import Supply
from hub.network.versions import in_new_names

Types = Mapping[EventType, EventSchema]


def compile_migrations(
    network: DeclaredNetwork, types: Types
) -> dict[tuple[ProcedureRef, ProcedureRef], MigrationPlan]:
    """Compile every migration of a network, by the versions from which and to which it leads."""
    return {refs_of(each): _compiled(network, types, each) for each in network.migrations.values()}


def refs_of(migration: Migration) -> tuple[ProcedureRef, ProcedureRef]:
    """Name the two versions of a migration, the old one first."""
    return procedure_ref(migration.migration, migration.start), procedure_ref(migration.migration, migration.to)


def paired(migration: Migration, old: Procedure, new: Procedure) -> dict[StepName, StepName]:
    """Pair each old step that goes on with the new one: as declared, else with the step of its own name."""
    taken = set(migration.steps.values())
    own = {
        name: name
        for name in old.steps
        if name in new.steps and name not in migration.steps and name not in migration.gone and name not in taken
    }
    return {**own, **migration.steps}


def needs_of_step(step: Step, types: Types) -> frozenset[FactPath]:
    """Tell which facts must be there when a step starts: those that it reads without a test of their being there."""
    return frozenset(path for text, optional in _texts(step, types) for path in _needed(text, optional=optional))


def _compiled(network: DeclaredNetwork, types: Types, migration: Migration) -> MigrationPlan:
    before, after = refs_of(migration)
    old, new = network.procedures[before], network.procedures[after]
    migration = written_out(migration, old, new).migration
    steps, flow, supply = paired(migration, old, new), Flow(new), Supply(network, types, old)
    return MigrationPlan(
        steps=steps,
        gone={name: GonePlan(each.then, each.at) for name, each in migration.gone.items()},
        starts=frozenset(name for name, how in migration.added.items() if how == "start"),
        added=tuple(
            (fact_path(name), compile_expression(text, supply.types(compile_expression(text).paths), optional=True))
            for name, text in migration.facts.add.items()
        ),
        dropped=frozenset(map(fact_path, migration.facts.drop)),
        needs={name: needs_of_step(step, types) for name, step in new.steps.items()},
        before=flow.ancestors,
        stale=frozenset(
            to for name, to in steps.items() if _fill(old.steps[name], steps) != _fill(new.steps[to], {})
        ),
    )  # fmt: skip


def fact_path(name: str) -> FactPath:
    """Read a fact's name, "source.field"."""
    source, _, field = name.partition(".")
    return source, field


def _fill(step: Step, renamed: Mapping[StepName, StepName]) -> dict[str, str]:
    others = {old: new for old, new in renamed.items() if old != new}
    return {field: in_new_names(text.strip(), others) for field, text in step.fill.items()}


def _texts(step: Step, types: Types) -> Iterator[tuple[str, bool]]:
    targets = field_types(types[step.request]) if step.request in types else {}
    yield from ((text, field in targets and targets[field].nullable) for field, text in step.fill.items())
    yield from ((text, False) for text in (step.when, step.deadline and step.deadline.start) if text)
    yield from ((text, False) for text in (step.bill.expressions if step.bill is not None else ()))


def _needed(text: str, *, optional: bool) -> Iterator[FactPath]:
    node = parse(text.strip())
    for read in reads(node):
        fact = (read.path[0], read.path[1]) if len(read.path) > 1 else None
        if fact and not read.is_tested(fact) and not (optional and path_of(node) == fact):
            yield fact
