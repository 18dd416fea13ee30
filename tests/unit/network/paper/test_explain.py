"""What people sign: a procedure in plain words, in two languages."""

from hub.network.model import Procedure
from hub.network.paper.explain import explain
from hub.network.paper.words import Language, Tongue
from tests.unit.network.town import BIRTH, PROCEDURE, Town


def told(town: Town, language: Language) -> str:
    """Explain the town's procedure."""
    network = town.network()
    return explain(network, network.procedures[BIRTH], town.catalog(), language=language)


def test_every_step_is_told_in_english(town: Town) -> None:
    """Who does it, when, with which data from whom, how it ends and by when."""
    lines = told(town, "en").splitlines()

    for line in (
        "# Birth package (version 1)",
        "The procedure of the service **Birth package**, owned by One-stop office.",
        "Opened by Clinic with `Reported`.",
        "- **Fee**: Free",
        "### 1. Record the birth",
        "**Civil registry** does this step.",
        "- Starts: as soon as the application is opened.",
        "  - `child_name`, from the application",
        "  - The data flows under: `pks-town`.",
        "  - returned to the applicant with `RecordingReturned`, who completes it within 30 days",
        "  - rejected with `RecordingRefused`; the case ends",
        "- Deadline: 2 days from the task on; when missed, the coordinator is told.",
        "- Starts: after “Record the birth”.",
        "- Only if `wants_card` (the application) is yes; otherwise it is skipped.",
        "  - rejected with `EnrolRefused`; it goes on with “Advise the family”",
        "- Starts: when “Enrol in the insurance” is rejected.",
        "- Deadline: 28 days from `application.born_on`; when missed, the coordinator is told.",
        (
            "- Starts: after all of these are done or skipped: “Print the card”, “Enrol in the insurance” and "
            "“Advise the family”."
        ),
        "  - `card_number`, from “Print the card”, by `has(card.card_number) ? card.card_number : ''`",
        "- Exchange of birth data (`pks-town`), 2026-01-01 to 2030-12-31; legal basis: UU 24/2013",
    ):
        assert line in lines


def test_the_same_is_told_in_indonesian(town: Town) -> None:
    """The two languages say the same things in the same order."""
    indonesian, english = told(town, "id").splitlines(), told(town, "en").splitlines()

    assert len(indonesian) == len(english)
    assert "- Hanya jika `wants_card` (permohonan) bernilai ya; jika tidak, dilewati." in indonesian
    assert "- Batas waktu: 2 hari sejak tugas diterima; bila lewat, koordinator diberi tahu." in indonesian


def test_other_ways_to_go_on_are_told(town: Town) -> None:
    """Returns to a step, stopped clocks and what is deemed are said."""
    town.edit(
        PROCEDURE,
        "town.CardPrinted: done",
        "town.CardPrinted: done\n      town.RecordingReturned: "
        "{outcome: returned, to: record}\n      town.Recorded: {outcome: progress, clock: stopped}",
    )
    town.edit(PROCEDURE, "    deadline: 1 day\n  enrol", "    deadline: {within: 36 hours, on_missed: deemed}\n  enrol")
    town.edit(PROCEDURE, "{all: [card, enrol, advise]}", "{of: [card, enrol, advise], at_least: 2}")

    text = told(town, "en")

    assert "returned to “Record the birth” with `RecordingReturned`; every step after it is done again" in text
    assert "goes on with `Recorded`; the clock stops" in text
    assert "Deadline: 36 hours from the task on; when missed, it counts as done." in text
    assert "after at least 2 of these are done: “Print the card”, “Enrol in the insurance” and" in text


def test_working_time_is_told_with_its_calendar(town: Town) -> None:
    """Whoever signs reads which days count: working days, by whose hours."""
    town.edit(PROCEDURE, "deadline: 2 days", "deadline: 2 working days")
    town.edit(PROCEDURE, "complete_within: 30 days", "complete_within: 8 working hours")

    english, indonesian = told(town, "en"), told(town, "id")

    assert (
        "- Deadline: 2 working days from the task on, by the calendar “Town hall” (`townhall`); when missed, the "
        "coordinator is told."
    ) in english
    assert "who completes it within 8 working hours, by the calendar “Town hall” (`townhall`)" in english
    assert "- Batas waktu: 2 hari kerja sejak tugas diterima, menurut kalender “Balai kota” (`townhall`);" in indonesian
    assert "yang melengkapi dalam 8 jam kerja" in indonesian


def test_guards_are_told_in_words(town: Town) -> None:
    """Comparing, and, or and not are said; what is not simple stays as it is written."""
    procedure: Procedure = town.network().procedures[BIRTH]
    tongue = Tongue("en")

    def words(text: str) -> str:
        return tongue.condition(procedure, text)

    assert words("application.place == 'home' && !application.wants_card") == (
        "`place` (the application) is “home” and `wants_card` (the application) is no"
    )
    assert words("has(card.card_number) || (application.weight >= 3 && record.number != 'x')") == (
        "`card_number` (“Print the card”) is there or (`weight` (the application) is at least 3 and "
        "`number` (“Record the birth”) is not “x”)"
    )
    assert words("application.place in ['home', 'clinic']") == "`place` (the application) is one of “home”, “clinic”"
    assert words("size(application.names) > 1") == "`size(application.names) > 1`"
    assert words("&&") == "`&&`"


def test_lengths_of_time_are_told_in_their_largest_unit() -> None:
    """A day is a day, a day and a half are hours."""
    assert [Tongue("en").span(ms) for ms in (86_400_000, 129_600_000, 1_800_000)] == ["1 day", "36 hours", "30 minutes"]
    assert Tongue("id").span(2 * 86_400_000) == "2 hari"
