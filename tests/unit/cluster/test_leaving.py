"""Who may not leave a network, told from what ``hub.cases`` holds."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from hub.bus.origin import ORIGIN_HEADER
from hub.bus.parked import encode_parked, parked_key
from hub.bus.record import HeaderList, Record
from hub.cluster.leaving import Held, reasons
from hub.names import CASES, INTAKE, AgencyCode, CaseId, StepName, events_topic
from hub.network.load import DeclaredNetwork
from hub.router.case import Case, StepState, decode_case, encode_case
from tests.unit.network.town import BIRTH, Town

CLINIC, INSURER, OFFICE = AgencyCode("clinic"), AgencyCode("insurer"), AgencyCode("office")
CASE = CaseId("clinic.1")


@pytest.fixture
def network(tmp_path: Path) -> DeclaredNetwork:
    """Read the small network."""
    return Town.copied(tmp_path).network()


def _case(status: str = "done", *, closed_at: int | None = None) -> tuple[bytes, bytes]:
    steps = {StepName("enrol"): StepState(status=status, attempt=1)}  # type: ignore[arg-type]
    return CASE.encode(), encode_case(Case(id=CASE, procedure=BIRTH, steps=steps, closed_at=closed_at))


def _parked(topic: str, number: int = 0, headers: HeaderList = ()) -> tuple[bytes, bytes]:
    return parked_key(CASE.encode(), number), encode_parked(Record(topic, 1, 7, 1, CASE.encode(), b"v", headers))


def _told(network: DeclaredNetwork, leaving: AgencyCode, *kept: tuple[bytes, bytes | None]) -> list[str]:
    left = replace(network, agencies={code: each for code, each in network.agencies.items() if code != leaving})
    records = (Record(CASES, 1, offset, 1, key, value, ()) for offset, (key, value) in enumerate(kept))
    return list(reasons(network, left, Held.of(records)))


def test_whoever_owes_an_answer_stays(network: DeclaredNetwork) -> None:
    """The step and a case are named."""
    (told,) = _told(network, INSURER, _case("active"))

    assert "insurer cannot leave: it owes 1 open step, such as 'enrol' of case clinic.1" in told


def test_whoever_was_given_a_step_stays_and_not_who_had_it(network: DeclaredNetwork) -> None:
    """An operator gave the step to another agency: that one owes the answer now."""
    key, state = _case("active")
    given = {StepName("enrol"): (INSURER, OFFICE)}
    case = key, encode_case(msgspec.structs.replace(decode_case(state), assigned=given))

    assert _told(network, INSURER, case) == []
    assert ["owes 1 open step" in each for each in _told(network, OFFICE, case)] == [True]


def test_the_front_office_stays_while_an_applicant_is_asked(network: DeclaredNetwork) -> None:
    """A returned file comes back through it."""
    (told,) = _told(network, OFFICE, _case("returned"))

    assert "office cannot leave: it owes 1 open step" in told


def test_whoever_opened_an_open_case_stays(network: DeclaredNetwork) -> None:
    """It must be told how the case ends."""
    (told,) = _told(network, CLINIC, _case())

    assert "clinic cannot leave: it opened 1 open case, such as clinic.1" in told


@pytest.mark.parametrize(
    ("topic", "headers"),
    [(events_topic(INSURER), ()), (INTAKE, ((ORIGIN_HEADER, b"insurer"),))],
)
def test_whose_records_wait_stays(network: DeclaredNetwork, topic: str, headers: HeaderList) -> None:
    """What is parked may have to be handed back; also what came to a wrong partition."""
    (told,) = _told(network, INSURER, _case(), _parked(topic, 0, headers), _parked(topic, 1, headers))

    assert "insurer cannot leave: 2 of its events wait, such as one of case clinic.1" in told


def test_nobody_stays_for_what_is_over(network: DeclaredNetwork) -> None:
    """Closed and deleted cases, and records that were taken out, hold nobody."""
    gone = _parked(events_topic(INSURER))[0]
    for agency in (CLINIC, INSURER, OFFICE):
        assert _told(network, agency, _case("active", closed_at=5)) == []
        assert _told(network, agency, _case("active"), (CASE.encode(), None)) == []
        assert _told(network, agency, _parked(events_topic(INSURER)), (gone, None)) == []


def test_what_the_hub_keeps_beside_is_no_case(network: DeclaredNetwork) -> None:
    """Positions and claims are passed over."""
    assert _told(network, CLINIC, (b"~meta", b"{}"), (b"~claim", b"x")) == []
