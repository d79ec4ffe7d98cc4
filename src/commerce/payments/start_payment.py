"""Starting to pay: bind, call the gateway outside of any transaction, note its reference (payments.md 2.1 and 3)."""

import logging
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

from commerce.accounts.models import User
from commerce.billing.models import Invoice
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.payments.actions.attempts import fail_attempt, open_attempt, start_attempt
from commerce.payments.actions.reports import apply_payment_report
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import CheckoutSession, Gateway, PaymentRequest
from commerce.payments.models import Attempt
from commerce.payments.rules import AttemptStatus

log = logging.getLogger(__name__)


def start_payment(
    *,
    invoice: Invoice,
    gateway: str,
    created_by: User | None,
    return_url: Callable[[int], str],
    ctx: Context,
    amount: int | None = None,
) -> tuple[Attempt, CheckoutSession]:
    """An open attempt of this gateway for what is due, and how the client goes on.

    ``return_url(id)`` is where the gateway sends the client back to from the attempt of that id. An attempt over an
    amount that is no longer due is closed at the gateway first; if that one was paid meanwhile, it is booked, and given
    back as it is. Raises what ``start_attempt`` does, and ``BusinessError`` when the gateway does not answer.
    """
    adapter = registry.get_gateway(gateway)
    wanted = invoice.amount_due if amount is None else amount
    others = Attempt.objects.live().filter(invoice=invoice, gateway=gateway)
    for old in others.exclude(amount=wanted).select_related("invoice"):
        if _was_paid(adapter, old, ctx=ctx):
            return old, CheckoutSession(old.reference or "")
    attempt = start_attempt(
        invoice=invoice, gateway=gateway, created_by=created_by, amount=amount, ctx=ctx
    )
    request = PaymentRequest(
        id=attempt.pk,
        idempotency_key=attempt.idempotency_key,
        amount=attempt.amount,
        currency_code=attempt.currency_id,
        invoice_number=invoice.number or "",
        payment_reference=invoice.payment_reference or "",
    )
    session = _answer(adapter, lambda: adapter.start(request, return_url(attempt.pk)))
    _check_redirect(adapter, session)
    open_attempt(attempt=attempt, reference=session.reference, ctx=ctx)
    return attempt, session


def _was_paid(adapter: Gateway, old: Attempt, *, ctx: Context) -> bool:
    """End an attempt over another amount; whether it had succeeded, and is booked now.

    Without a reference the process ended before the gateway answered, and nobody was sent there.
    """
    if old.reference is None:
        fail_attempt(attempt=old, reason="The amount has changed.", ctx=ctx)
        return False
    report = _answer(adapter, partial(adapter.close, old.reference))
    apply_payment_report(gateway=old.gateway, report=report, ctx=ctx)
    old.refresh_from_db()
    return old.status == AttemptStatus.SUCCEEDED


def _answer[T](adapter: Gateway, call: Callable[[], T]) -> T:
    """What the gateway answers. Raises ``BusinessError`` when it does not: the same again repeats it with the same
    key.
    """
    try:
        return call()
    except OSError as silent:
        log.warning("%s does not answer: %s", adapter.slug, silent)
        raise BusinessError("gateway.not_answering", gateway=adapter.name) from silent


def _check_redirect(adapter: Gateway, session: CheckoutSession) -> None:
    """A client is sent to the gateway's own hosts only. Raises ``BusinessError``."""
    if not session.redirect_url:
        return
    parts = urlsplit(session.redirect_url)
    if parts.scheme != "https" or parts.hostname not in adapter.hosts:
        raise BusinessError("gateway.foreign_address")
