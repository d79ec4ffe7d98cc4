"""Starting to pay: bind, call the gateway outside of any transaction, note its reference (payments.md 2.1 and 3)."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from commerce.accounts.models import User
from commerce.billing.models import Invoice
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.payments import gateways
from commerce.payments.actions import (
    act_on_fact,
    fail_attempt,
    open_attempt,
    start_attempt,
)
from commerce.payments.gateways.contract import Gateway, Started, Try
from commerce.payments.models import Attempt

log = logging.getLogger(__name__)


def begin(
    *,
    invoice: Invoice,
    gateway: str,
    made_by: User | None,
    return_url: Callable[[int], str],
    at: datetime,
    actor: Actor,
    amount: int | None = None,
) -> tuple[Attempt, Started]:
    """An open attempt of this gateway for what is due, and how the client goes on.

    ``return_url(id)`` is where the gateway sends the client back to from the attempt of that id. An attempt over an
    amount that is no longer due is closed at the gateway first; if that one was paid meanwhile, it is booked, and given
    back as it is. Raises what ``start_attempt`` does, and ``Refused`` when the gateway does not answer.
    """
    adapter = gateways.known(gateway)
    wanted = invoice.amount_due if amount is None else amount
    olds = Attempt.objects.live().filter(invoice=invoice, gateway=gateway)
    for old in olds.exclude(amount=wanted).select_related("invoice"):
        if _was_paid(adapter, old, at=at, actor=actor):
            return old, Started(old.reference or "")
    attempt = start_attempt(
        invoice=invoice, gateway=gateway, made_by=made_by, amount=amount, at=at, actor=actor
    )
    bound = Try(
        id=attempt.pk,
        key=attempt.key,
        amount=attempt.amount,
        currency_code=attempt.currency_id,
        invoice_number=invoice.number or "",
        payment_reference=invoice.payment_reference or "",
    )
    started = _answer(adapter, lambda: adapter.start(bound, return_url(attempt.pk)))
    _check_redirect(adapter, started)
    open_attempt(attempt=attempt, reference=started.reference, at=at, actor=actor)
    return attempt, started


def _was_paid(adapter: Gateway, old: Attempt, *, at: datetime, actor: Actor) -> bool:
    """End an attempt over another amount; whether it had succeeded, and is booked now.

    Without a reference the process ended before the gateway answered, and nobody was sent there.
    """
    if old.reference is None:
        fail_attempt(attempt=old, reason="The amount has changed.", at=at, actor=actor)
        return False
    fact = _answer(adapter, partial(adapter.close, old.reference))
    act_on_fact(gateway=old.gateway, fact=fact, at=at, actor=actor)
    old.refresh_from_db()
    return old.status == Attempt.Status.SUCCEEDED


def _answer[T](adapter: Gateway, call: Callable[[], T]) -> T:
    """What the gateway answers. Raises ``Refused`` when it does not: the same again repeats it with the same key."""
    try:
        return call()
    except OSError as silent:
        log.warning("%s does not answer: %s", adapter.slug, silent)
        raise Refused(
            _("%s does not answer at the moment. Please try again in some minutes.") % adapter.name
        ) from silent


def _check_redirect(adapter: Gateway, started: Started) -> None:
    """A client is sent to the gateway's own hosts only. Raises ``Refused``."""
    if not started.redirect_url:
        return
    parts = urlsplit(started.redirect_url)
    if parts.scheme != "https" or parts.hostname not in adapter.hosts:
        raise Refused("The way to pay answered with an address that is not its own.")
