"""The registry's process, without a registry."""

from pathlib import Path

from hub.local.parts import parts_of
from hub.local.registry import registry_part, registry_url
from hub.settings import Settings


def test_the_registry_listens_on_loopback_only(tmp_path: Path) -> None:
    """Both its pages are bound to this machine, at the ports of the settings."""
    settings = Settings(home=tmp_path, registry_port=18081, registry_management_port=19000)

    part = registry_part(settings, parts_of(settings), Path("java"))

    assert part.env["QUARKUS_HTTP_HOST"] == part.env["QUARKUS_MANAGEMENT_HOST"] == "127.0.0.1"
    assert part.env["QUARKUS_HTTP_PORT"] == "18081"
    assert part.env["QUARKUS_MANAGEMENT_PORT"] == "19000"
    assert registry_url(settings) == "http://127.0.0.1:18081/apis/ccompat/v7"


def test_schemas_survive_in_the_home(tmp_path: Path) -> None:
    """The registry stores in a file below HUB_HOME, not in memory, and writes before it acknowledges."""
    settings = Settings(home=tmp_path)

    part = registry_part(settings, parts_of(settings), Path("java"))

    assert part.env["APICURIO_DATASOURCE_URL"] == f"jdbc:h2:file:{tmp_path}/data/registry/registry;WRITE_DELAY=0"
