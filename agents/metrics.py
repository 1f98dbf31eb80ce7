"""Every metric of the project, one entry each; agents/meter.py keeps them, ARCHITECTURE.md lists them.

Labels are closed sets or configured ids: never a person, an account, an e-mail address, a URL or a campaign.
Durations are in seconds, sizes in bytes, moments in Unix seconds. A counter counts decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from schemas.disposition import STATUSES

Kind = Literal["counter", "gauge", "histogram"]
Part = Literal["worker", "collector", "view", "any"]

FAST_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
LAG_SECONDS: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600, 21600, 86400, 259200)
RECOVERY_BUCKETS: Final = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
SIZES: Final = (256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304)

STREAMS: Final = (
    "web", "email", "content", "thirdparty", "accounts", "contacts", "dispositions", "erase", "policy",
    "taxonomy",
)  # fmt: skip
OUTCOMES: Final = ("accepted", "future", "invalid")
BOT_REASONS: Final = (
    "marked",
    "user_agent",
    "network",
    "scanner",
    "bot_click",
    "machine_open",
    "burst",
    "other",
)
STATES: Final = ("idle", "warming", "open", "cooling", "held", "redirected", "suppressed")
TIERS: Final = ("FAST", "T1", "T2", "early", "none")
GATES: Final = ("fit", "intent", "people", "decision_stage", "self_directed", "score")
SALES_KINDS: Final = ("opened", "updated", "withdrawn", "expired", "other")
NOTICES_OF: Final = {
    "topic": ("watch", "review", "recycled", "other"),
    "kind": ("near_miss", "early", "cleared", "held", "released", "not_released", "redirected", "other"),
}

CURRENCIES: Final = (
    "AUD", "BRL", "CAD", "CHF", "CNY", "DKK", "EUR", "GBP", "INR", "JPY", "MXN", "NOK", "NZD", "PLN", "SEK", "SGD",
    "USD", "ZAR", "other",
)  # fmt: skip
AGES: Final = ("4h", "1d", "3d", "7d", "older")
ANY: Final = ()  # a label whose values are configured or closed elsewhere: topic, partition, route, source


@dataclass(frozen=True, slots=True)
class Family:
    """One metric. A label with values is closed: its series start at 0, anything else counts as `other`."""

    name: str  # as exported; a counter ends in _total
    kind: Kind
    part: Part  # the process that exports it
    meaning: str
    values: dict[str, tuple[str, ...]]  # by label, in order; ANY for an open one
    buckets: tuple[float, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The label names, in order."""
        return tuple(self.values)


def _counter(part: Part, name: str, meaning: str, **labels: tuple[str, ...]) -> Family:
    return Family(name, "counter", part, meaning, labels)


def _gauge(part: Part, name: str, meaning: str, **labels: tuple[str, ...]) -> Family:
    return Family(name, "gauge", part, meaning, labels)


def _histogram(
    part: Part, name: str, meaning: str, buckets: tuple[float, ...], **labels: tuple[str, ...]
) -> Family:
    return Family(name, "histogram", part, meaning, labels, buckets)


BUILD = _gauge(
    "any", "intent_build_info", "Always 1; which build this is.", version=ANY, revision=ANY, core=ANY
)

# --- the HTTP edge
REQUESTS = _counter("collector", "intent_collector_requests_total", "Requests answered.", route=ANY, code=ANY)
REQUEST_SECONDS = _histogram(
    "collector",
    "intent_collector_request_duration_seconds",
    "From a request's head to its answer.",
    FAST_SECONDS,
    route=ANY,
)
REQUEST_BYTES = _histogram(
    "collector", "intent_collector_request_size_bytes", "Body sizes as sent.", SIZES, route=ANY
)
RECEIVED = _counter(
    "collector", "intent_events_received_total", "Records acknowledged by Kafka.", source=ANY, type=ANY
)
REJECTED = _counter(
    "collector", "intent_events_rejected_total", "Items set aside as dead letters.", source=ANY, reason=ANY
)
EDGE_BOTS = _counter(
    "collector", "intent_events_bot_total", "Records marked as a bot's.", source=ANY, reason=ANY
)
WITHHELD = _counter(
    "collector", "intent_events_withheld_total", "Not kept: the visitor opted out.", source=ANY
)
EDGE_ERRORS = _counter(
    "collector", "intent_kafka_produce_errors_total", "Sends that Kafka did not take in time."
)
EDGE_PRODUCE_SECONDS = _histogram(
    "collector",
    "intent_kafka_produce_duration_seconds",
    "Until Kafka acknowledged a request's records.",
    FAST_SECONDS,
)

