"""The two networks, read once."""

import pytest

from hub.events.catalog import Catalog
from hub.network.load import DeclaredNetwork
from tests import networks


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """Read the project's schemas."""
    return networks.catalog()


@pytest.fixture(scope="session")
def samarinda() -> DeclaredNetwork:
    """Read the reference network."""
    return networks.samarinda()


@pytest.fixture(scope="session")
def wabo() -> DeclaredNetwork:
    """Read the second network."""
    return networks.wabo()
