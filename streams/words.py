"""Plain words for signals, pages and reasons inside a sentence."""

from collections.abc import Sequence
from typing import Final

SIGNALS: Final = {
    "web.other": "other pages",
    "web.blog": "blog posts",
    "web.docs": "the documentation",
    "web.product": "product pages",
    "web.demo": "the demo page",
    "web.case_study": "case studies",
    "web.why_us": "the why-us page",
    "web.security": "the security page",
    "web.comparison": "comparison pages",
    "web.pricing": "the pricing page",
    "web.return_direct": "direct return visits",
    "web.form_other": "a form",
    "web.chat_started": "a chat",
    "web.hand_raise": "a request for sales",
    "email.click": "e-mail clicks",
    "email.reply": "an e-mail reply",
    "email.forward": "a forwarded e-mail",
    "content.download_clicked": "downloads taken",
    "content.download_consumed": "downloads read",
    "content.analyst_or_bofu": "buyers' content read",
    "content.syndicated_lead": "a syndicated lead",
    "content.registered": "event registrations",
    "content.webinar_attended": "a webinar attended",
    "content.webinar_on_demand": "a webinar watched later",
    "content.event_attended": "an event attended",
    "content.demo_video": "the demo video",
    "content.question_asked": "questions asked",
    "content.storyline": "a series read through",
    "3p.topic_surge": "topic surges at providers",
    "3p.review_site": "acts on review sites",
}
PAGES: Final = {"pricing": "the pricing page", "demo": "the demo page"}
REASONS: Final = {
    "demo_request": "a demo",
    "contact_sales": "contact with sales",
    "quote": "a quote",
    "unknown_company": "no profile of the company is known",
    "fit": "the company does not fit the profile",
    "freemail": "a free-mail address without a company",
    "disposable": "a disposable address",
    "unresolved": "the company could not be told",
    "existing_customer": "the account is a customer",
    "existing_opp": "an opportunity is open",
    "partner_owned": "the account belongs to a partner",
    "competitor": "the account is a competitor",
    "embargoed": "nobody may sell into the country",
    "unserved_geo": "the country is not served",
    "erased": "the last engaged person was erased",
}
HYPOTHESES: Final = {
    "web.hand_raise": "somebody has a project and wants to talk now",
    "web.pricing": "a budget is being worked out",
    "web.comparison": "a shortlist is being compared",
    "web.why_us": "a shortlist is being compared",
    "web.security": "a security or procurement review has begun",
    "web.demo": "the product is being tried against a need",
    "web.docs": "the product is being evaluated technically",
    "web.product": "the product is being evaluated",
    "web.case_study": "proof for an internal case is being gathered",
    "email.reply": "a conversation has begun",
    "content.analyst_or_bofu": "a business case is being written",
    "content.demo_video": "the product is being tried against a need",
    "content.storyline": "a problem is being understood step by step",
    "content.webinar_attended": "a problem is being understood",
    "content.webinar_on_demand": "a problem is being understood",
    "3p.topic_surge": "the market is being researched",
    "3p.review_site": "a shortlist is being compared",
}  # by the strongest signal


def plain(name: str) -> str:
    """A code as words."""
    return name.replace("_", " ")


def counted(number: int, noun: str, nouns: str) -> str:
    """A number and its noun."""
    return f"{number} {noun if number == 1 else nouns}"


def listed(parts: Sequence[str]) -> str:
    """a, b and c; "nobody" for nothing."""
    if not parts:
        return "nobody"
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
