"""log.yaml held against its network: every fault at once, with its place, before a row is read."""

from pathlib import Path
from typing import Any, cast

import pytest

from hub.errors import ConfigurationError, NetworkError
from hub.network.folder.finding import Finding
from hub.network.folder.yaml import read_yaml
from hub.rehearsal.log import load_mapping
from tests.unit.rehearsal.wabo import WABO, catalog, mapping, network

_DATA = Path(__file__).parent / "data" / "faults.yaml"
FAULTS: list[dict[str, Any]] = read_yaml("faults.yaml", _DATA.read_bytes())[0].value
GOOD = """\
opener: registry
columns: {case: c, activity: a, time: t}
fields: {group: g}
activities:
  open: {agency: registry, event: nl.wabo.ReceiptConfirmed, fields: {application_number: c, channel: h, decide_by: d}}
  advise: {agency: advice, event: nl.wabo.InternAdviceDrafted, values: {aspect: 2}}
"""


def found(folder: Path, text: str) -> tuple[Finding, ...]:
    """Write a log.yaml and give all that is wrong with it."""
    (folder / "log.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(NetworkError) as raised:
        load_mapping(folder, network(), catalog())
    return cast("tuple[Finding, ...]", raised.value.findings)


def test_the_networks_own_mapping_covers_all_activities_and_columns() -> None:
    """27 activities have an agency, and the table needs just the columns that are kept."""
    with (WABO / "receipt.csv").open(encoding="utf-8") as log:
        assert set(mapping().needed) == set(log.readline().strip().split(","))
    assert len(mapping().activities) == 27


def test_constants_and_defaults_stand_where_no_column_gives_a_field(tmp_path: Path) -> None:
    """What is always the same is made once."""
    (tmp_path / "log.yaml").write_text(GOOD, encoding="utf-8")
    made = load_mapping(tmp_path, network(), catalog())
    assert made.activities["advise"].always == {"aspect": 2, "done_at": None}
    assert made.needed == ("c", "a", "t", "g", "h", "d")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["edit"][1])
def test_a_fault_is_told_with_place_and_remedy(tmp_path: Path, fault: dict[str, Any]) -> None:
    """Each fault gives exactly its findings: line, column, what is wrong, what to do."""
    right, wrong = fault["edit"]
    assert right in GOOD
    lines = [str(each) for each in found(tmp_path, GOOD.replace(right, wrong, 1))]
    assert lines == [f"log.yaml:{each}" for each in fault["expect"]]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Whoever writes a mapping mends it in one go."""
    text = GOOD.replace("opener: registry", "opener: nobody").replace("aspect: 2", "aspect: two")
    assert {each.code for each in found(tmp_path, text)} == {"log-opener", "log-value"}


def test_a_network_without_log_yaml_says_so(tmp_path: Path) -> None:
    """Not every network rehearses logs."""
    with pytest.raises(ConfigurationError, match=r"log\.yaml: cannot be read"):
        load_mapping(tmp_path, network(), catalog())
