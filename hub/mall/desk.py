"""An agency's desks: files wait in one row, and are worked on only while the doors are open.

A desk without people is a system: it takes any number at once, at any hour. Times are ms of the mall's clock.
"""

import heapq
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.calendar import Calendar
from hub.names import AgencyCode
from hub.network.calendars import office_of
from hub.network.load import DeclaredNetwork
from hub.network.mall import Mall


@dataclass
class Desk:
    """Serve files in the order in which they come; ``waits`` holds what each waited with open doors, in ms."""

    desks: int | None
    calendar: Calendar | None
    files: int = 0
    busy: int = 0
    longest_row: int = 0
    waits: list[int] = field(default_factory=list)
    _free: list[int] = field(default_factory=list)
    _begins: deque[int] = field(default_factory=deque)

    def serve(self, at: int, work: int) -> int:
        """Take a file that comes at a moment and needs so much work; tell when it is done."""
        self.files += 1
        self.busy += work
        if self.desks is None:
            return at + work
        begin = at if len(self._free) < self.desks else max(at, heapq.heappop(self._free))
        begin = self.open_from(begin)
        done = begin + work if self.calendar is None else self.calendar.due(begin, work, "hours")
        heapq.heappush(self._free, done)
        self.waits.append(begin - at if self.calendar is None else self.calendar.elapsed(at, begin, "hours"))
        self._count_row(at, begin)
        return done

    def open_from(self, at: int) -> int:
        """Tell the first moment from `at` on with open doors; a system's are always open."""
        return at if self.calendar is None or self.desks is None else self.calendar.next_opening(at)

    def load_percent(self, since: int, until: int) -> float | None:
        """Tell how much of the desks' open time was work; None for a system, and where the doors never opened."""
        if self.desks is None:
            return None
        open_ms = until - since if self.calendar is None else self.calendar.elapsed(since, until, "hours")
        return 100 * self.busy / (open_ms * self.desks) if open_ms else None

    def _count_row(self, at: int, begin: int) -> None:
        while self._begins and self._begins[0] <= at:
            self._begins.popleft()
        if begin > at:
            self._begins.append(begin)
            self.longest_row = max(self.longest_row, len(self._begins))


def calendars_of(network: DeclaredNetwork) -> dict[AgencyCode, Calendar | None]:
    """Give each agency's opening hours, without graces: these move deadlines, not doors."""
    made = {name: office_of(declared.model_copy(update={"grace": ()})) for name, declared in network.calendars.items()}
    return {code: made.get(str(agency.calendar)) for code, agency in network.agencies.items()}


def desks_of(network: DeclaredNetwork, mall: Mall, calendars: Mapping[AgencyCode, Calendar | None]) -> dict[str, Desk]:
    """Give each agency its desks."""
    return {str(code): Desk(mall.office(code).desks, calendars[code]) for code in network.agencies}
