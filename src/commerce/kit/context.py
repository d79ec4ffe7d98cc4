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

    @property
    def member_id(self) -> int | None:
        """The user who acts as a member; None for anybody else."""
        return self.id if self.kind == "member" else None


SYSTEM = Actor("system")


@dataclass(frozen=True, slots=True)
class Context:
    """Who acts, and when: what every action is told, and every audit entry keeps."""

    at: datetime
    actor: Actor
