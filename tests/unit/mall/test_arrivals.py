"""Who comes when: as declared, while the doors are open, the same for the same seed."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from hub.errors import ConfigurationError
from hub.mall.arrivals import Arrival, Crowd, arrivals, case_number, midnight
from hub.mall.desk import calendars_of
from hub.mall.usual import usual
from hub.names import AgencyCode
from hub.network.load import DeclaredNetwork
from hub.network.model import Agency

WITA = timezone(timedelta(hours=8))
#: The week before joint leave and Eid: counters close on Friday the 28th (S09).
LEAVE = date(2025, 3, 24)


def _week(network: DeclaredNetwork, *, seed: int = 1, begins: date = LEAVE, cases: int = 3_000) -> tuple[Arrival, ...]:
    return arrivals(Crowd(network, usual(network), seed=seed, begins=begins, days=7), cases)


def test_people_come_while_the_doors_of_their_opener_are_open(samarinda: DeclaredNetwork) -> None:
    """Births are told at any hour; all else waits for open doors, and nobody comes on a day of joint leave."""
    calendars = calendars_of(samarinda)
    come = _week(samarinda)
    at_counters = [each for each in come if calendars[each.opener] is not None]

    assert len(come) == 3_000
    assert all(calendars[each.opener].is_open(each.at) for each in at_counters)  # type: ignore[union-attr]
    assert {datetime.fromtimestamp(each.at / 1000, WITA).day for each in at_counters} == {24, 25, 26, 27}
    assert {datetime.fromtimestamp(each.at / 1000, WITA).day for each in come} == {24, 25, 26, 27, 28, 29, 30}


def test_services_and_mornings_are_as_full_as_declared(samarinda: DeclaredNetwork) -> None:
    """Shares come within two percent; ten o'clock is past before half of the people are."""
    come = _week(samarinda)
    counts = Counter(each.service for each in come)
    shares = {name: each.parts / 1000 for name, each in usual(samarinda).services.items()}
    assert all(abs(counts[name] / 3_000 - share) < 0.02 for name, share in shares.items())
    hours = Counter(datetime.fromtimestamp(each.at / 1000, WITA).hour for each in come if each.opener != "rs")
    assert hours[9] > hours[10] > hours[14] > 0


def test_the_same_seed_brings_the_same_people(samarinda: DeclaredNetwork) -> None:
    """In order of time, each with a number of their own that does not depend on how many come."""
    come = _week(samarinda, cases=200)
    assert come == _week(samarinda, cases=200) != _week(samarinda, cases=200, seed=2)
    assert [each.at for each in come] == sorted(each.at for each in come)
    assert set(come) < set(_week(samarinda, cases=300))
    assert len({each.case(seed=1) for each in come}) == 200


def test_a_day_on_which_nobody_opens_is_refused(samarinda: DeclaredNetwork) -> None:
    """A network whose hospitals keep hours too has nobody on a holiday."""
    rs = samarinda.agencies[AgencyCode("rs")].model_copy(update={"calendar": "city"})
    network = _with(samarinda, rs)
    with pytest.raises(ConfigurationError, match="nobody can come from 2025-03-31"):
        Crowd(network, usual(network), seed=1, begins=date(2025, 3, 31), days=1)


def test_midnight_is_the_networks(samarinda: DeclaredNetwork) -> None:
    """A day of the mall begins in its zone."""
    at = datetime.fromtimestamp(midnight(LEAVE, samarinda.network.time_zone) / 1000, UTC)
    assert at == datetime(2025, 3, 23, 16, tzinfo=UTC)


def test_case_numbers_are_short_and_their_own() -> None:
    """Five digits and a check digit; no two of a hundred thousand are the same, and none follows its neighbour."""
    numbers = [case_number(each) for each in range(100_000)]
    assert len(set(numbers)) == 100_000
    assert {len(each) for each in numbers} == {7}
    assert abs(int(numbers[1][:5]) - int(numbers[0][:5])) > 1


def _with(network: DeclaredNetwork, agency: Agency) -> DeclaredNetwork:
    return replace(network, agencies={**network.agencies, agency.agency: agency})
