"""Whether agreements say what can be kept: parties, grants, elements, and the days on which they are in force."""

from collections.abc import Mapping
from datetime import date

from hub.events.catalog import EventSchema
from hub.names import ElementName, EventType
from hub.network.agreements import Grants, ending
from hub.network.check.actors import check_agency
from hub.network.check.report import FileReport, Report
from hub.network.folder.finding import meant
from hub.network.folder.yaml import Path
from hub.network.load import DeclaredNetwork
from hub.network.model import Agreement, Grant


class AgreementCheck:
    """Check the agreements of a network."""

    def __init__(
        self, network: DeclaredNetwork, types: Mapping[EventType, EventSchema], report: Report, *, today: date
    ) -> None:
        """Keep what is checked against what; an element is known when any event type carries it."""
        self._network = network
        self._report = report
        self._today = today
        self._grants = Grants(network.agreements.values())
        self._elements = {
            field.element for schema in types.values() for field in schema.fields.values() if field.element is not None
        }

    def run(self) -> None:
        """Report everything that is wrong."""
        for agreement in self._network.agreements.values():
            report = self._report.of(agreement)
            for i, party in enumerate(agreement.parties):
                check_agency(self._network, party, report, path=("parties", i))
            self._check_days(agreement, report)
            for i, grant in enumerate(agreement.grants):
                self._check_grant(agreement, grant, report, path=("grants", i))

    def _check_days(self, agreement: Agreement, report: FileReport) -> None:
        valid, path = agreement.valid, ("valid", "until")
        if valid.until < valid.start:
            message = f"the agreement ends on {valid.until}, before it begins on {valid.start}"
            report.at(path, "validity", message, fix="mend the days")
        elif found := ending(agreement, self._grants, today=self._today):
            code = "agreement-expired" if found.is_over else "agreement-ends-soon"
            report.at(path, code, f"the agreement {found}", fix="renew it in a file of its own", level="warning")

    def _check_grant(self, agreement: Agreement, grant: Grant, report: FileReport, *, path: Path) -> None:
        for key, code in (("from", grant.provider), ("to", grant.receiver)):
            if code not in agreement.parties:
                message = f"{code!r} is no party of the agreement"
                fix = meant(code, agreement.parties, otherwise="add it to the parties")
                report.at((*path, key), "grant-not-party", message, fix=fix)
        if grant.service not in self._network.services:
            message = f"service {grant.service!r} is not in this network"
            fix = meant(grant.service, self._network.services, otherwise=f"add services/{grant.service}.yaml")
            report.at((*path, "service"), "unknown-service", message, fix=fix)
        for i, element in enumerate(grant.elements):
            self._check_element(element, report, path=(*path, "elements", i))

    def _check_element(self, element: ElementName, report: FileReport, *, path: Path) -> None:
        if element in self._network.network.forbidden_elements:
            message = f"the network forbids element {element!r}, whoever asks"
            report.at(path, "forbidden-element", message, fix="take it out")
        elif element not in self._elements:
            message = f"no event type carries element {element!r}"
            report.at(path, "unknown-element", message, fix=meant(element, self._elements, otherwise="take it out"))
