"""Apicurio Registry on loopback, its schemas in an H2 file; reached through its Confluent API."""

from pathlib import Path

from hub.local.java import java_path
from hub.local.parts import Parts
from hub.local.port import LOOPBACK, http_answers
from hub.local.process import Part
from hub.settings import Settings

NAME = "registry"
_HEAP = ("-Xms64m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def registry_url(settings: Settings) -> str:
    """Tell the address of the Confluent API of the registry that is started here."""
    return f"http://{LOOPBACK}:{settings.registry_port}/apis/ccompat/v7"


def registry_part(settings: Settings, parts: Parts, java: Path) -> Part:
    """Describe the registry's process; its data stay in HUB_HOME/data/registry."""
    folder = settings.data.resolve() / "registry"
    folder.mkdir(parents=True, exist_ok=True)
    file = java_path(folder / "registry", ";", setting="HUB_HOME")
    subjects = f"{registry_url(settings)}/subjects"
    return Part(
        name=NAME,
        argv=(str(java), *_HEAP, "-jar", str(parts.registry_jar)),
        env={
            "APICURIO_STORAGE_KIND": "sql",
            "APICURIO_STORAGE_SQL_KIND": "h2",
            # Else a schema that was acknowledged is on its way to the file for half a second, and a kill loses it.
            "APICURIO_DATASOURCE_URL": f"jdbc:h2:file:{file};WRITE_DELAY=0",
            "QUARKUS_HTTP_HOST": LOOPBACK,
            "QUARKUS_HTTP_PORT": str(settings.registry_port),
            # Without it the management page listens on every address of the machine.
            "QUARKUS_MANAGEMENT_HOST": LOOPBACK,
            "QUARKUS_MANAGEMENT_PORT": str(settings.registry_management_port),
        },
        ready=lambda: http_answers(subjects),
        ready_within_s=90.0,
    )
