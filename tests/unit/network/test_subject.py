"""Steps for each of several subjects, written out as plain steps (design §6, R21)."""

from typing import Any

from hub.names import StepName
from hub.network.model import MAX_STEPS, Procedure
from hub.network.plan import SubjectPlan
from hub.network.subject import expanded, overlapping, step_count, subject_of

TEXT = {"id": "x", "en": "x"}
PARTNERS: dict[str, Any] = {
    "field": "partner",
    "of": {
        "groom": {"title": {"id": "pria", "en": "groom"}, "facts": {"nik": "application.groom_nik", "age": "1 + 2"}},
        "bride": {"title": {"id": "wanita", "en": "bride"}, "facts": {"nik": "application.bride_nik", "age": "4"}},
    },
}  # fmt: skip
HOMES: dict[str, Any] = {"field": "home", "of": {"old": {"title": TEXT}, "new": {"title": TEXT}}}


def procedure(**steps: dict[str, Any]) -> Procedure:
    """Declare a procedure of some steps, with two partners and two homes."""
    whole = {
        name: {"title": TEXT, "agency": "office", "request": "t.Request", "answers": {"t.Done": "done"}, **step}
        for name, step in steps.items()
    }
    return Procedure.model_validate({
        "procedure": "p", "version": 1, "service": "s", "title": TEXT, "opens_on": "t.Opened", "evidence": "I",
        "subjects": {"partners": PARTNERS, "homes": HOMES}, "steps": whole,
    })  # fmt: skip


def test_a_step_for_each_is_one_step_for_each() -> None:
    """Each gets its own name, title and facts; a fact that is more than a path is bracketed."""
    fill = {"nik": "subject.nik", "n": "subject.age * 2", "who": "subject.code"}
    title = {"id": "Cek {subject}", "en": "Check the {subject}"}
    found = expanded(procedure(check={"for_each": "partners", "title": title, "fill": fill})).steps
    assert list(found) == ["check_groom", "check_bride"]
    assert found[StepName("check_groom")].fill == {"nik": "application.groom_nik", "n": "(1 + 2) * 2", "who": "'groom'"}
    assert found[StepName("check_bride")].fill["n"] == "4 * 2"
    assert found[StepName("check_bride")].title.en == "Check the bride"


def test_others_wait_for_all_of_them_and_the_same_subjects_for_their_own() -> None:
    """A join names every subject's step; a step for each of the same subjects waits for its own subject's."""
    found = expanded(
        procedure(
            check={"for_each": "partners"},
            card={"for_each": "partners", "after": ["check"], "fill": {"score": "check.score"}},
            home={"for_each": "homes", "after": ["check"]},
            whole={"after": {"of": ["check", "home"], "at_least": 3}},
            one={"after": {"any": ["check"]}},
            bride={"after": ["check_bride"]},
        )
    ).steps
    after = {str(name): step.after for name, step in found.items()}
    assert (after["card_groom"].all, after["card_bride"].all) == (("check_groom",), ("check_bride",))
    assert after["home_old"].all == ("check_groom", "check_bride")
    assert after["whole"].of == ("check_groom", "check_bride", "home_old", "home_new")
    assert after["whole"].at_least == 3
    assert after["one"].any == ("check_groom", "check_bride")
    assert after["bride"].all == ("check_bride",)
    assert found[StepName("card_bride")].fill == {"score": "check_bride.score"}


def test_a_return_and_a_rejection_stay_with_the_subject() -> None:
    """What goes back, or on after a rejection, goes to the same subject's step."""
    back = {"t.Back": {"outcome": "returned", "to": "check"}, "t.No": "rejected", "t.Done": "done"}
    found = expanded(
        procedure(
            check={"for_each": "partners"},
            card={"for_each": "partners", "after": ["check"], "answers": back, "on_rejected": "mend"},
            mend={"for_each": "partners"},
        )
    ).steps
    card = found[StepName("card_bride")]
    assert card.answers[next(each for each in card.answers if each == "t.Back")].to == "check_bride"
    assert card.on_rejected == "mend_bride"


def test_one_subject_may_have_a_step_of_its_own() -> None:
    """A step of one subject keeps its name and knows its subject's facts."""
    written = procedure(consent={"for_each": "partners", "subject": "bride", "when": "subject.nik != ''"})
    step = expanded(written).steps[StepName("consent")]
    assert step.when == "application.bride_nik != ''"
    assert subject_of(written, step) == SubjectPlan("bride", "partner", {"nik": "bride_nik"})


def test_writing_out_twice_changes_nothing() -> None:
    """A bundle holds written-out steps; whoever reads it gets the same ones."""
    once = expanded(procedure(check={"for_each": "partners", "when": "subject.age > 3"}, end={"after": ["check"]}))
    assert expanded(once) == once
    assert expanded(Procedure.model_validate(once.model_dump(mode="json", by_alias=True))) == once


def test_what_cannot_be_written_out_stays_as_it_is() -> None:
    """A name that is taken, or too many steps, is left for the check to tell."""
    clash = procedure(check={"for_each": "partners"}, check_bride={})
    assert list(overlapping(clash)) == [("check", "check_bride")]
    assert expanded(clash) is clash
    many = procedure(**{f"s{i}": {"for_each": "partners"} for i in range(MAX_STEPS // 2 + 1)})
    assert step_count(many) == MAX_STEPS + 2
    assert expanded(many) is many


def test_a_bill_and_a_payment_are_the_same_subjects() -> None:
    """What is asked is reckoned from that subject's facts, and its payment takes and renews that subject's bill."""
    bill = {"amounts": {"state": "subject.age * 10"}, "total": "check.total"}
    payment = {"bill": "ask", "renewed_by": "check", "amount": "paid"}
    written = procedure(
        check={"for_each": "partners"},
        ask={"for_each": "partners", "after": ["check"], "bill": bill},
        pay={"for_each": "partners", "after": ["ask"], "payment": payment},
    )
    found = expanded(written).steps
    asks, takes = found[StepName("ask_groom")].bill, found[StepName("pay_groom")].payment
    assert asks is not None
    assert takes is not None
    assert (asks.amounts, asks.total) == ({"state": "(1 + 2) * 10"}, "check_groom.total")
    assert (takes.bill, takes.renewed_by) == ("ask_groom", "check_groom")
    assert expanded(expanded(written)) == expanded(written)
