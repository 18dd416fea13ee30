"""A calendar that changes while cases run moves their deadlines, also where nothing happens any more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.events.codec import parse_millis
from hub.names import EventType, procedure_ref
from hub.network.load import DeclaredNetwork
from hub.network.model import Calendar, Procedure
from tests.kafka.city import CIVIL, DESK, LOOKED, NEW_VERSION
from tests.kafka.city import city as declared
from tests.kafka.until import until
from tests.kafka.world import World, new_case

pytestmark = pytest.mark.kafka

_DAY_MS = 86_400_000
_TEXT = {"id": "-", "en": "-"}


def _surveying(*closed: str) -> DeclaredNetwork:
    """Declare the city with a survey that is due in three working days of an office open day and night."""
    network, hours = declared(), "00:00-24:00"
    calendar = Calendar.model_validate(
        {
            "calendar": "always", "title": _TEXT, "zone": "UTC", "evidence": "I",
            "week": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), hours),
            "closed": [{"on": day, "reason": "joint leave"} for day in closed],
        }
    )  # fmt: skip
    look = {
        "title": _TEXT, "agency": CIVIL, "request": EventType("city.LookRequest"), "answers": {LOOKED: "done"},
        "deadline": "3 working days",
    }  # fmt: skip
    survey = Procedure.model_validate(
        {
            "procedure": "survey", "version": 1, "service": "survey", "title": _TEXT, "opens_on": NEW_VERSION,
            "evidence": "I", "steps": {"look": look},
        }
    )  # fmt: skip
    agencies = {
        **network.agencies,
        CIVIL: network.agencies[CIVIL].model_copy(update={"calendar": "always"}),
        DESK: network.agencies[DESK].model_copy(update={"opens": (*network.agencies[DESK].opens, NEW_VERSION)}),
    }
    procedures = {**network.procedures, procedure_ref("survey", 1): survey}
    return replace(network, agencies=agencies, procedures=procedures, calendars={"always": calendar})


def test_a_leave_declared_late_moves_what_is_running(city: World) -> None:
    """The next bundle has the leave; the waiting case's due time moves by its day, with no event and no restart."""
    log, case = city.log(), new_case()
    city.apply(_surveying())
    with city.worker():
        city.say(DESK, NEW_VERSION, case)()
        city.until_status(log, case, "open")
        (opened,) = until(lambda: city.entries(log, case))
        due = parse_millis(opened["tasks"][0]["due"])

        city.apply(_surveying((datetime.now(UTC) + timedelta(days=1)).date().isoformat()))

        moved = until(lambda: city.entries(log, case)[1:])[0]
        assert moved["why"] == "its calendar has changed"
        assert [parse_millis(each["due"]) - due for each in moved["changes"]] == [_DAY_MS]
        city.say(CIVIL, LOOKED, case)()
        city.until_status(log, case, "completed")
    log.settle()
    assert [entry["outcome"] for entry in city.entries(log, case)] == ["opened", "fired", "closed"]
