"""What a service can be changed to today, read from the rows, with the figures of each way (billing.md 8)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from commerce.accounts.models import Client
from commerce.billing.changes.plan_changes.pricing import (
    PlanChangePrice,
    UnusedPart,
    price_plan_change,
    unused_part_of,
)
from commerce.billing.changes.plan_changes.rules import PlanChangeFigures, options_and_promo_lost
from commerce.billing.invoices.rules import SUSPENDING_INVOICE_KINDS, InvoiceKind
from commerce.billing.models import CancellationRequest, Invoice, PlanChange
from commerce.billing.tax.queries import taxation_for_client
from commerce.catalog.models import Product
from commerce.catalog.offers import (
    OfferedOption,
    UnitPrice,
    choose_options,
    price_list,
    product_options,
)
from commerce.catalog.quote import ProductPrice, apply_discounts
from commerce.catalog.rules import ProductStatus
from commerce.hosting.models import Service
from commerce.hosting.rules import ServiceStatus
from commerce.kit.errors import BusinessError
from commerce.kit.periods import MONTHS_PER_CYCLE
from commerce.site_settings import current


@dataclass(frozen=True, slots=True)
class PlanOffer:
    """One way to change: the new product and cycle, what it costs from then on, and what today."""

    product: Product
    billing_cycle: str
    amount: int
    options: list[dict[str, Any]]
    parts: dict[str, Any]
    losses: list[str]
    today: PlanChangePrice

    @property
    def figures(self) -> PlanChangeFigures:
        """What is given for the old plan and charged for the new one today."""
        return self.today.figures

    @property
    def figures_shown(self) -> tuple[int, int, int]:
        """Credit, charge and total: what a person confirms."""
        return self.figures.credit, self.figures.charge, self.today.total

    @property
    def net(self) -> int:
        """What is due today without tax; below 0 it becomes credit."""
        return self.today.total - self.today.tax

    @property
    def tax(self) -> int:
        """Tax of what is due today, or becomes credit."""
        return self.today.tax

    @property
    def total(self) -> int:
        """What is to be paid today with tax; 0 when nothing is."""
        return max(self.today.total, 0)

    @property
    def left_over(self) -> int:
        """What becomes credit today, with its tax; 0 when nothing does."""
        return max(-self.today.total, 0)

    @property
    def per_month(self) -> int:
        """What orders plans: the price of three years."""
        return self.amount * 36 // MONTHS_PER_CYCLE[self.billing_cycle]


def plan_change_blocked_reason(service: Service) -> BusinessError | None:
    """Why the plan of a service cannot be changed now, as the error of who tries it; ``None`` if it can."""
    if not current.get_setting("plan_changes.enabled"):
        return BusinessError("plan_change.switched_off")
    if service.status != ServiceStatus.ACTIVE:
        return BusinessError("plan_change.service_not_active")
    if service.billing_cycle not in MONTHS_PER_CYCLE or service.anchor_date is None:
        return BusinessError("plan_change.service_paid_once")
    return _under_way(service)


def _under_way(service: Service) -> BusinessError | None:
    if service.cancel_at is not None or CancellationRequest.objects.open().filter(service=service):
        return BusinessError("plan_change.service_ends")
    if PlanChange.objects.open().filter(service=service).exists():
        return BusinessError("plan_change.already_open")
    return unpaid_invoice_reason(service)


def unpaid_invoice_reason(service: Service) -> BusinessError | None:
    """Why an invoice of a service is in the way: what is not paid yet gives nothing back."""
    owed = Invoice.objects.open().filter(
        kind__in=SUSPENDING_INVOICE_KINDS, subjects__service=service
    )
    if not owed.exists():
        return None
    if owed.filter(kind=InvoiceKind.ORDER).exists():
        return BusinessError("plan_change.order_not_paid")
    return BusinessError("plan_change.renewal_not_paid")


def plan_offers(service: Service, today: date) -> list[PlanOffer]:
    """All ways to change a service today, upgrades first, then by price. Raises nothing: none if it cannot change."""
    if plan_change_blocked_reason(service):
        return []
    group = Product.objects.filter(
        group_id=service.product.group_id, status=ProductStatus.ACTIVE
    ).order_by("position", "pk")
    found = list(_offers(service, list(group), today))
    now = service.amount * 36 // MONTHS_PER_CYCLE[service.billing_cycle]
    return sorted(found, key=lambda offer: (offer.per_month <= now, offer.per_month))


def find_plan_offer(
    service: Service, product_id: int, billing_cycle: str, today: date
) -> PlanOffer:
    """One way to change, counted now. Raises ``BusinessError`` when it is not offered, or the service cannot change."""
    if reason := plan_change_blocked_reason(service):
        raise reason
    return recount_plan_offer(service, product_id, billing_cycle, today)


def recount_plan_offer(
    service: Service, product_id: int, billing_cycle: str, today: date
) -> PlanOffer:
    """The same for a service whose request is open already."""
    products = Product.objects.filter(
        group_id=service.product.group_id, status=ProductStatus.ACTIVE, pk=product_id
    )
    for offer in _offers(service, list(products), today):
        if offer.billing_cycle == billing_cycle:
            return offer
    raise BusinessError("plan_change.plan_not_offered")


def _offers(service: Service, products: list[Product], today: date) -> Iterator[PlanOffer]:
    client = Client.objects.select_related("group").get(pk=service.client_id)
    ids = [product.pk for product in products]
    prices = price_list(ids, service.currency_id, client.group_id)
    offered = product_options(ids, service.currency_id)
    unused = unused_part_of(service, taxation_for_client(client, today), today)
    for product in products:
        for cycle, unit in prices.get(product.pk, {}).items():
            same = (product.pk, cycle) == (service.product_id, service.billing_cycle)
            if cycle not in MONTHS_PER_CYCLE or same:
                continue
            plan = PlanCandidate(product, cycle, unit, offered.get(product.pk, ()), client)
            try:
                offer = _offer(service, plan, unused)
            # it has a box that must be ticked, or options that cost less than nothing: no way there
            except BusinessError:
                continue
            yield offer


@dataclass(frozen=True, slots=True)
class PlanCandidate:
    """A product in a cycle, as one client would pay for it."""

    product: Product
    billing_cycle: str
    unit: UnitPrice
    offered: tuple[OfferedOption, ...]
    client: Client


def _offer(service: Service, plan: PlanCandidate, unused: UnusedPart) -> PlanOffer:
    picked, gone = carry_over_options(service.options, plan.offered)
    price = ProductPrice(
        product_id=plan.product.pk,
        billing_cycle=plan.billing_cycle,
        base=plan.unit.base,
        options=choose_options(plan.offered, picked, plan.billing_cycle),
        is_group_price=plan.unit.is_group_price,
    )
    percent = plan.client.group.discount if plan.client.group else 0
    [price] = apply_discounts([price], group_percent=percent)
    return PlanOffer(
        product=plan.product,
        billing_cycle=plan.billing_cycle,
        amount=price.recurring(),
        options=price.options_to_keep(),
        parts=price.parts(),
        losses=_lost(service.parts, gone),
        today=price_plan_change(
            unused,
            product=plan.product,
            amount=price.recurring(),
            billing_cycle=plan.billing_cycle,
        ),
    )


def _lost(parts: Mapping[str, Any], gone: list[str]) -> list[str]:
    found = [
        *gone,
        *(_("Promo code %(code)s") % {"code": code} for code in options_and_promo_lost(parts, ())),
    ]
    return [*found, _("Custom price")] if parts.get("agreed") else found


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
