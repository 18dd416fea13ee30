"""Which migration is meant, what is refused before anything is sent, and how a run ends."""

from dataclasses import replace
from pathlib import Path

import pytest

from hub.cli.exit import Exit
from hub.cli.network.migrate.passage import Outcome, Wanted
from hub.cli.network.migrate.sending import Became, Result
from hub.cli.network.migrate.verb import chosen_of, exit_of, must_be_in_force, report
from hub.errors import ConfigurationError
from hub.names import CaseId, ProcedureRef
from hub.network.bundle import pack, unpack
from hub.network.load import DeclaredNetwork
from hub.network.migration.declared import Migration
from hub.rehearsal.migration import Foreseen
from tests.unit.network.town import Town

_TEXT = {"id": "-", "en": "-"}


def _migration(start: int, to: int) -> Migration:
    said = {"migration": "birth", "from": start, "to": to, "decided_by": "x", "reason": _TEXT, "legal_basis": "x"}
    return Migration.model_validate({**said, "evidence": "I"})


@pytest.fixture
def network(tmp_path: Path) -> DeclaredNetwork:
    """Read the small network, with three migrations."""
    made = [_migration(1, 2), _migration(1, 3), _migration(2, 3)]
    return replace(Town.copied(tmp_path).network(), migrations={each.name: each for each in made})


def test_the_newest_version_is_meant_unless_one_is_named(network: DeclaredNetwork) -> None:
    """All migrations that lead there; another name is told with those that there are."""
    assert [each.name for each in chosen_of(network, "birth")] == ["birth-1-3", "birth-2-3"]
    assert [each.name for each in chosen_of(network, "birth@2")] == ["birth-1-2"]
    with pytest.raises(
        ConfigurationError, match="no migration leads to 'death'; there are: birth@1 to birth@2, birth@1"
    ):
        chosen_of(network, "death")
    with pytest.raises(ConfigurationError, match=r"there is none; write migrations/birth-<from>-<to>\.yaml"):
        chosen_of(replace(network, migrations={}), "birth")


def test_what_is_not_in_force_is_not_carried_out(tmp_path: Path) -> None:
    """The workers go by the bundle: a migration that they lack, or have otherwise, is refused."""
    town = Town.copied(tmp_path)
    catalog, plain = town.catalog(), town.network()
    ids = {(each.type, each.version): number for number, each in enumerate(catalog)}
    force = unpack(pack(plain, catalog, ids=ids, created=1).encode())
    declared = replace(plain, migrations={"birth-1-2": _migration(1, 2)})
    with pytest.raises(ConfigurationError, match=r"does not have migrations/birth-1-2\.yaml as it stands here"):
        must_be_in_force(declared, force, [_migration(1, 2)])
    must_be_in_force(declared, replace(force, network=declared), [_migration(1, 2)])


@pytest.mark.parametrize(
    ("became", "code"),
    [
        (("done", "done"), Exit.OK), (("done", "refused"), Exit.FAILED), (("stale", "done"), Exit.FAILED),
        (("done", "undecided"), Exit.UNREACHABLE), (("done",), Exit.UNREACHABLE),
    ],
)  # fmt: skip
def test_a_run_ends_by_what_became_of_its_cases(became: tuple[Became, ...], code: Exit) -> None:
    """Scripts know whether all is done, some were refused, or it must be run again."""
    cases = [CaseId("a"), CaseId("b")]
    found = [Foreseen(case, 1, "stays", "each task is kept") for case in cases]
    results = {case: Result(case, what, "why") for case, what in zip(cases, became, strict=False)}
    outcome = Outcome(found, cases, results)
    assert exit_of(outcome) == code
    wanted = Wanted(reasons={ProcedureRef("birth@1"): "x"}, to=ProcedureRef("birth@2"), actor="budi")
    told = report(wanted, found, outcome)
    assert (told["stays"], told["became"]["done"]) == (2, became.count("done"))
    assert sum(each["cases"] for each in told["amiss"]) == len(became) - became.count("done")
