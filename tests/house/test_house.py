"""The house's promises that no linter knows: sizes, words, one place for errors, what never leaves a machine."""

import ast
import inspect
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel

from hub import errors
from hub.settings import Engine, Kafka, Settings

ROOT = Path(__file__).parents[2]
_HUB = sorted((ROOT / "hub").rglob("*.py"))
_MOST_LINES, _MOST_IN_FUNCTION = 600, 60
_VAGUE = re.compile(r"(^|_)(utils?|helpers?|common|managers?|misc|base)(_|$)")
#: Folders of one machine; whoever reads the project has others.
_MACHINE_PATH = re.compile(r"(?<![\w.$}>-])/(?:work|root|tmp|home|Users|mnt)/[\w.]")
#: Where packages, jars and images are fetched from is the machine's business, never the project's.
_REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|repo1?\.maven|maven\.org/maven2|npmjs\.(?:org|com)|(?:docker|ghcr|quay)\.io"
    r"|(?<!emit-)index[-_]url|<mirror|<repositor(?:y|ies)>",
    re.IGNORECASE,
)
_ERRORS = [each for _, each in inspect.getmembers(errors, inspect.isclass) if each.__module__ == errors.__name__]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _texts() -> Iterator[tuple[str, str]]:
    """Go over the text files that are kept in git, but for this one, which must name what it looks for."""
    if not (ROOT / ".git").exists():
        pytest.skip("only a checkout says which files are kept")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        path = ROOT / name
        if name and path != Path(__file__) and path.is_file():
            yield name, path.read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize("error", _ERRORS, ids=lambda error: str(error.__name__))
def test_each_error_is_named_and_explained(error: type[Exception]) -> None:
    """It ends in Error, says what it says, hangs under HubError, and stands in the drawn tree."""
    assert error.__name__.endswith("Error")
    assert (error.__doc__ or "").split()[0] in {"Say", "Name", "Carry"}
    assert issubclass(error, errors.HubError)
    assert re.search(rf"\b{error.__name__}\b", errors.__doc__ or "")


def test_errors_live_in_one_file() -> None:
    """No other module of the hub makes an exception of its own."""
    known = {each.__name__ for each in _ERRORS} | {
        "Exception",
        "BaseException",
        "ValueError",
        "RuntimeError",
        "OSError",
    }
    elsewhere = [
        f"{_name(path)}: {node.name}"
        for path in _HUB
        if path != ROOT / "hub" / "errors.py"
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ClassDef) and known & {getattr(base, "id", "") for base in node.bases}
    ]

    assert elsewhere == []


def test_files_are_short() -> None:
    """Nobody has to scroll through more than 600 lines, in the hub or in its tests."""
    lines = {_name(path): path.read_text("utf-8").count("\n") for path in [*_HUB, *(ROOT / "tests").rglob("*.py")]}

    assert {name: count for name, count in lines.items() if count > _MOST_LINES} == {}


def test_functions_are_short() -> None:
    """A function of more than 60 lines is a fault."""
    long = [
        f"{_name(path)}: {node.name}"
        for path in _HUB
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= _MOST_IN_FUNCTION
    ]

    assert long == []


def test_modules_are_named_after_what_is_inside() -> None:
    """No drawer for odds and ends."""
    parts = {part for path in _HUB for part in path.relative_to(ROOT).with_suffix("").parts}

    assert {part for part in parts if _VAGUE.search(part)} == set()


def test_nothing_is_left_to_do_in_the_code() -> None:
    """What is missing is said in the design or in an issue, not in a comment that nobody reads."""
    left = [_name(path) for path in _HUB if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", path.read_text("utf-8"))]

    assert left == []


@pytest.mark.parametrize(
    ("pattern", "found", "passed"),
    [
        (_MACHINE_PATH, 'open("/home/budi/x")', "deploy/home/x and $HOME/work/x"),
        (_REGISTRY, "pip install --index-url x", "--no-emit-index-url, a schema registry"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], found: str, passed: str) -> None:
    """The two tests below would see it."""
    assert pattern.search(found)
    assert not pattern.search(passed)


def test_no_machine_is_spoken_of() -> None:
    """No kept file holds a path of the machine that it was written on."""
    assert [f"{name}: {hit[0]}" for name, text in _texts() if (hit := _MACHINE_PATH.search(text))] == []


def test_no_registry_is_named() -> None:
    """Packages, jars and images have names and versions; where they come from, each machine says itself."""
    assert [f"{name}: {hit[0]}" for name, text in _texts() if (hit := _REGISTRY.search(text))] == []


@pytest.mark.parametrize(("model", "prefix"), [(Settings, ""), (Engine, "ENGINE__"), (Kafka, "KAFKA__")])
def test_each_setting_is_explained(model: type[BaseModel], prefix: str) -> None:
    """It has a description where it is declared, or a row on the operators' page."""
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    groups = {"kafka", "engine"} if model is Settings else set()  # these hold settings, and are none themselves
    silent = [
        name
        for name, field in model.model_fields.items()
        if name not in groups and not field.description and f"`HUB_{prefix}{name.upper()}`" not in page
    ]

    assert silent == []
