"""What happens to domains, for whoever wants to know (``commerce/reactions.py``)."""

from dataclasses import dataclass

from commerce.domains.rules import DomainStatus


@dataclass(frozen=True, slots=True)
class DomainEvent:
    """``expiry_date`` is the one that holds with it, as ``2027-04-08``, or empty: it may change before one is told."""

    domain_id: int
    expiry_date: str


@dataclass(frozen=True, slots=True)
class DomainRegistered(DomainEvent):
    """The name is registered for its client."""


@dataclass(frozen=True, slots=True)
class DomainTransferredIn(DomainEvent):
    """The name came to us from another registrar."""


@dataclass(frozen=True, slots=True)
class DomainRenewed(DomainEvent):
    """It has a new expiry date."""


@dataclass(frozen=True, slots=True)
class DomainExpired(DomainEvent):
    """Its expiry date has passed without a renewal."""


@dataclass(frozen=True, slots=True)
class DomainInRedemption(DomainEvent):
    """Its days of grace have passed: only a restore brings the name back."""


@dataclass(frozen=True, slots=True)
class DomainTransferredAway(DomainEvent):
    """It is no longer ours."""


@dataclass(frozen=True, slots=True)
class DomainCancelled(DomainEvent):
    """It has ended, or was never registered."""


@dataclass(frozen=True, slots=True)
class DomainNameTaken(DomainEvent):
    """Somebody else registered the name before we could."""


@dataclass(frozen=True, slots=True)
class DomainRenewalDropped(DomainEvent):
    """Staff dropped a renewal that was paid: ``cause`` is what it was asked for with."""

    cause: str


@dataclass(frozen=True, slots=True)
class DomainTransferHeld(DomainEvent):
    """A transfer to us waits for its authorisation code: ``hold`` is a ``TransferHold``."""

    hold: str


@dataclass(frozen=True, slots=True)
class DomainTransferFailed(DomainEvent):
    """A transfer to us has ended without the name: ``problem`` is a ``TransferProblem``."""

    problem: str


@dataclass(frozen=True, slots=True)
class DomainCodeRevealed(DomainEvent):
    """Somebody was shown the code with which the name can leave us: who, and from which address."""

    who: str
    address: str


_BY_STATES: dict[tuple[str, str], type[DomainEvent]] = {
    (DomainStatus.PENDING, DomainStatus.ACTIVE): DomainRegistered,
    (DomainStatus.PENDING_TRANSFER, DomainStatus.ACTIVE): DomainTransferredIn,
    (DomainStatus.EXPIRED, DomainStatus.ACTIVE): DomainRenewed,
    (DomainStatus.REDEMPTION, DomainStatus.ACTIVE): DomainRenewed,
}
_BY_STATE: dict[str, type[DomainEvent]] = {
    DomainStatus.EXPIRED: DomainExpired,
    DomainStatus.REDEMPTION: DomainInRedemption,
    DomainStatus.TRANSFERRED_AWAY: DomainTransferredAway,
    DomainStatus.CANCELLED: DomainCancelled,
}


def domain_event_of_move(old_status: str, new_status: str) -> type[DomainEvent] | None:
    """The event that a move from one state to another is, if it is one."""
    return _BY_STATES.get((old_status, new_status)) or _BY_STATE.get(new_status)
