"""Whether the areas of a network are codes, lie in each other, stand once, and are mapped."""

from typing import Final

from hub.identity import Refusal
from hub.identity.area import area, bps_area, parent
from hub.network.areas import crosswalk, listed
from hub.network.check.report import FileReport, Report
from hub.network.folder.yaml import Path
from hub.network.load import DeclaredNetwork
from hub.network.model import AreaCode

#: Digits of a BPS code by the number of parts that the Kemendagri code of the same area has.
_BPS_DIGITS: Final = {1: 2, 2: 4, 3: 7, 4: 10}


class AreaCheck:
    """Check the files of ``areas/``, against each other too."""

    def __init__(self, network: DeclaredNetwork, report: Report) -> None:
        """Keep what is checked, and where each code was listed first."""
        self._network = network
        self._report = report
        self._codes = {each.code for each in listed(network)}
        self._walk = crosswalk(network)
        self._seen: set[tuple[str, str]] = set()

    def run(self) -> None:
        """Report everything that is wrong."""
        for areas in self._network.areas.values():
            report = self._report.of(areas)
            for i, each in enumerate(areas.codes):
                self._check_code(each, report, ("codes", i))

    def _check_code(self, each: AreaCode, report: FileReport, path: Path) -> None:
        if area(each.code) != each.code:
            message = f"{each.code!r} is no code of Kemendagri: it {_why(area(each.code))}"
            report.at((*path, "code"), "area-code", message, fix="write it with its dots, in quotes")
            return
        self._check_once("code", each.code, report, path)
        if parent(each.code) and parent(each.code) not in self._codes:
            message = f"{each.code} lies in {parent(each.code)}, which is not listed"
            report.at((*path, "code"), "area-outside", message, fix="list it, or mend the code")
        if each.bps is None:
            message = f"{each.code} has no code of BPS: what names it cannot be translated"
            report.at(path, "area-unmapped", message, fix="add bps once it is known; do not guess it", level="warning")
        else:
            self._check_bps(each.code, each.bps, report, path)

    def _check_bps(self, code: str, bps: str, report: FileReport, path: Path) -> None:
        digits = _BPS_DIGITS[code.count(".") + 1]
        if bps_area(bps) != bps or len(bps) != digits:
            message = f"{bps!r} is no code of BPS for {code}: it must have {digits} digits"
            report.at((*path, "bps"), "area-code", message, fix="write it without dots, in quotes")
            return
        self._check_once("bps", bps, report, path)
        around = self._walk.bps(parent(code))
        if isinstance(around, str) and not bps.startswith(around):
            message = f"{bps} does not begin with {around}, the code of BPS for {parent(code)}"
            report.at((*path, "bps"), "area-outside", message, fix="mend one of the two codes")

    def _check_once(self, key: str, value: str, report: FileReport, path: Path) -> None:
        if (key, value) in self._seen:
            report.at((*path, key), "area-twice", f"{value} is listed twice", fix="keep the one that is right")
        self._seen.add((key, value))


def _why(found: str | Refusal) -> str:
    return found.why if isinstance(found, Refusal) else f"must be written as {found}"
