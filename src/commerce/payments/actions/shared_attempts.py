"""Attempts for several invoices at once, charges of saved cards for one or several, and funds that are added
(payments.md 3 and 9).
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import Client, User
from commerce.billing.invoices.actions.states import payable_only_blocked_reason
from commerce.billing.models import Invoice
from commerce.catalog.models import Currency
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.attempts import (
    bind_attempt,
    bind_card_charge,
    chosen_card,
    chosen_gateway,
)
from commerce.payments.models import Attempt, AttemptInvoice, SavedCard
from commerce.payments.queries import gateways_without_invoice, top_up_limits
from commerce.payments.rules import AttemptKind, AttemptPurpose


@transaction.atomic
def start_attempt_for_invoices(
    *,
    invoices: Sequence[Invoice],
    gateway: str,
    created_by: User | None,
    ctx: Context,
) -> Attempt:
    """Bind a try to pay all that is due of these invoices of one client and currency; the live one is used again.

    Raises ``StateConflict`` for an invoice that is not open or stopped, and while the client's live attempt is for
    others or another amount (close that first); ``BusinessError`` for a gateway that is not offered.
    """
    rows = _locked(invoices)
    for row in rows:
        if reason := payable_only_blocked_reason(row, ctx):
            raise reason
    client_id, currency_code = rows[0].client_id, rows[0].currency_id
    amount = sum(row.amount_due for row in rows)
    found = chosen_gateway(gateway, gateways_without_invoice(currency_code, amount))
    if live := _live(client_id, gateway, AttemptPurpose.INVOICES):
        if not is_attempt_for(live, rows):
            raise StateConflict("attempt.amount_changed")
        return live
    attempt = bind_attempt(
        gateway=found,
        client_id=client_id,
        amount=amount,
        currency_code=currency_code,
        created_by=created_by,
        ctx=ctx,
        about={"invoices": ", ".join(str(row) for row in rows)},
        purpose=AttemptPurpose.INVOICES,
    )
    AttemptInvoice.objects.bulk_create(AttemptInvoice(attempt=attempt, invoice=row) for row in rows)
    return attempt


@transaction.atomic
def charge_card_for_invoices(
    *,
    invoices: Sequence[Invoice],
    card: SavedCard,
    amount: int,
    created_by: User | None,
    ctx: Context,
) -> Attempt:
    """Charge a saved card all that is due of these invoices, at once: bound here, sent by a job after commit.

    One at a time: a charge for them that is under way is given back as it is. Raises ``StateConflict`` for an invoice
    that is not open or stopped, while some of them are charged otherwise, and for another ``amount`` than the client
    agreed to; ``BusinessError`` for a card that cannot be charged.
    """
    rows = _locked(invoices)
    for row in rows:
        if reason := payable_only_blocked_reason(row, ctx):
            raise reason
    charges = Attempt.objects.live().filter(kind=AttemptKind.OFF_SESSION)
    for live in charges.filter(Q(invoice__in=rows) | Q(attempt_invoices__invoice__in=rows)):
        if live.invoices() != rows:
            raise StateConflict("attempt.under_way")
        return live
    if amount != sum(row.amount_due for row in rows):
        raise StateConflict("attempt.amount_changed")
    found = chosen_card(card, rows[0].client_id, rows[0].currency_id, amount)
    return bind_charge_of_invoices(rows, found, created_by=created_by, ctx=ctx)


def bind_charge_of_invoices(
    rows: Sequence[Invoice], card: SavedCard, *, created_by: User | None, ctx: Context
) -> Attempt:
    """A charge of all that is due of these invoices, for a caller who has locked them and their client."""
    alone = rows[0] if len(rows) == 1 else None
    attempt = bind_card_charge(
        card=card,
        amount=sum(row.amount_due for row in rows),
        currency_code=rows[0].currency_id,
        created_by=created_by,
        ctx=ctx,
        about={"invoice": ", ".join(str(row) for row in rows)},
        purpose=AttemptPurpose.INVOICE if alone else AttemptPurpose.INVOICES,
        invoice=alone,
    )
    if alone is None:
        bound = (AttemptInvoice(attempt=attempt, invoice=row) for row in rows)
        AttemptInvoice.objects.bulk_create(bound)
    return attempt


def _locked(invoices: Sequence[Invoice]) -> list[Invoice]:
    """The invoices as they are stored, oldest due date first, under the lock of their one client.

    Raises ``BusinessError`` for those of two clients or currencies, and for none.
    """
    if len({(each.client_id, each.currency_id) for each in invoices}) != 1:
        raise BusinessError("payment.invoices_differ")
    lock_client(invoices[0].client_id)
    rows = Invoice.objects.select_for_update(of=("self",)).filter(
        pk__in={each.pk for each in invoices}
    )
    found = list(rows.order_by("pk"))
    return sorted(found, key=lambda row: (row.due_date is None, row.due_date, row.pk))


def _live(client_id: int, gateway: str, purpose: AttemptPurpose) -> Attempt | None:
    rows = Attempt.objects.for_client(client_id).live()
    on_session = rows.filter(kind=AttemptKind.ON_SESSION, gateway=gateway, purpose=purpose)
    return on_session.first()


def is_attempt_for(attempt: Attempt, invoices: Sequence[Invoice]) -> bool:
    """Whether an attempt is for exactly these invoices, and for what is due of them."""
    bound = set(attempt.attempt_invoices.values_list("invoice", flat=True))
    due = sum(each.amount_due for each in invoices)
    return bound == {each.pk for each in invoices} and attempt.amount == due


@transaction.atomic
def start_top_up(
    *,
    client: Client,
    currency_code: str,
    amount: int,
    gateway: str,
    created_by: User | None,
    ctx: Context,
) -> Attempt:
    """Bind a try to add funds, in minor units of a currency that is on sale; the live one is used again.

    Raises ``BusinessError`` for a currency or an amount that cannot be added, and for a gateway that is not offered;
    ``StateConflict`` while the client's live attempt is over another amount (close that first).
    """
    lock_client(client.pk)
    check_top_up(currency_code, amount)
    found = chosen_gateway(gateway, gateways_without_invoice(currency_code, amount))
    if live := _live(client.pk, gateway, AttemptPurpose.TOP_UP):
        if (live.amount, live.currency_id) != (amount, currency_code):
            raise StateConflict("attempt.amount_changed")
        return live
    return bind_attempt(
        gateway=found,
        client_id=client.pk,
        amount=amount,
        currency_code=currency_code,
        created_by=created_by,
        ctx=ctx,
        about={"purpose": AttemptPurpose.TOP_UP},
        purpose=AttemptPurpose.TOP_UP,
    )


@transaction.atomic
def charge_card_for_top_up(
    *,
    client: Client,
    currency_code: str,
    amount: int,
    card: SavedCard,
    created_by: User | None,
    ctx: Context,
) -> Attempt:
    """Charge a saved card for funds that are added, at once: bound here, sent by a job after commit.

    One at a time: raises ``StateConflict`` while another is under way, and ``BusinessError`` for a currency or an
    amount that cannot be added, and for a card that cannot be charged.
    """
    lock_client(client.pk)
    check_top_up(currency_code, amount)
    charges = Attempt.objects.for_client(client).live().filter(kind=AttemptKind.OFF_SESSION)
    if charges.filter(purpose=AttemptPurpose.TOP_UP).exists():
        raise StateConflict("top_up.under_way")
    return bind_card_charge(
        card=chosen_card(card, client.pk, currency_code, amount),
        amount=amount,
        currency_code=currency_code,
        created_by=created_by,
        ctx=ctx,
        about={"purpose": AttemptPurpose.TOP_UP},
        purpose=AttemptPurpose.TOP_UP,
    )


def check_top_up(currency_code: str, amount: int) -> None:
    """That funds of this amount can be added: a currency on sale, within its limits. Raises ``BusinessError``."""
    currency = Currency.objects.on_sale().filter(pk=currency_code).first()
    limits = top_up_limits(currency) if currency else None
    if limits is None:
        raise BusinessError("top_up.not_offered", field="currency")
    if not limits.least.amount <= amount <= limits.most.amount:
        raise BusinessError(
            "top_up.amount_not_valid", field="amount", least=limits.least, most=limits.most
        )
