"""Real dead letters of each kind, looked at and put back by an operator: nothing twice, nothing for ever."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from hub.cli.app import main
from hub.deadletter import parse_letter_id
from hub.deadletter.act import REDRIVEN, Act
from hub.deadletter.redrive import Choice, Redrive
from hub.deadletter.writer import Writer
from hub.engine.clock import wall_ms
from hub.errors import UnreachableError
from hub.events.codec import format_millis
from hub.names import JOURNAL, AgencyCode, CaseId, deadletters_topic, derived_id, events_topic
from hub.network.compile import compile_network
from tests.kafka.city import BANK, CHECKED, CIVIL, DESK, OPENED, PAID, POST, PRINTED, WATCHED, catalog, city
from tests.kafka.log import Log, header
from tests.kafka.until import until
from tests.kafka.world import World, new_case

pytestmark = pytest.mark.kafka

#: What no list and no log may tell.
_PERSON: Final = "RAHASIA-6472055205950000"
_WHY: Final = ("--reason", "it is mended now", "--as", "budi")


@dataclass
class Office:
    """The city with a router at work, and an operator at a terminal."""

    city: World
    log: Log
    terminal: pytest.CaptureFixture[str]

    def run(self, *words: str, code: int = 0) -> str:
        """Run ``hub deadletter …`` here, which must end so; give all it said."""
        self.terminal.readouterr()
        with pytest.raises(SystemExit) as left:
            main(("deadletter", *words))
        told = self.terminal.readouterr()
        assert int(left.value.code or 0) == code, told.err
        return told.out + told.err

    def json(self, *words: str, code: int = 0) -> Any:
        """Run one with JSON, and read it."""
        self.terminal.readouterr()
        with pytest.raises(SystemExit) as left:
            main(("deadletter", *words, "--json"))
        told = self.terminal.readouterr()
        assert int(left.value.code or 0) == code, told.err
        return json.loads(told.out)

    def letters(self, agency: AgencyCode, key: str, category: str) -> list[str]:
        """List the ids of the letters of a key and a category that stand there by now, put back or not."""
        self.log.look()
        return [
            f"{agency}@{record.offset}"
            for record in self.log.records[deadletters_topic(agency)]
            if record.key == key.encode() and header(record, "hub_dlq_category") == category
        ]

    def letter(self, agency: AgencyCode, key: str, category: str, /, number: int = 1) -> str:
        """Wait for the letter of this number, and give its id."""
        return until(lambda: self.letters(agency, key, category)[number - 1 :])[0]

    def open(self) -> CaseId:
        """Open a licence and wait until it is."""
        case = new_case(DESK)
        self.city.say(DESK, OPENED, case, data={"name": "A"})()
        self.city.until_status(self.log, case, "open")
        return case

    def outcomes(self, case: str) -> list[str]:
        """Tell what was decided of a case, in order."""
        return [entry["outcome"] for entry in self.city.entries(self.log, case)]

    def acts(self, case: str) -> list[dict[str, Any]]:
        """List what people did to a case, as its journal has it by now."""
        return [entry for entry in self.city.entries(self.log, case) if entry["kind"] == "command"]

    def taken(self, case: str) -> dict[str, Any]:
        """Wait for the one decision that moved a case on, and give its entry."""
        until(lambda: "advanced" in self.outcomes(case))
        (found,) = [entry for entry in self.city.entries(self.log, case) if entry["outcome"] == "advanced"]
        return found

    def orphans(self, count: int) -> CaseId:
        """Let events of a case come that nobody opens, and withdraw it: they are letters."""
        case = new_case(DESK)
        for number in range(count):
            self.city.say(CIVIL, CHECKED, case, data={"number": _PERSON}, event_id=f"o-{number}")
        until(lambda: self.outcomes(case).count("orphaned") == count)
        self.city.act(case, "withdraw")()
        until(lambda: len(self.letters(CIVIL, case, "orphan")) == count)
        return case


@pytest.fixture
def office(city: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Office]:
    """Let a router work, and the command line find the city."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", str(city.kafka.bootstrap))
    monkeypatch.setenv("SCHEMA_REGISTRY_URL", city.registry.url)
    monkeypatch.setenv("HUB_HOME", str(city.home))
    with city.worker() as worker:
        made = Office(city, city.log(), capsys)
        worker.until_ready()
        yield made
    assert worker.error is None


