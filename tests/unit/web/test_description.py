"""What an agency is told of its event types."""

import pytest

from hub.events.catalog import EventSchema
from hub.events.codec import Codec
from hub.events.value import check_value
from hub.names import AgencyCode, EventType
from hub.web.description import example_data, list_types, show_type
from tests.unit.web.speaking import CATALOG, CIVIL, HOSPITAL, NOTIFIED, RECORDED, vocabulary

_CODEC = Codec.over(CATALOG)


@pytest.mark.parametrize("schema", list(CATALOG.types.values()), ids=str)
def test_every_example_fits_its_schema(schema: EventSchema) -> None:
    """An example is taken as it stands: it passes the check and can be written."""
    facts = check_value(schema, example_data(schema))

    assert _CODEC.decode(_CODEC.encode(schema.type, facts))[1].keys() == schema.fields.keys()


def test_an_agency_sees_its_types_and_no_others() -> None:
    """The list is what the network lets this agency say."""
    assert [each.type for each in list_types(vocabulary(), CIVIL)] == ["hub.TaskAccepted", RECORDED]
    assert [each.type for each in list_types(vocabulary(), HOSPITAL) if each.opens_case] == [NOTIFIED]
    assert list_types(vocabulary(), AgencyCode("nobody")) == []


def test_a_type_is_shown_with_its_fields() -> None:
    """Each field tells its kind, whether it must be there, and what it means."""
    shown = show_type(vocabulary(), CIVIL, RECORDED)

    assert shown is not None
    nik = next(field for field in shown.fields if field.name == "nik")
    assert (nik.kind, nik.required, nik.nullable, nik.element) == ("string", True, False, "nik")
    assert nik.identifier == "nik"
    assert nik.doc
    assert shown.example["type"] == RECORDED


def test_a_type_of_others_is_not_shown() -> None:
    """What an agency may not say it is not told."""
    assert show_type(vocabulary(), CIVIL, NOTIFIED) is None
    assert show_type(vocabulary(), CIVIL, EventType("id.mpp.Unknown")) is None
    assert show_type(vocabulary(), AgencyCode("nobody"), RECORDED) is None
