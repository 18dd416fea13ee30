"""What was released and may not change any more, by digest in ``released.json``: what cases run and people sign by.

`hub apply --release` writes the list, and nothing else does: a trial does not bind. A cluster refuses what was changed
against its own bundle in any case; the list lets `hub check` refuse it where no cluster is. Examples may still grow.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from hub.events.catalog import Catalog
from hub.network.folder.finding import Finding
from hub.network.load import DeclaredNetwork, file_of
from hub.network.model import Declared
from hub.network.supply import used_types

RELEASED_FILE: Final = "released.json"
_NOUNS: Final = {"procedures": "procedure", "agreements": "agreement", "tariffs": "tariff"}


def check_released(folder: Path, network: DeclaredNetwork, catalog: Catalog) -> list[Finding]:
    """Report every released file that has changed since; of those that are gone only procedures, as cases run by them.

    Whether cases still do only a cluster knows (`hub plan`), so that is a warning.
    """
    path = folder / RELEASED_FILE
    if not path.exists():
        return []
    try:
        released = _read(path)
    except (OSError, ValueError) as wrong:
        message = f"the list of released files cannot be read: {type(wrong).__name__}"
        return [Finding("released-unreadable", RELEASED_FILE, 1, 1, message, "restore it from version control")]
    now = digests(network, catalog)
    changed = [name for name, digest in released.items() if now.get(name, digest) != digest]
    gone = [name for name in released if name not in now and name.startswith("procedures/")]
    return [*(_changed(name) for name in changed), *map(_gone, gone)]


def write_released(folder: Path, network: DeclaredNetwork, catalog: Catalog) -> bool:
    """Add what is in force now to the list of released files; tell whether the list grew.

    Expects that ``check_released`` found nothing: what was released stays as it is. Idempotent.
    """
    path = folder / RELEASED_FILE
    before = _read(path) if path.exists() else {}
    after = {**digests(network, catalog), **before}
    if after == before:
        return False
    content = {"released": dict(sorted(after.items()))}
    fresh = path.with_suffix(".json.new")
    fresh.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    fresh.replace(path)
    return True


def digests(network: DeclaredNetwork, catalog: Catalog) -> dict[str, str]:
    """Hash what each procedure, agreement, tariff and spoken schema says, by file; comments and layout do not count."""
    found: dict[str, str] = {}
    models: list[Declared] = [*network.procedures.values(), *network.agreements.values(), *network.tariffs.values()]
    for declared in models:
        found[file_of(declared)] = _digest(
            declared.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"examples"})
        )
    used = used_types(network)
    for schema in catalog:
        if schema.type in used:
            found[f"{schema.type}.v{schema.version}.avsc"] = _digest(schema.avro)
    return found


def _changed(name: str) -> Finding:
    kind = _NOUNS.get(name.partition("/")[0], "schema")
    message = f"the released {kind} was changed"
    fix = "put it back, and say it anew in a new version (an agreement: in a file of its own)"
    return Finding("released-changed", name, 1, 1, message, fix)


def _gone(name: str) -> Finding:
    message = "a released version is gone: a case that still runs on it would wait for a person"
    fix = "put it back; `hub plan` says how many open cases follow it"
    return Finding("released-gone", name, 1, 1, message, fix, "warning")


def _read(path: Path) -> dict[str, str]:
    content = json.loads(path.read_text(encoding="utf-8"))
    released = content.get("released") if isinstance(content, dict) else None
    if not isinstance(released, dict) or not all(isinstance(each, str) for each in released.values()):
        raise ValueError("no mapping of files to digests")
    return released


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
