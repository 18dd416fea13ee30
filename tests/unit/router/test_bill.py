"""What a step asks to be paid (R3, R4): reckoned by the tariff of the day of opening, or summed by payee."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from hub.network.model import Text
from hub.network.plan import BillPlan
from hub.network.tariff import Component, Formula, Tariff, Term
from hub.rehearsal.world import Rehearsal
from tests import builders as b

#: 16 December 2024, 23:59:59.999 UTC, and the ms after it.
LAST, FIRST = 1_734_393_599_999, 1_734_393_600_000


def tariff(version: int, amount: int, **valid: Any) -> Tariff:
    """Declare a version of a tariff of one amount."""
    word = Text(id="x", en="x")
    fee = Component(title=word, payee="state", formula=Formula(fixed=amount), evidence="I")
    return Tariff(
        tariff="fee", version=version, service=b.ServiceName("test"), title=word, legal_basis=word,
        valid=Term(**valid), components={"fee": fee}, evidence="I",
    )  # fmt: skip


OLD = tariff(1, 300_000, until=date(2024, 12, 16))
NEW = tariff(2, 350_000, **{"from": date(2024, 12, 17)})


def by_tariff(*versions: Tariff) -> BillPlan:
    """Ask for what the tariff comes to."""
    return BillPlan(
        tariff="fee", versions={each.version: each for each in versions}, into={"total": "amount", "state": "state"}
    )


def opened_at(at: int, bill: BillPlan) -> Rehearsal:
    """Open a case at a moment, whose second step asks for money."""
    steps = (b.step("a"), b.step("bill", after=["a"], bill=bill))
    world = Rehearsal(b.plan(b.procedure(*steps)), now=at)
    world.publish(b.event(b.OPENS, b.OPENER, at=at))
    return world


@pytest.mark.parametrize(("at", "amount", "version"), [(LAST, 300_000, 1), (FIRST, 350_000, 2)])
def test_a_case_keeps_the_tariff_of_the_day_of_its_opening(at: int, amount: int, version: int) -> None:
    """A case of 16 December pays what was asked then, however late it is billed (R3)."""
    world = opened_at(at, by_tariff(OLD, NEW))
    world.wind(400 * b.DAY)
    b.answers(world, "a")

    assert b.case_of(world).tariffs == {"fee": version}
    assert world.tasks[-1].task.data == {"amount": amount, "state": amount}


def test_the_versions_that_are_kept_are_journaled() -> None:
    """The opening's entry names them, so that views and people can tell."""
    world = opened_at(LAST, by_tariff(OLD, NEW))
    (told,) = [each.why for each in world.journal[0].decision.changes if each.after == "pinned"]
    assert told == "service test@1, tariff fee@1"


def test_a_case_keeps_what_was_published_of_its_service() -> None:
    """The service's version of the day of opening stands in the state, however often it is published anew."""
    declared = b.procedure(b.step("a"))
    world = Rehearsal(b.plan(replace(declared, service_version=3)))
    world.publish(b.event(b.OPENS, b.OPENER))
    world.plan = b.plan(replace(declared, service_version=4))
    world.command("note", b.CASE)
    assert b.case_of(world).service == 3


def test_the_version_is_kept_when_the_network_says_other_days() -> None:
    """What a later network says of the tariff's days is no matter of a case that was opened before."""
    world = opened_at(LAST, by_tariff(OLD, NEW))
    longer = tariff(2, 350_000, **{"from": date(2024, 12, 1)})
    steps = (b.step("a"), b.step("bill", after=["a"], bill=by_tariff(tariff(1, 300_000), longer)))
    world.plan = b.plan(b.procedure(*steps))
    b.answers(world, "a")
    assert world.tasks[-1].task.data["amount"] == 300_000


@pytest.mark.parametrize("versions", [(NEW,), ()])
def test_a_version_that_is_gone_waits_for_a_person(versions: tuple[Tariff, ...]) -> None:
    """The newer tariff is never taken in its place; retry goes on when the network has it again."""
    world = opened_at(LAST, by_tariff(OLD, NEW))
    world.plan = b.plan(b.procedure(b.step("a"), b.step("bill", after=["a"], bill=by_tariff(*versions))))
    b.answers(world, "a")
    (incident,) = b.case_of(world).incidents
    assert (incident.cause, incident.step, "fee@1" in incident.detail) == ("payment", "bill", True)

    world.plan = b.plan(b.procedure(b.step("a"), b.step("bill", after=["a"], bill=by_tariff(OLD, NEW))))
    world.command("retry", b.CASE)
    assert world.tasks[-1].task.data["amount"] == 300_000


def test_an_amount_that_is_not_known_is_not_guessed() -> None:
    """A tariff without a formula opens an incident that names the version."""
    unknown = OLD.model_copy(
        update={"components": {"fee": Component(title=OLD.title, payee="state", evidence="I")}},
    )
    world = opened_at(LAST, by_tariff(unknown, NEW))
    b.answers(world, "a")
    assert "fee@1: the amount of 'fee' is not known" in b.case_of(world).incidents[0].detail


def test_a_day_without_a_version_waits_for_a_person() -> None:
    """Before the first version nothing is owed that anybody could tell."""
    world = opened_at(LAST, by_tariff(NEW))
    b.answers(world, "a")
    assert "was in force when the case was opened" in b.case_of(world).incidents[0].detail


def assessed(total: int, **data: int) -> Rehearsal:
    """Bill what another step has assessed, payee by payee."""
    bill = BillPlan(
        amounts=(("city", b.path("a.city")), ("state", b.path("a.state"))), total=b.path("a.total"),
        into={"total": "amount", "city": "for_city", "state": "for_state"},
    )  # fmt: skip
    world = b.opened(b.step("a"), b.step("bill", after=["a"], bill=bill))
    b.answers(world, "a", total=total, **data)
    return world


def test_amounts_are_summed_by_payee() -> None:
    """The request holds the whole and each share, and the case what is owed."""
    world = assessed(100_000, city=40_000, state=60_000)
    assert world.tasks[-1].task.data == {"amount": 100_000, "for_city": 40_000, "for_state": 60_000}
    assert b.case_of(world).bills[b.StepName("bill")].shares == {"city": 40_000, "state": 60_000}


@pytest.mark.parametrize(("city", "said"), [(40_001, "1 rupiah more"), (39_998, "2 rupiah less")])
def test_shares_that_are_not_the_total_are_not_billed(city: int, said: str) -> None:
    """A bill that contradicts itself is nobody's to pay; the difference is told to the rupiah, the amounts are not."""
    world = assessed(100_000, city=city, state=60_000)
    (incident,) = b.case_of(world).incidents
    assert (incident.cause, said in incident.detail, "100" in incident.detail) == ("payment", True, False)
    assert world.active_task(b.CASE, "bill") is None


@pytest.mark.parametrize("wrong", [1.5, -1, True, "7", 2**63])
def test_only_whole_rupiah_are_billed(wrong: Any) -> None:
    """No fraction, no text, nothing below nothing and nothing that no event can hold."""
    world = assessed(100_000, city=wrong, state=60_000)
    assert "no whole amount of rupiah" in b.case_of(world).incidents[0].detail


def test_a_bill_sent_again_is_the_same_bill() -> None:
    """A resend tells what the case holds, under the same id."""
    world = assessed(100_000, city=40_000, state=60_000)
    world.command("resend", b.CASE, step="bill")
    first, second = (sent.task for sent in world.tasks[-2:])
    assert (first.id, first.data) == (second.id, second.data)
