"""Bills and payments in a procedure: what `hub check` says of each mistake, and what is compiled of a right one."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub.names import EventType, StepName
from hub.network.check import is_usable
from hub.network.compile import compile_network
from hub.network.folder.yaml import read_yaml
from hub.network.migration.compile import needs_of_step
from hub.network.plan import ProcedurePlan
from hub.network.versions import read_facts
from tests.unit.network.town import AGREEMENT, BIRTH, DATA, NOW, OFFICE, PROCEDURE, Town

FOUND: dict[str, list[dict[str, Any]]] = read_yaml("payments.yaml", (DATA / "payments.yaml").read_bytes())[0].value
STEPS = """\
  assess:
    title: {id: Hitung biaya, en: Assess the fee}
    agency: office
    request: town.FeeAsked
    after: [deliver]
    fill: {name: application.child_name}
    bill:
      tariff: fee
      facts: {fast: application.wants_card, copies: "2"}
      into: {total: total, city: city_part}
    answers:
      town.FeeAssessed: done
    deadline: 1 day
  pay:
    title: {id: Bayar, en: Pay}
    agency: office
    request: town.FeeAsked
    after: [assess]
    fill: {name: application.child_name, total: assess.total}
    answers:
      town.FeePaid: done
    payment:
      bill: assess
      amount: total
      number: receipt
      shares: {city: city_part}
      bills: 2
      reversed_by: town.FeeBack
    holder: payer
    deadline: {within: 2 days, on_missed: expired_unpaid}
examples:"""
PARENTS = """\
subjects:
  parents:
    field: whose
    of:
      mother: {title: {id: ibu, en: the mother}, facts: {fast: application.wants_card}}
      father: {title: {id: ayah, en: the father}, facts: {fast: "false"}}
"""
WHOSE = {"name": "whose", "type": "string", "element": "whose", "class": "general", "doc": "Of whom it is."}
TARIFF = """\
tariff: fee
version: 1
service: birth
title: {id: Biaya, en: Fee}
legal_basis: {id: Contoh, en: Example}
valid: {}
facts:
  fast: {kind: flag, title: {id: cepat, en: fast}}
  copies: {kind: count, title: {id: salinan, en: copies}}
components:
  copy: {title: {id: Salinan, en: Copy}, payee: city, formula: {each: 5000, of: copies}, evidence: I}
evidence: I
"""


def schema(name: str, /, **types: Any) -> dict[str, Any]:
    """Write a schema of plain fields."""
    fields = [
        {"name": field, "type": kind, "element": field, "class": "general", "doc": f"{field}."}
        | ({"default": 0} if kind == "long" else {})
        for field, kind in types.items()
    ]
    return {"type": "record", "name": name, "namespace": "town", "doc": f"{name}.", "fields": fields}


@pytest.fixture
def shop(town: Town) -> Town:
    """Let the town's office take a fee at the end of a birth's procedure."""
    made = [
        schema("FeeAsked", name="string", total="long", city_part="long"),
        schema("FeeAssessed", total="long"),
        schema("FeePaid", total="long", receipt="string", city_part="long", note="string"),
        schema("FeeBack", receipt="string"),
    ]
    for each in made:
        (town.folder / "schemas" / f"{each['name']}.v1.avsc").write_text(json.dumps(each))
    tariffs: Path = town.folder / "town" / "tariffs"
    tariffs.mkdir()
    (tariffs / "fee.v1.yaml").write_text(TARIFF)
    town.edit(OFFICE, "publishes:\n", "publishes:\n  - town.FeeAssessed\n  - town.FeePaid\n  - town.FeeBack\n")
    grant = "  - {from: clinic, to: office, service: birth, purpose: fee, elements: [name, card_wish]}\n"
    town.edit(AGREEMENT, "grants:\n", f"grants:\n{grant}")
    town.edit(PROCEDURE, "examples:", STEPS)
    town.edit(PROCEDURE, "then: {outcome: completed, skipped: [card, advise]}", "then: {outcome: open}")
    return town


@pytest.fixture
def parents(shop: Town) -> Town:
    """Ask each parent for a fee of their own."""
    shop.edit(PROCEDURE, "fast: application.wants_card", "fast: subject.fast")
    shop.edit(PROCEDURE, "steps:\n", f"{PARENTS}steps:\n")
    for after in ("deliver", "assess"):
        asked = f"    request: town.FeeAsked\n    after: [{after}]\n"
        shop.edit(PROCEDURE, asked, f"{asked}    for_each: parents\n")
    for name in ("FeeAssessed", "FeePaid", "FeeBack"):
        shop.edit(f"schemas/{name}.v1.avsc", '"fields": [', f'"fields": [{json.dumps(WHOSE)}, ')
    return shop


def compiled(shop: Town) -> ProcedurePlan:
    """Compile the birth's procedure."""
    return compile_network(shop.network(), shop.catalog(), at=NOW).procedures[BIRTH]


