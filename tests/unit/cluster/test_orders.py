"""What an order to the whole network may say."""

import pytest

from hub.cluster.orders import _must_fit
from hub.errors import ConfigurationError
from hub.events.envelope import MAX_ID_CHARS, MAX_REASON_CHARS


@pytest.mark.parametrize(
    ("actor", "reason"), [("x" * (MAX_ID_CHARS + 1), "why"), ("budi", "x" * (MAX_REASON_CHARS + 1))]
)
def test_an_order_says_no_more_than_every_partition_can_keep(actor: str, reason: str) -> None:
    """One that no journal takes would be decided again for ever, in all partitions."""
    _must_fit("x" * MAX_ID_CHARS, "x" * MAX_REASON_CHARS)
    with pytest.raises(ConfigurationError, match="at most 200 characters, and why in at most 2,000"):
        _must_fit(actor, reason)
