"""Currencies: which there are, and what they are worth (catalog-and-orders.md 1)."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from commerce.accounts.models import Client
from commerce.audit.actions import record
from commerce.catalog.actions.shared import change, check_lengths, delete
from commerce.catalog.models import Currency
from commerce.kit import money
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.preferences.current import get


@transaction.atomic
def create_currency(
    *, code: str, name: str, at: datetime, actor: Actor, prefix: str = "", suffix: str = ""
) -> Currency:
    """A further active currency, with the exponent of ISO 4217. Raises ``Refused`` for a code that is known or none."""
    if code not in money.CURRENCIES:
        raise Refused(f"{code} is not a currency of ISO 4217, such as EUR.", field="code")
    if Currency.objects.filter(pk=code).exists():
        raise Refused(f"{code} exists already.", field="code")
    fields = {"name": name, "prefix": prefix, "suffix": suffix}
    check_lengths(Currency, fields)
    currency = Currency.objects.create(code=code, exponent=money.exponent(code), **fields)
    record(at=at, actor=actor, action="currency.created", record=("currency", None), name=code)
    return currency


@transaction.atomic
def change_currency(
    *,
    currency: Currency,
    at: datetime,
    actor: Actor,
    name: str | None = None,
    prefix: str | None = None,
    suffix: str | None = None,
    is_active: bool | None = None,
) -> None:
    """How amounts are shown, and whether new orders are taken in it. What exists in it goes on.

    Raises ``Refused`` when the default currency would become inactive.
    """
    Currency.objects.select_for_update().get(pk=currency.pk)
    fields = {"name": name, "prefix": prefix, "suffix": suffix, "is_active": is_active}
    currency.refresh_from_db()
    if is_active is False and currency.is_default:
        raise Refused("The default currency is always active.", field="is_active")
    given = {key: value for key, value in fields.items() if value is not None}
    change(currency, "changed", given, at=at, actor=actor)


@transaction.atomic
def make_default_currency(*, currency: Currency, at: datetime, actor: Actor) -> None:
    """The one in which rates are counted. All rates were to the old one: they are emptied.

    Raises ``Refused`` if it is not active.
    """
    rows = {row.pk: row for row in Currency.objects.select_for_update().order_by("code")}
    if not rows[currency.pk].is_active:
        raise Refused(f"{currency.pk} is not active.", field="currency")
    if rows[currency.pk].is_default:
        return
    Currency.objects.update(is_default=False, rate="", rate_on=None)
    change(currency, "made_default", {"is_default": True}, at=at, actor=actor)


@transaction.atomic
def set_rate(*, currency: Currency, rate: Decimal, on: date, at: datetime, actor: Actor) -> None:
    """What one of it is worth in the default currency on a day. Raises ``Refused`` unless it is above 0."""
    if currency.is_default:
        raise Refused("The default currency is worth 1.", field="rate")
    if not (rate.is_finite() and rate > 0):
        raise Refused("A rate is a number above 0.", field="rate")
    text = f"{rate.normalize():f}"
    if len(text) > 24:
        raise Refused("A rate has at most 23 digits.", field="rate")
    change(currency, "rate_set", {"rate": text, "rate_on": on}, at=at, actor=actor)


@transaction.atomic
def delete_currency(*, currency: Currency, at: datetime, actor: Actor) -> None:
    """Forget a currency in which nothing was ever priced or billed.

    Raises ``Refused`` for the default one, and while clients, prices, documents or settings refer to it.
    """
    currency = Currency.objects.select_for_update().get(pk=currency.pk)
    if currency.is_default:
        raise Refused("The default currency cannot be deleted. Make another one the default first.")
    instead = "Make it inactive: no new orders are taken in it."
    if Client.objects.filter(currency_code=currency.pk).exists():
        raise Refused(f"Clients are billed in {currency} and it cannot be deleted. {instead}")
    named = {get("tax.accounting_currency")}
    named |= {*get("billing.late_fee_amount"), *get("orders.review_rules")}
    if currency.pk in named:
        raise Refused(f"A setting names {currency} and it cannot be deleted. {instead}")
    delete(currency, instead=instead, at=at, actor=actor)
