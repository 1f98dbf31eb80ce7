"""Plain words for the names in a policy: what marketing and sales call each signal, role, gate and reason."""

from typing import Final

SIGNALS: Final = {
    "web.other": "Another page",
    "web.blog": "Blog post",
    "web.docs": "Documentation",
    "web.product": "Product or integrations page",
    "web.demo": "Demo or contact page",
    "web.case_study": "Case study",
    "web.why_us": '"Why us" page',
    "web.security": "Security page",
    "web.comparison": "Comparison page",
    "web.pricing": "Pricing page",
    "web.return_direct": "Came back directly on another day",
    "web.form_other": "Form other than a request for sales",
    "web.chat_started": "Chat",
    "web.careers": "Careers or investors page",
    "web.hand_raise": "Asked for sales (demo, contact, quote, chat)",
    "email.click": "E-mail click by a human who then reads a page",
    "email.reply": "E-mail reply",
    "email.forward": "E-mail forwarded",
    "content.download_clicked": "Download taken",
    "content.download_consumed": "Download read",
    "content.analyst_or_bofu": "Buyers' content read (decision stage, analyst report)",
    "content.syndicated_lead": "Name from a syndication partner",
    "content.registered": "Registered for a webinar or event",
    "content.webinar_attended": "Webinar attended",
    "content.webinar_on_demand": "Webinar watched later",
    "content.event_attended": "Event attended",
    "content.demo_video": "Demo video watched",
    "content.question_asked": "Question asked",
    "content.storyline": "Series read through, over two days or more",
    "3p.topic_surge": "Topic surge at a provider, for each ten above its baseline",
    "3p.review_site": "Review site, at most",
}

TIERS: Final = {
    "FAST": "somebody asked for sales",
    "T1": "several people, over every line, and more of them than this account is used to",
    "T2": "several people, over every line; or two on the pricing or demo page in one week",
    "EARLY": "one person close to a decision, on the morning list",
}

NEEDS: Final = {
    "": "",
    "fit_change": "and only after its fit has changed",
    "different_person": "but only with a different person",
    "opportunity_closed": "once the opportunity is closed",
    "decision_date": "or on the decision date they named",
}

EFFECTS: Final = {
    "": "",
    "exclude_person": "the person is excluded",
    "suppress_account": "the account is suppressed",
    "email_off": "the e-mail address is not used again",
    "phone_off": "the phone number is not used again",
}

TASKS: Final = {
    "same_day": "same day",
    "same_business_day": "same business day",
    "next_business_day": "next business day",
}

SOURCES: Final = {
    "direct": "coming directly",
    "organic_search": "a search engine",
    "paid": "a paid ad on a page",
    "ad": "an ad for content",
    "email": "our e-mail",
    "social": "social media",
    "referral": "another site",
    "internal": "our own pages",
    "self": "content found by themselves",
}

STAGES: Final = {"": "", "by_content": "of the content"}


def plain(name: str) -> str:
    """A name without underscores."""
    return name.replace("_", " ")


def count(number: int, noun: str) -> str:
    """A number and its noun: 1 day, 2 days."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def minutes(number: int) -> str:
    """A duration in the largest unit that holds it whole."""
    if number % 60 or number == 0:
        return count(number, "minute")
    return count(number // 60, "hour")
