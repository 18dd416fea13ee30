"""Chance that can be repeated: every draw is named, so that none depends on what was drawn before it."""

from random import Random
from typing import Final

from hub.network.mall import Spread

#: Of a hundred times, so many are within the usual one.
_USUAL: Final = 0.5
#: The shortest time, as a share of the usual one.
_SHORTEST: Final = 0.2
_WHOLE: Final = 100


def dice(*names: object) -> Random:
    """Give the chance of this name: always the same."""
    return Random("/".join(map(str, names)))  # noqa: S311 - a play


def draw(spread: Spread, random: Random) -> int:
    """Draw a time in ms: half of them within the usual one, few near the longest."""
    share = random.random()
    if share < _USUAL:
        return round(spread.usual * (_SHORTEST + (1 - _SHORTEST) * share / _USUAL))
    far = (share - _USUAL) / (1 - _USUAL)
    return round(spread.usual + (spread.longest - spread.usual) * far**3)


def happens(percent: float, random: Random) -> bool:
    """Tell whether what happens so many times in a hundred happens now."""
    return random.random() * _WHOLE < percent
