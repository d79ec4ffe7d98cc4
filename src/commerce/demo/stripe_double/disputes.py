"""Disputes, which a cardholder opens and a bank decides."""

from commerce.demo.stripe_double.account import StripeAccount, StripeObject, epoch_seconds

WEEK = 7 * 86_400


def open_dispute(
    account: StripeAccount,
    charge: StripeObject,
    *,
    reason: str = "fraudulent",
    amount: int | None = None,
    state: str = "needs_response",
) -> StripeObject:
    """The bank takes the money back until it has decided; with a state ``warning_…`` it only asks."""
    dispute = account.add(
        "du",
        amount=charge["amount"] if amount is None else amount,
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        reason=reason,
        status=state,
        evidence_details={"due_by": epoch_seconds() + WEEK, "has_evidence": False},
        is_charge_refundable=False,
        metadata={},
    )
    account.emit("charge.dispute.created", dispute)
    if not state.startswith("warning_"):
        charge["disputed"] = True
        account.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close_dispute(account: StripeAccount, dispute: StripeObject, outcome: str) -> StripeObject:
    """The bank has decided: ``won`` or ``lost``."""
    dispute["status"] = outcome
    account.emit("charge.dispute.closed", dispute)
    if outcome == "won":
        account.get("charge", dispute["charge"])["disputed"] = False
        account.emit("charge.dispute.funds_reinstated", dispute)
    return dispute
