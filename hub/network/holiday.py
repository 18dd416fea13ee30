"""The holidays of a country as dates with names, expanded when a network is compiled; the only importer of `holidays`.

A bundle holds what was expanded, so that a later edition of the library changes no running deadline.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

#: How holidays are known: from a library that gathers decrees, a secondary source; the days of 28 March to 7 April
#: 2025 were compared with what Samarinda's offices announced. A day that no decree has fixed yet says so in its name
#: ("perkiraan": an estimate).
EVIDENCE: Final = "S-M"

#: What the library calls a day off by the government's decree beside the public holidays: Indonesia's *cuti bersama*.
_JOINT_LEAVE: Final = "government"


def expand(country: str, years: Iterable[int], *, joint_leave: bool) -> dict[date, str]:
    """List a country's public holidays of these years, by date, named in its language; with its joint leave if asked.

    ``ValueError`` for a country of which the library knows nothing, or no joint leave.
    """
    import holidays  # 60 ms, which only a network with calendars has to spend

    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        raise ValueError(f"no holidays are known of {country!r}: give a country's code as ID, or declare closed days")
    categories = [holidays.PUBLIC]
    kind = getattr(holidays, country)
    if joint_leave:
        if _JOINT_LEAVE not in kind.supported_categories:
            raise ValueError(f"no joint leave is known of {country!r}: leave out `joint_leave`, or declare closed days")
        categories.append(_JOINT_LEAVE)
    # The library would speak the machine's language.
    found = holidays.country_holidays(
        country, years=years, categories=tuple(categories), language=kind.default_language
    )
    return dict(sorted(found.items()))
