"""What readers see of the output topics: the same laws on the in-process Redis and on a real one."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from support.redis import redis_server
from support.view import a_person, a_score, a_watch, an_event, record

from agents.view.applier import Applier, Place
from agents.view.keys import Keys
from agents.view.reader import ViewReader
from agents.view.store import ViewError, ViewStore, ViewUnavailable, WrongAnswer, open_redis
from agents.view.writer import READY, SCORES, STATES, WATCH, Lifetimes, Version, ViewRecord, Writer

NOW = 1_773_832_500
HOME = "demo/acme.example"
PLACE = Place(SCORES, 0)


class View:
    """A writer and a reader of one Redis."""

    def __init__(self, store: ViewStore) -> None:
        self.store = store
        self.applier = Applier(store)
        self.reader = ViewReader(store)

    async def take(self, *records: ViewRecord, now: int = NOW) -> int:
        return await self.applier.apply(PLACE, records, records[-1].offset + 1 if records else 0, now)

    async def everything(self) -> dict[str, Any]:
        """All that can be read, for comparison."""
        return {
            "accounts": await self.reader.accounts(100),
            "explained": [
                await self.reader.explain(card["home"]) for card in await self.reader.accounts(100)
            ],
            "people": [await self.reader.account(card["home"]) for card in await self.reader.accounts(100)],
            "ready": await self.reader.sales_ready(100),
            "watched": await self.reader.watched(100),
            "counts": await self.reader.counts(),
        }


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture(params=["memory", "redis"])
async def view(request: pytest.FixtureRequest) -> AsyncIterator[View]:
    url = "memory://" if request.param == "memory" else request.getfixturevalue("redis_url")
    store = ViewStore(open_redis(url))
    await store.clear("*")
    yield View(store)
    await store.close()


async def test_an_account_is_found_by_id_domain_and_home(view: View) -> None:
    await view.take(record(SCORES, a_score(), 0))
    found = [await view.reader.account(name) for name in ("acc-acme", "acme.example", "ACME.example", HOME)]

    assert found[0] is not None
    assert all(card == found[0] for card in found)
    assert found[0]["S"] == 79_385
    assert [person["person"] for person in found[0]["people_list"]] == ["ines", "tomas"]
    assert await view.reader.account("nobody.example") is None


async def test_the_leaderboard_is_by_score_and_filtered_by_state_and_score(view: View) -> None:
    homes = [f"demo/c{number}.example" for number in range(5)]
    await view.take(
        *(
            record(
                SCORES, a_score(home, I=number * 10_000, state="open" if number % 2 else "idle"), number, home
            )
            for number, home in enumerate(homes)
        )
    )
    names = [card["home"] for card in await view.reader.accounts(3)]
    high = await view.reader.accounts(10, min_score=60_000)

    assert names == list(reversed(homes))[:3]
    assert [card["home"] for card in await view.reader.accounts(10, state="open")] == [homes[3], homes[1]]
    assert all(card["S"] >= 60_000 for card in high)
    assert await view.reader.accounts(10, tenant="other") == []
    assert (await view.reader.counts())["states"]["open"] == 2


async def test_an_explanation_adds_up_in_every_dimension(view: View) -> None:
    await view.take(record(SCORES, a_score(), 0))
    explained = await view.reader.explain("acc-acme")

    assert explained is not None
    assert {part["dimension"]: part["total"] for part in explained["explanation"]} == {
        "fit": 80_000,
        "intent": 71_270,
        "readiness": 95_000,
        "score": 79_385,
    }
    assert [part["residual"] for part in explained["explanation"]] == [0, 0, 0, 0]


async def test_a_score_below_the_limit_has_no_lines_and_says_so(view: View) -> None:
    await view.take(record(SCORES, a_score(lines=[]), 0))
    explained = await view.reader.explain("acc-acme")

    assert explained is not None
    assert [part["residual"] for part in explained["explanation"]] == [None] * 4


STORY = [
    record(SCORES, a_score(I=20_000, state="idle", time="2026-03-17T10:00:00.000Z"), 3),
    record(WATCH, a_watch("w-1"), 4),
    record(SCORES, a_score(state="warming", time="2026-03-18T10:00:00.000Z"), 7),
    record(READY, an_event("sr-1"), 8),
    record(WATCH, a_watch("w-2", "cleared", time="2026-03-18T11:15:00.000Z"), 9),
    record(SCORES, a_score(time="2026-03-18T11:15:00.000Z"), 10),
]


async def test_any_record_may_come_twice_and_any_suffix_again(view: View) -> None:
    await view.take(*STORY)
    expected = await view.everything()
    for begin in range(len(STORY)):
        await view.take(*STORY[begin:])
        await view.take(STORY[begin], STORY[begin])

        assert await view.everything() == expected


async def test_the_order_of_arrival_does_not_matter(view: View) -> None:
    await view.take(*STORY)
    expected = await view.everything()
    for order in itertools.islice(itertools.permutations(STORY), 0, 720, 97):
        await view.applier.clear()
        for one in order:
            await view.take(one)

        assert await view.everything() == expected


async def test_a_tombstone_deletes_everything_of_the_account(view: View) -> None:
    await view.take(record(SCORES, a_score(), 0), record(WATCH, a_watch("w"), 1))
    await view.take(record(SCORES, None, 2))
    left = [key.decode() async for key in view.store._client.scan_iter(match="*acme*")]
    named = {
        key: await view.store.fields(key) for key in left
    }  # the stand-in keeps the key of an emptied hash

    assert await view.reader.account("acc-acme") is None
    assert (await view.reader.counts())["accounts"] == 0
    assert await view.reader.watched() == []
    assert {key for key, fields in named.items() if fields} <= {"intent:find:acc-acme"}  # ends by itself


async def test_a_record_older_than_a_tombstone_stays_away_and_a_newer_one_returns(view: View) -> None:
    await view.take(record(SCORES, a_score(), 5), record(SCORES, None, 9))
    await view.take(record(SCORES, a_score(), 5))
    assert await view.reader.account("acc-acme") is None

    await view.take(record(SCORES, a_score(), 12))
    assert await view.reader.account("acc-acme") is not None


async def test_a_person_who_is_gone_from_the_record_is_gone_from_the_view(view: View) -> None:
    later = a_score(time="2026-03-18T12:00:00.000Z", people_list=[a_person("tomas", 1_000, "user")])
    await view.take(record(SCORES, a_score(), 0), record(SCORES, later, 1))
    found = await view.reader.account("acc-acme")

    assert found is not None
    assert [person["person"] for person in found["people_list"]] == ["tomas"]
    assert "Ines" not in str(await view.everything())


async def test_sales_ready_events_are_listed_newest_first_without_people(view: View) -> None:
    events = [an_event(f"sr-{n}", time=f"2026-03-18T1{n}:00:00.000Z") for n in range(3)]
    await view.take(*(record(READY, event, n) for n, event in enumerate(events)))
    listed = await view.reader.sales_ready(2)

    assert [event["id"] for event in listed] == ["sr-2", "sr-1"]
    assert listed[0]["headline"] == "Three people compared prices this week"
    assert "Ines" not in str(listed)


async def test_a_cleared_watch_is_off_the_list(view: View) -> None:
    await view.take(record(WATCH, a_watch("w-1"), 0))
    (notice,) = await view.reader.watched()
    await view.take(record(WATCH, a_watch("w-2", "cleared", time="2026-03-17T13:00:00.000Z"), 1))

    assert notice["kind"] == "near_miss"
    assert notice["gates"][0]["name"] == "people"
    assert await view.reader.watched() == []


async def test_what_is_not_a_record_of_ours_is_counted_and_passed_over(view: View) -> None:
    bad = [
        ViewRecord(SCORES, HOME, value, n)
        for n, value in enumerate([b"{", b"[]", b"{}", b'{"time":3}', b"\xff"])
    ]
    unreadable = await view.take(*bad, record(SCORES, a_score(), 9))

    assert unreadable == len(bad)
    assert await view.reader.account("acc-acme") is not None
    assert await view.applier.positions([PLACE]) == {PLACE: 10}


async def test_accounts_that_ended_by_themselves_leave_the_lists(view: View) -> None:
    await view.take(record(SCORES, a_score(), 0))
    assert await view.applier.sweep(NOW) == 0
    ended = await view.applier.sweep(NOW + Lifetimes().account)

    assert ended == 1
    assert (await view.reader.counts())["accounts"] == 0


async def test_everything_is_kept_with_an_end(view: View) -> None:
    await view.take(*STORY)
    sets = {
        Keys().board,
        Keys().expiry,
        Keys().ready,
        Keys().watch,
        *(Keys().state(state) for state in STATES),
    }
    keys = {key.decode() async for key in view.store._client.scan_iter(match="*")}

    for key in keys - sets:
        assert await view.store._client.ttl(key) > 0, key


async def test_an_answer_to_another_question_is_noticed(view: View) -> None:
    await view.take(record(SCORES, a_score(), 0))
    keys = Keys()
    stolen = await view.store._client.get(keys.account(HOME))
    await view.store._client.set(keys.account(HOME), stolen.replace(b"acme.example", b"other.example", 1))

    with pytest.raises(WrongAnswer):
        await view.reader.account("acc-acme")


async def test_two_tenants_with_one_domain_do_not_meet(view: View) -> None:
    homes = ["one/acme.example", "two/acme.example"]
    await view.take(*(record(SCORES, a_score(home, I=n * 9_000), n, home) for n, home in enumerate(homes)))
    found = [await view.reader.account("acme.example", tenant=tenant) for tenant in ("one", "two", "three")]
    await view.take(record(SCORES, None, 7, homes[0]))
    left = await view.reader.account("acme.example")

    assert [card and card["home"] for card in found] == [*homes, None]
    assert left is not None
    assert left["home"] == homes[1]


async def test_a_storm_of_cancelled_reads_never_gives_anyone_anothers_answer(redis_url: str) -> None:
    store = ViewStore(open_redis(redis_url))
    view = View(store)
    homes = [f"demo/c{number}.example" for number in range(20)]
    await view.take(*(record(SCORES, a_score(home), n, home) for n, home in enumerate(homes)))

    async def ask(number: int) -> None:
        card = await view.reader.account(homes[number % 20])
        assert card is None or card["home"] == homes[number % 20]

    tasks = [asyncio.create_task(ask(number)) for number in range(400)]
    for number, task in enumerate(tasks):
        if number % 3 == 0:
            await asyncio.sleep(0)
            task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    await store.clear("*")
    await store.close()

    allowed = asyncio.CancelledError | ViewError
    assert [one for one in answers if one is not None and not isinstance(one, allowed)] == []


async def test_a_redis_that_is_away_is_said_to_be() -> None:
    store = ViewStore(open_redis("redis://127.0.0.1:1/0", timeout=0.3))
    with pytest.raises(ViewUnavailable):
        await ViewReader(store).accounts(5)
    with pytest.raises(ViewUnavailable):
        await Applier(store).apply(PLACE, [record(SCORES, a_score(), 0)], 1, NOW)
    await store.close()


def test_an_older_version_changes_nothing() -> None:
    writer = Writer(Keys())
    commands, version = writer.commands(record(SCORES, a_score(), 7), None, NOW)
    again, same = writer.commands(record(SCORES, a_score(), 7), version, NOW)

    assert commands
    assert (again, same) == ([], version)
    assert version == Version(1_773_832_500_000, 7)


def test_no_key_of_the_bookkeeping_holds_an_address() -> None:
    key = Keys().version("score", "demo/email:dana@freemail.example")

    assert "dana" not in key
    assert Path(key).name == key
