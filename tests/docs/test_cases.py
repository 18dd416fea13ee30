"""The page on cases shows what the hub takes, and what it says."""

import re
import shlex
from typing import Any

import pytest

from hub.cli.app import main
from hub.names import StepName
from hub.network.folder.yaml import read_yaml
from hub.network.model import Predecessor, Priority, Procedure, Requirement
from hub.network.subject import expanded
from tests import builders as b
from tests.docs.page import ROOT

PAGE = (ROOT / "docs/cases.md").read_text(encoding="utf-8")
TEXT = {"id": "x {subject}", "en": "x {subject}"}


def shown(key: str) -> Any:
    """Read what the page shows below a key of a file."""
    (text,) = re.findall(rf"```yaml key={key}\n(.*?)```", PAGE, flags=re.DOTALL)
    document, findings = read_yaml("page.yaml", text.encode())
    assert findings == []
    return document.value


def test_the_subjects_shown_give_the_steps_that_the_page_names() -> None:
    """Names, joins and facts are those of the table."""
    step = {"title": TEXT, "agency": "office", "request": "t.R", "answers": {"t.D": "done"}}
    each = {**step, "for_each": "partners"}
    found = expanded(Procedure.model_validate({
        "procedure": "p", "version": 1, "service": "s", "title": TEXT, "opens_on": "t.O", "evidence": "I",
        "subjects": shown("subjects"),
        "steps": {
            "check": {**each, "fill": {"nik": "subject.nik", "who": "subject.code"}},
            "card": {**each, "after": ["check"], "fill": {"score": "check.score"}},
            "all": {**step, "after": ["check"]},
            "some": {**step, "after": {"of": ["check"], "at_least": 1}},
            "hers": {**each, "subject": "bride", "after": ["check_groom"]},
        },
    })).steps  # fmt: skip
    assert list(found) == ["check_groom", "check_bride", "card_groom", "card_bride", "all", "some", "hers"]
    assert found[StepName("check_bride")].fill == {"nik": "application.bride_nik", "who": "'bride'"}
    assert found[StepName("check_bride")].title.en == "x the bride"
    assert found[StepName("card_bride")].after.all == ("check_bride",)
    assert found[StepName("card_bride")].fill == {"score": "check_bride.score"}
    assert found[StepName("all")].after.all == found[StepName("some")].after.of == ("check_groom", "check_bride")
    assert found[StepName("hers")].after.all == ("check_groom",)


def test_the_list_shown_is_told_as_the_page_says() -> None:
    """The front office reads what stands on the page."""
    listed = {code: Requirement.model_validate(each) for code, each in shown("requirements").items()}
    told = {code: (each.title.id, each.ask.id if each.ask else "") for code, each in listed.items()}
    back = b.answer("check", "returned", items="items", reason="reason", text="note")
    world = b.opened(b.step("check", answers=[back]), requirements=told)
    codes = ["neighbourhood_letter", "hat"]
    (task,) = b.answers(
        world, "check", "returned", items=codes, reason="papers_missing", note="Bawa hari Senin."
    ).tasks  # fmt: skip
    (text,) = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    document, _ = read_yaml("page.json", text.encode())
    assert {name: task.data[name] for name in document.value} == document.value


def test_what_else_is_shown_can_be_declared() -> None:
    """The declarations are taken as they stand."""
    assert Predecessor.model_validate(shown("predecessor")).reuses == {"verify_identity": 365 * b.DAY}
    assert set(Priority.model_validate(shown("priority")).classes.values()) == {"vulnerable"}


def test_the_commands_shown_are_understood(capsys: pytest.CaptureFixture[str]) -> None:
    """Each is a verb with options that it has."""
    (text,) = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
    for line in text.splitlines():
        words = shlex.split(line)[1:]
        with pytest.raises(SystemExit) as left:
            main([*words[:2], "--help"])
        assert left.value.code in {0, None}
        options = [word for word in words if word.startswith("--")]
        told = capsys.readouterr().out
        assert [option for option in options if option not in told] == []
