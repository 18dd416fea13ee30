"""Chance that can be repeated, with the middle and the end that are declared."""

from random import Random

from hub.mall.chance import dice, draw, happens
from hub.network.mall import Spread


def test_the_same_name_throws_the_same() -> None:
    """And another name something else."""
    assert dice(1, "a").random() == dice(1, "a").random() != dice(1, "b").random()


def test_half_of_the_times_are_usual_and_none_is_longer_than_the_longest() -> None:
    """The middle one is the usual time."""
    random = Random(5)  # noqa: S311 - a story
    drawn = sorted(draw(Spread(usual=1_000, longest=50_000), random) for _ in range(2_001))

    assert 900 < drawn[1_000] < 1_300
    assert 200 <= drawn[0] < drawn[-1] <= 50_000
    assert drawn[-1] > 40_000


def test_what_never_or_always_happens_does_so() -> None:
    """At nothing and at a hundred percent there is no chance in it."""
    random = Random(5)  # noqa: S311 - a story
    assert {happens(0, random) for _ in range(100)} == {False}
    assert {happens(100, random) for _ in range(100)} == {True}
