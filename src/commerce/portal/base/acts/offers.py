"""Whether a page offers an act to the member who reads it, and if the record's state speaks against it, why."""

from functools import cached_property
from typing import Any

from commerce.kit.acts.act import Act
from commerce.kit.errors import StateConflict
from commerce.portal.base.access import ClientRequest, member_context


class OfferedAct:
    """An act on a record, as the member of a request may do it now."""

    def __init__(self, request: ClientRequest, act: Act[Any], record: Any) -> None:
        self.request, self.act, self.record = request, act, record

    @property
    def is_offered(self) -> bool:
        """Whether its button is there: exactly where it would be let through."""
        return self.is_theirs and self.reason is None

    @property
    def is_theirs(self) -> bool:
        """Whether the member may do it at all: whom its ``reason`` concerns."""
        return self.request.acting.may_do(self.act)

    @cached_property
    def reason(self) -> StateConflict | None:
        """Why not now; None if it is possible."""
        blocked = self.act.blocked
        return blocked(self.record, member_context(self.request)) if blocked else None
