"""Currencies: which there are, and what they are worth (catalog-and-orders.md 1)."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from commerce.accounts.models import Client
from commerce.audit.actions import write_audit_entry
from commerce.catalog.actions.editing import (
    check_lengths,
    delete_with_audit,
    update_with_audit,
    users_text,
)
from commerce.catalog.exchange_rates.rules import RateSource
from commerce.catalog.models import Currency
from commerce.db.locks import lock
from commerce.kit import money
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.site_settings.current import get_setting


@transaction.atomic
def create_currency(
    *, code: str, name: str, ctx: Context, prefix: str = "", suffix: str = ""
) -> Currency:
    """A further active currency, with the exponent of ISO 4217. Raises ``BusinessError`` for a code that is known or
    none.
    """
    if code not in money.CURRENCY_EXPONENTS:
        raise BusinessError("currency.code_not_valid", code=code, field="code")
    if Currency.objects.filter(pk=code).exists():
        raise BusinessError("currency.exists", code=code, field="code")
    fields = {"name": name, "prefix": prefix, "suffix": suffix}
    check_lengths(Currency, fields)
    currency = Currency.objects.create(code=code, exponent=money.currency_exponent(code), **fields)
    write_audit_entry(ctx=ctx, action="currency.created", record=("currency", None), name=code)
    return currency


@transaction.atomic
def change_currency(
    *,
    currency: Currency,
    ctx: Context,
    name: str | None = None,
    prefix: str | None = None,
    suffix: str | None = None,
) -> None:
    """How amounts are shown."""
    lock(currency)
    fields = {"name": name, "prefix": prefix, "suffix": suffix}
    changes = {key: value for key, value in fields.items() if value is not None}
    update_with_audit(currency, "changed", changes, ctx=ctx)


def activate_currency_blocked_reason(currency: Currency, ctx: Context) -> StateConflict | None:
    """Why a currency cannot be activated."""
    return StateConflict("currency.already_active") if currency.is_active else None


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


@transaction.atomic
def set_exchange_rate(*, currency: Currency, rate: Decimal, on: date, ctx: Context) -> None:
    """What one of it is worth in the default currency on a day, as staff say: a published rate that waits to be
    confirmed is forgotten. Raises ``BusinessError`` unless it is above 0, ``StateConflict`` for the default currency.
    """
    if blocked := set_exchange_rate_blocked_reason(lock(currency), ctx):
        raise blocked
    if not (rate.is_finite() and rate > 0):
        raise BusinessError("currency.rate_not_positive", field="rate")
    text = f"{rate.normalize():f}"
    if len(text) > 24:
        raise BusinessError("currency.rate_too_long", field="rate")
    rate_fields = NO_RATE | {"rate": text, "rate_on": on}
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


@transaction.atomic
def delete_currency(*, currency: Currency, ctx: Context) -> None:
    """Forget a currency in which nothing was ever priced or billed. Raises ``StateConflict`` for any other."""
    currency = lock(currency)
    if blocked := delete_currency_blocked_reason(currency, ctx):
        raise blocked
    delete_with_audit(currency, ctx=ctx)
