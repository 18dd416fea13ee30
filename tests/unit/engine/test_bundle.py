"""What a worker remembers of schemas that nobody has."""

import pytest

from hub.engine import bundle as module
from hub.engine.bundle import Shelf
from tests.broker import little_broker


def test_numbers_that_stand_for_no_schema_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody's bytes may name any number: what is known of them is bounded, and asked anew."""
    monkeypatch.setattr(module, "_ABSENT_S", 0.0)
    with little_broker() as broker:
        shelf = Shelf(broker.kafka, None)
        for number in range(3 * module._MOST_ABSENT):
            shelf._fetch(number)
        assert len(shelf._absent) <= module._MOST_ABSENT
        shelf.close()
