"""Statuses of foreign systems: what each code of OSS means here, what is refused, and what is wrong with a list."""

from typing import Any

import pytest

from hub.identity import Refusal
from hub.network.bundle import declared_content
from hub.network.folder.yaml import read_yaml
from hub.network.load import DeclaredNetwork
from hub.network.status import Statuses, meaning
from tests import networks
from tests.unit.network.town import DATA, Town

#: Changes of the list below, and exactly what is said of each.
FOUND: list[dict[str, Any]] = read_yaml("statuses.yaml", (DATA / "statuses.yaml").read_bytes())[0].value
FILE = "town/statuses/mill.yaml"
HEAD = """statuses: mill
title: {id: Status, en: Statuses}
agency: registry
evidence: I
codes:
  - {code: "05", title: {id: S, en: S}, state: submitted, clock: run, event: town.ReportCompleted, evidence: I}
  - {code: "11", title: {id: S, en: S}, state: returned_for_completion, clock: stop, event: town.RecordingReturned,
     evidence: I}
  - {code: "90", title: {id: S, en: S}, state: rejected, clock: end, event: town.RecordingRefused, evidence: I}
"""
#: What domain.md D2 CT5 says of each code: state, detail, what the clock does.
OSS = {
    "05": ("screening", None, "run"),
    "09": ("submitted", None, "run"),
    "10": ("complete", None, "run"),
    "11": ("returned_for_completion", None, "stop"),
    "12": ("in_verification", "commitment", "run"),
    "20": ("in_verification", "validation", "run"),
    "30": ("awaiting_payment", "verifying", "stop"),
    "31": ("awaiting_payment", "confirming", "stop"),
    "32": ("awaiting_payment", "awaiting_proof", "stop"),
    "33": ("awaiting_payment", "approved", "run"),
    "34": ("awaiting_payment", "fix_proof", "stop"),
    "40": ("in_inspection", None, "run"),
    "41": ("clarification", None, "stop"),
    "42": ("in_verification", "resumed", "resume"),
    "43": ("re_clarification", None, "stop"),
    "44": ("in_verification", "restarted", "reset"),
    "45": ("in_verification", "verified", "run"),
    "49": ("numbering", None, "end"),
    "50": ("approved", None, "end"),
    "52": ("approved_provisional", "provisional", "end"),
    "57": ("approved_deemed", "deemed", "end"),
    "60": ("supervised", "warned", None),
    "70": ("supervised", "suspended", None),
    "80": ("supervised", "fined", None),
    "90": ("rejected", "licence", "end"),
    "93": ("rejected", "requirement", "end"),
}


@pytest.fixture(scope="module")
def network() -> DeclaredNetwork:
    """Read the reference network."""
    return networks.samarinda()


@pytest.fixture
def listed(town: Town) -> Town:
    """Give the town a list of statuses."""
    (town.folder / "town" / "statuses").mkdir()
    (town.folder / FILE).write_text(HEAD)
    return town


@pytest.mark.parametrize("code", OSS)
def test_each_status_of_oss_means_one_state_and_one_move_of_the_clock(network: DeclaredNetwork, code: str) -> None:
    """What OSS calls 41 stops the clock, 42 lets it run on, 44 begins it anew, and so on for every code."""
    found = meaning(network.statuses["oss"], code)
    assert not isinstance(found, Refusal)
    assert (found.state, found.detail, found.clock) == OSS[code]
    assert found.evidence == "V-H"


def test_no_other_status_of_oss_is_guessed(network: DeclaredNetwork) -> None:
    """A code that the source does not list, or that is written otherwise, is refused with words for a dead letter."""
    others = [f"{number:02}" for number in range(100) if f"{number:02}" not in OSS]
    refused = [meaning(network.statuses["oss"], code) for code in [*others, "5", " 05", "41.0", ""]]
    assert len(others) == 100 - len(OSS)
    assert set(refused) == {Refusal("must be one of the 26 codes in statuses/oss.yaml")}


def test_no_two_statuses_of_oss_are_told_as_one(network: DeclaredNetwork) -> None:
    """State and detail together are one code's own, so that what is told to OSS can be found from it."""
    codes = network.statuses["oss"].codes
    assert {each.code for each in codes} == OSS.keys()
    assert len({(each.state, each.detail) for each in codes}) == len(codes)


def test_codes_of_one_event_are_told_apart_by_its_enum(network: DeclaredNetwork) -> None:
    """What a payment's stage or a decision is called in the list is what the event says."""
    types = networks.catalog().types
    by_event: dict[str, set[str]] = {}
    for each in network.statuses["oss"].codes:
        if each.event in {"id.mpp.business.FeeProgressed", "id.mpp.business.LicenceIssued"} and each.event:
            by_event.setdefault(each.event, set()).add(each.detail or each.state)
            field = "stage" if each.event.endswith("FeeProgressed") else "decision"
            assert (each.detail or each.state) in types[each.event].fields[field].symbols
    assert sorted(len(details) for details in by_event.values()) == [2, 3]


def test_a_right_list_has_no_findings_and_travels(listed: Town) -> None:
    """What a completion, a return and a rejection do to the clock is what the list says; a bundle holds it."""
    assert listed.lines() == []
    (travels,) = declared_content(listed.network())["statuses"]
    assert Statuses.model_validate(travels) == listed.network().statuses["mill"]


@pytest.mark.parametrize("case", FOUND, ids=lambda case: case["expect"].split("]")[0])
def test_a_mistake_in_a_list_is_told_with_place_and_remedy(listed: Town, case: dict[str, Any]) -> None:
    """Each mistake gives exactly its finding."""
    listed.edit(FILE, *case["edit"])
    assert listed.lines() == [f"statuses/mill.yaml:{case['expect']}"]
