"""Accounts that are ready to talk: buying groups that surge, keep coming or act, and people who ask."""

from typing import Final

from streams.market.acts import (
    Scene,
    arrival,
    attend,
    chat,
    form,
    mailing,
    page,
    read,
    register,
    review,
    sales_says,
    topic_surge,
    visitor,
    watch_demo,
)  # fmt: skip
from streams.market.cast import ANALYST, BUYER, CHAMPION, CHIEF, ENGINEER, SECURITY, Names
from streams.market.story import Maker, Story, days, fires


def surging_group(names: Names) -> Story:
    """Three people after a long silence: an engineer first, then a director, today the one who pays."""
    scenes = [
        Scene(-5, -1, topic_surge("buying group software", "category", 78)),
        Scene(-4, 1, page("docs", 150)),
        Scene(-3, 1, page("product", 95)),
        Scene(-2, 0, register("webinar-first-signals")),
        Scene(-2, 0, attend("webinar-first-signals")),
        Scene(-1, 0, page("product", 130, "direct")),
        Scene(-1, 1, page("security", 80)),
        Scene(0, 0, page("pricing", 130, "direct")),
        Scene(0, 1, page("integrations", 125)),
        Scene(0, 2, page("why_us", 140, "direct")),
        Scene(0, 0, page("comparison", 150, "direct")),
        Scene(0, 2, read("report-wave", 260)),
    ]
    company, people = names.company(named=True), names.people(CHAMPION, ENGINEER, BUYER)
    why = "three people of one company within a week, one of them on pricing and comparison"
    return fires("surging_group", company, people, scenes, "T1", why=why)


def storyline_group(names: Names) -> Story:
    """Two people read a whole series over several days, a third compares vendors."""
    scenes = [
        Scene(-6, 0, mailing("series")),
        *(Scene(-6 + n, 0, read(f"path-{n + 1}", 200)) for n in range(3)),
        *(Scene(-3 + n, 1, read(f"path-{n + 1}", 150)) for n in range(2)),
        Scene(-1, -1, review("category")),
        Scene(0, 1, read("path-3", 170)),
        Scene(0, 2, page("comparison", 160, "direct")),
        Scene(0, 2, page("why_us", 90, "direct")),
        Scene(0, 0, page("security", 130, "direct")),
        Scene(0, 2, read("roi-calculator", 250)),
    ]
    company, people = names.company(named=True), names.people(CHAMPION, SECURITY, CHIEF)
    why = "two people followed a storyline over days, the chief compares and calculates"
    return fires("storyline_group", company, people, scenes, "T1", why=why)


def same_day_group(names: Names) -> Story:
    """A company nobody heard of sends four people in one afternoon."""
    scenes = [
        Scene(0, 1, page("product", 130, "organic_search")),
        Scene(0, 1, page("docs", 245)),
        Scene(0, 2, page("security", 130, "referral")),
        Scene(0, 0, page("comparison", 245, "referral")),
        Scene(0, 3, page("case_study", 130, "direct")),
        Scene(0, 2, read("paper-security", 180)),
        Scene(0, 0, page("why_us", 130, "direct")),
        Scene(0, 3, read("roi-calculator", 180)),
        Scene(0, 1, read("paper-buying-groups", 240)),
        Scene(0, 0, read("report-wave", 240)),
        Scene(0, 3, page("why_us", 125, "direct")),
    ]
    company, people = names.company(named=True), names.people(CHAMPION, ENGINEER, SECURITY, BUYER)
    return fires(
        "same_day_group", company, people, scenes, "T1", why="four people of a silent company in one day"
    )


