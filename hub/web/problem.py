"""What a client is told when a request is not done: problem details as of RFC 9457, never with a value of a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.responses import Response

MEDIA_TYPE: Final = "application/problem+json"
#: Problem types are names, not addresses: they mean the same at every hub.
_TYPE: Final = "urn:simpul:problem:"

#: Each kind of problem: its status, its title, and what the client should do.
KINDS: Final[Mapping[str, tuple[int, str, str]]] = {
    "malformed": (400, "The request is not well formed", "Mend the request; sending it again changes nothing."),
    "unauthenticated": (401, "No key, or one that is not known", "Send your agency's key in the header X-API-Key."),
    "not-allowed": (
        403,
        "Your agency may not say this",
        "See GET /v1/types; ask the coordinator to change the network.",
    ),
    "not-found": (404, "There is nothing at this address", "See /docs for what there is."),
    "wrong-method": (405, "This address does not take this method", "See /docs for what there is."),
    "too-slow": (408, "The request took too long to arrive", "Send the whole body at once."),
    "too-large": (413, "The request is too large", "Send smaller batches, and documents as claim checks."),
    "wrong-media-type": (415, "This content type is not taken", "Send CloudEvents 1.0 with JSON data."),
    "misfit": (422, "The data does not fit its schema", "Mend the fields named in errors; see GET /v1/types/{type}."),
    "batch": (422, "Events of the batch are wrong; none was published", "Mend the events named in problems."),
    "head-too-large": (431, "The headers are too large", "Send fewer or shorter headers."),
    "too-many": (429, "Your agency sends too much at once", "Wait as long as Retry-After says."),
    "failed": (500, "The gateway failed", "Send the same request again; tell the operator if it stays."),
    "unavailable": (503, "The hub cannot take events now", "Send the same request again after Retry-After seconds."),
}


@dataclass(frozen=True)
class Problem:
    """Say what is wrong with a request or one event of it; ``kind`` is one of KINDS."""

    kind: str
    detail: str
    errors: tuple[tuple[str, str], ...] = ()
    index: int | None = None
    problems: tuple["Problem", ...] = ()
    retry_after_s: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """Tell the HTTP status."""
        return KINDS[self.kind][0]

    def document(self) -> dict[str, Any]:
        """Write the problem as RFC 9457 has it; ``errors`` by path, ``problems`` by index in the batch."""
        found: dict[str, Any] = {} if self.index is None else {"index": self.index}
        found |= {"type": _TYPE + self.kind, "title": KINDS[self.kind][1], "status": self.status, "detail": self.detail}
        if self.errors:
            found["errors"] = [{"path": path, "message": message} for path, message in self.errors]
        if self.problems:
            found["problems"] = [each.document() for each in self.problems]
        return found

    def response(self) -> Response:
        """Answer with the problem."""
        headers = dict(self.headers)
        if self.retry_after_s is not None:
            headers["Retry-After"] = str(self.retry_after_s)
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Bearer realm="simpul"'
        return Response(msgspec.json.encode(self.document()), self.status, headers, MEDIA_TYPE)


def of_batch(problems: Sequence[Problem], *, most: int) -> Problem:
    """Sum up what is wrong in a batch, the first `most` one by one."""
    return Problem("batch", f"{len(problems)} events are wrong; mend them", problems=tuple(problems[:most]))
