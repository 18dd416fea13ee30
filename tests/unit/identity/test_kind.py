"""The list of kinds is whole, and each kind's sample shows its form."""

import re

import pytest

from hub.identity.kind import KINDS, Kind
from hub.identity.person import is_synthetic


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_each_kind_has_a_sample_and_says_how_it_is_known(kind: Kind) -> None:
    """The sample is its own normal form; a mark of evidence stands beside what is said of the form."""
    assert kind.check(kind.sample) == kind.sample
    assert kind.pattern.fullmatch(kind.sample)
    assert re.fullmatch("[VSB]-[HML]", kind.evidence)
    assert kind.title
    assert kind.form
    assert (kind.check.__doc__ or "").startswith("Give ")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_number_of_another_kind_of_sign_is_refused(kind: Kind) -> None:
    """Nothing, signs and half a novel are no identifier."""
    for text in ("", "?", kind.sample + "!", "0" * 5_000, "\ud800"):
        assert not isinstance(kind.check(text), str), text[:20]


def test_the_sample_of_a_person_is_nobody() -> None:
    """Its serial is never issued."""
    assert is_synthetic(KINDS["nik"].sample)
