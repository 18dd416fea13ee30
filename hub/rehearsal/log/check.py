"""What a log.yaml says that its network or the schemas do not have, at its place."""

from collections.abc import Iterator, Mapping
from typing import Any

from hub.errors import SchemaError
from hub.events.catalog import EventSchema
from hub.events.value import check_value
from hub.names import EventType
from hub.network.folder.finding import Finding, meant
from hub.network.folder.yaml import Document, Path
from hub.network.load import DeclaredNetwork
from hub.rehearsal.log.declared import Activity, LogFile
from hub.rehearsal.log.field import sample_of


class LogCheck:
    """Check one log.yaml against a network and the event types."""

    def __init__(
        self, declared: LogFile, *, document: Document, network: DeclaredNetwork, types: Mapping[EventType, EventSchema]
    ) -> None:
        """Keep what is checked against what."""
        self._declared = declared
        self._document = document
        self._network = network
        self._types = types

    def findings(self) -> Iterator[Finding]:
        """Give everything that is wrong, in the order of the file's parts."""
        yield from self._of_opener()
        yield from self._of_common_fields()
        for name, activity in self._declared.activities.items():
            yield from self._of_speaker(name, activity)
            schema = self._types.get(activity.event)
            if schema is None:
                fix = meant(activity.event, self._types, otherwise="add its .avsc file")
                message = f"event type {activity.event!r} has no schema"
                yield self._at(("activities", name, "event"), "unknown-type", message, fix=fix)
            else:
                yield from self._of_fields(name, activity, schema=schema)
                yield from self._of_values(name, activity, schema=schema)

    def _of_opener(self) -> Iterator[Finding]:
        opener = self._network.agencies.get(self._declared.opener)
        if opener is None or not opener.opens:
            openers = [code for code, agency in self._network.agencies.items() if agency.opens]
            fix = meant(self._declared.opener, openers, otherwise="name the agency that opens the cases")
            yield self._at(("opener",), "log-opener", f"{self._declared.opener!r} opens no case here", fix=fix)

    def _of_common_fields(self) -> Iterator[Finding]:
        used = {each.event for each in self._declared.activities.values()} & self._types.keys()
        known = {name for event_type in used for name in self._types[event_type].fields}
        for field in self._declared.fields:
            if field not in known:
                fix = meant(field, known, otherwise="take it out")
                message = f"no event type of this log has a field {field!r}"
                yield self._at(("fields", field), "log-field", message, fix=fix)

    def _of_speaker(self, name: str, activity: Activity) -> Iterator[Finding]:
        agency = self._network.agencies.get(activity.agency)
        path: Path = ("activities", name, "agency")
        if agency is None:
            fix = meant(activity.agency, self._network.agencies, otherwise=f"add agencies/{activity.agency}.yaml")
            yield self._at(path, "unknown-agency", f"agency {activity.agency!r} is not in this network", fix=fix)
        elif activity.event not in {*agency.publishes, *agency.opens}:
            message = f"{activity.agency} may not publish {activity.event}"
            fix = f"add it to publishes in agencies/{activity.agency}.yaml"
            yield self._at(path, "not-published", message, fix=fix)

    def _of_fields(self, name: str, activity: Activity, *, schema: EventSchema) -> Iterator[Finding]:
        path: Path = ("activities", name, "fields")
        for field in activity.fields:
            if field not in schema.fields:
                fix = meant(field, schema.fields, otherwise="take it out")
                yield self._at((*path, field), "log-field", f"{activity.event} has no field {field!r}", fix=fix)
        for field in self._declared.fields_of(activity, schema.fields):
            if field in schema.fields and sample_of(schema.fields[field]) is None:
                message = f"field {field!r} of {activity.event} is of kind {schema.fields[field].kind}"
                yield self._at((*path, field), "log-field", message, fix="no column can give that; write it in values")

    def _of_values(self, name: str, activity: Activity, *, schema: EventSchema) -> Iterator[Finding]:
        try:
            check_value(schema, {**samples(self._declared, activity, schema=schema), **activity.values})
        except SchemaError as wrong:
            for field, why in wrong.misfits:
                message = f"field {field!r} of {activity.event} {why}"
                fix = "give it a column in fields or a value in values, as the schema has it"
                yield self._at(("activities", name, "values", field), "log-value", message, fix=fix)

    def _at(self, path: Path, code: str, message: str, *, fix: str) -> Finding:
        place = self._document.at(*path)
        return Finding(code, self._document.file, place.line, place.column, message, fix)


def samples(declared: LogFile, activity: Activity, *, schema: EventSchema) -> dict[str, Any]:
    """Give values that fit for those fields of an activity's event that columns will give."""
    given = declared.fields_of(activity, schema.fields)
    return {name: sample_of(field) for name, field in schema.fields.items() if name in given}
