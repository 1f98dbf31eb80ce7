"""Lines that sum to what they explain, each cap and floor on its own."""

import pytest
from support.stories import Story, a_policy

from schemas.explanation import Explained, Line
from streams.explanation import all_lines, explain
from streams.scoring import Assessment


def lines_of(story: Story, day: int = 1) -> dict[str, Line]:
    explanation = explain(story.assessment(day), story.policy)
    return {line.line_id: line for line in all_lines(explanation)}


def parts_of(assessment: Assessment, story: Story) -> list[tuple[Explained, int]]:
    found = explain(assessment, story.policy)
    return [
        (found.fit, assessment.F),
        (found.intent, assessment.I),
        (found.readiness, assessment.R),
        (found.score, assessment.S),
    ]


@pytest.mark.parametrize("day", [0, 1, 8, 30, 80])
def test_lines_sum_to_every_dimension_whatever_the_age(day: int) -> None:
    story = Story().buying_group().reviews(day=1, minute=40)

    for part, total in parts_of(story.assessment(day), story):
        assert part.total == total == sum(line.points for line in part.lines)
        assert part.residual == 0


def test_line_ids_are_unique() -> None:
    found = explain(Story().buying_group().assessment(), a_policy())

    ids = [line.line_id for line in all_lines(found)]
    assert len(set(ids)) == len(ids)


def test_one_act_is_count_times_base_times_factors() -> None:
    """A pricing visit of the day before, direct: 8 x 1.25 x 1.25, one day of a half-life of 14."""
    line = lines_of(Story().company().page("ines", "pricing"))["signal:web.pricing:ines"]

    assert (line.count, line.base, line.multiplier, line.decay) == (1, 8000, 1_562_500, 951_680)
    assert line.points == 11_896
    assert round(1 * 8000 * 1.5625 * 0.951680) == line.points
    assert line.first_at == line.last_at == "2026-03-16T09:00:00.000Z"


def test_the_role_factor_is_a_line_with_its_difference() -> None:
    story = Story().company().contact("ines", role="champion").page("ines", "comparison", 1)

    line = lines_of(story)["role:ines"]
    assert (line.kind, line.points, line.base, line.multiplier) == ("role", 1875, 12_500, 1_150_000)


def test_no_role_line_where_the_factor_is_one() -> None:
    story = Story().company().contact("ines", role="user").page("ines", "comparison", 1)

    assert "role:ines" not in lines_of(story)


def test_a_spent_day_is_a_cap_of_its_own() -> None:
    """Pricing counts once a day; a second visit shows, and is taken off again."""
    story = Story().company().page("ines", "pricing", 1).page("ines", "pricing", 1, 5, session_id="other")

    found = lines_of(story)
    assert found["signal:web.pricing:ines"].count == 2
    assert found["signal:web.pricing:ines"].points == 25_000
    assert found["cap:signal_day:web.pricing:ines"].points == -12_500
    assert found["cap:signal_day:web.pricing:ines"].signal == "web.pricing"


def test_the_window_cap_comes_after_the_day() -> None:
    story = Story().company()
    for day in range(-3, 2):
        story.page("ines", "comparison", day)

    found = lines_of(story)
    line = found["cap:signal_window:web.comparison:ines"]
    assert found["signal:web.comparison:ines"].points + line.points == 24_000
    assert line.kind == "cap"


def test_a_person_is_never_below_zero_and_says_so() -> None:
    story = Story().company().page("ines", "careers", 1).page("ines", "blog", 1, 5, dwell_seconds=40)

    found = lines_of(story)
    assert found["signal:web.careers:ines"].points == -5000
    assert found["floor:person:ines"].kind == "floor"
    assert sum(line.points for line in found.values() if line.dimension == "intent") == 0


def test_what_bounds_a_negative_signal_gives_back_and_is_a_floor() -> None:
    story = Story().company()
    for minute in range(3):
        story.page("ines", "careers", 1, minute, url=f"https://us.example/careers/{minute}")
        story.page("ines", "login", 1, minute, session_id=str(minute))
        story.page("ines", "support", 1, minute, session_id=str(minute))

    found = lines_of(story)
    assert found["signal:web.careers:ines"].points == -15_000
    assert found["floor:signal_day:web.careers:ines"].points == 10_000
    assert all(line.points < 0 for line in found.values() if line.kind == "cap")


def test_person_cap_and_intent_cap_are_lines() -> None:
    story = Story().company()
    for person in ("a", "b", "c", "d"):
        for minute, page in enumerate(("pricing", "comparison", "security", "why_us", "demo")):
            story.page(person, page, 1, minute)

    found = lines_of(story)
    assert found["cap:person:a"].points < 0
    assert found["cap:intent_100"].points == 100_000 - 4 * 27_000


