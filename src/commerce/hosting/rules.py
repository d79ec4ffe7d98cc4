"""States of services and the dates that a service is due on (billing.md 1, invariants.md 3)."""

from datetime import date
from enum import StrEnum

from commerce.kit import periods


class ServiceStatus(StrEnum):
    """Where a service stands."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    TERMINATED = "terminated"


class SuspensionReason(StrEnum):
    """Why a service is off."""

    OVERDUE = "overdue"
    STAFF = "staff"
    ABUSE = "abuse"
    FRAUD = "fraud"


class DriftKind(StrEnum):
    """How a panel may differ from what is known here."""

    MISSING = "missing"
    """Runs here, and there is no account."""
    SUSPENDED = "suspended"
    """Active here, switched off there."""
    RUNNING = "running"
    """Suspended here, switched on there."""
    ALIVE = "alive"
    """Ended here, and the account is still there."""
    OTHER_PACKAGE = "other_package"


SERVICE_MOVES = {
    ServiceStatus.PENDING: frozenset({ServiceStatus.ACTIVE, ServiceStatus.CANCELLED}),
    ServiceStatus.ACTIVE: frozenset(
        {ServiceStatus.SUSPENDED, ServiceStatus.CANCELLED, ServiceStatus.TERMINATED}
    ),
    ServiceStatus.SUSPENDED: frozenset(
        {ServiceStatus.ACTIVE, ServiceStatus.CANCELLED, ServiceStatus.TERMINATED}
    ),
}

SERVICE_OVERRIDE_MOVES = {
    state: frozenset(ServiceStatus) - {ServiceStatus.PENDING, state} for state in ServiceStatus
}
"""What staff may set by hand, with a reason; the only way out of a final state."""

RUNNING_SERVICE_STATUSES = (ServiceStatus.ACTIVE, ServiceStatus.SUSPENDED)
"""States in which a service is billed."""

LIVE_SERVICE_STATUSES = (ServiceStatus.PENDING, ServiceStatus.ACTIVE, ServiceStatus.SUSPENDED)
"""States in which a service is not yet ended."""


def default_label(product_name: str) -> str:
    """What a service is called until its client gives it a name."""
    return product_name[:100]


def first_due_date(anchor: date, billing_cycle: str) -> date | None:
    """First day that is not paid with the first period; None for ``one_time``."""
    if billing_cycle not in periods.MONTHS_PER_CYCLE:
        return None
    return periods.period_start(anchor, billing_cycle, 1)


def following_due_date(anchor: date, billing_cycle: str, due: date) -> date:
    """``due`` moved by one cycle, counted from the anchor; raises ``ValueError`` when no period starts on it."""
    number = periods.period_number(anchor, billing_cycle, due)
    return periods.period_start(anchor, billing_cycle, number + 1)


PANEL_LINKS = (60, 3600)
"""How many links to panels and consoles a client has made in how many seconds, in the portal and by program: each asks
a server.
"""
