"""Who a person is at an account: their role, their channels, and why they may not count."""

from typing import Any

import pytest
from support.desk import a_member
from support.stories import DOMAIN, Story, a_policy

from streams.people import channels, role_factor, role_of

POLICY = a_policy()


def codes(story: Story, day: int = 0) -> dict[str, str]:
    return {member.ref: member.excluded for member in story.assessment(day).members}


def titled(title: str, **company: Any) -> str:
    story = Story().company(**company).contact("ines", title=title).page("ines", "docs")
    return codes(story)["ines"]


@pytest.mark.parametrize(
    ("profile", "role"),
    [
        ({"role": "Champion", "seniority": "vp"}, "champion"), ({"seniority": "c_level"}, "economic_buyer"),
        ({"seniority": "vp", "function": "it"}, "economic_buyer"), ({"seniority": "director"}, "champion"),
        ({"seniority": "manager", "function": "security"}, "technical_evaluator"), ({"function": "finance"}, "user"),
        ({"function": "unknown"}, "unknown"), ({"title": "Chief of everything"}, "unknown"), ({}, "unknown"),
    ],
)  # fmt: skip
def test_a_role_is_said_or_follows_from_seniority_then_function(profile: dict[str, Any], role: str) -> None:
    assert role_of(profile, POLICY) == role


def test_any_other_named_role_weighs_as_it_is() -> None:
    assert [role_factor(r, POLICY) for r in ("economic_buyer", "legal", "unknown", "student")] == [
        1250,
        1000,
        900,
        0,
    ]


@pytest.mark.parametrize("title", ["Student", "PhD student, physics", "Working-Student student/assistant"])
def test_students_are_known_by_their_title(title: str) -> None:
    assert titled(title) == "student"


def test_who_looks_after_students_is_none() -> None:
    assert titled("Head of studentships") == ""


@pytest.mark.parametrize("domain", ["mit.edu", "uni.edu.au", "ox.ac.uk", "u-tokyo.ac.jp"])
def test_students_are_known_by_their_domain(domain: str) -> None:
    story = Story().company(domain=domain).page("stu", "docs", email=f"stu@{domain}")

    assert [m.excluded for m in story.assessment(0, domain).members] == ["student"]


@pytest.mark.parametrize("lists", ["industries", "adjacent_industries"])
def test_an_industry_of_education_is_an_icp_of_universities(lists: str) -> None:
    policy = a_policy(icp={lists: ["software", "education"]})
    story = Story(policy).company(domain="mit.edu").page("stu", "docs", email="stu@mit.edu")

    assert [m.excluded for m in story.assessment(0, "mit.edu").members] == [""]


def test_an_icp_of_universities_excludes_no_student() -> None:
    policy = a_policy(icp={"education": True})
    story = Story(policy).company(domain="mit.edu").page("stu", "docs", email="stu@mit.edu")

    assert [m.excluded for m in story.assessment(0, "mit.edu").members] == [""]


@pytest.mark.parametrize("title", ["Freelancer", "freelance designer", "Senior Consultant"])
def test_freelancers_are_known_by_their_title(title: str) -> None:
    assert titled(title) == "freelancer"


def test_a_company_of_one_is_a_freelancer() -> None:
    assert titled("CEO", employees=1) == "freelancer"
    assert titled("CEO", employees=2) == ""


def test_own_staff_never_count_wherever_a_record_puts_them() -> None:
    story = Story().company().page("eva", "docs", email="eva@signalworks.example", account_domain=DOMAIN,
        account_id="acc-northwind")  # fmt: skip
    story.company(domain="signalworks.example", account_id="us").page("max", "docs", 0, 5,
        email="max@gmail.com", account_domain="signalworks.example")  # fmt: skip

    assert codes(story) == {"eva": "internal"}
    assert [m.excluded for m in story.assessment(0, "signalworks.example").members] == ["internal"]


def test_the_latest_word_on_consent_by_its_own_time_decides() -> None:
    story = Story().company().contact("ines", -1, consent={"state": "denied"}).page("ines", "docs")
    assert codes(story)["ines"] == "opted_out"
    story.contact("ines", -2, consent={"state": "granted"}, received_at="2026-03-16T10:00:00Z")
    assert codes(story)["ines"] == "opted_out"

    assert codes(story.contact("ines", 0, 90, consent={"state": "granted"}))["ines"] == ""


def test_student_freelancer_and_consent_do_not_concern_a_shared_mailbox() -> None:
    story = Story().company(employees=1).contact("info", title="Student", consent={"state": "denied"})

    assert codes(story.page("info", "docs")) == {"shared": ""}


def test_a_shared_mailbox_that_looks_for_jobs_is_left_out() -> None:
    story = Story().company().page("info", "careers").page("info", "careers", 0, 5, url="u2")

    assert codes(story) == {"info": "job_seeker"}


@pytest.mark.parametrize(
    ("careers", "others", "found"), [(1, 0, ""), (2, 0, "job_seeker"), (2, 2, "job_seeker"), (2, 3, "")]
)
def test_two_careers_visits_that_are_half_of_all_make_a_job_seeker(
    careers: int, others: int, found: str
) -> None:
    story = Story().company()
    for number in range(careers):
        story.page("joe", "careers", 0, 0, url=f"c{number}", event_id=f"c{number}")
    for number in range(others):
        story.page("joe", "docs", 0, 0, url=f"d{number}", event_id=f"d{number}")

    assert codes(story) == {"joe": found}


def test_a_disposable_address_never_counts() -> None:
    story = (
        Story().company().page("jo", "docs", email="jo@mailinator.com", account_domain=DOMAIN, account_id="a")
    )

    assert codes(story) == {"jo": "disposable"}


@pytest.mark.parametrize(
    ("profile", "usable"),
    [
        ({}, (True, False)), ({"channels": ("phone",)}, (False, True)), ({"channels": ()}, (False, False)),
        ({"channels": ("email", "phone"), "opt_outs": ("email",)}, (False, True)),
    ],
)  # fmt: skip
def test_channels_are_declared_or_the_address_if_there_is_one(
    profile: dict[str, Any], usable: tuple[bool, bool]
) -> None:
    person = a_member().person
    person.profile = profile

    assert channels(person) == usable


def test_nobody_can_write_to_a_digest() -> None:
    person = a_member().person
    person.email, person.email_kind = "sha256:00", "hashed"

    assert channels(person) == (False, False)


@pytest.mark.parametrize("spoil", [{"bounced": True}, {"reset_at": 5}, {"blocked": ["email"]}])
def test_a_bounce_an_unsubscription_or_sales_spoil_the_address(spoil: dict[str, Any]) -> None:
    person = a_member().person
    for name, value in spoil.items():
        setattr(person.ledgers[0], name, value)

    assert channels(person) == (False, False)
