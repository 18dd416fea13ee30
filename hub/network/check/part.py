"""What the checks of one procedure are given: the network beside it, its types, and the report on its file."""

from collections.abc import Mapping

from hub.events.catalog import EventSchema
from hub.names import EventType
from hub.network.check.report import FileReport
from hub.network.flow import Flow
from hub.network.load import DeclaredNetwork
from hub.network.model import Procedure


class PartCheck:
    """Check one part of one procedure; each part is a class of its own."""

    def __init__(
        self,
        network: DeclaredNetwork,
        types: Mapping[EventType, EventSchema],
        *,
        procedure: Procedure,
        flow: Flow,
        report: FileReport,
    ) -> None:
        """Keep what is checked against what."""
        self._network = network
        self._types = types
        self._procedure = procedure
        self._flow = flow
        self._report = report