def test_what_is_mended_outside_goes_back_and_is_taken(office: Office) -> None:
    """An answer came before any opening and was handed back; the case is opened, and the answer moves it on."""
    case = office.orphans(1)
    (cause,) = [each for each in office.json("list", "--category", "orphan") if each["waiting"]]
    (told,) = cause["letters"]
    assert (cause["agency"], told["case"], cause["oldest"]) == (CIVIL, case, told["id"])
    office.city.say(DESK, OPENED, case, data={"name": "A"})()
    office.city.until_status(office.log, case, "open")

    (dry,) = office.json("redrive", "--all", "--cause", "orphan", "--dry-run", *_WHY)
    assert (dry["outcome"], dry["type"], dry["case"]) == ("would go", CHECKED, case)
    (done,) = office.json("redrive", "--all", "--cause", "orphan", *_WHY)
    assert (done["id"], done["outcome"], done["times"]) == (told["id"], "put back", 1)

    until(lambda: "advanced" in office.outcomes(case))
    acts = until(lambda: office.acts(case)[1:])
    assert [(entry["actor"], entry["event_type"], entry["applied"]) for entry in acts] == [("budi", "note", True)]
    assert acts[0]["reason"].endswith("put back: it is mended now")
    office.city.say(CIVIL, CHECKED, case, data={"number": _PERSON}, event_id="o-0")()  # its agency sends it, too
    office.city.say(CIVIL, PRINTED, case)()
    until(lambda: office.outcomes(case).count("advanced") == 2)
    assert not {"late", "refused"} & set(office.outcomes(case))
    until(lambda: office.json("list", "--category", "orphan") == [])
    (seen,) = office.json("list", "--category", "orphan", "--redriven")
    assert seen["letters"][0]["redriven"]["by"] == "budi"
    (again,) = office.json("redrive", told["id"], *_WHY, code=1)
    assert again["why"].startswith("budi put it back on ")


def test_the_record_goes_back_byte_for_byte(office: Office) -> None:
    """Key, value and headers are the sender's, then who put it back; the owner's topic tells of the act."""
    watch, value = _watch(office), office.city.codec.encode(PAID, {"receipt": "1"})
    sent = [("ce_id", b"odd"), ("x", b"\xfe"[:0]), ("hub_dlq_category", b"theirs"), ("ce_type", PAID.encode())]
    office.city.put(events_topic(BANK), value, key=watch.encode(), headers=sent)()
    letter = office.letter(BANK, watch, "routing")
    office.run("redrive", letter, *_WHY)

    office.letter(BANK, watch, "routing", 2)
    second = [r for r in office.log.records[deadletters_topic(BANK)] if r.key == watch.encode()]
    back = [record for record in second if header(record, "hub_dlq_category") == "routing"][-1]
    assert (back.key, back.value, list(back.headers)[:4]) == (watch.encode(), value, sent)
    assert [name for name, _ in back.headers[4:8]] == [
        "hub_redriven_by", "hub_redriven_why", "hub_redriven_times", "hub_redriven_letter",
    ]  # fmt: skip
    (act,) = [record for record in second if header(record, "ce_type") == REDRIVEN]
    assert office.city.codec.decode(act.value)[1]["actor"] == "budi"


def test_what_comes_back_again_and_again_is_refused(office: Office) -> None:
    """Three rounds, and not a fourth."""
    watch = _watch(office)
    office.city.say(BANK, PAID, watch, data={"receipt": "1"})()
    for times in range(1, 4):
        (done,) = office.json("redrive", office.letter(BANK, watch, "routing", times), *_WHY)
        assert (done["outcome"], done["times"]) == ("put back", times)
    last = office.letter(BANK, watch, "routing", 4)
    (stays,) = office.json("redrive", last, *_WHY, code=1)
    assert (stays["outcome"], stays["times"]) == ("stays", 3)
    assert "came back each time" in stays["why"]


