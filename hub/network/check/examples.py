"""Whether a procedure's examples can be told: who speaks, with which event, and data that fits it.

How they end is the rehearsal's to say; it stands above and reports by ``example_failed``.
"""

from functools import cached_property
from typing import Final

from hub.errors import SchemaError
from hub.events.catalog import Field
from hub.events.value import check_value
from hub.identity import is_synthetic
from hub.names import EventType, StepName
from hub.network.areas import is_unheard, known
from hub.network.check.actors import check_agency, check_type
from hub.network.check.documents import check_documents
from hub.network.check.part import PartCheck
from hub.network.check.report import Report
from hub.network.folder.finding import Finding, meant
from hub.network.folder.yaml import Path
from hub.network.load import DeclaredNetwork
from hub.network.model import Procedure, Said
from hub.network.sub_case import newest

_SAYS: Final = ("event", "wait", "operator")


class ExampleCheck(PartCheck):
    """Check the examples of one procedure."""

    @cached_property
    def _areas(self) -> frozenset[str]:
        return known(self._network)

    def run(self) -> None:
        """Report everything that is wrong."""
        for i, example in enumerate(self._procedure.examples):
            path: Path = ("examples", i)
            for j, said in enumerate(example.given):
                self._check_said(said, (*path, "given", j))
            for key in ("active", "skipped"):
                for j, name in enumerate(getattr(example.then, key) or ()):
                    self._check_step(name, (*path, "then", key, j), self._procedure)

    def _check_said(self, said: Said, path: Path) -> None:
        if sum(getattr(said, key) is not None for key in _SAYS) != 1:
            message = "this line must give one of event, wait or operator"
            self._report.at(path, "example-shape", message, fix="write one of them, and others in lines of their own")
            return
        procedure = self._procedure if said.sub_case is None else self._check_sub_case(said.sub_case, path)
        for key in ("answers", "step"):
            name: StepName | None = getattr(said, key)
            if name is not None and procedure is not None:
                self._check_step(name, (*path, key), procedure)
        if said.event is None:
            return
        if said.agency is None:
            self._report.at(path, "example-shape", "this event has no agency", fix="say which agency publishes it")
        else:
            check_agency(self._network, said.agency, self._report, path=(*path, "agency"))
        if check_type(self._types, said.event, self._report, path=(*path, "event")):
            self._check_data(said, said.event, path)
            if procedure is not None:
                check_documents(
                    self._types[said.event], said.data, procedure, report=self._report, path=(*path, "data")
                )

    def _check_data(self, said: Said, event_type: EventType, path: Path) -> None:
        schema = self._types[event_type]
        try:
            facts = check_value(schema, dict(said.data))
        except SchemaError as wrong:
            place = (*path, "data", *wrong.path.split(".")) if wrong.path else (*path, "data")
            self._report.at(place, "example-data", str(wrong), fix="write the data as the schema has it")
            return
        self._check_items(said, event_type, path)
        for name, field in schema.fields.items():
            if field.identifier and facts[name]:
                self._check_identifier(field, facts[name], (*path, "data", name))

    def _check_items(self, said: Said, event_type: EventType, path: Path) -> None:
        """Report a code that an example lists as missing and the service's list does not know, if there is a list."""
        service = self._network.services.get(self._procedure.service)
        if service is None or not service.requirements:
            return
        returned = (each for step in self._procedure.steps.values() if (each := step.answers.get(event_type)))
        for field in {each.items for each in returned if each.items and each.outcome == "returned"}:
            listed = said.data.get(field, [])
            for i, code in enumerate(listed if isinstance(listed, list) else [listed]):
                if code not in service.requirements:
                    message = f"{code!r} is not in the requirement list of service {service.service}"
                    fix = meant(str(code), service.requirements, otherwise=f"add it in services/{service.service}.yaml")
                    self._report.at((*path, "data", field, i), "unknown-requirement", message, fix=fix)

    def _check_identifier(self, field: Field, normal: str, path: Path) -> None:
        if field.identifier == "nik" and not is_synthetic(normal):
            message = f"{field.name} may be a real person's NIK"
            self._report.at(path, "example-person", message, fix="end it in 0000, a serial that is never issued")
        if field.identifier and is_unheard(self._areas, field.identifier, normal):
            message = f"{field.name} names a district that is not in the regency around it"
            self._report.at(path, "unknown-area", message, fix="mend it, or add the district to areas/")

    def _check_sub_case(self, name: StepName, path: Path) -> Procedure | None:
        """Report a step that opens no sub-case; give the procedure of the case that it opens."""
        step = self._procedure.steps.get(name)
        if step is not None and step.sub_case is not None:
            return newest(self._network, step.sub_case)
        opening = [each for each, step in self._procedure.steps.items() if step.sub_case]
        message = f"no step {name!r} of this procedure opens a sub-case"
        fix = meant(name, opening, otherwise="take it out")
        self._report.at((*path, "sub_case"), "unknown-step", message, fix=fix)
        return None

    def _check_step(self, name: StepName, path: Path, procedure: Procedure) -> None:
        if name not in procedure.steps:
            message = f"step {name!r} is not in this procedure"
            fix = meant(name, procedure.steps, otherwise="add the step")
            self._report.at(path, "unknown-step", message, fix=fix)


def example_failed(network: DeclaredNetwork, procedure: Procedure, index: int, *, why: str) -> Finding:
    """Make the finding that a procedure's example (counted from 0) ends otherwise than it says."""
    report = Report(network)
    name = procedure.examples[index].name
    message = f"example {name!r} ends otherwise than it says: {why}"
    fix = "mend the procedure, or what the example expects"
    report.of(procedure).at(("examples", index, "then"), "example-failed", message, fix=fix)
    return report.findings[0]
