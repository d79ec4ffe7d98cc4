"""What happens to domains, for whoever wants to know (``commerce/reactions.py``)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DomainRegistered:
    """The name is registered for its client."""

    domain_id: int


@dataclass(frozen=True, slots=True)
class DomainTransferredIn:
    """The name came to us from another registrar."""

    domain_id: int


@dataclass(frozen=True, slots=True)
class DomainRenewed:
    """It has a new expiry date."""

    domain_id: int


@dataclass(frozen=True, slots=True)
class DomainExpired:
    """Its expiry date has passed without a renewal."""

    domain_id: int


@dataclass(frozen=True, slots=True)
class DomainTransferredAway:
    """It is no longer ours."""

    domain_id: int


@dataclass(frozen=True, slots=True)
class DomainCancelled:
    """It has ended, or was never registered."""

    domain_id: int


type DomainEvent = (
    DomainRegistered
    | DomainTransferredIn
    | DomainRenewed
    | DomainExpired
    | DomainTransferredAway
    | DomainCancelled
)

_BY_STATES: dict[tuple[str, str], type[DomainEvent]] = {
    ("pending", "active"): DomainRegistered,
    ("pending_transfer", "active"): DomainTransferredIn,
    ("expired", "active"): DomainRenewed,
    ("redemption", "active"): DomainRenewed,
}
_BY_STATE: dict[str, type[DomainEvent]] = {
    "expired": DomainExpired,
    "transferred_away": DomainTransferredAway,
    "cancelled": DomainCancelled,
}


def event_of(left: str, reached: str) -> type[DomainEvent] | None:
    """The event that a move from one state to another is, if it is one."""
    return _BY_STATES.get((left, reached)) or _BY_STATE.get(reached)
