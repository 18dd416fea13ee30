"""What the mall's services cost: the tariffs of the reference network against its procedures and the figures known."""

from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub.names import AgencyCode, EventType, StepName, case_id
from hub.network.bundle import declared_content
from hub.network.compile import compile_network
from hub.network.expression import compile_expression
from hub.network.load import DeclaredNetwork
from hub.network.model import Procedure
from hub.network.plan import BillPlan, PaymentPlan
from hub.network.tariff import FactValue, Reckoning, Tariff, Unreckoned, day_of, in_force, reckon
from hub.rehearsal.world import Rehearsal
from tests import builders as b
from tests import networks

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 24)
OPENED = EventType("id.mpp.immigration.PassportRequested")
MOTORCYCLE: dict[str, FactValue] = {
    "vehicle_kind": "two_or_three_wheels", "value": 20_000_000, "weight": 1, "moves_out": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def network() -> DeclaredNetwork:
    """Read the reference network."""
    return networks.samarinda()


def versions(network: DeclaredNetwork, name: str) -> list[Tariff]:
    """List the versions of one tariff."""
    return [each for each in network.tariffs.values() if each.tariff == name]


def owed(network: DeclaredNetwork, name: str, facts: dict[str, FactValue], *, on: date = TODAY) -> Reckoning:
    """Reckon one tariff; it must be reckonable."""
    found = reckon(versions(network, name), facts, on=on)
    assert isinstance(found, Reckoning), found
    return found


def procedure(network: DeclaredNetwork, name: str) -> Procedure:
    """Find a procedure."""
    return next(each for each in network.procedures.values() if each.procedure == name)


def asked(network: DeclaredNetwork, name: str, step: str, **facts: dict[str, Any]) -> int:
    """Evaluate what a procedure asks for in a step's request."""
    declared = next(each for key, each in procedure(network, name).steps.items() if key == step)
    bill = declared.bill
    if bill is not None and bill.tariff is not None:
        read = {fact: compile_expression(text)(facts) for fact, text in bill.facts.items()}
        return owed(network, bill.tariff, read).total
    texts = bill.amounts.values() if bill is not None else [declared.fill["amount_rupiah"]]
    amounts = [compile_expression(text)(facts) for text in texts]
    assert all(isinstance(each, int) for each in amounts)
    return sum(amounts)


def test_a_used_motorcycle_of_twenty_million_costs_685600(network: DeclaredNetwork) -> None:
    """The worked example of the requirements, line by line."""
    found = owed(network, "vehicle_transfer", MOTORCYCLE)

    assert [(line.component, line.amount) for line in found.lines] == [
        ("pkb", 160_000), ("opsen_pkb", 105_600), ("bbnkb", 0), ("stnk_r2", 100_000), ("tnkb_r2", 60_000),
        ("bpkb_r2", 225_000), ("swdkllj_r2", 35_000),
    ]  # fmt: skip
    assert found.total == 685_600
    assert found.shares == {"province": 160_000, "city": 105_600, "state": 385_000, "jasaraharja": 35_000}


def worked_example(network: DeclaredNetwork) -> Rehearsal:
    """Open a case that owes what the worked example comes to, in one payment of a share for each payee."""
    payees = ("province", "city", "state", "jasaraharja")
    bill = BillPlan(
        tariff="vehicle_transfer", versions={each.version: each for each in versions(network, "vehicle_transfer")},
        facts=tuple((name, b.constant(value)) for name, value in MOTORCYCLE.items()),
        into={"total": "amount", **{each: each for each in payees}},
    )  # fmt: skip
    payment = PaymentPlan(
        bill=StepName("pay"), amount="amount", number="receipt", shares={each: each for each in payees}
    )  # fmt: skip
    return b.opened(b.step("pay", bill=bill, payment=payment, holder="payer"), b.step("print", after=["pay"]))


SHARES = {"province": 160_000, "city": 105_600, "state": 385_000, "jasaraharja": 35_000}


def test_the_worked_example_is_asked_for_and_settled_payee_by_payee(network: DeclaredNetwork) -> None:
    """One payment is asked for with its four shares, and its receipt is the record of what each payee got (R40)."""
    world = worked_example(network)
    assert world.tasks[-1].task.data == {"amount": 685_600, **SHARES}
    b.answers(world, "pay", amount=685_600, receipt="R-1", **SHARES)
    (bill,) = b.case_of(world).bills.values()
    assert (b.statuses(world)["pay"], bill.shares, sum(bill.shares.values())) == ("done", SHARES, bill.total)


@pytest.mark.parametrize("payee", SHARES)
def test_a_settlement_that_is_a_rupiah_off_at_any_payee_does_not_count(network: DeclaredNetwork, payee: str) -> None:
    """The sum is right and another payee got the rupiah: nothing goes on, and the bank is told who lacks it."""
    world = worked_example(network)
    other = next(each for each in SHARES if each != payee)
    shares = SHARES | {payee: SHARES[payee] - 1, other: SHARES[other] + 1}
    b.answers(world, "pay", amount=685_600, receipt="R-1", **shares)
    assert b.statuses(world) == {"pay": "active"}
    assert f"{payee} gets 1 rupiah less" in world.dead_letters[0].refusal.reason


def test_the_worked_example_comes_to_the_same_out_of_a_bundle(network: DeclaredNetwork) -> None:
    """What is in force reckons as the folder does: 0.8 per cent, and 66 per cent of that."""
    content = msgspec.json.encode(declared_content(network)["tariffs"], order="sorted")
    bundled = [each for each in msgspec.json.decode(content) if each["tariff"] == "vehicle_transfer"]
    found = reckon([Tariff.model_validate(each) for each in bundled], MOTORCYCLE, on=TODAY)
    assert isinstance(found, Reckoning)
    assert (found.total, found.shares) == (685_600, SHARES)


def test_a_car_pays_the_fees_of_four_wheels(network: DeclaredNetwork) -> None:
    """Tax and surcharge are 1.328 per cent together; moving to another region costs what is published."""
    car = MOTORCYCLE | {"vehicle_kind": "four_or_more_wheels", "value": 100_000_000}
    stays, moves = (owed(network, "vehicle_transfer", car | {"moves_out": out}) for out in (False, True))

    assert stays.total == 1_328_000 + 200_000 + 100_000 + 375_000 + 143_000
    assert moves.total - stays.total == 250_000


def test_before_5_january_2025_the_tariff_is_another_one(network: DeclaredNetwork) -> None:
    """What was owed before the provincial regulation is not known here, and not guessed."""
    found = reckon(versions(network, "vehicle_transfer"), MOTORCYCLE, on=date(2025, 1, 4))
    assert isinstance(found, Unreckoned)


def test_the_example_of_the_procedure_is_what_the_tariff_says(network: DeclaredNetwork) -> None:
    """The assessment in the example splits into the shares that the tariff reckons."""
    example = procedure(network, "vehicle_transfer").examples[0]
    said = next(each.data for each in example.given if str(each.event).endswith("Assessed"))
    shares = owed(network, "vehicle_transfer", MOTORCYCLE).shares

    assert [said[f"{name}_rupiah"] for name in ("province", "city", "state", "insurance")] == list(shares.values())
    assert said["amount_rupiah"] == sum(shares.values())


def test_a_case_of_16_december_2024_keeps_the_old_passport_tariff(network: DeclaredNetwork) -> None:
    """The day of opening decides, by the clock of Samarinda, however late the case is reckoned."""
    zone = network.network.time_zone
    evening, night = 1_734_364_799_000, 1_734_364_800_000  # 2024-12-16T23:59:59 and a second later, WITA
    chosen = [in_force(versions(network, "passport"), on=day_of(at, zone)) for at in (evening, night)]

    assert [each and (each.ref, each.legal_basis.id) for each in chosen] == [
        ("passport@1", "PP 28/2019"),
        ("passport@2", "PP 45/2024"),
    ]


@pytest.mark.parametrize(
    ("opened", "tariff", "asked_for"),
    [(1_734_364_799_000, "passport@1", None), (1_734_364_800_000, "passport@2", 650_000)],
)
def test_the_router_bills_a_passport_by_the_day_of_its_opening(
    network: DeclaredNetwork, opened: int, tariff: str, asked_for: int | None
) -> None:
    """A second before midnight of 16 December 2024 the old tariff counts, then the new one, whenever it is billed."""
    plan = compile_network(network, networks.catalog(), at=opened)
    ref = plan.openings[OPENED]
    steps = {name: replace(each, agreements=()) for name, each in plan.procedures[ref].steps.items()}
    free = replace(plan.procedures[ref], steps=steps, agreements=())
    world = Rehearsal(replace(plan, procedures={ref: free}), now=opened)
    case = case_id(AgencyCode("imigrasi"), "5b0c7a52-9f0e-5d0b-8a3c-5c1b2f1f7a10")
    facts = {"product": "electronic", "validity_years": 5, "same_day": False, "kind": "new", "name": "WARGA CONTOH"}
    world.say("imigrasi", OPENED, case, data=facts)
    world.wind(3 * 86_400_000)
    world.say("imigrasi", "id.mpp.immigration.SlotConfirmed", case, data={"slot_at": "2024-12-23T01:00:00Z"})

    found = world.case(case)
    assert found is not None
    assert found.tariffs == {"passport": int(tariff[-1])}
    bills = [sent.task.data["amount_rupiah"] for sent in world.tasks if sent.task.step == "bill"]
    assert bills == ([] if asked_for is None else [asked_for])
    assert [tariff in each.detail for each in found.incidents] == ([True] if asked_for is None else [])


def test_the_old_passport_tariff_is_not_guessed(network: DeclaredNetwork) -> None:
    """Its amounts are in none of the sources: nothing is reckoned, least of all by the new tariff."""
    facts: dict[str, FactValue] = {
        "product": "electronic", "validity_years": 5, "is_same_day": False, "replaces": "none",
    }  # fmt: skip
    found = reckon(versions(network, "passport"), facts, on=date(2024, 12, 16))
    assert found == Unreckoned("passport@1: the amount of 'passport' is not known")


@pytest.mark.parametrize(
    ("kind", "years", "fast"), list(product(["non_electronic", "electronic"], [5, 10], [False, True]))
)
def test_a_passport_is_billed_by_its_tariff(network: DeclaredNetwork, kind: str, years: int, fast: bool) -> None:  # noqa: FBT001 - a case of a table
    """The procedure asks for what the tariff says, for each kind of passport."""
    facts: dict[str, FactValue] = {
        "product": kind, "validity_years": years, "is_same_day": fast, "replaces": "none",
    }  # fmt: skip
    application = {"product": kind, "validity_years": years, "same_day": fast, "kind": "new"}
    bill = asked(network, "passport", "bill", application=application)
    assert bill == owed(network, "passport", facts).total


def test_a_police_certificate_is_billed_by_its_tariff(network: DeclaredNetwork) -> None:
    """Thirty thousand rupiah, in the tariff and in the procedure."""
    assert asked(network, "police-certificate", "bill") == owed(network, "police-certificate", {}).total == 30_000


@pytest.mark.parametrize("value", [400_000_000, 123_456_789, 0])
def test_a_sale_of_land_is_billed_by_its_tariff(network: DeclaredNetwork, value: int) -> None:
    """Check, income tax and record are asked for as the tariff says, to the rupiah; the duty as in the example."""
    facts: dict[str, FactValue] = {
        "parcels": 3, "price": 500_000_001, "exemption": 80_000_000, "land_value": value,
    }  # fmt: skip
    lines = {line.component: line.amount for line in owed(network, "land_transfer", facts).lines}
    sale = {"parcels": 3, "price_rupiah": 500_000_001}

    assert asked(network, "land_transfer", "bill_check", application=sale) == lines["certificate_check"] == 150_000
    assert asked(network, "land_transfer", "income_tax", application=sale) == lines["income_tax"] == 12_500_000
    assert asked(network, "land_transfer", "bill", check_certificate={"land_value_rupiah": value}) == lines["record"]
    assert lines["duty"] == 21_000_000


def test_every_amount_says_how_it_is_known(network: DeclaredNetwork) -> None:
    """No amount that is owed today is missing, and none is invented."""
    components = [
        each for tariff in network.tariffs.values() if tariff.version > 1 or tariff.tariff != "passport"
        for each in tariff.components.values()
    ]  # fmt: skip
    assert len(components) > 25
    assert [each for each in components if each.formula is None or each.evidence[0] not in "VS"] == []
