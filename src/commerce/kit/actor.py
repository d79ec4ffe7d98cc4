"""Who causes a change: every action is told, and every audit entry keeps it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A member, a staff person, an API token, or ``system``; with the network address and request it acted from."""

    kind: str
    id: int | None = None
    name: str = ""
    address: str | None = None
    request_id: str = ""


SYSTEM = Actor("system")
