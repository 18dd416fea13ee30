"""Forms as simulated people and agencies fill them in: made from the schema and a seed alone, never a person's data.

Dates and times are near today, so that no deadline that counts from one has passed; some lie ahead, as is declared.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Final

from hub.events.catalog import EventSchema, Field
from hub.events.codec import format_millis
from hub.events.envelope import Facts
from hub.identity import KINDS
from hub.mall.chance import draw
from hub.network.mall import DATED, Spread
from hub.rehearsal.sample import has_shares, sample

#: Adults were born in these years.
_BORN: Final = (date(1960, 1, 1), date(2005, 12, 31))
#: A child's birth is so many days ago at the most.
_RECENT_DAYS: Final = 3
_AMOUNTS: Final = (1, 10)


def fill_form(
    schema: EventSchema,
    random: Random,
    *,
    now: int,
    given: Mapping[str, Any] | None = None,
    ahead: Mapping[str, Spread] | None = None,
) -> Facts:
    """Fill in every field: from `given` where a field has that name and the value fits, else made up.

    Dates and times that `ahead` names lie so far ahead of `now`.
    """
    known, later = given or {}, ahead or {}
    made = {
        name: known[name] if _takes(field, known.get(name)) else _value(field, random, now, later.get(name))
        for name, field in schema.fields.items()
        if field.kind in _MAKERS and not (field.nullable and name not in known)
    }
    if "amount_rupiah" not in known and has_shares(schema):
        made.pop("amount_rupiah", None)  # the whole is the sum of its shares
    return sample(schema, made)


def _takes(field: Field, value: object) -> bool:
    """Tell whether a value that stood in a task under this field's name may stand here too."""
    if field.kind == "enum":
        return value in field.symbols
    if field.kind == "boolean":
        return isinstance(value, bool)
    if field.kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    return field.kind == "string" and isinstance(value, str) and value != ""


def _value(field: Field, random: Random, now: int, ahead: Spread | None, /) -> Any:
    if ahead is None or field.kind not in DATED:
        return _MAKERS[field.kind](field, random, now)
    moment = now + draw(ahead, random)
    return format_millis(moment) if field.kind == "timestamp" else _day(moment).isoformat()


def _text(field: Field, random: Random, now: int) -> str:
    del now
    if field.identifier in {"nik", "kk"}:
        return f"647205{random.randint(1, 28):02}{random.randint(1, 12):02}{random.randint(60, 99)}0000"  # nobody's
    if kind := KINDS.get(field.identifier or ""):
        return kind.sample
    if "phone" in field.name:
        return "+620000000000"
    return f"CONTOH {random.randrange(10_000):04}"


def _date(field: Field, random: Random, now: int) -> str:
    if field.name == "birth_date" and field.data_class == "identity":
        first, last = _BORN
        return (first + timedelta(days=random.randint(0, (last - first).days))).isoformat()
    return (_day(now) - timedelta(days=random.randint(0, _RECENT_DAYS))).isoformat()


def _day(moment: int) -> date:
    return datetime.fromtimestamp(moment / 1000, UTC).date()


_MAKERS: Final[Mapping[str, Any]] = {
    "string": _text,
    "int": lambda _field, random, _now: random.randint(*_AMOUNTS),
    "double": lambda _field, _random, _now: 1.0,
    "boolean": lambda _field, random, _now: random.random() < 0.5,  # noqa: PLR2004 - as often true as false
    "enum": lambda field, random, _now: random.choice(field.symbols),
    "date": _date,
    "timestamp": lambda _field, _random, now: format_millis(now),
    "array": lambda _field, _random, _now: [],
}
