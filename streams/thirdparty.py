"""Points of the account that nobody earned: topics at providers and acts on review sites (scoring.md section 3)."""

import msgspec

from schemas.signal import Act
from streams.account import Account, ReviewAct, TopicRow
from streams.decay import decay_table, decayed, div_half_even
from streams.policy import Policy
from streams.timeline import DAY, day_of, iso_week

TOPIC, REVIEW = "3p.topic_surge", "3p.review_site"


class ThirdPartyRows(msgspec.Struct, gc=False):
    """All third-party rows of one home, on their way to another."""

    topics: dict[str, TopicRow] = {}
    review_acts: dict[str, ReviewAct] = {}


class ThirdPartyRow:
    """One counted row: milli-points before and after decay."""

    __slots__ = ("at", "id", "label", "points", "provider", "signal", "trace", "value")

    def __init__(
        self, signal: str, label: str, provider: str, at: int, id: str, points: int, value: int, trace: object
    ) -> None:
        self.signal, self.label, self.provider, self.at, self.id = signal, label, provider, at, id
        self.points, self.value, self.trace = points, value, trace


def add_third_party(account: Account, act: Act, policy: Policy) -> None:
    """Take a third-party record: the best of a topic in its ISO week, one review act per action and UTC day."""
    if act.type == "topic_surge":
        _add_topic(account, act, policy)
    else:
        key = f"{act.review_action}|{day_of(act.at)}"
        _keep_act(account, key, ReviewAct(act.at, act.event_id, act.provider, act.trace))


def _add_topic(account: Account, act: Act, policy: Policy) -> None:
    end = act.at if act.period_end is None else act.period_end
    topic = act.topic_id or act.topic_name.lower()
    year, week = iso_week(end)
    fresh = TopicRow(
        act.at, act.event_id, act.score_milli or 0, act.topic_class, act.topic_name or topic, act.provider, end,
        act.trace,
    )  # fmt: skip
    key = f"{topic}|{year}-{week:02d}"
    _keep_topic(account, key, fresh, policy)


def merge_third_party(account: Account, rows: ThirdPartyRows, policy: Policy) -> None:
    """Take the rows of another home: the same union, whatever came first."""
    for key, topic in rows.topics.items():
        _keep_topic(account, key, topic, policy)
    for key, act in rows.review_acts.items():
        _keep_act(account, key, act)


def _keep_act(account: Account, key: str, fresh: ReviewAct) -> None:
    known = account.review_acts.get(key)
    if known is None or (fresh.at, fresh.id) < (known.at, known.id):
        account.review_acts[key] = fresh


def _keep_topic(account: Account, key: str, fresh: TopicRow, policy: Policy) -> None:
    known = account.topics.get(key)
    if known is None or _topic_order(key, fresh, policy) > _topic_order(key, known, policy):
        account.topics[key] = fresh


def _topic_order(key: str, row: TopicRow, policy: Policy) -> tuple[int, int, int, str]:
    return topic_points(key, row, policy), row.score_milli, row.at, row.id


def topic_points(key: str, row: TopicRow, policy: Policy) -> int:
    """1.5 x (score - 50) / 10 x class x the topic's weight in milli-points; 0 below the surge minimum."""
    rules = policy.third_party
    if row.score_milli < rules.surge_min * 1000:
        return 0
    watched = rules.configured_topics.get(_topic(key))
    weight = 1000 if watched is None else watched.weight
    factor = rules.class_factor.get(_class(key, row, policy), 1000) * weight
    return div_half_even(rules.per_ten * (row.score_milli - rules.baseline * 1000) * factor, 10 * 1000**3)


def _class(key: str, row: TopicRow, policy: Policy) -> str:
    """The class a record gives its topic, else the policy's."""
    watched = policy.third_party.configured_topics.get(_topic(key))
    return watched.topic_class if watched is not None and row.topic_class == "unknown" else row.topic_class


def _topic(key: str) -> str:
    return key.rpartition("|")[0]


def third_party_rows(account: Account, day: int, policy: Policy) -> list[ThirdPartyRow]:
    """The rows inside their windows as of a UTC day."""
    rows: list[ThirdPartyRow] = []
    for key, topic in sorted(account.topics.items()):
        points = topic_points(key, topic, policy)
        label = _topic(key)
        _add_row(rows, TOPIC, label, topic.provider, topic.at, topic.id, points, day, policy, topic.trace)
    for key, act in sorted(account.review_acts.items()):
        action = _action(key)
        points = policy.third_party.review_points.get(action, 0)
        _add_row(rows, REVIEW, action, act.provider, act.at, act.id, points, day, policy, act.trace)
    return rows


def _add_row(
    rows: list[ThirdPartyRow], signal: str, label: str, provider: str, at: int, id: str, points: int, day: int,
    policy: Policy, trace: object,
) -> None:  # fmt: skip
    rule = policy.signals[signal]
    age = day - day_of(at)
    if points and 0 <= age <= rule.window:
        value = decayed(points, decay_table(rule.half_life, rule.window)[age])
        rows.append(ThirdPartyRow(signal, label, provider, at, id, points, value, trace))


def corroborated(account: Account, day: int, policy: Policy) -> bool:
    """Whether third parties see the same interest of late (section 5); a flag, never a reason to open."""
    rules = policy.third_party
    recent = [t for t in account.topics.items() if 0 <= day - day_of(t[1].at) <= rules.corroboration_days]
    wanted = rules.corroboration_classes
    seen = {
        _topic(key) for key, t in recent if _class(key, t, policy) in wanted and topic_points(key, t, policy)
    }
    configured = rules.topic_count(wanted)
    enough = len(seen) >= rules.corroboration_min_topics
    if enough and len(seen) * 1000 >= rules.corroboration_share * configured:
        return True
    return any(
        0 <= day - day_of(act.at) <= rules.corroboration_days and _action(key) in rules.corroboration_actions
        for key, act in account.review_acts.items()
    )


def review_site_act(account: Account, day: int, policy: Policy) -> bool:
    """Whether a review-site act other than category stands inside its window (early notices, section 7)."""
    window, known = policy.signals[REVIEW].window, policy.third_party.review_points
    return any(
        0 <= day - day_of(act.at) <= window and _action(key) in known and _action(key) != "category"
        for key, act in account.review_acts.items()
    )


def _action(key: str) -> str:
    return key.partition("|")[0]


def expire_third_party(account: Account, day: int, policy: Policy) -> None:
    """Drop rows that left their windows."""
    oldest = (day - max(policy.signals[TOPIC].window, policy.signals[REVIEW].window)) * DAY
    account.topics = {k: v for k, v in account.topics.items() if v.at >= oldest}
    account.review_acts = {k: v for k, v in account.review_acts.items() if v.at >= oldest}