def test_a_fee_that_is_declared_right_has_no_findings(shop: Town) -> None:
    """The office bills by the tariff and takes the money."""
    assert shop.lines() == []
    assert is_usable(shop.read())


@pytest.mark.parametrize("case", FOUND["mistakes"], ids=[each["name"] for each in FOUND["mistakes"]])
def test_a_mistake_is_told_with_place_and_remedy(shop: Town, case: dict[str, Any]) -> None:
    """Each mistake gives exactly its findings."""
    for file, old, new in case["edits"]:
        shop.edit(file, old, new)
    assert shop.lines() == case["expect"]


def test_a_bill_and_a_payment_are_compiled(shop: Town) -> None:
    """The router gets the tariff's versions, what is read, and from where a lapsed bill is issued anew."""
    plan = compiled(shop)
    asks, takes = plan.steps[StepName("assess")], plan.steps[StepName("pay")]

    assert asks.bill is not None
    assert takes.payment is not None
    assert (list(asks.bill.versions), list(plan.tariffs), plan.zone) == ([1], ["fee"], "Asia/Makassar")
    assert ("application", "wants_card") in asks.uses
    assert (takes.payment.bill, takes.payment.renewed_by, takes.payment.bills) == ("assess", "assess", 2)
    assert plan.reversals == {EventType("town.FeeBack"): (StepName("pay"),)}


def test_a_payment_that_can_be_taken_back_keeps_what_its_steps_need(shop: Town) -> None:
    """Whichever step is at work, the payment and all after it may be done again."""
    plan = compiled(shop)
    assert all({"pay"} <= step.resets for step in plan.steps.values())
    assert {"assess", "pay"} <= plan.steps[StepName("pay")].resets


def test_the_reversal_travels_in_the_bundle(shop: Town) -> None:
    """A type that answers no step is spoken all the same."""
    from hub.network.supply import used_types

    assert EventType("town.FeeBack") in used_types(shop.network())


def test_what_a_bill_is_reckoned_from_is_known_to_be_read(shop: Town) -> None:
    """A case that is taken over without it would wait for a person later; and a version that reads it says so."""
    declared = shop.network().procedures[BIRTH]
    step = declared.steps[StepName("assess")]
    assert ("application", "wants_card") in needs_of_step(step, shop.catalog().types)
    only = declared.model_copy(update={"steps": {StepName("assess"): step}})
    assert "application.wants_card" in read_facts(only)


def test_each_of_several_subjects_may_owe_a_bill_of_its_own(parents: Town) -> None:
    """A step for each of them bills by that subject's facts, and its payment takes that subject's bill."""
    assert parents.lines() == []
    plan = compiled(parents)
    for parent, reads in (("mother", {("application", "wants_card")}), ("father", set())):
        asks, takes = plan.steps[StepName(f"assess_{parent}")], plan.steps[StepName(f"pay_{parent}")]
        assert asks.bill is not None
        assert takes.payment is not None
        assert {path for _, each in asks.bill.facts for path in each.paths} == reads
        assert (takes.payment.bill, takes.payment.renewed_by) == (asks.name, asks.name)
    assert plan.reversals == {EventType("town.FeeBack"): (StepName("pay_mother"), StepName("pay_father"))}


def test_one_payment_takes_no_bills_of_several_subjects(parents: Town) -> None:
    """What each of them owes is paid by each of them: the finding says so."""
    parents.edit(PROCEDURE, "    after: [assess]\n    for_each: parents\n", "    after: [assess]\n")
    assert [line.partition("error ")[2] for line in parents.lines() if "payment-step" in line] == [
        (
            "[payment-step] step assess asks for the money of each of several subjects, and step pay takes it once; "
            "write for_each: and payment: in one step, or name one bill, such as assess_mother"
        )
    ]  # fmt: skip


def test_a_reversal_says_of_whom_it_is(parents: Town) -> None:
    """Otherwise nobody could tell whose payment the bank has taken back."""
    parents.edit("schemas/FeeBack.v1.avsc", f"{json.dumps(WHOSE)}, ", "")
    assert [line.partition("error ")[2] for line in parents.lines()] == [
        (
            "[subject-not-said] town.FeeBack does not say of whom of parents it is: it has no text 'whose'; "
            "add the field to the schema, or name one of receipt"
        )
    ]  # fmt: skip
