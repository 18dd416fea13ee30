"""All that can be known to be wrong with a network before anything runs, at once."""

from datetime import date
from pathlib import Path

from hub.events.catalog import Catalog
from hub.network.check.actors import ActorCheck
from hub.network.check.agreements import AgreementCheck
from hub.network.check.areas import AreaCheck
from hub.network.check.calendars import CalendarCheck
from hub.network.check.examples import example_failed
from hub.network.check.mall import MallCheck
from hub.network.check.migrations import MigrationCheck
from hub.network.check.procedures import ProcedureCheck
from hub.network.check.report import FileReport, Report
from hub.network.check.schemas import check_schemas
from hub.network.check.statuses import StatusCheck
from hub.network.check.tariffs import TariffCheck
from hub.network.folder.finding import Finding, errors
from hub.network.folder.release import check_released
from hub.network.load import DeclaredNetwork, Reading, load

__all__ = ["FileReport", "Report", "check", "check_folder", "example_failed", "is_usable"]


def check(network: DeclaredNetwork, catalog: Catalog, *, today: date) -> tuple[Finding, ...]:
    """Give every finding of a declared network, in the order of its files; `today` decides what is in force."""
    report, types = Report(network), catalog.types
    ActorCheck(network, types, report).run()
    AgreementCheck(network, types, report, today=today).run()
    AreaCheck(network, report).run()
    CalendarCheck(network, report, today=today).run()
    StatusCheck(network, types, report).run()
    ProcedureCheck(network, types, report, today=today).run()
    TariffCheck(network, report, today=today).run()
    MigrationCheck(network, types, report).run()
    MallCheck(network, types, report).run()
    return _sorted([*report.findings, *check_schemas(network, catalog)])


def check_folder(folder: Path, catalog: Catalog, *, today: date) -> Reading:
    """Read and check a network folder, its released files too; the network comes also with errors that it can be."""
    reading = load(folder)
    if reading.network is None:
        return reading
    found = [*reading.findings, *check(reading.network, catalog, today=today)]
    found += check_released(folder, reading.network, catalog)
    return Reading(reading.network, _sorted(found))


def is_usable(reading: Reading) -> bool:
    """Tell whether a network was read and has no error."""
    return reading.network is not None and not errors(reading.findings)


def _sorted(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(set(findings), key=lambda each: each.order))
