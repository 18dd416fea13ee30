"""``hub tariff``: what a service costs under the version of the day on which a case was opened."""

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.command import noun, verb
from hub.cli.exit import Exit
from hub.cli.network.declared import Folder, Schemas, read_catalog, today_in, usable
from hub.cli.output import Json, say, write_json, write_table
from hub.errors import ConfigurationError

if TYPE_CHECKING:
    from hub.network.tariff import FactValue, Reckoning, Tariff, TariffFact

app = noun("Tariffs: what a service costs, line by line.")

_WHOLE = re.compile(r"[0-9]{1,19}")
_FLAGS = {"yes": True, "true": True, "no": False, "false": False}


@verb(
    app,
    "reckon",
    example="hub tariff reckon deploy/samarinda land_transfer "
    "parcels=1 price=500000000 exemption=80000000 land_value=400000000",
)
def reckon(
    network: Folder,
    tariff: Annotated[str, typer.Argument(help="Name of the tariff.")],
    *,
    facts: Annotated[list[str] | None, typer.Argument(help="Facts, as name=value; rupiah without dots.")] = None,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day the case was opened; today.")] = None,
    schemas: Schemas = None,
    as_json: Json = False,
) -> None:
    """Reckon what is owed, to whom, in whole rupiah; exit code 1 when it cannot be known.

    The version in force on the day of opening counts, whatever came after it.
    """
    from hub.network.tariff import Reckoning, in_force
    from hub.network.tariff import reckon as reckon_tariff

    declared = usable(network, read_catalog(schemas), examples=False)
    versions = [each for each in declared.tariffs.values() if each.tariff == tariff]
    if not versions:
        known = ", ".join(sorted({each.tariff for each in declared.tariffs.values()})) or "none"
        raise ConfigurationError(f"there is no tariff {tariff!r} in {declared.network.network}; there are: {known}")
    day = on.date() if on else today_in(network)
    version = in_force(versions, on=day)
    found = reckon_tariff(versions, _facts(version, facts or []), on=day)
    if not isinstance(found, Reckoning):
        say(f"hub: {found.why}")
        raise typer.Exit(Exit.FAILED)
    _tell(found, version, as_json=as_json)


def _facts(version: "Tariff | None", said: list[str]) -> "dict[str, FactValue]":
    """Read the facts as the version declares them; raise ConfigurationError for one that it does not name."""
    found: dict[str, FactValue] = {}
    for each in said:
        name, sign, value = each.partition("=")
        if not sign:
            raise ConfigurationError(f"{each!r} is no fact; write name=value")
        if version is not None and name not in version.facts:
            known = ", ".join(version.facts) or "none"
            raise ConfigurationError(f"{version.ref} has no fact {name!r}; there are: {known}")
        found[name] = _value(version.facts[name], value) if version is not None else value
    return found


def _value(fact: "TariffFact", text: str) -> "FactValue":
    """Read a fact's value; what does not fit stays text, which the tariff refuses."""
    if fact.kind == "choice":
        return next((choice for choice in fact.choices if str(choice) == text), text)
    if fact.kind == "flag":
        return _FLAGS.get(text, text)
    return int(text) if fact.kind != "factor" and _WHOLE.fullmatch(text) else text


def _tell(found: "Reckoning", version: "Tariff | None", *, as_json: bool) -> None:
    from hub.identity.money import rupiah_text

    if as_json:
        lines = [{"component": each.component, "payee": each.payee, "rupiah": each.amount} for each in found.lines]
        write_json({"tariff": found.tariff, "total": found.total, "shares": found.shares, "lines": lines})
        return
    titles = {name: each.title.id for name, each in version.components.items()} if version else {}
    rows = [[titles.get(each.component, each.component), each.payee, rupiah_text(each.amount)] for each in found.lines]
    say(f"{found.tariff}, in whole rupiah")
    write_table(["for", "to", "amount"], [*rows, ["total", "", rupiah_text(found.total)]])
