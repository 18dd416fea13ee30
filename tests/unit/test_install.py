"""The script that makes .venv on a bare machine, with a stand-in for Python."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

#: A stand-in for a foreign program: writes down what it was asked, and has pip only where venv has put it.
_PYTHON = """#!/bin/sh
case "$*" in
  "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python && touch .venv/pip ;;
  "-m pip"*) [ -e .venv/pip ] || exit 1 ;;
esac
echo "$*" >> asked
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a checkout, in a folder with a space, that holds the script and a Python."""
    made = tmp_path / "a checkout"
    (made / "deploy" / "lock").mkdir(parents=True)
    shutil.copy("deploy/lock/install", made / "deploy" / "lock" / "install")
    (made / "python").write_text(_PYTHON)
    (made / "python").chmod(0o755)
    return made


def _installed(checkout: Path) -> list[str]:
    environment = os.environ | {"PYTHON": str(checkout / "python")}
    done = subprocess.run(
        [checkout / "deploy" / "lock" / "install", "runtime"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    asked = (checkout / "asked").read_text().splitlines()
    (checkout / "asked").unlink()
    return asked


def test_packages_are_installed_with_their_hashes(checkout: Path) -> None:
    """Nothing comes that the lock file does not name."""
    asked = _installed(checkout)
    assert "-m venv .venv" in asked
    assert any("--require-hashes -r deploy/lock/runtime.txt" in each for each in asked)


def test_an_environment_that_is_whole_is_used_again(checkout: Path) -> None:
    """A second call installs into the same one."""
    _installed(checkout)
    assert "-m venv .venv" not in _installed(checkout)


def test_an_environment_that_was_cut_off_is_made_anew(checkout: Path) -> None:
    """Ctrl-C at the wrong moment does not leave a machine on which `make` fails for ever."""
    _installed(checkout)
    (checkout / ".venv" / "pip").unlink()
    (checkout / ".venv" / "left").touch()
    assert "-m venv .venv" in _installed(checkout)
    assert not (checkout / ".venv" / "left").exists()
