"""What a service costs, declared in versions and reckoned to the rupiah: who is owed how much, and why.

Pure: the same versions, facts and day give the same lines, which sum to the total. An amount that nobody declared is
never guessed. A case keeps the version of the day on which it was opened.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import floor
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field, model_validator

from hub.names import ServiceName
from hub.network.model import Declared, Marked, Text, Word

#: The most rupiah that an event's ``long`` holds.
MAX_RUPIAH: Final = 2**63 - 1
#: Payees that are no agencies: the treasuries of State, province and city.
TREASURIES: Final = ("state", "province", "city")
#: Characters of a factor written as text: protects from a number that takes for ever to read.
_FACTOR_LENGTH: Final = 20
#: Facts that a part of an amount may be reckoned from.
BASES: Final = frozenset({"rupiah", "count"})

#: A fact's value: rupiah and counts as int, a factor as int, Decimal or text such as "1.05", never as float.
FactValue = int | str | bool | Decimal
Rupiah = Annotated[int, Field(ge=0, le=MAX_RUPIAH, strict=True)]
Rate = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=6)]
Choice = bool | int | str


class Term(Declared):
    """From the first day to the last, both included; without ``from`` since ever, without ``until`` until replaced."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    start: Annotated[date | None, Field(alias="from")] = None
    until: date | None = None


class TariffFact(Declared):
    """Name one fact that amounts depend on, and what it may be."""

    kind: Literal["rupiah", "count", "factor", "flag", "choice"]
    title: Text
    choices: tuple[Choice, ...] = ()

    @model_validator(mode="after")
    def _has_choices(self) -> "TariffFact":
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError(
                "choices belong to the kind choice, and it needs them; write kind: choice and choices: [..]"
            )
        return self


class Formula(Declared):
    """Say how an amount is reckoned, in one of four ways.

    ``fixed`` rupiah; ``percent`` or ``permil`` of a base; ``each`` rupiah for every unit of a count. The base is the
    fact or earlier component ``of``, times the factor ``times``, less the fact ``less`` and never below nothing;
    ``plus`` is added in the end.
    """

    fixed: Rupiah | None = None
    percent: Rate | None = None
    permil: Rate | None = None
    each: Rupiah | None = None
    of: Word | None = None
    times: Word | None = None
    less: Word | None = None
    plus: Rupiah = 0

    @model_validator(mode="after")
    def _is_one_way(self) -> "Formula":
        ways = [way for way in (self.fixed, self.percent, self.permil, self.each) if way is not None]
        if len(ways) != 1:
            raise ValueError("a formula is reckoned in one way; write one of fixed, percent, permil and each")
        if self.fixed is None and self.of is None:
            raise ValueError("a part of nothing is no amount; write of: with a fact or an earlier component")
        if self.fixed is not None and (self.of or self.times or self.less or self.plus):
            raise ValueError("a fixed amount depends on nothing; take of, times, less and plus out")
        return self

    @property
    def reads(self) -> dict[str, str]:
        """Give the names that are read, by the key under which they stand."""
        keys = {"of": self.of, "times": self.times, "less": self.less}
        return {key: name for key, name in keys.items() if name is not None}

    @property
    def rate(self) -> Fraction:
        """Give the share of the base that is owed, or the rupiah for each unit."""
        if self.percent is not None:
            return Fraction(self.percent) / 100
        return Fraction(self.permil) / 1000 if self.permil is not None else Fraction(self.each or 0)


class Component(Declared):
    """One amount of a tariff: for what, to whom, when it applies, how it is reckoned, and how that is known.

    ``payee`` is ``state``, ``province``, ``city`` or an agency. Without a formula its amount is not known.
    """

    title: Text
    payee: Word
    when: dict[str, Choice] = Field(default_factory=dict)
    formula: Formula | None = None
    evidence: Annotated[str, Field(pattern=r"^[VSBI](-[HML])?$")]
    sources: tuple[str, ...] = ()


class Tariff(Marked):
    """One version of what a service costs (tariffs/<name>.v<N>.yaml).

    Each component is rounded by itself to whole rupiah, as ``rounding`` says (``nearest``: a half goes up); where it
    is a part of another's base it counts as rounded. So the lines of a bill can be checked from the bill.
    """

    tariff: Word
    version: Annotated[int, Field(ge=1)]
    service: ServiceName
    title: Text
    legal_basis: Text
    valid: Term
    rounding: Literal["down", "nearest", "up"] = "down"
    facts: dict[str, TariffFact] = Field(default_factory=dict)
    components: Annotated[dict[str, Component], Field(min_length=1)]
    note: str | None = None

    @property
    def ref(self) -> str:
        """Name the version: ``passport@2``."""
        return f"{self.tariff}@{self.version}"


