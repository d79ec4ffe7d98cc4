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
)
from commerce.catalog.exchange_rates.rules import RateSource
from commerce.catalog.models import Currency
from commerce.kit import money
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
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
    is_active: bool | None = None,
) -> None:
    """How amounts are shown, and whether new orders are taken in it. What exists in it goes on.

    Raises ``BusinessError`` when the default currency would become inactive.
    """
    Currency.objects.select_for_update().get(pk=currency.pk)
    fields = {"name": name, "prefix": prefix, "suffix": suffix, "is_active": is_active}
    currency.refresh_from_db()
    if is_active is False and currency.is_default:
        raise BusinessError("currency.default_stays_active", field="is_active")
    changes = {key: value for key, value in fields.items() if value is not None}
    update_with_audit(currency, "changed", changes, ctx=ctx)


@transaction.atomic
def make_default_currency(*, currency: Currency, ctx: Context) -> None:
    """The one in which rates are counted. All rates were to the old one: they are emptied.

    Raises ``BusinessError`` if it is not active.
    """
    rows = {row.pk: row for row in Currency.objects.select_for_update().order_by("code")}
    if not rows[currency.pk].is_active:
        raise BusinessError("currency.not_active", currency=currency.pk, field="currency")
    if rows[currency.pk].is_default:
        return
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


@transaction.atomic
def set_exchange_rate(*, currency: Currency, rate: Decimal, on: date, ctx: Context) -> None:
    """What one of it is worth in the default currency on a day, as staff say: a published rate that waits to be
    confirmed is forgotten. Raises ``BusinessError`` unless it is above 0.
    """
    if currency.is_default:
        raise BusinessError("currency.default_rate_fixed", field="rate")
    if not (rate.is_finite() and rate > 0):
        raise BusinessError("currency.rate_not_positive", field="rate")
    text = f"{rate.normalize():f}"
    if len(text) > 24:
        raise BusinessError("currency.rate_too_long", field="rate")
    rate_fields = NO_RATE | {"rate": text, "rate_on": on}
    del rate_fields["rate_set_at"]  # it differs each time, and the entry has it
    update_with_audit(currency, "rate_set", rate_fields, ctx=ctx)
    Currency.objects.filter(pk=currency.pk).update(rate_set_at=ctx.at)


@transaction.atomic
def delete_currency(*, currency: Currency, ctx: Context) -> None:
    """Forget a currency in which nothing was ever priced or billed.

    Raises ``BusinessError`` for the default one, and while clients, prices, documents or settings refer to it.
    """
    currency = Currency.objects.select_for_update().get(pk=currency.pk)
    if currency.is_default:
        raise BusinessError("currency.default_not_deletable")
    if Client.objects.filter(currency_code=currency.pk).exists():
        raise BusinessError("currency.used_by_clients", currency=currency)
    named = {get_setting("tax.accounting_currency")}
    named |= {*get_setting("billing.late_fee_amount"), *get_setting("orders.review_rules")}
    named |= set(get_setting("domains.low_balance"))
    if currency.pk in named:
        raise BusinessError("currency.used_by_setting", currency=currency)
    delete_with_audit(
        currency,
        in_use=lambda users: BusinessError("currency.in_use", name=str(currency), users=users),
        ctx=ctx,
    )
