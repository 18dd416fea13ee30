"""What a plan says, to people and machines, and what a network says anew."""

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from hub.bus.admin import Topic
from hub.cluster.difference import differences, why_not_edit
from hub.cluster.plan import Changes, NewSetting
from hub.cluster.schemas import NewSchema
from hub.names import EventType
from hub.network.bundle import Bundle, bundled_schemas, pack
from tests.unit.network.test_tariff import FILE as TARIFF_FILE
from tests.unit.network.test_tariff import TARIFF
from tests.unit.network.town import CALENDAR, CLINIC, NETWORK, PROCEDURE, SERVICE, Town

NOTHING = Changes(
    network="town", copies=1, topics=(), settings=(), schemas=(), bundle=3, is_new=False, differences=(), activate=(),
    refusals=(), notes=("no authorizer",), previous=None, ids={},
)  # fmt: skip
MUCH = replace(
    NOTHING, topics=(Topic("hub.cases", 4, {"cleanup.policy": "compact"}), Topic("hub.network", 1)),
    settings=(NewSetting("hub.intake", "retention.ms", "1", "2"),),
    schemas=(NewSchema(EventType("town.Enrolled"), 2, "FULL_TRANSITIVE"),), is_new=True,
    differences=("agency clinic joins",), activate=(0, 1, 2, 3), refusals=("no",),
)  # fmt: skip


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """Copy the small network for one test to change."""
    return Town.copied(tmp_path)


def bundle_of(town: Town) -> Bundle:
    """Pack the town with ids counted from 1."""
    schemas = bundled_schemas(town.network(), town.catalog())
    ids = {(each.type, each.version): number for number, each in enumerate(schemas, start=1)}
    return pack(town.network(), town.catalog(), ids=ids, created=1)


def told(before: Bundle | None, town: Town) -> tuple[str, ...]:
    """Tell what the town says anew."""
    return differences(before, town.network(), bundled_schemas(town.network(), town.catalog()))


def test_a_person_reads_one_change_a_line() -> None:
    """New things, changed things, refusals and notes are told apart by their first letter."""
    assert MUCH.lines() == (
        "+ topic hub.cases, 4 partitions",
        "+ topic hub.network, 1 partition",
        "~ topic hub.intake: retention.ms 1 -> 2",
        "+ schema town.Enrolled v2 (FULL_TRANSITIVE)",
        "+ bundle 3 of network town",
        "    agency clinic joins",
        "~ 4 partitions to bundle 3",
        "! no",
        "# no authorizer",
    )


def test_a_machine_reads_the_same() -> None:
    """The JSON holds every change and survives being written."""
    found = json.loads(json.dumps(MUCH.as_json()))

    assert found["is_empty"] is False
    assert found["topics"][0] == {"name": "hub.cases", "partitions": 4, "settings": {"cleanup.policy": "compact"}}
    assert found["settings"] == [{"topic": "hub.intake", "name": "retention.ms", "now": "1", "wanted": "2"}]
    assert found["schemas"] == [{"type": "town.Enrolled", "version": 2, "mode": "FULL_TRANSITIVE"}]
    assert found["bundle"] == {"sequence": 3, "is_new": True, "differences": ["agency clinic joins"]}
    assert (found["activate"], found["refusals"], found["notes"]) == ([0, 1, 2, 3], ["no"], ["no authorizer"])


def test_nothing_to_do_is_told_as_that() -> None:
    """Notes alone are no change; anything else is."""
    assert NOTHING.is_empty
    assert NOTHING.lines() == ("# no authorizer",)
    assert not replace(NOTHING, activate=(1,)).is_empty
    assert not replace(NOTHING, refusals=("no",)).is_empty


def test_the_first_bundle_is_told_by_numbers(town: Town) -> None:
    """A whole network is too much for a list."""
    assert told(None, town) == ("4 agencies", "1 service", "1 procedure", "1 agreement", "1 calendar")


