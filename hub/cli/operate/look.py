"""The views, opened for one command."""

from collections.abc import Iterator
from contextlib import contextmanager

from hub.cli.output import say
from hub.settings import Settings
from hub.views import Cases, Store, masked_url, views_url


@contextmanager
def open_cases(settings: Settings) -> Iterator[Cases]:
    """Open the views to ask about cases; says so when nothing was ever folded into them."""
    store = Store(views_url(settings))
    try:
        if not store.positions():
            say(f"no case in {masked_url(settings)} yet; if there should be one, see that `hub run views` runs")
        yield Cases(store)
    finally:
        store.close()
