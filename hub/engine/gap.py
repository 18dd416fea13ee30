"""Whether the log still goes on where a partition stopped: what was deleted or cut off is an alarm and not a jump.

A gap that people have settled is stepped over once, when it is named by the offset before it and the one to go on from.
"""

from collections.abc import Mapping

import structlog

from hub.bus.admin import Admin
from hub.bus.record import Place
from hub.engine.partition import Partition
from hub.errors import LostPositionError
from hub.names import COMMANDS

_LOG = structlog.get_logger("hub.engine.gap")

#: Where to go on, by place and the position that is lost.
Accepted = Mapping[tuple[Place, int], int]


def read_accepted(setting: str) -> Accepted:
    """Read ``topic/partition:from:to,...`` as the settings have checked it."""
    found: dict[tuple[Place, int], int] = {}
    for each in filter(None, setting.split(",")):
        name, lost, to = each.rsplit(":", 2)
        topic, number = name.split("/")
        found[Place(topic, int(number)), int(lost)] = int(to)
    return found


def find_gaps(partition: Partition, admin: Admin, accepted: Accepted) -> None:
    """Hold a partition's positions against the log, and learn where it begins when it was never read.

    Raise LostPositionError that names every gap, UnreachableError when the broker does not answer.
    """
    meta, number = partition.meta, partition.number
    _step_over(partition, accepted)
    if not meta.positions:
        meta.positions = {place.topic: begin for place, begin in admin.begins([Place(COMMANDS, number)]).items()}
        return
    spans = admin.spans(Place(topic, number) for topic in meta.positions)
    gaps = []
    for place, (begin, end) in spans.items():
        position = meta.positions[place.topic]
        if not begin <= position <= end:
            gaps.append(_told(place, position, begin=begin, end=end))
    for topic in meta.positions.keys() - {place.topic for place in spans}:
        _LOG.error("an input is not there any more: its topic was deleted", topic=topic, partition=number)
    if gaps:
        raise LostPositionError(f"{'; '.join(gaps)}: see docs/operating.md, lost position")


def _step_over(partition: Partition, accepted: Accepted) -> None:
    meta = partition.meta
    for topic, position in list(meta.positions.items()):
        to = accepted.get((Place(topic, partition.number), position))
        if to is not None:
            meta.positions[topic] = to
            meta.epochs.pop(topic, None)
            _LOG.error("going on after an accepted gap", topic=topic, partition=partition.number, lost=position, to=to)


def _told(place: Place, position: int, *, begin: int, end: int) -> str:
    name = f"{place.topic}/{place.partition}"
    if position < begin:
        return f"{name}: {position} to {begin - 1} were deleted unread (to go on after them: {name}:{position}:{begin})"
    return f"{name}: it ends at {end}, before {position} (to go on from its end: {name}:{position}:{end})"
