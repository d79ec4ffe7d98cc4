"""What happens to domains, for whoever wants to know (``commerce/reactions.py``)."""

from msgspec import Struct

from commerce.domains.rules import DomainStatus


class DomainEvent(Struct, frozen=True):
    """``expiry_date`` is the one that holds with it, as ``2027-04-08``, or empty: it may change before one is told."""

    domain_id: int
    expiry_date: str


class DomainRegistered(DomainEvent, frozen=True):
    """The name is registered for its client."""


class DomainTransferredIn(DomainEvent, frozen=True):
    """The name came to us from another registrar."""


class DomainRenewed(DomainEvent, frozen=True):
    """It has a new expiry date."""


class DomainExpired(DomainEvent, frozen=True):
    """Its expiry date has passed without a renewal."""


class DomainInRedemption(DomainEvent, frozen=True):
    """Its days of grace have passed: only a restore brings the name back."""


class DomainTransferredAway(DomainEvent, frozen=True):
    """It is no longer ours."""


class DomainBroughtBack(DomainEvent, frozen=True):
    """It had ended here as no longer ours, and was ours all the time."""


class DomainCancelled(DomainEvent, frozen=True):
    """It has ended, or was never registered."""


class DomainNameTaken(DomainEvent, frozen=True):
    """Somebody else registered the name before we could."""


class DomainRenewalDropped(DomainEvent, frozen=True):
    """Staff dropped a renewal that was paid: ``cause`` is what it was asked for with."""

    cause: str


class DomainTransferHeld(DomainEvent, frozen=True):
    """A transfer to us waits for its authorization code: ``hold`` is a ``TransferHold``."""

    hold: str


class DomainTransferFailed(DomainEvent, frozen=True):
    """A transfer to us has ended without the name: ``problem`` is a ``TransferProblem``."""

    problem: str


class DomainCodeRevealed(DomainEvent, frozen=True):
    """Somebody was shown the code with which the name can leave us: who, and from which address."""

    who: str
    address: str


_BY_STATES: dict[tuple[str, str], type[DomainEvent]] = {
    (DomainStatus.PENDING, DomainStatus.ACTIVE): DomainRegistered,
    (DomainStatus.PENDING_TRANSFER, DomainStatus.ACTIVE): DomainTransferredIn,
    (DomainStatus.EXPIRED, DomainStatus.ACTIVE): DomainRenewed,
    (DomainStatus.REDEMPTION, DomainStatus.ACTIVE): DomainRenewed,
    (DomainStatus.TRANSFERRED_AWAY, DomainStatus.ACTIVE): DomainBroughtBack,
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
