"""What a file says that its model does not take: pydantic's errors as findings, with place and remedy."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hub.network.folder.finding import Finding, one_of
from hub.network.folder.saying import say
from hub.network.folder.yaml import Document
from hub.network.model import Components


def misfits(document: Document, kind: type[BaseModel], wrong: ValidationError) -> Iterator[Finding]:
    """Turn every error of one file into a finding at its place."""
    for error in wrong.errors(include_url=False):
        yield _finding(document, kind, error)


def _finding(document: Document, kind: type[BaseModel], error: ErrorDetails) -> Finding:
    path = tuple(part for part in error["loc"] if part != "[key]")
    if error["type"] == "missing":
        return _missing(document, path)
    if error["type"] == "extra_forbidden":
        return _unknown(document, kind, path)
    place = document.at(*path)
    message, fix = say(error)
    return Finding("wrong-value", document.file, place.line, place.column, f"{_dotted(path)}: {message}", fix)


def _missing(document: Document, path: tuple[str | int, ...]) -> Finding:
    *around, name = path
    place = document.key(*around) if around else document.at()
    if around == ["components"] and Components.model_fields[str(name)].is_required():
        message = f"the service lacks the component {name!r}, which every public service must publish"
        return Finding(
            "service-component", document.file, place.line, place.column, message, f"add {name}: under components"
        )
    message = f"key {name!r} is missing{f' in {_dotted(tuple(around))}' if around else ''}"
    return Finding("missing-key", document.file, place.line, place.column, message, f"add {name}:")


def _unknown(document: Document, kind: type[BaseModel], path: tuple[str | int, ...]) -> Finding:
    place = document.key(*path)
    known = _known_keys(kind, path[:-1])
    fix = one_of(str(path[-1]), known) if known else "take it out"
    return Finding(
        "unknown-key", document.file, place.line, place.column, f"key {str(path[-1])!r} is not known here", fix
    )


def _known_keys(kind: type[BaseModel], around: tuple[str | int, ...]) -> list[str]:
    """List the keys that the model takes at a path, read from its JSON Schema."""
    schema: dict[str, Any] = kind.model_json_schema()
    node = schema
    for part in around:
        node = _inside(schema, node, part)
    return sorted(_resolved(schema, node).get("properties", {}))


def _inside(schema: dict[str, Any], node: dict[str, Any], part: str | int) -> dict[str, Any]:
    node = _resolved(schema, node)
    found = node.get("properties", {}).get(part) or node.get("additionalProperties") or node.get("items")
    return found if isinstance(found, dict) else {}


def _resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """Follow references, through the choice that has keys where there are several."""
    if "anyOf" in node:
        choices = [_resolved(schema, choice) for choice in node["anyOf"]]
        return next((choice for choice in choices if "properties" in choice), choices[0])
    if "$ref" in node:
        found: dict[str, Any] = schema["$defs"][node["$ref"].rpartition("/")[2]]
        return found
    return node


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in path) or "the file"
