"""A network that declares no figures has usual ones; one that does has its own."""

from dataclasses import replace

from hub.mall.usual import usual
from hub.network.load import DeclaredNetwork


def test_usual_figures_are_illustrative_and_whole(wabo: DeclaredNetwork, samarinda: DeclaredNetwork) -> None:
    """Every service has people, every level a time, and each record says that it is illustrative."""
    for network in (wabo, replace(samarinda, mall=None)):
        mall = usual(network)
        assert mall.services.keys() == {each.service for each in network.procedures.values()}
        assert mall.levels.keys() >= {each.level for each in network.agencies.values()}
        assert {each.evidence for each in (mall.arrivals, mall.otherwise, mall.public)} == {"I"}


def test_own_figures_come_first(samarinda: DeclaredNetwork) -> None:
    """What the city has counted is not replaced."""
    assert usual(samarinda) is samarinda.mall
