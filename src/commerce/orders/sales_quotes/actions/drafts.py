"""Drafts of quotes: what staff put together while somebody is on the phone. No page, mail or program shows them to
anybody else.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.models import Client
from commerce.accounts.rules import ClientStatus
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.db.locks import lock
from commerce.db.retention import delete_in_bites
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.orders.cart_lines import CartLine, validate_staff_prices
from commerce.orders.models import SalesQuote
from commerce.orders.quote import OrderQuote
from commerce.orders.rules import MAX_ORDER_ITEMS, QUOTE_DAYS, QuoteStatus
from commerce.orders.sales_quotes.pricing import kept_lines, lines_of_quote, price_quote
from commerce.site_settings import current

type ChangedLines = Callable[[list[CartLine]], Sequence[CartLine]]


def new_quote_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Somebody who may not order is offered nothing."""
    is_active = client.status == ClientStatus.ACTIVE
    return None if is_active else StateConflict("order.client_not_active")


@act(
    "client.quote",
    Client,
    label=_("New order"),
    done=_("Add what the client wants to order."),
    staff=StaffPermission.ORDERS_MANAGE,
    blocked=new_quote_blocked_reason,
)
@transaction.atomic
def draft_quote_for_client(*, client: Client, ctx: Context) -> SalesQuote:
    """An empty quote for a client, in their currency; the one that the same person has left empty, if there is one."""
    row = lock(client)
    if reason := new_quote_blocked_reason(row, ctx):
        raise reason
    mine = SalesQuote.objects.for_client(row).filter(
        status=QuoteStatus.DRAFT, made_by=_staff_of(ctx), cart_lines=[], version=1
    )
    if (empty := mine.filter(currency_id=row.currency_code).order_by("-pk").first()) is not None:
        return empty
    return start_quote_draft(SalesQuote(client=row, currency_id=row.currency_code), ctx)


@transaction.atomic
def draft_quote_for_caller(
    *, name: str, email: str, country: str, locale: str, currency_code: str, ctx: Context
) -> SalesQuote:
    """An empty quote for somebody who is no client yet."""
    row = SalesQuote(
        name=name, email=email, country=country, locale=locale, currency_id=currency_code
    )
    return start_quote_draft(row, ctx)


def start_quote_draft(quote: SalesQuote, ctx: Context) -> SalesQuote:
    """A row that is not stored yet becomes a draft of whoever acts, in a transaction of the caller's."""
    quote.made_by_id = _staff_of(ctx)
    quote.valid_until = current.business_date(ctx.at) + timedelta(days=QUOTE_DAYS)
    quote.created_at = quote.changed_at = ctx.at
    quote.save(force_insert=True)
    if quote.first_id is None:
        quote.first_id = quote.pk
        quote.save(update_fields=["first"])
    _note(quote, "sales_quote.drafted", ctx)
    return quote


def _note(quote: SalesQuote, action: str, ctx: Context, **what: Any) -> None:
    write_audit_entry(
        ctx=ctx,
        action=action,
        record=("sales_quote", quote.pk),
        name=str(quote),
        client_id=quote.client_id,
        staff_only=True,
        **what,
    )


def _staff_of(ctx: Context) -> int | None:
    """The person who makes it; None for the command line."""
    return ctx.actor.id if ctx.actor.kind == "staff" else None


def draft_blocked_reason(quote: SalesQuote, ctx: Context) -> StateConflict | None:
    """What was sent is never changed."""
    is_draft = quote.status == QuoteStatus.DRAFT
    return None if is_draft else StateConflict("sales_quote.not_draft", is_moot=True)


def lock_quote_draft(quote: SalesQuote, ctx: Context) -> SalesQuote:
    """The draft as it is now, under lock. Raises ``StateConflict`` once it is none any more."""
    row = SalesQuote.objects.select_for_update(of=("self",)).filter(pk=quote.pk).first()
    if row is None:
        raise StateConflict("sales_quote.gone")
    if reason := draft_blocked_reason(row, ctx):
        raise reason
    return row


@transaction.atomic
def change_quote_draft(
    *,
    quote: SalesQuote,
    ctx: Context,
    lines: ChangedLines | None = None,
    promo_code: str | None = None,
) -> OrderQuote:
    """Change the lines of a draft, or its promo code; what it costs then.

    Raises ``BusinessError`` for a line that cannot be ordered or a code that does not fit; nothing is changed then. A
    line that could not be ordered before is no obstacle to changing another.
    """
    row = lock_quote_draft(quote, ctx)
    before = lines_of_quote(row)
    after = [validate_staff_prices(one) for one in (lines(before) if lines else before)]
    if len(after) > MAX_ORDER_ITEMS:
        raise BusinessError("order.too_many_items", most=MAX_ORDER_ITEMS)
    if promo_code is not None:
        row.promo_code = promo_code.strip().upper()[:50]
    priced = price_quote(row, after)
    if problem := next(
        (one.problem for one in priced.entries if one.cart_line not in before), None
    ):
        raise problem
    if promo_code and priced.promo_problem:
        raise priced.promo_problem
    _note(
        row,
        "sales_quote.changed",
        ctx,
        before={"total": row.total},
        after={"total": priced.sums.total},
    )
    row.cart_lines, row.total, row.changed_at = kept_lines(after), priced.sums.total, ctx.at
    row.save(update_fields=["cart_lines", "promo_code", "total", "changed_at"])
    return priced


@transaction.atomic
def set_client_of_quote(*, quote: SalesQuote, client: Client, ctx: Context) -> None:
    """The caller is a client by now: their currency counts. Raises ``StateConflict`` if it is another one."""
    row = lock_quote_draft(quote, ctx)
    if client.currency_code != row.currency_id:
        raise StateConflict("sales_quote.other_currency", currency=row.currency_id)
    row.client, row.name, row.email, row.country, row.locale = client, "", "", "", ""
    row.changed_at = ctx.at
    row.save()
    _note(row, "sales_quote.client_set", ctx, after={"client_id": client.pk})


@act(
    "sales_quote.delete",
    SalesQuote,
    label=_("Delete draft"),
    done=_("Draft deleted."),
    staff=StaffPermission.ORDERS_MANAGE,
    blocked=draft_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def delete_quote_draft(*, quote: SalesQuote, ctx: Context) -> None:
    """Nothing was offered, so nothing is left."""
    row = lock_quote_draft(quote, ctx)
    _note(row, "sales_quote.deleted", ctx)
    row.delete()


def delete_old_quotes(*, at: datetime) -> None:
    """Forget drafts that nobody has changed for ``orders.cart_days``, and after ``retention.mail_days`` what was
    offered to people who did not become clients.
    """
    kept = timedelta(days=current.get_setting("orders.cart_days"))
    drafts = SalesQuote.objects.filter(status=QuoteStatus.DRAFT)
    delete_in_bites(drafts.filter(changed_at__lt=at - kept))
    kept = timedelta(days=current.get_setting("retention.mail_days"))
    delete_in_bites(SalesQuote.objects.filter(client=None, ended_at__lt=at - kept))
