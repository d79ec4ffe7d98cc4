"""Refused pages in the audit log: what was tried, by whom, and not each time that it was."""

from commerce.accounts.actions.sessions import record_denied_page
from commerce.kit.context import Context
from commerce.portal.base import throttles

SAME_REFUSAL_SECONDS = 300
"""Within so many seconds the same person, page and reason is one entry."""

REFUSALS_AN_HOUR = 60
"""Entries of one person, whatever was refused to them: there are many pages, and any word may be a method."""


def note_refusal(*, page: str, missing_right: str, client_id: int | None, ctx: Context) -> None:
    """Note that somebody asked for a page that is not theirs, unless that was noted lately."""
    actor = ctx.actor
    whom = f"{actor.kind}:{actor.id or actor.address}:{actor.for_client_id or ''}"
    if throttles.is_first_within(
        f"refused:{whom}:{page}:{missing_right}:{client_id}", SAME_REFUSAL_SECONDS
    ) and throttles.has_room(f"refusals:{whom}", REFUSALS_AN_HOUR, 3600):
        record_denied_page(page=page, missing_right=missing_right, client_id=client_id, ctx=ctx)
