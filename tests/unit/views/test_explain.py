"""What a decision is made on is enough to make it again, as a worker made it."""

from hub.bus.record import Record
from hub.engine.outputs import state_hash
from hub.engine.reading import read_stimulus
from hub.events.codec import parse_millis
from hub.events.envelope import Event, to_headers
from hub.names import JOURNAL, events_topic
from hub.views.explain import decide
from tests.kafka.city import CIVIL, DESK, OPENED
from tests.unit.engine.test_routing import CASE, CODEC, HOME, Desk, without


def test_a_task_for_an_agency_that_has_left_is_decided_as_it_was() -> None:
    """The worker had the case wait for a person, since nobody was there to ask; so does who decides it once more."""
    desk, rules = Desk(), without(CIVIL)
    headers = to_headers("1", OPENED, source="/t", time="2026-01-05T00:00:00Z", case=CASE)
    record = Record(events_topic(DESK), HOME, 1, 1_000, CASE.encode(), CODEC.encode(OPENED, {"name": "A"}), headers)
    desk.routing.take(record, desk.partition, rules, CODEC)
    (entry,) = (CODEC.decode(output.value)[1] for output in desk.sent if output.topic == JOURNAL)

    opening = read_stimulus(record, CODEC)
    assert isinstance(opening, Event)
    decision = decide(rules, None, opening, parse_millis(entry["at"]))
    assert (decision.outcome, state_hash(decision.state)) == ("incident", entry["state_hash"])
