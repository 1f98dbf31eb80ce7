"""A visit kept in place equals one merged from its records, in any order."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.signal import Act
from streams.ledger import Ledger, Visit, add_act, merge_visits

_TIMES = st.integers(0, 5 * 3_600_000)
_RECORDS = st.lists(
    st.tuples(
        _TIMES, st.sampled_from(["unknown", "direct", "email"]), st.one_of(st.none(), st.integers(0, 300_000))
    ),
    min_size=1,
    max_size=12,
)


def _act(number: int, record: tuple[int, str, int | None]) -> Act:
    at, source, dwell = record
    return Act(
        event_id=f"e{number:02d}",
        at=at,
        received=at,
        type="page_view" if dwell is None else "page_engagement",
        contact_id="c",
        session_id="s",
        url="u",
        page_category="docs",
        session_source=source,
        dwell_ms=dwell,
    )


def _one(act: Act) -> Visit:
    ledger = Ledger("contact:c")
    add_act(ledger, act, 512, 2000, False)
    return next(iter(ledger.visits.values()))


@given(_RECORDS)
def test_in_place_is_the_same_as_merged(records: list[tuple[int, str, int | None]]):
    acts = [_act(number, record) for number, record in enumerate(records)]
    kept = Ledger("contact:c")
    for act in acts:
        add_act(kept, act, 512, 2000, False)
    merged = _one(acts[0])
    for act in acts[1:]:
        merged = merge_visits(merged, _one(act), merged.count + 1)

    assert next(iter(kept.visits.values())) == merged