# --- intake and scoring
EVENTS = _counter(
    "worker", "intent_events_total", "Input records by what became of them.", stream=STREAMS, outcome=OUTCOMES
)
DEAD_LETTERS = _counter(
    "worker", "intent_dlq_messages_total", "Records set aside with their bytes.",
    topic=ANY, stage=ANY, reason=ANY,
)  # fmt: skip
UNKNOWN_COUNTS = _counter("worker", "intent_unknown_counts_total", "Counts no entry here knows: a defect.")
LAST_EVENT = _gauge(
    "worker",
    "intent_last_event_timestamp_seconds",
    "When the newest record of a stream came.",
    stream=STREAMS,
)
SIGNALS = _counter(
    "worker", "intent_signals_total", "Acts that scoring took in; late ones count too.",
    type=ANY, outcome=("accepted", "late"),
)  # fmt: skip
DUPLICATES = _counter("worker", "intent_signals_duplicate_total", "Records seen before, by event id.")
BOTS = _counter(
    "worker", "intent_signals_bot_total", "Acts of machines, kept and not scored.", reason=BOT_REASONS
)
HAND_RAISES = _counter(
    "worker", "intent_hand_raises_total", "Hand-raises by how they were judged.", outcome=ANY
)
EVENT_LAG = _histogram(
    "worker", "intent_event_lag_seconds", "From an act to its scoring, by the wall clock.", LAG_SECONDS
)
FAST_LATENCY = _histogram(
    "worker", "intent_fast_latency_seconds", "From a hand-raise received to its record decided.", LAG_SECONDS
)
STEP_SECONDS = _histogram(
    "worker", "intent_scoring_duration_seconds", "One batch applied, by job.", FAST_SECONDS, entity=ANY
)
RECORDS = _counter("worker", "intent_records_applied_total", "Records applied, by job.", entity=ANY)
ACCOUNTS = _gauge(
    "worker",
    "intent_accounts",
    "Accounts by the state that people see, as far as they were evaluated here.",
    state=STATES,
)
OUTPUTS = _counter("worker", "intent_outputs_total", "Records decided, by topic.", topic=ANY)
SALES_READY = _counter(
    "worker",
    "intent_sales_ready_total",
    "Sales-ready records by kind and tier.",
    kind=SALES_KINDS,
    tier=TIERS,
)
NOTICES = _counter(
    "worker", "intent_notices_total", "Watch, review and recycled records by kind.", **NOTICES_OF
)
GATE_FAILURES = _counter(
    "worker", "intent_gate_failures_total", "Gates not passed at near misses and early notices.", gate=GATES
)
ENGAGED_PEOPLE = _histogram(
    "worker",
    "intent_engaged_people",
    "Engaged people of an account when it opens.",
    (0, 1, 2, 3, 4, 5, 7, 10, 20),
)
SURGE_P = _histogram(
    "worker", "intent_surge_p", "Chance of that much activity without a surge, when an account opens.",
    (1e-9, 1e-6, 1e-4, 1e-3, 0.01, 0.05, 0.1, 0.5, 1.0),
)  # fmt: skip
SCORES = _counter("worker", "intent_scores_updated_total", "Scores published.", entity=("account",))
DISPOSITIONS = _counter(
    "worker",
    "intent_dispositions_total",
    "What sales did, and what it changed.",
    status=STATUSES,
    outcome=ANY,
)
DISQUALIFIED = _counter(
    "worker", "intent_accounts_disqualified_total", "Accounts that were suppressed or redirected, by what.",
    code=ANY,
)  # fmt: skip
REASONS = _counter(
    "worker", "intent_disposition_reasons_total", "Reasons that sales gave, and what was wrong by them.",
    reason=ANY, dimension=ANY,
)  # fmt: skip
FIRST_TOUCH = _histogram(
    "worker", "intent_first_touch_seconds", "From the hand-off to the first touch, by tier of the alert.",
    (300, 900, 3600, 14_400, 86_400, 172_800, 432_000, 1_209_600), tier=TIERS,
)  # fmt: skip
FIRST_TOUCHES = _counter(
    "worker", "intent_first_touches_total", "First touches while a clock of the alert runs, in time or late.",
    tier=TIERS, kept=("in_time", "late"),
)  # fmt: skip
AMOUNTS = _counter(
    "worker", "intent_pipeline_amount_total", "Amounts that dispositions named, in units of their currency.",
    status=STATUSES, currency=CURRENCIES,
)  # fmt: skip
UNANSWERED = _gauge(
    "worker", "intent_unanswered_alerts", "Open alerts without a disposition, by age up to.", age=AGES
)
POLICIES = _counter("worker", "intent_policy_records_total", "Policies that came in the log.", outcome=ANY)
ERASURES = _counter("worker", "intent_erasures_total", "Erase records applied.")
ERASED = _counter(
    "worker", "intent_erased_records_total", "Late records of erased people, dropped.", type=ANY
)
CONTACTS_DROPPED = _counter(
    "worker", "intent_contacts_dropped_total", "Lowest contacts of accounts that have too many."
)
UNKNOWN_DROPPED = _counter(
    "worker", "intent_unknown_thirdparty_dropped_total", "Third-party rows of companies that nobody knows."
)
IDS_DROPPED = _counter(
    "worker",
    "intent_dedupe_ids_dropped_total",
    "Event ids forgotten before their time: a person has too many.",
)

