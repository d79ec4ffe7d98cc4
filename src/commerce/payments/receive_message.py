"""A message of a gateway at our door: verified on its bytes, kept, and its processing queued (payments.md 4).

No transaction is open while a gateway is asked that signs nothing.
"""

from collections.abc import Mapping

from django.conf import settings

from commerce.kit import counter_store, process_metrics
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.proxy_headers import rate_limit_network
from commerce.payments.actions.gateway_events import store_gateway_event, store_refused_message
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import Gateway, VerifiedEvent
from commerce.payments.models import Attempt

MAX_MESSAGE_BYTES = 256 * 1024
_LONGEST_ID = 255
REFUSED_OF_A_NETWORK_PER_HOUR = 20
"""Refused messages that are kept of a network, and of all that are sent to a gateway ``REFUSED_PER_HOUR``."""
SECONDS_BETWEEN_LOOKS = 5
"""So long after a gateway that signs nothing was asked about a payment it is not asked about that one again: anybody
may send its messages.
"""


def takes_messages(slug: str) -> bool:
    """Whether there is a gateway of this name whose provider sends messages, switched on or not."""
    return registry.capabilities_of(slug).can_be_polled


def message_url(slug: str) -> str:
    """Where a gateway shall send its messages; empty for one that sends none."""
    return f"{settings.COMMERCE_URL}/webhooks/{slug}" if takes_messages(slug) else ""


def receive_message(*, gateway: str, headers: Mapping[str, str], body: bytes, ctx: Context) -> None:
    """Keep what a gateway says and have it processed, once however often it is sent.

    Raises ``BusinessError`` for a message that is not verified, of which the beginning is kept, and ``OSError`` when
    the gateway had to be asked and did not answer: it may send the message again.
    """
    adapter = registry.get_gateway(gateway)
    kept = {name: headers[name] for name in adapter.message_headers if name in headers}
    try:
        event = _verified(adapter, kept, body)
    except BusinessError as refusal:
        process_metrics.this_process.count_event("webhook.refused")
        if _has_room(gateway, ctx):
            store_refused_message(
                gateway=gateway, reason=str(refusal), headers=kept, body=body, ctx=ctx
            )
        raise
    is_new = store_gateway_event(gateway=gateway, event=event, headers=kept, ctx=ctx)
    process_metrics.this_process.count_event("webhook.received" if is_new else "webhook.repeated")


def _has_room(gateway: str, ctx: Context) -> bool:
    """Whether another refused message of its network is kept: one network is not all that staff see."""
    store = counter_store.counter_store_for(settings.COMMERCE_COUNTERS)
    network = rate_limit_network(ctx.actor.address or "")
    taken = store.take(f"webhook-kept:{gateway}:{network}", REFUSED_OF_A_NETWORK_PER_HOUR, 3600)
    return taken is None or taken.admitted


def _verified(adapter: Gateway, headers: Mapping[str, str], body: bytes) -> VerifiedEvent:
    """The event of a message that is truly the gateway's. Raises ``BusinessError``."""
    registry.check_settings(adapter)  # an empty secret verifies nothing
    if not adapter.capabilities.signs_messages:
        reference = adapter.claimed_reference(body)
        ours = Attempt.objects.filter(gateway=adapter.slug, reference=reference)
        if not (reference.isprintable() and ours.exists()):  # PostgreSQL takes no NUL
            raise UnknownReference
        _check_is_time_to_look(adapter, reference)
    event = adapter.verify(headers, body)
    if not (0 < len(event.id) <= _LONGEST_ID and event.id.isprintable()):
        raise BusinessError("gateway_event.id_not_valid")
    if not event.kind.isprintable():  # PostgreSQL takes no NUL
        raise BusinessError("gateway_event.not_understood")
    return event


def _check_is_time_to_look(adapter: Gateway, reference: str) -> None:
    """Raises ``AskedJustNowError``."""
    store = counter_store.counter_store_for(settings.COMMERCE_COUNTERS)
    looked = store.take(look_key(adapter.slug, reference), 1, SECONDS_BETWEEN_LOOKS)
    if looked is not None and not looked.admitted:
        raise AskedJustNowError("it was asked about this payment just now")


def look_key(gateway: str, reference: str) -> str:
    """The counter of looks at a payment that unsigned messages name."""
    return f"webhooks:{gateway}:{reference}"


class AskedJustNowError(OSError):
    """Not asked again so soon: what is true is told again in a minute, and by the poll."""


class UnknownReference(BusinessError):
    """An unsigned message is about nothing of ours: no gateway is asked, and its sender need not try again."""

    def __init__(self) -> None:
        super().__init__("gateway_event.unknown_reference")
