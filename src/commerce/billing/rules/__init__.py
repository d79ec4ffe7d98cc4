"""Arithmetic and decisions of billing: values in, values out. One file for each subject; import the names from here."""

from commerce.billing.rules.corrections import Part, share_of_tax, spread_credit
from commerce.billing.rules.dates import (
    NOTICE_DAYS,
    due_date,
    reminder_step,
    suspends,
    suspends_from,
    termination_day,
    termination_warning_day,
)
from commerce.billing.rules.lines import (
    OUTSIDE_SCOPE,
    ClaimKey,
    DraftLine,
    Group,
    Line,
    Priced,
    PricedLine,
    Tax,
    price,
)
from commerce.billing.rules.numbers import number_text, payment_reference, settled
from commerce.billing.rules.price_changes import (
    PRICE_CHANGE_MOVES,
    Announced,
    Verdict,
    first_day,
    verdict,
)
from commerce.billing.rules.renewals import renewal_lines
from commerce.billing.rules.runs import retry_after
from commerce.billing.rules.states import (
    CLAIM_MOVES,
    GIVEN_BACK_MOVES,
    INVOICE_MOVES,
    OPEN,
    REVERSAL_MOVES,
    RUN_STEP_MOVES,
    SUSPENDING,
)

__all__ = [
    "CLAIM_MOVES",
    "GIVEN_BACK_MOVES",
    "INVOICE_MOVES",
    "NOTICE_DAYS",
    "OPEN",
    "OUTSIDE_SCOPE",
    "PRICE_CHANGE_MOVES",
    "REVERSAL_MOVES",
    "RUN_STEP_MOVES",
    "SUSPENDING",
    "Announced",
    "ClaimKey",
    "DraftLine",
    "Group",
    "Line",
    "Part",
    "Priced",
    "PricedLine",
    "Tax",
    "Verdict",
    "due_date",
    "first_day",
    "number_text",
    "payment_reference",
    "price",
    "reminder_step",
    "renewal_lines",
    "retry_after",
    "settled",
    "share_of_tax",
    "spread_credit",
    "suspends",
    "suspends_from",
    "termination_day",
    "termination_warning_day",
    "verdict",
]
