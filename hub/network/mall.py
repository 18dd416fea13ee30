"""How a mall behaves, declared for its rehearsal: who comes when, how many desks there are, how long answers take.

Nothing of it is in force: no decision of the hub reads it. Each record says how its figures are known; most are
illustrative, and say so.
"""

from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, model_validator

from hub.names import AgencyCode, ServiceName
from hub.network.model import Declared, Marked, Text
from hub.network.span import SpanMs

#: The days of a week, Monday first.
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: Kinds of fields whose value may lie ahead.
DATED: Final = frozenset({"date", "timestamp"})
_WHOLE: Final = 100

#: A share of a hundred.
Percent = Annotated[float, Field(ge=0, le=_WHOLE)]
Parts = Annotated[int, Field(ge=0, le=1_000_000)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Spread(Declared):
    """Say how long something takes: half of the times ``usual`` or less, and never more than ``longest``."""

    usual: SpanMs
    longest: SpanMs

    @model_validator(mode="after")
    def _is_in_order(self) -> "Spread":
        if self.longest < self.usual:
            raise ValueError("the longest time is shorter than the usual one; mend one of both")
        return self


class Figures(Marked):
    """Hold figures that are known in one way."""

    note: str | None = None


class HourShare(Declared):
    """Say how many parts of a day's people come in the hour that begins at ``start``."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    start: Annotated[int, Field(alias="from", ge=0, le=23)]
    parts: Parts


class Arrivals(Figures):
    """Say how many come in a usual week, and when: parts by weekday and by hour of the network's wall clock.

    Nobody comes while the doors of whoever opens the case are closed; one without a calendar opens at any hour.
    """

    week: Annotated[int, Field(ge=1, le=1_000_000)]
    days: Annotated[dict[Weekday, Parts], Field(min_length=1)]
    hours: Annotated[tuple[HourShare, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _come(self) -> "Arrivals":
        if not any(self.days.values()) or not any(each.parts for each in self.hours):
            raise ValueError("nobody ever comes; write parts above 0 for a day and for an hour")
        if any(after.start <= before.start for before, after in pairwise(self.hours)):
            raise ValueError("the hours are not in order; write each once, the earliest first")
        return self


class ServiceShare(Figures):
    """Say how many parts of all cases are of one service; ``pays``: how long its payers take, else as all others."""

    parts: Parts
    pays: Spread | None = None


class Latency(Figures):
    """Say how long a task takes to reach whoever answers, and the answer to come back, at one level of integration."""

    reaches: Spread


class Office(Figures):
    """Say how one agency works: its desks, how long one file takes there, and of a hundred tasks how many go wrong.

    Without ``desks`` a system answers, at any hour and any number at once; people work when its calendar says so, one
    file after the other. ``returned`` and ``rejected`` count only where a step can be; ``held``: its clock is stopped
    for a while; ``wrong``: first an event is sent that this agency may not publish.
    """

    desks: Annotated[int, Field(ge=1, le=10_000)] | None = None
    handles: Spread
    returned: Percent = 0.0
    rejected: Percent = 0.0
    held: Percent = 0.0
    wrong: Percent = 0.0

    @model_validator(mode="after")
    def _is_a_whole(self) -> "Office":
        if self.returned + self.rejected > _WHOLE:
            raise ValueError("more than all tasks are returned or rejected; write less than 100 percent for both")
        return self


class Public(Figures):
    """Say what applicants and payers do: how long they take, how many never come, and how many miss their time.

    ``ahead``: how far ahead the dates of some fields lie when they are written; all others are of these days.
    ``unpaid``: of a hundred bills how many nobody pays; without it as many as ``never`` come.
    ``held`` is how long a clock stands that somebody stopped, ``again`` how long until a wrong event is sent right.
    """

    completes: Spread
    pays: Spread
    comes: Spread
    held: Spread
    again: Spread
    never: Percent = 0.0
    no_show: Percent = 0.0
    unpaid: Percent | None = None
    ahead: dict[str, Spread] = Field(default_factory=dict)


class Mall(Declared):
    """Say how a mall behaves (mall.yaml).

    ``levels`` are those of ``agencies/*.yaml``; an agency that ``agencies`` does not name works as ``otherwise`` says.
    """

    title: Text
    arrivals: Arrivals
    services: Annotated[dict[ServiceName, ServiceShare], Field(min_length=1)]
    levels: dict[Literal["counter", "file", "database", "api", "events"], Latency]
    agencies: dict[AgencyCode, Office] = Field(default_factory=dict)
    otherwise: Office
    public: Public

    def office(self, agency: AgencyCode) -> Office:
        """Give the figures of one agency."""
        return self.agencies.get(agency, self.otherwise)

    def pays(self, service: ServiceName) -> Spread:
        """Tell how long payers of one service take."""
        share = self.services.get(service)
        return self.public.pays if share is None or share.pays is None else share.pays
