"""What is owed is asked on the command line: by day, in words and for machines, and never guessed."""

import json
from pathlib import Path

import pytest

from hub.cli.app import main
from hub.cli.exit import Exit

SAMARINDA = str(Path(__file__).parents[3] / "deploy" / "samarinda")
PASSPORT = ("product=electronic", "validity_years=10", "is_same_day=yes", "replaces=none")


def _run(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["tariff", "reckon", SAMARINDA, *words])
    return int(left.value.code or 0)


def test_a_program_reads_lines_shares_and_total(capsys: pytest.CaptureFixture[str]) -> None:
    """Choices that are numbers and flags in words are read as the tariff declares them."""
    assert _run("passport", *PASSPORT, "--json") == Exit.OK

    found = json.loads(capsys.readouterr().out)
    assert (found["tariff"], found["total"], found["shares"]) == ("passport@2", 1_950_000, {"state": 1_950_000})
    assert [line["component"] for line in found["lines"]] == ["electronic_10", "same_day"]


def test_the_day_of_opening_decides(capsys: pytest.CaptureFixture[str]) -> None:
    """On 16 December 2024 the old tariff was in force; its amounts are not known, and the exit code says so."""
    assert _run("passport", "--on", "2024-12-16") == Exit.FAILED
    assert capsys.readouterr().err == "hub: passport@1: the amount of 'passport' is not known\n"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("land_transfer", "price=500.000"), Exit.FAILED, "land_transfer@1: fact 'parcels' is missing"),
        (
            ("passport", *PASSPORT, "colour=red"),
            Exit.CONFIGURATION,
            "passport@2 has no fact 'colour'; there are: product",
        ),
        (("passport", "electronic"), Exit.CONFIGURATION, "'electronic' is no fact; write name=value"),
        (("pasport",), Exit.CONFIGURATION, "there is no tariff 'pasport' in samarinda; there are: land_transfer, pass"),
        (("vehicle_transfer", "--on", "2024-01-01"), Exit.FAILED, "no version is in force on 2024-01-01"),
    ],
)
def test_what_cannot_be_reckoned_is_told(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: Exit, told: str
) -> None:
    """A wrong word is the caller's, an amount that is not known the tariff's."""
    assert _run(*words) == code
    assert capsys.readouterr().err.startswith(f"hub: {told}")
