"""The catalog: every type and version that a folder holds, or everything that is wrong with it."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub.errors import ConfigurationError
from hub.events.catalog import Catalog, EventSchema, kind_of, parse_schema, unwrap
from hub.names import EventType

PART = {"type": "record", "name": "Document", "namespace": "test.common", "fields": [{"name": "id", "type": "string"}]}


def write(folder: Path, file: str, avro: Any) -> None:
    """Write one schema file."""
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(avro if isinstance(avro, str) else json.dumps(avro))


def record(name: str, *fields: dict[str, Any], namespace: str = "test") -> dict[str, Any]:
    """Make a record's schema."""
    return {"type": "record", "name": name, "namespace": namespace, "fields": list(fields)}


def field(name: str, avro: Any, **more: Any) -> dict[str, Any]:
    """Make a field."""
    return {"name": name, "type": avro, **more}


def test_versions_are_held_in_order(tmp_path: Path) -> None:
    """All versions are there, oldest first by number, and the newest is the one that is written."""
    for version in (10, 2, 1):
        write(tmp_path, f"Seen.v{version}.avsc", record("Seen", field("a", "int", default=version)))
    catalog = Catalog.load(tmp_path)

    assert [each.version for each in catalog.versions(EventType("test.Seen"))] == [1, 2, 10]
    assert catalog.newest(EventType("test.Seen")).version == 10
    assert catalog.types[EventType("test.Seen")].version == 10
    assert "test.Seen" in catalog
    assert "test.Heard" not in catalog
    assert len(list(catalog)) == 3


def test_a_type_of_another_file_is_put_in_place(tmp_path: Path) -> None:
    """A schema is self-contained: a shared type stands whole at its first use and by name after it."""
    write(tmp_path, "common/Document.v1.avsc", PART)
    twice = (field("a", "test.common.Document"), field("b", ["null", "test.common.Document"], default=None))
    write(tmp_path, "Seen.v1.avsc", record("Seen", *twice))
    schema = Catalog.load(tmp_path).newest(EventType("test.Seen"))

    assert schema.avro["fields"][0]["type"] == PART
    assert schema.avro["fields"][1]["type"] == ["null", "test.common.Document"]
    assert parse_schema(schema.text).avro == schema.avro


def test_a_shared_type_is_its_newest_version(tmp_path: Path) -> None:
    """Version 10 of a shared type is newer than version 9."""
    for version in (9, 10):
        write(tmp_path, f"Document.v{version}.avsc", PART | {"doc": f"v{version}"})
    write(tmp_path, "Seen.v1.avsc", record("Seen", field("a", "test.common.Document")))

    assert Catalog.load(tmp_path).newest(EventType("test.Seen")).avro["fields"][0]["type"]["doc"] == "v10"


def test_fields_say_what_declarations_need(tmp_path: Path) -> None:
    """Kind, nullability, default, element, class, symbols and words of each field are told."""
    date = {"type": "int", "logicalType": "date"}
    sex = {"type": "enum", "name": "Sex", "symbols": ["F", "M"]}
    write(
        tmp_path,
        "Seen.v1.avsc",
        record(
            "Seen",
            field("born", ["null", date], default=None, element="birth_date", **{"class": "child"}, doc="When."),
            field("sex", sex),
        ),
    )
    born, sex_field = Catalog.load(tmp_path).newest(EventType("test.Seen")).fields.values()

    assert (born.kind, born.nullable, born.has_default, born.element) == ("date", True, True, "birth_date")
    assert (born.data_class, born.doc) == ("child", "When.")
    assert (sex_field.kind, sex_field.nullable, sex_field.symbols, sex_field.element) == (
        "enum",
        False,
        ("F", "M"),
        None,
    )


