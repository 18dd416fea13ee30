"""A migration is held against both of its versions before anything runs; every mistake has its place and remedy."""

import pytest

from hub.names import ProcedureRef, StepName
from hub.network.bundle import declared_content
from hub.network.compile import compile_network
from tests.unit.network.town import NOW, PROCEDURE, Town

FILE = "town/migrations/birth-1-2.yaml"
TEXT = """\
migration: birth
from: 1
to: 2
decided_by: the office
reason: {id: x, en: cards are printed at once}
legal_basis: decision 1/2026 (illustrative)
evidence: I
steps:
  record: register
gone:
  advise: skip
"""


@pytest.fixture
def changed(town: Town) -> Town:
    """Write a second version, in which one step has another name and one is gone, and how cases go over."""
    text = (town.folder / PROCEDURE).read_text().partition("examples:")[0]
    text = (
        text.replace("version: 1", "version: 2")
        .replace("  record:\n", "  register:\n")
        .replace("[record]", "[register]")
    )
    text = text.replace("record.number", "register.number").replace("    on_rejected: advise\n", "")
    begin, end = text.index("  advise:"), text.index("  deliver:")
    text = (text[:begin] + text[end:]).replace("all: [card, enrol, advise]", "all: [card, enrol]")
    (town.folder / "town/procedures/birth.v2.yaml").write_text(text)
    (town.folder / "town/migrations").mkdir()
    (town.folder / FILE).write_text(TEXT)
    return town


def told(town: Town, old: str, new: str) -> list[str]:
    """Change the migration, and give what is said of it without its file's name."""
    town.edit(FILE, old, new)
    return of_migrations(town)


def of_migrations(town: Town) -> list[str]:
    """Give what is said of migrations, without the file's name where it is the usual one."""
    found = [line for line in town.lines() if line.startswith("migrations/")]
    return [line.removeprefix("migrations/birth-1-2.yaml:") for line in found]


def test_a_migration_that_fits_is_compiled(changed: Town) -> None:
    """Steps of the same name are paired by themselves; what is in the bundle is what was declared."""
    assert of_migrations(changed) == []
    network = changed.network()
    plan = compile_network(network, changed.catalog(), at=NOW)
    made = plan.migrations[ProcedureRef("birth@1"), ProcedureRef("birth@2")]

    assert dict(made.steps) == {"card": "card", "enrol": "enrol", "deliver": "deliver", "record": "register"}
    assert made.gone[StepName("advise")].then == "skip"
    assert (made.stale, made.starts) == (frozenset(), frozenset())
    assert ("register", "number") in made.needs[StepName("enrol")]
    assert ("card", "card_number") not in made.needs[StepName("deliver")]
    assert declared_content(network)["migrations"][0]["from"] == 1


def test_versions_must_be_there(changed: Town) -> None:
    """Both, and not the same."""
    (changed.folder / "town/migrations/birth-1-3.yaml").write_text(TEXT.replace("to: 2", "to: 3"))
    (changed.folder / "town/migrations/birth-1-1.yaml").write_text(TEXT.replace("to: 2", "to: 1"))

    assert of_migrations(changed) == [
        (
            "migrations/birth-1-1.yaml:3:5: error [migration-version] it leads to the version that it comes from; "
            "name another"
        ),
        (
            "migrations/birth-1-3.yaml:3:5: error [migration-version] there is no procedure birth@3; "
            "add procedures/birth.v3.yaml, or mend the number"
        ),
    ]


def test_steps_must_be_there(changed: Town) -> None:
    """Of the old version on the left, of the new one on the right."""
    assert told(changed, "  record: register\n", "  recrod: register\n  card: crad\n") == [
        (
            "1:1: error [migration-unmapped] nothing is said of step 'record'; write steps: {record: <new step>}, "
            "or gone: {record: skip}"
        ),
        "9:3: error [migration-step] birth@1 has no step 'recrod'; did you mean 'record'? If not, mend the name",
        "10:9: error [migration-step] birth@2 has no step 'crad'; did you mean 'card'? If not, mend the name",
    ]


def test_every_step_has_somewhere_to_go(changed: Town) -> None:
    """What becomes of a case at a step that is not there any more is never guessed."""
    assert told(changed, "gone:\n  advise: skip\n", "") == [
        (
            "1:1: error [migration-unmapped] nothing is said of step 'advise'; write steps: {advise: <new step>}, "
            "or gone: {advise: skip}"
        )
    ]


