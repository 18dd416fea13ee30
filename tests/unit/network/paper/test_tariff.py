"""What a service costs, in plain words: every way to reckon, in two languages, the newest version first."""

from pathlib import Path

import pytest

from hub.network.paper.explain import explain
from hub.network.paper.tariff import tariff_lines
from tests.unit.network.test_tariff import FILE, TARIFF
from tests.unit.network.town import BIRTH, Town


@pytest.fixture
def priced(tmp_path: Path) -> Town:
    """Give the town two versions of a tariff, the older without amounts."""
    town = Town.copied(tmp_path)
    (town.folder / "town" / "tariffs").mkdir()
    (town.folder / FILE).write_text(
        TARIFF.replace("{from: 2026-01-01}", "{until: 2026-02-28}").replace("city", "clinic")
    )
    later = TARIFF.replace("version: 1", "version: 2").replace("2026-01-01", "2026-03-01")
    (town.folder / "town/tariffs/birth.v2.yaml").write_text(later)
    return town


def test_each_way_to_reckon_is_said_in_both_languages(priced: Town) -> None:
    """To whom, how much, when, and how it is known; numbers as each language writes them."""
    english, indonesian = (list(tariff_lines(priced.network(), "birth", language=tongue)) for tongue in ("en", "id"))

    assert english[:9] == [
        "## Tariff",
        "",
        "**Version 2** (Example 1/2026), from 2026-03-01; each amount is rounded down.",
        "",
        "| for | to | amount | evidence |",
        "|---|---|---|---|",
        "| Tax | the city | 0.8% of price times weight | I |",
        "| Extra | the State | 66% of Tax | I |",
        "| Duty | the city | 5% of (price less free) | I |",
    ]
    assert english[9:13] == [
        "| Record | the State | 1‰ of price + Rp50 | I |",
        "| Copies | Clinic | Rp7 for each of parts | I |",
        "| Fast | the State | Rp1.000, if fast = yes | I |",
        "| Five | the State | Rp0, if colour = 5 | I |",
    ]
    assert "| Pajak | kas kota | 0,8% dari harga kali bobot | I |" in indonesian
    assert "**Versi 1** (Contoh 1/2026), sampai 2026-02-28; tiap biaya dibulatkan ke bawah." in indonesian
    assert len(english) == len(indonesian)


def test_the_tariff_stands_in_what_people_sign(priced: Town) -> None:
    """It follows what the public is told; a service without a tariff says nothing of it."""
    network = priced.network()
    told = explain(network, network.procedures[BIRTH], priced.catalog(), language="en")

    assert told.index("## What the public is told") < told.index("## Tariff") < told.index("## Steps")
    assert list(tariff_lines(network, "other", language="en")) == []
