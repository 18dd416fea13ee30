"""The networks that are shipped, read once for all tests of a run; they are frozen: no test disturbs another."""

from functools import cache
from pathlib import Path

from hub.events.catalog import Catalog
from hub.network.load import DeclaredNetwork, load_or_raise

ROOT = Path(__file__).parents[1]


@cache
def catalog() -> Catalog:
    """Read the project's schemas."""
    return Catalog.load(ROOT / "schemas")


@cache
def samarinda() -> DeclaredNetwork:
    """Read the reference network."""
    return load_or_raise(ROOT / "deploy" / "samarinda")


@cache
def wabo() -> DeclaredNetwork:
    """Read the second network."""
    return load_or_raise(ROOT / "deploy" / "wabo")
