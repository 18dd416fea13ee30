"""The process that keeps the views up to date (``hub run views``), and the rebuild of them from the journal."""

import os
import signal
import threading
import time
from types import FrameType
from typing import Final

import structlog

from hub import metrics
from hub.errors import RetriableError
from hub.settings import Settings
from hub.views.follow import Follower, count_unfolded, fold_to_end
from hub.views.page import Page
from hub.views.read import Cases
from hub.views.store import Store, views_url

_LOG = structlog.get_logger("hub.views")

#: Seconds the loop waits for new entries; bounds how long a stop takes.
_WAIT_S: Final = 0.5
#: Seconds between two tries when Kafka or the database does not answer.
_RETRY_S: Final = 1.0
#: Seconds between two questions for the journal's end.
_LOOK_S: Final = 2.0
#: Seconds without a turn of the loop after which the process is not live; longer than any question's patience.
_SILENT_S: Final = 60.0


class Views:
    """Fold the journal until stopped; tells whether it lives and is ready, from any thread."""

    def __init__(self, settings: Settings) -> None:
        """Open the database; raise ConfigurationError or UnreachableError."""
        self._store = Store(views_url(settings))
        self._follower = Follower(settings.kafka, self._store)
        self._stop = threading.Event()
        self._beat_s = time.monotonic()
        self._looked_s = 0.0
        self._wrong: str | None = "the journal is not read to its end yet"

    def run(self) -> None:
        """Work until ``stop``; raise FatalError when a person must look first."""
        try:
            while not self._stop.is_set():
                self._beat_s = time.monotonic()
                self._turn()
        finally:
            self._follower.rewind()
            self._store.close()

    def stop(self) -> None:
        """Ask the loop to end."""
        self._stop.set()

    @property
    def is_stopping(self) -> bool:
        """Tell whether the loop was asked to end."""
        return self._stop.is_set()

    def why_dead(self) -> str | None:
        """Tell why this process should be started anew; None while it lives."""
        silent_s = time.monotonic() - self._beat_s
        return f"the loop has not turned for {silent_s:.0f} s" if silent_s > _SILENT_S else None

    def why_unready(self) -> str | None:
        """Tell why the views are not up to date; None when they are."""
        return self.why_dead() or self._wrong

    def _turn(self) -> None:
        try:
            self._follower.step(_WAIT_S)
            if time.monotonic() - self._looked_s > _LOOK_S:
                self._look()
        except RetriableError as error:
            if self._wrong != str(error):
                _LOG.warning("the views wait", error=str(error))
            self._wrong = str(error)
            self._follower.rewind()
            self._stop.wait(_RETRY_S)

    def _look(self) -> None:
        """Measure the lag; views that were up to date once stay ready while they fold what comes."""
        behind = self._follower.behind(self._follower.ends())
        metrics.VIEWS_LAG_RECORDS.set(behind)
        self._looked_s = time.monotonic()
        if behind == 0:
            self._wrong = None


def run(settings: Settings) -> None:
    """Keep the views up to date, with pages on the metrics port, until SIGTERM or SIGINT; a second one ends at once."""
    views = Views(settings)

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if views.is_stopping:
            os._exit(128 + number)
        views.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    page = Page(settings.metrics_host, settings.views_port, why_dead=views.why_dead, why_unready=views.why_unready)
    _LOG.info("the views follow the journal", page=f"http://{settings.metrics_host}:{page.port}")
    try:
        views.run()
    finally:
        page.close()


def rebuild(settings: Settings) -> int:
    """Empty the views and fold the whole journal again; tell how many entries. The result is the same."""
    store = Store(views_url(settings))
    follower = Follower(settings.kafka, store)
    try:
        store.empty()
        return fold_to_end(follower)
    finally:
        follower.rewind()
        store.close()


def status(settings: Settings) -> tuple[int, dict[str, int]]:
    """Tell how many records of the journal are not folded yet, and how many cases the views hold by status."""
    store = Store(views_url(settings))
    try:
        return count_unfolded(settings.kafka, store), Cases(store).count()
    finally:
        store.close()
