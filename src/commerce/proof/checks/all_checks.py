"""All checks, in the order in which they are made and told."""

from commerce.proof.check import ProofCheck
from commerce.proof.checks import (
    billed_periods,
    booked_money,
    credit,
    due_dates,
    dunning,
    installation,
    invoices,
    issued_documents,
    issued_texts,
    kept_records,
    numbers,
    orders,
    plan_changes,
    said_records,
    said_values,
    service_terms,
    statements,
    states,
)

CHECKS: tuple[ProofCheck, ...] = (
    *invoices.CHECKS,
    *issued_documents.CHECKS,
    *issued_texts.CHECKS,
    *kept_records.CHECKS,
    *credit.CHECKS,
    *booked_money.CHECKS,
    *numbers.CHECKS,
    *billed_periods.CHECKS,
    *due_dates.CHECKS,
    *service_terms.CHECKS,
    *plan_changes.CHECKS,
    *statements.CHECKS,
    *orders.CHECKS,
    *states.CHECKS,
    *said_values.CHECKS,
    *said_records.CHECKS,
    *dunning.CHECKS,
    *installation.CHECKS,
)
