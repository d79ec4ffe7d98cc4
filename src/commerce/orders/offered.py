"""What the catalogue says about wishes: each becomes an item with its price, or a problem that a person can read.

All rows are read at once; the number of statements does not grow with the wishes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from commerce.accounts.models import Client
from commerce.catalog.models import Product, Stock
from commerce.catalog.offers import OfferedOption, UnitPrice, choose
from commerce.catalog.quote import DomainItem, Item, ProductItem
from commerce.catalog.reading import options_of, price_list
from commerce.domains.models import Domain, Tld
from commerce.domains.offers import Offer, offers
from commerce.domains.rules import LIVE as LIVE_NAMES
from commerce.domains.rules import endings, plain_name, tld_of
from commerce.domains.selling import has_nameservers
from commerce.hosting.models import Service
from commerce.hosting.rules import LIVE
from commerce.kit.errors import Refused
from commerce.orders.wishes import DomainWish, ProductWish, Wish


@dataclass(slots=True)
class Shelf:
    """The rows that these wishes are judged by, and what the wishes before have taken of them already."""

    currency_code: str
    products: dict[int, Product]
    prices: dict[int, dict[str, UnitPrice]]
    options: dict[int, tuple[OfferedOption, ...]]
    left: dict[int, int]
    owned: dict[int, int] | None
    tlds: dict[str, Offer]
    known_tlds: set[str]
    taken: set[str]
    foreign: set[str]
    """Names for products that another client has here: who asks for them cannot be their owner."""
    has_nameservers: bool
    """Ours, without which no name is registered for somebody who types none (domains.md 3)."""

    def item(self, wish: Wish) -> Item:
        """The item as the quote takes it. Raises ``Refused`` with what is wrong with the wish."""
        item = self._domain(wish) if isinstance(wish, DomainWish) else self._product(wish)
        return item if wish.agreed is None else item.at_price(wish.agreed.amount)

    def _product(self, wish: ProductWish) -> Item:
        product = self.products.get(wish.product_id)
        if product is None or product.status == Product.Status.RETIRED:
            raise Refused(_("This product is not sold any more."), field="product")
        price = self.prices.get(product.pk, {}).get(wish.billing_cycle)
        if price is None:
            text = _("%(name)s is not offered in this billing cycle and currency.")
            raise Refused(text % {"name": product.name}, field="billing_cycle")
        check_quantity(product, wish.qty)
        if product.require_domain and not wish.domain:
            raise Refused(
                _("%(name)s needs a domain name.") % {"name": product.name}, field="domain"
            )
        if wish.domain and named(wish.domain) in self.foreign:
            text = _("%(name)s is managed here for another account.")
            raise Refused(text % {"name": wish.domain}, field="domain")
        chosen = choose(self.options.get(product.pk, ()), dict(wish.options), wish.billing_cycle)
        item = ProductItem(
            product_id=product.pk,
            billing_cycle=wish.billing_cycle,
            base=price.base,
            setup_fee=price.setup_fee,
            qty=wish.qty,
            options=chosen,
            group_priced=price.group_priced,
        )
        if item.list < 0:
            raise Refused(_("The chosen options cost less than nothing."), field="options")
        self._take(product, wish.qty)
        return item

    def _take(self, product: Product, qty: int) -> None:
        """Count the units against stock and the limit of a client, with those of the wishes before."""
        if product.stock_control:
            left = self.left.get(product.pk, 0)
            if qty > left:
                text = _("%(name)s: only %(left)s left.") if left else _("%(name)s is sold out.")
                raise Refused(text % {"name": product.name, "left": left}, field="qty")
            self.left[product.pk] = left - qty
        if product.max_per_client is not None and self.owned is not None:
            owned = self.owned.get(product.pk, 0) + qty
            if owned > product.max_per_client:
                text = _("%(name)s: at most %(most)s for each client.")
                values = {"name": product.name, "most": product.max_per_client}
                raise Refused(text % values, field="qty")
            self.owned[product.pk] = owned

    def _domain(self, wish: DomainWish) -> DomainItem:
        name = named(wish.domain)
        if name in self.taken:
            raise Refused(_("%(name)s is already managed here.") % {"name": name}, field="domain")
        offer = self.tlds.get(tld_of(name, self.known_tlds))
        if offer is None:
            raise Refused(
                _("%(name)s: this ending is not sold here.") % {"name": name}, field="domain"
            )
        item = offer.item(wish.action, None if wish.action == "transfer" else wish.years)
        if wish.whois_privacy and not offer.privacy_available:
            text = _(".%(tld)s has no privacy of the holder.")
            raise Refused(text % {"tld": offer.tld}, field="whois_privacy")
        if wish.action == "transfer" and offer.code_required and not wish.auth_code:
            raise Refused(_("The transfer needs the authorisation code."), field="auth_code")
        if wish.action == "register" and not (wish.nameservers or self.has_nameservers):
            raise Refused(_("Domain names cannot be registered here at present."), field="domain")
        self.taken.add(name)
        return item


def shelf_for(wishes: Sequence[Wish], *, currency_code: str, client: Client | None) -> Shelf:
    """Read what these wishes need."""
    ids = {wish.product_id for wish in wishes if isinstance(wish, ProductWish)}
    names = {wish.domain for wish in wishes if isinstance(wish, DomainWish)}
    here = _managed_here({wish.domain.lower() for wish in wishes if wish.domain})
    known = Tld.objects.among({end for name in names for end in endings(name)}) if names else set()
    products = Product.objects.in_bulk(ids)
    return Shelf(
        currency_code=currency_code,
        products=products,
        prices=price_list(ids, currency_code, client.group_id if client else None),
        options=options_of(ids, currency_code),
        left=dict(Stock.objects.filter(pk__in=ids).values_list("product_id", "left")),
        owned=_owned(client, products) if client else None,
        tlds=offers(currency_code, known) if names else {},
        known_tlds=known,
        taken=set(here),
        foreign={name for name, owner in here.items() if client is None or owner != client.pk},
        has_nameservers=has_nameservers(),
    )


def _managed_here(names: set[str]) -> dict[str, int]:
    """Those of the names that are live here, with the id of their client."""
    rows = Domain.objects.filter(domain_name__in=names, status__in=LIVE_NAMES)
    return dict(rows.values_list("domain_name", "client_id"))


def _owned(client: Client, products: dict[int, Product]) -> dict[int, int]:
    """How many live services the client has of each product that has a limit."""
    limited = [one.pk for one in products.values() if one.max_per_client is not None]
    found = dict.fromkeys(limited, 0)
    rows = Service.objects.for_client(client).filter(product_id__in=limited, status__in=LIVE)
    for product_id in rows.values_list("product_id", flat=True):
        found[product_id] += 1
    return found


def check_quantity(product: Product, qty: int) -> None:
    """1 to 100; 1 for a product that needs a domain name. Raises ``Refused``."""
    most = 1 if product.require_domain else 100
    if not 1 <= qty <= most:
        text = _("The quantity is a whole number from 1 to 100.")
        raise Refused(text if most > 1 else _("The quantity of this is 1."), field="qty")


def named(typed: str) -> str:
    """A typed domain name as it is stored. Raises ``Refused``."""
    try:
        return plain_name(typed)
    except ValueError as error:
        text = _("%(name)s is not a domain name.")
        raise Refused(text % {"name": typed.strip()}, field="domain") from error
