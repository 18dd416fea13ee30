"""What the views must know of the bundles to read the journal: schemas by id, and the service of each procedure.

Neither ever changes its meaning: an id stands for one schema, a released procedure for one service.
"""

from collections.abc import Iterable

from hub.cluster.bundles import BundleLog
from hub.events.catalog import EventSchema
from hub.events.codec import Codec
from hub.settings import Kafka


class Glossary:
    """Hold what all bundles on ``hub.network`` say together."""

    def __init__(self, kafka: Kafka) -> None:
        """Know nothing yet; ``read`` asks Kafka."""
        self._log = BundleLog(kafka)
        self._services: dict[str, str] = {}
        self._in_no_bundle: set[str] = set()
        self.codec = Codec({})

    def read(self) -> None:
        """Read every bundle there is; one that came since the last time is known then."""
        schemas: dict[int, EventSchema] = {}
        for bundle in self._log.all().values():
            schemas |= {each.id: EventSchema(each.type, each.version, each.avro) for each in bundle.schemas}
            for procedure in bundle.network["procedures"]:
                self._services[f"{procedure['procedure']}@{procedure['version']}"] = procedure["service"]
        self.codec = Codec(schemas)

    def learn(self, procedures: Iterable[str]) -> None:
        """Read the bundles again if a procedure is not known, since it came with a newer one; once for each."""
        strange = set(procedures) - self._services.keys() - self._in_no_bundle - {""}
        if strange:
            self.read()
            self._in_no_bundle |= strange - self._services.keys()

    def service_of(self, procedure: str) -> str:
        """Tell the service of a procedure ("newborn@1"); empty when no bundle holds it."""
        return self._services.get(procedure, "")
