"""The OpenAPI document as one page: written by us, so that a mall without the internet can read it.

No script, no picture, nothing fetched; every text is escaped.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any, Final

#: What the browser may load for this page: its own style, and nothing else.
CONTENT_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; border-top: 1px solid #8886; padding-top: 1.5rem; }
code, pre { font: 0.9em ui-monospace, monospace; background: #8882; border-radius: 4px; }
code { padding: 0.1em 0.3em; } pre { padding: 0.8em; overflow-x: auto; } pre code { background: none; padding: 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.3em 0.8em 0.3em 0; border-bottom: 1px solid #8884; }
.method { text-transform: uppercase; font-weight: 700; }
nav a { margin-right: 1.2em; }
"""


def render(document: Mapping[str, Any]) -> str:
    """Write the page of an OpenAPI document."""
    info = document["info"]
    return "".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(info['title'])}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escape(info['title'])} <small>{escape(info['version'])}</small></h1>",
            _prose(info.get("description", "")),
            _navigation(document),
            *(_operation(*each) for each in _operations(document)),
            *_schemas(document["components"]["schemas"]),
            '<p><a href="openapi.json">openapi.json</a> is the same for machines (OpenAPI ',
            f"{escape(document['openapi'])}).</p></body></html>",
        ]
    )


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _navigation(document: Mapping[str, Any]) -> str:
    links = (
        f'<a href="#{escape(operation["operationId"])}">{escape(method.upper())} {escape(path)}</a>'
        for method, path, operation in _operations(document)
    )
    return f"<nav>{' '.join(links)}</nav>"


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    return "".join(
        [
            f'<h2 id="{escape(operation["operationId"])}"><span class="method">{escape(method)}</span> ',
            f"<code>{escape(path)}</code></h2>",
            _prose(operation.get("description", "")),
            _parameters(operation.get("parameters", [])),
            *_bodies(operation.get("requestBody", {}).get("content", {})),
            _responses(operation["responses"]),
        ]
    )


def _parameters(parameters: Iterable[Mapping[str, Any]]) -> str:
    rows = [
        (f"<code>{escape(each['name'])}</code>", escape(each["in"]), _inline(each.get("description", "")))
        for each in parameters
    ]
    return _table(("Parameter", "In", "Meaning"), rows) if rows else ""


def _bodies(content: Mapping[str, Any]) -> Iterator[str]:
    for media, body in content.items():
        yield f"<h3>Body: <code>{escape(media)}</code></h3>{_shape(body.get('schema', {}))}{_example(body)}"


def _responses(responses: Mapping[str, Any]) -> str:
    rows = []
    for status, response in responses.items():
        media = ", ".join(f"<code>{escape(each)}</code>" for each in response.get("content", {}))
        shapes = "".join(_shape(each.get("schema", {})) for each in response.get("content", {}).values())
        examples = "".join(_example(each) for each in response.get("content", {}).values())
        rows.append((f"<strong>{escape(status)}</strong>", _inline(response["description"]) + examples, media + shapes))
    return "<h3>Answers</h3>" + _table(("Status", "Meaning", "Body"), rows)


def _schemas(schemas: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in schemas.items():
        required = schema.get("required", ())
        rows = [
            (
                f"<code>{escape(field)}</code>",
                _shape(shape) + (", required" if field in required else ""),
                _inline(shape.get("description", "")),
            )
            for field, shape in schema.get("properties", {}).items()
        ]
        yield f'<h2 id="schema-{escape(name)}">{escape(name)}</h2>{_prose(schema.get("description", ""))}'
        yield _table(("Member", "Kind", "Meaning"), rows)


def _shape(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[-1])
        return f' <a href="#schema-{name}">{name}</a>'
    if "items" in schema:
        return f" list of{_shape(schema['items'])}"
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return " or".join(_shape(each) for each in choices)
    if "const" in schema:
        return f" <code>{escape(json.dumps(schema['const']))}</code>"
    members = ", ".join(escape(each) for each in schema.get("properties", {}))
    form = f" ({escape(schema['format'])})" if "format" in schema else ""
    return f" {escape(str(schema.get('type', 'any')))}{form}" + (f" of {members}" if members else "")


def _example(body: Mapping[str, Any]) -> str:
    if "example" not in body:
        return ""
    return f"<pre><code>{escape(json.dumps(body['example'], indent=2, ensure_ascii=False))}</code></pre>"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _prose(text: str) -> str:
    return "".join(f"<p>{_inline(each)}</p>" for each in text.split("\n\n") if each.strip())


def _inline(text: str) -> str:
    """Escape a text and set what stands between backticks as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
