"""Disputes, which a cardholder opens and a bank decides; and what a bank says before that."""

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


def warn_of_fraud(
    account: StripeAccount, charge: StripeObject, fraud_type: str = "made_with_stolen_card"
) -> StripeObject:
    """The bank takes a charge for fraud, and nobody has disputed it yet."""
    warning = account.add(
        "issfr",
        actionable=True,
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        fraud_type=fraud_type,
    )
    account.emit("radar.early_fraud_warning.created", warning)
    return warning
