"""What a service can be changed to today, read from the rows, with the figures of each way (billing.md 8)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commerce.accounts.models import Client
from commerce.billing.changes.plan_changes.models import new_plan_name
from commerce.billing.changes.plan_changes.pricing import PlanCharge, price_new_plan
from commerce.billing.changes.plan_changes.rules import (
    DateRange,
    PlanTotals,
    days_billed,
    last_day_to_pay,
)
from commerce.billing.changes.plan_changes.unused_time import UnusedTime, unused_time
from commerce.billing.invoices.rules import SUSPENDING_INVOICE_KINDS, InvoiceKind
from commerce.billing.models import CancellationRequest, Invoice, PlanChange, PriceChange
from commerce.billing.tax.queries import taxation_for_client
from commerce.billing.tax.rules import Taxation
from commerce.catalog.models import Product
from commerce.catalog.offers import (
    OfferedOption,
    UnitPrice,
    choose_options,
    price_list,
    product_options,
)
from commerce.catalog.quote import PRICE_OVERRIDE, ProductPrice, apply_discounts
from commerce.catalog.rules import ProductStatus
from commerce.hosting.models import Service
from commerce.hosting.modules.contract import PlanReach
from commerce.hosting.plan_reach import plan_reach
from commerce.hosting.rules import ServiceStatus
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.periods import MONTHS_PER_CYCLE
from commerce.presentation.formats import format_day
from commerce.presentation.labels import Text
from commerce.site_settings import current


class PlanPrice(NamedTuple):
    """What a service costs with another plan for each period, as its own columns hold it."""

    amount: int
    options: list[dict[str, Any]]
    price_parts: dict[str, Any]

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """Its options, whatever they cost."""
        return [(str(one["name"]), str(one["value"])) for one in self.options]


@dataclass(frozen=True, slots=True)
class PlanOffer:
    """One way to change: the new product and cycle, what it costs from then on, and what is given back and charged
    today. Amounts of documents are in minor units with tax.
    """

    product: Product
    billing_cycle: str
    new_plan: Text
    """What people read of it."""
    amount: int
    options: list[dict[str, Any]]
    price_parts: dict[str, Any]
    losses: list[str]
    unused: UnusedTime
    charge: PlanCharge
    taxation: Taxation
    needs_stop: bool = False
    """Its machine must be stopped and started until all of it is there."""

    @property
    def difference(self) -> int:
        """Above 0 it is to be paid, below 0 it becomes credit."""
        return self.charge.total - self.unused.total

    @property
    def price(self) -> PlanPrice:
        """What a quote keeps of it."""
        return PlanPrice(self.amount, self.options, self.price_parts)

    @property
    def totals(self) -> PlanTotals:
        """What a person confirms."""
        return PlanTotals(self.unused.total, self.charge.total, self.difference)

    @property
    def due_today(self) -> int:
        """What is to be paid; 0 when nothing is."""
        return max(self.difference, 0)

    @property
    def left_over(self) -> int:
        """What becomes credit; 0 when nothing does."""
        return max(-self.difference, 0)

    @property
    def next_due_date(self) -> date:
        """When the service is due after the change."""
        return self.charge.next_due_date

    @property
    def per_month(self) -> int:
        """What orders plans: the price of three years."""
        return self.amount * 36 // MONTHS_PER_CYCLE[self.billing_cycle]

    def differs_from(self, change: PlanChange) -> bool:
        """Whether more than the days is not as it was confirmed: recurring amount, options, rate, tax case, or the
        VAT number that decides about it."""
        return (self.amount, self.options, self.charge.taxed_as) != (
            change.amount,
            change.options,
            change.taxed_as,
        )


_blocks: list[Callable[[Service], StateConflict | None]] = []


def block_plan_changes(reason: Callable[[Service], StateConflict | None]) -> None:
    """Name a reason of an app above for which the plan of a service cannot be changed."""
    _blocks.append(reason)


def plan_change_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """Why the plan of a service cannot be changed now, as the error of who tries it; ``None`` if it can."""
    return _blocked_reason(service, current.business_date(ctx.at))


def _blocked_reason(service: Service, today: date) -> StateConflict | None:
    if not current.get_setting("plan_changes.enabled"):
        return StateConflict("plan_change.switched_off")
    if service.status != ServiceStatus.ACTIVE:
        return StateConflict("plan_change.service_not_active")
    if service.billing_cycle not in MONTHS_PER_CYCLE or service.anchor_date is None:
        return StateConflict("plan_change.service_paid_once")
    if PlanChange.objects.open().filter(service=service).exists():
        return StateConflict("plan_change.already_open")
    return _not_carried_out_reason(service, today)


def _not_carried_out_reason(service: Service, today: date) -> StateConflict | None:
    """Why a change that was asked for cannot be carried out now; ``None`` if it can."""
    if service.status != ServiceStatus.ACTIVE:
        return StateConflict("plan_change.service_not_active")
    if service.ends_on is not None or CancellationRequest.objects.open().filter(service=service):
        return StateConflict("plan_change.service_ends")
    return (
        _netted_reason(service, today)
        or _unpaid_invoice_reason(service)
        or next((reason for block in _blocks if (reason := block(service))), None)
    )


def _netted_reason(service: Service, today: date) -> StateConflict | None:
    """A document of a former change bills the new plan less the old one: its days must be over first."""
    rows = PlanChange.objects.filter(service=service, netted_until__isnull=False)
    until = rows.order_by("-netted_until").values_list("netted_until", flat=True).first()
    if until is None or until <= today:
        return None
    return StateConflict("plan_change.not_until", day=format_day(until))


def _unpaid_invoice_reason(service: Service) -> StateConflict | None:
    """Why an invoice of a service is in the way: what is not paid yet gives nothing back."""
    owed = Invoice.objects.open().filter(
        kind__in=SUSPENDING_INVOICE_KINDS, subjects__service=service
    )
    kinds = set(owed.values_list("kind", flat=True))
    if InvoiceKind.ORDER in kinds:
        return StateConflict("plan_change.order_not_paid")
    if InvoiceKind.RENEWAL in kinds:
        return StateConflict("plan_change.renewal_not_paid")
    return StateConflict("plan_change.change_not_paid") if kinds else None


def last_day_of_request(service: Service, today: date) -> date:
    """The last day of a request that is made today."""
    return last_day_to_pay(
        today=today,
        due_days=current.get_setting("billing.invoice_due_days"),
        renewal_issued_on=renewal_issued_on(service),
    )


def renewal_issued_on(service: Service) -> date | None:
    """When the next renewal is issued. A free service has none, unless a price was announced for its next period."""
    next_due = service.next_due_date
    if next_due is None:
        return None
    announced = PriceChange.objects.planned().filter(service=service, from_date__lte=next_due)
    if not service.amount and not announced.filter(amount__gt=0).exists():
        return None
    return next_due - timedelta(days=current.get_setting("billing.invoice_advance_days"))


def plan_offers(service: Service, today: date) -> list[PlanOffer]:
    """All ways to change a service today, upgrades first, then by price; none if it cannot change."""
    if _blocked_reason(service, today):
        return []
    group = Product.objects.filter(
        group_id=service.product.group_id, status=ProductStatus.ACTIVE
    ).order_by("position", "pk")
    found = list(_offers(service, list(group), _day_of(service, today)))
    now = service.amount * 36 // MONTHS_PER_CYCLE[service.billing_cycle]
    return sorted(found, key=lambda offer: (offer.per_month <= now, offer.per_month))


def find_plan_offer(
    service: Service,
    product_id: int,
    billing_cycle: str,
    today: date,
    *,
    kept: PlanPrice | None = None,
) -> PlanOffer:
    """One way to change, counted now, perhaps at a price that a quote ``kept``. Raises ``BusinessError`` when it is not
    offered, or the service cannot change.
    """
    if reason := _blocked_reason(service, today):
        raise reason
    return _find(service, product_id, billing_cycle, _day_of(service, today, kept=kept))


def recount_plan_offer(
    change: PlanChange, service: Service, today: date, *, unused_from: date | None = None
) -> PlanOffer:
    """What a change that was asked for costs today, or with what was unused ``unused_from`` a day before. The answer
    about the VAT number that it was confirmed with counts.

    Raises ``BusinessError`` when it is not offered any more.
    """
    if not current.get_setting("plan_changes.enabled"):
        raise BusinessError("plan_change.switched_off")
    if reason := _not_carried_out_reason(service, today):
        raise reason
    vat_kept = change.taxed_as.get("vat", {})
    kept = (
        PlanPrice(change.amount, change.options, change.price_parts) if change.keeps_price else None
    )
    day = _day_of(service, today, unused_from=unused_from, vat_kept=vat_kept, kept=kept)
    return _find(service, change.product_id, change.billing_cycle, day)


def _find(service: Service, product_id: int, billing_cycle: str, day: "OfferDay") -> PlanOffer:
    products = Product.objects.filter(
        group_id=service.product.group_id, status=ProductStatus.ACTIVE, pk=product_id
    )
    for offer in _offers(service, list(products), day):
        if offer.billing_cycle == billing_cycle:
            return offer
    raise BusinessError("plan_change.plan_not_offered")


@dataclass(frozen=True, slots=True)
class OfferDay:
    """What all offers of a service share on one day."""

    today: date
    client: Client
    taxation: Taxation
    unused: UnusedTime
    kept: PlanPrice | None


def _day_of(
    service: Service,
    today: date,
    *,
    unused_from: date | None = None,
    vat_kept: Mapping[str, Any] | None = None,
    kept: PlanPrice | None = None,
) -> OfferDay:
    client = Client.objects.select_related("group").get(pk=service.client_id)
    taxation = taxation_for_client(client, today, vat_kept=vat_kept)
    inclusive = taxation.prices_include_tax
    unused = unused_time(service, unused_from or today, prices_include_tax=inclusive)
    return OfferDay(today, client, taxation, unused, kept)


def _offers(service: Service, products: list[Product], day: OfferDay) -> Iterator[PlanOffer]:
    ids = [product.pk for product in products]
    prices = price_list(ids, service.currency_id, day.client.group_id)
    offered = product_options(ids, service.currency_id)
    for product in products:
        for cycle, unit in prices.get(product.pk, {}).items():
            same = (product.pk, cycle) == (service.product_id, service.billing_cycle)
            if cycle not in MONTHS_PER_CYCLE or same:
                continue
            plan = PlanCandidate(product, cycle, unit, offered.get(product.pk, ()))
            try:
                offer = _offer(service, plan, day)
            # it has a box that must be ticked, or options that cost less than nothing: no way there
            except BusinessError:
                continue
            if offer is not None:
                yield offer


@dataclass(frozen=True, slots=True)
class PlanCandidate:
    """A product in a cycle, as one client would pay for it."""

    product: Product
    billing_cycle: str
    unit: UnitPrice
    offered: tuple[OfferedOption, ...]


def _offer(service: Service, plan: PlanCandidate, day: OfferDay) -> PlanOffer | None:
    """None where the panel of the service has no way there, or what was kept has other options."""
    picked, gone = carry_over_options(service.options, plan.offered)
    price = ProductPrice(
        product_id=plan.product.pk,
        billing_cycle=plan.billing_cycle,
        base=plan.unit.base,
        options=choose_options(plan.offered, picked, plan.billing_cycle),
        is_group_price=plan.unit.is_group_price,
    )
    percent = day.client.group.discount if day.client.group else 0
    [price] = apply_discounts([price], group_percent=percent)
    now = PlanPrice(price.recurring(), price.options_to_keep(), price.price_parts())
    new = day.kept or now
    reach = plan_reach(service, plan.product, new.options)
    if reach == PlanReach.OUT_OF_REACH or new.chosen != now.chosen:
        return None
    return PlanOffer(
        product=plan.product,
        billing_cycle=plan.billing_cycle,
        new_plan=new_plan_name(service, plan.product, plan.billing_cycle),
        amount=new.amount,
        options=new.options,
        price_parts=new.price_parts,
        losses=[*_lost(service.price_parts, gone), *_days_lost(service, plan, day)],
        unused=day.unused,
        charge=price_new_plan(
            service,
            product=plan.product,
            amount=new.amount,
            billing_cycle=plan.billing_cycle,
            today=day.today,
            unused=day.unused,
            taxation=day.taxation,
        ),
        taxation=day.taxation,
        needs_stop=reach == PlanReach.NEEDS_STOP,
    )


def _lost(price_parts: Mapping[str, Any], gone: list[str]) -> list[str]:
    """In words: options that the new product lacks, a promo that recurs, and a price that was agreed."""
    found = list(gone)
    if price_parts.get("promo_discount"):
        code = price_parts.get("promo_code")
        found.append(_("Promo code %(code)s") % {"code": code} if code else _("Discount"))
    if price_parts.get(PRICE_OVERRIDE):
        found.append(_("Custom price"))
    return found


def _days_lost(service: Service, plan: PlanCandidate, day: OfferDay) -> list[str]:
    """With another cycle, the days up to the next due date that no document bills end."""
    if plan.billing_cycle == service.billing_cycle or service.next_due_date is None:
        return []
    left = DateRange(day.today, service.next_due_date)
    free = left.days - days_billed(left, day.unused.billed)
    if not free:
        return []
    text = ngettext("%(days)s day free of charge", "%(days)s days free of charge", free)
    return [text % {"days": free}]


def carry_over_options(
    options: Iterable[Mapping[str, Any]], offered: Iterable[OfferedOption]
) -> tuple[dict[int, int], list[str]]:
    """What was chosen of the old product and the new one has too, and in words what it lacks."""
    by_name = {option.name: option for option in offered}
    picked: dict[int, int] = {}
    gone: list[str] = []
    for old in options:
        name, value = str(old["name"]), str(old["value"])
        option = by_name.get(name)
        found = option.picked(value) if option else None
        if option is None or found is None:
            gone.append(f"{name}: {value}")
        else:
            picked[option.id] = found
    return picked, gone
