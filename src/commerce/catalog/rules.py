"""States of products, and how slugs are made (catalog-and-orders.md 2, invariants.md 3)."""

import re
import unicodedata

PRODUCT_MOVES = {
    "active": frozenset({"hidden", "retired"}),
    "hidden": frozenset({"active", "retired"}),
    "retired": frozenset({"hidden"}),
}


def slug_of(name: str) -> str:
    """A name as it stands in an address: ``Pro hosting, 10 GB`` becomes ``pro-hosting-10-gb``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
