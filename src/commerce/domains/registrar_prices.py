"""What registrars charge for TLDs, compared each day, and beside it what clients pay (domains.md 2 and 9)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from commerce.accounts.recipients import send_staff_email
from commerce.catalog.models import Currency
from commerce.domains.actions.registrar_prices import record_price_list
from commerce.domains.models import Domain, RegistrarPrice, Tld, TldPrice
from commerce.domains.registrars import registry
from commerce.domains.rules import LIVE_DOMAIN_STATUSES, PricedOperation
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money, currency_exponent, round_half_up
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from commerce.site_settings.adapter_fields import adapter_settings, missing_fields
from commerce.site_settings.current import get_setting


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceMargin:
    """A price of a TLD beside its cost; ``margin`` is in the price's currency, none without a rate to convert by."""

    registrar: str
    tld: str
    operation: str
    cost: Money
    price: Money
    margin: Money | None

    @property
    def is_loss(self) -> bool:
        return self.margin is not None and self.margin.amount < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """A registrar takes another price since an instant; none where it stopped or began to tell it."""

    registrar: str
    tld: str
    operation: str
    old: Money | None
    new: Money | None
    changed_at: datetime


def priced_registrars() -> list[str]:
    """The registrars that tell prices, are set up, and are used: by default, by a TLD, or by a live name."""
    used = {str(get_setting("domains.registrar"))}
    used |= set(Tld.objects.exclude(registrar="").values_list("registrar", flat=True))
    live = Domain.objects.filter(status__in=LIVE_DOMAIN_STATUSES)
    used |= set(live.values_list("registrar", flat=True).distinct())
    return [
        slug
        for slug, adapter in registry.REGISTRAR_CLASSES.items()
        if slug in used
        and adapter.capabilities.price_list
        and not missing_fields(
            adapter.fields, adapter_settings(f"registrar.{slug}", adapter.fields)
        )
    ]


def refresh_prices(slug: str, *, ctx: Context) -> int:
    """Ask a registrar for its price list and keep it; how many prices of our TLDs changed.

    Not inside a transaction. Raises ``BusinessError`` when it does not tell.
    """
    answer = registry.get_registrar(slug).price_list()
    if answer.data is None:
        raise BusinessError("registrar.no_price_list", registrar=slug, problem=answer.message)
    return record_price_list(registrar=slug, costs=answer.data, ctx=ctx)


def compare_prices_daily(day: RunDay, report: StepReport) -> None:
    """Keep the price lists of all registrars; staff hear once a day of one that does not tell."""
    changed = 0
    for slug in priced_registrars():
        report.rows += 1
        try:
            changed += refresh_prices(slug, ctx=Context(day.at, SYSTEM))
        except BusinessError as error:
            report.errors.append({"kind": "registrar", "id": slug, "error": str(error)})
    report.outcome = f"{changed} prices changed" if changed else "no changes"
    if report.errors:
        send_staff_email(
            event="run_failed",
            idempotency_key=f"{day.date} {report.name}",
            page="runs",
            values={"step": report.name, "count": len(report.errors)},
            at=day.at,
        )


def price_changes(slug: str, *, since: datetime) -> list[PriceChange]:
    """What a registrar changed since then, the latest first."""
    rows = RegistrarPrice.objects.filter(registrar=slug).select_related("tld")
    after = {(row.tld_id, row.operation, row.since): row for row in rows.filter(since__gte=since)}
    replaced = rows.filter(replaced_at__gte=since).order_by("-replaced_at", "tld__tld", "pk")
    return [
        PriceChange(
            registrar=slug,
            tld=row.tld.tld,
            operation=row.operation,
            old=row.money,
            new=after[row.tld_id, row.operation, row.replaced_at].money,
            changed_at=row.replaced_at,
        )
        for row in replaced
        if row.replaced_at is not None
    ]


def margins(slug: str) -> Iterator[PriceMargin]:
    """Each price of a TLD that new names are registered under here, beside its cost, in the order of the table."""
    default = str(get_setting("domains.registrar"))
    costs = {
        (row.tld_id, row.operation): row
        for row in RegistrarPrice.objects.current().filter(registrar=slug)
    }
    rates = {row.pk: row.rate_value for row in Currency.objects.all()}
    prices = TldPrice.objects.select_related("tld").order_by(
        "tld__position", "tld__tld", "currency_id"
    )
    for price in prices:
        if (price.tld.registrar or default) != slug:
            continue
        for operation in PricedOperation:
            amount, row = getattr(price, operation), costs.get((price.tld_id, operation))
            if amount is None or row is None:
                continue
            paid = Money(amount, price.currency_id)
            converted = _converted(row.money, paid.currency, rates)
            yield PriceMargin(
                registrar=slug,
                tld=price.tld.tld,
                operation=operation,
                cost=row.money,
                price=paid,
                margin=None if converted is None else Money(paid.amount - converted, paid.currency),
            )


def _converted(cost: Money, currency_code: str, rates: dict[str, Decimal | None]) -> int | None:
    """A cost in minor units of another currency; none without both rates."""
    if cost.currency == currency_code:
        return cost.amount
    there, here = rates.get(cost.currency), rates.get(currency_code)
    if not there or not here:
        return None
    scale = Fraction(10) ** (currency_exponent(currency_code) - currency_exponent(cost.currency))
    return round_half_up(cost.amount * Fraction(there) / Fraction(here) * scale)
