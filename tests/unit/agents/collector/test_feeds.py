"""CSV of third-party intent: columns, dates, numbers, separators, refusals with their text."""

import gzip
import json
from typing import Any

import pytest
from support.collector import NOW, Edge

from agents.collector.answers import Refused
from agents.collector.feeds import FeedOptions, Row, decode_text, read_feed
from agents.collector.records import RawRecord
from schemas.codec import Refusal

OPTIONS = FeedOptions(received_at=NOW, source="feeds", provider="bombora")
HEADER = "Company Name,Domain,Topic,Composite Score,Week Ending\n"
PLAIN = HEADER + 'Acme,www.acme.example,"crm, cloud",72,2026-11-14\n'


def values(text: str, **changes: Any) -> list[dict[str, Any]]:
    options = FeedOptions(received_at=NOW, source="feeds", **({"provider": "bombora"} | changes))
    return [row.meaning.value for row in read_feed(text, options) if isinstance(row.meaning, RawRecord)]


def refusals(text: str) -> list[Row]:
    return [row for row in read_feed(text, OPTIONS) if isinstance(row.meaning, Refusal)]


def test_a_row_is_a_topic_surge() -> None:
    (value,) = values(PLAIN)

    assert value.pop("event_id").startswith("feed-")
    assert value == {
        "type": "topic_surge",
        "source": "feeds",
        "provider": "bombora",
        "schema_version": 1,
        "account_domain": "acme.example",
        "topic_name": "crm, cloud",
        "topic_id": "crm, cloud",
        "score": 72,
        "period_end": "2026-11-14T00:00:00.000Z",
        "occurred_at": "2026-11-14T00:00:00.000Z",
        "received_at": "2026-11-22T12:00:00.000Z",
    }


@pytest.mark.parametrize(
    "text",
    [
        "domain;topic;score;date\nacme.example;crm;72;2026-11-14\n",
        "domain\ttopic\tscore\tdate\nacme.example\tcrm\t72\t2026-11-14",
        'Company Domain|Intent Topic|Score|Date\r\n"acme.example"|"crm"|72 %|2026/11/14\r\n\r\n',
        "COMPANY_WEBSITE,topicName,CompositeScore,period_end\nhttps://Acme.example/x,crm,72.0,2026-11-14T08:00:00Z\n",
    ],
)
def test_separators_and_names_differ_and_mean_the_same(text: str) -> None:
    (value,) = values(text)

    assert (value["account_domain"], value["topic_name"], value["score"]) == ("acme.example", "crm", 72)
    assert value["occurred_at"].startswith("2026-11-14")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encodings_of_spreadsheets_are_read(encoding: str) -> None:
    text = decode_text("domain,topic,score,date\nacme.example,Café,72,2026-11-14\n".encode(encoding))

    assert values(text)[0]["topic_name"] == "Café"


def test_dates_are_read_the_one_way_the_file_allows() -> None:
    text = "domain,topic,score,date\na.example,x,70,03/11/2026\nb.example,x,70,14/11/2026\n"

    assert [value["occurred_at"][:10] for value in values(text)] == ["2026-11-03", "2026-11-14"]


def test_dates_that_may_be_read_two_ways_are_refused_unless_the_order_is_said() -> None:
    text = "domain,topic,score,date\na.example,x,70,03/11/2026\n"

    assert len(refusals(text)) == 1
    assert values(text, date_order="dmy")[0]["occurred_at"][:10] == "2026-11-03"
    assert values(text, date_order="mdy")[0]["occurred_at"][:10] == "2026-03-11"


def test_the_same_statement_delivered_again_has_the_same_id_and_a_restated_score_another() -> None:
    again, restated = values(PLAIN)[0], values(PLAIN.replace(",72,", ",80,"))[0]

    assert again["event_id"] == values(PLAIN)[0]["event_id"]
    assert restated["event_id"] != again["event_id"]


def test_rows_with_an_action_are_review_site_acts() -> None:
    text = "domain,provider,signal_type,product_name,day\nacme.example,g2,Comparisons,Ours,2026-11-20\n"
    (value,) = values(text)

    assert (value["type"], value["review_action"], value["provider"]) == ("review_site", "compare", "g2")


def test_nothing_stays_absent() -> None:
    text = "domain,topic,score,date,unique users,metro\nacme.example,crm,72,2026-11-14,N/A,-\n"

    assert not {"unique_users", "location"} & values(text)[0].keys()


@pytest.mark.parametrize(
    "row",
    [
        ",crm,72,2026-11-14",
        "acme.example,crm,high,2026-11-14",
        "acme.example,,72,2026-11-14",
        "acme.example,crm,,2026-11-14",
        "acme.example,crm,72,",
        "acme.example,crm,72,soon",
        "no domain,crm,72,2026-11-14",
    ],
)
def test_a_row_that_cannot_be_read_is_refused_with_its_own_text(row: str) -> None:
    (refused,) = refusals(f"domain,topic,score,date\n{row}\nacme.example,crm,72,2026-11-14\n")

    assert refused.original == row + "\n"


