"""Kafka's and the registry's files: which versions, where they lie, and how they come there (once, through Maven).

A folder of parts is whole or is not there: it is made beside its place and renamed.
"""

import asyncio
import fcntl
import re
import shutil
import sys
import tarfile
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from hub.errors import ConfigurationError, MissingPartError
from hub.local.process import leashed
from hub.settings import Settings, shipped

#: Where the versions stand, and nowhere else.
POM = shipped("deploy/local") / "pom.xml"
_XML = "{http://maven.apache.org/POM/4.0.0}"
#: A file of a megabyte or more: what one waits for, without the hundred small ones that Maven needs itself.
_FETCHED = re.compile(r"Downloaded from \S+: \S+/(?P<file>[^/ ]+\.(?:jar|tar\.gz)) \((?P<size>[^)]+? [MG]B) at ")
_LOCK_LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Versions:
    """Name the versions of the parts, as the pom has them."""

    kafka: str
    apicurio: str
    log4j: str

    @property
    def folder(self) -> str:
        """Name the folder that holds exactly these."""
        return f"kafka-{self.kafka}-apicurio-{self.apicurio}-log4j-{self.log4j}"


@dataclass(frozen=True, slots=True)
class Parts:
    """Tell where the parts lie on this machine."""

    folder: Path
    versions: Versions

    @property
    def jars(self) -> Path:
        """Tell the folder of the broker's jars."""
        return self.folder / "jars"

    @property
    def registry_jar(self) -> Path:
        """Tell the jar that starts the registry."""
        return self.folder / "registry" / "quarkus-run.jar"


def read_versions(pom: Path = POM) -> Versions:
    """Read the versions from the pom's properties."""
    properties = ET.parse(pom).getroot().find(f"{_XML}properties")  # noqa: S314 - our own file
    found = {} if properties is None else {one.tag.removeprefix(_XML): (one.text or "").strip() for one in properties}
    try:
        return Versions(found["kafka.version"], found["apicurio.version"], found["log4j.version"])
    except KeyError as missing:
        raise ConfigurationError(f"{pom}: the property {missing} is not there; it names a part's version") from missing


def parts_of(settings: Settings) -> Parts:
    """Tell where the parts of this hub lie, or will when they are fetched."""
    versions = read_versions()
    return Parts((settings.parts or settings.home / "parts").resolve() / versions.folder, versions)


async def fetch(parts: Parts, *, say: Callable[[str], object] | None = None) -> None:
    """Bring the parts through Maven unless they are there; idempotent, and safe beside another process that does it.

    Tells its progress to ``say`` (default: stderr). Raises MissingPartError if Maven is not there or has no network.
    """
    if parts.folder.is_dir():
        return
    tell = say or _to_stderr
    mvn = shutil.which("mvn")
    if mvn is None:
        raise MissingPartError(_advice(parts, "Maven (`mvn`), which fetches them, is not on the PATH"))
    parts.folder.parent.mkdir(parents=True, exist_ok=True)
    async with _alone(parts.folder.parent, tell):
        if parts.folder.is_dir():
            return
        tell(f"fetching Kafka {parts.versions.kafka} and Apicurio Registry {parts.versions.apicurio} (200 MB, once)")
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=parts.folder.parent) as scratch:
            made = Path(scratch) / "parts"
            await _run_maven(mvn, made / "jars", parts, tell=tell)
            await asyncio.to_thread(_unpack_registry, made)
            made.rename(parts.folder)
        tell(f"parts are in {parts.folder}")


async def _run_maven(mvn: str, jars: Path, parts: Parts, *, tell: Callable[[str], object]) -> None:
    goal = ("dependency:copy-dependencies", f"-DoutputDirectory={jars}", "-DincludeScope=runtime")
    maven = await asyncio.create_subprocess_exec(
        *leashed((mvn, "-B", "--strict-checksums", "-f", str(POM), *goal)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said: list[str] = []
    try:
        while maven.stdout is not None and (raw := await maven.stdout.readline()):
            said.append(raw.decode(errors="replace").rstrip())
            if one := _FETCHED.search(said[-1]):
                tell(f"  {one['file']} ({one['size']})")
    except BaseException:
        with suppress(ProcessLookupError):
            maven.kill()
        raise
    finally:
        code = await maven.wait()
    if code != 0:
        wrong = "\n".join(line for line in said if "ERROR" in line) or "\n".join(said[-10:])
        why = f"Maven could not fetch them (exit code {code}; is the network there?):\n{wrong}\n"
        raise MissingPartError(_advice(parts, why))


def _unpack_registry(made: Path) -> None:
    for archive in (made / "jars").glob("apicurio-registry-app-*.tar.gz"):
        with tarfile.open(archive) as packed:
            # Python before 3.11.4 (Debian 12's, for one) has no filters, and its extractall takes none.
            packed.extraction_filter = getattr(tarfile, "data_filter", lambda member, _path: member)
            packed.extractall(made / "registry")  # noqa: S202 - our own pinned archive, filtered where that is known
        archive.unlink()


def _advice(parts: Parts, why: str) -> str:
    return (
        f"Kafka {parts.versions.kafka} and Apicurio Registry {parts.versions.apicurio} are not in {parts.folder}, "
        f"and {why}. Do one of these: install Maven and start again; copy that folder from a machine that has it "
        "(HUB_PARTS names the folder above it); or set KAFKA_BOOTSTRAP_SERVERS and SCHEMA_REGISTRY_URL to a broker "
        "and a registry that run"
    )


@asynccontextmanager
async def _alone(folder: Path, tell: Callable[[str], object]) -> AsyncIterator[None]:
    """Hold the folder's lock, so that two processes do not fetch the same; the kernel frees it if we are killed."""
    with (folder / ".lock").open("w") as lock:
        waited = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not waited:
                    tell("another process fetches the same parts; waiting for it")
                waited = True
                await asyncio.sleep(_LOCK_LOOK_S)
        await asyncio.to_thread(_sweep, folder)
        yield


def _sweep(folder: Path) -> None:
    """Remove what a killed process left: only the lock's holder makes such folders."""
    for left in folder.glob(".fetch-*"):
        shutil.rmtree(left, ignore_errors=True)


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
