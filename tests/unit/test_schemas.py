"""The contract's own rules, held over every file of ``schemas/``."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from hub.events.catalog import Catalog
from hub.events.codec import Codec
from hub.names import EventType
from hub.network.model import COMPLETED, Procedure
from hub.network.subject import expanded

ROOT: Final = Path(__file__).parents[2]
SCHEMAS: Final = ROOT / "schemas"
FILES: Final = sorted(SCHEMAS.rglob("*.avsc"))
#: The hub's own records may nest; those that agencies read and write may not.
AGENCIES_FILES: Final = [path for path in FILES if path.parent.name != "hub"]
PROCEDURES: Final = sorted((ROOT / "deploy" / "samarinda" / "procedures").glob("*.yaml"))
DOCUMENT: Final = "id.mpp.common.Document"
CLASSES: Final = {"general", "identity", "health", "biometric", "crime", "child", "finance"}
PLAIN: Final = {"string", "boolean", "int", "long"}
#: Elements that are an identifier of a kind, whatever the field is called.
IDENTIFIERS: Final = {
    "(.*_)?nik": "nik", "(.*_)?family_card_number": "kk", "(.*_)?jkn_number": "jkn", "(.*_)?billing_code": "billing",
    "(.*_)?nib": "nib", "kbli": "kbli", "nop": "nop", "(.*_)?plate": "plate",
}  # fmt: skip
LOGICAL: Final = {("int", "date"), ("long", "timestamp-millis")}


def read(path: Path) -> dict[str, Any]:
    """Read one file as JSON."""
    avro: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return avro


def fields(avro: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Go over the fields of a record and of the records inside it."""
    for field in avro["fields"]:
        yield field
        items = field["type"].get("items") if isinstance(field["type"], dict) else None
        if isinstance(items, dict) and items.get("type") == "record":
            yield from fields(items)


def may_stand(avro: Any) -> bool:
    """Tell whether an agency's record may use this Avro type."""
    if isinstance(avro, list):
        return len(avro) == 2 and avro[0] == "null" and may_stand(avro[1])
    if isinstance(avro, str):
        return avro in PLAIN or avro == DOCUMENT
    if avro["type"] == "array":
        return bool(avro["items"] == "string")
    return avro["type"] == "enum" or (avro["type"], avro.get("logicalType")) in LOGICAL


def paths_read(procedure: dict[str, Any]) -> dict[str, set[str]]:
    """List the fields that a procedure's expressions read, by event type."""
    sources = defaultdict(set, {"application": {procedure["opens_on"]}})
    texts: list[str] = []
    used: dict[str, set[str]] = defaultdict(set)
    for name, step in procedure["steps"].items():
        deadline = step["deadline"]
        texts += [*step.get("fill", {}).values(), step.get("when", "")]
        texts.append(deadline.get("from", "") if isinstance(deadline, dict) else "")
        for kind, answer in step["answers"].items():
            outcome = answer if isinstance(answer, str) else answer["outcome"]
            if outcome == "done":
                sources[name].add(kind)
            elif isinstance(answer, dict):
                sources["application"].update({answer["completed_by"]} if "completed_by" in answer else ())
                used[kind].update(answer[key] for key in ("items", "reason", "text") if key in answer)
    for source, field in re.findall(r"\b([a-z_]+)\.([a-z0-9_]+)\b", " ".join(map(str, texts))):
        for kind in sources[source]:
            used[kind].add(field)
    return used


def plain(procedure: Procedure) -> dict[str, Any]:
    """Write a procedure as its file has it."""
    return procedure.model_dump(mode="json", by_alias=True, exclude_none=True)


def said_of_whom(procedure: Procedure) -> dict[str, set[str]]:
    """List the fields in which answers and completions name their subject, and what they say of it."""
    used: dict[str, set[str]] = defaultdict(set)
    for step in procedure.steps.values():
        group = procedure.subjects.get(step.for_each or "")
        for kind, answer in step.answers.items() if group else ():
            used[kind].add(group.field)
            if answer.outcome == "returned" and answer.completed_by != COMPLETED:
                facts = group.of[step.subject or ""].facts
                used[answer.completed_by] |= {group.field, *facts}
    return used


