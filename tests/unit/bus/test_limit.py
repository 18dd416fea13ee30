"""What a topic has refused is not sent there again."""

from hub.bus.limit import Limits, size_of


def test_the_least_size_that_was_refused_counts() -> None:
    """By topic; what is smaller is tried."""
    limits = Limits()
    assert not limits
    assert not limits.is_too_large("a", 10**9)

    limits.learn("a", 500)
    limits.learn("a", 300)
    limits.learn("a", 400)

    assert limits
    assert [limits.is_too_large("a", size) for size in (299, 300, 301)] == [False, True, True]
    assert not limits.is_too_large("b", 300)


def test_a_size_counts_all_that_travels() -> None:
    """Key, value and headers, in bytes."""
    assert size_of(b"123", b"4", [("é", b"56")]) >= 8
    assert size_of(None, None, []) == 0
