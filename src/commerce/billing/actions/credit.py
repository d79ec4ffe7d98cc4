"""Credit: a ledger for each client and currency, its balance kept under the account's lock (billing.md 6, M10)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.accounts.actions import touch
from commerce.accounts.models import Client
from commerce.audit.actions import record
from commerce.billing.actions.settlement import settle
from commerce.billing.actions.states import check_payable, locked
from commerce.billing.actions.taking import account_of, enter
from commerce.billing.models import CreditEntry, Invoice, SettlementEntry
from commerce.kit import ids
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused

Reason = CreditEntry.Reason
LONGEST_NOTE = 255


@transaction.atomic
def post_credit(
    *,
    client_id: int,
    currency_code: str,
    reason: str,
    source: str,
    amount: int,
    at: datetime,
    actor: Actor,
    note: str = "",
) -> CreditEntry:
    """One signed row of the ledger, with its audit entry. Raises ``Refused`` for more than the balance.

    The same (reason, source) counts once: a second row is refused by the database (U6).
    """
    touch(client_id)
    account = account_of(client_id, currency_code)
    entry = enter(account, reason=reason, source=source, amount=amount, at=at, note=note)
    record(
        at=at,
        actor=actor,
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
    at: datetime,
    actor: Actor,
    note: str = "",
    key: str = "",
) -> CreditEntry:
    """Staff give credit; ``key`` is the one-time key of their form, so that sending it twice gives once."""
    return _by_staff(
        reason=Reason.STAFF_ADD,
        client=client,
        currency_code=currency_code,
        amount=amount,
        key=key,
        note=note,
        at=at,
        actor=actor,
    )


@transaction.atomic
def remove_credit(
    *,
    client: Client,
    currency_code: str,
    amount: int,
    at: datetime,
    actor: Actor,
    note: str = "",
    key: str = "",
) -> CreditEntry:
    """Staff take credit away, at most the balance."""
    return _by_staff(
        reason=Reason.STAFF_REMOVE,
        client=client,
        currency_code=currency_code,
        amount=amount,
        key=key,
        note=note,
        at=at,
        actor=actor,
    )


@transaction.atomic
def pay_out_credit(
    *, client: Client, currency_code: str, amount: int, reference: str, at: datetime, actor: Actor
) -> CreditEntry:
    """Credit was paid back by hand; ``reference`` is the bank's, and is used once."""
    reference = reference.strip()
    if not 1 <= len(reference) <= 60:
        raise Refused(_("Give the bank's reference, up to 60 characters."), field="reference")
    return _by_staff(
        reason=Reason.PAYOUT,
        client=client,
        currency_code=currency_code,
        amount=amount,
        key=reference,
        note=reference,
        at=at,
        actor=actor,
    )


def _by_staff(
    *, reason: str, client: Client, currency_code: str, amount: int, key: str, note: str, **say: Any
) -> CreditEntry:
    """The entry with this key, made once. Raises ``Refused`` where the key stands for something else."""
    if amount <= 0:
        raise Refused(_("The amount must be above 0."), field="amount")
    if len(note) > LONGEST_NOTE:
        text = _("A note has up to %(length)s characters.") % {"length": LONGEST_NOTE}
        raise Refused(text, field="note")
    touch(client.pk)
    signed = amount if reason == Reason.STAFF_ADD else -amount
    source = f"staff:{key or ids.random_key()}"
    known = CreditEntry.objects.filter(reason=reason, source=source).select_related("account")
    if entry := known.first():
        account = entry.account
        was = account.client_id, account.currency_id, entry.amount
        if was != (client.pk, currency_code, signed):
            text = _("This reference was used already, for another client, currency or amount.")
            raise Refused(text, field="reference")
        return entry
    return post_credit(
        client_id=client.pk,
        currency_code=currency_code,
        reason=reason,
        source=source,
        amount=signed,
        note=note,
        **say,
    )


@transaction.atomic
def apply_credit(
    *, invoice: Invoice, at: datetime, actor: Actor, amount: int | None = None, key: str = ""
) -> int:
    """Pay an open invoice from credit; as much as possible, or ``amount``. Returns what was applied.

    Raises ``Moved`` for an invoice that is not open or stopped, ``Refused`` for more than the balance or what is due.
    """
    row = locked(invoice)
    check_payable(row)
    account = account_of(row.client_id, row.currency_id)
    most = min(account.balance, row.amount_due)
    amount = most if amount is None else amount
    if not 0 < amount <= most:
        raise Refused(_("This is more than the credit, or than what is due."), field="amount")
    source = f"invoice:{row.pk}:{key or ids.random_key()}"
    entry = enter(account, reason=Reason.APPLIED, source=source, amount=-amount, at=at)
    settle(
        invoice=invoice,
        kind=SettlementEntry.Kind.CREDIT,
        source=f"credit:{entry.pk}",
        amount=amount,
        at=at,
        actor=actor,
    )
    return amount
