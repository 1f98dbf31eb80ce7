"""The bad leads of real life, each with the gate or the disqualifier that has to hold it."""

from typing import Final

import msgspec

from streams.market.acts import (
    Scene,
    bot_page,
    chat,
    click,
    content,
    form,
    mailing,
    opt_out,
    page,
    read,
    register,
    review,
    scanner,
    topic_surge,
    watch_demo,
)  # fmt: skip
from streams.market.cast import (
    ANALYST,
    BUYER,
    CHAMPION,
    CHIEF,
    ENGINEER,
    SECURITY,
    VENDOR,
    Company,
    Names,
    Person,
)
from streams.market.story import Maker, Story, days, held


def lone_researcher(names: Names) -> Story:
    """One analyst who reads a lot and compares once."""
    scenes = [Scene(day, 0, page("blog", 130)) for day in days(-10, -1, 2)]
    scenes += [Scene(day, 0, page("docs", 150)) for day in days(-9, -1, 2)]
    scenes += [
        Scene(-2, 0, read("paper-buying-groups", 300)),
        Scene(-1, 0, page("case_study", 130)),
        Scene(0, 0, page("comparison", 150)),
        Scene(0, 0, page("product", 130)),
    ]
    company, people = names.company(named=True), names.people(ANALYST)
    return held("lone_researcher", company, people, scenes, "people", "one reader is no buying group")


def very_active_person(names: Names) -> Story:
    """One director who does everything there is to do, every day."""
    scenes = [
        Scene(day, 0, page(category, 250, "direct")) for day in days(-6, -1) for category in _EVERYTHING
    ]
    scenes += [
        Scene(-4, 0, read("report-wave", 250)),
        Scene(-3, -1, topic_surge("intent data", "category", 92)),
        Scene(-2, 0, watch_demo()),
        Scene(0, 0, page("pricing", 250, "direct")),
        Scene(0, 0, chat()),
    ]
    company, people = names.company(named=True), names.people(CHAMPION)
    why = "whatever one person does counts 30 points and one person"
    return held("very_active_person", company, people, scenes, "people", why)


_EVERYTHING: Final = ("pricing", "comparison", "security", "product", "docs")


def students(names: Names) -> Story:
    """Two students who write about the market."""
    company = names.university()
    people = (Person("Mira", "Sonntag", "Student"), Person("Tobi", "Lenz", "Working student"))
    scenes = [Scene(day, day % 2, page("docs", 250)) for day in days(-8, -1)]
    scenes += [Scene(-2, 0, page("pricing", 200)), Scene(-1, 1, read("report-wave", 400))]
    scenes += [Scene(0, 1, page("pricing", 180)), Scene(0, 0, page("comparison", 250))]
    return held("student", company, people, scenes, "student", "students do not count as persons")


def competitor(names: Names) -> Story:
    """Three people of a competitor study the price list."""
    company = Company("Rivalstream", "rivalstream.example", employees=300, industry="software")
    people = names.people(CHAMPION, ENGINEER, BUYER)
    scenes = [Scene(day, day % 3, page("comparison", 200, "direct")) for day in days(-5, -1)]
    scenes += [Scene(0, who, page("pricing", 240, "direct")) for who in range(3)]
    scenes += [Scene(0, 0, form("demo_request"))]
    return held(
        "competitor", company, people, scenes, "competitor", "a competitor reads prices too", "silent"
    )


def freelancer(names: Names) -> Story:
    """A consultant with a gmail address and a company of one."""
    company = names.company(employees=1, industry="software", revenue=90_000, named=False)
    person = names.private_person("Freelance consultant", known=True)
    scenes = [Scene(day, 0, page("docs", 150)) for day in days(-4, -1)]
    scenes += [Scene(0, 0, page("pricing", 150, "direct")), Scene(0, 0, form("contact_sales"))]
    why = "a company of one buys nothing: no person counts, and the request is only counted"
    return held("freelancer", company, (person,), scenes, "freelancer", why)


