"""Laws of tariffs, over random ones: amounts are exact to the rupiah, shares sum to the whole, a day has one version.

The oracle counts in millionths of a rupiah with whole numbers and knows no fractions.
"""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.network.tariff import FactValue, Reckoning, Tariff, in_force, reckon

_DAY: Final = date(2026, 1, 1)
_TEXT: Final = {"id": "x", "en": "x"}
_FACTS: Final = {
    "base": {"kind": "rupiah", "title": _TEXT}, "parts": {"kind": "count", "title": _TEXT},
    "free": {"kind": "rupiah", "title": _TEXT}, "weight": {"kind": "factor", "title": _TEXT},
}  # fmt: skip
_AMOUNTS: Final = st.integers(0, 10**12)
#: Rates and factors in millionths, so that the oracle needs whole numbers only.
_MILLION: Final = 10**6
_RATES: Final = st.integers(0, 200 * _MILLION)
_ROUNDING: Final = st.sampled_from(["down", "nearest", "up"])


@st.composite
def _formulas(draw: st.DrawFn, earlier: int) -> dict[str, Any]:
    """Draw one formula; its base is a fact or one of the earlier components."""
    way = draw(st.sampled_from(["fixed", "percent", "permil", "each"]))
    if way == "fixed":
        return {"fixed": draw(_AMOUNTS)}
    rate = Decimal(draw(_RATES)) / _MILLION if way in {"percent", "permil"} else draw(st.integers(0, 10**6))
    names = ["base", "parts", *(f"c{i}" for i in range(earlier))]
    found: dict[str, Any] = {way: rate, "of": draw(st.sampled_from(names)), "plus": draw(st.integers(0, 10**6))}
    found |= {"times": "weight"} if draw(st.booleans()) else {}
    return found | ({"less": "free"} if draw(st.booleans()) else {})


@st.composite
def _tariffs(draw: st.DrawFn) -> Tariff:
    """Draw a tariff of up to six components for three payees."""
    count = draw(st.integers(1, 6))
    payees = st.sampled_from(["state", "city", "province"])
    components = {
        f"c{i}": {"title": _TEXT, "payee": draw(payees), "formula": draw(_formulas(i)), "evidence": "I"}
        for i in range(count)
    }
    return _tariff(components, rounding=draw(_ROUNDING))


def _tariff(components: dict[str, Any], **more: Any) -> Tariff:
    plain = {"tariff": "t", "version": 1, "service": "s", "title": _TEXT, "legal_basis": _TEXT, "evidence": "I"}
    return Tariff.model_validate(plain | {"facts": _FACTS, "valid": {}, "components": components} | more)


def _oracle(tariff: Tariff, facts: dict[str, int], weight: int) -> list[int]:
    """Reckon by hand, in millionths of millionths of a hundredth or thousandth; `weight` in millionths."""
    known, found = dict(facts), []
    for name, component in tariff.components.items():
        formula = component.formula
        assert formula is not None
        known[name] = formula.fixed or 0
        if formula.of is not None:
            base = known[formula.of] * (weight if formula.times else _MILLION)
            base = max(0, base - (known["free"] * _MILLION if formula.less else 0))
            rate, unit = next(
                (int(each * _MILLION), size)
                for each, size in ((formula.percent, 100), (formula.permil, 1000), (formula.each, 1))
                if each is not None
            )
            whole = _MILLION * _MILLION * unit
            extra = {"down": 0, "nearest": whole // 2, "up": whole - 1}[tariff.rounding]
            known[name] = (base * rate + formula.plus * whole + extra) // whole
        found.append(known[name])
    return found


@given(_tariffs(), _AMOUNTS, st.integers(0, 100), _AMOUNTS, st.integers(0, 3 * _MILLION))
@settings(max_examples=150, deadline=None)
def test_amounts_are_exact_and_sum(tariff: Tariff, base: int, parts: int, free: int, weight: int) -> None:
    """Every line is what whole numbers give, and what the payees get is what is paid."""
    facts = {"base": base, "parts": parts, "free": free}
    expected = _oracle(tariff, facts, weight)
    given_facts: dict[str, FactValue] = {**facts, "weight": Decimal(weight) / _MILLION}

    found = reckon([tariff], given_facts, on=_DAY)

    if max(expected) >= 2**63:
        assert not isinstance(found, Reckoning)
        return
    assert isinstance(found, Reckoning)
    assert [line.amount for line in found.lines] == expected
    assert sum(found.shares.values()) == found.total == sum(expected)


@given(_tariffs(), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_amounts_do_not_depend_on_the_order_in_which_components_stand(tariff: Tariff, random: Random) -> None:
    """A bundle has them by their names, so that a part may stand before what it is a part of."""
    facts: dict[str, FactValue] = {"base": 1_000_003, "parts": 7, "free": 11, "weight": "1.05"}
    names = list(tariff.components)
    random.shuffle(names)
    mixed = tariff.model_copy(update={"components": {name: tariff.components[name] for name in names}})

    one, other = reckon([tariff], facts, on=_DAY), reckon([mixed], facts, on=_DAY)

    if not isinstance(one, Reckoning):
        assert not isinstance(other, Reckoning)
        return
    assert isinstance(other, Reckoning)
    assert set(one.lines) == set(other.lines)
    assert [line.component for line in other.lines] == names


@given(_tariffs())
@settings(max_examples=50, deadline=None)
def test_a_tariff_is_the_same_after_a_bundle(tariff: Tariff) -> None:
    """No rate is lost or changed on its way through JSON."""
    assert Tariff.model_validate_json(tariff.model_dump_json(by_alias=True, exclude_none=True)) == tariff


@given(st.lists(st.integers(0, 60), min_size=1, max_size=5, unique=True), st.integers(-5, 70))
@settings(max_examples=100, deadline=None)
def test_a_day_has_the_last_version_that_has_begun(starts: list[int], day: int) -> None:
    """In whatever order versions come, the one in force is the last that began on that day or before."""
    one = {"c0": {"title": _TEXT, "payee": "state", "formula": {"fixed": 1}, "evidence": "I"}}
    versions = [
        _tariff(one, version=number, valid={"from": _DAY + timedelta(days=start)})
        for number, start in enumerate(starts, start=1)
    ]
    begun = [start for start in starts if start <= day]

    found = in_force(versions, on=_DAY + timedelta(days=day))

    assert (found and found.version) == (starts.index(max(begun)) + 1 if begun else None)