def test_a_value_is_held_to_its_schema_before_it_is_put_back(office: Office, tmp_path: Path) -> None:
    """Every misfit is told by its path; the mended event keeps its id and moves its case on, and only once."""
    case, value = office.open(), office.city.codec.encode(CHECKED, {"number": "1"})
    headers = [("ce_id", b"e-cut"), ("ce_subject", b"MPP-1"), ("ce_time", b"soon")]
    office.city.put(events_topic(CIVIL), value[:-1], key=case.encode(), headers=headers)()
    letter, facts = office.letter(CIVIL, case, "decode"), tmp_path / "facts.json"
    (stays,) = office.json("redrive", letter, *_WHY, code=1)
    assert stays["why"].startswith("it would come back: the value is no city.Checked")

    facts.write_text('{"number": 1}')
    assert "data.number: must be a text" in office.run("fix", letter, "--data", f"@{facts}", *_WHY, code=5)
    facts.write_text('{"number": "7"}')
    (dry,) = office.json("fix", letter, "--data", f"@{facts}", *_WHY, "--dry-run")
    assert (dry["outcome"], dry["type"], dry["case"]) == ("would go", CHECKED, case)
    office.run("fix", letter, "--data", f"@{facts}", *_WHY)

    assert office.taken(case)["event_id"] == "e-cut"
    assert "budi mended it and put it back" in office.run("fix", letter, "--data", f"@{facts}", *_WHY, code=1)
    (act,) = until(lambda: office.acts(case))
    assert (act["actor"], "mended and put back: it is mended now" in act["reason"]) == ("budi", True)


@pytest.mark.parametrize("lacks", ["id", "key"])
def test_what_an_event_lacks_is_given_by_hand_or_made(office: Office, lacks: str) -> None:
    """A case is named by a person; an id is made from the letter, so that it is always the same."""
    case, value = office.open(), office.city.codec.encode(CHECKED, {"number": "1"})
    key, headers = (case, []) if lacks == "id" else ("", [("ce_id", b"e-keyless")])
    office.city.put(events_topic(CIVIL), value, key=key.encode(), headers=headers)()
    letter, mended = office.letter(CIVIL, key, "decode"), ("--data", '{"number": "1"}', *_WHY)
    if lacks == "key":
        assert "name the case with --case" in office.run("fix", letter, *mended, code=3)
        mended = (*mended, "--case", case)
    office.run("fix", letter, *mended)

    made = derived_id("mended", str(parse_letter_id(letter)))
    assert office.taken(case)["event_id"] == (made if lacks == "id" else "e-keyless")


def test_an_event_under_anothers_id_gets_one_of_its_own(office: Office) -> None:
    """As it is it stays; mended, under a new id, it is a new event."""
    case = office.open()
    for number in ("1", "2"):
        office.city.say(CIVIL, CHECKED, case, data={"number": number}, event_id="e-reused")()
    letter = office.letter(CIVIL, case, "id-reused")
    assert "another event's" in office.run("redrive", letter, *_WHY, code=1)
    office.run("fix", letter, "--data", '{"number": "2"}', *_WHY)

    until(lambda: "late" in office.outcomes(case))
    assert office.taken(case)["event_id"] == "e-reused"
    (late,) = [each for each in office.city.entries(office.log, case) if each["outcome"] == "late"]
    assert late["event_id"] == derived_id("mended", str(parse_letter_id(letter)))


def test_what_broke_a_right_stays(office: Office) -> None:
    """Its value was not kept, and a mended one is not taken either, as long as its agency may not say it."""
    case = office.open()
    office.city.say(POST, PAID, case, data={"receipt": _PERSON})()
    letter = office.letter(POST, case, "rights")

    (stays,) = office.json("redrive", letter, *_WHY, code=1)
    assert "was not kept, since it broke a right" in stays["why"]
    said = office.run("fix", letter, "--data", '{"receipt": "1"}', *_WHY, code=5)
    assert "may not publish" in said


