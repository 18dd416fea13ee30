"""Every metric of the hub, declared once, with help: what an operator can look at.

Names are ``hub_<noun>_<unit>_total`` or ``_seconds``; labels come from closed sets, never a case id or a person.
Ask for a child once and keep it, or ask ``child``, which remembers: looking a label up costs more than counting.
"""

from functools import cache
from typing import Final, Literal, TypeVar

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_Metric = TypeVar("_Metric", Counter, Gauge, Histogram)

#: What a page of metrics is sent as.
CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

#: From one broker round trip to the longest wait for an acknowledgement.
_WAIT_BUCKETS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


@cache
def child(metric: _Metric, *labels: str) -> _Metric:
    """Give a metric's child for these labels, always the same one."""
    return metric.labels(*labels)


def keep_only(room: Literal["gateway", "router", "views"]) -> None:
    """Take the other rooms' metrics off this process's page, where their unset 0 would read as an alarm."""
    for metric in [each for each in globals().values() if isinstance(each, Counter | Gauge | Histogram)]:
        told = next(iter(metric.describe())).name
        owner = next((each for each in ("gateway", "views") if told.startswith(f"hub_{each}_")), "router")
        if owner != room:
            REGISTRY.unregister(metric)


def expose() -> bytes:
    """Write all metrics of this process in Prometheus' text form, without the times at which each was first counted."""
    disable_created_metrics()  # type: ignore[no-untyped-call] # as many series again, which nobody asks for
    return generate_latest(REGISTRY)


# --- gateway (hub.web.gateway) ---------------------------------------------------------------------------------------

GATEWAY_REQUESTS: Final = Counter(
    "hub_gateway_requests_total", "Requests that published events, by HTTP status answered", ["status"]
)
GATEWAY_REQUEST_SECONDS: Final = Histogram(
    "hub_gateway_request_seconds", "From a publishing request's headers to its answer", buckets=_WAIT_BUCKETS
)
GATEWAY_EVENTS: Final = Counter(
    "hub_gateway_events_total",
    "Events offered over HTTP, by agency and outcome: accepted (Kafka has it), refused (the agency must mend it), "
    "failed (to be sent again)",
    ["agency", "outcome"],
)
GATEWAY_BYTES: Final = Counter("hub_gateway_body_bytes_total", "Bytes of request bodies read, by agency", ["agency"])
GATEWAY_IN_FLIGHT: Final = Gauge("hub_gateway_in_flight", "Requests that wait for Kafka's acknowledgement now")
GATEWAY_KEYS: Final = Gauge("hub_gateway_keys", "API keys in force")
GATEWAY_KAFKA_UP: Final = Gauge("hub_gateway_kafka_up", "1 while Kafka answers the gateway, else 0")
GATEWAY_BUNDLE: Final = Gauge("hub_gateway_bundle_sequence", "Sequence of the bundle the gateway follows; 0 for none")

# --- router (hub.engine) ---------------------------------------------------------------------------------------------

#: Seconds from a task's event to its task, and of a transaction: the promise is tens of milliseconds.
_FLOW_BUCKETS: Final = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.35, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)

EVENTS: Final = Counter("hub_events_total", "Stimuli decided (events, commands, timers), by outcome", ["outcome"])
SIGNALS: Final = Counter(
    "hub_signals_total",
    "What cases told each other: kind (open, lane, cancel, end of a sub-case; merge, merged) and way (written, read)",
    ["kind", "way"],
)
EVENT_TO_TASK_SECONDS: Final = Histogram(
    "hub_event_to_task_seconds",
    "From an event's append to the commit of its tasks; of many in one transaction, of some",
    buckets=_FLOW_BUCKETS,
)
TRANSACTION_SECONDS: Final = Histogram(
    "hub_transaction_seconds", "From a transaction's begin to its commit", buckets=_FLOW_BUCKETS
)
TRANSACTION_EVENTS: Final = Histogram(
    "hub_transaction_events",
    "Records routed in one transaction",
    buckets=(1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000),
)
ABORTS: Final = Counter("hub_transaction_aborts_total", "Transactions undone and done again, by error", ["error"])
PARTITIONS: Final = Gauge("hub_partitions", "Partitions of this worker, by state: owned, restoring", ["state"])
LAG_RECORDS: Final = Gauge("hub_lag_records", "Records appended and not routed yet, of this worker's partitions")
LAG_SECONDS: Final = Gauge("hub_lag_seconds", "Age of the oldest input that is not read to its end; 0 when all are")
OPEN_TRANSACTION_AGE_SECONDS: Final = Gauge(
    "hub_open_transaction_age_seconds", "How long an input's end has not been readable: somebody's open transaction"
)
RESTORE_SECONDS: Final = Histogram(
    "hub_restore_seconds", "Reading one partition's state back", buckets=(0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 300)
)
TIMERS_PENDING: Final = Gauge("hub_timers_pending", "Due times that this worker waits for")
TIMER_LATENESS_SECONDS: Final = Histogram(
    "hub_timer_lateness_seconds", "From a timer's due time to its firing; of many in one transaction, of some",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 600, 3_600, 86_400),
)  # fmt: skip
CLOCK_SKEW_SECONDS: Final = Gauge(
    "hub_clock_skew_seconds", "The broker's clock minus this machine's; beyond 5 timers stop"
)
CASES_OPEN: Final = Gauge("hub_cases_open", "Open cases of this worker at the last sweep, by procedure", ["procedure"])
STEPS_OPEN: Final = Gauge(
    "hub_steps_open", "Steps that wait for an answer at the last sweep, by procedure and step", ["procedure", "step"]
)
CASES_CLOSED: Final = Counter(
    "hub_cases_closed_total", "Cases that ended, by their last status: completed, rejected, withdrawn, "
    "deemed_withdrawn, expired_unpaid, uncollected, expired", ["end"],
)  # fmt: skip
CASES_ADRIFT: Final = Gauge(
    "hub_cases_adrift", "Open cases without step, timer or incident at the last sweep: must be 0"
)
CASES_ORPHANED: Final = Gauge("hub_cases_orphaned", "Cases of which events came before any opening, at the last sweep")
INCIDENTS: Final = Counter("hub_incidents_total", "Incidents opened, by cause", ["cause"])
INCIDENTS_OPEN: Final = Gauge(
    "hub_incidents_open", "Cases that wait for a person at the last sweep, by cause", ["cause"]
)
DEAD_LETTERS: Final = Counter(
    "hub_dead_letters_total", "Records handed back to their owner, by agency and category", ["agency", "category"]
)
MISPLACED: Final = Counter(
    "hub_misplaced_keys_total", "Records on a partition their key does not belong to, forwarded, by agency", ["agency"]
)
UNDELIVERED: Final = Counter(
    "hub_undelivered_total", "Messages left out since their agency is not in the network in force, by kind: notice, "
    "dead-letter", ["kind"],
)  # fmt: skip
HELD: Final = Gauge("hub_inputs_held", "Inputs that wait for a schema the registry has not given yet")

# --- views (hub.views) -----------------------------------------------------------------------------------------------

VIEWS_ENTRIES: Final = Counter("hub_views_entries_total", "Journal entries folded into the views")
VIEWS_UNREADABLE: Final = Counter(
    "hub_views_unreadable_total", "Records of the journal that nobody here can read: must be 0"
)
VIEWS_FOLD_SECONDS: Final = Histogram(
    "hub_views_fold_seconds", "Folding one batch of journal entries into the database", buckets=_WAIT_BUCKETS
)
VIEWS_LAG_RECORDS: Final = Gauge("hub_views_lag_records", "Offsets of the journal that are not folded yet")
