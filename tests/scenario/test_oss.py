"""What OSS says of a licence, code by code, and what the router does to the clock then."""

import pytest

from hub.identity import Refusal
from hub.names import AgencyCode, CaseId, EventType, StepName, case_id
from hub.network.compile import compile_network
from hub.network.load import DeclaredNetwork
from hub.network.status import Status, meaning
from hub.rehearsal.sample import sample
from hub.rehearsal.world import START, Rehearsal
from hub.router.case import STOPPED, StepState
from tests import networks

HOUR = 3_600_000
VERIFY = StepName("verify_trade")
CASE: CaseId = case_id(AgencyCode("oss"), "CONTOH0000000000000000001")


class Shop:
    """One licence of a shop, with the trade office at work on it."""

    def __init__(self) -> None:
        """Bring the case to the trade office."""
        self.catalog = networks.catalog()
        self.network: DeclaredNetwork = networks.samarinda()
        self.world = Rehearsal(compile_network(self.network, self.catalog, at=START))
        opening = sample(self.catalog.types[EventType("id.mpp.business.LicenceRequested")])
        facts = {**opening, "risk": "medium_high", "sector": "trade", "environment_document": "none", "fee_rupiah": 0}
        self.world.say("oss", EventType("id.mpp.business.LicenceRequested"), CASE, data=facts)
        self._say("dpmptsp", EventType("id.mpp.business.BusinessRegistered"))
        self._say("dpmptsp", EventType("id.mpp.business.RequirementsComplete"))
        self.world.wind(HOUR)

    def hears(self, code: str) -> Status:
        """Publish what a status code means, as the trade office."""
        status = meaning(self.network.statuses["oss"], code)
        assert not isinstance(status, Refusal)
        assert status.event is not None
        self._say("disdag", status.event)
        return status

    @property
    def step(self) -> StepState:
        """Read the trade office's step."""
        case = self.world.case(CASE)
        assert case is not None
        return case.steps[VERIFY]

    @property
    def holder(self) -> str:
        """Tell whose time runs."""
        case = self.world.case(CASE)
        assert case is not None
        return case.holder

    def _say(self, agency: str, event: EventType) -> None:
        decision = self.world.say(agency, event, CASE, data=sample(self.catalog.types[event]))
        assert decision.outcome in {"advanced", "closed"}
        self.told = [change.why for change in decision.changes]


@pytest.fixture
def shop() -> Shop:
    """Open one shop's case."""
    return Shop()


def test_41_stops_the_clock_and_42_lets_it_run_on(shop: Shop) -> None:
    """While the query lasts it is nobody's time; afterwards as much is left as before."""
    due = shop.step.due
    assert due is not None
    assert shop.hears("41").clock == "stop"
    assert (shop.step.since, shop.step.due, shop.holder) == (None, None, STOPPED)
    used = shop.step.elapsed
    shop.world.wind(72 * HOUR)
    assert shop.hears("42").clock == "resume"
    assert (shop.step.since, shop.step.elapsed, shop.holder) == (shop.world.now, used, "disdag")
    assert shop.step.due is not None
    assert shop.step.due > due


def test_43_stops_the_clock_and_44_begins_it_from_zero(shop: Shop) -> None:
    """What was used before does not count any more, and that is counted."""
    shop.hears("43")
    assert (shop.step.since, shop.holder) == (None, STOPPED)
    shop.world.wind(72 * HOUR)
    assert shop.hears("44").clock == "reset"
    assert (shop.step.since, shop.step.elapsed, shop.step.resets) == (shop.world.now, 0, 1)


@pytest.mark.parametrize("code", ["12", "20", "40"])
def test_work_goes_on_under_a_status_that_lets_the_clock_run(shop: Shop, code: str) -> None:
    """Validation and inspection move no deadline."""
    before = (shop.step.since, shop.step.due)
    assert shop.hears(code).clock == "run"
    assert (shop.step.since, shop.step.due) == before


def test_93_ends_the_case_and_the_journal_names_the_code(shop: Shop) -> None:
    """A requirement that the technical agency rejects ends the licence."""
    assert shop.hears("93").clock == "end"
    case = shop.world.case(CASE)
    assert case is not None
    assert (case.status, shop.step.status) == ("rejected", "rejected")
    assert "the agency rejected it: standard_not_met" in shop.told
