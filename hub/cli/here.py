"""What a command finds when it starts: settings, this machine's own broker where none is named, what is in force."""

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hub.errors import ConfigurationError
from hub.settings import Settings

if TYPE_CHECKING:
    from hub.network.bundle import InForce


def connected() -> Settings:
    """Read the settings; the broker and registry of ``hub up`` on this machine stand in for those not named."""
    import logging

    from hub.cli.machine.log import write_logs
    from hub.local.port import LOOPBACK
    from hub.local.registry import registry_url

    given = Settings.read()
    write_logs(given, logging.WARNING)
    kafka = given.kafka.model_copy(update={"bootstrap": given.kafka.bootstrap or f"{LOOPBACK}:{given.kafka_port}"})
    return given.model_copy(update={"kafka": kafka, "registry_url": given.registry_url or registry_url(given)})


def program() -> str:
    """Say how to call this very program from this folder: ``hub`` only where the search path leads to it."""
    own = Path(sys.executable).with_name("hub")
    found = shutil.which("hub")
    if not own.exists() or (found is not None and Path(found).samefile(own)):
        return "hub"
    return os.path.relpath(own)


def in_force(settings: Settings) -> "InForce":
    """Read the newest bundle from Kafka; raise ConfigurationError when no network was applied yet."""
    from hub.cluster.bundles import BundleLog
    from hub.network.bundle import unpack

    newest = BundleLog(settings.kafka).latest()
    if newest is None:
        raise ConfigurationError("no network is in force here; apply one, such as `hub apply deploy/samarinda`")
    return unpack(newest.encode())