# --- the runtime
READY = _gauge("worker", "intent_worker_ready", "1 when every assigned partition is restored.")
CONSUMER_LAG = _gauge(
    "worker",
    "intent_consumer_lag_messages",
    "Records behind the end of a partition.",
    topic=ANY,
    partition=ANY,
)
STALLED = _gauge(
    "worker", "intent_stalled_partitions", "Partitions with lag and no commit within the stall limit."
)
COMMITS = _counter("worker", "intent_commits_total", "Commit barriers that ended well.")
COMMIT_SECONDS = _histogram(
    "worker", "intent_commit_duration_seconds", "One commit barrier, from snapshot to offsets.", FAST_SECONDS
)
COMMIT_KEYS = _counter("worker", "intent_state_keys_written_total", "State values written behind.")
LAST_COMMIT = _gauge("worker", "intent_last_commit_timestamp_seconds", "When a barrier last ended well.")
RECOVERING = _gauge("worker", "intent_table_recovery_in_progress", "1 while state is being restored.")
RECOVERED = _counter("worker", "intent_recovered_keys_total", "Keys restored from the changelog.", entity=ANY)
RECOVERY_SECONDS = _histogram(
    "worker", "intent_recovery_duration_seconds", "One partition restored.", RECOVERY_BUCKETS, entity=ANY
)
DROPPED_TAIL = _counter(
    "worker", "intent_dropped_tail_records_total", "Records of half commits dropped in recovery.", entity=ANY
)
OLD_TAILS = _counter(
    "worker", "intent_dropped_tail_old_total", "Half commits older than replaced values are kept.", entity=ANY
)
REBALANCES = _counter("worker", "intent_rebalances_total", "Times the group shared out its partitions anew.")
GAPS = _counter(
    "worker",
    "intent_fetch_gaps_total",
    "Records skipped by a fetch.",
    topic=ANY,
    outcome=("refetched", "lost"),
)

# --- the Redis view
VIEW_WRITES = _counter("view", "intent_view_writes_total", "Records written to Redis.")
VIEW_ERRORS = _counter("view", "intent_view_errors_total", "Writes that Redis did not take.")
VIEW_UP = _gauge("view", "intent_view_up", "1 while Redis takes writes.")

FAMILIES: Final[tuple[Family, ...]] = tuple(one for one in globals().values() if isinstance(one, Family))
