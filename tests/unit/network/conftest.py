"""What the tests of the network's room share: one small town each."""

from pathlib import Path

import pytest

from tests.unit.network.town import Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """Copy the small network for one test to change."""
    return Town.copied(tmp_path)
