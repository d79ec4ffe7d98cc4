"""What becomes of deliveries: made of events, tried, tried again when somebody wants it (client-api-v2.md 7)."""

import random
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

from django.db import transaction
from django.db.models import Min, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commerce.accounts.actions.client_locks import lock_client
from commerce.audit.actions import write_audit_entry
from commerce.audit.states import move
from commerce.db.locks import lock
from commerce.db.retention import delete_in_bites
from commerce.events.client_feed import events_after
from commerce.events.company_feed import FeedPlace, feed_end, looked_at, place_behind
from commerce.events.models import ClientEvent
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Choice
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.webhook_endpoints.access import COMPANY_PERMISSION, ENDPOINTS_RIGHT, events_told
from commerce.webhook_endpoints.actions.endpoints import (
    end_endpoint,
    ended_blocked_reason,
)
from commerce.webhook_endpoints.emails import send_disabled_endpoint_mail
from commerce.webhook_endpoints.models import (
    WebhookDelivery,
    WebhookDeliveryQuerySet,
    WebhookEndpoint,
)
from commerce.webhook_endpoints.rules import (
    DISABLED_AFTER,
    ENDPOINT_MOVES,
    LOG_DAYS,
    TEST_TYPE,
    WebhookEndpointStatus,
    delay_after,
    rest_after,
    wants,
)

EVENTS_AT_ONCE = 100
ANSWERS_KEPT, ANSWERS_KEPT_OF_ENDED = 1000, 20
"""Of each endpoint, the newest ones: who answers at length to all that happens would fill our disk."""
_GONE = 410
LEASE = timedelta(seconds=60)
"""How long a worker has an endpoint that it does not give back; it looks after it for less."""


_chance = random.SystemRandom().random


class TriedDelivery(NamedTuple):
    """What came of one try. ``status`` is None without an answer; ``pause_seconds``: what the receiver asked for."""

    status: int | None
    answer: str
    milliseconds: int
    pause_seconds: int = 0

    @property
    def is_well(self) -> bool:
        """Whether it was delivered."""
        return self.status is not None and 200 <= self.status < 300


def claim_endpoint(*, endpoint_id: int, at: datetime) -> datetime | None:
    """Until when this endpoint is ours, which no other claim of it ends at: of two workers at once one is told so."""
    claim = at + LEASE
    free = WebhookEndpoint.objects.filter(
        Q(claimed_until=None) | Q(claimed_until__lte=at), pk=endpoint_id
    )
    return claim if free.update(claimed_until=claim) else None


@transaction.atomic
def release_endpoint(*, endpoint_id: int, claim: datetime, at: datetime) -> None:
    """Let other workers have it again, and say when it is due next; not if one has it already, after a lease that ran
    out.
    """
    row = lock(WebhookEndpoint(pk=endpoint_id))
    if row.claimed_until != claim:
        return
    first = row.deliveries.waiting().aggregate(first=Min("next_try_at"))["first"]
    row.next_try_at, row.claimed_until = first, at
    row.save(update_fields=["next_try_at", "claimed_until"])


@transaction.atomic
def make_deliveries(*, endpoint: WebhookEndpoint, scopes: frozenset[str], at: datetime) -> bool:
    """Make deliveries of events that it was not sent yet, if it wants and may see them; whether there may be more.

    It is due in the same transaction: a worker that dies leaves nothing that nobody would look for. Take the endpoint
    with what ``events_told`` asks.
    """
    row = lock(endpoint)
    if row.status != WebhookEndpointStatus.ACTIVE:
        return False
    if row.client_id is None:
        wanted, has_more = _events_of_clients(row)
    else:
        events = events_after(row.client_id, row.position, EVENTS_AT_ONCE)
        wanted = [one for one in events if wants(row.types, one.type)]
        has_more = len(events) == EVENTS_AT_ONCE
        row.position = events[-1].sequence if events else row.position
    seen = events_told(endpoint, scopes, wanted)
    made = [_delivery(row, one, at) for one in seen]
    WebhookDelivery.objects.bulk_create(made, ignore_conflicts=True)
    row.next_try_at = min(row.next_try_at or at, at) if seen else row.next_try_at
    row.save(update_fields=["position", "feed_transaction", "feed_row", "next_try_at"])
    return has_more


