"""The parts come through Maven once and whole, or the user is told what to do."""

import asyncio
import re
import sys
import tarfile
from pathlib import Path

import pytest

from hub.errors import ConfigurationError, MissingPartError
from hub.local.parts import POM, Parts, fetch, parts_of, read_versions
from hub.settings import Settings
from tests.unit.local.waiting import runs, until

#: A stand-in for Maven (a foreign program): counts its runs, and makes the files ours would bring.
_MAVEN = """#!/bin/sh
set -e
echo run >> "{count}"
for word in "$@"; do
  case "$word" in -DoutputDirectory=*) out="${{word#*=}}" ;; esac
done
mkdir -p "$out" "{scratch}/lib"
echo jar > "$out/kafka-clients.jar"
echo jar > "{scratch}/quarkus-run.jar"
tar -czf "$out/apicurio-registry-app-1-all.tar.gz" -C "{scratch}" quarkus-run.jar lib
echo "[INFO] Downloaded from central: https://example.org/a/kafka-clients.jar (10 MB at 3.0 MB/s)"
echo "[INFO] Downloaded from central: https://example.org/a/javax.inject-1.jar (2.5 kB at 1.0 MB/s)"
"""


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """Give parts that are not there yet."""
    return parts_of(Settings(home=tmp_path))


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder that stands first on the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def write_maven(programs: Path, script: str) -> None:
    """Put a program named mvn on the PATH."""
    (programs / "mvn").write_text(script)
    (programs / "mvn").chmod(0o755)


def working_maven(programs: Path) -> Path:
    """Put a Maven that works on the PATH; give the file it counts its runs in."""
    count = programs.parent / "runs"
    write_maven(programs, _MAVEN.format(count=count, scratch=programs.parent / "scratch"))
    return count


def test_versions_stand_in_the_pom() -> None:
    """The pom's properties name the folder, so a new version is a new folder."""
    versions = read_versions()

    assert re.fullmatch(r"4\.\d+\.\d+", versions.kafka)
    assert re.fullmatch(r"3\.\d+\.\d+", versions.apicurio)
    assert versions.kafka in versions.folder
    assert versions.apicurio in versions.folder
    assert POM.read_text().count(versions.kafka) == 1


def test_a_pom_without_a_version_is_refused(tmp_path: Path) -> None:
    """A property that is gone is named."""
    pom = tmp_path / "pom.xml"
    pom.write_text(POM.read_text().replace("apicurio.version>", "other.version>"))

    with pytest.raises(ConfigurationError, match=r"apicurio\.version"):
        read_versions(pom)


def test_the_folder_of_parts_can_be_shared(tmp_path: Path) -> None:
    """HUB_PARTS names the folder; without it the parts lie in HUB_HOME."""
    shared = parts_of(Settings(home=tmp_path / "home", parts=tmp_path / "shared"))
    own = parts_of(Settings(home=tmp_path / "home"))

    assert shared.folder.parent == tmp_path / "shared"
    assert own.folder.parent == tmp_path / "home" / "parts"


async def test_parts_are_fetched_once(parts: Parts, programs: Path) -> None:
    """A second call finds the parts and does not ask Maven."""
    count = working_maven(programs)
    told: list[str] = []

    await fetch(parts, say=told.append)
    await fetch(parts, say=told.append)

    assert count.read_text().splitlines() == ["run"]
    assert parts.registry_jar.is_file()
    assert [jar.name for jar in parts.jars.iterdir()] == ["kafka-clients.jar"]
    assert [line for line in told if line.startswith("  ")] == ["  kafka-clients.jar (10 MB)"]


async def test_parts_are_unpacked_by_the_python_of_debian_12(
    parts: Parts, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python 3.11.2, whose tarfile has no filters, brings the registry as well."""
    working_maven(programs)
    monkeypatch.delattr(tarfile, "data_filter")
    unpack = tarfile.TarFile.extractall
    older = lambda packed, path: unpack(packed, path)  # noqa: E731, PLW0108 - takes no filter, which is the point
    monkeypatch.setattr(tarfile.TarFile, "extractall", older)

    await fetch(parts, say=str)

    assert parts.registry_jar.is_file()


async def test_two_at_once_fetch_once(parts: Parts, programs: Path) -> None:
    """Whoever comes second waits for the first and uses its parts."""
    count = working_maven(programs)

    await asyncio.gather(fetch(parts, say=str), fetch(parts, say=str))

    assert count.read_text().splitlines() == ["run"]


async def test_what_a_killed_fetch_left_is_removed(parts: Parts, programs: Path) -> None:
    """A half-made folder is never taken for parts and does not stay."""
    working_maven(programs)
    left = parts.folder.parent / ".fetch-left"
    left.mkdir(parents=True)

    await fetch(parts, say=str)

    assert sorted(path.name for path in parts.folder.parent.iterdir()) == [".lock", parts.folder.name]


async def test_maven_is_told_to_check_what_it_brings(parts: Parts, programs: Path) -> None:
    """A jar that is not what its checksum says is an error, and no warning among many lines."""
    working_maven(programs)
    mvn = programs / "mvn"
    mvn.write_text(mvn.read_text().replace("set -e", f'set -e\necho "$@" > "{programs}/words"', 1))

    await fetch(parts, say=str)

    assert "--strict-checksums" in (programs / "words").read_text().split()


async def test_a_killed_hub_leaves_no_maven(parts: Parts, programs: Path) -> None:
    """Maven dies with the hub: it would write on into a folder that the next hub sweeps away."""
    write_maven(
        programs,
        f'#!/bin/sh\necho $$ > "{programs}/pid.new"; mv "{programs}/pid.new" "{programs}/pid"\nexec sleep 600\n',
    )
    script = f"""
import asyncio, sys
sys.path.insert(0, {str(Path.cwd())!r})
from pathlib import Path
from hub.local.parts import fetch, parts_of
from hub.settings import Settings
asyncio.run(fetch(parts_of(Settings(home=Path({str(parts.folder.parents[1])!r})))))
"""
    hub = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    try:
        await until((programs / "pid").exists)
        maven = int((programs / "pid").read_text())
        assert runs(maven)
    finally:
        hub.kill()
        await hub.wait()
    await until(lambda: not runs(maven))


async def test_a_missing_maven_is_named(parts: Parts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without Maven the message says what is missing and three ways out."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MissingPartError) as refused:
        await fetch(parts)

    for word in (parts.versions.kafka, parts.versions.apicurio, "Maven", "HUB_PARTS", "KAFKA_BOOTSTRAP_SERVERS"):
        assert word in str(refused.value)


async def test_a_maven_without_network_is_quoted(parts: Parts, programs: Path) -> None:
    """What Maven says of its failure is told, and nothing half-made stays."""
    write_maven(programs, "#!/bin/sh\necho '[ERROR] Unknown host repo.example.org'\nexit 1\n")

    with pytest.raises(MissingPartError, match="Unknown host"):
        await fetch(parts, say=str)

    assert not parts.folder.exists()
    assert not list(parts.folder.parent.glob(".fetch-*"))
