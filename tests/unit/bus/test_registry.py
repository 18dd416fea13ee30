"""What is said of a registry that is not there, without one."""

import pytest

from hub.bus.registry import Registry
from hub.errors import UnreachableError
from hub.local.port import free_ports


def test_a_registry_that_is_away_is_named_without_its_password() -> None:
    """The address may carry credentials; errors are printed, logged and sent on."""
    registry = Registry(f"http://hub:hunter2@127.0.0.1:{free_ports(1)[0]}/v7", timeout_s=1.0)
    with registry, pytest.raises(UnreachableError) as told:
        registry.subjects()
    assert "hub:***@127.0.0.1" in str(told.value)
    assert "hunter2" not in str(told.value)
