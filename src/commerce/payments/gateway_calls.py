"""What calls of a gateway have in common, those for a page above all: they are short, silence is told in words, staff
hear of a key that is refused, redirects lead to its own hosts, and who the client is there. None of it inside a
transaction.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from commerce.accounts.locale import effective_language
from commerce.accounts.models import Client
from commerce.jobs.remotes import forget_silences, note_silence, rests_until
from commerce.jobs.rules import RestCause
from commerce.kit import clock, counter_store
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.json_log import redact
from commerce.kit.remote.page_limits import page_limits
from commerce.payments.actions.card_setups import forget_customer
from commerce.payments.gateways.accounts import account_of, check_account, check_is_gone
from commerce.payments.gateways.accounts_in_use import remote_name_of_gateway
from commerce.payments.gateways.contract import (
    CheckoutSession,
    CustomerGoneError,
    Gateway,
    GatewayClient,
    KeyRefusedError,
    OtherAccountError,
    RequestRefusedError,
)
from commerce.payments.models import GatewayCustomer

log = logging.getLogger(__name__)


def gateway_answer[T](adapter: Gateway, call: Callable[[], T], *, is_asked: bool = True) -> T:
    """What the gateway answers to a page. Raises ``BusinessError`` when it does not, or refuses: the same again repeats
    it with the same key. ``CustomerGoneError`` is left to ``with_customer``. ``is_asked``: the call is
    one to the gateway in any case.
    """
    try:
        with page_limits(), watched_gateway(adapter, clock.now(), is_asked=is_asked):
            return call()
    except KeyRefusedError as refused:
        raise BusinessError("gateway.payment_refused") from refused
    except OSError as silent:
        log.warning("%s does not answer: %s", adapter.slug, silent)
        raise BusinessError("gateway.not_answering", gateway=adapter.name) from silent
    except RequestRefusedError as refused:
        log.warning("%s refuses: %s", adapter.slug, refused.reason)
        raise BusinessError("gateway.payment_refused") from refused


def learn_account(adapter: Gateway) -> str:
    """The account that is used, which is asked for once; none of a gateway behind which nobody answers."""
    if not adapter.capabilities.can_be_polled:
        return ""
    return gateway_answer(adapter, partial(account_of, adapter), is_asked=False)


def answer_about[T](adapter: Gateway, made_under: str, call: Callable[[], T]) -> T:
    """``gateway_answer`` about what was made under an account: another one is not asked."""

    def asked() -> T:
        check_account(adapter, made_under)
        return call()

    return gateway_answer(adapter, asked)


@contextmanager
def watched_gateway(adapter: Gateway, at: datetime, *, is_asked: bool = True) -> Iterator[None]:
    """Count silences of a gateway in this block, and refusals of our key, which staff hear of at once; the error goes
    on. ``is_asked``: what ends well was an answer.
    """
    remote = remote_name_of_gateway(adapter.slug)
    try:
        yield
    except OtherAccountError:
        raise
    except OSError as silent:
        is_refused = isinstance(silent, KeyRefusedError)
        if is_refused:
            log.error("%s refuses our key: %s", adapter.slug, silent)
        note_silence(
            remote=remote,
            at=at,
            cause=RestCause.REFUSED if is_refused else RestCause.SILENCE,
            is_certain=is_refused,
            problem=redact(str(silent)),
        )
        raise
    except BusinessError:
        forget_silences(remote=remote)
        raise
    if is_asked:
        forget_silences(remote=remote)


def rest_of_gateway(slug: str, at: datetime) -> timedelta | None:
    """How long a gateway is left alone that was silent, or refused our key."""
    until = rests_until(remote_name_of_gateway(slug))
    return until - at if until and until > at else None


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
        return gateway_answer(adapter, partial(call, customer.reference))
    except CustomerGoneError:
        log.warning("Client %s is gone at %s and is made there anew", client.pk, adapter.slug)
        _forget(adapter, customer, ctx)
    customer = _customer_at(adapter, client, ctx, instead_of=customer.reference)
    try:
        return gateway_answer(adapter, partial(call, customer.reference))
    except CustomerGoneError as gone:
        raise BusinessError("gateway.payment_refused") from gone


def _forget(adapter: Gateway, customer: GatewayCustomer, ctx: Context) -> None:
    """One of another account is not gone."""
    with suppress(OSError, BusinessError), page_limits():
        check_is_gone(adapter, customer)
        forget_customer(customer=customer, ctx=ctx)


def _customer_at(
    adapter: Gateway, client: Client, ctx: Context, *, instead_of: str = ""
) -> GatewayCustomer:
    """The client in the gateway's account, made there if they are not yet.

    The key is derived from the client, so that a repeated call makes no second one, and from our address: two
    installations may share an account. The same key would give one that is gone: it is ``instead_of`` that.
    """
    account = learn_account(adapter)
    known = GatewayCustomer.objects.filter(
        client=client, gateway=adapter.slug, account__in=[account, ""]
    )
    if row := known.exclude(reference=instead_of).order_by("-account").first():
        return row
    payer = GatewayClient(
        client.pk, client.company or client.name, client.email, effective_language(client.locale)
    )
    origin = f"{settings.COMMERCE_URL}\n{instead_of}\n{account}"
    key = f"client-{client.pk}-{hashlib.sha256(origin.encode()).hexdigest()[:16]}"
    reference = gateway_answer(adapter, lambda: adapter.create_customer(payer, key), is_asked=False)
    with transaction.atomic():
        row, _is_new = GatewayCustomer.objects.get_or_create(
            client=client,
            gateway=adapter.slug,
            account=account,
            defaults={"reference": reference, "created_at": ctx.at},
        )
    return row


GATEWAY_CALLS = (("minute", 20, 60), ("hour", 120, 3600))
"""How many in how many seconds, whoever acts for the client."""


def count_gateway_call(client_id: int) -> int:
    """Count what has a gateway asked for a client: the seconds to wait, and nothing is counted; 0 if it may be."""
    store = counter_store.counter_store_for(settings.COMMERCE_COUNTERS)
    taken: list[str] = []
    for name, quota, seconds in GATEWAY_CALLS:
        key = f"gateway:{name}:{client_id}"
        window = store.take(key, quota, seconds)
        if window is not None and not window.admitted:
            for one in taken:
                store.give_back(one)
            return window.seconds_to_reset
        taken.append(key)
    return 0