def test_a_quoted_line_end_belongs_to_its_row() -> None:
    text = 'domain,topic,score,date\n,"two\nlines",72,2026-11-14\n'

    assert refusals(text)[0].original == ',"two\nlines",72,2026-11-14\n'


def test_a_file_without_a_header_is_read_with_named_columns() -> None:
    (value,) = values(
        "Acme,acme.example,crm,72,2026-11-14\n", columns=("name", "domain", "topic", "score", "date")
    )

    assert value["account_domain"] == "acme.example"


@pytest.mark.parametrize("text", ["name,city\nAcme,Oslo\n", "domain,name\nacme.example,Acme\n", " \n"])
def test_a_file_without_company_or_score_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_feed(text, OPTIONS)


async def test_the_answer_counts_rows_and_bad_ones_are_dead_letters(edge: Edge) -> None:
    body = gzip.compress((PLAIN + "Nobody,,crm,72,2026-11-14\n").encode("utf-8-sig"))
    answer = await edge.post("/v1/feeds/generic?provider=bombora", body, headers={"Content-Type": "text/csv"})

    assert await answer.json() == {
        "success": True,
        "accepted": 1,
        "rejected": 1,
        "reasons": {"missing_identity": 1},
    }
    assert edge.producer.sent[0].key == b"acme.example"
    assert edge.producer.dead() == [("missing_identity", b"Nobody,,crm,72,2026-11-14\n")]


async def test_a_file_in_a_form_is_found(edge: Edge) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="f.csv"\r\n\r\n'
        + PLAIN.encode()
        + b"\r\n--x--\r\n"
    )
    answer = await edge.post(
        "/v1/feeds/generic", body, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )

    assert (await answer.json())["accepted"] == 1


async def test_bomboras_file_without_a_header_line_is_read_by_its_layout(edge: Edge) -> None:
    row = ',acme.example,"1,000+",Software,Tech,"crm, cloud",72,A,Boston,70,B,US\r\n'
    answer = await edge.post("/v1/feeds/bombora", gzip.compress(row.encode()))
    (value,) = edge.producer.values("intent.thirdparty.v1")

    assert (await answer.json())["accepted"] == 1
    assert (value["provider"], value["topic_name"], value["score"]) == ("bombora", "crm, cloud", 72)
    assert value["period_end"] == "2026-11-22T00:00:00.000Z"


async def test_the_date_of_a_file_without_dates_is_the_callers(edge: Edge) -> None:
    text = "Domain,Topic,Composite Score\nacme.example,crm,72\n"
    await edge.post("/v1/feeds/bombora?date=2026-11-14", text)
    refused = await edge.post("/v1/feeds/generic", text)
    (value,) = edge.producer.values("intent.thirdparty.v1")

    assert value["period_end"][:10] == "2026-11-14"
    assert (await refused.json())["reasons"] == {"bad_time": 1}


@pytest.mark.parametrize(
    ("provider", "signal", "action"),
    [
        ("trustradius", "Viewed pricing information for Ours", "pricing"),
        ("trustradius", "Clicked on Comparisons of Ours", "compare"),
        ("g2", "alternatives", "alternatives"),
        ("g2", "product_profile", "profile"),
    ],
)
async def test_a_review_sites_words_are_an_action(
    edge: Edge, provider: str, signal: str, action: str
) -> None:
    row = {"Account Domain": "acme.example", "Activity": signal, "Activity Date": "2026-11-14"}
    await edge.post(f"/v1/feeds/{provider}", {"data": [{"id": "1", "attributes": row}]})
    (value,) = edge.producer.values("intent.thirdparty.v1")

    assert (value["type"], value["review_action"], value["provider"]) == ("review_site", action, provider)


@pytest.mark.parametrize("form", ["array", "lines", "object"])
async def test_6sense_scores_accounts_without_topics_and_dates(edge: Edge, form: str) -> None:
    rows = [{"company_domain": name, "company_intent_score": 88} for name in ("a.example", "b.example")]
    bodies: dict[str, Any] = {
        "array": rows,
        "lines": "\n".join(json.dumps(row) for row in rows),
        "object": {"data": rows},
    }
    answer = await edge.post("/v1/feeds/6sense", bodies[form])
    values_ = edge.producer.values("intent.thirdparty.v1")

    assert (await answer.json())["accepted"] == 2
    assert {(value["topic_id"], value["score"]) for value in values_} == {("6sense", 88)}


async def test_a_bad_object_of_a_feed_is_a_dead_letter_with_its_bytes(edge: Edge) -> None:
    body = b'[{"domain":"acme.example","topic":"crm","score":72,"date":"2026-11-14"}, {"score": 3}, 5]'
    answer = await edge.post("/v1/feeds/generic", body)

    assert (await answer.json())["accepted"] == 1
    assert edge.producer.dead() == [("missing_identity", b'{"score": 3}'), ("not_an_object", b"5")]
