"""The query API behind its token, and the page a browser on this machine sees."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from support.collector import TOKEN, Edge, MemoryView, collector
from support.view import a_score, a_watch, an_event, gate, record

from agents.collector import page
from agents.collector.settings import WriteKey, parse_write_keys
from agents.view.applier import Applier, Place
from agents.view.reader import ViewReader
from agents.view.store import ViewStore, ViewUnavailable, open_redis
from agents.view.writer import READY, SCORES, WATCH

BEARER = {"Authorization": f"Bearer {TOKEN}"}
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
async def filled() -> AsyncIterator[Edge]:
    """A collector whose view holds three accounts, one with a hostile name."""
    store = ViewStore(open_redis("memory://"))
    warm = a_score(
        "demo/near.example",
        I=40_000,
        state="warming",
        gate_details=[gate("people", passed=False, distance=1000, required=2000)],
    )
    records = [
        record(SCORES, a_score(), 0),
        record(SCORES, warm, 1, "demo/near.example"),
        record(
            SCORES, a_score("demo/odd.example", name=HOSTILE, I=9_000, state="idle"), 2, "demo/odd.example"
        ),
        record(READY, an_event("sr-1"), 3),
        record(WATCH, a_watch("w-1"), 4, "demo/near.example"),
    ]
    await Applier(store).apply(Place(SCORES, 0), records, 5, 1_773_832_500)
    async with collector(ViewReader(store)) as edge:
        yield edge
    await store.close()


@pytest.mark.parametrize(
    "path", ["/accounts", "/accounts/acc-acme", "/accounts/acc-acme/explain", "/sales-ready"]
)
async def test_the_api_wants_its_token(filled: Edge, path: str) -> None:
    without = await filled.client.get(path)
    wrong = await filled.client.get(path, headers={"Authorization": "Bearer other"})
    bearer = await filled.client.get(path, headers=BEARER)
    basic = await filled.client.get(path, headers={"Authorization": "Basic OnRlc3QtdG9rZW4="})

    assert [answer.status for answer in (without, wrong, bearer, basic)] == [401, 401, 200, 200]
    assert (await without.json())["code"] == "token_required"


async def test_without_a_configured_token_the_api_is_closed() -> None:
    async with collector(api_token="") as edge:
        answers = [await edge.client.get("/accounts", headers=h) for h in ({}, {"Authorization": "Bearer "})]

        assert [answer.status for answer in answers] == [401, 401]


async def test_accounts_are_listed_by_score_with_counts(filled: Edge) -> None:
    body = await (await filled.client.get("/accounts", headers=BEARER)).json()
    high = await (await filled.client.get("/accounts?min_score=60&limit=5", headers=BEARER)).json()
    warming = await (await filled.client.get("/accounts?state=warming", headers=BEARER)).json()

    assert [card["account_domain"] for card in body["accounts"]] == [
        "acme.example",
        "near.example",
        "odd.example",
    ]
    assert body["counts"]["states"]["open"] == 1
    assert [card["account_id"] for card in high["accounts"]] == ["acc-acme", "acc-near"]
    assert [card["account_id"] for card in warming["accounts"]] == ["acc-near"]


@pytest.mark.parametrize(
    "query", ["limit=x", "limit=-1", "min_score=high", "state=sleeping", "limit=%E2%91%A0"]
)
async def test_a_query_that_makes_no_sense_is_400(filled: Edge, query: str) -> None:
    answer = await filled.client.get(f"/accounts?{query}", headers=BEARER)

    assert (answer.status, (await answer.json())["code"]) == (400, "invalid_query")


async def test_an_account_is_found_by_id_and_by_domain_with_its_people(filled: Edge) -> None:
    by_id = await (await filled.client.get("/accounts/acc-acme", headers=BEARER)).json()
    by_domain = await (await filled.client.get("/accounts/acme.example/", headers=BEARER)).json()
    nobody = await filled.client.get("/accounts/nobody.example", headers=BEARER)

    assert by_id == by_domain
    assert [person["person"] for person in by_id["people_list"]] == ["ines", "tomas"]
    assert (nobody.status, (await nobody.json())["code"]) == (404, "account_unknown")


async def test_the_explanation_of_the_api_adds_up(filled: Edge) -> None:
    body = await (await filled.client.get("/accounts/acc-acme/explain", headers=BEARER)).json()

    for part in body["explanation"]:
        assert sum(line["points"] for line in part["lines"]) == part["total"] == part["sum"]
        assert part["residual"] == 0


async def test_a_view_that_is_away_is_503_for_the_api_and_said_on_the_page() -> None:
    async with collector(MemoryView(error=ViewUnavailable("away"))) as edge:
        api = await edge.client.get("/accounts", headers=BEARER)
        shown = await edge.client.get("/")

        assert (api.status, (await api.json())["code"], "Retry-After" in api.headers) == (
            503,
            "view_unavailable",
            True,
        )
        assert shown.status == 200
        assert "cannot be read just now" in await shown.text()


async def test_the_page_is_for_this_machine_or_for_the_token(filled: Edge) -> None:
    elsewhere = {"X-Forwarded-For": "203.0.113.9"}
    rebound = await filled.client.get("/", headers={"Host": "evil.example"})
    proxied = await filled.client.get("/", headers=elsewhere)
    allowed = await filled.client.get("/", headers=elsewhere | {"Authorization": "Basic OnRlc3QtdG9rZW4="})
    local = await filled.client.get("/")

    assert [answer.status for answer in (rebound, proxied, allowed, local)] == [401, 401, 200, 200]
    assert proxied.headers["WWW-Authenticate"].startswith("Basic ")


async def test_the_page_shows_lists_gates_and_lines_that_add_up_to_the_eye(filled: Edge) -> None:
    text = await (await filled.client.get("/?account=acc-acme")).text()
    intent = text[text.index("<caption>Ines Vega</caption>") :]
    intent = intent[: intent.index("</table>")]
    numbers = [float(n.replace("−", "-")) for n in re.findall(r'class="num">([−\d.]+)<', intent)]
    (whole,) = re.findall(r"<span>Intent in all</span><b>([\d.]+)</b>", text)

    assert "1 more person needed" in text
    assert "Three people compared prices this week" in text
    assert "Ines Vega" in text
    assert round(sum(numbers[:-1]), 3) == numbers[-1] == float(whole) == 71.27


async def test_the_page_escapes_what_companies_call_themselves_and_loads_nothing(filled: Edge) -> None:
    answer = await filled.client.get(f"/?account={HOSTILE}")
    text = await answer.text()
    policy = answer.headers["Content-Security-Policy"]
    (nonce,) = re.findall(r"style-src 'nonce-([\w-]+)'", policy)

    assert HOSTILE not in text
    assert "&lt;script&gt;" in text
    assert policy.startswith("default-src 'none';")
    assert f'<style nonce="{nonce}">' in text
    assert "style=" not in text
    assert not re.findall(r'(?:src|href)="(?!/)', text)


@pytest.mark.parametrize("account", [{}, {"S": None, "state": "new"}, {"gate_details": [{}], "policy": None}])
def test_the_page_bears_records_that_lack_members(account: dict[str, Any]) -> None:
    content = page.PageContent(
        accounts=[account | {"home": "h", "S": 1}], chosen=account, ready=[{}], watched=[{}]
    )

    assert "</html>" in page.render(content, nonce="n", refresh=0)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (gate("fit", passed=False, distance=12_300), "12.3 points short of 50"),
        (gate("fit", passed=False, distance=0), "too little is known of the company"),
        (gate("people", passed=False, distance=1000, required=2000), "1 more person needed"),
        (gate("people", passed=False, distance=500, required=2000), "0.5 more people needed"),
        (gate("decision_stage", passed=False, distance=1, required=1), "1 more person needed"),
        (gate("self_directed", passed=False, distance=130, required=250), "13 % short of 25 %"),
    ],
)
def test_a_failed_gate_says_how_far_it_is(given: dict[str, Any], expected: str) -> None:
    assert page.missing(given) == expected


def test_write_keys_are_read_with_source_and_tenant() -> None:
    text = "# rotation\nplain\nshop:new, shop:old\nacme/crm:secret\n"

    assert parse_write_keys(text) == (
        WriteKey("plain", "site", ""),
        WriteKey("new", "shop", ""),
        WriteKey("old", "shop", ""),
        WriteKey("secret", "crm", "acme"),
    )
    for bad in (":x", "shop:"):
        with pytest.raises(ValueError, match="entry 1") as caught:
            parse_write_keys(bad)
        assert bad not in str(caught.value)
