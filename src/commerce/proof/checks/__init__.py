"""All checks, in the order in which they are made and told."""

from commerce.proof.check import Check
from commerce.proof.checks import claims, credit, due, invoices, numbers, orders, upkeep

CHECKS: tuple[Check, ...] = (
    *invoices.CHECKS,
    *credit.CHECKS,
    *numbers.CHECKS,
    *claims.CHECKS,
    *due.CHECKS,
    *orders.CHECKS,
    *upkeep.CHECKS,
)
