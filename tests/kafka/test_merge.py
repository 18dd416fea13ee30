"""Two cases on two partitions made one on a real broker, though the worker is killed between them."""

from contextlib import closing

import pytest

from hub.names import JOURNAL, CaseId, partition_of, tasks_topic
from hub.router.merge import asked_id
from hub.views import Cases, Store, rebuild, views_url
from hub.views.explain import Explainer
from tests.kafka.city import CIVIL, DESK, OPENED, PARTITIONS
from tests.kafka.until import until
from tests.kafka.world import World, new_case

pytestmark = [pytest.mark.kafka, pytest.mark.fault]


def _on_another_partition(case: CaseId) -> CaseId:
    home = partition_of(case.encode(), PARTITIONS)
    return next(each for each in iter(new_case, None) if partition_of(each.encode(), PARTITIONS) != home)


def test_a_case_is_merged_once_and_both_say_so(city: World) -> None:
    """The act is on one partition, the end on another, the answer on the first again: each is decided once."""
    log, stays = city.log(), new_case()
    gone = _on_another_partition(stays)
    with city.router() as router:
        for case in (stays, gone):
            city.say(DESK, OPENED, case, data={"name": "A"})
        for case in (stays, gone):
            city.until_status(log, case, "open")
        city.act(stays, "merge", to=gone, revision=1, facts='{"revision": 1}')
        until(lambda: len(city.entries(log, stays)) > 1)
        router.kill()
    with city.router():
        city.until_status(log, gone, "merged")
        until(lambda: len(city.entries(log, stays)) > 2)
        log.settle()

    asked, heard = city.entries(log, stays)[1:]
    (ended,) = city.entries(log, gone)[1:]
    assert (asked["applied"], ended["event_id"]) == (True, asked_id(asked["event_id"]))
    assert [change["after"] for change in heard["changes"]] == ["merged in"]
    assert f"merged into case {stays} by budi: test" in ended["why"]
    told = [dict(record.headers)["ce_type"] for record in log.of(tasks_topic(CIVIL), gone)]
    assert told == [b"city.CheckRequest", b"hub.TaskCancelled"]
    assert len([record for record in log.records[JOURNAL] if record.key == gone.encode()]) == 2

    settings = city.settings()
    rebuild(settings)
    store, explainer = Store(views_url(settings)), Explainer(settings)
    with closing(store), closing(explainer):
        for case in (stays, gone):
            verdicts = [each.verdict for each in explainer.explain(Cases(store).show(case).timeline)]
            assert set(verdicts) == {"reproduced"}
