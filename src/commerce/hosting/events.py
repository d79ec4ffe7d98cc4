"""What happens to services, for whoever wants to know (``commerce/reactions.py``)."""

from dataclasses import dataclass

from commerce.hosting.rules import ServiceStatus


@dataclass(frozen=True, slots=True)
class ServiceActivated:
    """The account is there, and its first period began."""

    service_id: int


@dataclass(frozen=True, slots=True)
class ServiceSuspended:
    """The account is off, its data kept."""

    service_id: int


@dataclass(frozen=True, slots=True)
class ServiceResumed:
    """A suspended service runs again."""

    service_id: int


@dataclass(frozen=True, slots=True)
class ServiceCancelled:
    """Ended by wish, or never started."""

    service_id: int


@dataclass(frozen=True, slots=True)
class ServiceTerminated:
    """Ended for non-payment, or by force of staff."""

    service_id: int


type ServiceEvent = (
    ServiceActivated | ServiceSuspended | ServiceResumed | ServiceCancelled | ServiceTerminated
)

_BY_STATE: dict[str, type[ServiceEvent]] = {
    ServiceStatus.ACTIVE: ServiceActivated,
    ServiceStatus.SUSPENDED: ServiceSuspended,
    ServiceStatus.CANCELLED: ServiceCancelled,
    ServiceStatus.TERMINATED: ServiceTerminated,
}


def service_event_of_move(old_status: str, new_status: str) -> type[ServiceEvent]:
    """The event that a move from one state to another is."""
    return (
        ServiceResumed
        if (old_status, new_status) == (ServiceStatus.SUSPENDED, ServiceStatus.ACTIVE)
        else _BY_STATE[new_status]
    )
