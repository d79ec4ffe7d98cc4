"""Starting to pay: bind, call the gateway outside of any transaction, note its reference (payments.md 2.1 and 3)."""

from collections.abc import Callable
from functools import partial

from commerce.accounts.locale import effective_language
from commerce.accounts.models import User
from commerce.billing.models import Invoice
from commerce.kit.context import Context
from commerce.payments.actions.attempts import (
    fail_attempt,
    note_decline,
    open_attempt,
    start_attempt,
)
from commerce.payments.actions.reports import apply_payment_report
from commerce.payments.gateway_calls import check_redirect, customer_at, gateway_answer
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import CheckoutSession, Gateway, PaymentRequest
from commerce.payments.models import Attempt
from commerce.payments.rules import AttemptKind, AttemptStatus


def start_payment(
    *,
    invoice: Invoice,
    gateway: str,
    created_by: User | None,
    return_url: Callable[[int], str],
    ctx: Context,
    amount: int | None = None,
    save_card: bool = False,
) -> tuple[Attempt, CheckoutSession]:
    """An open attempt of this gateway for what is due, and how the client goes on.

    ``return_url(id)`` is where the gateway sends the client back to from the attempt of that id. With ``save_card`` the
    client agreed to ``card_consent_text``. An attempt over an amount that is no longer due, or with another consent, is
    closed at the gateway first; if that one was paid meanwhile, it is booked, and given back as it is.
    Raises what ``start_attempt`` does, and ``BusinessError`` when the gateway does not answer.
    """
    adapter = registry.get_gateway(gateway)
    wanted = invoice.amount_due if amount is None else amount
    others = Attempt.objects.live().filter(
        invoice=invoice, gateway=gateway, kind=AttemptKind.ON_SESSION
    )
    for old in others.select_related("invoice"):
        if (old.amount, bool(old.consent_text)) == (wanted, save_card):
            continue
        if _was_paid(adapter, old, ctx=ctx):
            return old, CheckoutSession(old.reference or "")
    attempt = start_attempt(
        invoice=invoice,
        gateway=gateway,
        created_by=created_by,
        amount=amount,
        save_card=save_card,
        ctx=ctx,
    )
    if attempt.reference is not None:
        note_decline(attempt=attempt, reason="", ctx=ctx)
        return attempt, resume_payment(attempt)
    customer = customer_at(adapter, attempt.client, ctx) if save_card else ""
    request = PaymentRequest(
        id=attempt.pk,
        idempotency_key=attempt.idempotency_key,
        amount=attempt.amount,
        currency_code=attempt.currency_id,
        invoice_number=invoice.number or "",
        payment_reference=invoice.payment_reference or "",
        customer=customer,
        save_card=save_card,
        locale=effective_language(attempt.client.locale),
    )
    session = gateway_answer(adapter, lambda: adapter.start(request, return_url(attempt.pk)))
    check_redirect(adapter, session)
    open_attempt(attempt=attempt, reference=session.reference, ctx=ctx)
    return attempt, session


def resume_payment(attempt: Attempt) -> CheckoutSession:
    """How the client goes on with an open attempt, as the gateway says; nothing changes here.

    Raises ``BusinessError`` when the gateway does not answer.
    """
    adapter = registry.get_gateway(attempt.gateway)
    session = gateway_answer(adapter, partial(adapter.resume, attempt.reference or ""))
    check_redirect(adapter, session)
    return session


def _was_paid(adapter: Gateway, old: Attempt, *, ctx: Context) -> bool:
    """End an attempt over another amount; whether it had succeeded, and is booked now.

    Without a reference the process ended before the gateway answered, and nobody was sent there.
    """
    if old.reference is None:
        fail_attempt(attempt=old, reason="The amount has changed.", ctx=ctx)
        return False
    report = gateway_answer(adapter, partial(adapter.close, old.reference))
    apply_payment_report(gateway=old.gateway, report=report, ctx=ctx)
    old.refresh_from_db()
    return old.status == AttemptStatus.SUCCEEDED
