"""What was looked at, and what was found, on whom, with what effect."""

from typing import Any

from support.stories import Story, a_policy

from streams.disqualifiers import CHECKED


def found_in(story: Story, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = story.of(kind)[-1]["data"]["decision"]["disqualified"]
    return found


def test_every_code_of_the_specification_is_looked_at() -> None:
    event = Story().company().asks("ines").of("opened")[0]

    assert event["data"]["decision"]["disqualifiers_checked"] == list(CHECKED)
    assert len(CHECKED) == 16
    assert found_in(Story().company().asks("ines"), "opened") == []


def test_a_customer_is_redirected_with_the_evidence() -> None:
    story = Story().company(lifecycle="customer").asks("ines")

    assert found_in(story, "redirected") == [
        {
            "code": "existing_customer",
            "scope": "account",
            "effect": "redirect",
            "evidence": "lifecycle customer",
            "expires_at": None,
            "source": "rule",
        }
    ]


def test_an_open_opportunity_names_itself() -> None:
    story = Story().company(open_opportunity_id="o-7").asks("ines")

    assert found_in(story, "redirected")[0]["evidence"] == "opportunity o-7"


def test_people_left_out_are_counted_by_code() -> None:
    story = Story().company().contact("stu", title="Student").page("stu", "docs", -1)
    story.contact("sam", title="Student").page("sam", "docs", -1).page("eve", "docs", -1, email="eve@mailinator.com",
        account_id="acc-northwind", account_domain="northwind.example")  # fmt: skip
    found = {one["code"]: one for one in found_in(story.asks("ines"), "opened")}

    assert found["student"]["evidence"] == "2 persons"
    assert found["student"]["effect"] == "exclude"
    assert found["disposable"]["evidence"] == "1 person"


def test_a_job_seeker_is_left_out_until_a_day() -> None:
    story = Story().company()
    for day in (-3, -2):
        story.page("joe", "careers", day)
    found = found_in(story.asks("ines", 0), "opened")

    assert [one["code"] for one in found] == ["job_seeker"]
    assert found[0]["expires_at"] == "2026-06-13T00:00:00.000Z"


def test_bots_are_told() -> None:
    story = Story().company().page("ines", "docs", -1, is_bot=True).asks("ines")

    assert [one["code"] for one in found_in(story, "opened")] == ["bot"]


def test_a_country_may_not_be_served() -> None:
    story = Story(a_policy(disqualify={"served_countries": ["FR"]})).buying_group().end()

    assert story.of("opened") == []


def test_a_rejection_shows_until_its_end() -> None:
    story = Story().buying_group().end(2)
    said = {
        "sales_ready_id": "latest",
        "account_id": "acc-northwind",
        "status": "rejected",
        "reason": "no_budget",
    }
    story.say("intent.dispositions.v1", 2, 5, type="disposition", **said).asks("vera", 3)
    found = {one["code"]: one for one in found_in(story, "updated")}

    assert found["recently_rejected"]["source"] == "disposition"
    assert found["recently_rejected"]["expires_at"] == "2026-06-16T09:05:00.000Z"
