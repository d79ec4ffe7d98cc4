"""What a service can be changed to today, read from the rows, with the figures of each way (billing.md 8)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from commerce.accounts.models import Client
from commerce.billing.change_prices import ChangePrice, UnusedPart, price_of_change, unused_part
from commerce.billing.models import CancellationRequest, Invoice, PlanChange
from commerce.billing.plan_changes import Figures, lost
from commerce.billing.rules import SUSPENDING
from commerce.billing.tax import taxation_for
from commerce.catalog.models import Product
from commerce.catalog.offers import OfferedOption, UnitPrice, choose
from commerce.catalog.quote import ProductItem, quote
from commerce.catalog.reading import options_of, price_list
from commerce.hosting.models import Service
from commerce.kit.errors import Refused
from commerce.kit.periods import MONTHS
from commerce.preferences import current


@dataclass(frozen=True, slots=True)
class PlanOffer:
    """One way to change: the new product and cycle, what it costs from then on, and what today."""

    product: Product
    billing_cycle: str
    amount: int
    options: list[dict[str, Any]]
    parts: dict[str, Any]
    lost: list[str]
    today: ChangePrice

    @property
    def figures(self) -> Figures:
        """What is given for the old plan and charged for the new one today."""
        return self.today.figures

    @property
    def shown(self) -> tuple[int, int, int]:
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
        return self.amount * 36 // MONTHS[self.billing_cycle]


def why_not(service: Service) -> str:
    """Why the plan of a service cannot be changed now, in plain words; ``''`` if it can."""
    if not current.get("plan_changes.enabled"):
        return _("Plans cannot be changed here.")
    if service.status != Service.Status.ACTIVE:
        return _("Only an active service can change its plan.")
    if service.billing_cycle not in MONTHS or service.anchor_date is None:
        return _("This service is paid once and has no plan to change.")
    return _under_way(service)


def _under_way(service: Service) -> str:
    if service.cancel_at is not None or CancellationRequest.objects.open().filter(service=service):
        return _("This service is about to end.")
    if PlanChange.objects.open().filter(service=service).exists():
        return _("A change of its plan is under way.")
    return why_owed(service)


def why_owed(service: Service) -> str:
    """Why an invoice of a service is in the way, in plain words: what is not paid yet gives nothing back."""
    owed = Invoice.objects.open().filter(kind__in=SUSPENDING, billed__service=service)
    if not owed.exists():
        return ""
    if owed.filter(kind=Invoice.Kind.ORDER).exists():
        return _("Its order is invoiced and not paid yet. Pay that first.")
    return _("Its renewal is invoiced and not paid yet. Pay that first.")


def offers(service: Service, today: date) -> list[PlanOffer]:
    """All ways to change a service today, upgrades first, then by price. Raises nothing: none if it cannot change."""
    if why_not(service):
        return []
    group = Product.objects.filter(
        group_id=service.product.group_id, status=Product.Status.ACTIVE
    ).order_by("position", "pk")
    found = list(_offers(service, list(group), today))
    now = service.amount * 36 // MONTHS[service.billing_cycle]
    return sorted(found, key=lambda offer: (offer.per_month <= now, offer.per_month))


def offer_of(service: Service, product_id: int, billing_cycle: str, today: date) -> PlanOffer:
    """One way to change, counted now. Raises ``Refused`` when it is not offered, or the service cannot change."""
    if reason := why_not(service):
        raise Refused(reason)
    return counted(service, product_id, billing_cycle, today)


def counted(service: Service, product_id: int, billing_cycle: str, today: date) -> PlanOffer:
    """The same for a service whose request is open already."""
    products = Product.objects.filter(
        group_id=service.product.group_id, status=Product.Status.ACTIVE, pk=product_id
    )
    for offer in _offers(service, list(products), today):
        if offer.billing_cycle == billing_cycle:
            return offer
    raise Refused(_("This plan is not offered for the service."))


def _offers(service: Service, products: list[Product], today: date) -> Iterator[PlanOffer]:
    client = Client.objects.select_related("group").get(pk=service.client_id)
    ids = [product.pk for product in products]
    prices = price_list(ids, service.currency_id, client.group_id)
    offered = options_of(ids, service.currency_id)
    unused = unused_part(service, taxation_for(client, today), today)
    for product in products:
        for cycle, unit in prices.get(product.pk, {}).items():
            same = (product.pk, cycle) == (service.product_id, service.billing_cycle)
            if cycle not in MONTHS or same:
                continue
            plan = Plan(product, cycle, unit, offered.get(product.pk, ()), client)
            try:
                offer = _offer(service, plan, unused)
            except Refused:  # it has a box that must be ticked, or options that cost less than nothing: no way there
                continue
            yield offer


@dataclass(frozen=True, slots=True)
class Plan:
    """A product in a cycle, as one client would pay for it."""

    product: Product
    billing_cycle: str
    unit: UnitPrice
    offered: tuple[OfferedOption, ...]
    client: Client


def _offer(service: Service, plan: Plan, unused: UnusedPart) -> PlanOffer:
    picked, gone = carried(service.options, plan.offered)
    chosen = choose(plan.offered, picked, plan.billing_cycle)
    item = ProductItem(
        product_id=plan.product.pk,
        billing_cycle=plan.billing_cycle,
        base=plan.unit.base,
        options=chosen,
        group_priced=plan.unit.group_priced,
    )
    percent = plan.client.group.discount if plan.client.group else 0
    quoted = quote([item], group_percent=percent).items[0]
    return PlanOffer(
        product=plan.product,
        billing_cycle=plan.billing_cycle,
        amount=quoted.recurring,
        options=[{"name": one.name, "value": one.value, "amount": one.amount} for one in chosen],
        parts=quoted.parts(0),
        lost=_lost(service.parts, gone),
        today=price_of_change(
            unused,
            to=plan.product,
            amount=quoted.recurring,
            billing_cycle=plan.billing_cycle,
        ),
    )


def _lost(parts: Mapping[str, Any], gone: list[str]) -> list[str]:
    found = [*gone, *(_("Promo code %s") % code for code in lost(parts, ()))]
    return [*found, _("Price agreed with us")] if parts.get("agreed") else found


def carried(
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
