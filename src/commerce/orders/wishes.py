"""What somebody wishes to order: names and numbers, never a price (catalog-and-orders.md 6)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductWish:
    """``qty`` units of a product; ``options`` are pairs of option id and value id, tick (1, 0) or number."""

    product_id: int
    billing_cycle: str
    options: tuple[tuple[int, int], ...] = ()
    qty: int = 1
    domain: str = ""
    key: int = 0
    """The cart item that it stands in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainWish:
    """A name to ``register`` or ``transfer``; ``auth_code`` is sealed (``orders.quoting.seal``)."""

    action: str
    domain: str
    years: int = 1
    whois_privacy: bool = False
    nameservers: tuple[str, ...] = ()
    auth_code: str = ""
    registrant: tuple[tuple[str, str], ...] = ()
    extra_fields: tuple[tuple[str, str], ...] = ()
    key: int = 0
    """The cart item that it stands in."""


type Wish = ProductWish | DomainWish
