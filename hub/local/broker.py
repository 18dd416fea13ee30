"""A single-node Kafka on loopback: its settings, its data folder, and the part the supervisor runs."""

import base64
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from string import Template

from hub.errors import ConfigurationError, UnreachableError
from hub.local.java import java_path
from hub.local.parts import Parts
from hub.local.port import LOOPBACK, broker_answers
from hub.local.process import Part, leashed
from hub.settings import Settings, shipped

NAME = "kafka"
_HEAP = ("-Xms64m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_FORMAT_WITHIN_S = 60.0


def data_folder(settings: Settings, parts: Parts) -> Path:
    """Tell where the broker's data lie: one folder per version, as an older broker cannot open a newer one's."""
    return settings.data.resolve() / f"kafka-{parts.versions.kafka}"


def render_broker_settings(settings: Settings, data: Path, *, extra: Mapping[str, str] | None = None) -> str:
    """Fill in the template; ``extra`` settings come last, so they win."""
    durability = "log.flush.interval.messages=1" if settings.durability == "fsync" else ""
    text = Template((shipped("deploy/local") / "broker.properties").read_text()).substitute(
        broker_port=settings.kafka_port,
        controller_port=settings.controller_port,
        data=_escaped(java_path(data, ",", setting="HUB_HOME")),
        durability=durability,
    )
    return text + "".join(f"{name}={value}\n" for name, value in (extra or {}).items())


def broker_part(settings: Settings, parts: Parts, java: Path, *, extra: Mapping[str, str] | None = None) -> Part:
    """Describe the process, which formats the data folder first if that is new; raise when the folder is not ours.

    Only the settings are written here.
    """
    data = data_folder(settings, parts)
    _refuse_to_pass_over(data)
    written = settings.data.resolve() / "broker.properties"
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(render_broker_settings(settings, data, extra=extra))
    port = settings.kafka_port
    return Part(
        name=NAME,
        argv=(*_java(java, parts.jars), "kafka.Kafka", str(written)),
        ready=lambda: broker_answers(LOOPBACK, port),
        ready_within_s=120.0,
        stop_within_s=20.0,
        prepare=partial(_format, settings, data, java=java, jars=parts.jars),
    )


def cluster_id(settings: Settings) -> str:
    """Read this hub's cluster id; made at the first call and the same ever after, whatever the broker's version."""
    kept = settings.data.resolve() / "cluster-id"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh = kept.with_suffix(".new")
        fresh.write_text(make_cluster_id())
        fresh.replace(kept)
    return kept.read_text().strip()


def make_cluster_id() -> str:
    """Make a random id in Kafka's form; it never begins with a dash, which Kafka's own tools take for an option."""
    random = bytearray(uuid.uuid4().bytes)
    random[0] &= 0x7F  # base64 begins with a letter then
    return base64.urlsafe_b64encode(random).decode().rstrip("=")


def _java(java: Path, jars: Path) -> tuple[str, ...]:
    log4j = shipped("deploy/local") / "log4j2.properties"
    found = java_path(jars, os.pathsep, setting="HUB_PARTS")
    return (str(java), *_HEAP, "-cp", f"{found}/*", f"-Dlog4j2.configurationFile={log4j.resolve().as_uri()}")


def _escaped(text: str) -> str:
    """Write a value as Java's properties files have it: Latin-1, so all that is not ASCII as UTF-16 in escapes."""
    units = text.replace("\\", "\\\\").encode("utf-16-be")
    codes = (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    return "".join(chr(code) if chr(code).isascii() else f"\\u{code:04x}" for code in codes)


def _refuse_to_pass_over(data: Path) -> None:
    """Stop before a broker of another version begins with no data beside the data there are."""
    others = [each.name for each in data.parent.glob("kafka-*") if each.is_dir() and each.suffix != ".new"]
    if not others or data.is_dir():
        return
    newest = max(others, key=_version)
    go_on = f"cp -a {newest} {data.name} in that folder"
    if _version(newest) > _version(data.name):  # an older Kafka may read them wrongly
        go_on = "use the hub that comes with it"
    raise ConfigurationError(
        f"{data.parent} holds the data of {newest}, and this hub comes with {data.name}; "
        f"to go on with them: {go_on}; to begin with none: move them away"
    )


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", name))


def _format(settings: Settings, data: Path, *, java: Path, jars: Path) -> None:
    """Format the data folder unless it is; made beside its place and renamed, so that a half-made one never stays."""
    if data.is_dir():
        return
    fresh = data.with_name(f"{data.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    written = data.with_name("format.properties")
    written.write_text(render_broker_settings(settings, fresh))
    tool = (*_java(java, jars), "kafka.tools.StorageTool", "format", "-t", cluster_id(settings), "-c", str(written))
    done = subprocess.run(leashed(tool), capture_output=True, text=True, timeout=_FORMAT_WITHIN_S, check=False)
    written.unlink()
    if done.returncode != 0:
        raise UnreachableError(f"Kafka could not format {fresh}: {(done.stderr or done.stdout).strip()[-1000:]}")
    fresh.rename(data)
