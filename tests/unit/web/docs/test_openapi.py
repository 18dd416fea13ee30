"""The OpenAPI document says what the gateway does."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from hub.bus.memory import MemoryProducer
from hub.events.value import check_value
from hub.web.docs.openapi import describe
from hub.web.docs.page import render
from hub.web.gateway.app import make_app
from hub.web.gateway.cloudevent import Said, read_structured
from hub.web.gateway.intake import MAX_BATCH_EVENTS, Intake
from hub.web.gateway.rate import Rate
from hub.web.keys import KeyRing
from hub.web.network import FixedNetwork
from hub.web.problem import KINDS, Problem, of_batch
from tests.unit.web.speaking import CATALOG, recorded, vocabulary


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    """Describe a gateway."""
    intake = Intake(
        KeyRing(tmp_path / "none"),
        FixedNetwork(vocabulary()),
        producer=MemoryProducer({}),
        rate=Rate(None, lambda: 0.0),
    )
    return describe(make_app(intake))


def _validate(document: dict[str, Any], name: str, value: object) -> None:
    jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{name}"} | document).validate(value)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """No link of the document is dead."""
    names = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    found = set(_references(document))

    assert found <= names
    assert found


def _references(node: Any) -> Any:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for each in node.values():
            yield from _references(each)
    elif isinstance(node, list):
        for each in node:
            yield from _references(each)


def test_the_paths_are_the_gateways(document: dict[str, Any]) -> None:
    """Events first, then types; health and pages are not for agencies."""
    assert list(document["paths"]) == ["/v1/events", "/v1/types", "/v1/types/{event_type}"]


def test_every_problem_that_publishing_has_is_described(document: dict[str, Any]) -> None:
    """Each status of a problem stands among the answers, 404 and 405 excepted: they are for other addresses."""
    told = set(document["paths"]["/v1/events"]["post"]["responses"])

    assert told == {"202"} | {str(status) for status, _, _ in KINDS.values()} - {"404", "405"}


def test_what_is_sent_and_answered_fits_the_document(document: dict[str, Any]) -> None:
    """Events and problems are as described."""
    _validate(document, "CloudEvent", recorded())
    _validate(document, "Problem", of_batch([Problem("misfit", "x", errors=(("a", "b"),), index=1)], most=9).document())
    with pytest.raises(jsonschema.ValidationError):
        _validate(document, "CloudEvent", recorded(correlationid=None))


def test_the_examples_are_taken(document: dict[str, Any]) -> None:
    """A programmer copies the example first: of the document, and of the guide."""
    content = document["paths"]["/v1/events"]["post"]["requestBody"]["content"]
    guide = Path("docs/gateway.md").read_text(encoding="utf-8")
    copied = json.loads(guide.split("```json\n")[1].split("```")[0])

    for example in (content["application/cloudevents+json"]["example"], copied):
        said = read_structured(example, {})
        assert isinstance(said, Said)
        check_value(CATALOG.newest(said.type), said.data)
    assert content["application/json"]["example"] == content["application/cloudevents+json"]["example"]["data"]


def test_the_limits_told_are_the_limits(document: dict[str, Any]) -> None:
    """The document and the guide say how large a batch may be."""
    content = document["paths"]["/v1/events"]["post"]["requestBody"]["content"]

    assert content["application/cloudevents-batch+json"]["schema"]["maxItems"] == MAX_BATCH_EVENTS
    assert f"{MAX_BATCH_EVENTS} events" in Path("docs/gateway.md").read_text(encoding="utf-8")


def test_the_guide_tells_every_problem() -> None:
    """Each kind of publishing's problems stands in the guide's table with its status."""
    guide = Path("docs/gateway.md").read_text(encoding="utf-8")

    for name, (status, _, _) in KINDS.items():
        assert f"| {status} | `{name}` |" in guide or name in {"not-found", "wrong-method"}


def test_the_page_needs_nothing_from_elsewhere(document: dict[str, Any]) -> None:
    """No script, no picture, no address outside: a mall without the internet can read it."""
    page = render(document)

    assert "<script" not in page
    assert "<img" not in page
    assert "url(" not in page
    assert "@import" not in page
    assert 'src="' not in page
    assert {link for link in page.split('href="')[1:] if not link.startswith(("#", "openapi.json"))} == set()


def test_the_page_shows_the_whole_document(document: dict[str, Any]) -> None:
    """Every path, schema and attribute stands on the page."""
    page = render(document)

    for text in [*document["paths"], *document["components"]["schemas"], "ce-correlationid", "X-API-Key", "422"]:
        assert text in page


def test_the_page_escapes_what_it_shows(document: dict[str, Any]) -> None:
    """Text stays text."""
    changed = json.loads(json.dumps(document).replace("Simpul gateway", "<b>bold</b>"))

    assert "<b>bold" not in render(changed)