def steady_group(names: Names) -> Story:
    """Four people who have come every week for months: no surge, and still buying."""
    scenes = [Scene(day, day % 4, page("docs", 70)) for day in days(-84, -8, 2)]
    scenes += [Scene(day, (day // 2) % 4, page("blog", 60)) for day in days(-83, -8, 4)]
    scenes += [
        Scene(-6, 0, page("product", 60)),
        Scene(-5, 1, page("integrations", 60)),
        Scene(-3, 2, attend("webinar-from-noise", "self")),
        Scene(-2, 3, page("docs", 130)),
        Scene(0, 0, page("pricing", 130, "direct")),
        Scene(0, 2, page("security", 130, "direct")),
        Scene(0, 1, read("paper-security", 150)),
        Scene(0, 0, read("report-wave", 250)),
    ]
    company, people = names.company(named=True), names.people(CHAMPION, ENGINEER, BUYER, ANALYST)
    why = "a buying group that has come every week for three months: no surge, every gate passed"
    return fires("steady_group", company, people, scenes, "T2", why=why)


def act_now(names: Names) -> Story:
    """Two people on the pricing page within a week, and hardly anything else."""
    scenes = [
        Scene(-3, 0, page("home", 20)),
        Scene(-3, 0, page("pricing", 45)),
        Scene(0, 1, page("product", 40, "direct")),
        Scene(0, 1, page("pricing", 60, "direct")),
    ]
    company, people = names.company(named=True), names.people(ANALYST, CHAMPION)
    return fires(
        "act_now", company, people, scenes, "T2", why="two different people on pricing within a week"
    )


def act_now_today(names: Names) -> Story:
    """Two people watch the recorded demo on the same day."""
    scenes = [
        Scene(0, 0, watch_demo(80)),
        Scene(0, 1, page("product", 40)),
        Scene(0, 1, watch_demo(65)),
    ]
    company, people = names.company(named=True), names.people(BUYER, ENGINEER)
    return fires("act_now_video", company, people, scenes, "T2", why="two people watched the demo on one day")


def demo_request(names: Names) -> Story:
    """Somebody asks for a demo."""
    scenes = [
        Scene(-1, 0, page("product", 50)),
        Scene(0, 0, page("demo", 40, "direct")),
        Scene(0, 0, form("demo_request")),
    ]
    company, people = names.company(), names.people(CHAMPION)
    return fires("demo_request", company, people, scenes, "FAST", why="asked for a demo")


def asks_in_chat(names: Names) -> Story:
    """Somebody asks for sales in the chat."""
    scenes = [Scene(0, 0, page("integrations", 60)), Scene(0, 0, chat(asks_for_sales=True))]
    company, people = names.company(), names.people(ENGINEER)
    return fires("asks_in_chat", company, people, scenes, "FAST", why="asked for sales in the chat")


def group_then_demo(names: Names) -> Story:
    """A surging group of which one later asks for a demo; sales accepts."""
    story = surging_group(names)
    scenes = [
        *story.scenes,
        Scene(0, -1, sales_says("accepted"), pause=20),
        Scene(0, 2, page("demo", 40, "direct"), pause=8),
        Scene(0, 2, form("demo_request")),
    ]
    why = "a surging group; then the one who pays asks for a demo"
    return fires("group_then_demo", story.company, story.people, scenes, "T1", "FAST", why=why)


def demo_then_group(names: Names) -> Story:
    """Somebody asks for a demo; the others of the group follow, and the episode is qualified."""
    scenes = [
        Scene(-3, 1, page("docs", 150)),
        Scene(-2, 1, page("security", 130)),
        Scene(-1, 0, page("comparison", 130, "direct")),
        Scene(0, 0, form("demo_request")),
        Scene(0, 2, page("why_us", 130, "direct"), pause=15),
        Scene(0, 2, read("roi-calculator", 250)),
        Scene(0, 1, read("paper-security", 250)),
    ]
    company, people = names.company(named=True), names.people(CHAMPION, ENGINEER, BUYER)
    why = "asked for a demo, then the whole group came"
    return fires("demo_then_group", company, people, scenes, "FAST", "T1", why=why)


def identified_visitor(names: Names) -> Story:
    """An anonymous visitor of days turns out to be the one who pays."""
    scenes = [
        Scene(-4, 2, visitor("comparison", 130)),
        Scene(-3, 0, page("product", 130, "direct")),
        Scene(-2, 1, page("docs", 150)),
        Scene(-2, 0, page("pricing", 130, "direct")),
        Scene(-1, 2, visitor("security", 100)),
        Scene(0, 1, page("security", 130)),
        Scene(0, 2, form("other", identifies=True)),
        Scene(0, 2, page("why_us", 130, "direct")),
        Scene(0, 1, read("paper-security", 180)),
    ]
    company, people = names.company(named=True), names.people(CHAMPION, ENGINEER, BUYER)
    why = "the anonymous visitor of four days filled in a form: a third person, who pays"
    return fires("identified_visitor", company, people, scenes, "T1", why=why)


def act_now_then_group(names: Names) -> Story:
    """Two people on pricing, and an hour later the whole group: the tier rises."""
    scenes = [
        Scene(-4, 0, page("docs", 150)),
        Scene(-3, 1, page("pricing", 60, "direct")),
        Scene(0, 2, page("pricing", 60, "direct")),
        Scene(0, 2, page("comparison", 150, "direct"), pause=20),
        Scene(0, 0, page("security", 130, "direct")),
        Scene(0, 0, read("paper-security", 250)),
        Scene(0, 1, read("roi-calculator", 250)),
        Scene(0, 1, page("why_us", 150, "direct")),
    ]
    company, people = names.company(named=True), names.people(ENGINEER, BUYER, CHAMPION)
    why = "two people on pricing; then a group of three over every gate"
    return fires("act_now_then_group", company, people, scenes, "T2", "T1", why=why)


def unknown_company(names: Names) -> Story:
    """A demo request from a company the CRM does not know; its profile arrives while a human would look."""
    scenes = [
        Scene(0, 0, page("product", 60)),
        Scene(0, 0, form("demo_request")),
        Scene(0, -1, arrival(), pause=20),
    ]
    company = names.company(known=False)
    people = tuple(person._replace(known=False) for person in names.people(CHIEF))
    why = "asked for a demo; the company became known within the half hour and fits"
    return fires("unknown_company", company, people, scenes, "FAST", why=why)


def rejected_no_budget(names: Names) -> Story:
    """Act-now, and sales says that there is no budget: back to nurture for 90 days."""
    story = act_now(names)
    scenes = [
        *story.scenes,
        Scene(0, -1, sales_says("rejected", "no_budget", "Asked again for January."), pause=25),
    ]
    why = "two different people on pricing within a week; sales found no budget"
    return fires("rejected_no_budget", story.company, story.people, scenes, "T2", why=why)


#: In the order in which a viewer should meet them.
WITH_A_PAST: Final[tuple[Maker, ...]] = (
    demo_request, group_then_demo, act_now, steady_group, storyline_group, identified_visitor,
    unknown_company, act_now_then_group, surging_group, demo_then_group, rejected_no_budget,
)  # fmt: skip
#: Whole on one day: what may still come up when the history has been played.
OF_ONE_DAY: Final[tuple[Maker, ...]] = (same_day_group, act_now_today, asks_in_chat, unknown_company)