@pytest.mark.parametrize(
    ("how", "line"),
    [
        ("restart at enrol", ""),
        ("jump to deliver", ""),
        (
            "restart",
            "11:11: error [migration-step] 'restart' names no step; write skip, restart at <step>, or jump to <step>",
        ),
        (
            "{then: skip, at: card}",
            "11:11: error [migration-step] 'skip' names a step; write skip, restart at <step>, or jump to <step>",
        ),
        (
            "jump to advise",
            (
                "11:11: error [migration-step] birth@2 has no step 'advise'; mend the name, or name one of card, "
                "deliver, enrol, register"
            ),
        ),
    ],
)
def test_a_step_that_is_gone_leads_to_one_that_is_there(changed: Town, how: str, line: str) -> None:
    """It is skipped, begun again at a step, or jumped over to one."""
    assert told(changed, "advise: skip", f"advise: {how}") == ([line] if line else [])


def test_two_things_are_not_said_of_one_step(changed: Town) -> None:
    """Neither that it goes on and is gone, nor that two become one, nor that an old one is new."""
    assert told(changed, "  advise: skip", "  advise: skip\n  record: skip") == [
        "12:3: error [migration-twice] step 'record' goes on and is gone; keep one of the two"
    ]
    assert told(changed, "  advise: skip\n  record: skip", "  advise: skip\nadded: {card: start}") == [
        "12:9: error [migration-twice] step 'card' is not new: an old one becomes it; take it out"
    ]
    assert told(changed, "register\ngone:\n  advise: skip\nadded: {card: start}", "register\n  advise: register") == [
        "10:11: error [migration-twice] step 'register' is what 'record' becomes already; let one of the two be gone"
    ]


def test_facts_are_made_of_what_cases_hold(changed: Town) -> None:
    """A name that is none, a value that cannot be made, and one of facts that no case keeps."""
    before = "evidence: I\n"
    cases = {
        "application.wishes: \"'x'\"": (
            "10:5: error [migration-fact] application.wishes is no fact of the new version; mend the na"
            "me, or name one of born_on, child_name, fee, home, mother_number, names, place, plain, …"
        ),
        "application.place: application.": (
            "10:24: error [migration-fact] the value is not taken: 'its end' was met where 'name' must "
            "be; write CEL over old facts"
        ),
        "application.place: application.weight": (
            "10:24: error [migration-fact] it is made of application.weight, what no old step reads: no"
            " case holds it; make it of facts that old steps read"
        ),
        "application.place: application.wants_card": (
            "10:24: error [migration-fact] the value does not fit: is of type boolean, not enum; convert it"
        ),
    }
    for fact, expected in cases.items():
        after = f"evidence: I\nfacts:\n  add:\n    {fact}\n"
        assert told(changed, before, after) == [expected]
        before = after


def test_a_fact_does_not_pass_for_another_agencys(changed: Town) -> None:
    """Agreements are made for whose datum it is: nothing flows past them under another name."""
    (line, *_) = told(
        changed, "evidence: I\n", "evidence: I\nfacts:\n  add:\n    application.child_name: record.number\n"
    )
    assert line.startswith("10:29: error [migration-grant] record.number holds ")
    assert "of registry, and application.child_name does not; agreements are made for whose it is" in line


def test_what_new_steps_need_is_there(changed: Town) -> None:
    """A fact that no old step reads is in no case's state; one that is dropped is not either."""
    path = changed.folder / "town/procedures/birth.v2.yaml"
    number = "      number: register.number\n"
    text = path.read_text().replace(
        f"{number}      child_name: application.child_name\n", f"{number}      child_name: application.plain\n"
    )
    path.write_text(text)
    assert [line.partition(": ")[2] for line in of_migrations(changed)] == [
        (
            "error [migration-fact] step card needs application.plain, which no case holds, as no old step reads it; "
            "add application.plain to the facts, or test it with has()"
        )
    ]
    lines = told(
        changed,
        "evidence: I\n",
        "evidence: I\nfacts: {add: {application.plain: application.place}, drop: [application.born_on]}\n",
    )
    assert all("needs application.born_on, which is dropped" in line for line in lines if "migration-fact" in line)
    assert lines
