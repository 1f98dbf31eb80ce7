"""The policy files under deploy/: complete, documented, equal to what is built in."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from support.tree import ROOT

from schemas.disposition import REASONS
from streams.policy import parse_policy, reference_policy, reference_text, render_policy

POLICIES = ROOT / "deploy" / "policy"
OPTIONAL = {"employees_min", "employees_max", "revenue_min", "first_touch_minutes", "cooldown_days"}
# Entries of these tables are rows of one kind: the table's own comment says what their columns mean.
ROWS = {"pages", "reasons"}


def lines() -> list[str]:
    return reference_text().splitlines()


def leaves(path: tuple[str, ...], value: Any) -> set[tuple[str, ...]]:
    if not isinstance(value, dict) or not value:
        return {path}
    return {leaf for key, item in value.items() for leaf in leaves((*path, key), item)}


def test_the_deployed_reference_is_the_built_in_one():
    assert (POLICIES / "reference.toml").read_text(encoding="utf-8") == reference_text()


def test_the_minimal_policy_equals_the_reference():
    assert parse_policy((POLICIES / "minimal.toml").read_bytes()) == reference_policy()


def test_the_reference_writes_out_every_key():
    written = leaves((), tomllib.loads(reference_text()))
    known = leaves((), render_policy(reference_policy()))
    defaults = {leaf for leaf in known - written if leaf[-1] in {"needs", "effect"}}

    assert written - known == set()
    assert known - written - defaults == set()


def test_every_key_of_the_reference_has_a_reason_on_its_line_or_its_table():
    table, bare, explained = "", [], False
    for line in lines():
        if line.startswith("["):
            table, explained = line.partition("]")[0].strip("["), "#" in line
        elif "=" in line and not line.startswith("#"):
            key = line.partition("=")[0].strip()
            if "#" not in line and not (explained or table in ROWS):
                bare.append(f"{table}.{key}")

    assert bare == []


def test_optional_keys_are_named_where_they_could_stand():
    for key in OPTIONAL:
        assert key in reference_text()


def test_every_reason_of_a_disposition_has_its_rule():
    assert tuple(reference_policy().reasons) == REASONS


@pytest.mark.parametrize("file", sorted(POLICIES.glob("*.toml")), ids=lambda file: file.stem)
def test_every_policy_that_is_shipped_parses(file: Path):
    assert parse_policy(file.read_bytes()).hash


def test_the_lists_that_are_for_users_to_fill_are_empty_in_the_reference():
    policy = reference_policy()

    assert not policy.own_domains | policy.competitor_domains | policy.partner_domains | policy.bofu_types
    assert not policy.embargoed_countries | policy.served_countries
    assert not policy.icp.industries | policy.icp.adjacent_industries | policy.icp.countries
    assert (policy.icp.employees_min, policy.icp.employees_max, policy.icp.revenue_min) == (None, None, None)


def test_the_table_of_signals_is_the_published_one():
    table = {
        name: (r.points, r.per_day, r.cap, r.half_life, r.window, r.min_dwell)
        for name, r in reference_policy().signals.items()
    }

    assert table == {
        "web.other": (500, 4, 3000, 7, 30, 5),
        "web.blog": (1000, 3, 8000, 7, 30, 30),
        "web.docs": (2000, 3, 12_000, 14, 45, 30),
        "web.product": (3000, 3, 15_000, 14, 45, 10),
        "web.demo": (3000, 2, 12_000, 14, 45, 5),
        "web.case_study": (4000, 2, 16_000, 14, 45, 30),
        "web.why_us": (4000, 2, 16_000, 14, 45, 10),
        "web.security": (5000, 2, 15_000, 14, 45, 10),
        "web.comparison": (8000, 2, 24_000, 14, 45, 10),
        "web.pricing": (8000, 1, 24_000, 14, 45, 5),
        "web.return_direct": (2000, 1, 10_000, 7, 30, 5),
        "web.form_other": (12_000, 1, 24_000, 14, 45, 0),
        "web.chat_started": (12_000, 1, 24_000, 14, 45, 0),
        "web.careers": (-5000, 1, 10_000, 14, 30, 0),
        "web.hand_raise": (20_000, 1, 20_000, 14, 45, 0),
        "email.click": (2000, 2, 8000, 7, 30, 0),
        "email.reply": (12_000, 1, 24_000, 14, 45, 0),
        "email.forward": (5000, 1, 24_000, 14, 45, 0),
        "content.download_clicked": (3000, 2, 9000, 14, 60, 0),
        "content.download_consumed": (8000, 2, 24_000, 21, 60, 30),
        "content.analyst_or_bofu": (12_000, 1, 24_000, 21, 60, 30),
        "content.syndicated_lead": (2000, 1, 4000, 14, 30, 0),
        "content.registered": (3000, 2, 6000, 14, 45, 0),
        "content.webinar_attended": (12_000, 1, 36_000, 21, 60, 0),
        "content.webinar_on_demand": (9000, 1, 27_000, 21, 60, 0),
        "content.event_attended": (12_000, 1, 36_000, 21, 60, 0),
        "content.demo_video": (12_000, 1, 24_000, 14, 45, 0),
        "content.question_asked": (4000, 1, 8000, 14, 45, 0),
        "content.storyline": (12_000, 1, 30_000, 21, 60, 0),
        "3p.topic_surge": (1500, 1, 25_000, 14, 28, 0),
        "3p.review_site": (12_000, 1, 25_000, 7, 30, 0),
    }
