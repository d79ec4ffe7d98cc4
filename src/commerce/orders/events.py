"""What happens to orders; what follows from it stands in ``commerce/reactions.py``."""

from msgspec import Struct


class OrderPlaced(Struct, frozen=True):
    """It has its invoice, and waits for its payment unless nothing is due."""

    order_id: int


class OrderAwaitingApproval(Struct, frozen=True):
    """Paid, but on hold or approved by hand here: for staff."""

    order_id: int


class OrderActivated(Struct, frozen=True):
    """Its services and names are being set up."""

    order_id: int


class OrderCancelled(Struct, frozen=True):
    """By the client, by staff, or unpaid for too long."""

    order_id: int


class QuoteSent(Struct, frozen=True):
    """Staff offer something; whom it is for gets a link."""

    quote_id: int


class QuoteAccepted(Struct, frozen=True):
    """What staff offered is an order."""

    quote_id: int


class OrderRejected(Struct, frozen=True):
    """By staff; the client is not told the reason."""

    order_id: int
