"""API keys of agencies: made, kept hashed in one file, and recognised.

A key carries 256 random bits, so a plain SHA-256 of it is safe to keep: slow hashes protect words that people choose
and an attacker can guess; nobody guesses 256 bits, and a slow hash would let strangers burn the gateway's CPU.
"""

import fcntl
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import structlog

from hub.errors import SettingsError
from hub.metrics import GATEWAY_KEYS
from hub.names import AGENCY_CODE, AgencyCode
from hub.settings import Settings

_LOG = structlog.get_logger("hub.web.keys")

#: Begins every key, so that scanners find one that was committed or mailed by accident.
PREFIX: Final = "simpul"
_SECRET_BYTES: Final = 32
_ID_BYTES: Final = 4
#: Seconds after which a changed file is noticed at the latest: how long a revoked key may still work.
_STALE_S: Final = 1.0
#: Stands in for the hash of a key that is not kept, so that both ways take the same time.
_NOBODY: Final = "0" * 64


class KeyRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keep of one key what is needed to recognise it: never the key itself."""

    id: str
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    created: str


KeyFile = dict[AgencyCode, list[KeyRecord]]


def keys_path(settings: Settings) -> Path:
    """Tell where the keys are kept: HUB_KEYS_FILE, else ``keys.json`` in HUB_HOME."""
    return settings.keys_file or settings.home / "keys.json"


def create_key(agency: AgencyCode) -> tuple[str, KeyRecord]:
    """Make a key for an agency: the key itself, to be shown once, and the record to keep of it."""
    if not AGENCY_CODE.fullmatch(agency):
        raise SettingsError(f"{agency!r} is no agency code; give the code of one of the network's agency files")
    key_id = secrets.token_hex(_ID_BYTES)
    plain = f"{PREFIX}.{key_id}.{secrets.token_urlsafe(_SECRET_BYTES)}"
    created = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return plain, KeyRecord(key_id, _hash(plain), created)


def add_key(path: Path, agency: AgencyCode) -> tuple[str, KeyRecord]:
    """Make a key and keep its record in the file; a running gateway takes it within a second."""
    plain, record = create_key(agency)
    with _changing(path) as keys:
        keys.setdefault(agency, []).append(record)
    return plain, record


def remove_key(path: Path, key_id: str) -> AgencyCode | None:
    """Take a key back and tell whose it was; None when there is no such key."""
    with _changing(path) as keys:
        for agency, records in keys.items():
            if any(record.id == key_id for record in records):
                records[:] = [record for record in records if record.id != key_id]
                return agency
    return None


def read_keys(path: Path) -> KeyFile:
    """Read the file; a missing one holds no keys; raise SettingsError when it is no key file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=KeyFile)
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise SettingsError(f"{path}: {wrong}; mend the key file, or move it away and make new keys") from wrong


class KeyRing:
    """Recognise agencies by their keys; follows the file's changes without a restart."""

    def __init__(self, path: Path) -> None:
        """Read the file once; raise SettingsError when it cannot be used."""
        self._path = path
        self._seen = _state(path)
        self._looked_at = time.monotonic()
        self._kept = _index(read_keys(path))
        GATEWAY_KEYS.set(len(self._kept))

    def agency_of(self, key: str) -> AgencyCode | None:
        """Tell whose key this is, in a time that does not depend on how much of it is right; None: nobody's."""
        self._follow()
        parts = key.split(".")
        well_formed = len(parts) == 3 and parts[0] == PREFIX  # noqa: PLR2004 - prefix, id, secret
        agency, kept = self._kept.get(parts[1] if well_formed else "", (None, _NOBODY))
        return agency if hmac.compare_digest(_hash(key), kept) else None

    def _follow(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < _STALE_S:
            return
        self._looked_at = now
        state = _state(self._path)
        if state == self._seen:
            return
        self._seen = state
        try:
            self._kept = _index(read_keys(self._path))
        except SettingsError as wrong:
            # One slip of the pen must not shut every agency out: the keys of before stay in force.
            _LOG.error("the changed key file is not taken; the keys of before stay in force", error=str(wrong))
            return
        GATEWAY_KEYS.set(len(self._kept))


def _hash(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()


def _index(keys: Mapping[AgencyCode, Sequence[KeyRecord]]) -> dict[str, tuple[AgencyCode, str]]:
    return {record.id: (agency, record.sha256) for agency, records in keys.items() for record in records}


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


@contextmanager
def _changing(path: Path) -> Iterator[KeyFile]:
    """Change the file whole or not at all, one writer at a time, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        keys = read_keys(path)
        yield keys
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(keys), indent=2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
