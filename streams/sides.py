"""Which accounts are taken off the list whatever they do: suppressed or redirected (scoring.md section 9)."""

from streams.account import Account, field
from streams.policy import Policy


def side_of(account: Account, policy: Policy) -> tuple[str, str]:
    """The side state that rules put the account in, and the disqualifier code; ("", "") for none."""
    domains = {home.partition("/")[2] for home in [account.home, *account.aliases]}
    if domains & policy.competitor_domains:
        return "suppressed", "competitor"
    if account.machine.hold.get("suppressed"):
        return "suppressed", str(account.machine.hold["suppressed"])
    country = field(account, "country")
    rules = policy.disqualify
    if country is not None and country in rules.embargoed_countries:
        return "suppressed", "embargoed"
    if country is not None and rules.served_countries and country not in rules.served_countries:
        return "suppressed", "unserved_geo"
    if domains & policy.partner_domains:
        return "redirected", "partner_owned"
    lifecycle = field(account, "lifecycle")
    if lifecycle == "customer":
        return "redirected", "existing_customer"
    if has_opportunity(account):
        return "redirected", "existing_opp"
    return "", ""


def has_opportunity(account: Account) -> bool:
    """Whether the CRM's latest word is an open opportunity."""
    return field(account, "lifecycle") == "open_opp" or bool(field(account, "open_opportunity_id"))
