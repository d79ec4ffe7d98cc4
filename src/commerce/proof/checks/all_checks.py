"""All checks, in the order in which they are made and told."""

from commerce.proof.check import ProofCheck
from commerce.proof.checks import (
    billed_periods,
    credit,
    due_dates,
    dunning,
    installation,
    invoices,
    issued_documents,
    numbers,
    orders,
    plan_changes,
    service_terms,
    states,
)

CHECKS: tuple[ProofCheck, ...] = (
    *invoices.CHECKS,
    *issued_documents.CHECKS,
    *credit.CHECKS,
    *numbers.CHECKS,
    *billed_periods.CHECKS,
    *due_dates.CHECKS,
    *service_terms.CHECKS,
    *plan_changes.CHECKS,
    *orders.CHECKS,
    *states.CHECKS,
    *dunning.CHECKS,
    *installation.CHECKS,
)
