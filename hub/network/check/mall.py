"""Whether a mall's figures speak of this network: its services, agencies, levels and dates."""

from collections.abc import Mapping

from hub.events.catalog import EventSchema
from hub.names import EventType
from hub.network.check.report import FileReport, Report
from hub.network.folder.finding import meant
from hub.network.load import DeclaredNetwork
from hub.network.mall import DATED, Mall


class MallCheck:
    """Check mall.yaml; a network may have none."""

    def __init__(self, network: DeclaredNetwork, types: Mapping[EventType, EventSchema], report: Report) -> None:
        """Keep what is checked."""
        self._network = network
        self._types = types
        self._report = report

    def run(self) -> None:
        """Report everything that is wrong."""
        mall = self._network.mall
        if mall is not None:
            report = self._report.of(mall)
            self._check_services(mall, report)
            self._check_agencies(mall, report)
            self._check_dates(mall, report)

    def _check_services(self, mall: Mall, report: FileReport) -> None:
        offered = {each.service: None for each in self._network.procedures.values()}
        for name in mall.services:
            if name not in offered:
                fix = meant(name, offered, otherwise="take it out")
                message = f"no procedure of this network serves {name!r}"
                report.at_key(("services", name), "unknown-service", message, fix=fix)
        for name in offered:
            if name not in mall.services:
                message = f"nobody comes for service {name!r}"
                fix = f"add {name}: under services, with parts: 0 if that is meant"
                report.at_key(("services",), "mall-share", message, fix=fix, level="warning")
        if not any(share.parts for name, share in mall.services.items() if name in offered):
            report.at_key(("services",), "mall-share", "nobody comes for any service", fix="write parts above 0")

    def _check_agencies(self, mall: Mall, report: FileReport) -> None:
        agencies = self._network.agencies
        for code in mall.agencies:
            if code not in agencies:
                fix = meant(code, agencies, otherwise=f"add agencies/{code}.yaml")
                message = f"agency {code!r} is not in this network"
                report.at_key(("agencies", code), "unknown-agency", message, fix=fix)
        for level, codes in self._levels().items():
            if level not in mall.levels:
                message = f"{codes[0]} is of level {level!r}, of which nothing is said"
                report.at_key(("levels",), "mall-level", message, fix=f"add {level}: under levels")

    def _check_dates(self, mall: Mall, report: FileReport) -> None:
        dated = {
            name: None
            for schema in self._types.values()
            for name, field in schema.fields.items()
            if field.kind in DATED
        }
        for name in mall.public.ahead:
            if name not in dated:
                fix = meant(name, dated, otherwise="take it out")
                message = f"no event type has a date or a time of the name {name!r}"
                report.at_key(("public", "ahead", name), "mall-date", message, fix=fix)

    def _levels(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for code, agency in self._network.agencies.items():
            found.setdefault(agency.level, []).append(code)
        return found