def email_clickers(names: Names) -> Story:
    """Three people who come only when a mail sends them."""
    scenes = [Scene(day, who, mailing(f"nl{-day}")) for day in days(-12, -1) for who in range(3)]
    scenes += [
        Scene(day, who, click(f"nl{-day}", "comparison", 250)) for day in (-6, -4, -2) for who in range(3)
    ]
    scenes += [Scene(day, who, click(f"nl{-day}", "case_study", 250)) for day in (-5, -3) for who in range(3)]
    scenes += [Scene(-1, who, read("paper-security", 250, "email")) for who in range(3)]
    scenes += [Scene(0, who, mailing("nl0")) for who in range(3)]
    scenes += [Scene(0, 1, click("nl0", "why_us", 250))]
    company, people = names.company(named=True), names.people(BUYER, ENGINEER, CHAMPION)
    why = "all of it was prompted by our own mail: nobody came by themselves"
    return held("email_clickers", company, people, scenes, "self_directed", why)


def webinar_no_shows(names: Names) -> Story:
    """Four people who registered for everything and attended nothing."""
    scenes = [Scene(-9, who, register("webinar-first-signals")) for who in range(4)]
    scenes += [Scene(-3, who, register("webinar-from-noise")) for who in range(4)]
    scenes += [
        Scene(-2, who, content("webinar_attended", "webinar-from-noise", "email", minutes=3))
        for who in (0, 1)
    ]
    scenes += [Scene(0, 3, register("webinar-next-quarter"))]
    company, people = names.company(named=True), names.people(BUYER, CHIEF, CHAMPION, ANALYST)
    return held(
        "webinar_no_shows", company, people, scenes, "intent", "a registration is an intention, no interest"
    )


def scanners(names: Names) -> Story:
    """A mail gateway that follows every link, and a price crawler."""
    scenes = [Scene(day, who, scanner(f"nl{-day}")) for day in days(-12, -1, 3) for who in range(3)]
    scenes += [Scene(day, who, bot_page("pricing")) for day in days(-5, 0) for who in range(3)]
    scenes += [Scene(0, who, scanner("nl0")) for who in range(3)]
    company, people = names.company(named=True), names.people(BUYER, CHAMPION, ENGINEER)
    return held("scanners", company, people, scenes, "intent", "machines clicked, no person did")


def busy_enterprise(names: Names) -> Story:
    """Eight people of a large company who have read the docs every week for a year."""
    titles = (ENGINEER, ANALYST, ENGINEER, SECURITY) * 2
    scenes = [Scene(day, (3 * day) % 8, page("docs", 130)) for day in days(-88, -1)]
    scenes += [Scene(day, (5 * day + 1) % 8, page("product", 60)) for day in days(-88, -1)]
    scenes += [Scene(day, day % 8, page("support", 60, "direct")) for day in days(-30, -1, 3)]
    scenes += [Scene(0, who, page("integrations", 60)) for who in (1, 4)]
    company = names.company(employees=14_000, revenue=2_000_000_000, named=True)
    why = "as busy as every week, and nobody has looked at anything that buyers look at"
    return held("busy_enterprise", company, names.people(*titles), scenes, "decision_stage", why)


def job_seeker(names: Names) -> Story:
    """Somebody who wants to work for us."""
    person = Person("Nele", "Kamp", "Product Manager", "senior", "product")
    scenes = [Scene(day, 0, page("careers", 90, "direct")) for day in (-6, -4, -2)]
    scenes += [Scene(-4, 0, page("why_us", 120, "direct")), Scene(-2, 0, page("case_study", 130))]
    scenes += [Scene(0, 0, page("careers", 100, "direct")), Scene(0, 0, page("investors", 60))]
    why = "most of the visits went to the careers page"
    return held("job_seeker", names.company(named=True), (person,), scenes, "job_seeker", why)


def customer(names: Names) -> Story:
    """A customer who asks for a demo of another product."""
    scenes = [Scene(day, day % 2, page("login", 300, "direct")) for day in days(-20, -1, 2)]
    scenes += [Scene(-1, 0, page("product", 120, "direct")), Scene(0, 0, form("demo_request"))]
    company, people = names.company(lifecycle="customer"), names.people(CHAMPION, ENGINEER)
    why = "a customer belongs to its owner, not to the people who call new companies"
    return held("customer_demo", company, people, scenes, "existing_customer", why, "redirected")


