"""What stands on a process's page of metrics."""

import subprocess
import sys

import pytest

_KEEP = "from hub import metrics; metrics.keep_only({!r}); print(metrics.expose().decode())"
_ALL = "from hub import metrics; print(metrics.expose().decode())"


def _page(code: str) -> set[str]:
    """Give the hub's names on the page of a process of its own."""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return {line.split()[2] for line in shown.stdout.splitlines() if line.startswith("# HELP hub_")}


@pytest.mark.parametrize(
    ("room", "own", "foreign"),
    [
        ("router", "hub_cases_adrift", "hub_gateway_kafka_up"),
        ("gateway", "hub_gateway_kafka_up", "hub_cases_adrift"),
        ("views", "hub_views_lag_records", "hub_gateway_bundle_sequence"),
    ],
)
def test_a_page_shows_only_what_its_process_counts(room: str, own: str, foreign: str) -> None:
    """A gauge that nobody sets would read 0 on the other pages, and for some of them 0 is an alarm."""
    shown = _page(_KEEP.format(room))
    assert own in shown
    assert foreign not in shown


def test_every_metric_is_on_one_page() -> None:
    """No metric is lost when each process keeps its own, and none is shown twice."""
    pages = [_page(_KEEP.format(room)) for room in ("router", "gateway", "views")]
    assert sorted(name for page in pages for name in page) == sorted(_page(_ALL))


def test_a_page_is_without_times_of_making() -> None:
    """Each counter is one series, not two."""
    code = "from hub import metrics; metrics.EVENTS.labels('opened').inc(); print(metrics.expose().decode())"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert 'hub_events_total{outcome="opened"} 1.0' in shown.stdout
    assert "_created" not in shown.stdout
