"""What calls of a gateway have in common: silence is told in words, redirects lead to its own hosts, and who the client
is there. None of it inside a transaction.
"""

import hashlib
import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from commerce.accounts.locale import effective_language
from commerce.accounts.models import Client
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.payments.gateways.contract import CheckoutSession, Gateway, GatewayClient
from commerce.payments.models import GatewayCustomer

log = logging.getLogger(__name__)


def gateway_answer[T](adapter: Gateway, call: Callable[[], T]) -> T:
    """What the gateway answers. Raises ``BusinessError`` when it does not: the same again repeats it with the same
    key.
    """
    try:
        return call()
    except OSError as silent:
        log.warning("%s does not answer: %s", adapter.slug, silent)
        raise BusinessError("gateway.not_answering", gateway=adapter.name) from silent


def check_redirect(adapter: Gateway, session: CheckoutSession) -> None:
    """A client is sent to the gateway's own hosts only. Raises ``BusinessError``."""
    if not session.redirect_url:
        return
    parts = urlsplit(session.redirect_url)
    if parts.scheme != "https" or parts.hostname not in adapter.hosts:
        raise BusinessError("gateway.foreign_address")


def customer_at(adapter: Gateway, client: Client, ctx: Context) -> str:
    """The gateway's own reference of a client, made there if there is none yet.

    Its key is derived from the client, so that a repeated call makes no second one; what is told of the client is part
    of it, since a gateway refuses one key with two contents, and so is our address: two installations may share an
    account. Raises ``BusinessError`` when the gateway does not answer.
    """
    known = GatewayCustomer.objects.filter(client=client, gateway=adapter.slug)
    if reference := known.values_list("reference", flat=True).first():
        return reference
    told = GatewayClient(
        client.pk, client.company or client.name, client.email, effective_language(client.locale)
    )
    said = "\n".join((settings.COMMERCE_URL, told.name, told.email, told.locale))
    key = f"client-{client.pk}-{hashlib.sha256(said.encode()).hexdigest()[:16]}"
    reference = gateway_answer(adapter, lambda: adapter.create_customer(told, key))
    with transaction.atomic():
        row, _is_new = GatewayCustomer.objects.get_or_create(
            client=client,
            gateway=adapter.slug,
            defaults={"reference": reference, "created_at": ctx.at},
        )
    return row.reference
