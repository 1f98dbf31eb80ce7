"""Why now, in one to three plain sentences made from the strongest lines; a guess stands apart and says so.

No sentence names a person: headlines travel through chats and lists that no erasure reaches. They say roles.
"""

from collections.abc import Sequence
from typing import Final

from schemas.brief import WhyNow
from schemas.decision import Counterfactuals
from schemas.explanation import Explanation, Line
from schemas.home import split_home
from streams.account import Account, field
from streams.decay import div_half_even
from streams.gates import missing_words, tenths
from streams.ledger import Fact
from streams.placement import is_account
from streams.policy import Policy
from streams.qualification import Decision, Evaluation
from streams.scoring import Assessment, Member
from streams.timeline import iso_text
from streams.words import HYPOTHESES, PAGES, REASONS, SIGNALS, counted, listed, plain

HEADLINE: Final = 160  # characters
_TOP: Final = 3
_NO_HYPOTHESIS: Final = "interest is growing; nothing says yet what for"


def why_now(
    evaluation: Evaluation,
    decision: Decision,
    explanation: Explanation,
    without: Counterfactuals,
    request: Fact | None = None,
    asker: Member | None = None,
) -> WhyNow:
    """The block for one decision; `request` is the hand-raise behind it and `asker` who made it, if any."""
    top = _strongest(explanation.intent.lines)
    opening = _opening(evaluation, decision, request, asker)
    sentences = [opening]
    if top:
        sentences.append(f"What counts most: {listed([_phrase(signal, lines) for signal, lines in top])}.")
    honest = _honesty(evaluation, decision, without)
    if honest:
        sentences.append(honest)
    return WhyNow(
        sentences=sentences[:3],
        line_ids=[line.line_id for _, lines in top for line in lines],
        headline=_headline(evaluation, opening),
        hypothesis=f"Inference: {_hypothesis(decision, [signal for signal, _ in top])}.",
    )


def account_name(account: Account) -> str:
    """What people call the account: its name, its domain, its id; not a person's address."""
    name = field(account, "name") or field(account, "account_domain")
    home = split_home(account.home)
    if name:
        return str(name)
    return home.value if home.kind in ("domain", "account") else "No known company"


# the strongest lines ------------------------------------------------------------------------------


