"""Who may say what in the network in force, as a web process sees it, and the thread that follows it.

The newest bundle on ``hub.network`` wins; the one before serves until the newer is read whole. No restart, and no
question to the registry.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from hub.bus.admin import Admin
from hub.cluster.bundles import BundleLog
from hub.errors import FatalError, NetworkError, RetriableError
from hub.events.catalog import EventSchema
from hub.events.codec import Codec
from hub.metrics import GATEWAY_BUNDLE, GATEWAY_KAFKA_UP
from hub.names import NETWORK, AgencyCode, EventType
from hub.network.bundle import Bundle, unpack
from hub.settings import Kafka

_LOG = structlog.get_logger("hub.web.network")

#: Seconds to wait for a newer bundle; bounds how long a stop takes.
_WAIT_S: Final = 0.5
#: Seconds between two questions whether Kafka is there, and how long one may take.
_LOOK_S: Final = 2.0
#: Seconds without an answer after which Kafka counts as gone: three questions.
_SILENT_S: Final = 3 * _LOOK_S


@dataclass(frozen=True)
class Voice:
    """Say what one agency may publish, and which of it may open a case."""

    publishes: frozenset[EventType]
    opens: frozenset[EventType]


@dataclass(frozen=True)
class Vocabulary:
    """Hold what may be said under one bundle: by whom, and how it is written."""

    network: str
    sequence: int
    voices: Mapping[AgencyCode, Voice]
    schemas: Mapping[EventType, EventSchema]
    codec: Codec

    @classmethod
    def make(
        cls,
        network: str,
        sequence: int,
        *,
        voices: Mapping[AgencyCode, Voice],
        schemas: Mapping[int, EventSchema],
    ) -> "Vocabulary":
        """Keep the newest version of each type, and a codec over all of them by their registry's ids."""
        newest: dict[EventType, EventSchema] = {}
        for schema in sorted(schemas.values(), key=lambda each: each.version):
            newest[schema.type] = schema
        heard = {code: Voice(voice.publishes & newest.keys(), voice.opens) for code, voice in voices.items()}
        return cls(network, sequence, heard, newest, Codec(schemas))

    @classmethod
    def read(cls, bundle: Bundle) -> "Vocabulary":
        """Read a bundle; raise NetworkError when it declares what this hub does not take."""
        found = unpack(bundle.encode())
        voices = {code: Voice(agency.publishes, agency.opens) for code, agency in found.plan.agencies.items()}
        return cls.make(found.plan.network, found.plan.sequence, voices=voices, schemas=found.schemas)


class NetworkSource(Protocol):
    """Tell what may be said now, and whether Kafka answers."""

    @property
    def vocabulary(self) -> Vocabulary | None:
        """Give the newest read; None before the first."""

    @property
    def is_answering(self) -> bool:
        """Tell whether Kafka answered a moment ago."""

    @property
    def is_alive(self) -> bool:
        """Tell whether the network is still followed at all."""


@dataclass
class FixedNetwork:
    """Stand in for the follower with a vocabulary given by hand: for tests."""

    vocabulary: Vocabulary | None
    is_answering: bool = True
    is_alive: bool = True


class Follower:
    """Follow ``hub.network`` in a thread; before the topic is there it waits for it."""

    def __init__(self, kafka: Kafka) -> None:
        """Begin to follow; raise SettingsError when no broker is named."""
        self.vocabulary: Vocabulary | None = None
        self._kafka = kafka
        self._admin = Admin(kafka)
        self._bundles: BundleLog | None = None
        self._answered_s = float("-inf")
        self._looked_s = float("-inf")
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="network", daemon=True)
        self._thread.start()

    @property
    def is_answering(self) -> bool:
        """Tell whether Kafka answered a moment ago."""
        return time.monotonic() - self._answered_s < _SILENT_S

    @property
    def is_alive(self) -> bool:
        """Tell whether the thread still runs."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Stop following."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                if time.monotonic() - self._looked_s > _LOOK_S:
                    self._look()
                self._follow()
            except RetriableError:
                self._closing.wait(_WAIT_S)
            except FatalError as wrong:  # the topic was made anew: what it holds now is read from its beginning
                _LOG.warning("the network's topic is read again", error=str(wrong))
                self._leave()
        self._leave()

    def _look(self) -> None:
        self._looked_s = time.monotonic()
        try:
            self._admin.brokers(_LOOK_S)
            self._answered_s = time.monotonic()
        finally:
            GATEWAY_KAFKA_UP.set(self.is_answering)
        if self._bundles is None and NETWORK in self._admin.partitions():
            self._bundles = BundleLog(self._kafka)

    def _follow(self) -> None:
        if self._bundles is None:
            self._closing.wait(_WAIT_S)
            return
        try:
            bundle = self._bundles.follow(_WAIT_S)
            if bundle is not None and bundle.sequence > (self.vocabulary.sequence if self.vocabulary else 0):
                self._take(Vocabulary.read(bundle))
        except NetworkError as wrong:
            # What was in force stays: a gateway that is older than the bundle serves on, and says so.
            _LOG.error("a bundle is not taken", error=str(wrong))

    def _take(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        GATEWAY_BUNDLE.set(vocabulary.sequence)
        _LOG.info("a bundle is in force", sequence=vocabulary.sequence, network=vocabulary.network)

    def _leave(self) -> None:
        if self._bundles is not None:
            self._bundles.close()
            self._bundles = None
