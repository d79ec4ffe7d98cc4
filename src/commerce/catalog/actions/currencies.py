"""Currencies: which there are, and what they are worth (catalog-and-orders.md 1)."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.catalog.actions.editing import (
    delete_with_audit,
    update_with_audit,
    users_text,
    without_none,
)
from commerce.catalog.exchange_rates.rules import RateSource
from commerce.catalog.models import Currency
from commerce.db.locks import lock
from commerce.kit import money
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Day, DecimalNumber, Line
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.request_cache import clear_request_cache
from commerce.site_settings.current import business_date, get_setting

NAME = Line(_("Name"), most=100)
PREFIX = Line(_("Before amounts"), about=_("Such as £."), most=10, least=0)
SUFFIX = Line(
    _("After amounts"),
    about=_("Such as kr. Without either, the code is shown."),
    most=10,
    least=0,
)


@act(
    "currency.new",
    None,
    label=_("Add currency"),
    done=_("The currency was added. Set prices in it to sell in it."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    example='currency add --code GBP --name "Pound sterling" --prefix £',
)
@transaction.atomic
def create_currency(
    *,
    code: Annotated[str, Line(_("Code"), about=_("ISO 4217, such as GBP."), most=3)],
    name: Annotated[str, NAME],
    ctx: Context,
    prefix: Annotated[str, PREFIX] = "",
    suffix: Annotated[str, SUFFIX] = "",
) -> Currency:
    """A further active currency, with the exponent of ISO 4217. Raises ``BusinessError`` for a code that is known or
    none.
    """
    code = code.upper()
    if code not in money.CURRENCY_EXPONENTS:
        raise BusinessError("currency.code_not_valid", code=code, field="code")
    if Currency.objects.filter(pk=code).exists():
        raise BusinessError("currency.exists", code=code, field="code")
    fields = {"name": name, "prefix": prefix, "suffix": suffix}
    currency = Currency.objects.create(code=code, exponent=money.currency_exponent(code), **fields)
    clear_request_cache()
    write_audit_entry(ctx=ctx, action="currency.created", record=("currency", None), name=code)
    return currency


@act(
    "currency.edit",
    Currency,
    label=_("Edit"),
    done=_("The currency was saved."),
    staff=StaffPermission.PRODUCTS_MANAGE,
)
@transaction.atomic
def change_currency(
    *,
    currency: Currency,
    ctx: Context,
    name: Annotated[str | None, replace(NAME, edits="name")] = None,
    prefix: Annotated[str | None, replace(PREFIX, edits="prefix")] = None,
    suffix: Annotated[str | None, replace(SUFFIX, edits="suffix")] = None,
) -> None:
    """How amounts are shown."""
    lock(currency)
    update_with_audit(
        currency, "changed", without_none(name=name, prefix=prefix, suffix=suffix), ctx=ctx
    )


def activate_currency_blocked_reason(currency: Currency, ctx: Context) -> StateConflict | None:
    """Why a currency cannot be activated."""
    return StateConflict("currency.already_active") if currency.is_active else None


@act(
    "currency.activate",
    Currency,
    label=_("Activate"),
    done=_("New orders can be placed in %(code)s."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    blocked=activate_currency_blocked_reason,
)
@transaction.atomic
def activate_currency(*, currency: Currency, ctx: Context) -> None:
    """Take new orders in it. Raises ``StateConflict`` when they are taken."""
    if blocked := activate_currency_blocked_reason(lock(currency), ctx):
        raise blocked
    update_with_audit(currency, "changed", {"is_active": True}, ctx=ctx)


def deactivate_currency_blocked_reason(currency: Currency, ctx: Context) -> StateConflict | None:
    """Why a currency cannot be deactivated."""
    if currency.is_default:
        return StateConflict("currency.default_stays_active")
    return None if currency.is_active else StateConflict("currency.already_inactive")


@act(
    "currency.deactivate",
    Currency,
    label=_("Deactivate"),
    intro=_("Existing services and invoices don't change."),
    done=_("New orders can no longer be placed in %(code)s."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    blocked=deactivate_currency_blocked_reason,
)
@transaction.atomic
def deactivate_currency(*, currency: Currency, ctx: Context) -> None:
    """Take no new orders in it; what exists goes on. Raises ``StateConflict`` for the default one, and one that is
    inactive.
    """
    if blocked := deactivate_currency_blocked_reason(lock(currency), ctx):
        raise blocked
    update_with_audit(currency, "changed", {"is_active": False}, ctx=ctx)


def make_default_currency_blocked_reason(currency: Currency, ctx: Context) -> StateConflict | None:
    """Why a currency cannot become the default one."""
    if currency.is_default:
        return StateConflict("currency.already_default")
    return None if currency.is_active else StateConflict("currency.default_inactive")


@act(
    "currency.default",
    Currency,
    label=_("Make default"),
    intro=_("All exchange rates are cleared, because they refer to the old default."),
    done=_("%(code)s is now the default currency."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    blocked=make_default_currency_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def make_default_currency(*, currency: Currency, ctx: Context) -> None:
    """The one in which rates are counted. All rates were to the old one: they are emptied.

    Raises ``StateConflict`` if it is not active, and if it is the default one.
    """
    rows = {row.pk: row for row in Currency.objects.select_for_update().order_by("code")}
    if blocked := make_default_currency_blocked_reason(rows[currency.pk], ctx):
        raise blocked
    Currency.objects.update(is_default=False, **NO_RATE)
    update_with_audit(currency, "made_default", {"is_default": True}, ctx=ctx)


NO_RATE = {
    "rate": "",
    "rate_on": None,
    "rate_source": RateSource.MANUAL.value,
    "rate_quotes": "",
    "rate_set_at": None,
    "held_quotes": "",
    "held_on": None,
}
"""What is known of a rate while there is none."""


def set_exchange_rate_blocked_reason(currency: Currency, ctx: Context) -> StateConflict | None:
    """Why a currency has no exchange rate: others are counted in it."""
    return StateConflict("currency.default_rate_fixed") if currency.is_default else None


def _rate_hint(currency: Currency) -> str:
    default = Currency.objects.filter(is_default=True).values_list("code", flat=True).first()
    words = {"code": currency.pk, "default": default}
    return gettext("What one %(code)s is worth in %(default)s.") % words


def _stored_rate(currency: Currency, _at: datetime) -> Decimal | None:
    return Decimal(currency.rate) if currency.rate else None


@act(
    "currency.rate",
    Currency,
    label=_("Set exchange rate"),
    intro=_(
        "Used for tax in your accounting currency, limits of added funds, and margins of registrar prices."
    ),
    done=_("The exchange rate was saved."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    blocked=set_exchange_rate_blocked_reason,
    example="currency rate GBP --rate 1.17 --on 2030-01-31",
)
@transaction.atomic
def set_exchange_rate(
    *,
    currency: Currency,
    rate: Annotated[
        Decimal,
        DecimalNumber(_("Exchange rate"), about=_rate_hint, proposed=_stored_rate),
    ],
    ctx: Context,
    on: Annotated[
        date | None,
        Day(_("Rate date"), proposed=lambda _currency, at: business_date(at)),
    ] = None,
) -> None:
    """What one of it is worth in the default currency on a day (today), as staff say: a published rate that waits to be
    confirmed is forgotten. Raises ``BusinessError`` unless it is above 0, ``StateConflict`` for the default currency.
    """
    if blocked := set_exchange_rate_blocked_reason(lock(currency), ctx):
        raise blocked
    if not (rate.is_finite() and rate > 0):
        raise BusinessError("currency.rate_not_positive", field="rate")
    text = f"{rate.normalize():f}"
    if len(text) > 24:
        raise BusinessError("currency.rate_too_long", field="rate")
    rate_fields = NO_RATE | {"rate": text, "rate_on": on or business_date(ctx.at)}
    del rate_fields["rate_set_at"]  # it differs each time, and the entry has it
    update_with_audit(currency, "rate_set", rate_fields, ctx=ctx)
    Currency.objects.filter(pk=currency.pk).update(rate_set_at=ctx.at)


def delete_currency_blocked_reason(currency: Currency, ctx: Context) -> StateConflict | None:
    """Why a currency stays: it is the default one, or clients, prices, documents or settings refer to it."""
    if currency.is_default:
        return StateConflict("currency.default_not_deletable")
    if Client.objects.filter(currency_code=currency.pk).exists():
        return StateConflict("currency.used_by_clients", currency=currency)
    named = {get_setting("tax.accounting_currency")}
    named |= {*get_setting("billing.late_fee_amount"), *get_setting("orders.review_rules")}
    named |= set(get_setting("domains.low_balance"))
    if currency.pk in named:
        return StateConflict("currency.used_by_setting", currency=currency)
    users = users_text(currency)
    return StateConflict("currency.in_use", name=str(currency), users=users) if users else None


@act(
    "currency.delete",
    Currency,
    label=_("Delete"),
    done=lambda _none, currency: gettext("%(name)s was deleted.") % {"name": currency.code},
    staff=StaffPermission.PRODUCTS_MANAGE,
    blocked=delete_currency_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def delete_currency(*, currency: Currency, ctx: Context) -> None:
    """Forget a currency in which nothing was ever priced or billed. Raises ``StateConflict`` for any other."""
    currency = lock(currency)
    if blocked := delete_currency_blocked_reason(currency, ctx):
        raise blocked
    delete_with_audit(currency, ctx=ctx)
