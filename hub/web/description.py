"""What an agency may say, told so that a programmer can say it: fields, their meaning, and an example that fits."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from hub.events.catalog import EventSchema, kind_of, unwrap
from hub.identity import KINDS
from hub.names import AgencyCode, EventType, case_id
from hub.web.network import Vocabulary


class FieldShown(BaseModel):
    """One field of an event type."""

    name: str
    kind: str
    required: bool
    nullable: bool
    symbols: list[str]
    element: str | None
    data_class: str | None
    identifier: str | None
    doc: str


class TypeListed(BaseModel):
    """One event type that the agency may publish."""

    type: str
    version: int
    opens_case: bool
    doc: str


class TypeShown(TypeListed):
    """One event type with everything needed to publish it."""

    fields: list[FieldShown]
    example: dict[str, Any]
    avro: dict[str, Any]


def list_types(vocabulary: Vocabulary, agency: AgencyCode) -> list[TypeListed]:
    """List what the agency may publish, by name."""
    voice = vocabulary.voices.get(agency)
    publishes = sorted(voice.publishes) if voice else []
    return [TypeListed(**_head(vocabulary, agency, vocabulary.schemas[each])) for each in publishes]


def show_type(vocabulary: Vocabulary, agency: AgencyCode, event_type: EventType) -> TypeShown | None:
    """Show one type; None when it is not the agency's to say."""
    voice = vocabulary.voices.get(agency)
    if voice is None or event_type not in voice.publishes:
        return None
    schema = vocabulary.schemas[event_type]
    return TypeShown(
        **_head(vocabulary, agency, schema),
        fields=_fields(schema),
        example=example_event(schema, agency),
        avro=dict(schema.avro),
    )


def example_event(schema: EventSchema, agency: AgencyCode) -> dict[str, Any]:
    """Make a CloudEvent of this type, in structured form, that the gateway takes."""
    return {
        "specversion": "1.0",
        "id": f"{schema.type.rsplit('.', 1)[-1]}-0001",
        "source": f"/agency/{agency}/registry",
        "type": schema.type,
        "time": "2026-01-31T08:00:00+08:00",
        "correlationid": case_id(agency, "example"),
        "datacontenttype": "application/json",
        "data": example_data(schema),
    }


def example_data(schema: EventSchema) -> dict[str, Any]:
    """Make data that fits the schema; each value only shows its form."""
    data: dict[str, Any] = _example(schema.avro, {})
    return data


def _head(vocabulary: Vocabulary, agency: AgencyCode, schema: EventSchema) -> dict[str, Any]:
    return {
        "type": schema.type,
        "version": schema.version,
        "opens_case": schema.type in vocabulary.voices[agency].opens,
        "doc": str(schema.avro.get("doc", "")),
    }


def _fields(schema: EventSchema) -> list[FieldShown]:
    return [
        FieldShown(
            name=field.name,
            kind=field.kind,
            required=not field.has_default,
            nullable=field.nullable,
            symbols=list(field.symbols),
            element=field.element,
            data_class=field.data_class,
            identifier=field.identifier,
            doc=field.doc,
        )
        for field in schema.fields.values()
    ]


def _example(avro: Any, named: dict[str, Any]) -> Any:
    inner, _ = unwrap(avro)
    if isinstance(inner, list):
        inner = next(each for each in inner if each != "null")
    if isinstance(inner, str):
        inner = named.get(inner, inner)
    kind = kind_of(inner)
    if kind == "record":
        return _example_record(inner, named)
    if kind == "array":
        return [_example(inner["items"], named)]
    if kind == "enum":
        named[inner["name"]] = inner
        return inner["symbols"][0]
    return {
        "int": 1,
        "double": 1.5,
        "boolean": True,
        "date": "2026-01-31",
        "timestamp": "2026-01-31T08:00:00+08:00",
    }.get(kind, "text")


def _example_record(avro: Mapping[str, Any], named: dict[str, Any]) -> dict[str, Any]:
    named[avro["name"]] = avro
    if "namespace" in avro:
        named[f"{avro['namespace']}.{avro['name']}"] = avro
    return {field["name"]: _example_field(field, named) for field in avro["fields"]}


def _example_field(field: Mapping[str, Any], named: dict[str, Any]) -> Any:
    kind = KINDS.get(field.get("identifier", ""))
    return kind.sample if kind else _example(field["type"], named)
