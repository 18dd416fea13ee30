"""The compose file and the image, without Docker: they fit the specification and keep the promises of the design."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from hub.local.broker import render_broker_settings
from hub.local.parts import read_versions
from hub.settings import Settings
from hub.web.gateway.process import _STOP_S

_DEPLOY = Path("deploy")
#: Of the broker's settings, those that depend on where it runs.
_PLACE = {"log.dirs", "listeners", "advertised.listeners", "listener.security.protocol.map", "controller.quorum.voters"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """Read the compose file as plain data."""
    read = YAML(typ="safe", pure=True).load(_DEPLOY / "compose.yaml")
    plain: dict[str, Any] = json.loads(json.dumps(read))
    return plain


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the services by name."""
    found: dict[str, dict[str, Any]] = compose["services"]
    return found


def own(services: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Give the services that run our image."""
    return {name: one for name, one in services.items() if one["image"].startswith("simpul:")}


def test_it_fits_the_compose_specification(compose: dict[str, Any]) -> None:
    """The file is valid under the specification's own JSON schema."""
    schema = json.loads(Path("tests/unit/data/compose-spec.json").read_text())

    wrong = [f"{list(e.path)}: {e.message}" for e in jsonschema.Draft202012Validator(schema).iter_errors(compose)]

    assert wrong == []


def test_the_schema_would_find_a_typing_error(compose: dict[str, Any]) -> None:
    """An unknown key is refused, so the test above can fail."""
    schema = json.loads(Path("tests/unit/data/compose-spec.json").read_text())
    spoiled = {**compose, "services": {"kafka": {**compose["services"]["kafka"], "healthchek": {}}}}

    assert not jsonschema.Draft202012Validator(schema).is_valid(spoiled)


def test_versions_are_those_of_the_pom(services: dict[str, dict[str, Any]]) -> None:
    """Docker and the bare machine run the same broker and registry."""
    versions = read_versions()

    assert services["kafka"]["image"] == f"apache/kafka:{versions.kafka}"
    assert services["registry"]["image"] == f"apicurio/apicurio-registry:{versions.apicurio}"


def test_the_image_has_the_version_of_the_distribution(services: dict[str, dict[str, Any]]) -> None:
    """Our image is tagged with the version in pyproject.toml."""
    said = re.search(r'^version = "(.+)"$', Path("pyproject.toml").read_text(), re.MULTILINE)
    assert said is not None

    assert {one["image"] for one in own(services).values()} == {f"simpul:{said.group(1)}"}


def test_the_broker_is_set_as_on_a_bare_machine(services: dict[str, dict[str, Any]]) -> None:
    """Every setting both have has the same value, and those that make topics and time safe are in both."""
    text = render_broker_settings(Settings(), Path("/data"))
    bare = dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
    docker = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): str(value)
        for name, value in services["kafka"]["environment"].items()
    }

    both = (docker.keys() & bare.keys()) - _PLACE

    assert {name: docker[name] for name in both} == {name: bare[name] for name in both}
    assert {"auto.create.topics.enable", "log.message.timestamp.type"} <= both


def test_everything_starts_after_what_it_needs(services: dict[str, dict[str, Any]]) -> None:
    """What lasts has a health check, and every dependency waits for health or for an end without error."""
    for name, one in services.items():
        assert ("healthcheck" in one) == (name != "apply"), name
        for needed, how in one.get("depends_on", {}).items():
            condition = "service_completed_successfully" if needed == "apply" else "service_healthy"
            assert how["condition"] == condition, f"{name} -> {needed}"
    assert {name for name in own(services) if name != "apply"} == {"router", "views", "gateway"}


def test_each_is_asked_at_the_page_of_its_role(services: dict[str, dict[str, Any]]) -> None:
    """A health check asks the port at which `hub run` serves that role's page when nothing else is set."""
    pages = {"router": Settings().metrics_port, "views": Settings().views_port, "gateway": Settings().gateway_port}

    for name, port in pages.items():
        assert f"http://127.0.0.1:{port}/readyz" in services[name]["healthcheck"]["test"][-1], name
        assert services[name]["command"] == ["run", name]
    assert len(set(pages.values())) == len(pages)


def test_each_is_given_the_time_it_takes_to_stop(services: dict[str, dict[str, Any]]) -> None:
    """Docker kills no process that still commits, or answers what is in flight."""
    grace = {name: int(one["stop_grace_period"].removesuffix("s")) for name, one in own(services).items()}

    assert grace["gateway"] > _STOP_S
    assert min(grace.values()) >= 15


def test_what_is_mounted_to_be_read_is_there(services: dict[str, dict[str, Any]]) -> None:
    """With nothing set, the network and event types that are applied are the checkout's, and the command names them."""
    mounts = dict(one.removesuffix(":ro").rsplit(":", 1)[::-1] for one in services["apply"]["volumes"])
    folders = {inside: re.sub(r"^\$\{[A-Z_]+:-(.+)\}$", r"\1", outside) for inside, outside in mounts.items()}

    assert {inside: (_DEPLOY / each).resolve() for inside, each in folders.items()} == {
        "/network": (_DEPLOY / "samarinda").resolve(),
        "/schemas": Path("schemas").resolve(),
    }
    assert services["apply"]["command"] == ["apply", "/network", "--schemas", "/schemas"]


def test_our_containers_own_nothing(services: dict[str, dict[str, Any]]) -> None:
    """Our services run as a plain user, on a read-only root, without capabilities."""
    for name, one in own(services).items():
        assert one["read_only"] is True, name
        assert one["user"] == "10001:10001", name
        assert one["cap_drop"] == ["ALL"], name


def test_only_loopback_is_published(services: dict[str, dict[str, Any]]) -> None:
    """No port is open to the network of the machine."""
    ports = [port for one in services.values() for port in one.get("ports", [])]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_settings_exist(services: dict[str, dict[str, Any]]) -> None:
    """Every HUB_ variable is a setting of the hub, so that none is set in vain."""
    fields = Settings.model_fields
    engine = type(Settings().engine).model_fields
    for one in own(services).values():
        for name in one["environment"]:
            if name.startswith("HUB_ENGINE__"):
                assert name.removeprefix("HUB_ENGINE__").lower() in engine
            elif name.startswith("HUB_"):
                assert name.removeprefix("HUB_").lower() in fields


def test_data_lie_in_named_volumes(compose: dict[str, Any]) -> None:
    """Broker and views keep their data in volumes that the file declares."""
    mounted = {one["volumes"][0].split(":")[0] for one in (compose["services"][name] for name in ("kafka", "views"))}

    assert mounted == set(compose["volumes"])


def test_the_image_is_built_from_the_lock_file() -> None:
    """Packages come with their hashes, and the process is no root."""
    steps = (_DEPLOY / "Dockerfile").read_text()

    assert "pip install --require-hashes -r /src/deploy/lock/runtime.txt" in steps
    assert re.findall(r"^FROM (\S+)", steps, re.MULTILINE) == ["python:3.11-slim"] * 2
    assert re.findall(r"^USER (\S+)", steps, re.MULTILINE) == ["10001:10001"]
