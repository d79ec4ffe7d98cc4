"""The names of a search as a visitor sees them: what is known of each, what it costs them, what they can do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.utils.http import urlencode

from commerce.catalog.rules import OrderItemAction, ProductType
from commerce.domains.availability import NameAnswer, NameState
from commerce.domains.offers import TldOffer
from commerce.portal.shop.shopper import Shopper

NAMES_SALT = "commerce.domain_search"
SIGNED_SECONDS = 600
"""So long the names of a page may be asked for one by one: the search itself was counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRow:
    """A name; amounts as they are shown to this visitor, for the shortest term, and ``None`` where it is not sold.

    ``renewal`` is there only if it is another amount than ``price``.
    """

    name: str
    tld: str
    state: NameState
    years: int
    price: int | None
    renewal: int | None
    transfer: int | None
    in_cart: bool
    is_pending: bool
    recheck_url: str
    """Asks about this name again."""

    @property
    def can_register(self) -> bool:
        """Whether it may be put into the cart; what could not be checked is asked again before it is registered."""
        return self.state in (NameState.AVAILABLE, NameState.UNKNOWN) and self.price is not None

    @property
    def can_transfer(self) -> bool:
        return self.state == NameState.TAKEN and self.transfer is not None


def domain_rows(
    buyer: Shopper, answers: Iterable[NameAnswer], in_cart: set[str] | None = None
) -> list[DomainRow]:
    """The rows of these answers, in their order."""
    chosen = names_in_cart(buyer) if in_cart is None else in_cart
    return [_row(buyer, answer, chosen) for answer in answers]


def names_in_cart(buyer: Shopper) -> set[str]:
    """The names that the visitor's cart registers or transfers."""
    cart = buyer.cart()
    if cart is None:
        return set()
    items = cart.items.exclude(action=OrderItemAction.PRODUCT)
    return set(items.values_list("domain", flat=True))


def _row(buyer: Shopper, answer: NameAnswer, chosen: set[str]) -> DomainRow:
    offer = answer.offer
    years = offer.min_years if offer else 1
    price, renewal = _first_term(buyer, offer), _amount(buyer, offer, "renew", years)
    return DomainRow(
        name=answer.name,
        tld=offer.tld if offer else answer.name.partition(".")[2],
        state=answer.state,
        years=years,
        price=price,
        renewal=None if renewal == price else renewal,
        transfer=_amount(buyer, offer, "transfer", 1) if _sells(offer, "transfer") else None,
        in_cart=answer.name in chosen,
        is_pending=answer.is_pending,
        recheck_url=f"{rows_url([answer.name])}&again=1",
    )


def _first_term(buyer: Shopper, offer: TldOffer | None) -> int | None:
    if offer is None or not _sells(offer, "register"):
        return None
    return _amount(buyer, offer, "register", offer.min_years)


def _sells(offer: TldOffer | None, action: str) -> bool:
    return offer is not None and offer.is_sold(action)


def _amount(buyer: Shopper, offer: TldOffer | None, column: str, years: int) -> int | None:
    amount = getattr(offer, column) if offer else None
    return buyer.price_display().name_amount(None if amount is None else amount * years)


def rows_url(names: Sequence[str]) -> str:
    """The address of these rows, which nobody can ask of other names than a search had."""
    return (
        f"/domain-search/rows?{urlencode({'names': signing.dumps(list(names), salt=NAMES_SALT)})}"
    )


def names_of_url(signed: str) -> list[str]:
    """The names again. Raises ``signing.BadSignature``."""
    return [str(name) for name in signing.loads(signed, salt=NAMES_SALT, max_age=SIGNED_SECONDS)]


def tax_context(buyer: Shopper) -> dict[str, Any]:
    """How prices of names are shown: their currency, and what is said of their tax."""
    display = buyer.price_display()
    return {"currency": buyer.currency, "tax_note": display.note(ProductType.DOMAIN)}
