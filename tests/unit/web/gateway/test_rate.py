"""Each agency's share of events."""

from hub.names import AgencyCode
from hub.web.gateway.rate import Rate

A, B = AgencyCode("a"), AgencyCode("b")


class _Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_without_a_limit_all_may_go() -> None:
    """No limit set is no limit."""
    assert Rate(None, _Clock()).take(A, 1_000_000) == 0


def test_a_share_that_is_used_up_fills_again() -> None:
    """After the seconds told, the same events may go."""
    clock = _Clock()
    rate = Rate(10, clock)
    assert rate.take(A, 100) == 0

    waits = rate.take(A, 30)
    assert waits == 3
    clock.now += waits
    assert rate.take(A, 30) == 0


def test_agencies_do_not_share() -> None:
    """One that sends too much is no other's trouble."""
    rate = Rate(10, _Clock())
    rate.take(A, 100)

    assert rate.take(A, 1) > 0
    assert rate.take(B, 100) == 0


def test_a_batch_larger_than_the_share_goes_and_is_paid_for() -> None:
    """A legal batch is never refused for ever."""
    clock = _Clock()
    rate = Rate(1, clock)
    assert rate.take(A, 500) == 0

    clock.now += 489
    assert rate.take(A, 10) > 0
    clock.now += 20
    assert rate.take(A, 10) == 0


def test_a_refusal_costs_nothing() -> None:
    """Who asks too early does not wait longer for it."""
    clock = _Clock()
    rate = Rate(1, clock)
    rate.take(A, 10)

    assert [rate.take(A, 2) for _ in range(5)] == [2] * 5
    clock.now += 2
    assert rate.take(A, 2) == 0
