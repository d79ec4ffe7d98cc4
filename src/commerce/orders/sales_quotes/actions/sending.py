"""A quote that staff send, revise and withdraw, and that lapses."""

from datetime import date, timedelta
from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.reasons import REASON
from commerce.events.publish import publish
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Day, Text
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.orders.actions.placing import check_quote
from commerce.orders.events import QuoteSent
from commerce.orders.frozen_prices import frozen_price
from commerce.orders.models import SalesQuote
from commerce.orders.rules import QUOTE_DAYS, QuoteStatus
from commerce.orders.sales_quotes.actions.accepting import move_quote, sent_blocked_reason
from commerce.orders.sales_quotes.actions.drafts import (
    draft_blocked_reason,
    lock_quote_draft,
    start_quote_draft,
)
from commerce.orders.sales_quotes.pricing import price_quote
from commerce.site_settings import current

MAX_QUOTE_DAYS = 365


def send_quote_blocked_reason(quote: SalesQuote, ctx: Context) -> StateConflict | None:
    """A draft with something in it."""
    if reason := draft_blocked_reason(quote, ctx):
        return reason
    return None if quote.cart_lines else StateConflict("sales_quote.empty")


@act(
    "sales_quote.send",
    SalesQuote,
    label=_("Send as quote"),
    intro=_(
        "They get an email with a link, where they can read and accept it. Its prices hold until the last day."
    ),
    done=_("Quote %(number)s sent."),
    staff=StaffPermission.ORDERS_MANAGE,
    blocked=send_quote_blocked_reason,
)
@transaction.atomic
def send_quote(
    *,
    quote: SalesQuote,
    ctx: Context,
    valid_until: Annotated[
        date,
        Day(
            _("Valid until"),
            proposed=lambda _quote, at: current.business_date(at) + timedelta(days=QUOTE_DAYS),
        ),
    ],
    note: Annotated[str, Text(_("Note to the client"), least=0, most=2000)] = "",
) -> SalesQuote:
    """The prices of today and its discounts hold from now on, and whom it is for gets a link.

    Raises ``BusinessError`` if something of it cannot be ordered, or its last day is past.
    """
    row = lock_quote_draft(quote, ctx)
    if reason := send_quote_blocked_reason(row, ctx):
        raise reason
    today = current.business_date(ctx.at)
    if not today <= valid_until <= today + timedelta(days=MAX_QUOTE_DAYS):
        raise BusinessError("sales_quote.last_day", most=MAX_QUOTE_DAYS, field="valid_until")
    priced = price_quote(row)
    check_quote(priced, None)
    end_former_version(row, ctx)
    move_quote(
        row,
        QuoteStatus.SENT,
        ctx,
        frozen_prices=[dict(frozen_price(line)) for line in priced.order_lines],
        total=priced.sums.total,
        valid_until=valid_until,
        note=note,
        sent_at=ctx.at,
    )
    publish(QuoteSent(row.pk), at=ctx.at, client_id=row.client_id)
    return row


def end_former_version(quote: SalesQuote, ctx: Context) -> None:
    """Of all versions one can be accepted at most."""
    versions = SalesQuote.objects.filter(first_id=quote.first_id).exclude(pk=quote.pk)
    for former in versions.select_for_update(of=("self",)).order_by("pk"):
        if former.status == QuoteStatus.ACCEPTED:
            raise StateConflict("sales_quote.version_accepted")
        if former.status == QuoteStatus.SENT:
            move_quote(former, QuoteStatus.WITHDRAWN, ctx, ended_at=ctx.at)


def _lock_sent(quote: SalesQuote, ctx: Context) -> SalesQuote:
    row = SalesQuote.objects.select_for_update(of=("self",)).get(pk=quote.pk)
    if reason := sent_blocked_reason(row, ctx):
        raise reason
    return row


@act(
    "sales_quote.withdraw",
    SalesQuote,
    label=_("Withdraw quote"),
    intro=_("Its link stops working. Nobody is told."),
    done=_("Quote withdrawn."),
    staff=StaffPermission.ORDERS_MANAGE,
    blocked=sent_blocked_reason,
    is_danger=True,
    for_many=True,
)
@transaction.atomic
def withdraw_quote(*, quote: SalesQuote, reason: Annotated[str, REASON], ctx: Context) -> None:
    """It cannot be accepted any more."""
    move_quote(_lock_sent(quote, ctx), QuoteStatus.WITHDRAWN, ctx, ended_at=ctx.at, reason=reason)


def revise_blocked_reason(quote: SalesQuote, ctx: Context) -> StateConflict | None:
    """Whatever was sent and not accepted, as long as no newer version of it is there."""
    if quote.status in (QuoteStatus.DRAFT, QuoteStatus.ACCEPTED):
        return StateConflict("sales_quote.not_revisable", is_moot=True)
    newer = SalesQuote.objects.filter(first_id=quote.first_id, version__gt=quote.version)
    return StateConflict("sales_quote.has_newer_version") if newer.exists() else None


@act(
    "sales_quote.revise",
    SalesQuote,
    label=_("Revise"),
    intro=_(
        "A new version begins as a draft. An open quote stays valid until you send the new version."
    ),
    done=_("Version %(version)s is ready to edit."),
    staff=StaffPermission.ORDERS_MANAGE,
    blocked=revise_blocked_reason,
)
@transaction.atomic
def revise_quote(*, quote: SalesQuote, ctx: Context) -> SalesQuote:
    """A draft with the same lines, which takes the place of this version once it is sent."""
    row = SalesQuote.objects.select_for_update(of=("self",)).get(pk=quote.pk)
    if reason := revise_blocked_reason(row, ctx):
        raise reason
    return start_quote_draft(
        SalesQuote(
            client_id=row.client_id,
            name=row.name,
            email=row.email,
            country=row.country,
            locale=row.locale,
            currency_id=row.currency_id,
            promo_code=row.promo_code,
            cart_lines=row.cart_lines,
            total=row.total,
            note=row.note,
            first_id=row.first_id,
            version=row.version + 1,
        ),
        ctx,
    )


@transaction.atomic
def lapse_quote(*, quote: SalesQuote, ctx: Context) -> None:
    """Its last day is past. Raises ``StateConflict`` if it was answered, or the day is not over."""
    row = _lock_sent(quote, ctx)
    if row.valid_until >= current.business_date(ctx.at):
        raise StateConflict("sales_quote.not_open")
    move_quote(row, QuoteStatus.LAPSED, ctx, ended_at=ctx.at)
