"""States of invoices and of the periods that they claim (invariants.md 3)."""

INVOICE_MOVES = {
    "draft": frozenset({"unpaid", "paid"}),  # paid at once when nothing is due
    "unpaid": frozenset({"paid", "overdue", "cancelled"}),
    "overdue": frozenset({"paid", "cancelled"}),
    "paid": frozenset({"refunded"}),
}

REVERSAL_MOVES = {"paid": frozenset({"unpaid", "overdue"})}
"""What a payment that was charged back does, and nothing else."""

OPEN = ("unpaid", "overdue")

CLAIM_MOVES = {"open": frozenset({"paid", "waived", "released"})}

GIVEN_BACK_MOVES = {"paid": frozenset({"released"}), "waived": frozenset({"released"})}
"""What a plan change with another cycle does with the periods that it gives back, and nothing else."""

RUN_STEP_MOVES = {"running": frozenset({"done", "failed"}), "failed": frozenset({"running"})}

SUSPENDING = ("order", "renewal")
"""Kinds of invoices that suspend their services when they are late; plan changes, fees and manual ones never do."""
