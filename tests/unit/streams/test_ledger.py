"""What one identity did, kept so that neither order nor repetition matters."""

import itertools
from typing import Any

import pytest
from support.raw import CONTACTS, CONTENT, EMAIL, signal

from streams.ledger import (
    Ledger,
    add_act,
    add_bot,
    bound_ids,
    expire,
    is_hand_raise,
    keep_after,
    merge_ledgers,
    seen,
)  # fmt: skip
from streams.profile import add_profile
from streams.timeline import DAY, day_of

ASKS = ("demo_request", "quote")


def page(number: int = 1, at: str = "11:07:00", **fields: Any) -> Any:
    seen_page = {"contact_id": "c", "session_id": "s", "url": "u", "page_category": "docs"}
    return signal(**{"event_id": f"e{number}", "occurred_at": f"2026-03-16T{at}Z", **seen_page, **fields})


def engaged(number: int, seconds: int, at: str = "11:08:00") -> Any:
    return page(number, at, type="page_engagement", dwell_seconds=seconds)


def filled(*acts: Any, row: int = 512, limit: int = 2000) -> Ledger:
    ledger = Ledger("contact:c")
    for act in acts:
        if not seen(ledger, act):
            add_act(ledger, act, row, limit)
    return ledger


def test_view_and_engagements_of_a_page_are_one_visit_with_the_longest_time() -> None:
    ledger = filled(page(1), engaged(2, 40), engaged(3, 90))

    assert [(v.dwell_ms, v.count) for v in ledger.visits.values()] == [(90_000, 3)]


@pytest.mark.parametrize(
    "change", [{"url": "other"}, {"session_id": "t"}, {"occurred_at": "2026-03-17T00:00:00Z"}]
)
def test_another_url_session_or_day_is_another_visit(change: dict[str, str]) -> None:
    assert len(filled(page(1), page(2, **change)).visits) == 2


def test_a_visit_has_the_category_of_its_earliest_record_and_the_first_known_source() -> None:
    late = page(1, "11:09:00", page_category="pricing", session_source="direct")
    early = page(2, "11:05:00", page_category="docs")

    for acts in ((late, early), (early, late)):
        (visit,) = filled(*acts).visits.values()
        assert (visit.category, visit.source) == ("docs", "direct")


def test_any_order_gives_the_same_ledger() -> None:
    acts = [page(1), engaged(2, 40), page(3, "11:50:00"), page(4, url="b"), page(5, session_source="email")]
    ledgers = [filled(*order) for order in itertools.permutations(acts)]

    assert all(ledger.visits == ledgers[0].visits for ledger in ledgers)


def test_merging_is_a_union_and_merging_again_changes_nothing() -> None:
    whole, left, right = filled(page(1), engaged(2, 40)), filled(page(1)), filled(engaged(2, 40))
    merge_ledgers(left, right)
    merge_ledgers(left, right)
    (visit,), (other,) = whole.visits.values(), left.visits.values()

    assert (visit.dwell_ms, visit.at, visit.times) == (other.dwell_ms, other.at, other.times)
    assert left.ids == whole.ids


def test_a_record_is_remembered_for_some_days_only() -> None:
    ledger, act = filled(page(1)), page(1)
    day = day_of(act.received)
    expire(ledger, day + 7, 7)
    assert seen(ledger, act)

    expire(ledger, day + 8, 7)
    assert not seen(ledger, act)


def test_of_too_many_event_ids_the_first_are_forgotten() -> None:
    ids = {5: 1, 9: 1, 2: 2}

    assert bound_ids(ids, 3) == 0
    assert bound_ids(ids, 2) == 1
    assert list(ids) == [9, 2]


def test_what_no_rule_looks_at_any_more_goes() -> None:
    ledger = filled(page(1))
    day = day_of(page(1).at)

    assert not expire(ledger, day + 90, 200)
    assert expire(ledger, day + 91, 200)
    assert ledger.size() == 0


def test_beyond_its_bound_the_oldest_contribution_goes_and_is_counted() -> None:
    ledger = filled(
        page(1, "10:00:00", url="a"), page(2, "11:00:00", url="b"), page(3, "12:00:00", url="c"), limit=2
    )

    assert {visit.url for visit in ledger.visits.values()} == {"b", "c"}
    assert ledger.dropped == 1


def test_beyond_a_row_the_highest_ids_go_whatever_the_order() -> None:
    acts = [page(n, url=f"u{n}") for n in range(4)]

    for order in (acts, acts[::-1]):
        ledger = filled(*order, row=2)
        assert sorted(visit.url for visit in ledger.visits.values()) == ["u0", "u1"]


@pytest.mark.parametrize(
    ("fields", "asks"),
    [
        ({"type": "form_submit", "form_kind": "quote"}, True), ({"type": "form_submit", "form_kind": "other"}, False),
        ({"type": "form_submit", "form_kind": "contact_sales"}, False),  # not of these kinds
        ({"type": "chat_started", "asks_for_sales": True}, True), ({"type": "chat_started"}, False),
        ({"type": "page_view", "form_kind": "quote"}, False),
    ],
)  # fmt: skip
def test_a_hand_raise_is_a_form_of_the_policys_kinds_or_a_chat_that_asks(
    fields: dict[str, Any], asks: bool
) -> None:
    assert is_hand_raise(page(**fields), ASKS) is asks


def test_a_bot_is_counted_and_only_its_clicks_are_kept() -> None:
    ledger = Ledger("contact:c")
    add_bot(ledger, page(1), 512)
    add_bot(ledger, signal(EMAIL, contact_id="c", email_id="m"), 512)

    assert (ledger.bots, len(ledger.visits), [fact.bot for fact in ledger.facts.values()]) == (2, 0, [True])


def test_an_unsubscription_marks_its_moment_and_a_bounce_the_address() -> None:
    ledger = filled(signal(EMAIL, contact_id="c", type="unsubscribe"), signal(EMAIL, contact_id="c", type="bounce_hard",
        event_id="b"))  # fmt: skip

    assert ledger.reset_at == signal(EMAIL, contact_id="c").at
    assert ledger.bounced


def test_what_was_opened_is_no_act() -> None:
    assert filled(signal(EMAIL, contact_id="c", type="open")).size() == 0


def test_of_each_profile_field_the_latest_word_by_its_own_time_stands() -> None:
    older = signal(
        CONTACTS, contact_id="c", title="Analyst", function="it", occurred_at="2026-03-15T00:00:00Z"
    )
    newer = signal(CONTACTS, contact_id="c", title="Director", event_id="n")

    for order in ((older, newer), (newer, older)):
        ledger = Ledger("contact:c")
        for record in order:
            add_profile(ledger, record)
        assert {name: ledger.profile[name][2] for name in ("title", "function")} == {
            "title": "Director",
            "function": "it",
        }


def test_what_happened_up_to_a_moment_can_be_taken_out() -> None:
    ledger = filled(page(1), page(2, "12:00:00", url="b"), signal(CONTENT, contact_id="c", content_id="x"))

    assert keep_after(ledger, page(1).at)
    assert [visit.url for visit in ledger.visits.values()] == ["b"]
    assert not keep_after(ledger, page(1).at + DAY)
