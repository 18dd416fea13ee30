"""The ids and names everything else is built from: what they are and how they are made.

Promises that a name is formed in one place only. Holds no state and raises only ``ValueError``.
"""

import hashlib
import re
import uuid
from functools import lru_cache
from typing import Final, NewType

AgencyCode = NewType("AgencyCode", str)  # "disdukcapil": lower case, digits and dashes
CaseId = NewType("CaseId", str)  # "<opener's code>.<uuid>"
ElementName = NewType("ElementName", str)  # a datum as agreements name it: "nik"
EventId = NewType("EventId", str)  # made by the source, unique per agency
EventType = NewType("EventType", str)  # Avro full name: "id.mpp.civil.BirthRecorded"
ProcedureRef = NewType("ProcedureRef", str)  # "<name>@<version>"
ServiceName = NewType("ServiceName", str)
StepName = NewType("StepName", str)
TaskId = NewType("TaskId", str)  # UUIDv5 of case, step and attempt
TopicName = NewType("TopicName", str)

INTAKE: Final = TopicName("hub.intake")
COMMANDS: Final = TopicName("hub.commands")
SIGNALS: Final = TopicName("hub.signals")
CASES: Final = TopicName("hub.cases")
NETWORK: Final = TopicName("hub.network")
STATUS: Final = TopicName("cases.status")
JOURNAL: Final = TopicName("cases.journal")
#: Key of what is said of orders to the whole network; a case id never begins with a tilde.
ORDERS_KEY: Final = b"~orders"

#: Facts of the opening event stand under this name in guards and fills.
APPLICATION: Final = "application"

#: What an agency's code may be: it is a part of topic names, so no dots or underscores.
AGENCY_CODE: Final = re.compile(r"[a-z][a-z0-9-]{1,30}")

#: What follows the opener's code in a case id: a UUID, or what a legacy source has in its place. No tilde: in
#: ``hub.cases`` it stands between a case and what is kept beside it.
_CASE_KEY: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:-]*")

#: Room of the UUIDv5 ids that the hub makes itself.
_NAMESPACE: Final = uuid.UUID("6f1c7a52-9f0e-5d0b-8a3c-5c1b2f1f7a10")
_ROOM: Final = _NAMESPACE.bytes
#: The digit that says by whose rules a UUID is made, for the digit that stood there.
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def events_topic(agency: AgencyCode) -> TopicName:
    """Name the topic to which one agency, and nobody else, publishes its events."""
    return TopicName(f"agency.{agency}.events")


def tasks_topic(agency: AgencyCode) -> TopicName:
    """Name the topic from which one agency reads its tasks and control messages."""
    return TopicName(f"agency.{agency}.tasks")


def deadletters_topic(agency: AgencyCode) -> TopicName:
    """Name the topic that keeps what one agency sent and the hub could not take."""
    return TopicName(f"agency.{agency}.deadletters")


@lru_cache(maxsize=1024)
def agency_of(topic: str) -> AgencyCode | None:
    """Tell whose ``agency.<code>.*`` topic this is; None for the hub's own topics."""
    parts = topic.split(".")
    return AgencyCode(parts[1]) if len(parts) == 3 and parts[0] == "agency" else None  # noqa: PLR2004 - three words


def case_id(opener: AgencyCode, key: str) -> CaseId:
    """Make the case id of an opener's own application number; the same number, the same id."""
    return CaseId(f"{opener}.{uuid.uuid5(_NAMESPACE, f'{opener}/{key}')}")


def opener_of(case: str) -> AgencyCode | None:
    """Tell which agency may open this case; None when it is no case id at all."""
    code, _, rest = case.partition(".")
    return AgencyCode(code) if AGENCY_CODE.fullmatch(code) and _CASE_KEY.fullmatch(rest) else None


def task_id(case: CaseId, step: StepName, attempt: int) -> TaskId:
    """Make the id of one activation of a step: the same for the same attempt, for ever."""
    return TaskId(_uuid5(f"{case}/{step}/{attempt}"))


def sub_case_id(case: CaseId, task: str) -> CaseId:
    """Make the id of the case that is opened, and waited for, in the place of a task: always the same one."""
    return CaseId(f"{case.partition('.')[0]}.{_uuid5(f'{task}/sub-case')}")


def derived_id(*parts: str) -> EventId:
    """Make the id of a message that follows from others, so that a repeat has the same one."""
    return EventId(_uuid5("/".join(parts)))


def _uuid5(name: str) -> str:
    """Make a UUIDv5 in our room, as ``uuid.uuid5`` does, in a third of its time: one is made for every task."""
    found = hashlib.sha1(_ROOM + name.encode(), usedforsecurity=False).hexdigest()
    return f"{found[:8]}-{found[8:12]}-5{found[13:16]}-{_VARIANT[found[16]]}{found[17:20]}-{found[20:32]}"


def procedure_ref(name: str, version: int) -> ProcedureRef:
    """Name one version of a procedure."""
    return ProcedureRef(f"{name}@{version}")


def partition_of(key: bytes, count: int) -> int:
    """Tell on which of `count` partitions Kafka's own producer (murmur2) puts this key."""
    return (murmur2(key) & 0x7FFFFFFF) % count


def murmur2(data: bytes) -> int:
    """Hash as Kafka's Java client does (32 bits, seed 0x9747b28c), as an unsigned integer."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    length = len(data)
    h = (0x9747B28C ^ length) & mask
    whole = length & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little") * m & mask
        k = (k ^ (k >> 24)) * m & mask
        h = (h * m & mask) ^ k
    if length > whole:
        h = (h ^ int.from_bytes(data[whole:], "little")) * m & mask
    h = (h ^ (h >> 13)) * m & mask
    return h ^ (h >> 15)
