"""Figures for a network that declares none of its mall: plain, equal for all, and illustrative."""

from typing import Final

from hub.network.load import DeclaredNetwork
from hub.network.mall import Mall

_ILLUSTRATIVE: Final = {"evidence": "I"}
#: How long a task takes to whoever answers and back, by level of integration: usual and longest.
_LEVELS: Final = {
    "events": ("1 minute", "2 minutes"),
    "api": ("1 minute", "5 minutes"),
    "database": ("5 minutes", "30 minutes"),
    "file": ("3 hours", "12 hours"),
    "counter": ("18 hours", "2 days"),
}


def usual(network: DeclaredNetwork) -> Mall:
    """Give the network's own figures, or the usual ones: each service as often, an ordinary office each."""
    if network.mall is not None:
        return network.mall
    services = sorted({each.service for each in network.procedures.values()})
    office = {
        **_ILLUSTRATIVE, "desks": 4, "handles": _spread("6 minutes", "30 minutes"),
        "returned": 10, "rejected": 4, "held": 15, "wrong": 0,
    }  # fmt: skip
    days = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), 1)
    people = {
        "completes": _spread("2 days", "9 days"), "pays": _spread("3 hours", "6 days"),
        "comes": _spread("1 day", "10 days"), "held": _spread("1 day", "3 days"), "again": _spread("1 hour", "1 day"),
        "never": 2, "no_show": 5,
    }  # fmt: skip
    hours = [{"from": hour, "parts": 1} for hour in range(8, 16)]
    return Mall.model_validate(
        {
            "title": {"id": "Angka contoh", "en": "Illustrative figures"},
            "arrivals": {**_ILLUSTRATIVE, "week": 1_000, "days": days, "hours": hours},
            "services": {each: {**_ILLUSTRATIVE, "parts": 1} for each in services},
            "levels": {name: {**_ILLUSTRATIVE, "reaches": _spread(*times)} for name, times in _LEVELS.items()},
            "otherwise": office,
            "public": {**_ILLUSTRATIVE, **people},
        }
    )


def _spread(usual_time: str, longest: str) -> dict[str, str]:
    return {"usual": usual_time, "longest": longest}
