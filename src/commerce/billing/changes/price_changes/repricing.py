"""What services and domains that exist would cost at today's catalog, and from when (catalog-and-orders.md 3).

Read from the rows, a number at a time: the statements do not grow with their number.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from commerce.accounts.rules import ClientStatus
from commerce.billing.changes.price_changes.rules import (
    CATALOG_PRICES,
    AnnouncedPrice,
    NewPrices,
    RepricingDecision,
    decide_repricing,
    first_price_day,
)
from commerce.billing.models import BilledPeriod, PriceChange
from commerce.billing.periods.rules import BilledPeriodStatus
from commerce.catalog.models import PromoCode
from commerce.catalog.offers import OfferedOption, UnitPrice, price_list, product_options
from commerce.catalog.quote import (
    ChosenOption,
    DomainPrice,
    ProductPrice,
    PromoDiscount,
    apply_discounts,
)
from commerce.domains.models import Domain
from commerce.domains.offers import renewal_prices
from commerce.domains.rules import RENEWABLE_DOMAIN_STATUSES
from commerce.hosting.models import Service
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES, following_due_date
from commerce.kit.errors import BusinessError
from commerce.kit.periods import MONTHS_PER_CYCLE, add_months
from commerce.site_settings import current


@dataclass(frozen=True, slots=True, kw_only=True)
class RepricingResult:
    """What a re-price does with one service or domain; ``blocked_reason`` says why nothing.

    ``dropped``: the catalog is back at its price, and what was announced (``announced``) does not come.
    """

    item: Service | Domain
    amount: int = 0
    options: list[dict[str, Any]] = field(default_factory=list)
    price_parts: dict[str, Any] = field(default_factory=dict)
    from_date: date | None = None
    announced: PriceChange | None = None
    dropped: bool = False
    blocked_reason: BusinessError | None = None

    @property
    def kind(self) -> str:
        return "service" if isinstance(self.item, Service) else "domain"

    @property
    def charged(self) -> str:
        """How often: the billing cycle, or the years of a term."""
        if isinstance(self.item, Service):
            return self.item.billing_cycle
        return f"every {self.item.term_years} years" if self.item.term_years > 1 else "annually"

    @property
    def old_amount(self) -> int:
        """What it costs now."""
        return renewal_price_of(self.item)


def renewal_price_of(item: Service | Domain) -> int:
    """What one renewal costs at present."""
    return item.amount if isinstance(item, Service) else item.recurring_amount


def reprice_services(
    services: Sequence[Service], today: date, prices: NewPrices = CATALOG_PRICES
) -> Iterator[RepricingResult]:
    """What a re-price on this business date does with each; they come with product, client and group."""
    shelves = _shelves(services) if prices.are_of_catalog else {}
    percents = _percents(services)
    known = _RepricingContext(services, today, prices.not_before)
    for service in services:
        why_not = _no_next_period(service, RUNNING_SERVICE_STATUSES)
        if not why_not and (
            service.billing_cycle not in MONTHS_PER_CYCLE or service.anchor_date is None
        ):
            why_not = BusinessError("price_change.item_paid_once")
        if not why_not and service.has_price_override:
            why_not = BusinessError("price_change.price_agreed")
        if why_not:
            yield RepricingResult(item=service, blocked_reason=why_not)
            continue
        try:
            if prices.are_of_catalog:
                shelf = shelves[service.currency_id, service.client.group_id]
                new = _price_today(service, shelf, percents)
            else:
                new = _price_changed(service, prices, percents)
            from_date = known.first_day(service)
        except BusinessError as error:
            yield RepricingResult(item=service, blocked_reason=error)
            continue
        yield known.decided(service, new, from_date)


def reprice_domains(
    domains: Sequence[Domain], today: date, new_prices: NewPrices = CATALOG_PRICES
) -> Iterator[RepricingResult]:
    """The same for domains, at the renewal price of their TLD by their term; they come with their client. What they
    cost is the TLD's price alone: nothing is added to it.
    """
    known = _RepricingContext(domains, today, new_prices.not_before)
    prices = {
        code: renewal_prices(code, {one.tld for one in domains if one.currency_id == code})
        for code in {one.currency_id for one in domains}
    }
    for domain in domains:
        why_not = _no_next_period(domain, RENEWABLE_DOMAIN_STATUSES)
        price = prices[domain.currency_id].get(domain.tld)
        if not why_not and price is None:
            why_not = BusinessError("price_change.tld_without_price")
        if why_not or price is None:
            yield RepricingResult(item=domain, blocked_reason=why_not)
            continue
        new = DomainPrice(
            action="renew",
            tld=domain.tld,
            unit_amount=price,
            renewal=price,
            years=domain.term_years,
        )
        yield known.decided(domain, new, known.first_day(domain))


def _no_next_period(item: Service | Domain, states: Collection[str]) -> BusinessError | None:
    if item.status not in states:
        return BusinessError("price_change.no_period_to_come")
    if item.client.status == ClientStatus.CLOSED:
        return BusinessError("price_change.client_closed")
    return None


class _RepricingContext:
    """What is billed and announced of some services or domains, and the first day on which a new price may count."""

    def __init__(
        self,
        items: Sequence[Service] | Sequence[Domain],
        today: date,
        not_before: date | None = None,
    ) -> None:
        notice = timedelta(days=current.get_setting("billing.price_change_notice_days"))
        self.earliest = max(today + notice, not_before or today)
        noun = "service" if items and isinstance(items[0], Service) else "domain"
        ids = {f"{noun}__in": [item.pk for item in items]}
        owner = f"{noun}_id"
        self.billed_starts: dict[int, set[date]] = {}
        billed_periods = BilledPeriod.objects.filter(**ids).exclude(
            status=BilledPeriodStatus.RELEASED
        )
        for pk, start in billed_periods.values_list(owner, "period_start"):
            self.billed_starts.setdefault(pk, set()).add(start)
        self.announced = {
            getattr(change, owner): change for change in PriceChange.objects.planned().filter(**ids)
        }

    def first_day(self, item: Service | Domain) -> date:
        """Start of the first period that a new price can count for. Raises ``BusinessError`` if its dates do not
        fit.
        """
        due = item.next_due_date
        assert due is not None  # of those that have a period to come

        def following(day: date) -> date:
            if isinstance(item, Domain):
                return add_months(day, 12 * item.term_years)
            assert item.anchor_date is not None
            return following_due_date(item.anchor_date, item.billing_cycle, day)

        billed: Collection[date] = self.billed_starts.get(item.pk, ())
        try:
            return first_price_day(due, following, billed_starts=billed, earliest=self.earliest)
        except ValueError as wrong:
            raise BusinessError("price_change.due_date_starts_no_period") from wrong

    def decided(
        self, item: Service | Domain, price: ProductPrice | DomainPrice, from_date: date
    ) -> RepricingResult:
        """What becomes of one that would cost so much from that day on."""
        open_one, now, new = self.announced.get(item.pk), renewal_price_of(item), price.recurring()
        holds = open_one is not None and open_one.old_amount == now
        decision = decide_repricing(
            now=now,
            new=new,
            from_date=from_date,
            announced=AnnouncedPrice(open_one.amount, open_one.from_date)
            if open_one and holds
            else None,
        )
        if decision in (RepricingDecision.PLAN, RepricingDecision.DROP) and _ends_before(
            item, from_date
        ):
            why_not: BusinessError | None = BusinessError("price_change.service_ends_before")
        else:
            why_not = _why_not(decision, open_one)
        return RepricingResult(
            item=item,
            amount=new,
            options=price.options_to_keep(),
            price_parts=price.price_parts(),
            from_date=None if why_not else from_date,
            announced=open_one,
            dropped=decision is RepricingDecision.DROP and not why_not,
            blocked_reason=why_not,
        )


def _ends_before(item: Service | Domain, from_date: date) -> bool:
    return isinstance(item, Service) and item.ends_on is not None and item.ends_on <= from_date


def _why_not(found: RepricingDecision, announced: PriceChange | None) -> BusinessError | None:
    if found is RepricingDecision.SAME:
        return BusinessError("price_change.costs_that_already")
    if found is RepricingDecision.ANNOUNCED and announced:
        return BusinessError("price_change.already_announced", day=announced.from_date)
    if found is RepricingDecision.PROMISED and announced:
        return BusinessError("price_change.lower_price_announced", day=announced.from_date)
    return None


@dataclass(frozen=True, slots=True)
class _CatalogPrices:
    """What the catalog says in one currency, for clients of one group."""

    prices: Mapping[int, Mapping[str, UnitPrice]]
    options: Mapping[int, tuple[OfferedOption, ...]]


def _shelves(services: Iterable[Service]) -> dict[tuple[str, int | None], _CatalogPrices]:
    products: dict[tuple[str, int | None], set[int]] = {}
    for one in services:
        products.setdefault((one.currency_id, one.client.group_id), set()).add(one.product_id)
    return {
        (code, group): _CatalogPrices(price_list(ids, code, group), product_options(ids, code))
        for (code, group), ids in products.items()
    }


def _percents(services: Iterable[Service]) -> dict[str, int]:
    """Basis points of the percentage codes that services keep; what a code takes off never changes."""
    codes = {
        one.price_parts.get("promo_code")
        for one in services
        if one.price_parts.get("promo_discount")
    }
    rows = PromoCode.objects.filter(code__in=codes - {None, ""}, percent__gt=0) if codes else ()
    return {row.code: row.percent for row in rows}


def _price_today(
    service: Service, shelf: _CatalogPrices, percents: Mapping[str, int]
) -> ProductPrice:
    unit = shelf.prices.get(service.product_id, {}).get(service.billing_cycle)
    if unit is None:
        raise BusinessError("price_change.product_without_price")
    offered = shelf.options.get(service.product_id, ())
    price = ProductPrice(
        product_id=service.product_id,
        billing_cycle=service.billing_cycle,
        base=unit.base,
        options=tuple(_option(row, offered, service.billing_cycle) for row in service.options),
        is_group_price=unit.is_group_price,
    )
    group = service.client.group
    percent = group.discount if group else 0
    [price] = apply_discounts(
        [price], group_percent=percent, promo=_recurring_promo(service.price_parts, percents)
    )
    return price


def _price_changed(
    service: Service, prices: NewPrices, percents: Mapping[str, int]
) -> ProductPrice:
    """What a service costs, changed before its discounts, which it keeps. Raises ``BusinessError`` below zero."""
    options = tuple(
        ChosenOption(row["name"], row["value"], prices.changed(row.get("amount") or 0))
        for row in service.options
    )
    parts, group = service.price_parts, service.client.group
    base = parts.get(
        "base", service.amount - sum(row.get("amount") or 0 for row in service.options)
    )
    price = ProductPrice(
        product_id=service.product_id,
        billing_cycle=service.billing_cycle,
        base=prices.changed(base) + prices.amount,
        options=options,
        is_group_price=not parts.get("group_discount"),
    )
    if price.unit_amount < 0:
        raise BusinessError("price_change.below_zero")
    percent, promo = group.discount if group else 0, _recurring_promo(parts, percents)
    [price] = apply_discounts([price], group_percent=percent, promo=promo)
    return price


def _recurring_promo(
    price_parts: Mapping[str, Any], percents: Mapping[str, int]
) -> PromoDiscount | None:
    """The recurring promo of a service, whatever became of its code: its percentage, or its share of an amount."""
    off, code = price_parts.get("promo_discount"), price_parts.get("promo_code") or ""
    if not off:
        return None
    percent = percents.get(code, 0)
    return PromoDiscount(
        code=code, percent=percent, amount=0 if percent else abs(off), recurring=True
    )


def _option(
    sold: Mapping[str, Any], offered: Iterable[OfferedOption], billing_cycle: str
) -> ChosenOption:
    """A chosen option at its price of today; at what it costs now if it is not offered any more."""
    name, value = str(sold["name"]), str(sold["value"])
    option = next((one for one in offered if one.name == name), None)
    picked = option.picked(value) if option else None
    chosen = option.chosen(picked, billing_cycle) if option and picked is not None else None
    return chosen or ChosenOption(name, value, sold.get("amount") or 0)