def test_what_changes_joins_and_leaves_is_named(town: Town) -> None:
    """Each file that says something else is named by what it declares."""
    before = bundle_of(town)
    assert told(before, town) == ()
    town.edit(NETWORK, "Asia/Makassar", "Asia/Jakarta")
    town.edit(CLINIC, "level: ", "note: moved\nlevel: ")
    text = (town.folder / PROCEDURE).read_text()
    (town.folder / PROCEDURE).with_name("birth.v2.yaml").write_text(text.replace("version: 1", "version: 2"))
    (town.folder / PROCEDURE).unlink()

    assert told(before, town) == (
        "network.yaml changes: time_zone",
        "agency clinic changes",
        "procedure birth@1 leaves",
        "procedure birth@2 joins",
    )


def test_a_calendar_tells_its_days(town: Town) -> None:
    """A leave that is declared late shows the day, since running deadlines count by it."""
    before = bundle_of(town)
    town.edit(CALENDAR, "closed:\n", "closed:\n  - {on: 2026-11-30, reason: Joint leave}\n")
    town.edit(CALENDAR, "hours: 09:00-12:00", "hours: 09:00-11:00")
    town.edit(CALENDAR, "  - {on: 2026-12-31, reason: Stocktaking}\n", "")
    town.edit(CALENDAR, "fri: 08:00-11:30", "fri: 08:00-11:00")

    days = "2026-11-30 closes, 2026-12-27 opens 09:00-11:00, 2026-12-31 is as its weekday again"
    assert told(before, town) == (f"calendar townhall changes: {days}, week",)


def test_a_tariff_in_force_is_not_edited(town: Town) -> None:
    """A bundle from before tariffs takes a new one; once it is in force its amounts stand."""
    before = bundle_of(town)
    del before.network["tariffs"]
    (town.folder / "town/tariffs").mkdir()
    (town.folder / TARIFF_FILE).write_text(TARIFF)
    assert told(before, town) == ("tariff birth@1 joins",)
    assert list(why_not_edit(before, town.network())) == []

    before = bundle_of(town)
    town.edit(TARIFF_FILE, "{fixed: 1000}", "{fixed: 2000}")

    assert list(why_not_edit(before, town.network())) == [
        "tariff birth@1 is in force and was changed; put it back, and say it anew in a file of the next version"
    ]


def test_what_is_published_of_a_service_changes_with_its_version(town: Town) -> None:
    """A case keeps the version under which it was opened, so that two promises never have one number (R3)."""
    before = bundle_of(town)
    town.edit(SERVICE, "evidence: I", "evidence: B-M")
    wrong = ["service birth is in force and was changed; put it back, or give it a higher version"]
    assert list(why_not_edit(before, town.network())) == wrong

    town.edit(SERVICE, "owner: ", "version: 2\nowner: ")
    assert list(why_not_edit(before, town.network())) == []
    assert told(before, town) == ("service birth changes",)


def test_new_schemas_are_named(town: Town) -> None:
    """A new version of an event type is a change of the bundle."""
    before = bundle_of(town)
    text = (town.folder / "schemas" / "Enrolled.v1.avsc").read_text()
    (town.folder / "schemas" / "Enrolled.v2.avsc").write_text(text)

    assert told(before, town) == ("schema town.Enrolled v2 joins",)


def test_an_update_of_the_hub_alone_changes_no_network(town: Town) -> None:
    """A bundle of an older hub lacks keys that came since: nothing is said to have changed, and nothing is refused."""
    now = bundle_of(town)
    older = dict(now.network)
    for kind, keys in {"procedures": ["subjects", "max_rounds"], "services": ["requirements"]}.items():
        older[kind] = [{name: value for name, value in each.items() if name not in keys} for each in older[kind]]
    before = msgspec.structs.replace(now, network=older)
    assert before.network != now.network
    assert (told(before, town), list(why_not_edit(before, town.network()))) == ((), [])
    assert now.says_same(before)
    older["procedures"] = [{**each, "retention": 1} for each in older["procedures"]]
    changed = msgspec.structs.replace(now, network=older)
    assert told(changed, town) == ("procedure birth@1 changes",)
    assert len(list(why_not_edit(changed, town.network()))) == 1
    assert not now.says_same(changed)