def test_visitors_add_up_to_their_cap() -> None:
    story = Story().company()
    for name in ("x", "y"):
        match = {"method": "reverse_ip", "confidence": 0.9}
        nobody = {
            "contact_id": None,
            "email": None,
            "anonymous_id": name,
            "account_domain": "northwind.example",
        }
        who = {key: value for key, value in nobody.items() if value is not None} | {"account_match": match}
        page = {"type": "page_view", "page_category": "comparison", "session_source": "direct"}
        story.say("intent.web.v1", 1, 0, **page, **who)

    found = lines_of(story)
    assert found["signal:web.comparison:x"].points == 12_500
    assert found["cap:anonymous"].points == -15_000


def test_third_parties_are_lines_by_topic_with_their_cap() -> None:
    story = Story().company().page("ines", "docs", 1)
    for name in ("streams", "lakes", "queues", "logs", "joins"):
        story.topic(name, 1, score=90)
    story.reviews("pricing", 1)

    found = lines_of(story)
    assert found["signal:3p.topic_surge:streams"].points == 7500
    assert found["signal:3p.review_site:pricing"].points == 12_000
    assert found["cap:third_party"].points == 25_000 - 5 * 7500 - 12_000
    assert found["signal:3p.review_site:pricing"].person_ref == ""


def test_excluded_people_and_skims_make_no_line() -> None:
    story = Story().company().page("ines", "pricing", 1, dwell_seconds=2)
    story.page("bob", "pricing", 1, 5, email="bob@signalworks.example", account_domain="northwind.example")

    assert [line for line in lines_of(story).values() if line.dimension == "intent"] == []


def test_shared_mailboxes_are_one_person_whose_lines_add_up() -> None:
    story = Story().company()
    for box in ("info", "sales"):
        mail = f"{box}@northwind.example"
        story.say(
            "intent.web.v1", 1, 0, type="page_view", email=mail, page_category="security", session_id=box
        )

    found = lines_of(story)
    assert found["signal:web.security:shared"].count == 2
    assert found["signal:web.security:shared"].points == 12_500
    assert found["role:shared"].points == -1250


def test_evidence_points_at_the_records_weightiest_first_kept_by_time() -> None:
    story = Story().company()
    for number in range(7):
        story.page("ines", "docs", 1, number, url=f"https://us.example/docs/{number}")

    line = lines_of(story)["signal:web.docs:ines"]
    assert line.count == 7
    assert len(line.evidence) == 5
    assert [(e.topic, e.partition, e.event_id) for e in line.evidence][:2] == [
        ("intent.web.v1", 0, "e-2"),
        ("intent.web.v1", 0, "e-3"),
    ]


def test_derived_signals_point_at_the_record_that_made_them() -> None:
    story = Story().company().page("ines", "docs", 0).page("ines", "pricing", 1, 7)
    for number in range(3):
        piece = {
            "content_id": f"part-{number}",
            "storyline_id": "s:1",
            "storyline_length": 5,
            "dwell_seconds": 90,
        }
        story.content("ines", "download_consumed", 1, 20 + number, **piece)

    found = lines_of(story)
    assert [e.event_id for e in found["signal:web.return_direct:ines"].evidence] == ["e-3"]
    assert [e.event_id for e in found["signal:content.storyline:ines"].evidence] == ["e-6"]


def test_people_beyond_the_cards_are_one_line_and_still_add_up() -> None:
    story = Story(a_policy(scores={"contact_cards": 2})).company()
    for person in ("a", "b", "c", "d"):
        story.page(person, "product", 1)

    assessment = story.assessment()
    part = explain(assessment, story.policy).intent
    assert part.residual == 0
    assert {line.person_ref for line in part.lines} == {"a", "b", ""}
    assert next(line for line in part.lines if line.line_id == "signal:others").count == 2


def test_fit_shows_what_each_criterion_asked_and_gave() -> None:
    story = Story().company(employees=30, industry=None, country="FR").page("ines", "docs", 1)

    found = lines_of(story)
    assert (found["criterion:employees"].base, found["criterion:employees"].multiplier) == (33_333, 500_000)
    assert (found["criterion:industry"].count, found["criterion:industry"].multiplier) == (0, 500_000)
    assert found["criterion:country"].points == 0


def test_readiness_steps_and_weights_name_themselves() -> None:
    found = lines_of(Story().buying_group())

    assert [name for name in found if name.startswith("step:")] == [
        "step:people",
        "step:stage",
        "step:roles",
        "step:surge",
    ]
    assert found["step:people"].count == 3
    assert found["weight:intent"].base == Story().buying_group().assessment().I
