"""Bank declarations: a client says that the transfer was made; staff say whether it came (payments.md 6)."""

from datetime import date, datetime, timedelta

from django.db import transaction

from commerce.accounts.models import Client, User
from commerce.audit.actions import record
from commerce.billing.actions import hold_suspension
from commerce.billing.actions.states import check_payable
from commerce.billing.models import Invoice
from commerce.billing.rules import OPEN
from commerce.jobs.events import publish
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused
from commerce.payments.actions.by_hand import record_payment_by_hand
from commerce.payments.actions.states import decide_declaration
from commerce.payments.events import DeclarationRejected, TransferDeclared
from commerce.payments.models import BankDeclaration, Payment
from commerce.preferences import current


@transaction.atomic
def declare_transfer(
    *, invoice: Invoice, declared_by: User | None, at: datetime, actor: Actor
) -> BankDeclaration:
    """The client has sent what is due; books nothing, and once for each invoice holds suspension for some days.

    One open at a time: again, it is the same. Raises ``Moved`` for an invoice that is not open or stopped.
    """
    Client.objects.select_for_update(no_key=True).get(pk=invoice.client_id)
    row = Invoice.objects.select_for_update().get(pk=invoice.pk)
    check_payable(row)
    if known := BankDeclaration.objects.open().filter(invoice=row).first():
        return known
    until = _hold_until(row, at)
    if until is not None:
        hold_suspension(
            invoice=row, until=until, reason="bank transfer declared", at=at, actor=actor
        )
    declaration = BankDeclaration.objects.create(
        client_id=row.client_id,
        invoice=row,
        amount=row.amount_due,
        declared_by=declared_by,
        declared_at=at,
        held_until=until,
    )
    record(
        at=at,
        actor=actor,
        action="bankdeclaration.open",
        record=("bankdeclaration", declaration.pk),
        name=str(declaration),
        client_id=row.client_id,
        after={"amount": row.amount_due, "invoice": row.number},
    )
    publish(TransferDeclared(declaration.pk), at=at)
    return declaration


def _hold_until(invoice: Invoice, at: datetime) -> date | None:
    days = current.get("payments.bank_hold_days")
    held = BankDeclaration.objects.filter(invoice=invoice, held_until__isnull=False)
    if not days or held.exists():
        return None
    return current.business_date(at) + timedelta(days=days)


@transaction.atomic
def confirm_declaration(
    *,
    declaration: BankDeclaration,
    amount: int,
    received_on: date,
    reference: str,
    at: datetime,
    actor: Actor,
    note: str = "",
    confirmed: frozenset[str] = frozenset(),
) -> Payment:
    """The transfer came: book what was received. Confirmed twice it is one payment.

    Raises what ``record_payment_by_hand`` raises, and ``Moved`` for a declaration that was decided otherwise.
    """
    key = f"declaration-{declaration.pk}"
    row = BankDeclaration.objects.get(pk=declaration.pk)
    if row.status != "open" and not Payment.objects.filter(key=key).exists():
        raise Moved(f"This declaration is {row.status} already.")
    payment = record_payment_by_hand(
        invoice=row.invoice,
        amount=amount,
        method=Payment.Method.BANK_TRANSFER,
        received_on=received_on,
        key=key,
        reference=reference,
        note=note,
        confirmed=confirmed,
        at=at,
        actor=actor,
    )
    declaration.refresh_from_db()
    return payment


@transaction.atomic
def reject_declaration(
    *, declaration: BankDeclaration, reason: str, at: datetime, actor: Actor
) -> None:
    """No such transfer came; the client reads ``reason``. Raises ``Moved`` when it was decided already."""
    if not reason.strip():
        raise Refused("Say why.", field="reason")
    decide_declaration(declaration, "rejected", at, actor, note=reason.strip()[:500])
    publish(DeclarationRejected(declaration.pk), at=at)


def lapse_declarations(*, day: date, at: datetime, actor: Actor) -> int:
    """End declarations of which nothing was heard for the days that they hold, and those of closed invoices.

    Says how many ended; books nothing, and the client may declare again.
    """
    days = timedelta(days=current.get("payments.bank_hold_days") or 1)
    ended = 0
    for one in BankDeclaration.objects.open().select_related("invoice").order_by("pk"):
        is_old = current.business_date(one.declared_at) + days < day
        if is_old or one.invoice.status not in OPEN:
            try:
                decide_declaration(one, "lapsed", at, actor)
            except Moved:
                continue
            ended += 1
    return ended
