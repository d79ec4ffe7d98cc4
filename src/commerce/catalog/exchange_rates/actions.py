"""What is published becomes the exchange rate, unless staff must look at it first."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.catalog.actions.editing import update_with_audit
from commerce.catalog.exchange_rates.emails import send_rate_held_email
from commerce.catalog.exchange_rates.rules import (
    PublishedRates,
    RateSource,
    exact_worth,
    is_jump,
    is_replaced,
)
from commerce.catalog.models import Currency
from commerce.catalog.models.currencies import kept_text
from commerce.db.locks import lock
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.presentation.formats import format_day
from commerce.site_settings.current import business_date


@dataclass(slots=True)
class TakenRates:
    """What became of a publication, currency by currency: ``used``, ``held`` for staff, ``kept`` as it was since ours
    is as new, and ``unpublished``.
    """

    day: date
    used: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    unpublished: list[str] = field(default_factory=list)


@transaction.atomic
def take_published_rates(*, published: PublishedRates, ctx: Context) -> TakenRates:
    """Give each currency the rate that was published for it.

    A rate of the same day or a later one stays, and so does one that staff typed on that day or after it. One that
    differs too much from the rate before is held until staff confirm it.
    """
    taken = TakenRates(published.day)
    rows = list(Currency.objects.select_for_update().order_by("code"))
    default = next(row.code for row in rows if row.is_default)
    for row in rows:
        if not row.is_default:
            quotes = published.quotes(row.code, default)
            _outcome(row, quotes, taken, ctx).append(row.code)
    return taken


def _outcome(row: Currency, quotes: str, taken: TakenRates, ctx: Context) -> list[str]:
    """Take the rate of one currency; the list that it belongs to."""
    by_hand = row.rate_source == RateSource.MANUAL and row.rate_set_at is not None
    typed_on = business_date(row.rate_set_at) if by_hand and row.rate_set_at else None
    if not quotes:
        return taken.unpublished
    if not is_replaced(rate_on=row.rate_on, typed_on=typed_on, published_on=taken.day):
        return taken.kept
    if row.rate and is_jump(Fraction(row.rate), exact_worth(quotes)):
        held = {"held_quotes": quotes, "held_on": taken.day}
        if update_with_audit(row, "rate_held", held, ctx=ctx):
            send_rate_held_email(currency=row, at=ctx.at)
        return taken.held
    _publish(row, quotes, taken.day, ctx)
    return taken.used


def _publish(row: Currency, quotes: str, day: date, ctx: Context) -> None:
    rate = {
        "rate": kept_text(quotes),
        "rate_on": day,
        "rate_source": RateSource.ECB.value,
        "rate_quotes": quotes,
        "held_quotes": "",
        "held_on": None,
    }
    update_with_audit(row, "rate_set", rate, ctx=ctx)
    Currency.objects.filter(pk=row.pk).update(rate_set_at=ctx.at)


def confirm_held_rate_blocked_reason(currency: Currency, ctx: Context) -> StateConflict | None:
    """Why there is no rate to confirm."""
    return None if currency.held_quotes else StateConflict("currency.no_rate_held")


def _held_rate_text(currency: Currency) -> str:
    """What is held, beside what it would take the place of."""
    return _(
        "The European Central Bank published %(new)s on %(day)s. Your rate is %(old)s. Confirm it only if it's right:"
        " invoices are issued with it."
    ) % {
        "new": currency.held_rate,
        "day": format_day(currency.held_on) if currency.held_on else "–",
        "old": currency.rate,
    }


@act(
    "currency.confirm_rate",
    Currency,
    label=_lazy("Confirm published rate"),
    intro=_held_rate_text,
    done=_lazy("The exchange rate was saved."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    blocked=confirm_held_rate_blocked_reason,
)
@transaction.atomic
def confirm_held_rate(*, currency: Currency, ctx: Context) -> None:
    """Use the published rate that differed too much to be used by itself. Raises ``StateConflict`` if none is held."""
    row = lock(currency)
    if blocked := confirm_held_rate_blocked_reason(row, ctx):
        raise blocked
    assert row.held_on is not None  # beside the quotes
    _publish(row, row.held_quotes, row.held_on, ctx)
    currency.refresh_from_db()
