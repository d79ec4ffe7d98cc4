"""All checks, in the order in which they are made and told."""

from commerce.proof.check import Check
from commerce.proof.checks import (
    claims,
    credit,
    due,
    dunning,
    invoices,
    issued,
    numbers,
    orders,
    states,
    terms,
    upkeep,
)

CHECKS: tuple[Check, ...] = (
    *invoices.CHECKS,
    *issued.CHECKS,
    *credit.CHECKS,
    *numbers.CHECKS,
    *claims.CHECKS,
    *due.CHECKS,
    *terms.CHECKS,
    *orders.CHECKS,
    *states.CHECKS,
    *dunning.CHECKS,
    *upkeep.CHECKS,
)
