"""Starting to pay: bind, call the gateway outside of any transaction, note its reference (payments.md 2.1 and 3)."""

from datetime import datetime

from commerce.accounts.models import User
from commerce.billing.models import Invoice
from commerce.kit.actor import Actor
from commerce.payments import gateways
from commerce.payments.actions import close_attempt, open_attempt, start_attempt
from commerce.payments.gateways.contract import Started, Try
from commerce.payments.models import Attempt


def begin(
    *,
    invoice: Invoice,
    gateway: str,
    made_by: User | None,
    return_url: str,
    at: datetime,
    actor: Actor,
    amount: int | None = None,
) -> tuple[Attempt, Started]:
    """An open attempt of this gateway for what is due, and how the client goes on.

    An attempt over an amount that is no longer due is closed at the gateway first. Raises what ``start_attempt`` does.
    """
    adapter = gateways.known(gateway)
    wanted = invoice.amount_due if amount is None else amount
    olds = Attempt.objects.live().filter(invoice=invoice, gateway=gateway, reference__isnull=False)
    for old in olds.exclude(amount=wanted):
        if adapter.close(old.reference or "").kind == "closed":
            close_attempt(attempt=old, at=at, actor=actor)
    attempt = start_attempt(
        invoice=invoice, gateway=gateway, made_by=made_by, amount=amount, at=at, actor=actor
    )
    started = adapter.start(
        Try(
            id=attempt.pk,
            key=attempt.key,
            amount=attempt.amount,
            currency_code=attempt.currency_id,
            invoice_number=invoice.number or "",
            payment_reference=invoice.payment_reference or "",
        ),
        return_url,
    )
    open_attempt(attempt=attempt, reference=started.reference, at=at, actor=actor)
    return attempt, started
