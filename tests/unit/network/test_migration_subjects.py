"""A migration names steps for each of several subjects as they are declared (docs/versions.md)."""

from typing import Any

import pytest

from hub.names import StepName
from hub.network.migration.compile import paired
from hub.network.migration.declared import Migration
from hub.network.migration.subjects import WrittenOut, subject_steps, written_out
from hub.network.subject import expanded
from tests.unit.network.test_migration import FILE, TEXT
from tests.unit.network.test_subject import procedure
from tests.unit.network.town import PROCEDURE, Town

OLD = expanded(procedure(check={"for_each": "partners"}, card={"for_each": "partners", "after": ["check"]}, end={}))
NEW = expanded(procedure(verify={"for_each": "partners"}, home={"for_each": "homes"}, end={}))


def written(**said: Any) -> WrittenOut:
    """Write a migration between the two out."""
    text = {"id": "x", "en": "x"}
    head = {
        "migration": "p",
        "from": 1,
        "to": 2,
        "decided_by": "x",
        "reason": text,
        "legal_basis": "x",
        "evidence": "I",
    }
    return written_out(Migration.model_validate(head | said), OLD, NEW)


def test_a_step_is_paired_for_each_subject() -> None:
    """What is said of one by its full name comes before; the rest is by the declared one."""
    made = written(steps={"check": "verify"}, gone={"card": "skip"})
    assert made.migration.steps == {"check_groom": "verify_groom", "check_bride": "verify_bride"}
    assert list(made.migration.gone) == ["card_groom", "card_bride"]
    assert made.places["gone", "card_bride"] == ("gone", "card")
    assert paired(made.migration, OLD, NEW)[StepName("end")] == "end"
    apart = written(steps={"check": "verify", "check_bride": "end"}, gone={"card": "skip"}).migration
    assert apart.steps == {"check_bride": "end", "check_groom": "verify_groom"}


def test_where_a_case_goes_on_is_the_same_subjects_step() -> None:
    """A restart or a jump stays with the subject; a step of the whole case is one."""
    gone = written(steps={"check": "verify"}, gone={"card": "restart at verify"}).migration.gone
    assert {name: each.at for name, each in gone.items()} == {
        "card_groom": "verify_groom",
        "card_bride": "verify_bride",
    }
    gone = written(steps={"check": "verify"}, gone={"card": "jump to end"}).migration.gone
    assert {each.at for each in gone.values()} == {"end"}


def test_new_steps_and_facts_are_each_subjects_own() -> None:
    """A fact is made of the same subject's facts."""
    facts = {"add": {"verify.score": "check.score + 1", "verify_bride.kind": "'x'"}, "drop": ["verify.note", "end.x"]}
    made = written(steps={"check": "verify"}, gone={"card": "skip"}, added={"home": "start"}, facts=facts).migration
    assert made.added == {"home_old": "start", "home_new": "start"}
    assert made.facts.add == {
        "verify_bride.kind": "'x'",
        "verify_groom.score": "check_groom.score + 1",
        "verify_bride.score": "check_bride.score + 1",
    }
    assert made.facts.drop == ("verify_groom.note", "verify_bride.note", "end.x")


def test_what_is_single_stays_as_it_is() -> None:
    """Neither a step of the whole case nor one that is not there is written out; without subjects nothing is."""
    assert subject_steps(OLD, StepName("end")) == subject_steps(OLD, StepName("nothing")) == {}
    assert written(steps={"check": "end", "end": "verify"}).migration.steps == {"check": "end", "end": "verify"}
    plain = procedure(a={}).model_copy(update={"subjects": {}})
    made = written(steps={"check": "verify"}).migration
    assert written_out(made, plain, plain).migration is made


SUBJECTS = """\
subjects:
  kin:
    field: whose
    of:
      child: {title: {id: anak, en: the child}}
      twin: {title: {id: kembar, en: the twin}}
steps:
"""


@pytest.fixture
def changed(town: Town) -> Town:
    """Write a second version of a procedure in which the card is printed for each child, and how cases go over."""
    old = (town.folder / PROCEDURE).read_text().partition("examples:")[0]
    card = "    request: town.CardRequest\n"
    old = old.replace("steps:\n", SUBJECTS, 1).replace(card, f"{card}    for_each: kin\n")
    new = (
        old.replace("version: 1", "version: 2")
        .replace("  card:\n", "  print:\n")
        .replace("all: [card,", "all: [print,")
    )
    new = new.replace(
        "has(card.card_number) ? card.card_number : ''", "has(print_child.card_number) ? print_child.card_number : ''"
    )
    old = old.replace(
        "has(card.card_number) ? card.card_number : ''", "has(card_child.card_number) ? card_child.card_number : ''"
    )
    (town.folder / PROCEDURE).write_text(old)
    (town.folder / "town/procedures/birth.v2.yaml").write_text(new)
    (town.folder / "town/migrations").mkdir()
    return town


def told(town: Town, said: str) -> list[str]:
    """Give what is said of a migration."""
    (town.folder / FILE).write_text(TEXT.partition("steps:")[0] + said)
    found = [line for line in town.lines() if line.startswith("migrations/")]
    return [line.removeprefix("migrations/birth-1-2.yaml:") for line in found]


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("steps: {card: print}\n", []),
        ("steps: {card_child: print_twin, card_twin: print_child}\n", []),
        (
            "steps: {card: deliver}\ngone: {deliver: skip}\n",
            [
                (
                    "8:15: error [migration-step] step 'card' is one for each subject, and 'deliver' is a single step; "
                    "write card_child: deliver, and gone: {card_twin: skip}"
                )
            ],
        ),
        (
            "steps: {advise: print}\ngone: {card: skip}\n",
            [
                (
                    "8:17: error [migration-step] step 'advise' is a single step, and 'print' is one for each subject; "
                    "write advise: print_child; what else is new may start by added: {print_twin: start}"
                )
            ],
        ),
        (
            "gone: {card: restart at recrod}\n",
            [
                (
                    "8:14: error [migration-step] birth@2 has no step 'recrod'; did you mean 'record'? If not, "
                    "mend the name"
                )
            ],
        ),
        (
            "steps: {card: print}\ngone: {advise: jump to print}\n",
            [
                (
                    "9:16: error [migration-step] step 'print' of birth@2 is one for each subject; name one of them: "
                    "print_child, print_twin"
                )
            ],
        ),
        (
            "steps: {card: print}\nfacts: {add: {print.card_number: card.card_nubmer}}\n",
            [
                (
                    f"9:34: error [migration-fact] it is made of {step}.card_nubmer, no fact of the old version: no "
                    "case holds it; make it of facts that old steps read"
                )
                for step in ("card_child", "card_twin")
            ],
        ),
    ],
)
def test_what_cannot_be_written_out_is_told_with_what_to_write(changed: Town, said: str, lines: list[str]) -> None:
    """Each finding stands where the migration says it, in the words that it uses."""
    assert told(changed, said) == lines
