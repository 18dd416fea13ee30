"""What `hub case` says of cases that the views hold."""

from pathlib import Path

import pytest

from hub.cli.app import main
from hub.names import StepName, sub_case_id, task_id
from hub.router.case import ENDS
from hub.views.entry import Change
from hub.views.store import Store
from tests.unit.views.story import CASE, entry, move, opening, placed, service_of


@pytest.fixture
def views(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Keep the views that the command reads in a database of the test's own."""
    url = f"sqlite:///{tmp_path}/views.db"
    monkeypatch.setenv("HUB_VIEWS_URL", url)
    return Store(url)


def said(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """Give what a command prints."""
    with pytest.raises(SystemExit) as left:
        main(list(argv))
    assert left.value.code in {0, None}
    return capsys.readouterr().out


def test_show_names_the_versions_that_a_case_keeps(views: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """Its procedure stands first; tariffs and service as they were on the day of its opening."""
    first = opening()
    kept = Change("", "", "pinned", why="service newborn@1, tariff passport@1")
    views.apply(placed(opening(changes=(*first.changes, kept))), service_of)
    views.close()
    shown = said(capsys, "case", "show", CASE).splitlines()
    assert "newborn@1" in shown[0]
    assert "  keeps     service newborn@1, tariff passport@1" in shown


def test_show_says_nothing_of_versions_where_none_is_kept(views: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """Most cases pay nothing."""
    views.apply(placed(opening()), service_of)
    views.close()
    assert "keeps" not in said(capsys, "case", "show", CASE)


@pytest.mark.parametrize(
    ("status", "attempt", "told"), [("completed", 1, True), ("open", 1, False), ("rejected", 2, False)]
)
def test_show_tells_of_a_step_that_has_not_heard_how_its_sub_case_ended(
    views: Store, capsys: pytest.CaptureFixture[str], status: str, attempt: int, *, told: bool
) -> None:
    """Who looks at a case that waits in vain reads what to do; of an earlier attempt's sub-case nobody waits."""
    child = sub_case_id(CASE, task_id(CASE, StepName("record"), 1))
    began = opening(changes=(move("record", "pending", "active", attempt),))
    views.apply(placed(began, entry(1, case=child, parent=CASE, status=status)), service_of)
    views.close()
    shown = said(capsys, "case", "show", CASE)
    assert f"  sub-case  {child}: newborn@1, {status}\n" in shown
    assert (f"step record has not heard that; if that lasts: hub task resend {CASE} --step record\n" in shown) is told


@pytest.mark.parametrize("end", sorted(ENDS))
def test_every_end_can_be_listed_by_its_name(views: Store, capsys: pytest.CaptureFixture[str], end: str) -> None:
    """The views, the list and the journal call it the same, and the case counts as closed."""
    other = opening(case="mpp.other")
    views.apply(placed(opening(), entry(2, status=end), other), service_of)
    views.close()
    listed = said(capsys, "case", "list", "--status", end)
    assert (CASE in listed, "mpp.other" in listed) == (True, False)
    assert CASE not in said(capsys, "case", "list", "--open")
