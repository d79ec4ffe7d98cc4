"""Who causes a change: every action is told, and every audit entry keeps it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """A member, a staff person, an API token, or ``system``; with the network address and request it acted from.

    ``for_client_id``: a staff person who acts for this client, in its portal (backoffice.md 4).
    """

    kind: str
    id: int | None = None
    name: str = ""
    address: str | None = None
    request_id: str = ""
    for_client_id: int | None = None


SYSTEM = Actor("system")


@dataclass(frozen=True, slots=True)
class Context:
    """Who acts, and when: what every action is told, and every audit entry keeps."""

    at: datetime
    actor: Actor
