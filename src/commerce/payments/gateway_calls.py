"""What calls of a gateway have in common, those for a page above all: they are short, silence is told in words, staff
hear of a key that is refused, redirects lead to its own hosts, and who the client is there. None of it inside a
transaction.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from commerce.accounts.locale import effective_language
from commerce.accounts.models import Client
from commerce.kit import clock
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.remote.page_limits import page_limits
from commerce.payments.actions.card_setups import forget_customer
from commerce.payments.emails import tell_of_refused_key
from commerce.payments.gateways.contract import (
    CheckoutSession,
    CustomerGoneError,
    Gateway,
    GatewayClient,
    KeyRefusedError,
    RequestRefusedError,
)
from commerce.payments.models import GatewayCustomer

log = logging.getLogger(__name__)


def gateway_answer[T](adapter: Gateway, call: Callable[[], T]) -> T:
    """What the gateway answers to a page. Raises ``BusinessError`` when it does not, or refuses: the same again repeats
    it with the same key. ``CustomerGoneError`` is left to ``with_customer``.
    """
    try:
        with refused_key_told(adapter, clock.now()), page_limits():
            return call()
    except KeyRefusedError as refused:
        raise BusinessError("gateway.payment_refused") from refused
    except OSError as silent:
        log.warning("%s does not answer: %s", adapter.slug, silent)
        raise BusinessError("gateway.not_answering", gateway=adapter.name) from silent
    except RequestRefusedError as refused:
        log.warning("%s refuses: %s", adapter.slug, refused.reason)
        raise BusinessError("gateway.payment_refused") from refused


@contextmanager
def refused_key_told(adapter: Gateway, at: datetime) -> Iterator[None]:
    """Staff hear of a key that is refused in this block; the error goes on."""
    try:
        yield
    except KeyRefusedError as refused:
        log.error("%s refuses our key: %s", adapter.slug, refused)
        tell_of_refused_key(adapter, at=at)
        raise


def check_redirect(adapter: Gateway, session: CheckoutSession) -> None:
    """A client is sent to the gateway's own hosts only. Raises ``BusinessError``."""
    if not session.redirect_url:
        return
    parts = urlsplit(session.redirect_url)
    if parts.scheme != "https" or parts.hostname not in adapter.hosts:
        raise BusinessError("gateway.foreign_address")


def with_customer[T](adapter: Gateway, client: Client, ctx: Context, call: Callable[[str], T]) -> T:
    """``gateway_answer`` to a call with the gateway's own reference of a client, who is made there anew, once, if the
    gateway does not know them any more.
    """
    customer = _customer_at(adapter, client, ctx)
    try:
        return gateway_answer(adapter, partial(call, customer))
    except CustomerGoneError:
        log.warning("Client %s is gone at %s and is made there anew", client.pk, adapter.slug)
        forget_customer(client=client, gateway=adapter.slug, reference=customer, ctx=ctx)
    customer = _customer_at(adapter, client, ctx, instead_of=customer)
    try:
        return gateway_answer(adapter, partial(call, customer))
    except CustomerGoneError as gone:
        raise BusinessError("gateway.payment_refused") from gone


def _customer_at(adapter: Gateway, client: Client, ctx: Context, *, instead_of: str = "") -> str:
    """The gateway's own reference of a client, made there if there is none yet.

    Its key is derived from the client, so that a repeated call makes no second one, and from our address: two
    installations may share an account. The same key would give one that is gone: it is ``instead_of`` that.
    """
    known = GatewayCustomer.objects.filter(client=client, gateway=adapter.slug)
    if reference := known.values_list("reference", flat=True).first():
        return reference
    payer = GatewayClient(
        client.pk, client.company or client.name, client.email, effective_language(client.locale)
    )
    origin = f"{settings.COMMERCE_URL}\n{instead_of}"
    key = f"client-{client.pk}-{hashlib.sha256(origin.encode()).hexdigest()[:16]}"
    reference = gateway_answer(adapter, lambda: adapter.create_customer(payer, key))
    with transaction.atomic():
        row, _is_new = GatewayCustomer.objects.get_or_create(
            client=client,
            gateway=adapter.slug,
            defaults={"reference": reference, "created_at": ctx.at},
        )
    return row.reference
