"""The small city on a broker of its own, once per file."""

from collections.abc import Iterator

import pytest

from tests.kafka.world import QUICK_SESSIONS, World, world


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run a broker with the city in force."""
    with world(tmp_path_factory.mktemp("home"), extra=QUICK_SESSIONS) as made:
        yield made


@pytest.fixture(autouse=True)
def _reads_no_longer_than_its_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """Close the logs of a test that is over: the broker has better things to do than to answer them."""
    world = request.getfixturevalue("city") if "city" in request.fixturenames else None
    yield
    if isinstance(world, World):
        world.close_logs()
