"""The pages of the views process."""

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from hub.errors import SettingsError
from hub.views.page import Page


class State:
    """Hold what the pages are told."""

    dead: str | None = None
    unready: str | None = None


@pytest.fixture
def state() -> State:
    """Make a state in which all is well."""
    return State()


@pytest.fixture
def page(state: State) -> Iterator[Page]:
    """Serve the pages at a free port."""
    served = Page("127.0.0.1", 0, why_dead=lambda: state.dead, why_unready=lambda: state.unready)
    yield served
    served.close()


def _get(page: Page, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{page.port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def test_health_tells_the_truth(page: Page, state: State) -> None:
    """What is well is 200, what is not is 503 with the reason."""
    assert _get(page, "/livez") == (200, "ok\n")
    state.unready = "the journal is not read to its end yet"
    assert _get(page, "/livez")[0] == 200
    assert _get(page, "/readyz") == (503, "the journal is not read to its end yet\n")
    state.dead = "the loop has not turned for 61 s"
    assert _get(page, "/livez")[0] == 503


def test_metrics_are_exposed(page: Page) -> None:
    """The views' own metrics are on the page, with help."""
    assert "# HELP hub_views_entries_total" in _get(page, "/metrics")[1]


def test_other_addresses_say_what_is_here(page: Page) -> None:
    """A wrong address is 404 with the right ones."""
    assert _get(page, "/") == (404, "/metrics, /livez and /readyz are here\n")


def test_a_taken_port_is_a_wrong_setting(page: Page) -> None:
    """Two processes cannot share a port; the message names the setting."""
    with pytest.raises(SettingsError, match="HUB_METRICS_PORT"):
        Page("127.0.0.1", page.port, why_dead=lambda: None, why_unready=lambda: None)
