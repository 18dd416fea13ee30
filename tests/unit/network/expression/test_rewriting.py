"""Paths of an expression written otherwise."""

import pytest

from hub.network.expression import rewritten

WORDS = {("subject", "nik"): "application.groom_nik", ("check", "score"): "check_groom.score"}


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("subject.nik", "application.groom_nik"),
        ("has(subject.nik) ? subject.nik : ''", "has(application.groom_nik) ? application.groom_nik : ''"),
        ("'subject.nik' + subject . nik", "'subject.nik' + application.groom_nik  "),
        ("check.score > 90 && check.other", "check_groom.score > 90 && check.other"),
        ("record.subject.nik", "record.subject.nik"),
        ("subject.nik.size() > 3", "application.groom_nik.size() > 3"),
        ("[subject.nik, check.score]", "[application.groom_nik, check_groom.score]"),
        ("subject", "subject"),
        ("", ""),
    ],
)
def test_a_path_is_written_otherwise_wherever_it_is_one(text: str, new: str) -> None:
    """Only a whole path is rewritten: not within quotes, not behind another's dot."""
    assert rewritten(text, lambda source, name: WORDS.get((source, name))) == new


def test_what_is_no_expression_stays_for_the_check_to_tell() -> None:
    """A text that cannot be split into words comes back as it is."""
    assert rewritten("subject.nik @ 3", lambda _source, _name: "x") == "subject.nik @ 3"
