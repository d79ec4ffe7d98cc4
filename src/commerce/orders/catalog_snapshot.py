"""What the catalog says about cart lines: each becomes an order line, or a problem that a person can read.

All rows are read at once; the number of statements does not grow with the lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from commerce.accounts.models import Client
from commerce.catalog.models import Product
from commerce.catalog.offers import (
    OfferedOption,
    UnitPrice,
    choose_options,
    price_list,
    product_options,
)
from commerce.catalog.quote import PromoDiscount
from commerce.catalog.rules import OrderItemAction, ProductStatus, no_stock_error
from commerce.domains.models import Domain, Tld
from commerce.domains.offers import TldOffer, tld_offers
from commerce.domains.rules import LIVE_DOMAIN_STATUSES as LIVE_NAMES
from commerce.domains.rules import normalize_name, possible_tlds, tld_of
from commerce.domains.sale_conditions import default_nameservers, has_default_nameservers
from commerce.hosting.models import Service
from commerce.hosting.rules import LIVE_SERVICE_STATUSES
from commerce.kit.errors import BusinessError
from commerce.orders.cart_lines import CartLine, DomainCartLine, ProductCartLine
from commerce.orders.order_lines import DomainOrderLine, OrderLine, ProductOrderLine


@dataclass(slots=True)
class CatalogSnapshot:
    """The rows that these lines are priced by, and what the lines before have taken of them already."""

    currency_code: str
    products: dict[int, Product]
    prices: dict[int, dict[str, UnitPrice]]
    options: dict[int, tuple[OfferedOption, ...]]
    units_left: dict[int, int]
    units_of_client: dict[int, int] | None
    tlds: dict[str, TldOffer]
    known_tlds: set[str]
    taken_names: set[str]
    names_of_other_clients: set[str]
    """Names for products that another client has here: who asks for them cannot be their owner."""
    has_nameservers: bool
    """Ours, without which no name is registered for somebody who types none (domains.md 3)."""

    def price_line(self, line: CartLine) -> OrderLine:
        """The line at its price before discounts and tax. Raises ``BusinessError`` with what is wrong with it."""
        priced = self._domain(line) if isinstance(line, DomainCartLine) else self._product(line)
        if (agreed := line.price_override) is not None:
            priced = replace(priced.with_agreed_price(agreed.amount), price_reason=agreed.reason)
        if (off := line.discount) is not None:
            own = PromoDiscount(
                code="", percent=off.percent, amount=off.amount, recurring=off.recurring
            )
            priced = replace(priced, own_discount=own, discount_reason=off.reason)
        return priced

    def name_of(self, line: CartLine) -> str:
        """Of the domain, or of the product; empty for one that is not in the catalog any more."""
        if isinstance(line, DomainCartLine):
            return line.domain
        product = self.products.get(line.product_id)
        return product.name if product else ""

    def _product(self, line: ProductCartLine) -> ProductOrderLine:
        product = self.products.get(line.product_id)
        if product is None or product.status == ProductStatus.RETIRED:
            raise BusinessError("product.not_sold", field="product")
        price = self.prices.get(product.pk, {}).get(line.billing_cycle)
        if price is None:
            raise BusinessError("product.not_offered", name=product.name, field="billing_cycle")
        check_quantity(product, line.qty)
        if product.require_domain and not line.domain:
            raise BusinessError("product.needs_domain", name=product.name, field="domain")
        if (
            line.domain
            and normalize_name(line.domain, field="domain") in self.names_of_other_clients
        ):
            raise BusinessError("domain.of_other_client", name=line.domain, field="domain")
        priced = ProductOrderLine(
            product_id=product.pk,
            product_name=product.name,
            billing_cycle=line.billing_cycle,
            base=price.base,
            setup_fee=price.setup_fee,
            qty=line.qty,
            options=choose_options(
                self.options.get(product.pk, ()), dict(line.options), line.billing_cycle
            ),
            is_group_price=price.is_group_price,
            domain=line.domain,
            tax_kind=product.effective_tax_kind,
        )
        if priced.unit_amount < 0:
            raise BusinessError("option.total_negative", field="options")
        self._take(product, line.qty)
        return priced

    def _take(self, product: Product, qty: int) -> None:
        """Count the units against stock and the limit of a client, with those of the lines before."""
        if product.stock_control:
            left = self.units_left.get(product.pk, 0)
            if qty > left:
                raise no_stock_error(product.name, left)
            self.units_left[product.pk] = left - qty
        if product.max_per_client is not None and self.units_of_client is not None:
            owned = self.units_of_client.get(product.pk, 0) + qty
            if owned > product.max_per_client:
                raise BusinessError(
                    "product.too_many_for_client",
                    name=product.name,
                    most=product.max_per_client,
                    field="qty",
                )
            self.units_of_client[product.pk] = owned

    def _domain(self, line: DomainCartLine) -> DomainOrderLine:
        name = normalize_name(line.domain, field="domain")
        if name in self.taken_names:
            raise BusinessError("domain.already_managed", name=name, field="domain")
        offer = self.tlds.get(tld_of(name, self.known_tlds))
        if offer is None:
            raise BusinessError("domain.tld_not_sold", name=name, field="domain")
        price = offer.domain_price(
            line.action, None if line.action == OrderItemAction.TRANSFER else line.years
        )
        if line.whois_privacy and not offer.privacy_available:
            raise BusinessError("tld.no_privacy", tld=offer.tld, field="whois_privacy")
        if line.action == OrderItemAction.REGISTER and not (
            line.nameservers or self.has_nameservers
        ):
            raise BusinessError("domain.not_registrable", field="domain")
        self.taken_names.add(name)
        return DomainOrderLine(
            action=line.action,
            domain=line.domain,
            tld=price.tld,
            unit_amount=price.unit_amount,
            renewal=price.renewal,
            years=price.years,
            nameservers=line.nameservers or _default_nameservers(line.action),
            has_own_nameservers=bool(line.nameservers),
            whois_privacy=line.whois_privacy,
            auth_code=line.auth_code,
            registrant=line.registrant,
            extra_fields=line.extra_fields,
        )


def _default_nameservers(action: str) -> tuple[str, ...]:
    """Ours, for a registration without any; a transfer keeps those that the name has."""
    if action == OrderItemAction.TRANSFER:
        return ()
    return tuple(default_nameservers())


def read_catalog_snapshot(
    cart_lines: Sequence[CartLine], *, currency_code: str, client: Client | None
) -> CatalogSnapshot:
    """Read what these lines need."""
    ids = {line.product_id for line in cart_lines if isinstance(line, ProductCartLine)}
    names = {line.domain for line in cart_lines if isinstance(line, DomainCartLine)}
    here = _managed_here({line.domain.lower() for line in cart_lines if line.domain})
    known = (
        Tld.objects.among({end for name in names for end in possible_tlds(name)})
        if names
        else set()
    )
    products = Product.objects.select_related("stock").in_bulk(ids) if ids else {}
    return CatalogSnapshot(
        currency_code=currency_code,
        products=products,
        prices=price_list(ids, currency_code, client.group_id if client else None),
        options=product_options(ids, currency_code),
        units_left={one.pk: one.stock.left for one in products.values() if hasattr(one, "stock")},
        units_of_client=_units_of(client, products) if client else None,
        tlds=tld_offers(currency_code, known) if names else {},
        known_tlds=known,
        taken_names=set(here),
        names_of_other_clients={
            name for name, owner in here.items() if client is None or owner != client.pk
        },
        has_nameservers=bool(names) and has_default_nameservers(),
    )


def _managed_here(names: set[str]) -> dict[str, int]:
    """Those of the names that are live here, with the id of their client."""
    if not names:
        return {}
    rows = Domain.objects.filter(domain_name__in=names, status__in=LIVE_NAMES)
    return dict(rows.values_list("domain_name", "client_id"))


def _units_of(client: Client, products: dict[int, Product]) -> dict[int, int]:
    """How many live services the client has of each product that has a limit."""
    limited = [product.pk for product in products.values() if product.max_per_client is not None]
    found = dict.fromkeys(limited, 0)
    if not limited:
        return found
    rows = Service.objects.for_client(client).filter(
        product_id__in=limited, status__in=LIVE_SERVICE_STATUSES
    )
    for product_id in rows.values_list("product_id", flat=True):
        found[product_id] += 1
    return found


def check_quantity(product: Product, qty: int) -> None:
    """1 to 100; 1 for a product that needs a domain name. Raises ``BusinessError``."""
    if product.require_domain and qty != 1:
        raise BusinessError("cart.qty_is_one", field="qty")
    if not 1 <= qty <= 100:
        raise BusinessError("cart.qty_out_of_range", field="qty")
