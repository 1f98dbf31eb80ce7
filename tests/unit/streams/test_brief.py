"""The brief: bounded, sorted by time and id, without what would name people in a URL."""

from typing import Any

from support.stories import Story, a_policy, at

from streams.timeline import iso_text


def brief_of(story: Story, kind: str = "opened") -> dict[str, Any]:
    block: dict[str, Any] = story.end().of(kind)[0]["data"]["brief"]
    return block


def test_recent_activity_is_the_latest_twenty_newest_first() -> None:
    story = Story().company()
    for number in range(30):
        story.page("ines", "docs", 0, number, url=f"https://us.example/docs/{number}?user=ines@x.example#a")
    found = brief_of(story.asks("ines", 0, 40))["recent_activity"]

    assert len(found) == 20
    assert [one["at"] for one in found] == sorted((one["at"] for one in found), reverse=True)
    assert found[0] == {
        "at": iso_text(at(0, 40)),
        "signal": "web.hand_raise",
        "person_ref": "ines",
        "what": "https://us.example/demo",
        "type": "form_submit",
        "source": "",
        "points": 25_000,
        "dwell_seconds": None,
    }
    assert found[1]["what"] == "https://us.example/docs/29"


def test_skims_are_shown_with_no_points() -> None:
    story = Story().company().page("ines", "pricing", 0, 0, dwell_seconds=2).asks("ines", 0, 5)

    skim = brief_of(story)["recent_activity"][1]
    assert (skim["signal"], skim["points"], skim["dwell_seconds"]) == ("web.pricing", 0, 2)


def test_visits_are_sessions_and_days() -> None:
    story = Story().company().page("ines", "docs", -3).page("ines", "blog", -3, 1).page("tom", "docs", -3)

    assert brief_of(story.asks("ines"))["visits"] == {"sessions": 2, "days": 1}


def test_top_pages_and_sources_are_counted() -> None:
    story = Story().company()
    for day in range(-8, 0):
        story.page("ines", "docs", day, session_source="organic_search")
    for number in range(6):
        story.page("ines", "blog", 0, number, url=f"https://us.example/blog/{number}", dwell_seconds=40)
    found = brief_of(story.asks("ines", 0, 30))

    assert found["top_pages"][0] == "https://us.example/docs"
    assert len(found["top_pages"]) == 5
    assert found["sources"] == ["organic_search", "direct"]


def test_content_lists_what_was_consumed_first() -> None:
    story = Story().company()
    story.content("ines", "download_consumed", -2, 0, content_id="guide", dwell_seconds=90)
    story.content("ines", "download_consumed", -1, 0, content_id="skimmed", dwell_seconds=5)
    story.content("tom", "webinar_registered", -1, 1, content_id="webinar")
    found = brief_of(story.asks("ines"))

    assert found["content"] == ["guide", "webinar", "skimmed"]
    assert found["distinct_assets"] == 1


def test_storylines_say_how_far_and_how() -> None:
    story = Story().company()
    for number, day in enumerate((-3, -3, -1)):
        prompt = "email" if number == 2 else "self"
        piece = {"content_id": f"p{number}", "storyline_id": "s", "storyline_length": 5, "dwell_seconds": 60}
        story.content("ines", "download_consumed", day, number, prompted_by=prompt, **piece)
        if number < 2:
            story.content("tom", "download_consumed", day, 10 + number, **piece)
    found = brief_of(story.asks("ines"))["storylines"]

    assert found == [
        {"id": "s", "read": 3, "length": 5, "mode": "over_time", "person_ref": "ines", "email_share": 333},
        {"id": "s", "read": 2, "length": 5, "mode": "single_session", "person_ref": "tom", "email_share": 0},
    ]


def test_third_parties_trend_and_overlap() -> None:
    story = Story().company().topic("Streams", -8).topic("Streams", -1, score=90).topic("lakes", -1)
    story.reviews("compare", 0, 0).page("ines", "docs", -1)
    story.content("ines", "download_consumed", -1, 5, topic="streams", dwell_seconds=60)
    found = brief_of(story.asks("ines", 0, 9))

    assert [(row["topic"], row["class"], row["score"]) for row in found["third_party"]] == [
        ("compare", "review_site", 0),
        ("Streams", "category", 90_000),
        ("lakes", "category", 80_000),
    ]
    assert found["trend"] == {"first_party": "rising", "third_party": "rising", "concordant": True}
    assert found["corroborated"] is True
    assert found["topic_overlap"] == 500


def test_the_talk_track_follows_the_policy() -> None:
    brief = {"assets": {"comparison": ["read", "matrix"]}, "actions": {"hand_raise": "ring"}}
    story = (
        Story(a_policy(brief=brief))
        .company()
        .page("ines", "comparison", 0, 0)
        .page("ines", "comparison", 0, 1)
    )
    for minute in range(2):
        story.page("tom", "comparison", 0, minute, url=f"https://us.example/c/{minute}")
    story.content("tom", "download_consumed", 0, 3, content_id="read", dwell_seconds=60).asks("ines", 0, 9)
    found = brief_of(story)

    assert found["angle_key"] == "comparison"
    assert found["next_best_action_key"] == "ring"
    assert found["relevant_assets"] == ["matrix"]


def test_bots_and_excluded_people_are_not_in_the_brief() -> None:
    story = Story().company().page("bob", "pricing", 0, 0, email="bob@signalworks.example", is_bot=True)
    story.page("eve", "pricing", 0, 1, email="eve@signalworks.example", account_domain="northwind.example")
    found = brief_of(story.asks("ines", 0, 9))

    assert {one["person_ref"] for one in found["recent_activity"]} == {"ines"}
