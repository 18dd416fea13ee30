"""Who is in the network and what each may say: agencies, services, openings, elements that nobody may carry."""

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from hub.events.catalog import EventSchema
from hub.names import AgencyCode, ElementName, EventType
from hub.network.check.report import FileReport, Report
from hub.network.folder.finding import meant
from hub.network.folder.yaml import Path
from hub.network.load import DeclaredNetwork
from hub.network.model import Agency, Components, Service, Text


class ActorCheck:
    """Check network.yaml, agencies and services against each other and the event types."""

    def __init__(self, network: DeclaredNetwork, types: Mapping[EventType, EventSchema], report: Report) -> None:
        """Keep what is checked against what."""
        self._network = network
        self._types = types
        self._report = report
        self._opened = {each.opens_on for each in network.procedures.values()}

    def run(self) -> None:
        """Report everything that is wrong."""
        self._check_network()
        for agency in self._network.agencies.values():
            self._check_agency(agency, self._report.of(agency))
        for service in self._network.services.values():
            self._check_service(service, self._report.of(service))

    def _check_network(self) -> None:
        declared = self._network.network
        report = self._report.of(declared)
        for key in ("coordinator", "front_office"):
            check_agency(self._network, getattr(declared, key), report, path=(key,))
        check_zone(declared.time_zone, report, path=("time_zone",))

    def _check_agency(self, agency: Agency, report: FileReport) -> None:
        for key in ("publishes", "opens"):
            for i, event_type in enumerate(getattr(agency, key)):
                if check_type(self._types, event_type, report, path=(key, i)):
                    self._check_carried(agency, event_type, report, path=(key, i))
        for i, event_type in enumerate(agency.opens):
            if event_type not in self._opened:
                message = f"{event_type!r} opens no procedure"
                fix = meant(event_type, self._opened, otherwise="take it out")
                report.at(("opens", i), "opens-nothing", message, fix=fix)

    def _check_carried(self, agency: Agency, event_type: EventType, report: FileReport, *, path: Path) -> None:
        for element in carried(self._types[event_type], self._network.network.forbidden_elements):
            message = f"{agency.agency} publishes {event_type}, which carries the forbidden element {element!r}"
            report.at(path, "forbidden-element", message, fix="use an event type without it")

    def _check_service(self, service: Service, report: FileReport) -> None:
        check_agency(self._network, service.owner, report, path=("owner",))
        for name, field in Components.model_fields.items():
            text: Text | None = getattr(service.components, name)
            if field.is_required() and text and not (text.id.strip() and text.en.strip()):
                message = f"the service says nothing in the component {name!r}, which every public service must publish"
                report.at(("components", name), "service-component", message, fix="write it in both languages")


def check_agency(network: DeclaredNetwork, code: AgencyCode, report: FileReport, *, path: Path) -> bool:
    """Report an agency that the network does not have; tell whether it has it."""
    if code in network.agencies:
        return True
    message = f"agency {code!r} is not in this network"
    report.at(path, "unknown-agency", message, fix=meant(code, network.agencies, otherwise=f"add agencies/{code}.yaml"))
    return False


def check_zone(zone: str, report: FileReport, *, path: Path) -> None:
    """Report a time zone that nobody knows."""
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):  # not found, or no name but a path
        report.at(path, "time-zone", f"time zone {zone!r} is not known", fix="write an IANA name such as Asia/Makassar")


def check_type(
    types: Mapping[EventType, EventSchema], event_type: EventType, report: FileReport, *, path: Path, key: bool = False
) -> bool:
    """Report an event type that has no schema; tell whether it has one. With `key` the place is the key's."""
    if event_type in types:
        return True
    place = report.at_key if key else report.at
    message = f"event type {event_type!r} has no schema"
    place(path, "unknown-type", message, fix=meant(event_type, types, otherwise="add its .avsc file"))
    return False


def carried(schema: EventSchema, elements: Iterable[ElementName]) -> tuple[ElementName, ...]:
    """List those of some elements that an event type carries."""
    own = {field.element for field in schema.fields.values()}
    return tuple(element for element in elements if element in own)
