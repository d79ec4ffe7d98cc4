"""What happens to orders; what follows from it stands in ``commerce/reactions.py``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """It has its invoice, and waits for its payment unless nothing is due."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderAwaitingApproval:
    """Paid, but on hold or approved by hand here: for staff."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderActivated:
    """Its services and names are being set up."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """By the client, by staff, or unpaid for too long."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderRejected:
    """By staff; the client is not told the reason."""

    order_id: int
