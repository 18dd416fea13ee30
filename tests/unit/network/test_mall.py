"""A mall's figures: a right file has no findings, each mistake its place and remedy, and no bundle holds them."""

import pytest

from hub.names import AgencyCode
from hub.network.bundle import declared_content
from hub.network.mall import Spread
from tests import networks
from tests.unit.network.town import Town

FILE = "town/mall.yaml"
MALL = """title: {id: Kota, en: Town}
arrivals:
  week: 100
  days: {mon: 1, fri: 2}
  hours: [{from: 8, parts: 1}, {from: 9, parts: 1}]
  evidence: I
services:
  birth: {parts: 1, evidence: I}
levels:
  events: {reaches: {usual: 1 minute, longest: 2 minutes}, evidence: I}
  api: {reaches: {usual: 1 minute, longest: 2 minutes}, evidence: I}
  database: {reaches: {usual: 1 minute, longest: 2 minutes}, evidence: I}
  counter: {reaches: {usual: 1 minute, longest: 2 minutes}, evidence: I}
agencies:
  clinic: {desks: 1, handles: {usual: 5 minutes, longest: 1 hour}, returned: 10, rejected: 2.5, evidence: V-H}
otherwise: {handles: {usual: 1 minute, longest: 2 minutes}, evidence: I}
public:
  completes: {usual: 1 day, longest: 2 days}
  pays: {usual: 1 day, longest: 2 days}
  comes: {usual: 1 day, longest: 2 days}
  held: {usual: 1 day, longest: 2 days}
  again: {usual: 1 day, longest: 2 days}
  ahead: {born_on: {usual: 1 day, longest: 2 days}}
  evidence: I
"""


@pytest.fixture
def counted(town: Town) -> Town:
    """Give the town's mall its figures."""
    (town.folder / FILE).write_text(MALL)
    return town


def test_right_figures_have_no_findings(counted: Town) -> None:
    """What is declared is read, and an agency that is not named works as all others do."""
    mall = counted.network().mall

    assert counted.lines() == []
    assert mall is not None
    assert mall.agencies[AgencyCode("clinic")].handles == Spread(usual=300_000, longest=3_600_000)
    assert mall.office(AgencyCode("registry")) is mall.otherwise


def test_a_network_may_have_no_figures(town: Town) -> None:
    """They are for rehearsals only."""
    assert (town.network().mall, town.lines()) == (None, [])


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (
            "  birth:", "  brith:",
            ("8:3: error [unknown-service] no procedure of this network serves 'brith'; "
            "did you mean 'birth'? If not, take it out"),
        ),
        (
            "  birth:", "  brith:",
            ("7:1: warning [mall-share] nobody comes for service 'birth'; "
            "add birth: under services, with parts: 0 if that is meant"),
        ),
        (
            "birth: {parts: 1", "birth: {parts: 0",
            "7:1: error [mall-share] nobody comes for any service; write parts above 0",
        ),
        (
            "  clinic:", "  clinik:",
            ("15:3: error [unknown-agency] agency 'clinik' is not in this network; "
            "did you mean 'clinic'? If not, add agencies/clinik.yaml"),
        ),
        (
            "  counter:", "  file:",
            ("9:1: error [mall-level] clinic is of level 'counter', of which nothing is said; "
            "add counter: under levels"),
        ),
        (
            "ahead: {born_on:", "ahead: {bornon:",
            ("23:11: error [mall-date] no event type has a date or a time of the name 'bornon'; "
            "did you mean 'born_on'? If not, take it out"),
        ),
        (
            "longest: 1 hour", "longest: 1 minute",
            ("15:31: error [wrong-value] agencies.clinic.handles: the longest time is shorter than the usual one; "
            "mend one of both"),
        ),
        (
            "returned: 10", "returned: 98",
            ("15:11: error [wrong-value] agencies.clinic: more than all tasks are returned or rejected; "
            "write less than 100 percent for both"),
        ),
        (
            "{mon: 1, fri: 2}", "{mon: 0}",
            "3:3: error [wrong-value] arrivals: nobody ever comes; write parts above 0 for a day and for an hour",
        ),
        (
            "{from: 9,", "{from: 8,",
            "3:3: error [wrong-value] arrivals: the hours are not in order; write each once, the earliest first",
        ),
        ("week: 100", "weak: 100", "3:3: error [unknown-key] key 'weak' is not known here; did you mean 'week'?"),
        ("week: 100", "weak: 100", "2:1: error [missing-key] key 'week' is missing in arrivals; add week:"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_place_and_remedy(counted: Town, old: str, new: str, finding: str) -> None:
    """Each has its code, line and column."""
    counted.edit(FILE, old, new)

    assert f"mall.yaml:{finding}" in counted.lines()


def test_no_bundle_holds_the_figures() -> None:
    """What is in force does not change with them."""
    network = networks.samarinda()

    assert network.mall is not None
    assert "mall" not in declared_content(network)


def test_every_figure_of_the_reference_network_says_how_it_is_known() -> None:
    """Each record has its evidence; what is illustrative says so."""
    mall = networks.samarinda().mall

    assert mall is not None
    records = [*mall.services.values(), *mall.levels.values(), *mall.agencies.values(), mall.otherwise, mall.public]
    assert {each.evidence for each in records} == {"I"}
    assert mall.arrivals.evidence == "S-M"
