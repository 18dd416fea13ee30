"""Whether tariffs can be reckoned: names that are there, payees, and one version in force on each day."""

from datetime import date, timedelta
from itertools import pairwise

from hub.network.check.report import FileReport, Report
from hub.network.folder.finding import meant
from hub.network.folder.yaml import Path
from hub.network.load import DeclaredNetwork
from hub.network.tariff import BASES, TREASURIES, Choice, Component, Tariff, TariffFact

_DAY = timedelta(days=1)


class TariffCheck:
    """Check the tariffs of a network."""

    def __init__(self, network: DeclaredNetwork, report: Report, *, today: date) -> None:
        """Keep what is checked; `today` decides whose amounts must be known."""
        self._network = network
        self._report = report
        self._today = today

    def run(self) -> None:
        """Report everything that is wrong."""
        by_name: dict[str, list[Tariff]] = {}
        for tariff in self._network.tariffs.values():
            by_name.setdefault(tariff.tariff, []).append(tariff)
            self._check(tariff, self._report.of(tariff))
        for versions in by_name.values():
            self._check_days(sorted(versions, key=lambda each: each.version))

    def _check(self, tariff: Tariff, report: FileReport) -> None:
        services = self._network.services
        if tariff.service not in services:
            fix = meant(tariff.service, services, otherwise=f"add services/{tariff.service}.yaml")
            report.at(("service",), "unknown-service", f"service {tariff.service!r} is not in this network", fix=fix)
        before: list[str] = []
        for name, component in tariff.components.items():
            path = ("components", name)
            if name in tariff.facts:
                message = f"{name!r} is a fact and a component"
                report.at_key(path, "tariff-name", message, fix="give one of them another name")
            self._check_payee(component, report, path=path)
            self._check_when(tariff, component, report, path=path)
            self._check_formula(tariff, component, report, path=path, before=before)
            before.append(name)

    def _check_payee(self, component: Component, report: FileReport, *, path: Path) -> None:
        if component.payee not in {*TREASURIES, *self._network.agencies}:
            message = f"payee {component.payee!r} is no treasury and no agency of this network"
            fix = meant(component.payee, [*TREASURIES, *self._network.agencies], otherwise="name who is paid")
            report.at((*path, "payee"), "tariff-payee", message, fix=fix)

    def _check_when(self, tariff: Tariff, component: Component, report: FileReport, *, path: Path) -> None:
        for name, wanted in component.when.items():
            fact, at = tariff.facts.get(name), (*path, "when", name)
            if fact is None:
                fix = meant(name, tariff.facts, otherwise="add it under facts")
                report.at_key(at, "tariff-name", f"fact {name!r} is not declared", fix=fix)
            elif not _may_be(fact, wanted):
                message = f"fact {name!r} of kind {fact.kind} is never {wanted!r}"
                fix = f"write one of {', '.join(str(each) for each in fact.choices) or 'true and false'}"
                report.at(at, "tariff-fact", message, fix=fix)

    def _check_formula(
        self, tariff: Tariff, component: Component, report: FileReport, *, path: Path, before: list[str]
    ) -> None:
        if component.formula is None:
            if tariff.valid.until is None or tariff.valid.until >= self._today:
                message = "the amount is not known, so that nothing can be reckoned"
                report.at_key(
                    path, "tariff-amount", message, fix="write formula: as the regulation has it", level="warning"
                )
            return
        for key, name in component.formula.reads.items():
            fact, at = tariff.facts.get(name), (*path, "formula", key)
            wanted = frozenset({"factor"}) if key == "times" else BASES
            if fact is None and not (key != "times" and name in before):
                fix = meant(name, [*tariff.facts, *before], otherwise="add it under facts, or let it come before")
                report.at(at, "tariff-name", f"{key}: {name!r} is no fact and no component before", fix=fix)
            elif fact is not None and fact.kind not in wanted:
                message = f"{key}: fact {name!r} is of kind {fact.kind}"
                report.at(at, "tariff-fact", message, fix=f"read one of kind {' or '.join(sorted(wanted))}")

    def _check_days(self, versions: list[Tariff]) -> None:
        for tariff in versions:
            start, until = tariff.valid.start, tariff.valid.until
            if start and until and until < start:
                message = f"the tariff ends on {until}, before it begins on {start}"
                self._report.of(tariff).at(("valid", "until"), "validity", message, fix="mend the days")
        for earlier, later in pairwise(versions):
            self._check_pair(earlier, later)

    def _check_pair(self, earlier: Tariff, later: Tariff) -> None:
        report, start = self._report.of(later), later.valid.start
        if start is None or (earlier.valid.start and start <= earlier.valid.start):
            message = f"version {later.version} does not begin after version {earlier.version}"
            report.at_key(("valid",), "tariff-days", message, fix="write from: with the day on which it begins")
        elif earlier.valid.until and earlier.valid.until >= start:
            message = f"version {earlier.version} is in force until {earlier.valid.until} too"
            report.at(("valid", "from"), "tariff-days", message, fix="let one end before the other begins")
        elif earlier.valid.until and earlier.valid.until + _DAY < start:
            message = f"no version is in force after {earlier.valid.until} and before {start}"
            report.at(("valid", "from"), "tariff-gap", message, fix="mend the days, or add a version", level="warning")


def _may_be(fact: TariffFact, wanted: Choice) -> bool:
    if fact.kind == "flag":
        return isinstance(wanted, bool)
    return any(type(each) is type(wanted) and each == wanted for each in fact.choices)
