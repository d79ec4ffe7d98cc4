"""``GET /events``: what changed at all clients, for programs of the company that keep a copy in step (staff-api.md)."""

from datetime import timedelta
from typing import Annotated

from django.core import signing
from msgspec import Meta, Struct

from commerce.accounts.models import RecordMetadata
from commerce.accounts.staff_rules import StaffPermission
from commerce.api.core.errors import ApiProblem, Error, ProblemPart
from commerce.api.core.replies import ApiReply
from commerce.api.core.request import ApiRequest
from commerce.api.v2.reading.cursors import cursor_problem
from commerce.api.v2.reading.params import MAX_LIMIT
from commerce.api.v2.resources.event_feed import FeedEvent
from commerce.backoffice.api.caller import StaffCaller
from commerce.backoffice.api.lists import (
    StaffQuery,
    is_number_of_row,
    json_reply,
    parameter_not_valid,
    read_limit,
    read_query,
)
from commerce.events.client_event_types import CLIENT_EVENT_KINDS, CLIENT_EVENT_TYPES
from commerce.events.client_feed import event_body, staff_path
from commerce.events.company_feed import FeedPlace, feed_end, looked_at, place_behind
from commerce.events.models import ClientEvent
from commerce.kit import clock
from commerce.site_settings import current

_SALT = "staff api events"
_WALK_SECONDS = 600
"""How long a cursor holds among events that retention may take away."""
LATEST = "latest"
"""The cursor of who wants nothing of what was before."""
EVENT_PARAMETERS = {
    "limit": "Events of a reply.",
    "cursor": "`meta.next_cursor` of the reply before. Without one it begins with the oldest that is kept; "
    f"`{LATEST}` begins with what comes from now on.",
    "types": "Only events of these types, with commas between them.",
    "client_id": "Only events of this client.",
}


class StaffFeedMeta(Struct, frozen=True):
    """How to go on."""

    next_cursor: Annotated[str, Meta(description="Go on with this one; it is never null.")]
    has_more: Annotated[bool, Meta(description="Whether there are more already.")]


class StaffFeed(Struct, frozen=True):
    """Events of all clients, each once, in an order in which none is missed."""

    data: Annotated[list[FeedEvent], Meta(max_length=MAX_LIMIT, description="The events.")]
    meta: Annotated[StaffFeedMeta, Meta(description="How to go on.")]


NEEDED_FOR_ANY = frozenset(StaffPermission(one.permission) for one in CLIENT_EVENT_KINDS.values())
"""Of which one is needed to see anything."""


def serve_events(request: ApiRequest, caller: StaffCaller) -> ApiReply:
    """A page of the feed, of kinds that the caller may read now."""
    caller.check_may(NEEDED_FOR_ANY)
    query = read_query(request, list(EVENT_PARAMETERS))
    limit, end = read_limit(query), feed_end()
    rows, last = looked_at(_place(query, end), end)
    kinds = [kind for kind, one in CLIENT_EVENT_KINDS.items() if caller.staff.may(one.permission)]
    events = list(rows.filter(resource_kind__in=kinds, **_filters(query))[: limit + 1])
    last = events[limit - 1] if len(events) > limit else last
    meta = {"next_cursor": _cursor(last, end), "has_more": last is not None}
    return json_reply({"data": _bodies(events[:limit]), "meta": meta})


def _cursor(last: ClientEvent | None, end: FeedPlace) -> str:
    """A place behind an event, or the end, and from which instant on the events behind it are."""
    at = last.at if last else clock.now()
    place = place_behind(last, end) if last else end
    return signing.dumps([*place, int(at.timestamp())], salt=_SALT)


def _place(query: StaffQuery, end: FeedPlace) -> FeedPlace | None:
    """Where to go on; raises ``ApiProblem`` 400, or 410 where something behind it may be gone: its events are older
    than events are kept, and it was not given just now, to who walks through what is left of them.
    """
    text = query.given.get("cursor")
    if text is None or text == LATEST:
        return end if text else None
    kept_since = clock.now() - timedelta(days=current.get_setting("api.event_days"))
    try:
        *values, at = signing.loads(text, salt=_SALT)
        place = FeedPlace(*values)
        if at < kept_since.timestamp():
            signing.loads(text, salt=_SALT, max_age=_WALK_SECONDS)
    except signing.SignatureExpired as error:
        raise _too_old_problem() from error
    except (signing.BadSignature, TypeError, ValueError) as error:
        raise cursor_problem() from error
    if not place.is_behind(end):
        raise _too_old_problem()
    return place


def _too_old_problem() -> ApiProblem:
    text = f"cursor: Events behind it are kept no longer, or the database was restored. Begin anew with {LATEST}."
    part = ProblemPart("parameter", "cursor", "too_old", text)
    return ApiProblem(410, Error(text), code="events.too_old", parts=[part])


def _filters(query: StaffQuery) -> dict[str, object]:
    filters: dict[str, object] = {}
    if "types" in query.given:
        types = query.given["types"].split(",")
        if unknown := [one for one in types if one not in CLIENT_EVENT_TYPES]:
            raise parameter_not_valid("types", f"There is no type {unknown[0][:100]}.")
        filters["type__in"] = types
    if "client_id" in query.given:
        text = query.given["client_id"]
        if not is_number_of_row(text):
            raise parameter_not_valid("client_id", "It must be an id.")
        filters["client_id"] = int(text)
    return filters


def _bodies(events: list[ClientEvent]) -> list[object]:
    records = {(one.resource_kind, one.resource_id) for one in events}
    references = RecordMetadata.objects.references_of(records)
    return [
        event_body(one, references.get((one.resource_kind, one.resource_id)), staff_path)
        for one in events
    ]