@dataclass(frozen=True, slots=True)
class Line:
    """One amount that is owed, in whole rupiah; nothing is an amount too."""

    component: str
    payee: str
    amount: int


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What is owed under one version of a tariff, line by line in the order of its components."""

    tariff: str
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        """Sum the lines."""
        return sum(line.amount for line in self.lines)

    @property
    def shares(self) -> dict[str, int]:
        """Sum the lines by payee: what one payment is split into."""
        found: dict[str, int] = {}
        for line in self.lines:
            found[line.payee] = found.get(line.payee, 0) + line.amount
        return found


@dataclass(frozen=True, slots=True)
class Unreckoned:
    """Say why nothing can be said of what is owed; never a value."""

    why: str


def day_of(at: int, zone: str) -> date:
    """Give the day of an instant (ms) in a time zone: the day on which a case was opened decides its tariff."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(zone)).date()


def in_force(versions: Iterable[Tariff], *, on: date) -> Tariff | None:
    """Choose the version in force on a day: the last that has begun, unless it has ended."""
    begun = [each for each in versions if each.valid.start is None or each.valid.start <= on]
    last = max(begun, key=lambda each: each.valid.start or date.min, default=None)
    return last if last and (last.valid.until is None or on <= last.valid.until) else None


def reckon(versions: Iterable[Tariff], facts: Mapping[str, FactValue], *, on: date) -> Reckoning | Unreckoned:
    """Reckon what is owed under the version in force on a day; facts that it does not name do not count."""
    tariff = in_force(versions, on=on)
    return Unreckoned(f"no version is in force on {on}") if tariff is None else reckon_by(tariff, facts)


def reckon_by(tariff: Tariff, facts: Mapping[str, FactValue]) -> Reckoning | Unreckoned:
    """Reckon what is owed under one version; facts that it does not name do not count."""
    known: dict[str, Fraction] = {}
    chosen: dict[str, FactValue] = {}
    for name, fact in tariff.facts.items():
        if name not in facts:
            return Unreckoned(f"{tariff.ref}: fact {name!r} is missing")
        value = _value(fact, facts[name])
        if value is None:
            return Unreckoned(f"{tariff.ref}: fact {name!r} is no {fact.kind} that the tariff takes")
        known[name], chosen[name] = value, facts[name]
    return _lines(tariff, known, chosen)


def _lines(tariff: Tariff, known: dict[str, Fraction], chosen: Mapping[str, FactValue]) -> Reckoning | Unreckoned:
    lines: dict[str, Line] = {}
    for name in _in_turn(tariff.components):
        component = tariff.components[name]
        known[name] = Fraction(0)
        if not all(_is_same(chosen[fact], wanted) for fact, wanted in component.when.items()):
            continue
        if component.formula is None:
            return Unreckoned(f"{tariff.ref}: the amount of {name!r} is not known")
        amount = _rounded(_amount(component.formula, known), tariff.rounding)
        if amount > MAX_RUPIAH:
            return Unreckoned(f"{tariff.ref}: the amount of {name!r} is larger than any that can be paid")
        known[name] = Fraction(amount)
        lines[name] = Line(name, component.payee, amount)
    return Reckoning(tariff.ref, tuple(lines[name] for name in tariff.components if name in lines))


def _in_turn(components: Mapping[str, Component]) -> list[str]:
    """Name components so that each comes after those it is a part of: a bundle has them in the order of their names."""
    turn: list[str] = []
    seen: set[str] = set()

    def take(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        formula = components[name].formula
        for read in () if formula is None else formula.reads.values():
            if read in components:
                take(read)
        turn.append(name)

    for name in components:
        take(name)
    return turn


def _amount(formula: Formula, known: Mapping[str, Fraction]) -> Fraction:
    """Reckon exactly; a component that does not apply is nothing."""
    if formula.fixed is not None:
        return Fraction(formula.fixed)
    base = known[str(formula.of)] * (known[formula.times] if formula.times else 1)
    base -= known[formula.less] if formula.less else 0
    return max(base, Fraction(0)) * formula.rate + formula.plus


def _rounded(amount: Fraction, rounding: str) -> int:
    if rounding == "up":
        return -floor(-amount)
    return floor(amount + Fraction(1, 2)) if rounding == "nearest" else floor(amount)


def _value(fact: TariffFact, value: FactValue) -> Fraction | None:
    """Read a fact as a number, 0 for one that is none; None for one that the tariff does not take."""
    if fact.kind == "choice":
        return Fraction(0) if any(_is_same(value, choice) for choice in fact.choices) else None
    if fact.kind == "flag":
        return Fraction(0) if isinstance(value, bool) else None
    if fact.kind == "factor":
        return _factor(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return Fraction(value) if 0 <= value <= MAX_RUPIAH else None


def _factor(value: FactValue) -> Fraction | None:
    if isinstance(value, bool | float) or len(str(value)) > _FACTOR_LENGTH:
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return Fraction(found) if found.is_finite() and 0 <= found <= MAX_RUPIAH else None


def _is_same(value: FactValue, wanted: Choice) -> bool:
    return type(value) is type(wanted) and value == wanted
