"""Credit: a ledger for each client and currency, its balance kept under the account's lock (billing.md 6, M10)."""

from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.billing.credit.rules import CreditReason
from commerce.billing.invoices.actions.settlement import (
    add_credit_entry,
    lock_credit_account,
    settle,
)
from commerce.billing.invoices.actions.states import lock_invoice, payable_only_blocked_reason
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.invoices.rules import SettlementKind
from commerce.billing.models import CreditEntry, Invoice
from commerce.kit import ids
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Amount
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.presentation.amounts import format_money

MAX_NOTE_LENGTH = 255


@transaction.atomic
def post_credit(
    *,
    client_id: int,
    currency_code: str,
    reason: str,
    source: str,
    amount: int,
    ctx: Context,
    note: str = "",
) -> CreditEntry:
    """One signed row of the ledger, with its audit entry. Raises ``BusinessError`` for more than the balance.

    The same (reason, source) counts once: a second row is refused by the database (U6).
    """
    bump_revision(client_id, ctx)
    account = lock_credit_account(client_id, currency_code)
    entry = add_credit_entry(
        account, reason=reason, source=source, amount=amount, at=ctx.at, note=note
    )
    write_audit_entry(
        ctx=ctx,
        action=f"credit.{reason}",
        record=("credit", entry.pk),
        name=f"{amount} {currency_code}",
        client_id=client_id,
        after={"amount": amount, "balance": entry.balance, "source": source},
        reason=note,
    )
    return entry


@transaction.atomic
def add_credit(
    *,
    client: Client,
    currency_code: str,
    amount: int,
    ctx: Context,
    note: str = "",
    idempotency_key: str = "",
) -> CreditEntry:
    """Staff give credit; ``idempotency_key`` is the one-time key of their form, so that sending it twice gives once."""
    return _by_staff(
        reason=CreditReason.STAFF_ADD,
        client=client,
        currency_code=currency_code,
        amount=amount,
        idempotency_key=idempotency_key,
        note=note,
        ctx=ctx,
    )


@transaction.atomic
def remove_credit(
    *,
    client: Client,
    currency_code: str,
    amount: int,
    ctx: Context,
    note: str = "",
    idempotency_key: str = "",
) -> CreditEntry:
    """Staff take credit away, at most the balance."""
    return _by_staff(
        reason=CreditReason.STAFF_REMOVE,
        client=client,
        currency_code=currency_code,
        amount=amount,
        idempotency_key=idempotency_key,
        note=note,
        ctx=ctx,
    )


@transaction.atomic
def pay_out_credit(
    *, client: Client, currency_code: str, amount: int, reference: str, ctx: Context
) -> CreditEntry:
    """Credit was paid back by hand; ``reference`` is the bank's, and is used once."""
    reference = reference.strip()
    if not 1 <= len(reference) <= 60:
        raise BusinessError("credit.reference_not_valid", field="reference")
    return _by_staff(
        reason=CreditReason.PAYOUT,
        client=client,
        currency_code=currency_code,
        amount=amount,
        idempotency_key=reference,
        note=reference,
        ctx=ctx,
    )


def _by_staff(
    *,
    reason: str,
    client: Client,
    currency_code: str,
    amount: int,
    idempotency_key: str,
    note: str,
    ctx: Context,
) -> CreditEntry:
    """The entry with this key, made once. Raises ``BusinessError`` where the key stands for something else."""
    if amount <= 0:
        raise BusinessError("amount.not_positive", field="amount")
    if len(note) > MAX_NOTE_LENGTH:
        raise BusinessError("credit.note_too_long", length=MAX_NOTE_LENGTH, field="note")
    bump_revision(client.pk, ctx)
    signed = amount if reason == CreditReason.STAFF_ADD else -amount
    source = f"staff:{idempotency_key or ids.random_key()}"
    known = CreditEntry.objects.filter(reason=reason, source=source).select_related("account")
    if entry := known.first():
        account = entry.account
        was = account.client_id, account.currency_id, entry.amount
        if was != (client.pk, currency_code, signed):
            raise BusinessError("credit.reference_used", field="reference")
        return entry
    return post_credit(
        client_id=client.pk,
        currency_code=currency_code,
        reason=reason,
        source=source,
        amount=signed,
        note=note,
        ctx=ctx,
    )


def apply_blocked_reason(invoice: Invoice, ctx: Context) -> StateConflict | None:
    """Why no credit can be applied to an invoice."""
    if reason := payable_only_blocked_reason(invoice, ctx):
        return reason
    if credit_balance(invoice.client_id, invoice.currency_id):
        return None
    return StateConflict("credit.none_left", currency=invoice.currency_id)


def _applied_text(applied: int, invoice: Invoice) -> str:
    text = gettext("%(amount)s of your credit applied.")
    return text % {"amount": format_money(applied, invoice.currency_id)}


def _paid_text(applied: int, invoice: Invoice) -> str:
    text = gettext("%(amount)s was applied.")
    return text % {"amount": format_money(applied, invoice.currency_id)}


def _balance_text(invoice: Invoice) -> str:
    balance = credit_balance(invoice.client_id, invoice.currency_id)
    text = gettext("Leave blank for as much as possible. Credit balance: %(balance)s.")
    return text % {"balance": format_money(balance, invoice.currency_id)}


@act(
    "invoice.apply_credit",
    Invoice,
    label=_("Apply credit"),
    done=_paid_text,
    staff=StaffPermission.INVOICES_APPLY_CREDIT,
    blocked=apply_blocked_reason,
)
@transaction.atomic
def apply_credit(
    *,
    invoice: Invoice,
    ctx: Context,
    amount: Annotated[
        int | None,
        Amount(
            _("Amount (%(currency)s)"),
            about=_balance_text,
            currency=lambda row: row.currency_id,
            least=1,
            or_none=True,
        ),
    ] = None,
    idempotency_key: str = "",
) -> int:
    """Pay an open invoice from credit; as much as possible, or ``amount``. Returns what was applied.

    Raises ``StateConflict`` for an invoice that is not open or stopped and without credit, ``BusinessError`` for more
    than the balance or what is due.
    """
    row = lock_invoice(invoice, ctx)
    if reason := apply_blocked_reason(row, ctx):
        raise reason
    account = lock_credit_account(row.client_id, row.currency_id)
    most = min(account.balance, row.amount_due)
    amount = most if amount is None else amount
    if not 0 < amount <= most:
        raise BusinessError("credit.amount_too_large", field="amount")
    source = f"invoice:{row.pk}:{idempotency_key or ids.random_key()}"
    entry = add_credit_entry(
        account, reason=CreditReason.APPLIED, source=source, amount=-amount, at=ctx.at
    )
    settle(
        invoice=invoice,
        kind=SettlementKind.CREDIT,
        source=f"credit:{entry.pk}",
        amount=amount,
        ctx=ctx,
    )
    return amount


@act(
    "invoice.use_credit",
    Invoice,
    label=_("Apply credit"),
    done=_applied_text,
    member="invoices.pay",
    while_suspended=True,
    spends=True,
    blocked=apply_blocked_reason,
)
def use_credit(
    *,
    invoice: Invoice,
    amount: Annotated[
        int, Amount(_("Amount (%(currency)s)"), currency=lambda row: row.currency_id, least=1)
    ],
    ctx: Context,
) -> int:
    """``apply_credit`` by the client: as much as they were shown, and never what they were not."""
    return apply_credit(invoice=invoice, amount=amount, ctx=ctx)
