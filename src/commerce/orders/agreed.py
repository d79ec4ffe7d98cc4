"""Prices that staff and a client agreed on, in place of the catalogue's (catalog-and-orders.md 8)."""

from dataclasses import replace

from django.utils.translation import gettext as _

from commerce.audit.reasons import said
from commerce.kit.errors import Refused
from commerce.kit.text import clean_line
from commerce.orders.wishes import Agreed

LARGEST = 10**12
"""Minor units of one unit: an order's total stays far within what the database keeps."""


def checked(agreed: Agreed) -> Agreed:
    """The price with its reason as it is kept. Raises ``Refused`` unless both can be."""
    if agreed.amount < 0:
        raise Refused(_("An agreed price must not be negative."), field="price")
    if agreed.amount > LARGEST:
        raise Refused(_("This price is too large."), field="price")
    return replace(agreed, reason=said(clean_line(agreed.reason)))
