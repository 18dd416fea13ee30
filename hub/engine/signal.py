"""What one case tells another on ``hub.signals``: how it is written in the router's own transaction, and read again.

Only the hub writes there, and its headers say who tells what; key and partition are those of the case that is told.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hub import metrics
from hub.bus.record import Record
from hub.engine.outputs import SOURCE, Output, sized
from hub.errors import DecodeError
from hub.events.codec import Codec, format_millis
from hub.events.envelope import content_digest, read_event, to_headers
from hub.names import SIGNALS, EventType
from hub.router.decision import HUB_ITSELF, Signal

_KIND: Final = "hubsignal"
_SENDER: Final = "hubfrom"
_STEP: Final = "hubstep"
_DEPTH: Final = "hubdepth"
_APPENDED: Final = "hubappended"
_LANE: Final = "hublane"
#: The bundle under which a signal was made: a partition that has an older one in force must not decide it.
_BUNDLE: Final = "hubbundle"
#: Digits of a number in a header; more is none.
_MAX_DIGITS: Final = 15


def write_signal(signal: Signal, codec: Codec, *, bundle: int) -> Output:
    """Write what a case tells another."""
    extra = (
        (_KIND, signal.kind), (_SENDER, signal.sender), (_STEP, signal.step), (_DEPTH, str(signal.depth)),
        (_APPENDED, str(signal.appended_at)), (_BUNDLE, str(bundle)), *(((_LANE, signal.lane),) if signal.lane else ()),
    )  # fmt: skip
    headers = to_headers(
        signal.id, signal.type, source=SOURCE, time=format_millis(signal.appended_at), case=signal.case,
        subject=signal.subject, causation=signal.causation, extra=extra,
    )  # fmt: skip
    return sized(Output(SIGNALS, codec.encode(signal.type, signal.data), signal.case.encode(), headers))


def read_signal(
    record: Record, headers: Mapping[str, str], event_type: EventType, *, data: Mapping[str, Any], body: bytes
) -> Signal:
    """Read what a case tells another; raise DecodeError when it is no signal."""
    event = read_event(
        headers, agency=HUB_ITSELF, key=record.key, event_type=event_type, data=data,
        digest=content_digest(event_type, body), appended_at=record.timestamp,
    )  # fmt: skip
    told = msgspec.structs.asdict(event) | {
        "kind": headers.get(_KIND), "sender": headers.get(_SENDER), "step": headers.get(_STEP),
        "depth": _number(headers.get(_DEPTH)), "lane": headers.get(_LANE) or "",
        "appended_at": min(_number(headers.get(_APPENDED)) or record.timestamp, record.timestamp),
    }  # fmt: skip
    try:
        signal = msgspec.convert(told, Signal)
    except msgspec.ValidationError as wrong:
        raise DecodeError("the record is no signal of the hub; only the hub may write to hub.signals") from wrong
    metrics.SIGNALS.labels(signal.kind, "read").inc()
    return signal


def made_under(record: Record) -> int:
    """Tell under which bundle a record of ``hub.signals`` was made; 0 when it does not say."""
    said = next((value for name, value in record.headers if name == _BUNDLE), None)
    return 0 if said is None else _number(said.decode(errors="replace"))


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else 0
