"""What was released stays as it is."""

import json

from hub.network.folder.release import RELEASED_FILE, write_released
from tests.unit.network.town import AGREEMENT, PROCEDURE, Town


def release(town: Town) -> bool:
    """Write the list of released files as `hub apply --release` does."""
    return write_released(town.folder / "town", town.network(), town.catalog())


def test_what_was_released_may_not_change(town: Town) -> None:
    """A changed procedure, agreement and schema are told; layout, comments and examples may change."""
    assert release(town)
    town.edit(PROCEDURE, "steps:", "# told anew\nsteps:")
    town.edit(PROCEDURE, "  - name: a complete report goes through", "  - name: another name")
    assert town.lines() == []

    town.edit(PROCEDURE, "deadline: 2 days", "deadline: 3 days")
    town.edit(AGREEMENT, "until: 2030-12-31", "until: 2029-12-31")
    town.edit("schemas/Delivered.v1.avsc", '"doc": "Delivered."', '"doc": "Handed over."')

    fix = "put it back, and say it anew in a new version (an agreement: in a file of its own)"
    assert town.lines() == [
        f"agreements/pks-town.yaml:1:1: error [released-changed] the released agreement was changed; {fix}",
        f"procedures/birth.v1.yaml:1:1: error [released-changed] the released procedure was changed; {fix}",
        f"town.Delivered.v1.avsc:1:1: error [released-changed] the released schema was changed; {fix}",
    ]


def test_a_new_version_beside_the_old_is_free(town: Town) -> None:
    """Adding version 2 is how a released procedure changes; then it is released too."""
    release(town)
    text = (town.folder / PROCEDURE).read_text().replace("version: 1", "version: 2").replace("2 days", "3 days")
    (town.folder / "town/procedures/birth.v2.yaml").write_text(text)

    assert town.lines() == []
    assert release(town)
    assert not release(town)
    released = json.loads((town.folder / "town" / RELEASED_FILE).read_text())["released"]
    assert {name for name in released if name.startswith("procedures/")} == {
        "procedures/birth.v1.yaml", "procedures/birth.v2.yaml",
    }  # fmt: skip


def test_a_version_that_is_gone_is_a_warning(town: Town) -> None:
    """Cases may still run on it; only a cluster can know."""
    release(town)
    text = (town.folder / PROCEDURE).read_text().replace("version: 1", "version: 2").replace("2 days", "3 days")
    (town.folder / "town/procedures/birth.v2.yaml").write_text(text)
    (town.folder / PROCEDURE).unlink()

    assert town.lines() == [
        (
            "procedures/birth.v1.yaml:1:1: warning [released-gone] a released version is gone: a case that still runs "
            "on it would wait for a person; put it back; `hub plan` says how many open cases follow it"
        )
    ]


def test_a_damaged_list_is_told(town: Town) -> None:
    """A list that cannot be read is a finding: going on would forget what was released."""
    (town.folder / "town" / RELEASED_FILE).write_text("{}")

    assert town.lines() == [
        (
            "released.json:1:1: error [released-unreadable] the list of released files cannot be read: ValueError; "
            "restore it from version control"
        )
    ]
