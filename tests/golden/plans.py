"""The procedures of the golden stories; they never change, or the files would have to."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from hub.calendar import DAY, Calendar, Grace, Hours
from hub.names import AgencyCode, EventType, StepName
from hub.network.plan import BillPlan, MigrationPlan, PaymentPlan, Plan
from tests import builders as b


def birth() -> Plan:
    """Give a procedure with a guarded branch, a join, a return to the applicant and one to a step."""
    back = b.answer("certificate", "returned", to=StepName("record"), items="wrong", reason="code")
    again = b.answer(
        "record", "returned", items="missing", reason="code", complete_within=30 * b.DAY,
        completed_by=EventType("test.Completed"),
    )  # fmt: skip
    return b.plan(
        b.procedure(
            b.step(
                "record", answers=[b.answer("record", "done"), again, b.answer("record", "rejected")],
                fill={"name": b.path("application.name")}, deadline=b.deadline(4 * b.DAY), accept_within=b.HOUR,
            ),
            b.step(
                "certificate", after=["record"], answers=[b.answer("certificate", "done"), back],
                fill={"nik": b.path("record.nik"), "name": b.path("application.name")},
            ),
            b.step("card", after=["record"], when=b.has("application.wants_card"), fill={"nik": b.path("record.nik")}),
            b.step("deliver", after=["certificate", "card"], fill={"number": b.path("certificate.number")}),
            ref="birth@1", max_rounds=2,
        )
    )  # fmt: skip


def licence() -> Plan:
    """Give a procedure with deemed approval, work that may finish or must be undone, and answers with legal effect."""
    decide = [b.answer("decide", "done"), b.answer("decide", "rejected", legal_effect=True)]
    return b.plan(
        b.procedure(
            b.step("check"),
            b.step("visit", on_cancel="let_finish"),
            b.step("reserve", on_cancel="compensate"),
            b.step(
                "decide", after=["check", "visit"], answers=decide,
                deadline=b.deadline(5 * b.DAY, on_missed="deemed", facts={"number": "AUTO"}),
            ),
            b.step("deliver", after=["decide", "reserve"], fill={"number": b.path("decide.number")}),
            ref="licence@1", retention=30 * b.DAY,
        )
    )  # fmt: skip


def permit() -> Plan:
    """Give a procedure in working time: an office closed at night, at weekends, on a holiday, with half a Friday."""
    full: Hours = ((480, 720), (780, 960))
    office = Calendar(
        "office", "Asia/Makassar", (full, full, full, full, ((480, 690),), (), ()),
        {date(2026, 1, 16): (), date(2026, 1, 24): ((540, 720),)},
        (Grace(_at("2026-02-02"), _at("2026-02-05"), "Order 1/2026"),),
    )  # fmt: skip
    counted: dict[str, Any] = {"measure": "days", "calendar": office}
    kinds = [
        b.answer("check", "progress", type=EventType(f"test.check.{clock}"), clock=clock)
        for clock in ("stopped", "resumed", "reset")
    ]
    back = b.answer("check", "returned", items="missing", reason="code", complete_within=3 * DAY, **counted)
    decide = b.deadline(5 * DAY, on_missed="deemed", facts={"number": "AUTO"}, **counted)
    return b.plan(
        b.procedure(
            b.step(
                "check", answers=[*kinds, back, b.answer("check", "done")], deadline=b.deadline(2 * DAY, **counted)
            ),
            b.step("decide", after=["check"], deadline=decide),
            b.step(
                "print", after=["decide"], fill={"number": b.path("decide.number")},
                deadline=b.deadline(8 * b.HOUR, measure="hours", calendar=office),
            ),
            ref="permit@1",
        )
    )  # fmt: skip


def fee() -> Plan:
    """Give a procedure with a bill of two payees, issued twice at most, and silence that is proposed as consent."""
    bill = BillPlan(
        amounts=(("city", b.path("assess.city")), ("state", b.path("assess.state"))), total=b.path("assess.total"),
        into={"total": "amount"},
    )  # fmt: skip
    payment = PaymentPlan(
        bill=StepName("pay"), amount="received", number="receipt", shares={"city": "city", "state": "state"}, bills=2,
        reversed_by=EventType("test.TakenBack"),
    )  # fmt: skip
    verify = b.deadline(
        5 * b.DAY, on_missed="deemed", form="proposal", authority=AgencyCode("head"), legal_basis="Contoh 1/2026"
    )
    return b.plan(
        b.procedure(
            b.step("verify", deadline=verify), b.step("assess", after=["verify"]),
            b.step(
                "pay", after=["assess"], bill=bill, payment=payment, holder="payer",
                deadline=b.deadline(2 * b.HOUR, on_missed="expired_unpaid", warn=()),
            ),
            b.step("print", after=["pay"], fill={"receipt": b.path("pay.receipt")}),
            b.step(
                "collect", after=["print"], holder="applicant",
                deadline=b.deadline(30 * b.DAY, on_missed="uncollected", warn=()),
            ),
            ref="fee@1",
        )
    )  # fmt: skip


def move() -> Plan:
    """Give a procedure and its next version, in which one step has another name and request and one is new."""
    old = b.procedure(
        b.step("record", fill={"name": b.path("application.name")}),
        b.step("card", after=["record"], fill={"nik": b.path("record.nik")}), b.step("visit", after=["record"]),
        b.step("deliver", after=["card", "visit"], fill={"nik": b.path("record.nik")}),
        ref="move@1",
    )  # fmt: skip
    new = b.procedure(
        b.step("record", fill={"name": b.path("application.name")}),
        b.step("card", after=["record"], fill={"nik": b.path("record.nik")}),
        b.step("inspect", agency="visit", after=["record"], deadline=b.deadline(2 * b.DAY)),
        b.step("proof", after=["card"], fill={"nik": b.path("record.nik")}),
        b.step(
            "deliver", after=["proof", "inspect"],
            fill={"nik": b.path("record.nik"), "place": b.path("application.place")},
        ),
        ref="move@2",
    )  # fmt: skip
    goes_on = {"record": "record", "card": "card", "visit": "inspect", "deliver": "deliver"}
    migration = MigrationPlan(
        steps={StepName(before): StepName(after) for before, after in goes_on.items()}, gone={}, starts=frozenset(),
        added=((("application", "place"), b.constant("unknown")),), dropped=frozenset(), needs={},
        before={
            name: frozenset(each for each, step in new.steps.items() if name in step.descendants) for name in new.steps
        },
        stale=frozenset({StepName("deliver")}),
    )  # fmt: skip
    return replace(b.plan(new, old), migrations={(old.ref, new.ref): migration})  # the old one is opened still


def _at(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T00:00+08:00").timestamp() * 1000)


PLANS = {"birth": birth, "fee": fee, "licence": licence, "move": move, "permit": permit}