def partner(names: Names) -> Story:
    """A partner asks for sales on behalf of somebody."""
    company = Company("Harbor Consulting", "harbor-consulting.example", employees=90, industry="software")
    scenes = [Scene(-2, 0, page("product", 80, "direct")), Scene(0, 0, form("contact_sales"))]
    why = "a partner's company belongs to its owner"
    return held("partner", company, names.people(CHAMPION), scenes, "partner_owned", why, "redirected")


def freemail_demo(names: Names) -> Story:
    """A demo request from a private mailbox."""
    company = names.company(known=False)
    person = names.private_person("", known=False)
    scenes = [Scene(-1, 0, page("product", 60)), Scene(0, 0, form("demo_request"))]
    why = "nobody knows the company: a human looks for half an hour"
    story = held("freemail_demo", company, (person,), scenes, "freemail", why, "review")
    truth = msgspec.structs.replace(story.truth, account=person.mailbox, name=person.name, domain="gmail.com")
    return story._replace(truth=truth)


def third_party_only(names: Names) -> Story:
    """A company that reads everywhere but here."""
    topics = (
        ("intent data", "category", 92),
        ("rivalstream", "competitor", 88),
        ("lead scoring", "problem", 75),
    )
    scenes = [Scene(day, -1, topic_surge(*topic)) for day in (-15, -8, -1) for topic in topics]
    scenes += [Scene(-4, -1, review("compare")), Scene(0, -1, review("pricing"))]
    company, people = names.company(named=True), ()
    why = "what others saw elsewhere corroborates, it never fires alone"
    return held("third_party_only", company, people, scenes, "intent", why)


def poor_fit(names: Names) -> Story:
    """Three enthusiastic people of a bakery."""
    scenes = [Scene(day, (day + 9) % 3, page("comparison", 200, "direct")) for day in days(-6, -1)]
    scenes += [Scene(-2, 2, read("report-wave", 250)), Scene(-1, 1, page("pricing", 200, "direct"))]
    scenes += [Scene(0, 0, page("pricing", 200, "direct")), Scene(0, 2, page("security", 100))]
    company, people = names.company("poor"), names.people(CHIEF, CHAMPION, ENGINEER)
    return held("poor_fit", company, people, scenes, "fit", "behaviour cannot make a bad fit good")


def opted_out(names: Names) -> Story:
    """Two people of a good company, one of whom denied consent."""
    scenes = [Scene(day, 0, page("comparison", 150, "direct")) for day in (-5, -3)]
    scenes += [Scene(-2, 0, page("pricing", 150, "direct")), Scene(-1, 1, page("docs", 150))]
    scenes += [Scene(-1, 0, opt_out()), Scene(0, 1, page("pricing", 100))]
    company, people = names.company(named=True), names.people(CHAMPION, ENGINEER)
    why = "who denied consent does not count; one person is left"
    return held("opted_out", company, people, scenes, "opted_out", why)


def own_staff(names: Names) -> Story:
    """Colleagues who test the site."""
    company = Company("Signalworks", VENDOR, employees=120)
    scenes = [Scene(day, day % 2, page("pricing", 60, "direct")) for day in days(-6, 0)]
    scenes += [Scene(0, 0, form("demo_request"))]
    return held("own_staff", company, names.people(BUYER, ENGINEER), scenes, "internal", "our own people")


def newsletter_readers(names: Names) -> Story:
    """Three people who read the blog every week and nothing else."""
    scenes = [Scene(day, day % 3, page("blog", 130)) for day in days(-60, -1, 2)]
    scenes += [Scene(0, who, page("blog", 130)) for who in range(3)]
    company, people = names.company(named=True), names.people(BUYER, CHAMPION, ANALYST)
    return held("blog_readers", company, people, scenes, "intent", "readers seek information, not a vendor")


ALL: Final[tuple[Maker, ...]] = (
    competitor, very_active_person, customer, email_clickers, freemail_demo, busy_enterprise, students,
    freelancer, webinar_no_shows, scanners, lone_researcher, job_seeker, third_party_only, poor_fit, opted_out, partner,
    own_staff, newsletter_readers,
)  # fmt: skip
#: Those whose company has a name or a domain that the policy knows: one each.
NAMED: Final[tuple[Maker, ...]] = (competitor, partner, own_staff)
