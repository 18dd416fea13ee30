"""The bundles a worker knows: read from ``hub.network`` as they come, compiled when first needed."""

import gc
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import structlog

from hub.bus.admin import Admin
from hub.bus.consumer import BEGINNING, Reader
from hub.bus.record import Place
from hub.bus.registry import Registry
from hub.cluster.bundles import orders_of, sequence_of
from hub.engine.routing import Rules, under
from hub.errors import ConfigurationError, FatalError, HubError, NetworkError, SchemaError, UnknownSchemaError
from hub.events.catalog import EventSchema, parse_schema
from hub.events.codec import Codec
from hub.names import NETWORK
from hub.network.bundle import BundledSchema, decode_bundle, unpack
from hub.network.order import read_standing
from hub.settings import Kafka

_LOG = structlog.get_logger("hub.engine.bundle")
_PLACE: Final = Place(NETWORK, 0)
#: Objects made before the collector looks for rings among them; few are made here, and each look costs every event.
_LOOK_EVERY: Final = 20_000
#: Seconds for which it is believed that the registry has no such schema; longer than to read again what waited for it.
_ABSENT_S: Final = 10.0
#: Schemas known to be absent, beyond which those are forgotten of which it is not believed any more: anybody's bytes
#: may name any number.
_MOST_ABSENT: Final = 1_000


class Shelf:
    """Hold every bundle by its sequence, and the schemas that were fetched aside."""

    def __init__(self, kafka: Kafka, registry_url: str | None, *, evidence_keys: tuple[bytes, ...] = ()) -> None:
        """Begin reading the network's topic; `evidence_keys` go into every plan."""
        self._evidence_keys = evidence_keys
        self._admin = Admin(kafka)
        self._reader = Reader(kafka, "simpul-bundles", self._admin)
        self._reader.add({_PLACE: BEGINNING})
        self._registry = Registry(registry_url) if registry_url else None
        self._raw: dict[int, bytes] = {}
        self._orders: dict[int, bytes] = {}
        self._ready: dict[int, Rules] = {}
        self._fetched: dict[int, EventSchema] = {}
        self._absent: dict[int, float] = {}
        self._fetching: set[int] = set()
        self._codec: Codec | None = None
        self._codec_fetched = 0
        self._is_closed = False

    def follow(self, timeout_s: float = 0.0) -> None:
        """Take what is new on the topic."""
        for record in self._reader.read(100, timeout_s):
            sequence, orders = sequence_of(record.key), orders_of(record.key)
            if orders is not None and record.value:
                self._orders[orders] = record.value
            elif sequence is None:
                _LOG.warning("a foreign record on the network's topic is passed over", offset=record.offset)
            elif record.value:
                self._raw[sequence] = record.value
                self._codec = None

    @property
    def codec(self) -> Codec:
        """Give a codec of every schema known here: what is read may be newer than what is in force."""
        if self._codec is None or self._codec_fetched != len(self._fetched):
            known = {each.id: EventSchema(each.type, each.version, each.avro) for each in self._bundled()}
            fetched = self._fetched.copy()
            self._codec, self._codec_fetched = Codec(known | fetched), len(fetched)
        return self._codec

    def _bundled(self) -> Iterator[BundledSchema]:
        if not self._raw:
            self._read_to_end()
        for sequence, raw in self._raw.items():
            try:
                yield from decode_bundle(raw).schemas
            except NetworkError:  # put in force it would stop the worker; beside those in force it is nothing
                _LOG.warning("what stands there for a bundle cannot be read", sequence=sequence)

    def get(self, sequence: int) -> Rules:
        """Give a bundle, reading on until it is there; raise FatalError when the topic does not hold it."""
        if sequence not in self._ready:
            if sequence not in self._raw:
                self._read_to_end()
            if sequence not in self._raw:
                raise FatalError(f"bundle {sequence} is in force but not on {NETWORK}; apply the network again")
            content = unpack(self._raw[sequence])
            plan = replace(content.plan, evidence_keys=self._evidence_keys)
            self._ready[sequence] = Rules(sequence, plan, Codec(content.schemas))
            _settle()
        return self._ready[sequence]

    def ordered(self, sequence: int, orders: int) -> Rules:
        """Give a bundle under the orders to the network of this number; as it is under none for 0."""
        rules = self.get(sequence)
        if not orders:
            return rules
        if orders not in self._orders:
            self._read_to_end()
        if orders not in self._orders:
            raise FatalError(f"orders {orders} are not on {NETWORK} any more")
        return under(rules, read_standing(self.codec.decode(self._orders[orders])[1]))

    def fetch(self, schema_id: int) -> None:
        """Begin to fetch a schema nobody here knows, in a thread; ``is_settled`` tells when it was."""
        if schema_id not in self._fetching and not self.is_settled(schema_id):
            self._fetching.add(schema_id)
            threading.Thread(target=self._fetch, args=(schema_id,), name=f"schema-{schema_id}", daemon=True).start()

    def is_settled(self, schema_id: int) -> bool:
        """Tell whether a schema can be read by now, from a bundle or fetched, or is known not to exist."""
        return self.codec.can_read(schema_id) or self.is_absent(schema_id)

    def is_absent(self, schema_id: int) -> bool:
        """Tell whether the registry said, a moment ago, that there is no such schema: somebody may get the id later."""
        return time.monotonic() - self._absent.get(schema_id, -_ABSENT_S) < _ABSENT_S

    def close(self) -> None:
        """Leave the broker and the registry."""
        self._is_closed = True
        self._reader.close()
        if self._registry is not None:
            self._registry.close()

    def _fetch(self, schema_id: int) -> None:
        if self._registry is None:
            self._note_absent(schema_id)
            return
        try:
            self._fetched[schema_id] = _readable(schema_id, self._registry.schema(schema_id))
        except (UnknownSchemaError, SchemaError, ConfigurationError):
            self._note_absent(schema_id)  # none, or none that can be read: waiting mends neither
        except HubError as error:
            _LOG.warning("a schema cannot be fetched yet", schema_id=schema_id, error=str(error))
        except RuntimeError:  # what the client raises when it was closed meanwhile
            if not self._is_closed:
                raise
        finally:
            self._fetching.discard(schema_id)

    def _note_absent(self, schema_id: int) -> None:
        self._absent[schema_id] = now = time.monotonic()
        if len(self._absent) > _MOST_ABSENT:
            self._absent = {each: at for each, at in list(self._absent.items()) if now - at < _ABSENT_S}

    def _read_to_end(self) -> None:
        end = self._admin.ends([_PLACE])[_PLACE]
        while self._reader.ends.get(_PLACE, -1) < end:
            self.follow(0.5)


def _readable(schema_id: int, text: str) -> EventSchema:
    """Read a registry's schema; raise SchemaError when no reader can be made of it, whatever its parts would be."""
    schema = parse_schema(text)
    try:
        Codec({schema_id: schema})
    except Exception as wrong:
        raise SchemaError(f"schema {schema_id} of the registry cannot be read with: {type(wrong).__name__}") from wrong
    return schema


def _settle() -> None:
    """Let the collector pass over what stays: the network, the schemas, the libraries. A full look stops the loop."""
    gc.freeze()
    gc.set_threshold(_LOOK_EVERY, 10, 10)
