"""What the environment says, read once at the start of a process.

Own settings carry the prefix ``HUB_`` and nest by ``__``; Kafka's and the registry's keep their usual names.
A wrong setting stops the start, and everything that is wrong is said at once.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from hub.errors import SettingsError

#: Dotted client settings (``security.protocol``) may be given as KAFKA_SECURITY_PROTOCOL and so on.
_CLIENT_PREFIX = "KAFKA_"
#: Characters of a key below which it could be guessed.
_KEY_CHARS: Final = 32
#: Ports of the pages of a lone router and of the views beside it; Prometheus' users know the first one for exporters.
_ROUTER_PAGE, _VIEWS_PAGE = 9404, 9405
#: Variables that commands read beside the settings, and beginnings of those that compose files and tests do.
_BESIDE: Final = ("HUB_ACTOR", "HUB_DEBUG")
_FOREIGN: Final = ("HUB_FAULT_", "HUB_TEST_", "HUB_NETWORK", "HUB_SCHEMAS", "HUB_KAFKA__CLIENT")


class Kafka(BaseModel):
    """Say where the broker is and what every client is told beside."""

    bootstrap: str | None = Field(default=None, description="host:port list; None: the hub starts its own broker")
    client: dict[str, str] = Field(default_factory=dict, description="librdkafka settings by their dotted names")


class Engine(BaseModel):
    """Tune one router worker; the defaults are the measured ones (docs/performance.md)."""

    instance: str = Field(default="router-1", description="static member and transactional id; unique per worker")
    group: str = Field(default="hub.router", description="consumer group; one per network")
    commit_idle_ms: int = Field(default=20, ge=5, le=1000)
    commit_busy_ms: int = Field(default=100, ge=5, le=1000)
    batch_events: int = Field(default=2000, ge=1, le=100_000)
    session_timeout_ms: int = Field(default=6_000, ge=1_000)
    transaction_timeout_ms: int = Field(default=10_000, ge=1_000)
    accepted_gaps: str = Field(
        default="",
        pattern=r"^([\w.-]+/\d+:\d+:\d+(,|$))*$",
        description="topic/partition:from:to, comma between: where to go on after a loss that was settled",
    )


class Settings(BaseSettings):
    """Hold all settings of one process; frozen."""

    model_config = SettingsConfigDict(
        env_prefix="HUB_",
        env_nested_delimiter="__",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        nested_model_default_partial_update=True,
    )

    home: Path = Field(default=Path(".hub"), description="folder for data, jars and logs of this machine")
    parts: Path | None = Field(default=None, description="folder of Kafka's and the registry's jars; None: in HUB_HOME")
    env: Literal["production", "desk"] = Field(default="desk", description="production: JSON logs")
    durability: Literal["page-cache", "fsync"] = "page-cache"
    workers: int = Field(default=1, ge=1, le=64, description="router workers that `hub up` starts")
    kafka: Kafka = Kafka()
    engine: Engine = Engine()
    registry_url: str | None = Field(default=None, description="Confluent API of a schema registry; None: own Apicurio")
    kafka_port: int = 9092
    controller_port: int = 9093
    registry_port: int = 8081
    registry_management_port: int = 9000
    gateway_host: str = "127.0.0.1"
    gateway_port: int = 8080
    gateway_rate: int | None = Field(default=None, ge=1, description="events/s of one agency over HTTP; None: no limit")
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(default=_ROUTER_PAGE, description="a router's page; under `hub up` others take the next")
    keys_file: Path | None = Field(default=None, description="agencies' API keys, hashed (docs/gateway.md)")
    evidence_key: SecretStr | None = Field(
        default=None,
        min_length=_KEY_CHARS,
        description="seals what a case proves for one that follows; the same for all routers",
    )
    evidence_key_file: Path | None = Field(
        default=None, description="instead: a file of such keys, one a line; the first seals, all prove"
    )
    views_url: str | None = Field(default=None, description="SQLAlchemy URL; None: SQLite in HUB_HOME")

    @field_validator("evidence_key_file")
    @classmethod
    def _must_hold_keys(cls, file: Path | None, given: ValidationInfo) -> Path | None:
        if file is not None and given.data.get("evidence_key") is not None:
            raise PydanticCustomError("keys", "HUB_EVIDENCE_KEY is given too; give one of them")
        if file is not None:
            _keys_in(file)
        return file

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, then the environment; nothing else."""
        del settings_cls, dotenv_settings, file_secret_settings
        return init_settings, env_settings

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ, **given: Any) -> Self:
        """Read the environment once; raise SettingsError that lists all that is wrong."""
        kafka: dict[str, Any] = dict(given.pop("kafka", {}))
        if servers := environ.get("KAFKA_BOOTSTRAP_SERVERS"):
            kafka.setdefault("bootstrap", servers)
        client = {
            name.removeprefix(_CLIENT_PREFIX).lower().replace("_", "."): value
            for name, value in environ.items()
            if name.startswith(_CLIENT_PREFIX) and name != "KAFKA_BOOTSTRAP_SERVERS"
        }
        if client:
            kafka.setdefault("client", client)
        if kafka:
            given["kafka"] = kafka
        if url := environ.get("SCHEMA_REGISTRY_URL"):
            given.setdefault("registry_url", url)
        try:
            return cls(**given)
        except ValidationError as wrong:
            lines = [f"HUB_{'__'.join(str(part) for part in e['loc']).upper()}: {e['msg']}" for e in wrong.errors()]
            raise SettingsError(
                "these settings are wrong; mend them and start again:\n  " + "\n  ".join(lines)
            ) from wrong

    @property
    def views_port(self) -> int:
        """Tell where the views' process has its page: HUB_METRICS_PORT where it is given, else beside one router's."""
        return self.metrics_port if "metrics_port" in self.model_fields_set else _VIEWS_PAGE

    @property
    def evidence_keys(self) -> tuple[bytes, ...]:
        """Give the keys of proofs, the one that seals first; none when there is none."""
        if self.evidence_key_file is not None:
            return _keys_in(self.evidence_key_file)
        return () if self.evidence_key is None else (self.evidence_key.get_secret_value().encode(),)

    @property
    def data(self) -> Path:
        """Tell the folder that keeps what must survive a restart."""
        return self.home / "data"


