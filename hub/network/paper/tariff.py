"""What a service costs, as a table in plain Indonesian or English: each amount, to whom, when, and how it is known."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from hub.identity.money import rupiah_text
from hub.network.load import DeclaredNetwork
from hub.network.model import Text
from hub.network.paper.words import Language
from hub.network.tariff import Choice, Component, Formula, Tariff

#: Each phrase in Indonesian and English.
_PHRASES: Final[Mapping[str, tuple[str, str]]] = {
    "tariff": ("Tarif", "Tariff"),
    "head": ("biaya | kepada | besaran | dasar", "for | to | amount | evidence"),
    "version": ("**Versi {0}** ({1}), {2}; {3}.", "**Version {0}** ({1}), {2}; {3}."),
    "since": ("sejak {0}", "from {0}"),
    "until": ("sampai {0}", "until {0}"),
    "from_until": ("{0} sampai {1}", "{0} to {1}"),
    "open": ("tanpa tanggal mulai", "without a first day"),
    "down": ("tiap biaya dibulatkan ke bawah", "each amount is rounded down"),
    "nearest": ("tiap biaya dibulatkan ke rupiah terdekat", "each amount is rounded to the nearest rupiah"),
    "up": ("tiap biaya dibulatkan ke atas", "each amount is rounded up"),
    "state": ("kas negara", "the State"),
    "province": ("kas provinsi", "the province"),
    "city": ("kas kota", "the city"),
    "unknown": ("belum terbaca", "not read"),
    "part": ("{0} dari {1}", "{0} of {1}"),
    "each": ("{0} per {1}", "{0} for each of {1}"),
    "times": ("{0} kali {1}", "{0} times {1}"),
    "less": ("({0} dikurangi {1})", "({0} less {1})"),
    "plus": ("{0} + {1}", "{0} + {1}"),
    "if": ("{0}, bila {1}", "{0}, if {1}"),
    "is": ("{0} = {1}", "{0} = {1}"),
    "yes": ("ya", "yes"),
    "no": ("tidak", "no"),
}


def tariff_lines(network: DeclaredNetwork, service: str, *, language: Language) -> Iterator[str]:
    """Write every version of what a service costs, the newest first; nothing when no tariff says it."""
    versions = [each for each in network.tariffs.values() if each.service == service]
    newest_first = sorted(versions, key=lambda each: (each.tariff, -each.version))
    if newest_first:
        yield f"## {_say('tariff', language)}"
        yield ""
    for tariff in newest_first:
        yield from _Table(network, tariff, language).lines()


class _Table:
    """Say one version in one language."""

    def __init__(self, network: DeclaredNetwork, tariff: Tariff, language: Language, /) -> None:
        self._network = network
        self._tariff = tariff
        self._language = language

    def lines(self) -> Iterator[str]:
        """Give the table line by line."""
        tariff = self._tariff
        basis, rounding = self._of(tariff.legal_basis), self._say(tariff.rounding)
        yield self._say("version", tariff.version, basis, self._term(), rounding)
        yield ""
        yield f"| {self._say('head')} |"
        yield "|---|---|---|---|"
        for component in tariff.components.values():
            known = f"{component.evidence} {', '.join(component.sources)}".strip()
            yield f"| {self._of(component.title)} | {self._payee(component)} | {self._amount(component)} | {known} |"
        yield ""

    def _term(self) -> str:
        start, until = self._tariff.valid.start, self._tariff.valid.until
        if start and until:
            return self._say("from_until", start, until)
        if start:
            return self._say("since", start)
        return self._say("until", until) if until else self._say("open")

    def _payee(self, component: Component) -> str:
        agency = next((each for each in self._network.agencies.values() if each.agency == component.payee), None)
        if agency:
            return self._of(agency.title)
        return self._say(component.payee) if component.payee in _PHRASES else component.payee

    def _amount(self, component: Component) -> str:
        said = self._formula(component.formula) if component.formula else self._say("unknown")
        conditions = [self._condition(name, wanted) for name, wanted in component.when.items()]
        return self._say("if", said, ", ".join(conditions)) if conditions else said

    def _condition(self, name: str, wanted: Choice) -> str:
        said = self._say("yes" if wanted else "no") if isinstance(wanted, bool) else str(wanted)
        return self._say("is", self._name(name), said)

    def _formula(self, formula: Formula) -> str:
        if formula.fixed is not None:
            return rupiah_text(formula.fixed)
        base = self._name(str(formula.of))
        base = self._say("times", base, self._name(formula.times)) if formula.times else base
        base = self._say("less", base, self._name(formula.less)) if formula.less else base
        if formula.each is not None:
            said = self._say("each", rupiah_text(formula.each), base)
        else:
            rate, sign = (formula.permil, "‰") if formula.percent is None else (formula.percent, "%")
            said = self._say("part", f"{self._number(rate or Decimal(0))}{sign}", base)
        return self._say("plus", said, rupiah_text(formula.plus)) if formula.plus else said

    def _name(self, name: str) -> str:
        named = self._tariff.facts.get(name) or self._tariff.components.get(name)
        return self._of(named.title) if named else name

    def _number(self, number: Decimal) -> str:
        text = f"{number.normalize():f}"
        return text.replace(".", ",") if self._language == "id" else text

    def _of(self, text: Text) -> str:
        return text.id if self._language == "id" else text.en

    def _say(self, phrase: str, *parts: object) -> str:
        return _say(phrase, self._language, *parts)


def _say(phrase: str, language: Language, *parts: object) -> str:
    return _PHRASES[phrase][0 if language == "id" else 1].format(*parts)
