"""What happens to services, for whoever wants to know (``commerce/reactions.py``)."""

from msgspec import Struct

from commerce.hosting.rules import ServiceStatus


class ServiceActivated(Struct, frozen=True):
    """The account is there, and its first period began."""

    service_id: int


class ServiceSuspended(Struct, frozen=True):
    """The account is off, its data kept."""

    service_id: int


class ServiceResumed(Struct, frozen=True):
    """A suspended service runs again."""

    service_id: int


class ServiceCancelled(Struct, frozen=True):
    """Ended by wish, or never started."""

    service_id: int


class ServiceTerminated(Struct, frozen=True):
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
