"""What a payment is made of: what each invoice has of it, and what became credit (payments.md 8 and 9)."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from commerce.audit.actions import write_audit_entry
from commerce.billing.credit.actions import post_credit
from commerce.billing.credit.rules import CreditReason
from commerce.billing.invoices.actions.credit_uses import (
    give_back_credit_use,
    reopen_credit_uses,
    taken_uses,
)
from commerce.billing.invoices.actions.reversals import (
    PaymentReversal,
    book_won_reversal,
    reverse_settlement,
    take_from_credit,
)
from commerce.billing.invoices.queries import amount_settled, credit_balance
from commerce.billing.invoices.rules import SettlementKind
from commerce.billing.models import CreditEntry, CreditNote, Invoice, PlanChange
from commerce.kit.context import Context
from commerce.payments.models import Payment, Refund
from commerce.payments.rules import RefundMethod


@dataclass(frozen=True, slots=True)
class PaymentPart:
    """``amount`` of a payment on an invoice, or, without one, in credit; ``source`` is what its entries say."""

    invoice: Invoice | None
    source: str
    amount: int


def payment_parts(payment: Payment) -> list[PaymentPart]:
    """The parts of a payment, those first that are taken back first: credit, then the last invoice that was settled."""
    source = f"payment:{payment.pk}"
    if payment.invoice is not None:
        return [PaymentPart(payment.invoice, source, payment.amount)]
    shares = payment.shares.select_related("invoice").order_by("-pk")
    parts = [PaymentPart(share.invoice, share.source, share.amount) for share in shares]
    rest = payment.amount - sum(part.amount for part in parts)
    return [PaymentPart(None, source, rest), *parts] if rest else parts


def refunds_of_part(payment: Payment, part: PaymentPart) -> Q:
    """Which refunds of a payment are of this part of it."""
    if payment.invoice is not None:
        return Q(payment=payment)
    return Q(payment=payment, invoice=part.invoice)


def take_back(payment: Payment, amount: int, cause: str, ctx: Context) -> PaymentReversal:
    """So much of a payment is gone: its invoices are open again, what had become credit is taken from there.

    What is there is taken first, of any part; then what that credit paid since is open again, and what is nowhere is
    short. ``amount`` is at most what the gateway has not sent back and no reversal took. ``cause`` tells one reversal
    of the payment from the next.
    """
    reopened = from_credit = from_own_credit = 0
    for part in payment_parts(payment):
        left = amount - reopened - from_credit
        piece = min(left, amount_there(payment, part), _within_reach(payment, part))
        if piece <= 0:
            continue
        if part.invoice is None:
            from_own_credit = _take_credit(payment, f"{part.source}{cause}", piece, ctx)
            from_credit += from_own_credit
            continue
        taken = reverse_settlement(
            invoice=part.invoice,
            source=part.source,
            amount=piece,
            cause=cause,
            refunded=_refunded(payment, part),
            ctx=ctx,
        )
        reopened += taken.reopened
        from_credit += taken.from_credit
    reopened += _reopen_uses(payment, amount - reopened - from_credit, cause, ctx)
    short = amount - reopened - from_credit
    if from_own_credit or short:
        _record(payment, cause, from_own_credit, short, ctx)
    return PaymentReversal(reopened, from_credit, short)


def _reopen_uses(payment: Payment, amount: int, cause: str, ctx: Context) -> int:
    """What is neither on the invoices of a payment nor in credit any more, from where that credit went."""
    reopened = 0
    first = _invoices_of_changes(payment)
    for part in payment_parts(payment):
        piece = min(amount - reopened, amount_there(payment, part))
        since = _became_credit_with(payment, part) if piece > 0 else None
        if since is None:
            continue
        reopened += reopen_credit_uses(
            client_id=payment.client_id,
            currency_code=payment.currency_id,
            since=since,
            first=first,
            source=f"{part.source}{cause}",
            amount=piece,
            ctx=ctx,
        )
    return reopened


def _invoices_of_changes(payment: Payment) -> list[int]:
    """The invoices of the plan changes that gave back what a payment had paid, or that it was for."""
    paid = [part.invoice for part in payment_parts(payment) if part.invoice is not None]
    changes = PlanChange.objects.filter(Q(credit_notes__invoice__in=paid) | Q(payments=payment))
    return [*changes.filter(invoice__isnull=False).values_list("invoice_id", flat=True)]


def _became_credit_with(payment: Payment, part: PaymentPart) -> int | None:
    """The first row of the ledger by which money of a part became credit: too much or too late, a note, a refund."""
    sources = _sources_of_refunds(payment, part)
    if part.invoice is not None:
        notes = CreditNote.objects.filter(invoice=part.invoice).values_list("pk", flat=True)
        sources += [f"credit_note:{pk}" for pk in notes]
    came = Q(source__in=sources) | Q(source=f"payment:{payment.pk}")
    came |= Q(source__startswith=f"{SettlementKind.REVERSAL_WON}:{part.source}:")
    came |= Q(source=f"{SettlementKind.REVERSAL_WON}:{part.source}")
    rows = CreditEntry.objects.filter(
        came,
        account__client=payment.client_id,
        account__currency=payment.currency_id,
        amount__gt=0,
        at__gte=payment.booked_at or payment.created_at,
    )
    return rows.order_by("pk").values_list("pk", flat=True).first()


def amount_there(payment: Payment, part: PaymentPart) -> int:
    """What of a part is neither sent back nor taken by a reversal."""
    return part.amount - _sent_back(payment, part) - sum(_taken(payment, part).values())


def _within_reach(payment: Payment, part: PaymentPart) -> int:
    """What could be taken for a part: what its invoice holds of it, and credit."""
    credit = credit_balance(payment.client_id, payment.currency_id)
    if part.invoice is None:
        return credit
    there = amount_settled(part.invoice, part.source, refunded=_refunded(payment, part))
    return credit + max(there, 0)


def _refunded(payment: Payment, part: PaymentPart) -> int:
    """What refunds took of a part's invoice, to credit or to the payer, also where the payer did not get it; not what
    they took from credit.
    """
    assert part.invoice is not None
    entries = part.invoice.settlement_entries.filter(source__in=_sources_of_refunds(payment, part))
    return -sum(entries.values_list("amount", flat=True))


def _sources_of_refunds(payment: Payment, part: PaymentPart) -> list[str]:
    refunds = Refund.objects.filter(refunds_of_part(payment, part)).values_list("pk", flat=True)
    return [f"{mark}refund:{pk}" for pk in refunds for mark in ("", "failed:")]


def _take_credit(payment: Payment, source: str, amount: int, ctx: Context) -> int:
    return take_from_credit(
        client_id=payment.client_id,
        currency_code=payment.currency_id,
        reason=CreditReason.REVERSAL,
        source=source,
        amount=amount,
        ctx=ctx,
    )


def _record(payment: Payment, cause: str, from_credit: int, short: int, ctx: Context) -> None:
    source = f"payment:{payment.pk}{cause}"
    write_audit_entry(
        ctx=ctx,
        action="payment.taken_from_credit",
        record=("payment", payment.pk),
        name=str(payment),
        client_id=payment.client_id,
        after={"source": source, "from_credit": from_credit, "short": short},
    )


def amount_at_gateway(payment: Payment) -> int:
    """A payment less what its gateway has sent back to the payer, not what it was only asked for."""
    return payment.amount - _sum(_sent(payment))


def taken_back(payment: Payment) -> int:
    """What reversals of any cause took of a payment, less what was won back."""
    return sum(sum(_taken(payment, part).values()) for part in payment_parts(payment))


def taken_back_from(payment: Payment, invoice: Invoice) -> int:
    """The same of what one invoice has of a payment; what of that had become credit is counted, too."""
    parts = (part for part in payment_parts(payment) if part.invoice == invoice)
    return sum(sum(_taken(payment, part).values()) for part in parts)


def taken_for(payment: Payment, cause: str) -> int | None:
    """What the reversal of one cause took, less what was won back; None if it never took anything."""
    taken = [_taken(payment, part).get(f"{part.source}{cause}") for part in payment_parts(payment)]
    return None if taken == [None] * len(taken) else sum(filter(None, taken))


def _sent_back(payment: Payment, part: PaymentPart) -> int:
    return _sum(_sent(payment).filter(refunds_of_part(payment, part)))


def _sent(payment: Payment) -> QuerySet[Refund]:
    """Refunds to credit are not among them: that money is still with us."""
    rows = Refund.objects.filter(payment=payment, method=RefundMethod.GATEWAY).not_failed()
    return rows.filter(accepted_at__isnull=False)


def _sum(rows: QuerySet[Refund]) -> int:
    return sum(rows.values_list("amount", flat=True))


def _taken(payment: Payment, part: PaymentPart) -> dict[str, int]:
    """What reversals took of a part, less what was won back, by what they name."""
    taken = _taken_here(payment, part)
    for use in taken_uses(payment.client_id, part.source):
        taken[use.taker] = taken.get(use.taker, 0) + use.amount
    return taken


def _taken_here(payment: Payment, part: PaymentPart) -> dict[str, int]:
    """The same of what they took from its invoice and from credit, not of where that went."""
    won = f"{SettlementKind.REVERSAL_WON}:"
    credit = CreditEntry.objects.filter(
        Q(source__startswith=part.source, reason=CreditReason.REVERSAL)
        | Q(source__startswith=f"{won}{part.source}"),
        account__client=payment.client_id,
    )
    entries = [*credit.values_list("source", "amount")]
    if part.invoice is not None:
        kinds = (SettlementKind.REVERSAL, SettlementKind.REVERSAL_WON)
        settled = part.invoice.settlement_entries.filter(kind__in=kinds)
        entries += settled.values_list("source", "amount")
    taken: dict[str, int] = {}
    for name, amount in entries:
        source = name.removeprefix(won)
        if source == part.source or source.startswith(f"{part.source}:"):
            taken[source] = taken.get(source, 0) - amount
    return taken


def give_back_won(payment: Payment, cause: str, ctx: Context) -> None:
    """A lost dispute was won after all: what the reversal of this cause took of the parts counts again, where it was
    taken; what was short is ours. Again changes nothing.
    """
    for part in payment_parts(payment):
        source = f"{part.source}{cause}"
        uses = [use for use in taken_uses(payment.client_id, part.source) if use.taker == source]
        back = _taken_here(payment, part).get(source, 0)
        if back and part.invoice is not None:
            book_won_reversal(invoice=part.invoice, source=source, amount=back, ctx=ctx)
        elif back:
            give_back_to_credit(payment, source, back, ctx)
        for use in uses:
            if use.amount:
                give_back_credit_use(use, ctx)


def give_back_to_credit(payment: Payment, source: str, amount: int, ctx: Context) -> None:
    """What was taken from credit for ``source`` is there again."""
    post_credit(
        client_id=payment.client_id,
        currency_code=payment.currency_id,
        reason=CreditReason.OVERPAYMENT,
        source=f"{SettlementKind.REVERSAL_WON}:{source}",
        amount=amount,
        ctx=ctx,
    )