@pytest.mark.parametrize(
    ("file", "avro", "why"),
    [
        ("seen.avsc", record("seen"), "<Name>.v<N>.avsc"),
        ("Seen.v1.avsc", "{", "Expecting"),
        ("Seen.v1.avsc", "[]", "record named 'Seen'"),
        ("Seen.v1.avsc", record("Heard"), "record named 'Seen'"),
        ("Seen.v1.avsc", {"type": "record", "name": "Seen", "fields": []}, "namespace"),
        ("Seen.v1.avsc", record("Seen", {"name": "a"}), "type"),
        ("Seen.v1.avsc", {"type": "record", "name": "Seen", "namespace": "t"}, "fields"),
        ("Seen.v1.avsc", record("Seen", field("a", "unheard.Of")), "unheard"),
        ("Seen.v1.avsc", record("Seen", field("a", "int", default="x")), "Default"),
        ("Seen.v1.avsc", record("Seen", field("a", ["null", "test.Seen"])), "inside itself"),
        ("Seen.v1.avsc", record("Seen", field("a", {"type": "array", "items": "null"})), "no bytes"),
        ("Seen.v1.avsc", "[" * 100_000, "recursion"),
        ("Seen.v1.avsc", record("Seen", field("a", "long", identifier="nik")), "never a number"),
        ("Seen.v1.avsc", record("Seen", field("a", "string", identifier="nikk")), "none of nik, kk"),
    ],
)
def test_what_is_no_schema_is_told_by_file(tmp_path: Path, file: str, avro: Any, why: str) -> None:
    """Whatever a file holds, the answer names the file and what is wrong with it."""
    write(tmp_path, file, avro)

    with pytest.raises(ConfigurationError) as wrong:
        Catalog.load(tmp_path)
    assert file in str(wrong.value)
    assert why in str(wrong.value)


def test_all_wrong_files_are_told_at_once(tmp_path: Path) -> None:
    """A person mends all files in one go."""
    write(tmp_path, "A.v1.avsc", "{")
    write(tmp_path, "B.v1.avsc", record("B", field("a", "unheard.Of")))
    write(tmp_path, "b.avsc", "{}")

    with pytest.raises(ConfigurationError) as wrong:
        Catalog.load(tmp_path)
    assert all(name in str(wrong.value) for name in ("A.v1.avsc", "B.v1.avsc", "b.avsc"))


def test_one_version_stands_in_one_file(tmp_path: Path) -> None:
    """Two files with the same version of a type are told; none wins by chance."""
    for folder in ("a", "b"):
        write(tmp_path, f"{folder}/Seen.v1.avsc", record("Seen"))

    with pytest.raises(ConfigurationError, match=r"test\.Seen v1 stands in .*a/Seen\.v1\.avsc already"):
        Catalog.load(tmp_path)


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    """A wrong folder is an error, not an empty catalog."""
    with pytest.raises(ConfigurationError, match=r"no \.avsc file"):
        Catalog.load(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "{}", "3", '"string"', '{"type":"record","name":"A","fields":[]}', "[" * 100_000,
             json.dumps(record("A", field("a", ["null", "test.A"])))],
)  # fmt: skip
def test_a_registrys_schema_is_not_trusted(text: str) -> None:
    """What a registry holds may be anything; what the hub cannot read safely is refused."""
    with pytest.raises(ConfigurationError):
        parse_schema(text)


@pytest.mark.parametrize(
    ("avro", "kind"),
    [
        ("string", "string"), ("long", "int"), ("float", "double"), ("boolean", "boolean"), ("bytes", "bytes"),
        ({"type": "long", "logicalType": "timestamp-millis"}, "timestamp"),
        ({"type": "bytes", "logicalType": "decimal", "precision": 9}, "decimal"),
        ({"type": "array", "items": "int"}, "array"), ({"type": "map", "values": "int"}, "map"),
        ({"type": "string", "logicalType": "uuid"}, "string"), ("test.common.Document", "record"),
    ],
)  # fmt: skip
def test_avros_types_fold_to_few_kinds(avro: Any, kind: str) -> None:
    """Declarations know a dozen kinds."""
    assert kind_of(avro) == kind


def test_null_and_a_type_are_that_type_or_nothing() -> None:
    """A union of null and one type is that type, nullable, in any order."""
    assert unwrap(["null", "int"]) == unwrap(["int", "null"]) == ("int", True)
    assert unwrap(["null", "int", "string"]) == (["null", "int", "string"], True)
    assert unwrap("int") == ("int", False)


def test_a_schemas_text_is_its_avro() -> None:
    """What a registry gets is the schema, letters of any language as they are."""
    schema = EventSchema(EventType("test.A"), 1, record("A") | {"doc": "kelahiran — lahir"})

    assert json.loads(schema.text) == schema.avro
    assert "—" in schema.text
