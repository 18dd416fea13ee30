"""What goes back and what stays: nothing in vain, nothing twice, nothing for ever."""

from dataclasses import replace

import pytest

from hub.bus.record import Record
from hub.deadletter.act import MAX_REASON, MAX_REDRIVES, Act, Redriven, read_redriven
from hub.deadletter.letter import TIMES_HEADER, Letter, read_letter
from hub.deadletter.verdict import Going, decide
from hub.deadletter.writer import write_command, write_redriven
from hub.engine.letter import write_dead_letter
from hub.errors import ConfigurationError
from hub.events.envelope import MAX_HEADER_BYTES
from hub.names import deadletters_topic, events_topic
from hub.network.compile import compile_network
from tests.kafka.city import BANK, PAID, POST, catalog, city
from tests.unit.deadletter.shelved import CASE, CODEC, letter, paid

_ACT = Act("budi", "the schema is registered now")
_PLAN = compile_network(city(), catalog(), at=0, sequence=1, digest="")
_DONE = Redriven(letter="x", actor="sari", reason="r", at=0, times=1, mended=False, event_id="e")


def _decide(found: Letter, done: Redriven | None = None) -> Going | str:
    return decide(found, done, act=_ACT, plan=_PLAN, codec=CODEC)


def _stays(found: Letter, done: Redriven | None = None) -> str:
    why = _decide(found, done)
    assert isinstance(why, str)
    return why


def _goes(found: Letter) -> Going:
    going = _decide(found)
    assert isinstance(going, Going), going
    return going


def test_a_letter_goes_as_it_was_with_who_why_and_how_often() -> None:
    """Key, value and the sender's headers byte for byte; the id is the same, so that a repeat is a duplicate."""
    found = letter(paid())
    going = _goes(found)

    assert (going.key, going.value, going.event_id, going.event_type) == (CASE.encode(), paid(), "e-1", PAID)
    assert going.headers[: len(found.headers)] == list(found.headers)
    assert dict(going.headers[len(found.headers) :]) == {
        "hub_redriven_by": b"budi", "hub_redriven_why": b"the schema is registered now", "hub_redriven_times": b"1",
        "hub_redriven_letter": b"agency.bank.deadletters-0@12",
    }  # fmt: skip
    assert not going.is_mended


def test_what_comes_back_is_counted_and_refused_after_three_times() -> None:
    """Put back, refused, put back ...: each round is another letter, and the fourth is not begun."""
    found = letter(paid())
    for times in range(1, MAX_REDRIVES + 1):
        going = _goes(found)
        assert (going.times, [name for name, _ in going.headers].count(TIMES_HEADER)) == (times, 1)
        stood = Record(events_topic(BANK), 0, times, 0, going.key, going.value, going.headers)
        written = write_dead_letter(stood, "routing", "why", "RefusedError")
        assert written is not None
        back = read_letter(
            Record(deadletters_topic(BANK), 0, 20 + times, 0, written.key, written.value, written.headers)
        )
        assert back is not None
        found = back
    assert "put back 3 times and came back each time" in _stays(found)


def test_a_letter_is_put_back_once() -> None:
    """Whoever asks for it again is told who did it and when."""
    assert _stays(letter(paid()), _DONE).startswith("sari put it back on 1970-01-01T00:00")


def test_an_event_under_anothers_id_stays() -> None:
    """It would be refused for ever, whatever was mended."""
    assert "gives it one of its own" in _stays(letter(paid(), category="id-reused"))


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (letter(paid(), category="rights"), "since it broke a right; the agency must publish it again"),
        (letter(b"\0" * 3_000_000), "too large to be kept; the agency must publish it again (it stands at agency.bank"),
        (letter(None, category="decode"), "came without a value; `hub deadletter fix` gives it one"),
    ],
)
def test_a_letter_without_its_value_stays(found: Letter, told: str) -> None:
    """It says why the value is not there, and who has it."""
    assert told in _stays(found)


@pytest.mark.parametrize(
    "found",
    [
        letter(paid()[:-1]),
        letter(b"no event"),
        letter(paid(), key=None),
        letter(paid(), key=b"nothing"),
        letter(paid(), ("ce_type", PAID.encode())),
        letter(paid(), ("ce_id", b"1"), ("ce_type", b"city.Printed")),
        letter(paid(), ("ce_id", b"1"), ("x", b" " * (MAX_HEADER_BYTES - 60))),
        letter(paid(), agency=POST, topic=events_topic(POST)),
    ],
    ids=["short", "text", "no key", "no case", "no id", "other type", "no room", "not its type"],
)
def test_what_would_come_back_as_things_stand_stays(found: Letter) -> None:
    """A round for nothing is spared, and the reason is the router's."""
    assert _stays(found).startswith("it would come back: ")


def test_what_only_the_registry_knows_goes() -> None:
    """Its schema may be registered since: the router asks."""
    assert _goes(letter(b"\x00\x00\x01\xff\xffx")).event_type == ""
    assert "no case id or no ce_id" in _stays(letter(b"\x00\x00\x01\xff\xffx", key=b"\xff"))


def test_an_agency_that_has_left_gets_nothing_back() -> None:
    """Nobody reads its topic."""
    agencies = {code: each for code, each in _PLAN.agencies.items() if code != BANK}
    left = replace(_PLAN, agencies=agencies)
    assert (
        decide(letter(paid()), None, act=_ACT, plan=left, codec=CODEC) == "agency bank is not in the network in force"
    )


def test_an_act_is_told_beside_its_letter_and_to_its_case() -> None:
    """Who, why, what and how often; never what the event holds."""
    going = _goes(letter(paid(receipt="RAHASIA")))
    told = read_redriven(Record("t", 0, 1, 5, b"k", write_redriven(going, _ACT, CODEC), ()), CODEC)

    assert told == Redriven(
        letter="agency.bank.deadletters-0@12", actor="budi", reason=_ACT.reason, at=5, times=1, mended=False,
        event_id="e-1",
    )  # fmt: skip
    _, command, _ = CODEC.decode(write_command(going, _ACT, CODEC))
    assert (command["case"], command["act"], command["actor"], command["revision"]) == (CASE, "note", "budi", None)
    assert command["reason"].endswith("deadletters-0@12 (schema) put back: the schema is registered now")
    assert "RAHASIA" not in str((told, command))


@pytest.mark.parametrize("value", [None, b"x", paid()])
def test_what_tells_of_no_act_is_none(value: bytes | None) -> None:
    """Whatever else stands on the topic."""
    assert read_redriven(Record("t", 0, 1, 5, b"k", value, ()), CODEC) is None


@pytest.mark.parametrize(("actor", "reason"), [("", "why"), ("budi", " "), ("budi", "x" * (MAX_REASON + 1))])
def test_an_act_needs_a_name_and_a_reason(actor: str, reason: str) -> None:
    """Within what fits where they are told."""
    with pytest.raises(ConfigurationError):
        Act(actor, reason)