def _keys_in(file: Path) -> tuple[bytes, ...]:
    """Read a file of keys, one a line; raise PydanticCustomError that says what is wrong and shows no key."""
    try:
        lines = enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
    except (OSError, UnicodeDecodeError) as wrong:
        raise PydanticCustomError("keys", "the file cannot be read: {why}", {"why": type(wrong).__name__}) from wrong
    keys = [(number, key) for number, line in lines if (key := line.strip()) and not key.startswith("#")]
    short = next((number for number, key in keys if len(key) < _KEY_CHARS), None)
    if short is not None or not keys:
        why = "it holds no key" if short is None else f"the key on line {short} has less than {_KEY_CHARS} characters"
        raise PydanticCustomError("keys", "{why}", {"why": why})
    return tuple(key.encode() for _, key in keys)


def strangers(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Say which variables look like settings of the hub and are none, with the setting that may have been meant."""
    known = sorted({*_names_of(Settings, "HUB_"), *_BESIDE})
    unknown = (name for name in environ if name.startswith("HUB_") and not name.startswith(_FOREIGN))
    return tuple(f"{name} is no setting{_nearest(name, known)}" for name in sorted(unknown) if name not in known)


def _names_of(model: type[BaseModel], prefix: str) -> Iterator[str]:
    """Give the variables that set the fields of a model; a mapping's as a whole only."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        yield f"{prefix}{name}".upper()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _names_of(kind, f"{prefix}{name}__")


def _nearest(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name.upper(), known, n=1, cutoff=0.8)
    return f"; did you mean {close[0]}?" if close else "; the settings are listed in docs/operating.md"


def shipped(name: str) -> Path:
    """Tell where a folder shipped with the hub is ("schemas", "deploy/local"): the checkout's, else the wheel's."""
    here = Path(__file__).parent
    checkout = here.parent / name
    return checkout if checkout.is_dir() else here / "_data" / Path(name).name


def masked(url: str) -> str:
    """Show an address without the password, or the token, that it may carry."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(an address that cannot be read)"
    secret, at, host = parts.netloc.rpartition("@")
    user, colon, _ = secret.partition(":")
    shown = f"{user}:***" if colon else "***"
    return parts._replace(netloc=f"{shown}@{host}").geturl() if at else url


def page_url(host: str, port: int) -> str:
    """Tell where to ask, from this machine, for the page of a process that listens at `host`."""
    found = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - asked from here
    return f"http://[{found}]:{port}" if ":" in found else f"http://{found}:{port}"
