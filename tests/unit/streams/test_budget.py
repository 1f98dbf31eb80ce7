"""So many alerts a day: what is over is held, and comes out by tier, then score, then age."""

from support.desk import HOME
from support.stories import Story, a_policy

from streams.account import Account
from streams.budget import AlertBudget, turn
from streams.store import Store
from streams.timeline import DAY


def held(tier: str, score: int, since: int, home: str = "h") -> Account:
    account = Account(home)
    account.machine.hold["budget"] = [tier, score, since]
    return account


def spent(partition: int, partitions: int, day: int, limit: int) -> int:
    store, policy = Store(), a_policy(budget={"per_day": limit})
    store.meta.partition, store.meta.partitions = partition, partitions
    budget = AlertBudget(store)
    return sum(budget.take(Account(HOME), day * DAY, policy) for _ in range(20))


def pair(story: Story, name: str, minute: int, **fields: object) -> Story:
    """Two people of one company on the pricing page: act-now."""
    domain = f"{name}.example"
    story.company(domain=domain, account_id=name, **fields)
    for number, person in enumerate(("ana", "ben")):
        story.page(f"{person}-{name}", "pricing", 0, minute + number, email=f"{person}@{domain}")
    return story


def alerted(story: Story) -> list[str]:
    return [event["subject"] for event in story.of("opened")]


def test_without_a_number_there_is_no_limit() -> None:
    assert spent(0, 1, 0, 0) == 20


def test_a_segment_has_its_own_number() -> None:
    policy = a_policy(budget={"per_day": 1, "segments": {"large": 2}})
    story = Story(policy)
    for place, name in enumerate(("a", "b", "c")):
        pair(story, name, 10 * place, segment="large")
    pair(story, "d", 40).end(0, 60)

    assert alerted(story) == ["a", "b", "d"]


def test_the_number_is_divided_over_the_partitions() -> None:
    assert [spent(number, 4, 0, 10) for number in range(4)] == [3, 3, 2, 2]


def test_over_the_days_no_partition_goes_without() -> None:
    shares = [[spent(number, 4, day, 1) for number in range(4)] for day in range(4)]

    assert [sum(day) for day in shares] == [1, 1, 1, 1]
    assert [sum(partition) for partition in zip(*shares, strict=True)] == [1, 1, 1, 1]


def test_what_is_over_is_held_and_comes_out_the_next_midnight() -> None:
    story = pair(pair(Story(a_policy(budget={"per_day": 1})), "a", 0), "b", 10).end(0, 60)
    assert alerted(story) == ["a"]
    assert story.account("b.example").machine.side == "held"

    assert alerted(story.end(1)) == ["a", "b"]
    assert story.of("opened")[1]["time"].endswith("T00:00:00.000Z")


def test_one_tick_serves_the_stronger_first_whatever_their_names() -> None:
    story = Story(a_policy(budget={"per_day": 1}))
    pair(story, "weak", 0)
    pair(story, "a", 0)
    strong = {"domain": "zeta.example", "account_id": "zeta"}
    story.company(0, 0, **strong)
    for number, person in enumerate(("ana", "ben")):
        for page in ("pricing", "comparison"):
            story.page(f"{person}-z", page, 0, 1, email=f"{person}@zeta.example", event_id=f"z{number}{page}")

    assert alerted(story.end(0, 3)) == ["zeta"]


def test_the_order_is_by_tier_then_score_then_age_then_home() -> None:
    rows = [
        turn(held("T1", 0, 9), "T1", 70, 9), turn(held("T2", 0, 5), "T2", 95, 9), turn(held("T2", 0, 5), "T2", 90, 9),
        turn(held("T2", 0, 6), "T2", 90, 9), turn(Account("a"), "T2", 90, 9), turn(Account("b"), "", 90, 9),
    ]  # fmt: skip

    assert sorted({*rows}) == rows


def test_hand_raises_and_early_notices_do_not_wait_for_the_budget() -> None:
    story = pair(Story(a_policy(budget={"per_day": 1})), "a", 0).company()

    assert alerted(story.asks("ines", 0, 30)) == ["a", "acc-northwind"]
