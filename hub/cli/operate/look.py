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
            say(f"{masked_url(settings)} is empty: is `hub run views` running with the same HUB_HOME or HUB_VIEWS_URL?")
        yield Cases(store)
    finally:
        store.close()
