"""Whether a migration fits its two versions: every step has somewhere to go, and new steps find the facts they need."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub.errors import ExpressionError, ExpressionSyntaxError
from hub.events.catalog import EventSchema
from hub.names import APPLICATION, EventType, StepName
from hub.network.check.report import FileReport, Report
from hub.network.expression import ANY, Type, TypeCheck, compile_expression, first_refused, fits, parse, read_paths
from hub.network.flow import Flow
from hub.network.folder.finding import meant
from hub.network.folder.yaml import Path
from hub.network.load import DeclaredNetwork
from hub.network.migration.compile import fact_path, needs_of_step, paired, refs_of
from hub.network.migration.declared import Migration
from hub.network.migration.subjects import subject_steps, written_out
from hub.network.model import Procedure
from hub.network.plan import FactPath
from hub.network.supply import Supply
from hub.network.versions import read_facts

Types = Mapping[EventType, EventSchema]


class MigrationCheck:
    """Check the migrations of a network."""

    def __init__(self, network: DeclaredNetwork, types: Types, report: Report) -> None:
        """Keep what is checked against what."""
        self._network = network
        self._types = types
        self._report = report

    def run(self) -> None:
        """Report everything that is wrong; facts only where the steps are right."""
        for migration in self._network.migrations.values():
            report = self._report.of(migration)
            versions = self._versions(migration, report)
            if versions is None:
                continue
            written = written_out(migration, *versions)
            steps = _Steps(written.migration, *versions, report.placed(written.places))
            if steps.run():
                _Facts(self._network, self._types, steps).run()

    def _versions(self, migration: Migration, report: FileReport) -> tuple[Procedure, Procedure] | None:
        before, after = refs_of(migration)
        for ref, key in ((before, "from"), (after, "to")):
            if ref not in self._network.procedures:
                fix = f"add procedures/{ref.replace('@', '.v')}.yaml, or mend the number"
                report.at((key,), "migration-version", f"there is no procedure {ref}", fix=fix)
        if before == after:
            report.at(("to",), "migration-version", "it leads to the version that it comes from", fix="name another")
        found = (self._network.procedures.get(before), self._network.procedures.get(after))
        return (found[0], found[1]) if found[0] and found[1] and before != after else None


@dataclass
class _Steps:
    """Check where the steps of one migration go."""

    migration: Migration
    old: Procedure
    new: Procedure
    report: FileReport

    def run(self) -> bool:
        """Report what is wrong; tell whether nothing is."""
        self._right = True
        self._mixed: set[StepName] = set()
        self.pairs = paired(self.migration, self.old, self.new)
        self._check_names()
        self._check_gone()
        self._check_twice()
        for name in self.old.steps:
            if name not in self.pairs and name not in self.migration.gone and name not in self._mixed:
                fix = f"write steps: {{{name}: <new step>}}, or gone: {{{name}: skip}}"
                self._say((), "migration-unmapped", f"nothing is said of step {name!r}", fix=fix, at_key=True)
        return self._right

    def _check_names(self) -> None:
        for name, to in self.migration.steps.items():
            if self._is_mixed(name, to):
                continue
            self._known(name, self.old, ("steps", name), at_key=True)
            self._known(to, self.new, ("steps", name))
        for name in self.migration.added:
            if self._known(name, self.new, ("added", name), at_key=True) and name in self.pairs.values():
                message = f"step {name!r} is not new: an old one becomes it"
                self._say(("added", name), "migration-twice", message, fix="take it out", at_key=True)

    def _is_mixed(self, name: StepName, to: StepName) -> bool:
        """Report a step for each of several subjects that is to become a single one, or the other way round."""
        olds, news = list(subject_steps(self.old, name).values()), list(subject_steps(self.new, to).values())
        if not olds and not (news and name in self.old.steps):
            return False
        if olds:
            self._mixed |= {*olds}
            message = f"step {name!r} is one for each subject, and {to!r} is a single step"
            fix = f"write {olds[0]}: {to}, and gone: {{{', '.join(f'{each}: skip' for each in olds[1:])}}}"
        else:
            self._mixed.add(name)
            message = f"step {name!r} is a single step, and {to!r} is one for each subject"
            added = ", ".join(f"{each}: start" for each in news[1:])
            fix = f"write {name}: {news[0]}; what else is new may start by added: {{{added}}}"
        self._say(("steps", name), "migration-step", message, fix=fix)
        return True

    def _check_gone(self) -> None:
        for name, gone in self.migration.gone.items():
            self._known(name, self.old, ("gone", name), at_key=True)
            if gone.at is not None and gone.then != "skip":
                self._known(gone.at, self.new, ("gone", name))
            elif gone.then != "skip" or gone.at is not None:
                message = f"{gone.then!r} {'names no step' if gone.at is None else 'names a step'}"
                fix = "write skip, restart at <step>, or jump to <step>"
                self._say(("gone", name), "migration-step", message, fix=fix)

    def _check_twice(self) -> None:
        for name in self.migration.steps.keys() & self.migration.gone.keys():
            message = f"step {name!r} goes on and is gone"
            self._say(("gone", name), "migration-twice", message, fix="keep one of the two", at_key=True)
        became: dict[StepName, StepName] = {}
        for name, to in self.migration.steps.items():
            other = became.setdefault(to, name)
            if other != name:
                message = f"step {to!r} is what {other!r} becomes already"
                self._say(("steps", name), "migration-twice", message, fix="let one of the two be gone")

    def _known(self, name: StepName, procedure: Procedure, path: Path, *, at_key: bool = False) -> bool:
        if name in procedure.steps:
            return True
        message = f"{procedure.procedure}@{procedure.version} has no step {name!r}"
        fix = meant(name, procedure.steps, otherwise="mend the name")
        if each := subject_steps(procedure, name):
            message = f"step {name!r} of {procedure.procedure}@{procedure.version} is one for each subject"
            fix = f"name one of them: {', '.join(each.values())}"
        return self._say(path, "migration-step", message, fix=fix, at_key=at_key)

    def _say(self, path: Path, code: str, message: str, *, fix: str, at_key: bool = False) -> bool:
        self._right = False
        (self.report.at_key if at_key else self.report.at)(path, code, message, fix=fix)
        return False


class _Facts:
    """Check the facts of one migration, whose steps are right."""

    def __init__(self, network: DeclaredNetwork, types: Types, steps: _Steps) -> None:
        self._types = types
        self._steps, self._report = steps, steps.report
        self._old, self._new = Supply(network, types, steps.old), Supply(network, types, steps.new)
        self._kept = read_facts(steps.old)
        self._descendants = Flow(steps.new).descendants

    def run(self) -> None:
        for name, text in self._steps.migration.facts.add.items():
            self._check_added(fact_path(name), text, ("facts", "add", name))
        self._check_needs()

    def _check_added(self, made: FactPath, text: str, path: Path) -> None:
        target = self._new.find(*made)
        if target is None:
            message = f"{'.'.join(made)} is no fact of the new version"
            fix = meant(made[1], self._new.fields_of(made[0]), otherwise="mend the name")
            self._report.at_key(path, "migration-fact", message, fix=fix)
            return
        try:
            node = parse(text.strip())
            compile_expression(text)
        except (ExpressionSyntaxError, ExpressionError) as wrong:
            why = str(wrong).rpartition(" is not taken: ")[2]
            self._report.at(path, "migration-fact", f"the value is not taken: {why}", fix="write CEL over old facts")
            return
        paths = sorted(read_paths(node))
        if not self._are_kept(paths, path):
            return
        checker = TypeCheck(self._look_up)
        found = checker.of(node)
        if checker.problems or not fits(found, target.type or ANY):
            why = next(iter(checker.problems), f"is of type {found}, not {target.type}")
            self._report.at(path, "migration-fact", f"the value does not fit: {why}", fix="convert it")
            return
        self._check_origins(made, paths, path)

    def _are_kept(self, paths: Iterable[FactPath], path: Path) -> bool:
        for each in paths:
            name = ".".join(each)
            if self._old.find(*each) is None or name not in self._kept:
                why = "no fact of the old version" if self._old.find(*each) is None else "what no old step reads"
                message = f"it is made of {name}, {why}: no case holds it"
                self._report.at(path, "migration-fact", message, fix="make it of facts that old steps read")
                return False
        return True

    def _check_origins(self, made: FactPath, paths: Iterable[FactPath], path: Path) -> None:
        """Refuse that a fact comes to stand where another agency's stands, or of another element: others read it."""
        target = self._new.find(*made)
        for each in paths:
            found = self._old.find(*each)
            for agency, element in sorted(found.origins - target.origins if found and target else (), key=str):
                message = f"{'.'.join(each)} holds {element!r} of {agency}, and {'.'.join(made)} does not"
                fix = "agreements are made for whose it is: make it of such facts, or let the agency say it"
                self._report.at(path, "migration-grant", message, fix=fix)

    def _check_needs(self) -> None:
        """Report each fact that a new step needs and that a case taken over surely lacks, or lacks where it is past."""
        added = {fact_path(name) for name in self._steps.migration.facts.add}
        at = ("facts",) if self._report.holds(("facts",)) else ()
        for name, step in self._steps.new.steps.items():
            for source, field in sorted(needs_of_step(step, self._types) - added):
                if why := self._why_missing(source, field):
                    message = f"step {name} needs {source}.{field}, which {why}"
                    fix = f"add {source}.{field} to the facts, or test it with has()"
                    self._report.at_key(at, "migration-fact", message, fix=fix)

    def _why_missing(self, source: str, field: str) -> str:
        migration, step = self._steps.migration, StepName(source)
        became = {to: name for name, to in self._steps.pairs.items()}
        if source != APPLICATION and step not in became:
            passed = any(each in became for each in self._descendants.get(step, ()))
            is_left_out = passed and migration.added.get(step) != "start"
            return f"a case that has passed step {source} does not have" if is_left_out else ""
        if (source, field) in {fact_path(name) for name in migration.facts.drop}:
            return "is dropped"
        before = source if source == APPLICATION else became[step]
        return "" if f"{before}.{field}" in self._kept else "no case holds, as no old step reads it"

    def _look_up(self, source: str, field: str) -> Type:
        found = self._old.find(source, field)
        return ANY if not found or not found.type or first_refused([found.type]) else found.type