def _events_of_clients(row: WebhookEndpoint) -> tuple[list[ClientEvent], bool]:
    """What one of the company wants of the events of all clients that it was not sent, and whether there may be more;
    its place is behind them then. Of a database that was restored elsewhere it goes on with what comes from then on.
    """
    if row.feed_row is None or row.feed_transaction is None:
        return [], False
    end = feed_end()
    place = FeedPlace(end.counter, row.feed_transaction, row.feed_row)
    events, last = list[ClientEvent](), None
    if place.is_behind(end):
        rows, last = looked_at(place, end)
        events = list(rows.filter(type__in=row.types)[: EVENTS_AT_ONCE + 1])
        last = events[EVENTS_AT_ONCE - 1] if len(events) > EVENTS_AT_ONCE else last
    _counter, row.feed_transaction, row.feed_row = place_behind(last, end) if last else end
    return events[:EVENTS_AT_ONCE], last is not None


def _delivery(endpoint: WebhookEndpoint, event: ClientEvent, at: datetime) -> WebhookDelivery:
    return WebhookDelivery(
        endpoint=endpoint,
        event_id=event.public_id,
        type=event.type,
        sequence=event.sequence,
        about_client_id=event.client_id if endpoint.client_id is None else None,
        created_at=at,
        next_try_at=at,
    )


@transaction.atomic
def record_try(*, delivery: WebhookDelivery, tried: TriedDelivery, at: datetime) -> WebhookEndpoint:
    """Keep what came of a try, and what follows from it for its endpoint, which is returned as it is then."""
    endpoint = lock(WebhookEndpoint(pk=delivery.endpoint_id))
    is_test = delivery.type == TEST_TYPE
    tries = delivery.tries + 1
    delay = None if tried.is_well or is_test else delay_after(tries, chance=_chance())
    is_open = endpoint.status != WebhookEndpointStatus.ENDED
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        tries=tries,
        tried_at=at,
        next_try_at=at + delay if delay is not None and is_open else None,
        delivered_at=at if tried.is_well else None,
        response_status=tried.status,
        milliseconds=tried.milliseconds,
        answer=tried.answer,
    )
    ctx = Context(at, SYSTEM)
    if tried.status == _GONE and is_open:
        end_endpoint(endpoint=endpoint, ctx=ctx, reason="The receiver answered 410 Gone.")
        endpoint.refresh_from_db()
    elif tried.is_well:
        _note_success(endpoint, is_test=is_test, ctx=ctx)
    elif not is_test:
        _note_failure(endpoint, tried, ctx)
    return endpoint


def _note_success(endpoint: WebhookEndpoint, *, is_test: bool, ctx: Context) -> None:
    if endpoint.failing_since is not None or endpoint.resumes_at is not None:
        endpoint.failures, endpoint.failing_since, endpoint.resumes_at = 0, None, None
        endpoint.save(update_fields=["failures", "failing_since", "resumes_at"])
    if is_test and endpoint.status == WebhookEndpointStatus.NEW:
        _move(endpoint, WebhookEndpointStatus.ACTIVE, ctx)


def _note_failure(endpoint: WebhookEndpoint, tried: TriedDelivery, ctx: Context) -> None:
    """It rests for a while after several; after days of nothing else it is switched off, and owners are told."""
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or ctx.at
    rest = max(rest_after(endpoint.failures) or timedelta(), timedelta(seconds=tried.pause_seconds))
    endpoint.resumes_at = ctx.at + rest if rest else None
    endpoint.save(update_fields=["failures", "failing_since", "resumes_at"])
    is_active = endpoint.status == WebhookEndpointStatus.ACTIVE
    if is_active and ctx.at >= endpoint.failing_since + DISABLED_AFTER:
        _move(endpoint, WebhookEndpointStatus.OFF, ctx, "It failed for 5 days.")
        send_disabled_endpoint_mail(endpoint=endpoint, ctx=ctx)


def _move(
    endpoint: WebhookEndpoint, to: WebhookEndpointStatus, ctx: Context, reason: str = ""
) -> None:
    move(
        endpoint,
        to,
        allowed=ENDPOINT_MOVES,
        ctx=ctx,
        client_id=endpoint.client_id,
        reason=reason,
    )


def repeat_blocked_reason(delivery: WebhookDelivery, ctx: Context) -> StateConflict | None:
    """Why a delivery cannot be tried again now."""
    if delivery.type == TEST_TYPE:
        return StateConflict("webhook_delivery.not_tried_again")
    if blocked := _sending_blocked_reason(delivery.endpoint, ctx):
        return blocked
    is_due = delivery.next_try_at is not None and delivery.next_try_at <= ctx.at
    return StateConflict("webhook_delivery.is_waiting") if is_due else None


def _sending_blocked_reason(endpoint: WebhookEndpoint, ctx: Context) -> StateConflict | None:
    if endpoint.status == WebhookEndpointStatus.ACTIVE:
        return None
    return ended_blocked_reason(endpoint, ctx) or StateConflict("webhook_endpoint.not_active")


