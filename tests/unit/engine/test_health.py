"""Live and ready, told truly: what a supervisor and a load balancer act on."""

import pytest

from hub.engine import health as module
from hub.engine.health import Health


def _working() -> Health:
    made = Health()
    made.member(is_member=True)
    made.partitions(owned=2, restoring=0, unruled=0)
    return made


def test_a_worker_is_ready_once_it_routes() -> None:
    """Not before the group has assigned it, not while it restores, not without a network; a spare is ready."""
    health = Health()
    assert health.why_dead() is None
    assert "not assigned" in str(health.why_unready())
    health.partitions(owned=0, restoring=0, unruled=0)
    assert "not assigned" in str(health.why_unready())
    health.member(is_member=True)
    assert health.why_unready() is None
    health.partitions(owned=0, restoring=2, unruled=0)
    assert "2 partitions are being restored" in str(health.why_unready())
    health.partitions(owned=2, restoring=0, unruled=1)
    assert "no network" in str(health.why_unready())
    health.partitions(owned=2, restoring=0, unruled=0)
    assert health.why_unready() is None
    health.partitions(owned=0, restoring=0, unruled=0)
    assert health.why_unready() is None
    health.member(is_member=False)
    assert "not assigned" in str(health.why_unready())


def test_a_worker_that_was_told_to_stop_is_not_ready_but_lives() -> None:
    """It takes no more work and finishes what it has."""
    health = _working()
    health.stop()

    assert health.is_stopping
    assert health.why_unready() == "stopping"
    assert health.why_dead() is None


def test_a_loop_that_does_not_turn_is_dead_until_it_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker stuck in one call says nothing; its page says it."""
    monkeypatch.setattr(module, "_SILENT_S", -1.0)
    health = _working()
    assert "has not turned" in str(health.why_dead())
    assert health.why_unready() == health.why_dead()
    monkeypatch.setattr(module, "_SILENT_S", 60.0)
    health.beat()
    assert health.why_dead() is None


def test_a_worker_with_work_that_commits_nothing_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only with records that could be read, partitions of its own, and no input that waits for something outside."""
    monkeypatch.setattr(module, "_STUCK_S", -1.0)
    health = _working()
    assert health.why_dead() is None
    health.lagging(records=7, held=0)
    assert "7 records wait" in str(health.why_dead())
    health.lagging(records=7, held=1)
    assert health.why_dead() is None
    health.lagging(records=7, held=0)
    health.partitions(owned=0, restoring=1, unruled=0)
    assert health.why_dead() is None


def test_progress_and_an_empty_queue_are_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time without a commit counts from the last one, or from when nothing waited."""
    monkeypatch.setattr(module, "_STUCK_S", 30.0)
    for sign in (Health.progressed, lambda health: health.lagging(records=0, held=0)):
        health = _working()
        health._progress_s -= 40
        health.lagging(records=1, held=0)
        assert health.why_dead() is not None
        sign(health)
        health.lagging(records=1, held=0)
        assert health.why_dead() is None


def test_a_failure_is_told_for_good() -> None:
    """What ended the loop stands on the page until the process is gone."""
    health = _working()
    health.failure = "the position is not in the log any more"
    health.beat()

    assert health.why_dead() == health.why_unready() == "the position is not in the log any more"


def test_a_topic_that_is_gone_is_named_until_it_is_back() -> None:
    """Whoever deletes a topic in force reads of it on the page; the log hears of each once."""
    health = _working()
    assert health.missing(frozenset({"agency.a.events", "agency.b.events"})) == {"agency.a.events", "agency.b.events"}
    assert health.missing(frozenset({"agency.b.events"})) == frozenset()
    assert "topic agency.b.events is not there" in str(health.why_unready())
    health.missing(frozenset())
    assert health.why_unready() is None


def test_what_is_undone_again_and_again_is_told_with_the_reason() -> None:
    """One transaction that is undone is an accident; many say what Kafka refuses, until one is committed."""
    health = _working()
    assert [health.undone("too large") for _ in range(2)] == [1, 2]
    assert health.why_unready() is None
    health.undone("too large")
    assert "3 transactions were undone one after the other: too large" in str(health.why_unready())
    health.progressed()
    assert health.why_unready() is None