def test_neither_list_nor_show_tells_what_it_holds(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    """Value, key and headers may all name a person; only `--values` shows them."""
    value, person = office.city.codec.encode(CHECKED, {"number": _PERSON}), _PERSON.encode()
    headers = [("ce_id", b"1"), ("x-name", person)]
    office.city.put(events_topic(CIVIL), value, key=person, headers=headers)()
    letter = office.letter(CIVIL, _PERSON, "decode")
    said = [
        office.run("list"), office.run("list", "--each"), json.dumps(office.json("list", "--redriven")),
        office.run("show", letter), json.dumps(office.json("show", letter)),
        office.run("redrive", letter, "--dry-run", *_WHY, code=1), caplog.text,
    ]  # fmt: skip
    assert letter in said[1]
    assert not [each for each in said if _PERSON in each]

    shown = office.json("show", letter, "--values")
    assert shown["value"] == {"number": _PERSON}
    assert ["x-name", _PERSON] in shown["headers"]


def test_a_list_can_be_narrowed(office: Office) -> None:
    """By agency, category and time; a misspelt word is told from an empty list."""
    office.city.put(events_topic(BANK), b"poison", key=b"nothing", headers=[("ce_id", b"1")])()
    office.letter(BANK, "nothing", "decode")
    found = office.json("list", "--agency", BANK, "--category", "decode", "--since", "1h")
    assert {(each["agency"], each["category"]) for each in found} == {(BANK, "decode")}
    assert office.json("list", "--since", format_millis(wall_ms() + 60_000)) == []
    assert "agency's code" in office.run("list", "--agency", "bankk", code=3)
    assert "no time" in office.run("list", "--since", "yesterday", code=3)
    for words in ((), ("bank@1", "--all", "--cause", "decode"), ("--all",), ("--cause", "decode")):
        assert "say which letters are meant" in office.run("redrive", *words, *_WHY, code=3)
    assert office.json("redrive", "bank@999999", *_WHY, code=1)[0]["why"].startswith("there is no dead letter bank@")


def test_many_go_back_once_each(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """In more than one transaction, with a word on the way that says how far it is; each is decided once."""
    count = 250
    monkeypatch.setattr("hub.cli.operate.redrive._MANY", 200)
    case = office.orphans(count)
    office.city.say(DESK, OPENED, case, data={"name": "A"})()
    office.city.until_status(office.log, case, "open")
    said = office.run("redrive", "--all", "--cause", "orphan", "--agency", CIVIL, *_WHY)
    assert "200 letters looked at, 200 of them go" in said
    assert f"{count} letters put back, 0 letters stay" in said

    until(lambda: office.outcomes(case).count("late") == count - 1)
    ids = [
        each["event_id"] for each in office.city.entries(office.log, case) if each["outcome"] in {"late", "advanced"}
    ]
    assert sorted(ids) == sorted({f"o-{number}" for number in range(count)})


def test_what_comes_back_meanwhile_is_not_put_back_at_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """One redrive is one round, however quickly the router refuses again."""
    monkeypatch.setattr("hub.deadletter.redrive._BATCH", 1)
    watch = _watch(office)
    for number in range(2):
        office.city.say(BANK, PAID, watch, data={"receipt": "1"}, event_id=f"w-{number}")()
    office.letter(BANK, watch, "routing", 2)
    ids = frozenset(map(parse_letter_id, office.letters(BANK, watch, "routing")))
    others = {each["id"] for cause in office.json("list", "--agency", BANK) for each in cause["letters"]}
    choice = Choice(category="routing", agency=BANK)
    work = Redrive(
        office.city.kafka, Act("budi", "mended"), plan=compile_network(city(), catalog(), at=0), codec=office.city.codec
    )
    done = []
    for batch in work.run(choice):
        done += [verdict.id for verdict in batch]
        office.letter(BANK, watch, "routing", 2 + len(ids & set(done)))
    assert ids <= set(done)
    assert {each.short for each in done} <= others


def test_two_operators_do_not_put_back_the_same(office: Office) -> None:
    """Who comes second goes on; of the first nothing of the batch is done, and it is told."""
    case = office.orphans(1)
    (letter,) = office.letters(CIVIL, case, "orphan")
    act, plan = Act("sari", "mended"), compile_network(city(), catalog(), at=0)
    work = Redrive(office.city.kafka, act, plan=plan, codec=office.city.codec)
    choice = Choice(category="orphan", agency=CIVIL)
    with Writer(office.city.kafka, CIVIL, act=act, codec=office.city.codec) as first:
        (batch,) = [list(batch) for batch in work._batches(CIVIL, choice)]
        office.run("redrive", letter, *_WHY)
        with pytest.raises(UnreachableError, match="somebody else puts back"):
            first.write([going for _, going in batch if going is not None])

    office.log.settle()
    acts = [r for r in office.log.records[deadletters_topic(CIVIL)] if header(r, "ce_type") == REDRIVEN]
    assert [office.city.codec.decode(r.value)[1]["actor"] for r in acts if r.key == case.encode()] == ["budi"]
    assert [r.key for r in office.log.records[JOURNAL]].count(case.encode()) >= 2


def test_what_a_redrive_that_died_left_open_is_undone(office: Office) -> None:
    """Half a batch is none: the next one finds the letter where it was, and its event goes back once."""
    case = office.orphans(1)
    (letter,) = office.letters(CIVIL, case, "orphan")
    act, plan = Act("sari", "mended"), compile_network(city(), catalog(), at=0)
    work = Redrive(office.city.kafka, act, plan=plan, codec=office.city.codec)
    dead = Writer(office.city.kafka, CIVIL, act=act, codec=office.city.codec)
    with dead:
        ((_, going),) = next(work._batches(CIVIL, Choice(ids=frozenset({parse_letter_id(letter)}))))
        assert going is not None
        dead._producer.begin()
        dead._put(going, wall_ms())
        dead._producer._client.flush(20)
        office.run("redrive", letter, *_WHY)

    until(lambda: office.outcomes(case).count("orphaned") == 2)
    assert office.json("redrive", letter, *_WHY, code=1)[0]["why"].startswith("budi put it back")


def _watch(office: Office) -> CaseId:
    """Open a watch, whose procedure takes no payment."""
    case = new_case(DESK)
    office.city.say(DESK, WATCHED, case, data={"since": format_millis(wall_ms() + 3_600_000)})()
    office.city.until_status(office.log, case, "open")
    return case


def test_what_nothing_is_to_come_of_is_dismissed(office: Office) -> None:
    """Dismissed letters wait no more and are not put back; who and why stands beside them and in the case's journal."""
    case, value = office.open(), office.city.codec.encode(CHECKED, {"number": "1"})
    for name in (b"e-first", b"e-second"):
        office.city.put(events_topic(CIVIL), value[:-1], key=case.encode(), headers=[("ce_id", name)])()
    second, first = office.letter(CIVIL, case, "decode", 2), office.letter(CIVIL, case, "decode")
    (dry,) = office.json("dismiss", first, "--dry-run", *_WHY)
    assert (dry["outcome"], dry["case"]) == ("would be dismissed", case)
    (done,) = office.json("dismiss", first, *_WHY)
    assert (done["id"], done["outcome"]) == (first, "dismissed")
    assert second in {each["id"] for each in office.json("dismiss", "--all", "--cause", "decode", *_WHY)}

    until(lambda: office.json("list", "--category", "decode") == [])  # readable a moment after the commit
    assert "no: dismissed by budi" in office.run("show", first)
    for verb in ("dismiss", "redrive"):
        (again,) = office.json(verb, first, *_WHY, code=1)
        assert again["why"].startswith("budi dismissed it on ")
    until(lambda: office.outcomes(case).count("commanded") == 2)
    noted = office.acts(case)
    assert {(entry["actor"], entry["event_type"], entry["applied"]) for entry in noted} == {("budi", "note", True)}
    assert all(entry["reason"].endswith(" (decode) dismissed: it is mended now") for entry in noted)


def test_what_is_done_with_a_letter_of_a_case_that_is_not_open_is_journaled(office: Office) -> None:
    """Nobody opened it, or its state is deleted: who acted and why stands in the journal all the same."""
    case, value = new_case(DESK), office.city.codec.encode(CHECKED, {"number": "1"})
    office.city.put(events_topic(CIVIL), value[:-1], key=case.encode(), headers=[("ce_id", b"e-lost")])()
    office.json("dismiss", office.letter(CIVIL, case, "decode"), *_WHY)
    until(lambda: office.outcomes(case).count("commanded") == 1)
    (entry,) = office.city.entries(office.log, case)
    assert (entry["revision"], entry["actor"], entry["why"]) == (0, "budi", "no case has this id")
    assert entry["reason"].endswith(" (decode) dismissed: it is mended now")


def test_a_letter_of_no_case_is_dismissed_too(office: Office) -> None:
    """What has no key that is a case id is settled all the same; only the record beside it tells."""
    office.city.put(events_topic(BANK), b"\x00", key=b"", headers=[("ce_id", b"e-1")])()
    letter = office.letter(BANK, "", "decode")
    (done,) = office.json("dismiss", letter, *_WHY)
    assert (done["outcome"], done["case"]) == ("dismissed", None)
    (again,) = office.json("dismiss", letter, *_WHY, code=1)
    assert again["why"].startswith("budi dismissed it on ")