def all_read() -> dict[str, set[str]]:
    """List the fields that any procedure reads, by event type."""
    used: dict[str, set[str]] = defaultdict(set)
    for path in PROCEDURES:
        declared = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        whole = expanded(Procedure.model_validate(declared)) if "subjects" in declared else None
        for kind, names in paths_read(declared if whole is None else plain(whole)).items():
            used[kind] |= names
        for kind, names in said_of_whom(whole).items() if whole else ():
            used[kind] |= names
    return used


def test_every_file_is_found_and_every_type_can_be_written() -> None:
    """The folder loads whole, and each of its types has a codec."""
    catalog = Catalog.load(SCHEMAS)
    codec = Codec.over(catalog)
    assert len(list(catalog)) == len(FILES) > 50
    assert all(codec.knows(event_type) for event_type in catalog.types)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SCHEMAS)))
def test_a_file_is_named_after_its_record_and_folder(path: Path) -> None:
    """Whoever knows a type's full name knows its file."""
    avro = read(path)
    assert re.fullmatch(rf"{avro['name']}\.v[1-9][0-9]*\.avsc", path.name)
    assert avro["namespace"].rpartition(".")[2] == path.parent.name
    assert avro["doc"].endswith(".")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SCHEMAS)))
def test_every_field_says_what_datum_it_is_and_why_it_needs_care(path: Path) -> None:
    """No field without element, class and a sentence; bookkeeping stands in the hub's own types only."""
    avro = read(path)
    classes = CLASSES | {"none"} if avro["namespace"] == "hub" else CLASSES
    for field in fields(avro):
        assert re.fullmatch(r"[a-z][a-z0-9_]*", field["element"]), field["name"]
        assert field["class"] in classes, field["name"]
        assert len(field["doc"]) > 3, field["name"]


@pytest.mark.parametrize("path", AGENCIES_FILES, ids=lambda path: str(path.relative_to(SCHEMAS)))
def test_agencies_types_are_plain(path: Path) -> None:
    """Agencies' records use only the kinds that every client and every guard can read; unions default to null."""
    for field in read(path)["fields"]:
        assert may_stand(field["type"]), field["name"]
        assert not isinstance(field["type"], list) or field["default"] is None, field["name"]


@pytest.mark.parametrize("path", AGENCIES_FILES, ids=lambda path: str(path.relative_to(SCHEMAS)))
def test_numbers_of_people_name_their_kind(path: Path) -> None:
    """A NIK, family card, NIB, plate or payment code is checked wherever it travels, under whatever field name."""
    for field in read(path)["fields"]:
        kind = next((kind for pattern, kind in IDENTIFIERS.items() if re.fullmatch(pattern, field["element"])), None)
        assert field.get("identifier") == kind or kind is None, field["name"]


def test_enum_names_are_unique_in_their_namespace() -> None:
    """Two records never define an enum of the same name differently: code generators put them side by side."""
    owners: dict[str, set[str]] = defaultdict(set)
    for path in FILES:
        avro = read(path)
        for field in fields(avro):
            inner = field["type"][-1] if isinstance(field["type"], list) else field["type"]
            if isinstance(inner, dict) and inner["type"] == "enum":
                owners[f"{avro['namespace']}.{inner['name']}"].add(avro["name"])
    assert {name: types for name, types in owners.items() if len(types) > 1} == {}


def test_what_procedures_read_stands_before_the_rest() -> None:
    """Routing fields come first, so that a reader of the prefix alone can route."""
    types, used = Catalog.load(SCHEMAS).types, all_read()
    assert len(used) > 20
    wrong = {}
    for kind, names in used.items():
        known = list(types[EventType(kind)].fields)
        order = [name in names for name in known]
        if order != sorted(order, reverse=True):
            wrong[kind] = [name for name in known if name not in names]
    assert wrong == {}


def test_the_order_test_can_see_a_late_routing_field() -> None:
    """The look-up of read fields finds what guards, fills, deadlines, items and reasons name."""
    used = all_read()
    assert "delivery" in used["id.mpp.civil.BirthNotified"]
    assert "slot_at" in used["id.mpp.immigration.SlotConfirmed"]
    assert {"reason", "items"} <= used["id.mpp.delivery.DeliveryFailed"]