def _strongest(lines: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    """The signals that gave most after their own caps, each with its signal lines."""
    points: dict[str, int] = {}
    shown: dict[str, list[Line]] = {}
    for line in lines:
        if line.signal in SIGNALS:
            points[line.signal] = points.get(line.signal, 0) + line.points
            if line.kind == "signal":
                shown.setdefault(line.signal, []).append(line)
    best = sorted((s for s in shown if points[s] > 0), key=lambda s: (-points[s], s))
    return [(signal, shown[signal]) for signal in best[:_TOP]]


def _phrase(signal: str, lines: Sequence[Line]) -> str:
    times = sum(line.count for line in lines)
    people = len({line.person_ref for line in lines if line.person_ref})
    notes = []
    if times > 1:
        notes.append(f"{times} times")
    if people > 1:
        notes.append(f"{people} people")
    return f"{SIGNALS[signal]} ({', '.join(notes)})" if notes else SIGNALS[signal]


# the first sentence -------------------------------------------------------------------------------


def _opening(evaluation: Evaluation, decision: Decision, request: Fact | None, asker: Member | None) -> str:
    """What happened, by what kind of decision this is."""
    if decision.topic == "review" or (_asked(decision) and decision.kind in ("opened", "updated")):
        return _request(decision, request, asker)
    if decision.kind == "withdrawn":
        code = decision.reason or "no reason"
        return f"The alert is taken back: {REASONS.get(code, plain(code))}."
    if decision.kind == "expired":
        return "The alert ran out and nobody said what became of it."
    if decision.kind == "near_miss":
        missing = missing_words(evaluation.assessment, evaluation.policy)
        return f"Close, but not yet: {'; '.join(missing) or 'waiting for the next act'}."
    if decision.kind == "cleared":
        return "No longer a near miss."
    return _news(evaluation, decision)


def _request(decision: Decision, request: Fact | None, asker: Member | None) -> str:
    said = f"{_role(asker)} asked for {_wanted(request)}"
    said += f" on {_minute(request.at)}" if request is not None else ""
    if decision.topic != "review":
        return f"{said}."
    outcome = {
        "held": f"held for review: {REASONS.get(decision.reason or '', 'the company is not known')}",
        "released": "released: the company is known now and fits",
        "not_released": f"not released: {REASONS.get(decision.reason or '', 'the company is not known')}",
        "redirected": f"for its owner: {REASONS.get(decision.reason or '', 'it has one')}",
    }
    return f"{said}; {outcome.get(decision.kind, plain(decision.kind))}."


def _wanted(request: Fact | None) -> str:
    if request is not None and request.type == "chat_started":
        return "sales in a chat"
    return "sales" if request is None else REASONS.get(request.form_kind, "sales")


def _role(asker: Member | None) -> str:
    if asker is None or asker.role == "unknown":
        return "Somebody"
    role = plain(asker.role)
    return f"{'An' if role[:1] in 'aeiou' else 'A'} {role}"


def _minute(at: int) -> str:
    text = iso_text(at)
    return f"{text[:10]} at {text[11:16]} UTC"


def _surge(assessment: Assessment, policy: Policy) -> str:
    surge, days = assessment.surge, policy.surge.window_days
    expected = div_half_even(round(surge.expected * 1_000_000_000), 100_000_000)
    usual = f"{expected // 10}.{expected % 10} expected" if expected else "almost none expected"
    people = counted(surge.persons, "person", "people")
    return f"{people} active on {surge.n_current} person-days in {days} days, {usual}."


def _qualified(evaluation: Evaluation, decision: Decision) -> str:
    found, policy = evaluation.assessment, evaluation.policy
    if decision.trigger == "surge":
        return _surge(found, policy)
    if decision.trigger == "act_now":
        return _act_now(found, policy)
    if decision.trigger == "review_site":
        came = counted(_recent(found, policy), "person", "people")
        return f"Vendors were compared on a review site, and {came} of the company came by lately."
    who = counted(found.engaged, "person", "people")
    if decision.kind == "early" or decision.tier == "EARLY":
        return f"{who} engaged, close to a decision; score {tenths(found.S)}."
    return f"{who} engaged and over every line; score {tenths(found.S)}."


def _recent(assessment: Assessment, policy: Policy) -> int:
    since = assessment.day - policy.early.review_recent_days
    return sum(any(since <= d <= assessment.day for d in m.engagement.days) for m in assessment.counted)


def _act_now(assessment: Assessment, policy: Policy) -> str:
    start = assessment.day - policy.surge.window_days + 1
    seen: dict[str, int] = {}
    for member in assessment.counted:
        for page, days in member.engagement.decisive.items():
            seen[page] = seen.get(page, 0) + any(start <= day <= assessment.day for day in days)
    page = min(seen, key=lambda p: (-seen[p], p), default="")
    what = "the same demo video" if page.startswith("video:") else PAGES.get(page, "the same decisive page")
    people = counted(seen.get(page, 0), "person", "people")
    return f"{people} on {what} within {policy.surge.window_days} days."


def _news(evaluation: Evaluation, decision: Decision) -> str:
    """What an opening says, or what is new since the last record of the episode."""
    found = evaluation.assessment
    if decision.reason == "new_role":
        return f"A new role takes part; engaged by now: {listed([plain(role) for role in found.roles])}."
    if decision.reason == "score_rise":
        return f"The score has risen to {tenths(found.S)}."
    qualified = _qualified(evaluation, decision)
    if decision.reason == "tier_rise":
        return f"The account has moved up: {qualified}"
    if decision.reason == "qualified":
        return f"Beyond the request, the account now qualifies by itself: {qualified}"
    return qualified


# what must not be overlooked ----------------------------------------------------------------------


def _honesty(evaluation: Evaluation, decision: Decision, without: Counterfactuals) -> str:
    """The weak spot: one person only, third parties or e-mail carrying it; "" where there is none."""
    found = evaluation.assessment
    if decision.kind in ("withdrawn", "expired", "cleared"):
        return ""
    if not is_account(evaluation.account.home):
        return "This is one person; no company is known."
    if found.engaged == 1:
        return "So far this is one person; nobody else of the company is engaged."
    if found.engaged == 0:
        alone = "Nobody of the company is engaged yet: judge it by the request alone."
        return alone if _asked(decision) else ""
    ready = evaluation.policy.thresholds.ready
    third, email = without.without_third_party, without.without_email_prompted
    if third is not None and third < ready <= found.S:
        return f"Without third-party data the score would be {tenths(third)}, below the line."
    if email is not None and email < ready <= found.S:
        return f"Without what e-mail prompted the score would be {tenths(email)}, below the line."
    if found.third_party:
        return f"Third parties add {tenths(found.third_party)} points to it."
    return ""


def _asked(decision: Decision) -> bool:
    return decision.trigger == "hand_raise"


def _headline(evaluation: Evaluation, opening: str) -> str:
    name = account_name(evaluation.account)
    if len(name) > HEADLINE // 2:
        name = name[: HEADLINE // 2 - 1] + "…"
    text = f"{name}: {opening.removesuffix('.')}"
    return text if len(text) <= HEADLINE else text[: HEADLINE - 1].rstrip() + "…"


def _hypothesis(decision: Decision, signals: Sequence[str]) -> str:
    if _asked(decision):
        return HYPOTHESES["web.hand_raise"]
    return next((HYPOTHESES[signal] for signal in signals if signal in HYPOTHESES), _NO_HYPOTHESIS)
