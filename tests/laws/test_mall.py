"""Whatever week of the reference mall it is: no case is stuck, time sums, and nobody's books differ from the cases."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.mall.report import as_json
from hub.mall.week import Script, Week
from hub.router.case import has_owner
from tests import networks

FIRST = date(2025, 1, 6)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10_000), weeks=st.integers(0, 60), days=st.integers(5, 45), cases=st.integers(1, 60)
)  # fmt: skip
def test_no_case_of_any_week_is_stuck_and_all_time_is_accounted_for(
    seed: int, weeks: int, days: int, cases: int
) -> None:
    """Each open case has a step, a timer or an incident; holders' times sum to ages; no event is lost on the way."""
    script = Script(begins=FIRST + timedelta(weeks=weeks), days=days, cases=cases, seed=seed)
    week = Week(networks.samarinda(), networks.catalog(), script)
    diary = week.run()
    report = as_json(week, diary)
    found = [case for name in week.world.states if (case := week.world.case(name)) is not None]

    assert [case.id for case in found if case.closed_at is None and not has_owner(case)] == []
    assert report["opened"] == report["ended"] + sum(each["open"] for each in report["services"]) >= cases
    for each in report["services"]:
        assert sum(each["held"].values()) == each["age"]
    assert {letter.refusal.category for letter in week.world.dead_letters} <= {"rights"}
    assert report["incidents"] == {}
