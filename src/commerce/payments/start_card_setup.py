"""Starting to save a card without paying: bind, call the gateway outside of any transaction, note its reference."""

from collections.abc import Callable
from functools import partial

from commerce.accounts.locale import effective_language
from commerce.accounts.models import Client, User
from commerce.kit.context import Context
from commerce.payments.actions.card_setups import (
    apply_card_report,
    begin_card_setup,
    open_card_setup,
)
from commerce.payments.gateway_calls import check_redirect, customer_at, gateway_answer
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import CardSetupRequest, CheckoutSession, Gateway
from commerce.payments.models import CardSetup
from commerce.payments.rules import CardSetupStatus


def start_card_setup(
    *,
    client: Client,
    gateway: str,
    created_by: User | None,
    return_url: Callable[[int], str],
    ctx: Context,
) -> tuple[CardSetup, CheckoutSession]:
    """An open setup of this gateway, and how the client goes on, who agreed to ``card_consent_text``.

    If the one that was open has ended at the gateway meanwhile, its card is kept, and it is given back as it is. Raises
    what ``begin_card_setup`` does, and ``BusinessError`` when the gateway does not answer.
    """
    adapter = registry.get_gateway(gateway)
    if (live := _live(client, gateway)) and _brought_card(adapter, live, ctx):
        return live, CheckoutSession(live.reference or "")
    setup = begin_card_setup(client=client, gateway=gateway, created_by=created_by, ctx=ctx)
    request = CardSetupRequest(
        id=setup.pk,
        idempotency_key=setup.idempotency_key,
        customer=customer_at(adapter, client, ctx),
        locale=effective_language(client.locale),
    )
    session = gateway_answer(
        adapter, lambda: adapter.start_card_setup(request, return_url(setup.pk))
    )
    check_redirect(adapter, session)
    open_card_setup(setup=setup, reference=session.reference, ctx=ctx)
    return setup, session


def _live(client: Client, gateway: str) -> CardSetup | None:
    open_ones = CardSetup.objects.for_client(client).live().filter(gateway=gateway)
    return open_ones.filter(reference__isnull=False).first()


def _brought_card(adapter: Gateway, setup: CardSetup, ctx: Context) -> bool:
    """Whether an open setup has saved its card; one that failed at the gateway has ended here too."""
    report = gateway_answer(adapter, partial(adapter.fetch_card_setup, setup.reference or ""))
    apply_card_report(gateway=setup.gateway, report=report, ctx=ctx)
    setup.refresh_from_db()
    return setup.status == CardSetupStatus.SUCCEEDED
