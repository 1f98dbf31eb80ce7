"""What sales did with a sales-ready event: the closed lists of scoring.md section 9."""

from typing import Final, Literal, get_args

DispositionStatus = Literal[
    "accepted",
    "working",
    "contacted",
    "meeting_set",
    "rejected",
    "recycled",
    "converted_sql",
    "opportunity_created",
    "closed_won",
    "closed_lost",
]
DispositionReason = Literal[
    "no_icp_fit",
    "wrong_industry",
    "wrong_size",
    "wrong_title",
    "wrong_department",
    "wrong_person",
    "student",
    "competitor",
    "freelancer",
    "no_budget",
    "no_authority",
    "no_need",
    "bad_timing",
    "researching_future",
    "just_browsing",
    "no_contact",
    "no_response",
    "bad_phone",
    "bad_email",
    "duplicate",
    "existing_opp",
    "existing_customer",
    "already_working",
    "bad_routing",
    "other",
]
STATUSES: Final[tuple[str, ...]] = get_args(DispositionStatus)
REASONS: Final[tuple[str, ...]] = get_args(DispositionReason)
NEEDS_REASON: Final = frozenset({"rejected", "recycled", "closed_lost"})
NEEDS_NOTE: Final = frozenset({"other"})  # reasons that have to say what
