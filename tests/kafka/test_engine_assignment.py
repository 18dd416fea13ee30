"""A step is given to another agency by a command on a real broker: its task, the cancellation and the answer."""

from dataclasses import replace

import pytest

from hub.names import tasks_topic
from hub.network.load import DeclaredNetwork
from tests.kafka.city import BANK, CIVIL, DELIVERED, DESK, LOOKED, PAID, POST, WATCHED, city
from tests.kafka.log import header
from tests.kafka.until import until
from tests.kafka.world import World, new_case

pytestmark = pytest.mark.kafka


def _where_the_bank_delivers_too() -> DeclaredNetwork:
    declared = city()
    bank = declared.agencies[BANK].model_copy(update={"publishes": (PAID, DELIVERED)})
    return replace(declared, agencies={**declared.agencies, BANK: bank})


def test_a_task_goes_to_the_agency_that_an_operator_names(city: World) -> None:
    """A stale command is refused; the next gives the step away: one is told to stop, the other asked, and answers."""
    city.apply(_where_the_bank_delivers_too())
    log, case = city.log(), new_case()
    with city.worker():
        city.say(DESK, WATCHED, case, data={"since": "2099-01-01T00:00:00.000Z"})()
        city.until_status(log, case, "open")
        city.say(CIVIL, LOOKED, case)()
        until(lambda: log.of(tasks_topic(POST), case))

        city.act(case, "reassign", step="tell", to=BANK, revision=1)()
        city.act(case, "reassign", step="tell", to=BANK, revision=3)()
        (asked,) = until(lambda: log.of(tasks_topic(BANK), case))
        assert (header(asked, "hubstep"), header(asked, "hubattempt")) == ("tell", "2")
        told = until(lambda: log.of(tasks_topic(POST), case)[1:])
        assert [header(each, "ce_type") for each in told] == ["hub.TaskCancelled"]

        city.say(BANK, DELIVERED, case)()
        city.until_status(log, case, "completed")
    log.settle()
    acts = [each for each in city.entries(log, case) if each["kind"] == "command"]
    assert [(each["actor"], each["reason"], each["applied"]) for each in acts] == [
        ("budi", "test", False), ("budi", "test", True),
    ]  # fmt: skip
