"""What an answer says, whether it is an event just read or one that was kept because it came early."""

from collections.abc import Mapping
from typing import Any, Protocol

from hub.names import EventId, EventType


class Message(Protocol):
    """Read what an event and an early answer have in common."""

    @property
    def id(self) -> EventId:
        """Tell the source's id of it."""

    @property
    def type(self) -> EventType:
        """Tell its event type."""

    @property
    def agency(self) -> str:
        """Tell on whose topic it stood."""

    @property
    def data(self) -> Mapping[str, Any]:
        """Tell its facts."""

    @property
    def causation(self) -> str | None:
        """Tell the id of the task it answers, when it says so."""