@act(
    "webhook_delivery.repeat",
    WebhookDelivery,
    label=_("Send again"),
    done=_("The event is sent again."),
    staff=COMPANY_PERMISSION,
    member=ENDPOINTS_RIGHT,
    blocked=repeat_blocked_reason,
)
@transaction.atomic
def repeat_delivery(*, delivery: WebhookDelivery, ctx: Context) -> None:
    """Try a delivery now, whatever became of it; then as if it were new. Raises ``StateConflict``."""
    if delivery.endpoint.client_id is not None:
        lock_client(delivery.endpoint.client_id)
    endpoint = lock(WebhookEndpoint(pk=delivery.endpoint_id))
    row = lock(delivery, "endpoint")
    if blocked := repeat_blocked_reason(row, ctx):
        raise blocked
    _wake(endpoint, WebhookDelivery.objects.filter(pk=row.pk), ctx)


def repeat_since_blocked_reason(endpoint: WebhookEndpoint, ctx: Context) -> StateConflict | None:
    """Why nothing can be sent again now."""
    return _sending_blocked_reason(endpoint, ctx)


@transaction.atomic
def repeat_since(*, endpoint: WebhookEndpoint, since: datetime, ctx: Context) -> int:
    """Send again all that its log has since an instant; how many. Raises ``StateConflict`` or ``BusinessError``."""
    if not ctx.at - timedelta(days=LOG_DAYS) <= since <= ctx.at:
        raise BusinessError("webhook_endpoint.since_not_valid", days=LOG_DAYS, field="since")
    if endpoint.client_id is not None:
        lock_client(endpoint.client_id)
    row = lock(endpoint)
    if blocked := repeat_since_blocked_reason(row, ctx):
        raise blocked
    again = row.deliveries.exclude(type=TEST_TYPE).filter(created_at__gte=since)
    return _wake(row, again, ctx)


REPEATED_HOURS = {"1": _("Last hour"), "24": _("Last 24 hours"), "168": _("Last 7 days")}
"""Since when a person sends again."""


def _words_of_repeat(count: int, _endpoint: WebhookEndpoint) -> str:
    words = ngettext("%(count)s event is sent again.", "%(count)s events are sent again.", count)
    return words % {"count": count}


@act(
    "webhook_endpoint.repeat",
    WebhookEndpoint,
    label=_("Send again"),
    done=_words_of_repeat,
    staff=COMPANY_PERMISSION,
    member=ENDPOINTS_RIGHT,
    blocked=repeat_since_blocked_reason,
)
@transaction.atomic
def repeat_recent(
    *,
    endpoint: WebhookEndpoint,
    hours: Annotated[str, Choice(_("Events"), labels=REPEATED_HOURS)],
    ctx: Context,
) -> int:
    """Send again all that it had in the last hours; how many. Raises ``StateConflict``."""
    return repeat_since(endpoint=endpoint, since=ctx.at - timedelta(hours=int(hours)), ctx=ctx)


def _wake(endpoint: WebhookEndpoint, rows: WebhookDeliveryQuerySet, ctx: Context) -> int:
    """Try them now, as if they were new; how many. Of one statement: there may be a million."""
    count = rows.update(next_try_at=ctx.at, tries=0, delivered_at=None)
    endpoint.next_try_at, endpoint.resumes_at = ctx.at, None
    endpoint.save(update_fields=["next_try_at", "resumes_at"])
    write_audit_entry(
        ctx=ctx,
        action="webhook_endpoint.sent_again",
        record=("webhook_endpoint", endpoint.pk),
        name=str(endpoint),
        client_id=endpoint.client_id,
        after={"deliveries": count},
    )
    return count


def drop_delivery(*, delivery: WebhookDelivery) -> None:
    """Try it no more: its event is not kept any longer, or not to be seen."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(next_try_at=None)


def delete_old_deliveries(*, before: datetime) -> int:
    """Delete what the log has of before that instant, waiting ones too; how many."""
    old = WebhookDelivery.objects.filter(created_at__lt=before)
    return delete_in_bites(old.order_by("created_at", "pk"))


def forget_older_answers(*, at: datetime) -> int:
    """Keep what came back for the newest deliveries of each endpoint alone; how many of the last day had more."""
    since, done = at - timedelta(days=1), 0
    for endpoint in WebhookEndpoint.objects.exclude(ended_at__lt=since).only("status"):
        is_over = endpoint.status == WebhookEndpointStatus.ENDED
        kept = ANSWERS_KEPT_OF_ENDED if is_over else ANSWERS_KEPT
        instants = endpoint.deliveries.newest_first().values_list("created_at", flat=True)
        if oldest := instants[kept - 1 : kept].first():
            older = endpoint.deliveries.filter(created_at__gte=since, created_at__lt=oldest)
            done += older.exclude(answer="").update(answer="")
    return done
