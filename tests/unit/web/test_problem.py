"""Problem details as clients read them."""

import json

from hub.web.problem import KINDS, Problem, of_batch


def test_a_problem_is_written_as_rfc_9457_has_it() -> None:
    """Type, title, status and detail stand in the body, the status in the answer too."""
    answer = Problem("misfit", "does not fit", errors=(("data.nik", "is missing"),)).response()

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(bytes(answer.body)) == {
        "type": "urn:simpul:problem:misfit",
        "title": "The data does not fit its schema",
        "status": 422,
        "detail": "does not fit",
        "errors": [{"path": "data.nik", "message": "is missing"}],
    }


def test_a_client_is_told_when_to_come_again() -> None:
    """A problem that passes carries Retry-After."""
    assert Problem("unavailable", "later", retry_after_s=5).response().headers["retry-after"] == "5"


def test_a_client_without_a_key_is_told_how_to_send_one() -> None:
    """HTTP wants a challenge with 401."""
    assert "Bearer" in Problem("unauthenticated", "no key").response().headers["www-authenticate"]


def test_a_batch_tells_each_problem_by_its_index_up_to_a_limit() -> None:
    """A thousand wrong events do not make an endless answer; their number is told."""
    wrong = [Problem("misfit", "does not fit", index=index) for index in range(9)]

    told = of_batch(wrong, most=3).document()

    assert [each["index"] for each in told["problems"]] == [0, 1, 2]
    assert "9 events" in told["detail"]


def test_every_kind_has_a_status_of_an_error() -> None:
    """No problem is told as a success."""
    assert all(400 <= status < 600 for status, _, _ in KINDS.values())
