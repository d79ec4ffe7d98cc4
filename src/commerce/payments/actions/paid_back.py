"""Credit that goes back to the payments behind it: a refund without a further credit note (payments.md 8)."""

import hashlib
from collections.abc import Collection

from django.db import transaction

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import Client
from commerce.billing.credit.actions import post_credit
from commerce.billing.credit.rules import CreditReason
from commerce.billing.models import CreditAccount
from commerce.db import locks
from commerce.jobs.queue import enqueue
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.refunds import RefundOffer, clean_refund_reason
from commerce.payments.credit.origins import WayBack, gateway_takes, ways_back
from commerce.payments.job_names import SEND_REFUND
from commerce.payments.models import Refund
from commerce.payments.rules import RefundMethod


def pay_back_blocked_reason(account: CreditAccount, ctx: Context) -> StateConflict | None:
    """Why nothing of a credit balance can go back to a payment."""
    if ways_back(account.client_id, account.currency_id, ctx.at):
        return None
    return StateConflict("refund.no_way_back")


@transaction.atomic
def pay_back_credit(
    *,
    client: Client,
    currency_code: str,
    reason: str,
    idempotency_key: str,
    ctx: Context,
    amount: int | None = None,
    invoices: Collection[int] = (),
    expected: RefundOffer | None = None,
) -> list[Refund]:
    """Send credit that came from credit notes back through the payments behind it; all that can go, or ``amount``.
    Payments of these ``invoices``, by their ids, come first.

    It leaves the balance now, so that nothing else spends it, and jobs ask the gateways after commit. The same
    ``idempotency_key`` is the same refunds. Raises ``BusinessError`` for more than these payments take: a payout does;
    ``StateConflict`` where they take nothing, and when that is not what was ``expected``.
    """
    reason = clean_refund_reason(reason)
    if not idempotency_key or len(idempotency_key) > 64:
        raise BusinessError("idempotency_key.not_valid", field="key")
    key = hashlib.sha256(f"{client.pk} {currency_code} {idempotency_key}".encode()).hexdigest()[:40]
    locks.lock_name(f"refund {key}")
    lock_client(client.pk)
    if made := list(_made(client, key)):
        if amount not in (None, sum(refund.amount for refund in made)):
            raise BusinessError("refund.key_used", field="key")
        return made
    ways = _ways_as_expected(client, currency_code, expected, ctx)
    ways.sort(key=lambda way: _invoice_of(way) not in invoices)
    for way, piece in _chosen(ways, amount, ctx):
        locks.lock(way.payment)
        refund = Refund.objects.create(
            client_id=client.pk,
            payment=way.payment,
            invoice=way.invoice,
            gateway=way.payment.gateway,
            amount=piece,
            method=RefundMethod.GATEWAY,
            is_paid_back=True,
            idempotency_key=f"credit-{key}-{len(made)}",
            reason=reason,
            recorded_by=ctx.actor.name,
            created_at=ctx.at,
        )
        post_credit(
            client_id=client.pk,
            currency_code=currency_code,
            reason=CreditReason.PAID_BACK,
            source=f"refund:{refund.pk}",
            amount=-piece,
            ctx=ctx,
        )
        enqueue(("refund", refund.pk), SEND_REFUND, "requested", ctx.at)
        made.append(refund)
    return made


def _ways_as_expected(
    client: Client, currency_code: str, expected: RefundOffer | None, ctx: Context
) -> list[WayBack]:
    """Where the credit can go back to, for a caller who has locked the client. Raises ``StateConflict``."""
    account = CreditAccount(client=client, currency_id=currency_code)
    if reason := pay_back_blocked_reason(account, ctx):
        raise reason
    ways = ways_back(client.pk, currency_code, ctx.at)
    RefundOffer(sum(way.amount for way in ways)).check(expected, currency_code)
    return ways


def _made(client: Client, key: str) -> list[Refund]:
    """What the same key sent before."""
    found = Refund.objects.for_client(client).filter(idempotency_key__startswith=f"credit-{key}-")
    return list(found.select_related("payment").order_by("pk"))


def _invoice_of(way: WayBack) -> int | None:
    return way.invoice.pk if way.invoice else way.payment.invoice_id


def _chosen(ways: list[WayBack], amount: int | None, ctx: Context) -> list[tuple[WayBack, int]]:
    """How much goes which way. Raises ``BusinessError`` for more than all of them take, or nothing."""
    most = sum(way.amount for way in ways)
    left = most if amount is None else amount
    if not 0 < left <= most:
        raise BusinessError("refund.more_than_goes_back", field="amount")
    chosen = []
    for way in ways:
        piece = min(left, way.amount)
        if piece and gateway_takes(way.payment, piece, ctx.at):
            chosen.append((way, piece))
            left -= piece
    if left:
        raise BusinessError("refund.only_in_full", field="amount")
    return chosen
