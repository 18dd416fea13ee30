"""The two networks, read once."""

from pathlib import Path

import pytest

from hub.events.catalog import Catalog
from hub.network.load import DeclaredNetwork, load_or_raise

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """Read the project's schemas."""
    return Catalog.load(ROOT / "schemas")


@pytest.fixture(scope="session")
def samarinda() -> DeclaredNetwork:
    """Read the reference network."""
    return load_or_raise(ROOT / "deploy" / "samarinda")


@pytest.fixture(scope="session")
def wabo() -> DeclaredNetwork:
    """Read the second network."""
    return load_or_raise(ROOT / "deploy" / "wabo")
